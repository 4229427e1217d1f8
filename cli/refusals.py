"""What a service says when it refuses, read without botocore: its import takes longer than many a command."""

from typing import Any


def code_of(error: Exception) -> str:
    """Return the code of a service's refusal; empty for any other error."""
    return str(_said(error, "Error").get("Code", ""))


def status_of(error: Exception) -> int:
    """Return the HTTP status of a service's refusal; 0 for any other error, or where it has none."""
    found = _said(error, "ResponseMetadata").get("HTTPStatusCode")
    return found if isinstance(found, int) else 0


def _said(error: Exception, part: str) -> dict[str, Any]:
    response = getattr(error, "response", None)
    found = response.get(part) if isinstance(response, dict) else None
    return found if isinstance(found, dict) else {}
