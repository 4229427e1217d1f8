"""Node.js packages: what a folder declares and locks by hashes, installed by npm, which runs none of their scripts."""

import json
import os
import shutil
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..checks.errors import PackagingError
from .package_tools import Target, environment_settings, file_settings, manifest_text, run

_FILES = ("package.json", "package-lock.json", ".npmrc")
_CPUS = {"arm64": "arm64", "x86_64": "x64"}
_COMMIT = 40
"""How long the name of a git commit is, which says what is in it as a hash does."""


def declared(folder: Path) -> list[Path]:
    """Return the files that declare a folder's packages, the one to name first; none if none are declared.

    Raises:
        PackagingError: they are not locked, or not by hashes, so the result would change with time.
    """
    manifest = folder / "package.json"
    if not manifest.is_file() or not _object(manifest).get("dependencies"):
        return []
    if not (lock := folder / "package-lock.json").is_file():
        raise PackagingError(
            f"{manifest} has no package-lock.json beside it, so the archive would change with time; "
            "run: npm install --package-lock-only"
        )
    packages = dict(_locked(lock, _object(lock)))
    if linked := [name for name, package in packages.items() if package.get("link")]:
        raise PackagingError(
            f"{lock} links {', '.join(linked)} to a folder outside of the archive; pack it and depend on the package"
        )
    if bare := [name for name, package in packages.items() if not _is_hashed(package)]:
        raise PackagingError(
            f"{lock} has no hash (integrity) of {', '.join(bare[:10])}, so what is installed could not be checked; "
            "remove package-lock.json and node_modules, and run: npm install"
        )
    return [manifest, lock]


def settings(target: Target) -> Iterator[str]:
    """Give what decides, beside the declaration, which files are installed."""
    npm = shutil.which("npm")
    yield f"npm {_version(Path(npm)) if npm else ''}"
    yield sysconfig.get_platform() if target.for_host else target.architecture
    # npm takes its variables in either case.
    given = {name.upper(): value for name, value in os.environ.items()}
    mine = given.get("NPM_CONFIG_USERCONFIG", "~/.npmrc")
    files = [target.manifest.with_name(".npmrc"), Path(mine).expanduser()]
    files += [Path(npm).parents[1] / "etc/npmrc"] if npm else []
    texts = [file_settings(path) for path in files]
    yield from texts
    yield from environment_settings("NPM_CONFIG_", *texts)


def install(target: Target, built: Path) -> None:
    """Install the packages that are locked, each checked by its hash.

    Args:
        target: what for.
        built: an empty folder.

    Raises:
        PackagingError: npm is missing, or cannot install them.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise PackagingError(f"{target.manifest}: npm is not on PATH and must install it; install Node.js")
    for name in _FILES:
        if (target.manifest.parent / name).is_file():
            shutil.copy(target.manifest.parent / name, built)
    command = [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(built)]
    if not target.for_host:
        command += ["--os=linux", f"--cpu={_CPUS[target.architecture]}", "--libc=glibc"]
    run(command, target)
    shutil.rmtree(built / "node_modules" / ".bin", ignore_errors=True)
    for name in _FILES:
        (built / name).unlink(missing_ok=True)


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(manifest_text(path))
    except (ValueError, RecursionError) as error:
        raise PackagingError(f"{path} is no JSON object: {error}") from None
    if not isinstance(found, dict):
        raise PackagingError(f"{path} is no JSON object")
    return found


def _locked(lock: Path, found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the packages of a lock that are installed, in whichever version of its format."""
    packages = found.get("packages", found.get("dependencies", {}))
    if not isinstance(packages, dict) or not all(isinstance(each, dict) for each in packages.values()):
        raise PackagingError(
            f"{lock} is no lock of npm: it must hold an object for each package; npm install"
        )
    for name, package in packages.items():
        if name and not package.get("dev"):
            yield name, package
            if "packages" not in found and "dependencies" in package:
                yield from _locked(lock, package)


def _is_hashed(package: Mapping[str, Any]) -> bool:
    if package.get("integrity") or package.get("inBundle") or package.get("bundled"):
        return True
    place = str(package.get("resolved") or package.get("version"))
    return place.startswith("git") and len(place.rpartition("#")[2]) == _COMMIT


def _version(npm: Path) -> str:
    """Return npm's version as its own files say it, since asking it takes a third of a second; or its path."""
    about = npm.resolve().parents[1] / "package.json"
    return str(_object(about).get("version")) if about.is_file() else str(npm)
