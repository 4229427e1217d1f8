"""The operator's commands: they read a stack's state, so nobody types an ARN, and talk to Lambda."""

import sys


def main() -> None:
    """Run `durable`, whose packages are an extra."""
    try:
        from .__main__ import main as run  # noqa: PLC0415 - they may be missing
    except ModuleNotFoundError as error:
        sys.exit(
            f"error: {error.name} is not installed; durable needs an extra: pip install 'durable-functions[ops]'"
        )
    run()
