"""A copy of an example, in which commands run as its page says."""

import os
import shutil
import subprocess

from tests.e2e.conftest import PROJECT, Engine


class Project:
    """A copy of an example's folder, in which commands run as its page says."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.cloud, self.folder = engine.cloud, engine.folder / name
        self._variables = {**os.environ, **engine.variables, "COLUMNS": "200"}
        left_out = shutil.ignore_patterns("node_modules", "__pycache__")
        shutil.copytree(PROJECT / "examples" / name, self.folder, ignore=left_out)
        # The official language host looks for the nearest environment.
        (self.folder / ".venv").symlink_to(PROJECT / ".venv")

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command, and return what it prints."""
        done = subprocess.run(
            words, cwd=self.folder, env=self._variables, capture_output=True, text=True, check=False
        )
        assert (done.returncode == 0) == (code == 0), done.stdout + done.stderr
        return done.stdout
