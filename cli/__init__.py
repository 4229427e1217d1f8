"""The command `durable`: reads a stack's state, so that nobody has to type an ARN, and calls Lambda."""

import sys


def main() -> None:
    """Run `durable`; the packages that it needs are an optional extra."""
    try:
        from .__main__ import main as run  # noqa: PLC0415 - they may be missing
    except ModuleNotFoundError as error:
        sys.exit(
            f"error: {error.name} is not installed; durable needs an extra: pip install 'durable-functions[ops]'"
        )
    run()
