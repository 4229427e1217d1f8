"""Where requests go instead of to AWS."""

from urllib.parse import urlsplit


def is_local(url: str | None) -> bool:
    """Tell whether a URL is one of this machine only."""
    try:
        return urlsplit(url or "").hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        return False
