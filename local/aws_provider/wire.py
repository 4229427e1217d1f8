"""Properties to the service's request, and its answer to properties."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aws_provider import archive
from aws_provider.model import Kind, Prop, Props


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


_SEND: dict[Kind, Callable[[Prop, Any], Any]] = {
    Kind.DOCUMENT: lambda _, value: value if isinstance(value, str) else json.dumps(value),
    Kind.BLOCK: lambda rule, value: request_of(rule.fields, value),
    Kind.BLOCKS: lambda rule, value: [request_of(rule.fields, item) for item in value],
    Kind.BLOCK_SET: lambda rule, value: [request_of(rule.fields, item) for item in value],
    Kind.PAIRS: lambda _, value: [{"Name": name, "Value": item} for name, item in value.items()],
    Kind.SWITCH: lambda _, value: "Enabled" if value else "Suspended",
    Kind.ARCHIVE: lambda _, value: archive.asset_bytes(value),
    Kind.ASSET: lambda _, value: archive.asset_bytes(value),
}


def send(rule: Prop, value: Any) -> Any:
    """Give one property in the service's shape."""
    return _SEND[rule.kind](rule, value) if rule.kind in _SEND else value


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


def _block_from(rule: Prop, value: Any) -> Props | None:
    inner = {item.name: receive(item, dig(value, item.aws)) for item in rule.fields if item.aws}
    return {name: item for name, item in inner.items() if not is_empty(item)} or None


def _list_from(rule: Prop, value: Any) -> list[Any]:
    return [entry[rule.item] if rule.item else entry for entry in value]


_RECEIVE: dict[Kind, Callable[[Prop, Any], Any]] = {
    Kind.TEXT: lambda _, value: str(value),
    Kind.DOCUMENT: lambda _, value: document(value),
    Kind.BLOCK: _block_from,
    Kind.BLOCKS: lambda rule, value: [_block_from(rule, item) for item in value] or None,
    Kind.BLOCK_SET: lambda rule, value: [_block_from(rule, item) for item in value] or None,
    Kind.JSON: lambda _, value: str(value),
    Kind.TIME: lambda _, value: moment(value).isoformat().replace("+00:00", "Z"),
    Kind.WHOLE: lambda _, value: int(value),
    Kind.NUMBER: lambda _, value: float(value),
    Kind.FLAG: lambda _, value: value in {True, "true"},
    Kind.SWITCH: lambda _, value: value == "Enabled",
    Kind.PAIRS: lambda _, value: {entry["Name"]: entry["Value"] for entry in value},
    Kind.LIST: _list_from,
    Kind.SET: _list_from,
    Kind.MAP: lambda _, value: dict(value),
}


def receive(rule: Prop, value: Any) -> Any:
    """Give one property from the service's shape; None if it holds nothing."""
    return None if value is None else _RECEIVE[rule.kind](rule, value)


def document(value: Any) -> str:
    """Give a JSON document as text, whichever way the service hands it back."""
    if not isinstance(value, str):
        return json.dumps(value)
    return unquote(value) if value.startswith("%7B") else value


def moment(value: Any) -> datetime:
    """Give a time in UTC, to the second as services keep it; a text must say its time zone."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("no time zone is given")
    return time.astimezone(UTC).replace(microsecond=0)


def is_empty(value: object) -> bool:
    """Tell whether leaving the value out would say the same."""
    return value is None or value in ("", [], {})


def _block_normal(rule: Prop, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    inner = {item.name: normal(item, value.get(item.name, item.default)) for item in rule.fields}
    return {name: item for name, item in inner.items() if not is_empty(item)}


def _document_normal(_: Prop, value: Any) -> Any:
    try:
        return _sorted(json.loads(value) if isinstance(value, str) else value)
    except ValueError:
        return value


def _json_normal(_: Prop, value: Any) -> Any:
    # Apart from no text at all: an empty object says something.
    try:
        return (json.loads(value),) if isinstance(value, str) and value else value
    except ValueError:
        return value


def _time_normal(_: Prop, value: Any) -> Any:
    try:
        return moment(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _blocks_normal(rule: Prop, value: Any) -> Any:
    return [_block_normal(rule, item) for item in value] if isinstance(value, list) else value


def _block_set_normal(rule: Prop, value: Any) -> Any:
    return sorted(_blocks_normal(rule, value), key=repr) if isinstance(value, list) else value


_NORMAL: dict[Kind, Callable[[Prop, Any], Any]] = {
    Kind.DOCUMENT: _document_normal,
    Kind.SET: lambda _, value: sorted(value, key=repr) if isinstance(value, list) else value,
    Kind.BLOCK: _block_normal,
    Kind.BLOCKS: _blocks_normal,
    Kind.BLOCK_SET: _block_set_normal,
    Kind.JSON: _json_normal,
    Kind.TIME: _time_normal,
    Kind.ARCHIVE: lambda _, value: value.get("hash") or value if isinstance(value, dict) else value,
    Kind.ASSET: lambda _, value: value.get("hash") or value if isinstance(value, dict) else value,
}


def normal(rule: Prop, value: Any) -> Any:
    """Give a form in which two values that mean the same are equal; None for one that says nothing."""
    form = _NORMAL[rule.kind](rule, value) if rule.kind in _NORMAL else value
    form = rule.plain(form) if rule.plain and isinstance(form, str) else form
    return None if is_empty(form) else form


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
