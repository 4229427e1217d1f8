"""The process of an execution environment: what it is sent, what it answers, and what it logs meanwhile."""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_cloud.gateway.channel import Frames, Lines, Messages, message
from local_cloud.gateway.handler_logs import LogLine, LogStream

CHECK_SECONDS = 0.1
"""How often a process is looked at that writes nothing."""
EXIT_SECONDS = 2.0
CHUNK = 256 * 1024
DRAIN_READS = 4

Answer = tuple[dict[str, Any], bytes]


class HandlerProcess:
    """A process, with its ends of the socket and of two pipes. Only the thread of its invocation uses it."""

    def __init__(
        self,
        command: Callable[[int], list[str]],
        environment: Mapping[str, str],
        folder: Path,
        stream: LogStream,
    ) -> None:
        self.stream = stream
        self._messages, self._frames, self._lines = Messages(), Frames(), Lines()
        self._channel, theirs = socket.socketpair()
        self._framed, framed_end = os.pipe()
        self._printed, printed_end = os.pipe()
        self._selector = selectors.DefaultSelector()
        self._open = True
        try:
            self._child = subprocess.Popen(  # noqa: S603 - the runtime
                command(theirs.fileno()),
                cwd=folder,
                env={**environment, "_LAMBDA_TELEMETRY_LOG_FD": str(framed_end)},
                stdin=subprocess.DEVNULL,
                stdout=printed_end,
                stderr=printed_end,
                pass_fds=(theirs.fileno(), framed_end),
            )
        except BaseException:
            self._close()
            raise
        finally:
            theirs.close()
            os.close(framed_end)
            os.close(printed_end)
        self._channel.setblocking(False)
        for descriptor in (self._channel.fileno(), self._framed, self._printed):
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ)

    @property
    def running(self) -> bool:
        """Whether it can take an invocation."""
        return self._open and self._child.poll() is None

    def send(self, head: Mapping[str, Any], body: bytes, seconds: float) -> None:
        """Send an invocation; a process that does not take it does not answer either."""
        self._channel.settimeout(seconds)
        with contextlib.suppress(OSError):
            self._channel.sendall(message(head, body))
        self._channel.setblocking(False)

    def exchange(self, seconds: float, write: Callable[[list[LogLine]], object]) -> Answer | None:
        """Wait for an answer, and pass on what is logged until then; None: the process has ended, or time is over."""
        deadline = time.monotonic() + seconds
        answer: Answer | None = None
        while answer is None and (left := deadline - time.monotonic()) > 0:
            ready = self._selector.select(min(left, CHECK_SECONDS))
            for key, _ in ready:
                if key.fd == self._channel.fileno():
                    data = self._read(key.fd)
                    if not data:
                        # A process that has closed it has ended, or is about to.
                        with contextlib.suppress(subprocess.TimeoutExpired):
                            self._child.wait(EXIT_SECONDS)
                        self.drain(write)
                        return None
                    answer = self._messages.feed(data)
                else:
                    self._pass_on(key.fd, write)
            if not ready and self._child.poll() is not None:
                break
        # All that was logged before the answer is in the pipes now.
        self.drain(write)
        return answer

    def drain(self, write: Callable[[list[LogLine]], object]) -> None:
        """Pass on what is in the pipes."""
        for descriptor in (self._framed, self._printed):
            # Not until they are empty: a process that the handler has left behind may fill them again and again.
            for _ in range(DRAIN_READS):
                if descriptor not in self._selector.get_map() or not self._pass_on(descriptor, write):
                    break
        write(list(self._lines.rest()))

    def exit_reason(self) -> str | None:
        """Why the process has ended, as Lambda says it; None if it runs."""
        code = self._child.poll()
        if code is None:
            return None
        if code < 0:
            # Some systems add the number after a colon.
            name = (signal.strsignal(-code) or f"signal {-code}").partition(":")[0]
            return f"Runtime exited with error: signal: {name.lower()}"
        return (
            f"Runtime exited with error: exit status {code}"
            if code
            else "Runtime exited without providing a reason"
        )

    def peak_megabytes(self) -> int:
        """The most memory that it has used; 0 where the system does not tell."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self._child.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) // 1024
        return 0

    def kill(self) -> None:
        """End it at once."""
        if not self._open:
            return
        self._child.kill()
        self._child.wait()
        self._close()

    def _close(self) -> None:
        self._open = False
        self._selector.close()
        self._channel.close()
        os.close(self._framed)
        os.close(self._printed)

    def _pass_on(self, descriptor: int, write: Callable[[list[LogLine]], object]) -> bool:
        """Read from a pipe once; False if there is nothing in it."""
        try:
            data = self._read(descriptor)
        except BlockingIOError:
            return False
        if not data:
            self._selector.unregister(descriptor)
            return False
        source: Frames | Lines = self._frames if descriptor == self._framed else self._lines
        write(list(source.feed(data)))
        return True

    def _read(self, descriptor: int) -> bytes:
        try:
            return os.read(descriptor, CHUNK)
        except ConnectionResetError:
            return b""
