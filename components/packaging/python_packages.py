"""Python packages: what a folder declares, pinned and by their hashes, installed by uv.

Nothing of a package runs before everything is known to be pinned. For Lambda nothing of one runs at all, since only
wheels are taken; for this machine what has no wheel is built.
"""

import platform
import re
import shutil
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import uv

from ..checks.errors import PackagingError
from .package_tools import Target, environment_settings, manifest_text, run
from .zip_file import as_a_whole

# The runtimes that run durable functions stand on Amazon Linux 2023, with glibc 2.34.
_PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}
_WHEELS = ("--only-binary", ":all:")
_PINNED = re.compile(
    r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([^\s;*\\]+)(?=[\s;\\]|$)", re.MULTILINE
)
_REQUIRED = re.compile(r"^[^\s#-].*", re.MULTILINE)
_UNREADABLE = re.compile(r"^\s*(?:-r|-c|-e|--requirement|--constraint|--editable)\b.*", re.MULTILINE)
_OPTIONS = re.compile(r"^\s*-.*", re.MULTILINE)
_FOLDER = re.compile(r"^(\s*(?:-f|--find-links)[\s=]+)(?![^\s]*://|/)", re.MULTILINE)
_MISSING = re.compile(r"^ \+ (\S+)==(\S+)", re.MULTILINE)

Pins = set[tuple[str, str]]


def declared(folder: Path) -> list[Path]:
    """Return the files that declare a folder's packages, the one to name first; none if none are declared.

    Raises:
        PackagingError: they do not say all, so the result would change with time.
    """
    if (requirements := folder / "requirements.txt").is_file():
        if unreadable := _UNREADABLE.search(manifest_text(requirements)):
            raise PackagingError(
                f"{requirements}: {unreadable[0].strip()!r} reads another file, whose changes would not be seen; "
                "compile all into one: uv pip compile"
            )
        return [requirements]
    project = folder / "pyproject.toml"
    if project.is_file() and _project_of(project).get("dependencies"):
        if not (lock := folder / "uv.lock").is_file():
            raise PackagingError(
                f"{project} has no uv.lock beside it, so the archive would change with time; uv lock"
            )
        return [project, lock]
    return []


def _project_of(path: Path) -> dict[str, object]:
    try:
        project = tomllib.loads(manifest_text(path)).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackagingError(f"{path} is no TOML: {error}") from None
    if not isinstance(project, dict):
        raise PackagingError(f"{path}: project must be a table, not {project!r}")
    return project


def settings(target: Target) -> Iterator[str]:
    """Give what decides, beside the declaration, which files are installed."""
    yield f"uv {version('uv')}"
    if target.for_host:
        yield f"{sys.implementation.cache_tag} {platform.python_version()} {sysconfig.get_platform()}"
        yield " ".join(platform.libc_ver())
    else:
        yield _PLATFORMS[target.architecture]
    yield from environment_settings("UV_", manifest_text(target.manifest))


def install(target: Target, built: Path, record: Path) -> None:
    """Install the packages that are declared, each checked by its hash.

    Args:
        target: what for.
        built: an empty folder.
        record: holds the hashes of what was resolved before, if the declaration has none; or gets them.

    Raises:
        PackagingError: something is not pinned, has another hash, or cannot be installed.
    """
    requirements = target.manifest
    if requirements.name == "pyproject.toml":
        requirements = built.with_name("requirements.txt")
        export = ["export", "--frozen", "--no-dev", "--no-emit-project", "-o", str(requirements)]
        _uv([*export, "--project", str(target.manifest.parent)], target)
    text = manifest_text(requirements)
    if target.manifest == requirements and "--hash" not in text:
        _install_resolved(target, text, built, record)
    else:
        _install(target, requirements, built)
    _refuse_loose(target, _installed(built) - _pins(text))
    # Scripts name this machine's interpreter, and RECORD holds the scripts' hashes.
    shutil.rmtree(built / "bin", ignore_errors=True)
    for each in built.glob("*.dist-info/RECORD"):
        each.unlink()


def _install_resolved(target: Target, text: str, built: Path, record: Path) -> None:
    """Install what a declaration without hashes comes to, by the hashes that are on record or will be."""
    resolved, has_sources = record, False
    if not record.is_file():
        resolved = built.with_name("resolved.txt")
        has_sources = _resolve(target, text, resolved)
        _refuse_loose(target, _pins(manifest_text(resolved)) - _pins(text))
    # Where packages are found is said beside their names, and relative to that file.
    options = built.with_name("options.txt")
    told = _FOLDER.sub(
        lambda found: f"{found[1]}{target.manifest.parent.resolve()}/", "\n".join(_OPTIONS.findall(text))
    )
    options.write_text(f"{told}\n")
    _install(target, resolved, built, "--no-deps", "-r", str(options))
    if has_sources:
        _refuse_loose(target, _left_out(target, built))
    if resolved != record:
        with as_a_whole(record) as partial:
            shutil.copy(resolved, partial)


def _resolve(target: Target, text: str, resolved: Path) -> bool:
    """Write down what a declaration comes to, with hashes; return whether some of it must be built."""
    command = ["pip", "compile", str(target.manifest), "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--no-config", "--quiet", "-o", str(resolved), *_for(target)]
    try:
        _uv([*command, *_WHEELS], target)
    except PackagingError:
        if not target.for_host:
            raise
        if loose := [each.strip() for each in _REQUIRED.findall(text) if not _PINNED.match(each)]:
            raise PackagingError(_loose(target, loose)) from None
        # Built is what is pinned, and nothing of what it asks for.
        _uv([*command, "--no-deps"], target)
        return True
    return False


def _install(target: Target, requirements: Path, built: Path, *more: str) -> None:
    command = ["pip", "install", "--target", str(built), "-r", str(requirements), "--require-hashes", *more]
    # The settings of the program that deploys must not decide what a handler gets.
    command += ["--no-config", "--link-mode", "copy", *_for(target)]
    _uv(command if target.for_host else [*command, *_WHEELS], target)


def _left_out(target: Target, built: Path) -> Pins:
    command = [
        "pip",
        "install",
        "--dry-run",
        "--target",
        str(built),
        "-r",
        str(target.manifest),
        "--no-config",
    ]
    told = _uv([*command, *_for(target), *_WHEELS], target)
    return {(_normal(name), number) for name, number in _MISSING.findall(told)}


def _for(target: Target) -> list[str]:
    if target.for_host:
        return ["--python", sys.executable]
    python = target.runtime.removeprefix("python")
    return ["--python-version", python, "--python-platform", _PLATFORMS[target.architecture]]


def _uv(arguments: Iterable[str], target: Target) -> str:
    return run([uv.find_uv_bin(), *arguments], target)


def _pins(text: str) -> Pins:
    return {(_normal(name), number) for name, number in _PINNED.findall(text)}


def _installed(built: Path) -> Pins:
    found = (path.name.removesuffix(".dist-info").split("-", 1) for path in built.glob("*.dist-info"))
    return {(_normal(name), number) for name, number in found}


def _refuse_loose(target: Target, loose: Pins) -> None:
    if loose:
        raise PackagingError(_loose(target, [f"{name} ({number})" for name, number in sorted(loose)]))


def _loose(target: Target, names: list[str]) -> str:
    return (
        f"{target.manifest} does not pin {', '.join(names)}, so the archive would change with time; pin everything "
        "with ==, for example by: uv pip compile --generate-hashes requirements.in -o requirements.txt"
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
