"""The Node.js handler's own tests, on AWS's test runner for Node.js."""

import shutil
import subprocess
from pathlib import Path

from tests.e2e.conftest import PROJECT

TESTS = 9


def test_the_payments_function_passes_its_own_tests(tmp_path: Path) -> None:
    for folder in ("functions/payments", "tests/node"):
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("node_modules"))
        subprocess.run(
            ["npm", "ci", "--ignore-scripts"], cwd=tmp_path / folder, check=True, capture_output=True
        )
    done = subprocess.run(
        ["node", "--test", "--test-reporter=tap"],
        cwd=tmp_path / "tests/node",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    # The runner has been seen to drop a test silently, so their number counts.
    assert f"# pass {TESTS}\n" in done.stdout, done.stdout
