"""The files of a folder or a .zip: regular files only, and no more of them than Lambda unpacks."""

import os
import re
import stat
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path

from ..checks.errors import PackagingError, printable
from .secret_files import is_allowed, secret_name
from .zip_file import DAMAGED, read_entry

_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link",
}
_MAX_FILES = 100_000
"""More than a runtime would start with; looking at each must not take this machine's memory."""
_MAX_DIRECTORY_BYTES = 160 * _MAX_FILES
"""As many bytes does a .zip need to list that many files, with long names."""
_DIRECTORY_SIZE = re.compile(rb"PK\x05\x06.{8}(.{4})", re.DOTALL)
_END_BYTES = 22 + 65_535
"""The end of a .zip, which says how long the list is, with the longest comment."""


def folder_files(
    root: Path, left_out: re.Pattern[str], *, limit: int, allowed: Collection[str] = ()
) -> dict[str, bytes]:
    """Return the contents of a folder's files by their names in it.

    Their sizes are summed up before the first is read, and nothing but a regular file is opened.

    Args:
        root: the folder.
        left_out: names of files and folders that stay out, whole.
        limit: how many bytes the files may have together.
        allowed: names that may be links to what is secret by its own name.

    Raises:
        PackagingError: something is no regular file, leads out of the folder, or is larger in all.
        OSError: something cannot be read.
    """
    sizes: dict[Path, int] = {}
    total = 0
    for path in _walk(root, left_out):
        if path.is_symlink():
            _check_link(path, root, left_out, allowed)
        if any("\ud800" <= each <= "\udfff" for each in path.name):
            raise PackagingError(f"{printable(str(path))} has a name that is no UTF-8; give it another")
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise PackagingError(
                f"{printable(str(path))} is {_kind(found.st_mode)}; remove it: an archive holds files"
            )
        sizes[path] = found.st_size
        if len(sizes) > _MAX_FILES:
            raise PackagingError(
                f"{root} holds more than {_MAX_FILES:,} files; point code_path at the code alone"
            )
        total += found.st_size
        refuse_large(str(root), total, limit)
    return {path.relative_to(root).as_posix(): _read(path, size) for path, size in sizes.items()}


def zip_files(path: Path, *, limit: int) -> dict[str, bytes]:
    """Return the contents of a .zip's files by their names; the sizes that it tells are summed up first.

    Raises:
        PackagingError: it is damaged or encrypted, holds what is no file or leads out of it, or is larger in all.
    """
    if _directory_bytes(path) > _MAX_DIRECTORY_BYTES:
        raise PackagingError(f"{path} holds more than {_MAX_FILES:,} files; put the code alone into it")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            for info in infos:
                _check_entry(path, info)
            refuse_large(str(path), sum(info.file_size for info in infos), limit)
            # A file that is larger than the directory says ends in an error, and is read no further.
            return {info.filename: read_entry(archive, info) for info in infos}
    except DAMAGED as error:
        raise PackagingError(f"{path} is a damaged .zip: {error}; make it anew") from None


def read_file(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        PackagingError: it is larger.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if size > limit:
        raise PackagingError(
            f"{printable(str(path))} is {megabytes(size)}, which no such file needs; look what it is"
        )
    return _read(path, size)


def refuse_large(source: str, size: int, limit: int) -> None:
    """Refuse what is more than Lambda unpacks.

    Raises:
        PackagingError: it is.
    """
    if size > limit:
        raise PackagingError(
            f"{source} unpacks to {megabytes(size)} or more; Lambda takes 250 MB: make a container image and pass "
            "image_uri"
        )


def megabytes(size: int) -> str:
    """Return a number of bytes as a person reads it."""
    return f"{size / 1024 / 1024:.1f} MB"


def _walk(root: Path, left_out: re.Pattern[str]) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(root, onerror=fail):
        folders[:] = sorted(name for name in folders if not left_out.fullmatch(name))
        yield from (path for path in (Path(folder, name) for name in folders) if path.is_symlink())
        yield from (Path(folder, name) for name in sorted(files) if not left_out.fullmatch(name))


def _check_link(path: Path, root: Path, left_out: re.Pattern[str], allowed: Collection[str]) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise PackagingError(
            f"{printable(str(path))} is a link that leads nowhere, or in a circle; put the file itself into the folder"
        ) from None
    if path.is_dir() or not target.is_relative_to(root.resolve()):
        raise PackagingError(
            f"{printable(str(path))} is a link to {printable(str(target))}; put the files themselves into the folder"
        )
    inside = target.relative_to(root.resolve())
    what = secret_name(inside.as_posix())
    if any(left_out.fullmatch(part) for part in inside.parts) or what:
        name = path.relative_to(root).as_posix()
        if not is_allowed(name, allowed):
            raise PackagingError(
                f"{printable(str(path))} is a link to {printable(str(target))}, {f'by its name {what}' if what else 'which stays out'}"
                f"; remove the link, or pass allowed_secret_files = [{name!r}] if it is meant to be in the archive"
            )


def _directory_bytes(path: Path) -> int:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _END_BYTES, 0))
        found = _DIRECTORY_SIZE.findall(file.read())
    return int.from_bytes(found[-1], "little") if found else 0


def _check_entry(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise PackagingError(f"{path} holds {name!r}, which leads out of the archive; make it anew")
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise PackagingError(f"{path} holds {name!r}, which is {_kind(mode)}; put the file itself into it")
    if info.flag_bits & 1:
        raise PackagingError(f"{path} holds {name!r} encrypted, which Lambda cannot read; make it anew")


def _read(path: Path, size: int) -> bytes:
    # What has become a FIFO since would block; a device is told by its kind before anything is read.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise PackagingError(f"{printable(str(path))} is no file any more")
        return file.read(size)


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "no regular file")
