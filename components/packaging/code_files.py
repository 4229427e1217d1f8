"""The files of a folder or a .zip: only regular files, and not more than Lambda accepts."""

import io
import os
import re
import stat
import zipfile
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from ..checks.errors import PackagingError
from .secret_files import is_allowed, secret_name
from .zip_file import DAMAGED, READABLE, files_overlap, read_entry

_MAX_NAME_BYTES, _MAX_PATH_CHARACTERS = 255, 4_095
"""How long the parts of a path, and the path, may be on Linux: https://man7.org/linux/man-pages/man7/path_resolution.7.html"""
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a link",
}
_MAX_FILES = 100_000
"""More files than any real function has; a limit for this machine's memory."""
_LISTED = b"PK\1\2"
_MIN_LISTED_BYTES, _MAX_LISTED_BYTES = 46, 160
"""How many bytes a .zip needs to list a file: without a name, and with a long one."""


def folder_files(
    root: Path, excluded: re.Pattern[str], *, limit: int, allowed: Collection[str] = ()
) -> dict[str, bytes]:
    """Return the contents of a folder's files by their relative paths.

    The sizes are added up before the first file is read, and only regular files are opened.

    Args:
        root: the folder.
        excluded: names of files and folders that are left out.
        limit: how many bytes the files may have in total.
        allowed: paths that may be links to files that look like secrets.

    Raises:
        PackagingError: something is not a regular file or is outside of the folder, or the files are too large.
        OSError: something cannot be read.
    """
    sizes: dict[Path, int] = {}
    total = 0
    for path in _walk(root, excluded):
        if path.is_symlink():
            _check_link(path, root, excluded, allowed)
        if any("\ud800" <= each <= "\udfff" for each in path.name):
            raise PackagingError(f"{path} has a name that is not UTF-8; rename it")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PackagingError(
                f"{path} is {_kind(status.st_mode)}; remove it: an archive can only contain files"
            )
        sizes[path] = status.st_size
        if len(sizes) > _MAX_FILES:
            raise PackagingError(
                f"{root} contains more than {_MAX_FILES:,} files; pass a code_path that contains only the code"
            )
        total += status.st_size
        refuse_large(str(root), total, limit)
    return {path.relative_to(root).as_posix(): _read(path, size) for path, size in sizes.items()}


def zip_files(path: Path, *, limit: int) -> dict[str, bytes]:
    """Return the contents of a .zip's files by their names; the sizes that it states are added up first.

    Raises:
        PackagingError: it is damaged, encrypted or too large, or contains something other than files, or unsafe paths.
    """
    try:
        with _Zip(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            for info in infos:
                _check_entry(path, info)
            if inside := _in_a_file(info.filename for info in infos):
                raise PackagingError(f"{path} contains {inside!r} in what is a file itself; create it again")
            if files_overlap(infos, path.stat().st_size):
                raise zipfile.BadZipFile("its files overlap")
            refuse_large(str(path), sum(info.file_size for info in infos), limit)
            # Reading stops with an error at a file that is larger than the .zip states.
            return {info.filename: read_entry(archive, info) for info in infos}
    except DAMAGED as error:
        raise PackagingError(f"{path} is a damaged .zip: {error}; create it again") from None


def read_file(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        PackagingError: it is larger than the limit.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    if size > limit:
        raise PackagingError(
            f"{path} has {megabytes(size)}, which is too large for such a file; check what it is"
        )
    return _read(path, size)


def refuse_large(source: str, size: int, limit: int) -> None:
    """Refuse code that is larger than Lambda accepts.

    Raises:
        PackagingError: it is larger than the limit.
    """
    if size > limit:
        raise PackagingError(
            f"{source} has {megabytes(size)} or more unzipped, and Lambda accepts 250 MB; make a container image and pass "
            "image_uri"
        )


def megabytes(size: int) -> str:
    """Format a number of bytes for a person."""
    return f"{size / 1024 / 1024:.1f} MB"


def _walk(root: Path, excluded: re.Pattern[str]) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for folder, folders, files in os.walk(root, onerror=fail):
        folders[:] = sorted(name for name in folders if not excluded.fullmatch(name))
        yield from (path for path in (Path(folder, name) for name in folders) if path.is_symlink())
        yield from (Path(folder, name) for name in sorted(files) if not excluded.fullmatch(name))


def _check_link(path: Path, root: Path, excluded: re.Pattern[str], allowed: Collection[str]) -> None:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise PackagingError(
            f"{path} is a link to a file that does not exist, or to itself; put the file itself into the folder"
        ) from None
    if path.is_dir() or not target.is_relative_to(root.resolve()):
        raise PackagingError(f"{path} is a link to {target}; put the files themselves into the folder")
    inside = target.relative_to(root.resolve())
    kind = secret_name(inside.as_posix())
    if any(excluded.fullmatch(part) for part in inside.parts) or kind:
        name = path.relative_to(root).as_posix()
        if not is_allowed(name, allowed):
            raise PackagingError(
                f"{path} is a link to {target}, "
                f"{f'by its name {kind}' if kind else 'which is left out of archives'}; remove the link, or pass "
                f"allowed_secret_files = [{name!r}] if the archive must contain it"
            )


class _Zip(io.BufferedReader):
    """A .zip whose list of files, which is read at once, is not too long: it takes hundreds of bytes for each file."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Return at most this many bytes."""
        is_long = (size or 0) > _MAX_LISTED_BYTES * _MAX_FILES
        part = b"" if is_long else super().read(size)
        if is_long or (len(part) > _MIN_LISTED_BYTES * _MAX_FILES and part.count(_LISTED) > _MAX_FILES):
            raise PackagingError(
                f"{self.name} contains more than {_MAX_FILES:,} files; put only the code into it"
            )
        return part


def _check_entry(path: Path, info: zipfile.ZipInfo) -> None:
    name = info.filename
    if info.orig_filename != name:  # Python cuts a name at a zero.
        raise PackagingError(
            f"{path} contains {info.orig_filename!r}, a name with a zero in it; create it again"
        )
    if (
        any(len(part.encode()) > _MAX_NAME_BYTES for part in name.split("/"))
        or len(name) > _MAX_PATH_CHARACTERS
    ):
        raise PackagingError(
            f"{path} contains {name[:60]!r}..., a name that is too long for Linux; shorten it"
        )
    if name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise PackagingError(f"{path} contains {name!r}, a path outside of the archive; create it again")
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise PackagingError(f"{path} contains {name!r}, which is {_kind(mode)}; put the file itself into it")
    if info.flag_bits & 1:
        raise PackagingError(
            f"{path} contains {name!r} encrypted, which Lambda cannot read; create it without a password"
        )
    if info.compress_type not in READABLE:
        raise PackagingError(
            f"{path} contains {name!r} compressed by method {info.compress_type}; create it again with the usual one, deflate"
        )


def _in_a_file(names: Iterable[str]) -> str | None:
    """Return a name whose folder is also a file."""
    # Sorted like this, what is in a folder comes right after its name.
    ordered = sorted(name.replace("/", "\0") for name in names)
    inside = (after for before, after in pairwise(ordered) if after.startswith(f"{before}\0"))
    return next(inside, "").replace("\0", "/") or None


def _read(path: Path, size: int) -> bytes:
    # It may have become a FIFO since, which would block, or a device: check before anything is read.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise PackagingError(f"{path} is no longer a file")
        return file.read(size)


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "not a regular file")
