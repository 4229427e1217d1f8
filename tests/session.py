"""What a session of tests starts ends with it, however the session ends: interrupted, terminated or killed.

The session holds a lock on a file, which the kernel takes back when the process ends. Local clouds wait for that
(`LOCAL_ENDS_WITH`) and end. What else was started, engines and their plugins above all, cannot be asked to: it bears the
file's name in its environment, and a keeper, which this module is as a program, kills what bears it.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

MARK = "SESSION_OF_TESTS"


@contextlib.contextmanager
def held(file: Path) -> Iterator[dict[str, str]]:
    """Hold the lock; yield the variables that whatever is started must have."""
    with contextlib.ExitStack() as keeping, file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if sys.platform == "linux":  # others do not show the environment of a process
            keeper = [sys.executable, "-I", "-S", __file__, str(file)]
            keeping.enter_context(subprocess.Popen(keeper, start_new_session=True))
        yield {"LOCAL_ENDS_WITH": str(file), MARK: str(file)}


def running(text: str) -> dict[int, str]:
    """Return the command lines, by process id, of what has a text in its environment or command; of Linux only."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        # Others' processes, and those that end at this moment.
        with contextlib.suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if text.encode() in (process / "environ").read_bytes() + command:
                found[int(process.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def keep(file: Path) -> None:
    """Wait until the session has ended, and kill what bears its mark."""
    with file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
    while left := running(f"{MARK}={file}\0"):
        for each in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        time.sleep(0.1)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
