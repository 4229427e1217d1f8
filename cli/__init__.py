"""The command `durable`: reads a stack's state, so that nobody has to type an ARN, and calls Lambda."""

import sys

from .start_up import only, start_sooner


def main() -> None:
    """Run `durable`; the packages that it needs are an optional extra."""
    start_sooner()
    try:
        from .__main__ import app  # noqa: PLC0415 - they may be missing
        from .__main__ import main as run  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        sys.exit(
            f"error: {error.name} is not installed; durable needs an extra: pip install 'durable-functions[ops]'"
        )
    only(app, sys.argv[1:])
    run()
