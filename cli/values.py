"""Decodes the values that an SDK has serialized into checkpoints."""

import json
from typing import Any

PLAIN = {"n", "s", "i", "f", "b", "B", "u", "d", "dt", "D"}
LISTS = {"l", "t"}
MAPS = {"m", "br"}
"""The type tags of AWS's SDK for Python, as in {"t": "m", "v": ...}, from its `serdes` module."""
MAX_DEPTH = 200


def decoded(text: str | None) -> Any:
    """Return the value in a checkpoint's text, or the text itself if it is not JSON; None if there is no text."""
    value = loaded(text)
    try:
        return _decode(value) if _is_serialized(value) else value
    except ValueError:
        return value


def loaded(text: str | None) -> Any:
    """Return the value of JSON text, or the text itself if it is not JSON."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def as_text(value: Any) -> str:
    """Return a value as indented JSON, and text as it is; empty for None."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _is_serialized(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"t", "v"}


def _decode(serialized: Any, depth: int = 0) -> Any:
    """Return the value without the SDK's type tags.

    Raises:
        ValueError: the SDK would not have written this.
    """
    if not _is_serialized(serialized) or depth > MAX_DEPTH:
        raise ValueError
    tag, value = serialized["t"], serialized["v"]
    if not isinstance(tag, str):
        raise ValueError
    if tag in PLAIN and not isinstance(value, dict | list):
        return value
    if tag in LISTS and isinstance(value, list):
        return [_decode(item, depth + 1) for item in value]
    if tag in MAPS and isinstance(value, dict):
        return {key: _decode(item, depth + 1) for key, item in value.items()}
    raise ValueError
