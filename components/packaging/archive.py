"""Code into an archive: the same sources make the same hash, on every machine and at every time."""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pulumi

from ..checks.errors import PackagingError, printable
from .code_files import folder_files, megabytes, refuse_large, zip_files
from .dependencies import Dependencies
from .secret_files import secrets_in
from .zip_file import as_a_whole, unzipped_bytes, write_zip

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""What Lambda takes by direct upload, zipped."""
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
"""What Lambda unpacks, layers included."""

_COMPILED = re.compile(r"__pycache__|.*\.py[co]")
_LEFT_OUT = re.compile(rf"\..*|venv|{_COMPILED.pattern}")
_LEFT_OUT_AT_TOP = re.compile(r"requirements.*\.(txt|in)|pyproject\.toml|uv\.lock|package-lock\.json")
_TOLD = 10
"""How many of the files that hold secrets are named; the others follow."""
_WAYS_OUT = "upload it to S3 and pass s3_bucket and s3_key, or make a container image and pass image_uri"


@dataclass(frozen=True)
class CodeSource:
    """Where code comes from, and what it is built for; exactly one of `path` and `inline` is given."""

    handler: str
    runtime: str
    architecture: str
    path: str | None = None
    inline: str | None = None
    for_host: bool = False
    has_layers: bool = False
    allowed_secret_files: tuple[str, ...] = ()

    @property
    def handler_files(self) -> list[str]:
        """The files in which the handler may be; none for compiled runtimes, whose handlers are not checked."""
        if self.is_python:
            module = self.handler.rpartition(".")[0].replace(".", "/")
            return [f"{module}.py", f"{module}/__init__.py"]
        if self.is_node:
            # Node.js takes what follows the first dot for the way to the function: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
            folder, slash, name = self.handler.rpartition("/")
            module = f"{folder}{slash}{name.partition('.')[0]}"
            return [f"{module}{suffix}" for suffix in (".mjs", ".js", ".cjs")]
        # https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html: Lambda starts this file, whatever the handler.
        return ["bootstrap"] if self.runtime.startswith("provided") else []

    @property
    def is_python(self) -> bool:
        """Whether the runtime is one of Python."""
        return self.runtime.startswith("python")

    @property
    def is_node(self) -> bool:
        """Whether the runtime is one of Node.js."""
        return self.runtime.startswith("nodejs")

    def inline_file(self) -> str:
        """Return the name of the file that inline text becomes."""
        if not (self.is_python or self.is_node):
            raise PackagingError(
                f"code_inline: {self.runtime} cannot run from text; pass a built folder or .zip as code_path"
            )
        if self.is_python:
            return self.handler_files[0]
        module = re.search(r"^\s*(import|export)\b", self.inline or "", re.MULTILINE)
        return self.handler_files[0 if module else 1]


def build_archive(source: CodeSource) -> Path:
    """Return the archive of this code in the user's cache, built if its contents are not there yet.

    A folder's files go in with fixed times and modes; names that begin with a dot, caches and virtual
    environments stay out. Dependencies that the folder declares are installed for the runtime's platform.

    Raises:
        PackagingError: the code is missing, has no such handler, is or holds what is no regular file, holds secrets,
            or is larger than Lambda takes.
    """
    try:
        return _build(source, platformdirs.user_cache_path("durable-functions"))
    except (OSError, ValueError, RuntimeError) as error:
        raise PackagingError(
            f"{source.path or 'code_inline'} cannot be made into an archive: {error}"
        ) from None


def _build(source: CodeSource, cache: Path) -> Path:
    dependencies = installed = None
    if source.inline is not None:
        entries = {source.inline_file(): source.inline.encode()}
        _refuse_secrets(source, entries)
    else:
        path = Path(source.path or "").expanduser()
        if path.is_dir():
            dependencies = Dependencies.declared_in(
                path, runtime=source.runtime, architecture=source.architecture, for_host=source.for_host
            )
            entries = _sources(source, path, without_modules=dependencies is not None)
        elif path.is_file() and zipfile.is_zipfile(path):
            entries = zip_files(path, limit=MAX_UNZIPPED_BYTES)
        else:
            what = "is no .zip archive" if path.exists() else "does not exist"
            raise PackagingError(
                f"code_path = {source.path!r}: {path.absolute()} {what}; pass a folder or a .zip"
            )
        _refuse_secrets(source, entries)
        installed = dependencies.install(cache) if dependencies else None
        _check_handler(source, entries, installed)

    archive = cache / "archives" / f"{_digest(entries, dependencies)}.zip"
    if not archive.exists():
        packed = None
        if installed is not None:
            # Zipped once, though each change of the sources makes another archive with them.
            packed = installed.with_name(f"{installed.name}.zip")
            if not packed.exists():
                with as_a_whole(packed) as partial:
                    found = folder_files(installed, _COMPILED, limit=MAX_UNZIPPED_BYTES, allowed=("*",))
                    write_zip(partial, found)
        _write(archive, entries, packed, source.path or "code_inline")
    return archive


def _refuse_secrets(source: CodeSource, entries: Mapping[str, bytes]) -> None:
    found = list(secrets_in(entries, source.allowed_secret_files))
    if found:
        shown = [f"{what} in {printable(name)}" for name, what in found[:_TOLD]]
        more = f" and {len(found) - _TOLD} more" if len(found) > _TOLD else ""
        names = ", ".join(repr(name) for name, _ in found[:_TOLD])
        raise PackagingError(
            f"{source.path or 'code_inline'} holds {', '.join(shown)}{more}; keep it in Secrets Manager and read it in "
            "the handler: everybody who may read the function gets its archive. "
            f"If it is meant to be there, pass allowed_secret_files = [{names}]"
        )


def _check_handler(source: CodeSource, entries: Mapping[str, bytes], installed: Path | None) -> None:
    files = source.handler_files
    if (
        files
        and not source.has_layers
        and not any(file in entries for file in files)
        and not (installed and any((installed / file).exists() for file in files))
    ):
        form = (
            "a handler is <file without suffix>.<function>"
            if source.is_python or source.is_node
            else f"{source.runtime} starts this executable, from the code or a layer"
        )
        raise PackagingError(f"handler {source.handler!r}: {source.path} has no {' or '.join(files)}; {form}")


def _sources(source: CodeSource, root: Path, *, without_modules: bool) -> dict[str, bytes]:
    left_out = re.compile(rf"{_LEFT_OUT.pattern}|node_modules") if without_modules else _LEFT_OUT
    found = folder_files(root, left_out, limit=MAX_UNZIPPED_BYTES, allowed=source.allowed_secret_files)
    return {name: content for name, content in found.items() if not _LEFT_OUT_AT_TOP.fullmatch(name)}


def _digest(entries: Mapping[str, bytes], dependencies: Dependencies | None) -> str:
    digest = hashlib.sha256(b"2" + (dependencies.key.encode() if dependencies else b""))
    for name, content in sorted(entries.items()):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _write(archive: Path, entries: Mapping[str, bytes], packed: Path | None, source: str) -> None:
    sizes = {
        **(unzipped_bytes(packed) if packed else {}),
        **{name: len(each) for name, each in entries.items()},
    }
    unzipped = sum(sizes.values())
    if not sizes:
        raise PackagingError(f"{source} has no file to deploy")
    refuse_large(source, unzipped, MAX_UNZIPPED_BYTES)
    if "zlib-ng" in zlib.ZLIB_RUNTIME_VERSION:
        pulumi.log.warn(
            f"{source}: this Python compresses by zlib-ng, so the archive of the same sources differs from the one "
            "made by other Pythons, and deploying from both publishes a version each time"
        )
    with as_a_whole(archive) as partial:
        write_zip(partial, entries, packed)
        size = partial.stat().st_size
        if size > MAX_UPLOAD_BYTES:
            raise PackagingError(
                f"{source} is {megabytes(size)} zipped; Lambda takes 50 MB directly: {_WAYS_OUT}"
            )
