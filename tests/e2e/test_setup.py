"""`make setup` again, as each command does, leaves what stands alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import PROJECT


def test_the_environment_stays_though_python_is_found_through_a_shim(tmp_path: Path) -> None:
    project, shims = tmp_path / "project", tmp_path / "shims"
    shims.mkdir()
    real = Path(sys.executable).resolve()
    (shims / "python3").write_text(f'#!/bin/sh\nexec "{real}" "$@"\n')
    (shims / "python3").chmod(0o755)
    left_out = shutil.ignore_patterns(".venv", "node_modules", "__pycache__")
    for name in ("components", "cli", "policies", "local", "tools"):
        shutil.copytree(PROJECT / name, project / name, ignore=left_out)
    for name in ("README.md", "pyproject.toml", "uv.lock"):
        shutil.copy(PROJECT / name, project)
    (project / ".toolchain").symlink_to(PROJECT / ".toolchain")

    def set_up() -> None:
        variables = {**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"}
        subprocess.run([project / "tools" / "setup"], check=True, env=variables)

    set_up()
    marks = [room / ".venv" / "mark" for room in (project, project / "policies", project / "local")]
    for mark in marks:
        mark.touch(exist_ok=False)
    set_up()
    assert all(mark.exists() for mark in marks)
