"""The packages that a handler's folder declares, installed for Lambda's platform and cached by their lock."""

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulumi
import uv

from .errors import PackagingError

# The runtimes that run durable functions stand on Amazon Linux 2023, with glibc 2.34.
_PLATFORMS = {"arm64": "aarch64-manylinux_2_34", "x86_64": "x86_64-manylinux_2_34"}
_NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
_NPM_CPUS = {"arm64": "arm64", "x86_64": "x64"}
_PINNED = re.compile(
    r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([^\s;*\\]+)(?=[\s;\\]|$)", re.MULTILINE
)
_UNREADABLE = re.compile(r"^\s*(?:-r|-c|-e|--requirement|--constraint|--editable)\b.*", re.MULTILINE)


@dataclass(frozen=True)
class Dependencies:
    """What a folder declares: its lock, the platform, and the key under which the result is cached."""

    folder: Path
    manifest: str
    runtime: str
    architecture: str
    for_host: bool
    key: str

    @classmethod
    def declared_in(cls, folder: Path, *, runtime: str, architecture: str, for_host: bool) -> Self | None:
        """Return what a folder's package.json, pyproject.toml or requirements.txt declares, if anything.

        Raises:
            PackagingError: the declared packages are not locked, so the result would change with time.
        """
        if runtime.startswith("python"):
            files = _python_files(folder)
        elif runtime.startswith("nodejs"):
            files = _node_files(folder)
        else:
            files = []
        if not files:
            return None
        target = (
            f"{platform.machine()}-{sys.implementation.cache_tag}"
            if for_host
            else f"{architecture}-{runtime}"
        )
        digest = hashlib.sha256(f"2\0{runtime}\0{target}".encode())
        for file in files:
            digest.update(f"\0{file.name}\0".encode() + file.read_bytes().replace(b"\r\n", b"\n"))
        return cls(folder, files[0].name, runtime, architecture, for_host, digest.hexdigest())

    def install(self, cache: Path) -> Path:
        """Return a folder that holds the installed packages, from the cache if they are there.

        Raises:
            PackagingError: uv or npm is missing, or cannot install; with what it printed.
        """
        target = cache / "dependencies" / self.key
        if not target.exists():
            where = "this machine" if self.for_host else f"{self.runtime} on {self.architecture}"
            pulumi.log.info(f"Installing {self.folder / self.manifest} for {where}; the result is cached")
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as work:
                built = Path(work, "built")
                built.mkdir()
                if self.manifest == "package.json":
                    self._npm(built)
                else:
                    self._uv(built, Path(work))
                try:
                    built.rename(target)
                except OSError:
                    # Another program has installed the same packages meanwhile.
                    if not target.is_dir():
                        raise
        return target

    def _uv(self, built: Path, work: Path) -> None:
        requirements = self.folder / "requirements.txt"
        if self.manifest == "pyproject.toml":
            requirements = work / "requirements.txt"
            export = [
                uv.find_uv_bin(),
                "export",
                "--frozen",
                "--no-dev",
                "--no-emit-project",
                "-o",
                str(requirements),
            ]
            self._run([*export, "--project", str(self.folder)])
        command = [uv.find_uv_bin(), "pip", "install", "--target", str(built), "-r", str(requirements)]
        # The settings of the program that deploys must not decide what a handler gets.
        command += ["--no-config", "--link-mode", "copy"]
        if self.for_host:
            command += ["--python", sys.executable]
        else:
            command += ["--python-version", self.runtime.removeprefix("python"), "--only-binary", ":all:"]
            command += ["--python-platform", _PLATFORMS[self.architecture]]
        self._run(command)

        pinned = {(_normal(name), version) for name, version in _PINNED.findall(requirements.read_text())}
        installed = [path.name.removesuffix(".dist-info").split("-", 1) for path in built.glob("*.dist-info")]
        loose = sorted(
            f"{name} ({version})" for name, version in installed if (_normal(name), version) not in pinned
        )
        if loose:
            raise PackagingError(
                f"{self.folder / self.manifest} does not pin {', '.join(loose)}, so the archive would change with time; "
                "pin everything with ==, for example by: uv pip compile requirements.in -o requirements.txt"
            )
        # Scripts name this machine's interpreter, and RECORD holds the scripts' hashes.
        shutil.rmtree(built / "bin", ignore_errors=True)
        for record in built.glob("*.dist-info/RECORD"):
            record.unlink()

    def _npm(self, built: Path) -> None:
        npm = shutil.which("npm")
        if npm is None:
            raise PackagingError(
                f"{self.folder / self.manifest}: npm is not on PATH and must install it; install Node.js"
            )
        for name in _NPM_FILES:
            if (self.folder / name).is_file():
                shutil.copy(self.folder / name, built)
        command = [
            npm,
            "ci",
            "--omit=dev",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(built),
        ]
        if not self.for_host:
            command += ["--os=linux", f"--cpu={_NPM_CPUS[self.architecture]}", "--libc=glibc"]
        self._run(command)
        shutil.rmtree(built / "node_modules" / ".bin", ignore_errors=True)
        for name in _NPM_FILES:
            (built / name).unlink(missing_ok=True)

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(  # noqa: S603 - the command is ours, with paths as separate arguments
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "NO_COLOR": "1", "UV_PYTHON_DOWNLOADS": "never"},
        )
        if done.returncode:
            raise PackagingError(
                f"{self.folder / self.manifest} cannot be installed by {Path(command[0]).name}:\n{done.stderr.strip()}"
            )


def _python_files(folder: Path) -> list[Path]:
    if (requirements := folder / "requirements.txt").is_file():
        if unreadable := _UNREADABLE.search(requirements.read_text()):
            raise PackagingError(
                f"{requirements}: {unreadable[0].strip()!r} reads another file, whose changes would not be seen; "
                "compile all into one: uv pip compile"
            )
        return [requirements]
    project = folder / "pyproject.toml"
    if project.is_file() and tomllib.loads(project.read_text()).get("project", {}).get("dependencies"):
        if not (lock := folder / "uv.lock").is_file():
            raise PackagingError(
                f"{project} has no uv.lock beside it, so the archive would change with time; uv lock"
            )
        return [project, lock]
    return []


def _node_files(folder: Path) -> list[Path]:
    manifest = folder / "package.json"
    if not manifest.is_file():
        return []
    try:
        declared = json.loads(manifest.read_text()).get("dependencies")
    except (ValueError, AttributeError) as error:
        raise PackagingError(f"{manifest} is no JSON object: {error}") from None
    if not declared:
        return []
    if not (lock := folder / "package-lock.json").is_file():
        raise PackagingError(
            f"{manifest} has no package-lock.json beside it, so the archive would change with time; "
            "run: npm install --package-lock-only"
        )
    linked = [
        name
        for name, package in json.loads(lock.read_text()).get("packages", {}).items()
        if package.get("link")
    ]
    if linked:
        raise PackagingError(
            f"{lock} links {', '.join(linked)} to a folder outside of the archive; pack it and depend on the package"
        )
    return [manifest, lock]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
