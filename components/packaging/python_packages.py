"""Python packages: what a folder declares, pinned and checked against hashes, installed by uv.

No code of a package runs before all packages are known to be pinned. For Lambda, none runs at all, because only wheels
are installed; for this machine, a package without a wheel is built.
"""

import platform
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import uv

from ..checks.errors import PackagingError
from . import host
from .package_manager import Target, environment_settings, expanded, manifest_text, run
from .requirements_file import Entry, entries, normal_name
from .zip_file import atomic_write

# The runtimes that run durable functions are based on Amazon Linux 2023, with glibc 2.34.
_PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}
_WHEELS = ("--only-binary", ":all:")
_MISSING = re.compile(r"^ \+ (\S+)==(\S+)", re.MULTILINE)

Pins = set[tuple[str, str]]


def declared(folder: Path) -> list[Path]:
    """Return the files that declare a folder's packages, the manifest first; none if none are declared.

    Raises:
        PackagingError: they are incomplete, so the archive would change over time, or have options that may run code.
    """
    if (requirements := folder / "requirements.txt").is_file():
        for _ in entries(manifest_text(requirements), requirements):
            pass  # An error is raised for what must not be in it.
        return [requirements]
    project = folder / "pyproject.toml"
    if project.is_file() and _project_of(project).get("dependencies"):
        if not (lock := folder / "uv.lock").is_file():
            raise PackagingError(
                f"{project} has no uv.lock next to it, so the archive would change over time; run: uv lock"
            )
        return [project, lock]
    return []


def _project_of(path: Path) -> dict[str, object]:
    try:
        project = tomllib.loads(manifest_text(path)).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PackagingError(f"{path} is not TOML: {error}") from None
    if not isinstance(project, dict):
        raise PackagingError(f"{path}: project must be a table, not {project!r}")
    return project


def settings(target: Target) -> Iterator[str]:
    """Yield the settings, besides the declaration, that affect which files are installed."""
    yield f"uv {version('uv')}"
    if target.for_host:
        yield host.python_facts()
        yield " ".join(platform.libc_ver())
    else:
        yield _PLATFORMS[target.architecture]
    if target.manifest.name == "requirements.txt":
        yield expanded(_options(target, _entries(target, target.manifest)))
    yield from environment_settings("UV_")


def install(target: Target, built: Path, record: Path) -> None:
    """Install the declared packages, each checked against its hash.

    Args:
        target: the platform to install for.
        built: an empty folder.
        record: a file for the resolved versions and their hashes, if the declaration has no hashes. It is used if it
            exists, and written if not.

    Raises:
        PackagingError: a package is not pinned, has a different hash, or cannot be installed.
    """
    requirements = target.manifest
    if requirements.name == "pyproject.toml":
        requirements = built.with_name("requirements.txt")
        export = [
            "export",
            "--frozen",
            "--no-dev",
            "--no-emit-project",
            "--no-config",
            "-o",
            str(requirements),
        ]
        _uv([*export, "--project", str(target.manifest.parent)], target)
    listed = _entries(target, requirements)
    if target.manifest == requirements and not any(each.has_hash for each in listed):
        _install_resolved(target, listed, built, record)
    else:
        # Only what is pinned is built.
        if target.for_host:
            _refuse_loose(target, listed)
        _install(target, requirements, built)
    _refuse_unpinned(target, _installed(built) - _pins(listed))
    # Scripts contain the path of this machine's interpreter, and RECORD contains the scripts' hashes.
    shutil.rmtree(built / "bin", ignore_errors=True)
    for each in built.glob("*.dist-info/RECORD"):
        each.unlink()


def _entries(target: Target, requirements: Path) -> list[Entry]:
    return list(entries(manifest_text(requirements), target.manifest))


def _install_resolved(target: Target, listed: list[Entry], built: Path, record: Path) -> None:
    """Install a declaration without hashes: resolve it, unless that is on record, and install with the recorded hashes."""
    resolved, has_sources = record, False
    if not record.is_file():
        resolved = built.with_name("resolved.txt")
        has_sources = _resolve(target, listed, resolved)
        _refuse_unpinned(target, _pins(_entries(target, resolved)) - _pins(listed))
    options = built.with_name("options.txt")
    options.write_text(f"{_options(target, listed)}\n")
    _install(target, resolved, built, "--no-deps", "-r", str(options))
    if has_sources:
        _refuse_unpinned(target, _not_installed(target, built))
    if resolved != record:
        with atomic_write(record) as partial:
            shutil.copy(resolved, partial)


def _options(target: Target, listed: list[Entry]) -> str:
    """Return a declaration's options, which say where to find packages, with paths relative to it made absolute."""
    return "\n".join(each.option_from(target.manifest.parent) for each in listed if each.is_option)


def _resolve(target: Target, listed: list[Entry], resolved: Path) -> bool:
    """Write the resolved versions of a declaration, with hashes; return whether some packages must be built."""
    command = ["pip", "compile", str(target.manifest), "--generate-hashes", "--no-header", "--no-annotate"]
    command += ["--no-config", "--quiet", "-o", str(resolved), *_for(target)]
    try:
        _uv([*command, *_WHEELS], target)
    except PackagingError:
        if not target.for_host:
            raise
        _refuse_loose(target, listed)
        # Only pinned packages are built, and not their dependencies.
        _uv([*command, "--no-deps"], target)
        return True
    return False


def _install(target: Target, requirements: Path, built: Path, *options: str) -> None:
    command = [
        "pip",
        "install",
        "--target",
        str(built),
        "-r",
        str(requirements),
        "--require-hashes",
        *options,
    ]
    # The settings of the program that deploys must not affect the handler's packages.
    command += ["--no-config", "--link-mode", "copy", *_for(target)]
    _uv(command if target.for_host else [*command, *_WHEELS], target)


def _not_installed(target: Target, built: Path) -> Pins:
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
    messages = _uv([*command, *_for(target), *_WHEELS], target)
    return {(normal_name(name), number) for name, number in _MISSING.findall(messages)}


def _for(target: Target) -> list[str]:
    if target.for_host:
        return ["--python", host.python()]
    python = target.runtime.removeprefix("python")
    return ["--python-version", python, "--python-platform", _PLATFORMS[target.architecture]]


def _uv(arguments: Iterable[str], target: Target) -> str:
    return run([uv.find_uv_bin(), *arguments], target)


def _pins(listed: list[Entry]) -> Pins:
    return {pin for each in listed if (pin := each.pin)}


def _installed(built: Path) -> Pins:
    installed = (path.name.removesuffix(".dist-info").split("-", 1) for path in built.glob("*.dist-info"))
    return {(normal_name(name), number) for name, number in installed}


def _refuse_unpinned(target: Target, loose: Pins) -> None:
    if loose:
        raise PackagingError(_loose(target, [f"{name} ({number})" for name, number in sorted(loose)]))


def _refuse_loose(target: Target, listed: list[Entry]) -> None:
    if loose := [each.text for each in listed if not each.is_option and not each.pin]:
        raise PackagingError(_loose(target, loose)) from None


def _loose(target: Target, names: list[str]) -> str:
    return (
        f"{target.manifest} does not pin {', '.join(names[:10])}, so the archive would change over time; pin all packages "
        "with ==, for example with uv pip compile --generate-hashes requirements.in -o requirements.txt"
    )
