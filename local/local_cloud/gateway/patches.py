"""Patches of REST APIs: the control plane keeps the texts of numbers and flags, and knows neither lists nor escapes.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

LISTS = ("authorizationScopes", "binaryMediaTypes", "cacheKeyParameters", "types", "vpcEndpointIds")
"""What is a list of texts, wherever it is."""
FLAGS = ("requestParameters", "responseParameters")
"""Where a method has whether a parameter is required."""


def patched(obj: dict[str, Any], operations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The object after these operations, each of which has its value as a text."""
    for operation in operations:
        op, value = operation.get("op", "replace"), operation.get("value")
        steps = operation["path"].split("/")[1:]
        *outer, last = [step.replace("~1", "/").replace("~0", "~") for step in steps]
        target: Any = obj
        for step in outer:
            if not isinstance(target.get(step), dict | list):
                target[step] = [] if step in LISTS else {}
            target = target[step]
        if last in LISTS and op != "replace":
            target[last] = _changed(target.get(last) or [], op, value or "")
        elif isinstance(target, list):
            target[:] = [value] if op == "replace" else _changed(target, op, last)
        elif op == "remove":
            target.pop(last, None)
        else:
            target[last] = _typed(target.get(last), value, flags=bool(outer) and outer[0] in FLAGS)
    return obj


def _changed(entries: list[str], op: str, entry: str) -> list[str]:
    """The list with or without an entry."""
    others = [each for each in entries if each != entry]
    return others if op == "remove" else [*others, entry]


def _typed(before: Any, value: Any, *, flags: bool) -> Any:
    """What a text means, by the type of the value before it."""
    if isinstance(value, str) and (isinstance(before, bool) or (flags and value in ("true", "false"))):
        return value == "true"
    if isinstance(before, int) and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value
