"""This machine as the place where handlers run, instead of Lambda: so it is in a local cloud."""

import functools
import os
import platform
import subprocess
import sys
import sysconfig

from ..checks.endpoints import is_local
from ..checks.errors import PackagingError

LOCAL_PYTHON = "LOCAL_CLOUD_PYTHON"
"""The variable by which a local cloud's exports say on which Python of this machine handlers run."""
_FACTS = (
    "import platform, sys, sysconfig; "
    "sys.stdout.write(f'{sys.implementation.cache_tag} {platform.python_version()} {sysconfig.get_platform()}')"
)


def runs_handlers() -> bool:
    """Tell whether this machine runs the handlers of what is deployed from this shell.

    A single variable may be left over in a shell that deploys to AWS, where what is built for this machine must not get.
    """
    return bool(os.environ.get(LOCAL_PYTHON)) and is_local(os.environ.get("AWS_ENDPOINT_URL"))


def python() -> str:
    """Return the Python that runs handlers: the local cloud's; without one, that of the program."""
    return os.environ.get(LOCAL_PYTHON) or sys.executable


def python_facts() -> str:
    """Return what decides which packages this Python can use: its version and its platform.

    Raises:
        PackagingError: there is no such Python.
    """
    if os.path.realpath(python()) == os.path.realpath(sys.executable):
        return f"{sys.implementation.cache_tag} {platform.python_version()} {sysconfig.get_platform()}"
    return _facts_of(python())


def python_version() -> str:
    """Return the version of this Python, such as 3.13."""
    return ".".join(python_facts().split()[1].split(".")[:2])


@functools.cache
def _facts_of(executable: str) -> str:
    try:
        command = [executable, "-I", "-S", "-c", _FACTS]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - a Python
    except (OSError, subprocess.CalledProcessError) as error:
        raise PackagingError(
            f"{LOCAL_PYTHON} = {executable!r}: must be the Python that runs handlers in the local cloud, and does not "
            f"start ({error}); load the exports of the local cloud again, or unset it to build for Lambda"
        ) from None
