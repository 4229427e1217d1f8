"""Code into an archive: the same sources make the same hash, on every machine and at every time."""

import hashlib
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from components.dependencies import Dependencies
from components.errors import PackagingError

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""What Lambda takes by direct upload, zipped."""
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
"""What Lambda unpacks, layers included."""

_LEFT_OUT = re.compile(r"\..*|__pycache__|.*\.py[co]|venv")
_LEFT_OUT_AT_TOP = re.compile(r"requirements.*\.(txt|in)|pyproject\.toml|uv\.lock|package-lock\.json")
_SUFFIXES = {"python": (".py",), "nodejs": (".mjs", ".js", ".cjs")}
_WAYS_OUT = "upload it to S3 and pass s3_bucket and s3_key, or leave out what the handler does not use"


@dataclass(frozen=True)
class CodeSource:
    """Where code comes from, and what it is built for; exactly one of `path` and `inline` is given."""

    handler: str
    runtime: str
    architecture: str
    path: str | None = None
    inline: str | None = None
    for_host: bool = False

    @property
    def _module(self) -> str:
        return self.handler.rpartition(".")[0] or self.handler

    def _suffixes(self) -> tuple[str, ...]:
        return next((found for prefix, found in _SUFFIXES.items() if self.runtime.startswith(prefix)), ())

    def check_handler(self, names: Mapping[str, object], where: str) -> None:
        """Raise PackagingError unless the handler's file is among `names`; compiled runtimes are not checked."""
        suffixes = self._suffixes()
        files = [
            f"{self._module.replace('.', '/') if suffixes == ('.py',) else self._module}{s}" for s in suffixes
        ]
        packages = [f"{self._module.replace('.', '/')}/__init__.py"] if suffixes == (".py",) else []
        if files and not any(file in names for file in (*files, *packages)):
            raise PackagingError(
                f"handler {self.handler!r}: {where} has no {' or '.join(files)}; "
                "a handler is <file without suffix>.<function>"
            )

    def inline_file(self) -> str:
        """Return the name of the file that inline text becomes."""
        match self._suffixes():
            case (".py",):
                return f"{self._module}.py"
            case (".mjs", *_):
                module = re.search(r"^\s*(import|export)\b", self.inline or "", re.MULTILINE)
                return f"{self._module}{'.mjs' if module else '.js'}"
            case _:
                raise PackagingError(
                    f"code_inline: {self.runtime} cannot run from text; pass a built folder or .zip as code_path"
                )


def build_archive(source: CodeSource) -> Path:
    """Return the archive of this code in the user's cache, built if its contents are not there yet.

    A folder's files go in with fixed times and modes; names that begin with a dot, caches and virtual
    environments stay out. Dependencies that the folder declares are installed for the runtime's platform.

    Raises:
        PackagingError: the code is missing, has no such handler, or is larger than Lambda takes.
    """
    dependencies = None
    if source.inline is not None:
        entries = {source.inline_file(): _Entry(source.inline.encode())}
    else:
        path = Path(source.path or "").expanduser()
        if path.is_dir():
            dependencies = Dependencies.declared_in(
                path, runtime=source.runtime, architecture=source.architecture, for_host=source.for_host
            )
            entries = dict(_folder(path, without_modules=dependencies is not None))
        elif path.is_file() and zipfile.is_zipfile(path):
            entries = dict(_zip(path))
        else:
            what = "is no .zip archive" if path.exists() else "does not exist"
            raise PackagingError(
                f"code_path = {source.path!r}: {path.absolute()} {what}; pass a folder or a .zip"
            )
        source.check_handler(entries, str(source.path))

    cache = platformdirs.user_cache_path("durable-functions")
    archive = cache / "archives" / f"{_digest(entries, dependencies)}.zip"
    if not archive.exists():
        if dependencies is not None:
            installed = dict(_folder(dependencies.install(cache), without_modules=False))
            entries = {**installed, **entries}
        _write(archive, entries, source.path or "code_inline")
    return archive


@dataclass(frozen=True)
class _Entry:
    content: bytes
    executable: bool = False


def _folder(root: Path, *, without_modules: bool) -> Iterator[tuple[str, _Entry]]:
    for folder, folders, files in os.walk(root):
        at_top = Path(folder) == root
        folders[:] = sorted(
            name
            for name in folders
            if not _LEFT_OUT.fullmatch(name) and not (without_modules and name == "node_modules")
        )
        for name in sorted(files):
            path = Path(folder, name)
            if _LEFT_OUT.fullmatch(name) or (at_top and _LEFT_OUT_AT_TOP.fullmatch(name)):
                continue
            if not path.resolve().is_relative_to(root.resolve()):
                raise PackagingError(f"{path} points outside of {root}; put the file itself into the folder")
            yield (
                path.relative_to(root).as_posix(),
                _Entry(path.read_bytes(), executable=os.access(path, os.X_OK)),
            )


def _zip(path: Path) -> Iterator[tuple[str, _Entry]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield (
                    info.filename,
                    _Entry(archive.read(info), executable=bool(info.external_attr >> 16 & 0o100)),
                )


def _digest(entries: Mapping[str, _Entry], dependencies: Dependencies | None) -> str:
    digest = hashlib.sha256(dependencies.key.encode() if dependencies else b"")
    for name, entry in sorted(entries.items()):
        digest.update(f"{name}\0{entry.executable}\0{hashlib.sha256(entry.content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _write(archive: Path, entries: Mapping[str, _Entry], source: str) -> None:
    unzipped = sum(len(entry.content) for entry in entries.values())
    if not entries:
        raise PackagingError(f"{source} has no file to deploy")
    if unzipped > MAX_UNZIPPED_BYTES:
        raise PackagingError(
            f"{source} unpacks to {_mb(unzipped)}; Lambda takes 250 MB: use a container image"
        )
    archive.parent.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(f".{os.getpid()}.partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
            for name, entry in sorted(entries.items()):
                info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
                info.create_system = 3
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = (0o100755 if entry.executable else 0o100644) << 16
                out.writestr(info, entry.content)
        size = partial.stat().st_size
        if size > MAX_UPLOAD_BYTES:
            raise PackagingError(f"{source} is {_mb(size)} zipped; Lambda takes 50 MB directly: {_WAYS_OUT}")
        # Another program may build the same archive: whoever is last replaces it by the same bytes.
        partial.replace(archive)
    finally:
        partial.unlink(missing_ok=True)


def _mb(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
