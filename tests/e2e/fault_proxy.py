"""The proxy that injects faults, signing what it passes on: a signature covers the port, which is another one here."""

import sys
from collections.abc import Callable

from microburst import forward  # type: ignore[import-untyped]
from microburst.cli import main  # type: ignore[import-untyped]
from yarl import URL

sign: Callable[..., dict[str, str] | None] = forward.resign_headers


def sign_as_sent(method: str, path: str, *rest: object) -> dict[str, str] | None:
    """Sign the path in the form in which the proxy's client sends it: it takes encoding away that is not needed."""
    return sign(method, URL(f"http://cloud{path}").raw_path, *rest)


forward.resign_headers = sign_as_sent

if __name__ == "__main__":
    sys.exit(main())
