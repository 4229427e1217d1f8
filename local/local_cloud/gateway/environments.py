"""Execution environments: the processes that run handlers in Python and Node.js, one invocation after the other each.

The control plane has such processes too, but guesses what they have logged by waiting for it, for up to 0.25 s after
each invocation, and does not distinguish errors. Here the runtimes are AWS's own for Python, and one like it for Node.js
(`runtimes/`), and each hands over its log before its answer.
"""

import contextlib
import io
import json
import os
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.channel import Frames, Lines, Messages, message
from local_cloud.gateway.handler_logs import LogLine, LogSettings, LogStream

RUNTIMES = Path(__file__).resolve().parent.parent / "runtimes"
INIT_SECONDS = 60.0
"""The least time that a handler's module has for its imports; Lambda gives it 10 s, but this machine may be slow."""
CHECK_SECONDS = 0.1
"""How often a process is looked at that writes nothing."""
EXIT_SECONDS = 2.0
CHUNK = 256 * 1024
DRAIN_READS = 4
MAX_RESPONSE_BYTES = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and the error's own message."""
OWN_LOG = "environment"
"""Marks a result whose log has been written."""

Config = Mapping[str, Any]
Answer = tuple[dict[str, Any], bytes]


@dataclass(frozen=True)
class Invocation:
    """What an invocation has of its own."""

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str | None
    depth: int
    """How many functions have called each other until here."""


