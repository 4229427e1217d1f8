"""The packages that a handler's folder declares, installed for its platform and cached by all that decides them."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pulumi

from . import node_packages, python_packages
from .package_tools import Target, manifest_text


@dataclass(frozen=True)
class Dependencies:
    """What a folder declares, what for, and the key under which the result is cached."""

    target: Target
    key: str
    """A hash of the declaration and its lock, the runtime and platform, the tool with its version and its settings in
    files and variables. It is made without credentials."""

    @classmethod
    def declared_in(cls, folder: Path, *, runtime: str, architecture: str, for_host: bool) -> Self | None:
        """Return what a folder's package.json, pyproject.toml or requirements.txt declares, if anything.

        Raises:
            PackagingError: the declared packages are not locked, so the result would change with time.
        """
        tools = {"python": python_packages, "nodejs": node_packages}
        tool = next((tool for name, tool in tools.items() if runtime.startswith(name)), None)
        files = tool.declared(folder) if tool else []
        if tool is None or not files:
            return None
        target = Target(files[0], runtime, architecture, for_host)
        digest = hashlib.sha256(f"3\0{runtime}\0{target}\0".encode())
        for file in files:
            digest.update(f"{file.name}\0{manifest_text(file)}\0".replace("\r\n", "\n").encode())
        for setting in tool.settings(target):
            digest.update(f"{setting}\0".encode())
        return cls(target, digest.hexdigest())

    def install(self, cache: Path) -> Path:
        """Return a folder that holds the installed packages, from the cache if they are there.

        Raises:
            PackagingError: uv or npm is missing, or cannot install; with what it printed.
        """
        target = cache / "dependencies" / self.key
        if not target.exists():
            pulumi.log.info(f"Installing {self.target.manifest} for {self.target}; the result is cached")
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as work:
                built = Path(work, "built")
                built.mkdir()
                if self.target.manifest.name == "package.json":
                    node_packages.install(self.target, built)
                else:
                    # Beside what is installed, so that it is the same when it must be installed again.
                    python_packages.install(self.target, built, target.with_name(f"{self.key}.lock.txt"))
                try:
                    built.rename(target)
                except OSError:
                    # Another program has installed the same packages meanwhile.
                    if not target.is_dir():
                        raise
        return target
