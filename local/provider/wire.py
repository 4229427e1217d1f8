"""Properties to the service's request, and its answer to properties."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from local.provider import archive
from local.provider.model import Kind, Prop, Props


def dig(answer: Any, path: str) -> Any:
    """Give what is at a dotted path, or None."""
    for step in path.split(".") if path else ():
        if isinstance(answer, str):
            answer = json.loads(answer)
        if not isinstance(answer, Mapping) or step not in answer:
            return None
        answer = answer[step]
    return answer


def put(request: dict[str, Any], path: str, value: Any) -> None:
    """Set what is at a dotted path."""
    *outer, last = path.split(".")
    for step in outer:
        request = request.setdefault(step, {})
    request[last] = value


def send(rule: Prop, value: Any) -> Any:
    """Give one property in the service's shape."""
    match rule.kind:
        case Kind.DOCUMENT:
            return value if isinstance(value, str) else json.dumps(value)
        case Kind.BLOCK:
            return request_of(rule.fields, value)
        case Kind.BLOCKS:
            return [request_of(rule.fields, item) for item in value]
        case Kind.ARCHIVE | Kind.ASSET:
            return archive.asset_bytes(value)
        case _:
            return value


def request_of(rules: Iterable[Prop], props: Props) -> dict[str, Any]:
    """Give the properties that are there, in the service's shape."""
    request: dict[str, Any] = {}
    for rule in rules:
        if rule.aws and not rule.output and props.get(rule.name) is not None:
            put(request, rule.aws, attribute(rule, send(rule, props[rule.name])))
    return request


def attribute(rule: Prop, value: Any) -> Any:
    """Give the value as text if the service keeps it among its `Attributes`, which are all text."""
    if not rule.aws.startswith("Attributes.") or isinstance(value, str):
        return value
    return json.dumps(value)


def receive(rule: Prop, value: Any) -> Any:
    """Give one property from the service's shape; None if it holds nothing."""
    if value is None:
        return None
    match rule.kind:
        case Kind.DOCUMENT:
            return document(value)
        case Kind.BLOCK:
            inner = {item.name: receive(item, dig(value, item.aws)) for item in rule.fields if item.aws}
            return {name: item for name, item in inner.items() if not is_empty(item)} or None
        case Kind.BLOCKS:
            item_rule = Prop(name=rule.name, kind=Kind.BLOCK, fields=rule.fields)
            return [receive(item_rule, item) for item in value] or None
        case Kind.WHOLE:
            return int(value)
        case Kind.NUMBER:
            return float(value)
        case Kind.FLAG:
            return value in {True, "true"}
        case Kind.LIST | Kind.SET:
            return [entry[rule.item] if rule.item else entry for entry in value]
        case Kind.MAP:
            return dict(value)
        case _:
            return str(value)


def document(value: Any) -> str:
    """Give a JSON document as text, whichever way the service hands it back."""
    if not isinstance(value, str):
        return json.dumps(value)
    return unquote(value) if value.startswith("%7B") else value


def is_empty(value: object) -> bool:
    """Tell whether leaving the value out would say the same."""
    return value is None or value in ("", [], {})


def normal(rule: Prop, value: Any) -> Any:
    """Give a form in which two values that mean the same are equal; None for one that says nothing."""
    match rule.kind:
        case Kind.DOCUMENT if isinstance(value, str):
            try:
                return _sorted(json.loads(value))
            except ValueError:
                return value
        case Kind.SET if isinstance(value, list):
            return sorted(value, key=repr) or None
        case Kind.BLOCK if isinstance(value, Mapping):
            inner = {item.name: normal(item, value.get(item.name, item.default)) for item in rule.fields}
            return {name: item for name, item in inner.items() if not is_empty(item)} or None
        case Kind.BLOCKS if isinstance(value, list):
            item_rule = Prop(name=rule.name, kind=Kind.BLOCK, fields=rule.fields)
            return [normal(item_rule, item) for item in value] or None
        case Kind.ARCHIVE | Kind.ASSET if isinstance(value, Mapping):
            return value.get("hash") or dict(value)
        case Kind.FLAG if value in {"true", "false"}:
            return value == "true"
        case _:
            return None if is_empty(value) else value


def _sorted(value: Any) -> Any:
    # IAM hands back a list of one as the item, and orders actions as it likes.
    match value:
        case dict():
            return {name: _sorted(item) for name, item in value.items()}
        case list():
            items = sorted(
                (_sorted(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True)
            )
            return items[0] if len(items) == 1 else items
        case _:
            return value
