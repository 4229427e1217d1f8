"""Compiled code in an archive that this machine cannot load: built for Lambda's platform, or for another Python."""

import platform
import sys
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: what a file is, and e_machine.
_ELF, _PROCESSOR = b"\x7fELF", slice(18, 20)
_MACHO = (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
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
    """Yield the files of modules that come compiled, but not for here; one of several variants may be."""
    own = _head(Path(sys.executable))
    modules: dict[tuple[Path, str], list[Path]] = {}
    for path in folder.rglob("*"):
        if path.suffix in {".so", ".node"} and path.is_file():
            # The variants of a Node.js package are in folders of their own.
            module = (
                (folder, "*.node") if path.suffix == ".node" else (path.parent, path.name.partition(".")[0])
            )
            modules.setdefault(module, []).append(path)
    for variants in modules.values():
        if all(_is_foreign(path, own) for path in variants):
            yield from (path.relative_to(folder).as_posix().removeprefix("code/") for path in variants)


def _is_foreign(path: Path, own: bytes) -> bool:
    head = _head(path)
    other_system = head.startswith((_ELF, *_MACHO)) and head.startswith(_ELF) != own.startswith(_ELF)
    other_processor = head.startswith(_ELF) and head[_PROCESSOR] != own[_PROCESSOR]
    tag = path.name.partition(".")[2]
    other_python = path.suffix == ".so" and tag.startswith("cpython-") and f".{tag}" not in EXTENSION_SUFFIXES
    return other_system or other_processor or other_python


def _head(path: Path) -> bytes:
    with path.open("rb") as opened:
        return opened.read(_PROCESSOR.stop)
