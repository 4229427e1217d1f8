"""Pythons that have imported already what the programs and providers of the tests import, and fork for each of them.

An engine starts three Pythons per command, which spend most of their time on the same imports. A server of this
module imports them once: one in the program's environment, one in the local cloud's. The client, which takes the place of `python` in a command, hands over its arguments,
environment, folder and standard streams, and passes on the signals that it gets.
"""

import atexit
import gc
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

PROJECT = Path(__file__).resolve().parents[2]
LOCAL = PROJECT / "local"
PRELOADED = {
    # What the language host runs.
    "PULUMI_PYTHON_CMD": (
        "boto3",
        "pip._internal.commands.list",
        "pulumi.provider.experimental",
        "pulumi_aws.cloudwatch",
        "pulumi_aws.iam",
        "pulumi_aws.lambda_",
        "pulumi_aws.scheduler",
        "pulumi_aws.sns",
        "pulumi_aws.sqs",
        "pulumi_durable_functions",
        "stacks",
    ),
    # What the local cloud's provider runs in.
    "LOCAL_PROVIDER_PYTHON": ("aws_provider.invokes", "aws_provider.protocol", "boto3"),
}
"""What is imported, by the variable that names the Python."""
PYTHONS = {
    "PULUMI_PYTHON_CMD": PROJECT / ".venv" / "bin" / "python",
    "LOCAL_PROVIDER_PYTHON": LOCAL / ".venv" / "bin" / "python",
}
# A program may bring a copy of these, or have no way to them at all.
OWN = ("aws_provider", "pulumi_durable_functions", "stacks")


@contextmanager
def warm_pythons(folder: Path) -> Iterator[dict[str, str]]:
    """Serve for as long as this lasts; yield executables that are called as Python is, by their variables."""
    with ExitStack() as stack:
        yield {
            # A socket's path may have some hundred characters, and the tests' folders take most of them.
            variable: str(stack.enter_context(_warm_python(folder / str(number), variable)))
            for number, variable in enumerate(PYTHONS)
        }


@contextmanager
def _warm_python(folder: Path, variable: str) -> Iterator[Path]:
    folder.mkdir()
    server, executable, client = (
        folder / "server",
        folder / "python",
        Path(__file__).with_name("warm_client.py"),
    )
    python = PYTHONS[variable]
    executable.write_text(f'#!/bin/sh\nexec "{python}" -I -S "{client}" "{server}" "$@"\n')
    executable.chmod(0o755)
    with subprocess.Popen(
        [python, "-m", __name__, server, variable],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(LOCAL)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline(), "the warm Python does not start"
        yield executable
        process.stdin.close()


def serve(path: str, variable: str) -> NoReturn:
    """Fork for each client, until the standard input ends."""
    for name in PRELOADED[variable]:
        importlib.import_module(name)
    gc.freeze()  # forks share memory for as long as nobody touches it
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            attend(connection)
        connection.close()


def attend(connection: socket.socket) -> NoReturn:
    """Run what the client asks for in a child, and stand between the two."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(connection, 8, 3)
    left, asked = int.from_bytes(length, "big"), b""
    while len(asked) < left:
        asked += connection.recv(left - len(asked))
    child = os.fork()
    if child == 0:
        connection.close()
        become(streams, *marshal.loads(asked))  # noqa: S302 - of our own client
    for each in (*streams, 0, 1, 2):
        os.close(each)
    threading.Thread(target=_pass_signals_on, args=(connection, child), daemon=True).start()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    connection.sendall(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def _pass_signals_on(connection: socket.socket, child: int) -> None:
    while got := connection.recv(1):
        os.kill(child, got[0])
    os.kill(child, signal.SIGKILL)  # the client was killed, which it cannot tell


def become(streams: list[int], argv: list[str], environment: dict[str, str], folder: str) -> NoReturn:
    """Do in this process what a Python would that was started so."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the server may have been started without
    for number, each in enumerate(streams):
        os.dup2(each, number)
        os.close(each)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w", 1), open(2, "w", 1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    code = 0
    try:
        _run([each for each in argv if each != "-u"], folder)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
    except BaseException:
        traceback.print_exc()
        code = 1
    # As an interpreter ends, but for taking apart what was imported, which would copy all of it first.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


def _run(argv: list[str], folder: str) -> None:
    module = argv[1] if argv[0] == "-m" else None
    first = folder if module else str(Path(argv[0]).resolve().parent)
    sys.argv = argv[1:] if module else argv
    given = [str(Path(each).resolve()) for each in os.environ.get("PYTHONPATH", "").split(":") if each]
    sys.path[:] = [first, *given, *(each for each in sys.path if each not in {"", str(PROJECT), str(LOCAL)})]
    _forget_strangers([folder, *sys.path])
    if module:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(argv[0], run_name="__main__")


def _forget_strangers(path: list[str]) -> None:
    for name in sys.modules.keys() & {*OWN}:
        # What is installed from the project's folders has a finder of its own.
        specs = (finder.find_spec(name, path) for finder in sys.meta_path)
        found = next(filter(None, specs), None)
        if found is None or found.origin != sys.modules[name].__file__:
            for each in [one for one in sys.modules if one.partition(".")[0] == name]:
                del sys.modules[each]


if __name__ == "__main__":
    serve(*sys.argv[1:])
