"""Packages code as an archive. The same sources make the same archive, on every machine and at any time."""

import hashlib
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from ..checks.errors import PackagingError
from ..checks.messages import warn
from . import host
from .code_files import folder_files, megabytes, refuse_large, zip_files
from .compiled_code import HEAD_BYTES, Place, foreign, heads
from .dependencies import Dependencies
from .python_source import findings
from .secret_files import secrets_in
from .zip_file import atomic_write, unzipped_bytes, write_zip

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""The largest zipped archive that can be uploaded to Lambda directly."""
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
"""The largest unzipped code that Lambda accepts, including layers."""

_COMPILED = re.compile(r"__pycache__|.*\.py[co]")
_EXCLUDED = re.compile(rf"\..*|venv|{_COMPILED.pattern}")
_EXCLUDED_AT_TOP = re.compile(r"requirements.*\.(txt|in)|pyproject\.toml|uv\.lock|package-lock\.json")
_TYPESCRIPT = (".ts", ".mts", ".cts")
_NODE_WITH_TYPESCRIPT = 24
_MAX_SHOWN = 10
"""How many of the files with secrets an error shows."""
_FIXES = "upload it to S3 and pass s3_bucket and s3_key, or make a container image and pass image_uri"


@dataclass(frozen=True)
class CodeSource:
    """Where the code comes from, and what it is built for; exactly one of `path` and `inline` is set."""

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
        """The files that may contain the handler; none for compiled runtimes, whose handlers are not checked."""
        if self.is_python:
            module = self.handler.rpartition(".")[0].replace(".", "/")
            # A package goes before a module of its name.
            return [f"{module}/__init__.py", f"{module}.py"]
        if self.is_node:
            # Node.js takes what follows the first dot as the path to the function: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
            folder, slash, name = self.handler.rpartition("/")
            module = f"{folder}{slash}{name.partition('.')[0]}"
            # The runtime of Node.js 24 and newer also reads TypeScript that only needs its types removed.
            typescript = _TYPESCRIPT if _node_version(self.runtime) >= _NODE_WITH_TYPESCRIPT else ()
            return [f"{module}{suffix}" for suffix in (".mjs", ".js", ".cjs", *typescript)]
        # https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html: Lambda starts this file, whatever the handler.
        return ["bootstrap"] if self.runtime.startswith("provided") else []

    @property
    def is_python(self) -> bool:
        """Whether the runtime is a Python runtime."""
        return self.runtime.startswith("python")

    @property
    def is_node(self) -> bool:
        """Whether the runtime is a Node.js runtime."""
        return self.runtime.startswith("nodejs")

    def inline_file(self) -> str:
        """Return the name of the file for inline code."""
        if not (self.is_python or self.is_node):
            raise PackagingError(
                f"code_inline: {self.runtime} cannot run source code; pass a built folder or .zip as code_path"
            )
        if self.is_python:
            return self.handler_files[1]
        module = re.search(r"^\s*(import|export)\b", self.inline or "", re.MULTILINE)
        return self.handler_files[0 if module else 1]


def build_archive(source: CodeSource) -> Path:
    """Return the archive of this code in the user's cache; it is built unless it is there already.

    A folder's files get fixed times and modes. Names that begin with a dot, caches and virtual environments are left
    out. Dependencies that the folder declares are installed for the runtime's platform.

    Raises:
        PackagingError: the code does not exist, does not contain the handler, contains something other than regular
            files, contains secrets, or is larger than Lambda accepts.
    """
    try:
        return _build(source, platformdirs.user_cache_path("durable-functions"))
    except (OSError, ValueError, RuntimeError) as error:
        raise PackagingError(f"{source.path or 'code_inline'} cannot be packaged: {error}") from None


def _build(source: CodeSource, cache: Path) -> Path:
    dependencies = installed = None
    if source.inline is not None:
        entries = {source.inline_file(): source.inline.encode()}
        _refuse_secrets(source, entries)
        _check_code(source, entries)
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
            problem = "is not a .zip archive" if path.exists() else "does not exist"
            raise PackagingError(
                f"code_path = {source.path!r}: {path.absolute()} {problem}; pass a folder or a .zip"
            )
        _refuse_secrets(source, entries)
        installed = dependencies.install(cache) if dependencies else None
        _check_handler(source, entries, installed)
        _check_compiled(source, entries, installed)

    archive = cache / "archives" / f"{_digest(entries, dependencies)}.zip"
    if not archive.exists():
        packed = None
        if installed is not None:
            # Zipped once, although each change of the sources makes a new archive that contains them.
            packed = installed.with_name(f"{installed.name}.zip")
            if not packed.exists():
                with atomic_write(packed) as partial:
                    files = folder_files(installed, _COMPILED, limit=MAX_UNZIPPED_BYTES, allowed=("*",))
                    write_zip(partial, files)
        _write(archive, entries, packed, source.path or "code_inline")
    return archive


def _refuse_secrets(source: CodeSource, entries: Mapping[str, bytes]) -> None:
    secrets = list(secrets_in(entries, source.allowed_secret_files))
    if secrets:
        shown = [f"{kind} in {name}" for name, kind in secrets[:_MAX_SHOWN]]
        more = f" and {len(secrets) - _MAX_SHOWN} more" if len(secrets) > _MAX_SHOWN else ""
        names = ", ".join(repr(name) for name, _ in secrets[:_MAX_SHOWN])
        raise PackagingError(
            f"{source.path or 'code_inline'} contains {', '.join(shown)}{more}; store it in Secrets Manager and read "
            "it in the handler: everybody who may read the function can download its archive. "
            f"If the archive must contain it, pass allowed_secret_files = [{names}]"
        )


def _check_handler(source: CodeSource, entries: Mapping[str, bytes], installed: Path | None) -> None:
    files = source.handler_files
    if (
        files
        and not source.has_layers
        and not any(file in entries for file in files)
        and not (installed and any((installed / file).exists() for file in files))
    ):
        modules = {file.rpartition(".")[0] for file in files}
        written = [f"{module}{suffix}" for module in sorted(modules) for suffix in _TYPESCRIPT]
        built = next((file for file in written if source.is_node and file in entries), None)
        if built:
            form = (
                f"it has {built}, which {source.runtime} cannot run: compile it, for example with "
                f"`npx esbuild {built} --bundle --platform=node --outdir=dist`, and pass the output's folder as code_path"
            )
        elif source.is_python or source.is_node:
            form = "a handler is <file without suffix>.<function>"
        else:
            form = f"{source.runtime} starts this executable, from the code or from a layer"
        # In the order in which people look for them.
        names = sorted(files, key=lambda file: file.count("/"))
        raise PackagingError(f"handler {source.handler!r}: {source.path} has no {' or '.join(names)}; {form}")
    _check_code(source, entries)


def _check_code(source: CodeSource, entries: Mapping[str, bytes]) -> None:
    """Refuse code whose handler cannot run, and warn of what may not."""
    where = source.path or "code_inline"
    file = next((file for file in source.handler_files if file in entries), None)
    if file is None:
        return
    if file.endswith(_TYPESCRIPT):
        warn(
            f"{where}: {file} is TypeScript; Lambda only removes its types, which is not enough for enums, decorators and "
            "path aliases. Compile it if it has any"
        )
    if not source.is_python:
        return
    runtime = f"python{host.python_version()}" if host.runs_handlers() else source.runtime
    found = list(findings(entries, file, source.handler.rpartition(".")[2], runtime))
    for each in found:
        if not each.certain:
            warn(f"{where}: {each.message}")
    if certain := [each.message for each in found if each.certain]:
        place = f" on this machine's {runtime}" if runtime != source.runtime else ""
        raise PackagingError(f"handler {source.handler!r}: {where} cannot run{place}: {'; '.join(certain)}")


def _check_compiled(source: CodeSource, entries: Mapping[str, bytes], installed: Path | None) -> None:
    """Warn of compiled code that cannot be loaded where the function runs."""
    here = host.runs_handlers()
    python = None
    if source.is_python:
        python = host.python_version() if here else source.runtime.removeprefix("python")
    place = Place.here(python) if here else Place("Linux", source.architecture, python)
    found = list(foreign(((name, content[:HEAD_BYTES]) for name, content in entries.items()), place))
    fix = (
        "pass a folder whose requirements.txt or package-lock.json declares the packages; they are installed for where "
        "the function runs"
    )
    # Packages that are installed for where the function runs need no look.
    if not found and installed and source.for_host != here:
        found = list(foreign(heads(installed), place))
        fix = "leave build_for out; packages are then installed for where the function runs, here and on AWS"
    if found:
        shown = ", ".join(f"{name} (for {what})" for name, what in found[:_MAX_SHOWN])
        warn(f"{source.path}: the function runs on {place}, which cannot load {shown}; {fix}")


def _node_version(runtime: str) -> int:
    found = re.match(r"nodejs(\d+)", runtime)
    return int(found[1]) if found else 0


def _sources(source: CodeSource, root: Path, *, without_modules: bool) -> dict[str, bytes]:
    excluded = re.compile(rf"{_EXCLUDED.pattern}|node_modules") if without_modules else _EXCLUDED
    files = folder_files(root, excluded, limit=MAX_UNZIPPED_BYTES, allowed=source.allowed_secret_files)
    return {name: content for name, content in files.items() if not _EXCLUDED_AT_TOP.fullmatch(name)}


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
        raise PackagingError(f"{source} contains no files to deploy")
    refuse_large(source, unzipped, MAX_UNZIPPED_BYTES)
    if "zlib-ng" in zlib.ZLIB_RUNTIME_VERSION:
        warn(
            f"{source}: this Python compresses with zlib-ng, so it makes a different archive from the same sources than "
            "other Pythons do, and switching between them publishes a new version each time"
        )
    with atomic_write(archive) as partial:
        write_zip(partial, entries, packed)
        size = partial.stat().st_size
        if size > MAX_UPLOAD_BYTES:
            raise PackagingError(
                f"{source} has {megabytes(size)} zipped, and Lambda accepts 50 MB by direct upload; {_FIXES}"
            )
