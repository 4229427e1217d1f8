"""Conversion of properties to a service's request, and of its answer to properties."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from aws_provider import archive
from aws_provider.model import Kind, Prop, Props


def dig(answer: Any, path: str) -> Any:
    """Return what is at a dotted path, or None."""
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
    Kind.BLOCK: lambda prop, value: request_of(prop.fields, value),
    Kind.BLOCKS: lambda prop, value: [request_of(prop.fields, item) for item in value],
    Kind.BLOCK_SET: lambda prop, value: [request_of(prop.fields, item) for item in value],
    Kind.ONE: lambda _, value: [value],
    Kind.PAIRS: lambda _, value: [{"Name": name, "Value": item} for name, item in value.items()],
    Kind.SWITCH: lambda _, value: "Enabled" if value else "Suspended",
    Kind.ARCHIVE: lambda _, value: archive.asset_bytes(value),
    Kind.ASSET: lambda _, value: archive.asset_bytes(value),
}


def send(prop: Prop, value: Any) -> Any:
    """Convert one property to the service's shape."""
    return _SEND[prop.kind](prop, value) if prop.kind in _SEND else value


def request_of(fields: Iterable[Prop], values: Props) -> dict[str, Any]:
    """Return the values of an object's fields in the service's shape."""
    request: dict[str, Any] = {}
    for field in fields:
        if field.aws and not field.output and values.get(field.name) is not None:
            put(request, field.aws, as_attribute(field, send(field, values[field.name])))
    return request


def as_attribute(prop: Prop, value: Any) -> Any:
    """Return the value as a text if the service keeps it among its `Attributes`, which are all texts."""
    if not prop.aws.startswith("Attributes.") or isinstance(value, str):
        return value
    return json.dumps(value)


def _block_from(prop: Prop, value: Any) -> Props | None:
    fields = {field.name: receive(field, dig(value, field.aws)) for field in prop.fields if field.aws}
    return {name: item for name, item in fields.items() if not is_empty(item)} or None


def _list_from(prop: Prop, value: Any) -> list[Any]:
    return [entry[prop.item] if prop.item else entry for entry in value]


_RECEIVE: dict[Kind, Callable[[Prop, Any], Any]] = {
    Kind.TEXT: lambda _, value: str(value),
    Kind.DOCUMENT: lambda _, value: document(value),
    Kind.BLOCK: _block_from,
    Kind.BLOCKS: lambda prop, value: [_block_from(prop, item) for item in value] or None,
    Kind.BLOCK_SET: lambda prop, value: [_block_from(prop, item) for item in value] or None,
    Kind.JSON: lambda _, value: str(value),
    Kind.JSON_TEXT: lambda _, value: str(value),
    Kind.TIME: lambda _, value: moment(value).isoformat().replace("+00:00", "Z"),
    Kind.WHOLE: lambda _, value: int(value),
    Kind.NUMBER: lambda _, value: float(value),
    Kind.FLAG: lambda _, value: value in {True, "true"},
    Kind.SWITCH: lambda _, value: value == "Enabled",
    Kind.PAIRS: lambda _, value: {entry["Name"]: entry["Value"] for entry in value},
    Kind.ONE: lambda _, value: next(iter(value), None),
    Kind.LIST: _list_from,
    Kind.SET: _list_from,
    Kind.MAP: lambda _, value: dict(value),
}


def receive(prop: Prop, value: Any) -> Any:
    """Convert one property from the service's shape; None stays None."""
    return None if value is None else _RECEIVE[prop.kind](prop, value)


def document(value: Any) -> str:
    """Return a JSON document as a text; services return it as an object, a text or a URL-encoded text."""
    if not isinstance(value, str):
        return json.dumps(value)
    return unquote(value) if value.startswith("%7B") else value


def moment(value: Any) -> datetime:
    """Return a time in UTC, in whole seconds as services keep it; raise `ValueError` without a time zone."""
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("no time zone is given")
    return time.astimezone(UTC).replace(microsecond=0)


def is_empty(value: object) -> bool:
    """Return whether the value means the same as no value."""
    return value is None or value in ("", [], {})


def _block_normal(prop: Prop, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    fields = {field.name: normal(field, value.get(field.name, field.default)) for field in prop.fields}
    return {name: item for name, item in fields.items() if not is_empty(item)}


def _document_normal(_: Prop, value: Any) -> Any:
    try:
        return _sorted(json.loads(value) if isinstance(value, str) else value)
    except ValueError:
        return value


def _json_normal(_: Prop, value: Any) -> Any:
    # In a tuple, because an empty object is not the same as no text.
    try:
        return (json.loads(value),) if isinstance(value, str) and value else value
    except ValueError:
        return value


def _time_normal(_: Prop, value: Any) -> Any:
    try:
        return moment(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _blocks_normal(prop: Prop, value: Any) -> Any:
    return [_block_normal(prop, item) for item in value] if isinstance(value, list) else value


def _block_set_normal(prop: Prop, value: Any) -> Any:
    return sorted(_blocks_normal(prop, value), key=repr) if isinstance(value, list) else value


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


def normal(prop: Prop, value: Any) -> Any:
    """Return a form in which two values with the same meaning are equal; None for an empty one."""
    form = _NORMAL[prop.kind](prop, value) if prop.kind in _NORMAL else value
    form = prop.plain(form) if prop.plain and isinstance(form, str) else form
    return None if is_empty(form) else form


def meant(prop: Prop, value: Any) -> Any:
    """Return the normal form, which for a text that names something is the same in all forms of the name."""
    form = normal(prop, value)
    return prop.identity(form) if prop.identity and isinstance(form, str) else form


def alike(prop: Prop, one: Any, other: Any) -> bool:
    """Return whether two values mean the same to the service."""
    return bool(meant(prop, one) == meant(prop, other))


def _sorted(value: Any) -> Any:
    # IAM returns a list of one entry as that entry, and reorders actions.
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
