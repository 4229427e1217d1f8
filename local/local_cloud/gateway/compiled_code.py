"""Compiled code in an archive that this machine cannot load: built for Lambda's platform, or for another Python."""

import platform
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: what a file is, and e_machine.
_ELF, _PROCESSOR = b"\x7fELF", slice(18, 20)
_SHOWN = 3


def why_not_here(folder: Path) -> str | None:
    """Return a sentence on the compiled code in a folder that cannot be loaded here, and the fix; None if there is none."""
    found = sorted(_foreign(folder))
    if not found:
        return None
    names = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"The local cloud runs handlers on this machine ({platform.system()} on {platform.machine()}, Python {version}), "
        f"and the code has compiled modules for another platform: {names}. Load the exports of `local-cloud env` again, "
        "leave build_for out, and deploy again: the packages are then installed for this machine."
    )


def _foreign(folder: Path) -> Iterator[str]:
    own = _head(Path(sys.executable))
    for path in folder.rglob("*"):
        if path.suffix not in {".so", ".node"} or not path.is_file():
            continue
        head = _head(path)
        other_processor = head.startswith(_ELF) and (head[:4], head[_PROCESSOR]) != (own[:4], own[_PROCESSOR])
        tag = path.name.partition(".")[2]
        other_python = (
            path.suffix == ".so" and tag.startswith("cpython-") and f".{tag}" not in EXTENSION_SUFFIXES
        )
        if other_processor or other_python:
            yield path.relative_to(folder).as_posix().removeprefix("code/")


def _head(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(_PROCESSOR.stop)
