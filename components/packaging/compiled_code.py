"""Compiled code that cannot run where the function runs, because it is for another system, processor or Python."""

import platform
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 20
"""As much of a file as tells what it was compiled for."""
_COMPILED = re.compile(r"(?:.*/)?(?:[^/]+\.(?:so|node)|bootstrap)")
_FOR_PYTHON = re.compile(r"[^/]*\.cpython-(\d)(\d+)[-.][^/]*\.so")
# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html, e_machine; those that are not here are not judged.
_PROCESSORS = {3: "i386", 40: "arm", 62: "x86_64", 183: "arm64"}
_MACHO = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_PLACES = re.compile(
    r"(?i)(?<![a-z0-9])(?:linux|darwin|macosx?|osx|windows|win32|win64|x86_64|x86-64|amd64|x64|aarch64|arm64|armv\d\w*|i[3-6]86)"
    r"(?![a-z0-9])"
)
"""The names of systems and processors, as folders have them."""
_NAMES = {"aarch64": "arm64", "AMD64": "x86_64"}


@dataclass(frozen=True)
class Place:
    """Where compiled code has to run."""

    system: str
    processor: str
    python: str | None
    """The version, such as 3.13; None for other languages."""

    @classmethod
    def here(cls, python: str | None) -> "Place":
        """Return this machine, with a version of Python."""
        machine = platform.machine()
        return cls(platform.system(), _NAMES.get(machine, machine), python)

    def __str__(self) -> str:
        """Describe the place for a person."""
        system = f"{self.system} on {self.processor}"
        return f"{system} with Python {self.python}" if self.python else system


def foreign(files: Iterable[tuple[str, bytes]], place: Place) -> Iterator[tuple[str, str]]:
    """Yield the compiled files that cannot run in a place, with what they were compiled for.

    A module that comes compiled for several places, one of which is this, is not among them.

    Args:
        files: names with the beginnings of the files, HEAD_BYTES each; those that are not compiled are skipped.
        place: where they have to run.
    """
    modules: dict[str, list[tuple[str, str | None]]] = {}
    for name, head in files:
        if _COMPILED.fullmatch(name):
            # The files of a package for several systems or processors are in folders of their names.
            folder = _PLACES.sub("*", name.rpartition("/")[0])
            module = "*.node" if name.endswith(".node") else f"{folder}/{_stem(name)}"
            modules.setdefault(module, []).append((name, _elsewhere(name, head, place)))
    for found in modules.values():
        if all(what for _, what in found):
            yield from ((name, what) for name, what in found if what)


def heads(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the compiled files below a folder, with their beginnings."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _COMPILED.fullmatch(name) and path.is_file():
            with path.open("rb") as opened:
                yield name, opened.read(HEAD_BYTES)


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]


def _elsewhere(name: str, head: bytes, place: Place) -> str | None:
    """Return what a file was compiled for if it is not this place."""
    if head.startswith(_MACHO):
        return "macOS" if place.system != "Darwin" else None
    if not head.startswith(b"\x7fELF"):
        return None
    processor = _PROCESSORS.get(int.from_bytes(head[18:20], "little"))
    if processor is None:
        return None
    if (place.system, place.processor) != ("Linux", processor):
        return f"Linux on {processor}"
    version = _FOR_PYTHON.fullmatch(name.rpartition("/")[2])
    if version and place.python and f"{version[1]}.{version[2]}" != place.python:
        return f"Python {version[1]}.{version[2]}"
    return None
