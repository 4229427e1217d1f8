"""What a service says when it refuses, read without botocore: its import takes longer than many a command."""

from typing import Any


def error_code(error: Exception) -> str:
    """Return the code of a service's refusal; empty for any other error."""
    return str(_section(error, "Error").get("Code", ""))


def http_status(error: Exception) -> int:
    """Return the HTTP status of a service's refusal; 0 for any other error, or where it has none."""
    status = _section(error, "ResponseMetadata").get("HTTPStatusCode")
    return status if isinstance(status, int) else 0


def _section(error: Exception, part: str) -> dict[str, Any]:
    response = getattr(error, "response", None)
    section = response.get(part) if isinstance(response, dict) else None
    return section if isinstance(section, dict) else {}
