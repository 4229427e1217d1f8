"""The packages that a handler's folder declares, installed for its platform, and cached by everything that affects them."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ..checks.messages import info
from . import node_packages, python_packages
from .package_manager import Target, manifest_text


@dataclass(frozen=True)
class Dependencies:
    """The packages that a folder declares, their target platform, and the key under which the result is cached."""

    target: Target
    key: str
    """A hash of the declaration and its lock file, the runtime and platform, and the package manager with its version and
    its settings in files and environment variables. It contains no credentials."""

    @classmethod
    def declared_in(cls, folder: Path, *, runtime: str, architecture: str, for_host: bool) -> Self | None:
        """Return what a folder's package.json, pyproject.toml or requirements.txt declares, if anything.

        Raises:
            PackagingError: the declared packages are not locked, so the archive would change over time.
        """
        package_managers = {"python": python_packages, "nodejs": node_packages}
        package_manager = next(
            (each for name, each in package_managers.items() if runtime.startswith(name)), None
        )
        files = package_manager.declared(folder) if package_manager else []
        if package_manager is None or not files:
            return None
        target = Target(files[0], runtime, architecture, for_host)
        digest = hashlib.sha256(f"3\0{runtime}\0{target}\0".encode())
        for file in files:
            digest.update(f"{file.name}\0{manifest_text(file)}\0".replace("\r\n", "\n").encode())
        for setting in package_manager.settings(target):
            digest.update(f"{setting}\0".encode())
        return cls(target, digest.hexdigest())

    def install(self, cache: Path) -> Path:
        """Return a folder with the installed packages, from the cache if possible.

        Raises:
            PackagingError: uv or npm is missing, or fails; contains what it printed.
        """
        target = cache / "dependencies" / self.key
        if not target.exists():
            info(f"Installing {self.target.manifest} for {self.target}; the result is cached")
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target.parent) as work:
                built = Path(work, "built")
                built.mkdir()
                if self.target.manifest.name == "package.json":
                    node_packages.install(self.target, built)
                else:
                    # Next to the installed packages, so that installing them again gives the same versions.
                    python_packages.install(self.target, built, target.with_name(f"{self.key}.lock.txt"))
                try:
                    built.rename(target)
                except OSError:
                    # Another program has installed the same packages in the meantime.
                    if not target.is_dir():
                        raise
        return target
