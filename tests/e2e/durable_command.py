"""The operator's command, as the tests run it on a stack of theirs."""

import os
import subprocess

from tests.e2e.conftest import DURABLE, Engine


def durable(engine: Engine, stack: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run the command in the folder of a written program, which bears its stack's name."""
    return subprocess.run(
        [DURABLE, *command],
        cwd=engine.folder / stack,
        env={**os.environ, **engine.variables},
        capture_output=True,
        text=True,
        check=False,
    )
