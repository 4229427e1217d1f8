"""What all package managers have in common: the target, the settings that affect the result, and how one is run."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..checks.errors import PackagingError
from . import host
from .code_files import read_file

_CREDENTIAL = re.compile(
    r"(?i)(?:.*[:_])?_?(?:auth|authtoken|password|username|email|otp|token|cert|certfile|key|keyfile)"
)
"""The last word of a setting that is a credential, of uv or npm; other words of its name are somebody's own."""
_VARIABLE = re.compile(r"\$\{(\w+)[?]?\}")
_IN_URL = re.compile(r"//[^/@\s]*@")
_IRRELEVANT = {
    "UV_CACHE_DIR",
    "UV_LINK_MODE",
    "UV_NO_PROGRESS",
    "UV_PROJECT_ENVIRONMENT",
    "UV_RUN_RECURSION_DEPTH",
}
"""Variables that do not affect which files are installed."""
_MANIFEST_BYTES = 8 * 1024 * 1024
_PARSED_BYTES = {
    "requirements.txt": 1024 * 1024,
    "pyproject.toml": 512 * 1024,
    "package.json": 512 * 1024,
    "package-lock.json": 4 * 1024 * 1024,
}
"""More than any real function needs. What is parsed takes time, and many times as much memory."""


@dataclass(frozen=True)
class Target:
    """The platform that packages are installed for."""

    manifest: Path
    """The file that declares them."""
    runtime: str
    architecture: str
    for_host: bool

    def __str__(self) -> str:
        """Describe the target for a person."""
        return "this machine" if self.for_host else f"{self.runtime} on {self.architecture}"


def manifest_text(path: Path) -> str:
    """Return the text of a manifest or lock file.

    Raises:
        PackagingError: it is not UTF-8 text, or far too large.
    """
    try:
        return read_file(path, _PARSED_BYTES.get(path.name, _MANIFEST_BYTES)).decode()
    except UnicodeDecodeError as error:
        raise PackagingError(f"{path} is not UTF-8 text: {error}") from None


def environment_settings(prefix: str) -> Iterator[str]:
    """Yield the environment variables that affect which files a package manager installs, without credentials.

    Args:
        prefix: the prefix of the package manager's own variables.
    """
    for name, value in sorted(os.environ.items()):
        if name.upper().startswith(prefix) and name not in _IRRELEVANT and not _CREDENTIAL.fullmatch(name):
            yield f"{name}={without_credentials(value)}"
            if any(map(_is_relative_path, re.split(r"[\s,]+", value))):
                yield str(Path.cwd())


def _is_relative_path(text: str) -> bool:
    # Path.exists() raises an error if a text is too long for a path, as URLs with tokens are.
    return not os.path.isabs(text) and os.path.exists(text)


def file_settings(path: Path) -> str:
    """Return the lines of a package manager's configuration file, without credentials; nothing if it does not exist."""
    if not path.is_file():
        return ""
    lines = manifest_text(path).splitlines()
    kept = (line for line in lines if not _CREDENTIAL.fullmatch(line.partition("=")[0].strip()))
    return expanded("\n".join(kept))


def expanded(text: str) -> str:
    """Return text with the environment variables that it refers to, and without credentials in its URLs."""
    return without_credentials(_VARIABLE.sub(lambda match: os.environ.get(match[1], match[0]), text))


def without_credentials(text: str) -> str:
    """Return text without the users and passwords in its URLs."""
    return _IN_URL.sub("//", text)


def run(command: list[str], target: Target) -> str:
    """Run a package manager and return its messages.

    Raises:
        PackagingError: it failed; contains its messages.
    """
    completed = subprocess.run(  # noqa: S603 - a fixed command, with paths as separate arguments
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
    if completed.returncode:
        here = ""
        if target.for_host and host.runs_handlers():
            python = f"'s Python {host.python_version()}" if target.runtime.startswith("python") else ""
            here = (
                f" for this machine{python}, where the local cloud runs handlers; "
                "build_for: lambda installs them for Lambda"
            )
        raise PackagingError(
            f"{Path(command[0]).name} cannot install the packages in {target.manifest}{here}:\n{completed.stderr.strip()}"
        )
    return completed.stderr
