"""What installing packages has in common, by whichever tool: for what, decided by what, and how a tool is run."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..checks.errors import PackagingError, printable
from .code_files import read_file

_CREDENTIAL = re.compile(r"(?i)auth|password|username|token|secret|_key$|cert")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_IN_URL = re.compile(r"//[^/@\s]*@")
_PLACES = {
    "UV_CACHE_DIR",
    "UV_LINK_MODE",
    "UV_NO_PROGRESS",
    "UV_PROJECT_ENVIRONMENT",
    "UV_RUN_RECURSION_DEPTH",
}
"""What says where and how a tool works, and not what comes of it."""
_MANIFEST_BYTES = 50 * 1024 * 1024
"""More than the largest lock that a person has."""


@dataclass(frozen=True)
class Target:
    """What packages are installed for."""

    manifest: Path
    """The file that declares them."""
    runtime: str
    architecture: str
    for_host: bool

    def __str__(self) -> str:
        """Return it as a person would say it."""
        return "this machine" if self.for_host else f"{self.runtime} on {self.architecture}"


def manifest_text(path: Path) -> str:
    """Return the text of a manifest or lock.

    Raises:
        PackagingError: it is no text, or far too large.
    """
    try:
        return read_file(path, _MANIFEST_BYTES).decode()
    except UnicodeDecodeError as error:
        raise PackagingError(f"{path} is no text in UTF-8: {error}") from None


def environment_settings(prefix: str, *texts: str) -> Iterator[str]:
    """Give the variables by which a tool can be told what to install, without credentials.

    Args:
        prefix: how the tool's own begin.
        texts: what it reads; variables that are named in them count too.
    """
    named = {name for text in texts for name in _VARIABLE.findall(text)}
    for name, value in sorted(os.environ.items()):
        own = name.upper().startswith(prefix) and name not in _PLACES
        if (own or name in named) and not _CREDENTIAL.search(name):
            yield f"{name}={without_credentials(value)}"


def file_settings(path: Path) -> str:
    """Return the lines of a tool's configuration, without credentials; nothing if there is no such file."""
    if not path.is_file():
        return ""
    lines = manifest_text(path).splitlines()
    kept = (line for line in lines if not _CREDENTIAL.search(line.partition("=")[0]))
    return without_credentials("\n".join(kept))


def without_credentials(text: str) -> str:
    """Return a text whose URLs have no user and no password."""
    return _IN_URL.sub("//", text)


def run(command: list[str], target: Target) -> str:
    """Run a tool and return what it tells.

    Raises:
        PackagingError: it failed; with its own words.
    """
    done = subprocess.run(  # noqa: S603 - the command is ours, with paths as separate arguments
        command,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={
            **{name: value for name, value in os.environ.items() if name != "UV_NO_VERIFY_HASHES"},
            "NO_COLOR": "1",
            "UV_PYTHON_DOWNLOADS": "never",
        },
    )
    if done.returncode:
        told = printable(without_credentials(done.stderr.strip()))
        raise PackagingError(f"{target.manifest} cannot be installed by {Path(command[0]).name}:\n{told}")
    return done.stderr
