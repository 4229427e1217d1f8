"""Values as a handler meant them, where an SDK has coded them for its checkpoint."""

import json
from typing import Any

PLAIN = {"n", "s", "i", "f", "b", "B", "u", "d", "dt", "D"}
LISTS = {"l", "t"}
MAPS = {"m", "br"}
"""What AWS's SDK for Python marks a value by, as {"t": "m", "v": ...}: its `serdes` module."""
MAX_DEPTH = 200


def decoded(text: str | None) -> Any:
    """Return the value of a checkpoint's text: without the SDK's coding, of JSON, or the text itself; None for none."""
    value = loaded(text)
    try:
        return _uncoded(value) if _is_coded(value) else value
    except ValueError:
        return value


def loaded(text: str | None) -> Any:
    """Return the value of JSON, or the text itself where it is none."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def as_text(value: Any) -> str:
    """Return a value as indented JSON, and a text that is no JSON as it is; empty for none."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _is_coded(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"t", "v"}


def _uncoded(coded: Any, depth: int = 0) -> Any:
    """Return what is coded.

    Raises:
        ValueError: it is something that the SDK would not write.
    """
    if not _is_coded(coded) or depth > MAX_DEPTH:
        raise ValueError
    tag, value = coded["t"], coded["v"]
    if not isinstance(tag, str):
        raise ValueError
    if tag in PLAIN and not isinstance(value, dict | list):
        return value
    if tag in LISTS and isinstance(value, list):
        return [_uncoded(item, depth + 1) for item in value]
    if tag in MAPS and isinstance(value, dict):
        return {key: _uncoded(item, depth + 1) for key, item in value.items()}
    raise ValueError
