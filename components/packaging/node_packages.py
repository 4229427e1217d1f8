"""Node.js packages: what a folder declares and locks with hashes, installed by npm without running their scripts."""

import itertools
import json
import os
import re
import shutil
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..checks.errors import PackagingError
from .package_manager import Target, environment_settings, file_settings, manifest_text, run

_FILES = ("package.json", "package-lock.json")
_CPUS = {"arm64": "arm64", "x86_64": "x64"}
# npm prepares a package from git by an installation in its folder, where it reads the package's own .npmrc: with `git` or
# `node-options`, the package's publisher names a program that npm starts, also with --ignore-scripts.
_NO_GIT = ("--allow-git=none", "--git=not-used-for-archives")
_GIT = re.compile(
    r"git[+:]|(?:github|gitlab|bitbucket|gist):|ssh:|[^/@:]+@[^/:]+:|[\w.-]+/[\w.-]+(?:#.*)?\Z"
    r"|https?://(?:[^/@]*@)?(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|gist\.github\.com|git\.sr\.ht)/"
    r"(?!\S*/(?:archive|tarball|releases|raw|get|-)/)"
    r"|https?://\S*\.git(?:#.*)?\Z"
)
"""What npm takes for a place of git: https://docs.npmjs.com/cli/configuring-npm/package-json#git-urls-as-dependencies"""
_SETTING = re.compile(
    r"\s*(?:(?:@[^\s=:\"'\[]+:)?registry|//[^\s=\"'\[]+:\w+"
    r"|_auth|_authToken|_password|username|email|always-auth|ca(?:\[\])?|cafile|cert|key|strict-ssl|replace-registry-host"
    r"|(?:https?-)?proxy|noproxy(?:\[\])?|maxsockets|fetch-retr[\w-]+|fetch-timeout|before|min-release-age"
    r"|legacy-peer-deps|strict-peer-deps|install-strategy|legacy-bundling|global-style|(?:omit|include)(?:\[\])?)\s*="
)
"""The settings of a folder's .npmrc that are used: of registries, the network, and what is installed. None names a program."""


def declared(folder: Path) -> list[Path]:
    """Return the files that declare a folder's packages, the manifest first; none if none are declared.

    Raises:
        PackagingError: they are not locked, or not with hashes, so the archive would change over time.
    """
    manifest = folder / "package.json"
    if not manifest.is_file() or not _object(manifest).get("dependencies"):
        return []
    if not (lock := folder / "package-lock.json").is_file():
        raise PackagingError(
            f"{manifest} has no package-lock.json next to it, so the archive would change over time; "
            "run: npm install --package-lock-only"
        )
    packages = dict(_locked(lock, _object(lock)))
    # First, since the folder of a link may look like a place of git.
    if linked := [name for name, package in packages.items() if package.get("link")]:
        raise PackagingError(
            f"{lock} links {', '.join(linked[:10])} to a folder outside of the archive; run npm pack there, and depend on "
            "the package"
        )
    if from_git := [name for name, package in packages.items() if _is_from_git(package)]:
        raise PackagingError(
            f"{lock} has {', '.join(from_git[:10])} from git, where npm runs what the repository says; publish the package to "
            "a registry, or run npm pack in it and depend on the .tgz"
        )
    if bare := [name for name, package in packages.items() if not _is_hashed(package)]:
        raise PackagingError(
            f"{lock} has no hash (integrity) for {', '.join(bare[:10])}, so the packages could not be checked; "
            "remove package-lock.json and node_modules, and run: npm install"
        )
    return [manifest, lock]


def settings(target: Target) -> Iterator[str]:
    """Yield the settings, besides the declaration, that affect which files are installed."""
    npm = shutil.which("npm")
    yield f"npm {_version(Path(npm)) if npm else ''}"
    yield sysconfig.get_platform() if target.for_host else target.architecture
    # npm's variables are not case-sensitive.
    variables = {name.upper(): value for name, value in os.environ.items()}
    prefix = variables.get("NPM_CONFIG_PREFIX") or (str(Path(npm).parents[1]) if npm else "")
    for path in (
        str(target.manifest.with_name(".npmrc")),
        variables.get("NPM_CONFIG_USERCONFIG") or "~/.npmrc",
        variables.get("NPM_CONFIG_GLOBALCONFIG") or f"{prefix}/etc/npmrc",
    ):
        yield file_settings(Path(path).expanduser())
    yield from environment_settings("NPM_CONFIG_")


def install(target: Target, built: Path) -> None:
    """Install the locked packages, each checked against its hash.

    Args:
        target: the platform to install for.
        built: an empty folder.

    Raises:
        PackagingError: npm is missing, or fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise PackagingError(
            f"{target.manifest}: npm is needed to install its packages, and is not on PATH; install Node.js"
        )
    for name in _FILES:
        if (target.manifest.parent / name).is_file():
            shutil.copy(target.manifest.parent / name, built)
    if (npmrc := target.manifest.with_name(".npmrc")).is_file():
        (built / ".npmrc").write_text(_used_settings(manifest_text(npmrc)))
    command = [npm, "ci", "--omit=dev", "--ignore-scripts", *_NO_GIT, "--no-audit", "--no-fund"]
    command += ["--prefix", str(built)]
    if not target.for_host:
        command += ["--os=linux", f"--cpu={_CPUS[target.architecture]}", "--libc=glibc"]
    run(command, target)
    shutil.rmtree(built / "node_modules" / ".bin", ignore_errors=True)
    for name in (*_FILES, ".npmrc"):
        (built / name).unlink(missing_ok=True)


def _used_settings(npmrc: str) -> str:
    # Below the first heading, npm takes nothing for a setting of its own.
    lines = itertools.takewhile(lambda line: not line.lstrip().startswith("["), npmrc.splitlines())
    return "".join(f"{line}\n" for line in lines if _SETTING.match(line))


def _object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(manifest_text(path))
    except (ValueError, RecursionError) as error:
        raise PackagingError(f"{path} is not a JSON object: {error}") from None
    if not isinstance(content, dict):
        raise PackagingError(f"{path} is not a JSON object")
    return content


def _locked(lock: Path, content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the packages of a lock file that are installed, in any version of the format."""
    packages = content.get("packages", content.get("dependencies", {}))
    if not isinstance(packages, dict) or not all(isinstance(each, dict) for each in packages.values()):
        raise PackagingError(
            f"{lock} is not a lock file of npm: it must contain an object for each package; run: npm install"
        )
    for name, package in packages.items():
        if name and not package.get("dev"):
            yield name, package
            if "packages" not in content and "dependencies" in package:
                yield from _locked(lock, package)


def _is_hashed(package: Mapping[str, Any]) -> bool:
    return bool(package.get("integrity") or package.get("inBundle") or package.get("bundled"))


def _is_from_git(package: Mapping[str, Any]) -> bool:
    return any(_GIT.match(str(package.get(key) or "")) for key in ("resolved", "version"))


def _version(npm: Path) -> str:
    """Return npm's version from its own files, since running it takes a third of a second; if not possible, its path."""
    manifest = npm.resolve().parents[1] / "package.json"
    return str(_object(manifest).get("version")) if manifest.is_file() else str(npm)
