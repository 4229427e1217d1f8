"""What a requirements file says, read as uv reads it: its lines end at LF, CR or both, and a backslash continues them.

Only what is known to build nothing and to read no other file is allowed. A list of what is forbidden would have to know
every option of every version of uv: https://docs.astral.sh/uv/pip/compatibility/
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..checks.errors import PackagingError

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")
_BLANKS = " \t"
_INCLUDES = re.compile(r"(?:-r|-c|-e|--requirement|--constraint|--editable)\b.*")
_PLACE = re.compile(r"(-i|--index-url|--extra-index-url|-f|--find-links)(?:=|[ \t])[ \t]*(['\"]?)(.+?)\2")
_OTHER = re.compile(
    r"--no-index|--require-hashes|--only-binary(?:=|[ \t])[ \t]*(?::all:|[A-Za-z0-9._-]+)"
    # uv ignores these.
    r"|--pre|--prefer-binary|--trusted-host(?:=|[ \t]).*|--use-feature(?:=|[ \t]).*"
)
_ALLOWED = (
    "--index-url, --extra-index-url, --find-links, --no-index, --only-binary, --require-hashes, and --hash"
)
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_OPTION_OF_PACKAGE = re.compile(r"(?<![ \t])[ \t]+(?=--|-C)")
_HASH = re.compile(r"--hash(?:=|[ \t]+)[a-z0-9_]+:[A-Za-z0-9+/=_-]+[ \t]*")
_PACKAGE = re.compile(r"[A-Za-z0-9./$]")
_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?[ \t]*==[ \t]*([^\s;*\\,=]+)[ \t]*(?:;.*)?")
_AT_ONCE = re.compile(r"\S*://|/|\$")


@dataclass(frozen=True)
class Entry:
    """An option, or a required package."""

    text: str
    """The option, or the package with its version and markers."""
    is_option: bool
    has_hash: bool = False

    @property
    def pin(self) -> tuple[str, str] | None:
        """The name and version of a package that is pinned."""
        pinned = None if self.is_option else _PINNED.fullmatch(self.text)
        return (normal_name(pinned[1]), pinned[2]) if pinned else None

    def option_from(self, folder: Path) -> str:
        """Return an option with its path, if it has one, as seen from everywhere."""
        place = _PLACE.fullmatch(self.text)
        if place is None:
            return self.text
        return f"{place[1]} {place[3] if _AT_ONCE.match(place[3]) else folder.resolve() / place[3]}"


def entries(text: str, path: Path) -> Iterator[Entry]:
    """Yield the entries of a requirements file.

    Args:
        text: its text.
        path: the file that an error names.

    Raises:
        PackagingError: it includes another file, or has an option that is not allowed.
    """
    for line in _logical_lines(text.removeprefix("\ufeff")):
        if line.startswith("-"):
            option = line.partition("#")[0].rstrip(_BLANKS)
            if included := _INCLUDES.fullmatch(option):
                raise PackagingError(
                    f"{path}: {included[0]!r} includes another file, whose changes would not be noticed; "
                    "compile them into one file with uv pip compile"
                )
            if not _PLACE.fullmatch(option) and not _OTHER.fullmatch(option):
                raise _not_allowed(path, option)
            yield Entry(option, is_option=True)
        else:
            package, *options = _OPTION_OF_PACKAGE.split(line)
            if not _PACKAGE.match(package):
                raise PackagingError(
                    f"{path}: {line!r} must begin with a package's name, a path or an option"
                )
            for option in options:
                if not _HASH.fullmatch(option):
                    raise _not_allowed(path, option)
            yield Entry(package.rstrip(_BLANKS), is_option=False, has_hash=bool(options))


def normal_name(name: str) -> str:
    """Return a package's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _not_allowed(path: Path, option: str) -> PackagingError:
    return PackagingError(
        f"{path}: {option!r} is not allowed, since options may build packages, which runs their code, or read other files; "
        f"allowed are {_ALLOWED}, each on a line of its own except --hash"
    )


def _logical_lines(text: str) -> Iterator[str]:
    """Yield the lines that are neither empty nor comments; a backslash at the end continues the line of a package."""
    begun: list[str] = []
    for match in _LINE.finditer(text):
        line = match[0].strip(" \t\r\n")
        if not begun and line.startswith("-"):
            yield line
            continue
        kept = _COMMENT.sub("", line)
        if kept == line and line.endswith("\\"):
            begun.append(kept[:-1])
            continue
        if begun or kept:
            begun.append(kept)
            if whole := " ".join(begun).strip(_BLANKS):
                yield whole
            begun.clear()
    if whole := " ".join(begun).strip(_BLANKS):
        yield whole