class Environment:
    """A process, its folder with the unpacked code, and its log stream."""

    def __init__(self, config: Config, code: bytes) -> None:
        """Unpack the code.

        Raises:
            OSError: there is no space for it.
        """
        self.ended = False
        """Whether it takes no other invocation."""
        self._config = config
        self._settings = LogSettings.of(config)
        # The command finds the processes of a cloud that was killed by this name.
        self._folder = Path(tempfile.mkdtemp(prefix=f"ministack-lambda-{config['FunctionName']}-"))
        self._process: _Process | None = None
        try:
            _unpack(code, self._folder / "code")
            for number, layer in enumerate(config.get("Layers") or []):
                if content := emulator.layer_archive(layer):
                    _unpack(content, self._folder / f"layer-{number}")
            self._link_node_packages()
        except BaseException:
            self.end()
            raise

    def invoke(self, invocation: Invocation) -> dict[str, Any]:
        """Run one invocation, and return its result in the control plane's form."""
        process, failure, init_milliseconds = self._process, None, None
        if process is not None and process.running:
            process.drain(process.stream.write)
            process.stream.start(invocation.request_id)
        else:
            begun = time.perf_counter()
            process = self._start()
            early: list[LogLine] = []
            answer = process.exchange(max(INIT_SECONDS, self._timeout), early.extend)
            init_milliseconds = (time.perf_counter() - begun) * 1000
            failure = self._failure(process, answer, invocation.request_id, expected="ready")
            if failure is None:
                process.stream.write(early)
            process.stream.start(invocation.request_id)
            if failure is not None:
                # Lambda repeats an initialization that has failed as a part of the invocation.
                process.stream.write([replace(line, time=time.time_ns() // 1000) for line in early])
        begun = time.perf_counter()
        body: Any = None
        if failure is None:
            process.send(self._request(invocation), invocation.event, self._timeout)
            answer = process.exchange(self._timeout, process.stream.write)
            failure = self._failure(process, answer, invocation.request_id, expected="result")
            body = _value(answer[1]) if answer and failure is None else None
        failure = failure or _Failure()
        log = process.stream.end(
            invocation.request_id,
            (time.perf_counter() - begun) * 1000,
            status=failure.status,
            error_type=str(failure.body.get("errorType", "")),
            message=failure.message,
            init_milliseconds=init_milliseconds,
            peak_megabytes=process.peak_megabytes(),
        )
        if failure.fatal:
            process.kill()
        if failure.body:
            return {"body": failure.body, "error": True, "log": log, "log_source": OWN_LOG}
        return {"body": body, "log": log, "log_source": OWN_LOG}

    def _start(self) -> "_Process":
        """Start the process, in place of one that has ended."""
        if self._process is not None:
            self._process.kill()
        stream = LogStream(self._config, self._settings)
        folder = self._folder / "code"
        self._process = _Process(self._command(), self._environment(stream), folder, stream)
        return self._process

    def end(self) -> None:
        """End the process and remove the code."""
        self.ended = True
        if self._process is not None:
            self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _timeout(self) -> float:
        return float(self._config.get("Timeout") or 3)

    def _request(self, invocation: Invocation) -> dict[str, Any]:
        return {
            "request_id": invocation.request_id,
            "function_arn": invocation.function_arn,
            "trace_id": invocation.trace_id,
            "deadline": int((time.time() + self._timeout) * 1000),
            "depth": invocation.depth,
            "headers": {emulator.lambda_runtime.INVOKE_DEPTH_HEADER: str(invocation.depth)},
        }

    def _failure(
        self, process: "_Process", answer: Answer | None, request_id: str, *, expected: str
    ) -> "_Failure | None":
        """What an invocation fails with that got this answer; None if it is of the expected kind."""
        whose = f"RequestId: {request_id} Error: "
        if answer is None:
            reason = process.exit_reason()
            if reason is None:
                timed_out = f"Task timed out after {self._timeout:.2f} seconds"
                now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
                return _Failure(
                    {"errorType": "Sandbox.Timedout", "errorMessage": whose + timed_out},
                    "timeout",
                    f"{now}.{time.time_ns() // 1_000_000 % 1000:03}Z {request_id} {timed_out}\n",
                    fatal=True,
                )
            body = {"errorType": "Runtime.ExitError", "errorMessage": whose + reason}
            return _Failure(body, "error", f"{whose}{reason}\nRuntime.ExitError", fatal=True)
        head, content = answer
        if head["kind"] != expected:
            return _Failure(
                json.loads(content), "error", fatal=expected == "ready" or head.get("ends", False)
            )
        if len(content) > MAX_RESPONSE_BYTES:
            too_large = (
                f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            )
            return _Failure(
                {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": too_large}, "error"
            )
        return None

    def _command(self) -> Callable[[int], list[str]]:
        handler = self._config.get("Handler") or "index.handler"
        if not self._is_node:
            script = str(RUNTIMES / "bootstrap.py")
            return lambda descriptor: [
                sys.executable,
                "-P",
                script,
                str(self._folder),
                str(descriptor),
                handler,
            ]
        script = str(self._folder / "bootstrap.js")
        Path(script).write_text(node_script(), encoding="utf-8")
        return lambda descriptor: ["node", script, str(self._folder), str(descriptor), handler]

    def _environment(self, stream: LogStream) -> dict[str, str]:
        """The variables of https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and the function's."""
        config = self._config
        reserved = emulator.reserved_variables.value
        own = (config.get("Environment") or {}).get("Variables") or {}
        region = config["FunctionArn"].split(":")[3]
        layers = [str(path) for path in self._folder.glob("layer-*/nodejs/node_modules")]
        return {
            **os.environ,
            # botocore's prefixes of host names lead to no host of this machine.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            **({"NODE_PATH": os.pathsep.join(layers)} if layers else {}),
            **{name: value for name, value in own.items() if name not in reserved},
            **emulator.execution_credentials(config),
            **self._settings.environment,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
            "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_LOG_STREAM_NAME": stream.name,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(self._folder / "code"),
            "_HANDLER": config.get("Handler") or "",
        }

    @property
    def _is_node(self) -> bool:
        return str(self._config.get("Runtime", "")).startswith("nodejs")

    def _link_node_packages(self) -> None:
        """Put the packages of layers where `import` finds them, which does not use NODE_PATH."""
        if not self._is_node:
            return
        packages = self._folder / "code" / "node_modules"
        for package in self._folder.glob("layer-*/nodejs/node_modules/*"):
            packages.mkdir(exist_ok=True)
            with contextlib.suppress(FileExistsError):
                (packages / package.name).symlink_to(package)


@dataclass(frozen=True)
class _Failure:
    """How an invocation failed, or that it did not."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: str = "success"
    message: str = ""
    """What Lambda logs of it, if the function's logs are text."""
    fatal: bool = False
    """Whether the process cannot go on."""


class _Process:
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


def node_script() -> str:
    """What a Node.js process runs: the stand-ins for the AWS SDK of the control plane's own script, then the runtime."""
    prelude, separator, _ = emulator.node_worker_script.value.partition(emulator.NODE_PRELUDE_END)
    if not separator:
        raise RuntimeError("the control plane's script for Node.js has another form")
    return str(prelude) + (RUNTIMES / "bootstrap.js").read_text(encoding="utf-8")


def _value(content: bytes) -> Any:
    """A result; bytes that are not JSON, which only a handler that returns bytes can send, stay as they are."""
    try:
        return json.loads(content)
    except ValueError:
        return content


def _unpack(content: bytes, folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
