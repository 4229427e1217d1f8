"""Zip files that have the same bytes for the same files, whenever and wherever they are written."""

import copy
import os
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from lzma import LZMAError
from pathlib import Path

_LENGTHS_AT, _LENGTHS = 26, struct.Struct("<HH")
_HEADER_BYTES = 30
_PART_BYTES = 1024 * 1024

DAMAGED = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
    IndexError,
    OverflowError,
    struct.error,
)
"""The errors of reading a .zip that is damaged, or compressed in a way that this Python does not know."""


READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How files may be compressed: Python unpacks all other methods without a limit, a few bytes to gigabytes."""


@contextmanager
def atomic_write(target: Path) -> Iterator[Path]:
    """Yield a path to write to. It replaces the target if there was no error; otherwise the target stays as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}.partial")
    try:
        yield partial
        # Another program may write the same file: the last one replaces it with the same bytes.
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_zip(target: Path, entries: Mapping[str, bytes], packed: Path | None = None) -> None:
    """Write files into a zip file: sorted, with fixed times and modes.

    Args:
        target: the file.
        entries: contents by name.
        packed: a zip file that this function has written. Its files are copied without compressing them again; the
            result has the same bytes as if they were entries. An entry of the same name takes precedence.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        if packed is None:
            for name, content in sorted(entries.items()):
                out.writestr(_info(name), content)
        else:
            with zipfile.ZipFile(packed) as other:
                _merge(out, entries, other)


def unzipped_bytes(packed: Path) -> dict[str, int]:
    """Return the sizes of a zip file's files, unzipped, by name."""
    with zipfile.ZipFile(packed) as archive:
        return {info.filename: info.file_size for info in archive.infolist()}


def files_overlap(infos: Iterable[zipfile.ZipInfo], size: int) -> bool:
    """Tell whether files of a .zip share bytes: a few may be unpacked again and again."""
    return sum(info.compress_size for info in infos) > size


def read_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return the content of a file in a zip file, and read no more than the directory says it has.

    Raises:
        zipfile.BadZipFile: it has more, or is damaged; see DAMAGED for what else comes of that.
    """
    with archive.open(info) as opened:
        # Without a bound, a compressed file is unpacked as a whole before its size is compared.
        parts = []
        while part := opened.read(_PART_BYTES):
            parts.append(part)
        return b"".join(parts)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.compress_type = zipfile.ZIP_DEFLATED
    # File modes differ between machines, so all files are executable.
    info.external_attr = 0o100755 << 16
    return info


def _merge(out: zipfile.ZipFile, entries: Mapping[str, bytes], other: zipfile.ZipFile) -> None:
    packed = {info.filename: info for info in other.infolist()}
    for name in sorted({*packed, *entries}):
        if name in entries:
            out.writestr(_info(name), entries[name])
        else:
            _copy(out, packed[name], other)


def _copy(out: zipfile.ZipFile, info: zipfile.ZipInfo, other: zipfile.ZipFile) -> None:
    # The library has no function to add a file that is compressed already. But the attributes that one needs are
    # public: where the next file starts, and the list of files for the end.
    assert other.fp is not None  # noqa: S101 - both are open
    assert out.fp is not None  # noqa: S101
    other.fp.seek(info.header_offset + _LENGTHS_AT)
    name_and_extra = sum(_LENGTHS.unpack(other.fp.read(_LENGTHS.size)))
    other.fp.seek(info.header_offset)
    out.fp.seek(out.start_dir)
    moved = copy.copy(info)
    moved.header_offset = out.fp.tell()
    out.fp.write(other.fp.read(_HEADER_BYTES + name_and_extra + info.compress_size))
    out.start_dir = out.fp.tell()
    out.filelist.append(moved)
    out.NameToInfo[moved.filename] = moved
