"""Reads AWS errors without importing botocore, which takes longer than most commands."""

from typing import Any


def error_code(error: Exception) -> str:
    """Return the code of an AWS error; empty for any other error."""
    return str(_section(error, "Error").get("Code", ""))


def http_status(error: Exception) -> int:
    """Return the HTTP status of an AWS error; 0 for any other error, or if it has none."""
    status = _section(error, "ResponseMetadata").get("HTTPStatusCode")
    return status if isinstance(status, int) else 0


def _section(error: Exception, part: str) -> dict[str, Any]:
    response = getattr(error, "response", None)
    section = response.get(part) if isinstance(response, dict) else None
    return section if isinstance(section, dict) else {}
