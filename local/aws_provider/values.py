"""Pulumi's wire form to Python and back: secrets, unknowns, assets and archives.

A decoded value is plain Python. The paths of its secret parts are a separate set, so that code that works on values
need not handle secrets, and the outputs keep all of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2  # type: ignore[import-untyped]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a type's signature)
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
_UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = {
    _UNKNOWN,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
    "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
}

Path = tuple[str, ...]


class Unknown:
    """A value that is not known before the update."""

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


def is_unknown(value: object) -> bool:
    """Return whether a part of the value is unknown."""
    match value:
        case Unknown():
            return True
        case dict():
            return any(is_unknown(item) for item in value.values())
        case list():
            return any(is_unknown(item) for item in value)
        case _:
            return False


def is_blob(value: object) -> bool:
    """Return whether the value is an asset or an archive, in the engine's form."""
    return isinstance(value, dict) and value.get(SIGNATURE) in {ASSET, ARCHIVE}


def decode(struct: struct_pb2.Struct) -> tuple[dict[str, Any], set[Path]]:
    """Return the properties without nulls, and the paths of the secret ones."""
    secrets: set[Path] = set()
    value = _from_struct(struct, (), secrets)
    return (value if isinstance(value, dict) else {}), secrets


def _from_struct(struct: struct_pb2.Struct, path: Path, secrets: set[Path]) -> Any:
    fields = struct.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if signature == _SECRET:
        secrets.add(path)
        return _from_value(fields["value"], path, secrets) if "value" in fields else None
    if signature == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _from_value(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    values = {name: _from_value(item, (*path, name), secrets) for name, item in fields.items()}
    return {name: item for name, item in values.items() if item is not None}


def _from_value(value: struct_pb2.Value, path: Path, secrets: set[Path]) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            inner: set[Path] = set()
            items = [_from_value(item, path, inner) for item in value.list_value.values]
            # The whole list, because the service may return its entries in another order.
            secrets.update({path} if inner else ())
            return items
        case "struct_value":
            return _from_struct(value.struct_value, path, secrets)
        case _:
            return None


def encode(props: Mapping[str, Any], secrets: Iterable[Path] = ()) -> struct_pb2.Struct:
    """Return the wire form, with the values at these paths marked as secret."""
    marked = frozenset(secrets)
    struct = struct_pb2.Struct()
    for name, item in props.items():
        if item is not None:
            struct.fields[name].CopyFrom(_to_value(item, (name,), marked))
    return struct


def _to_value(value: Any, path: Path, secrets: frozenset[Path]) -> struct_pb2.Value:
    if path in secrets:
        wrapped = struct_pb2.Struct()
        wrapped.fields[SIGNATURE].string_value = _SECRET
        wrapped.fields["value"].CopyFrom(_to_value(value, path, secrets - {path}))
        return struct_pb2.Value(struct_value=wrapped)
    match value:
        case Unknown():
            wire: dict[str, Any] = {"string_value": _UNKNOWN}
        case bool():
            wire = {"bool_value": value}
        case int() | float():
            wire = {"number_value": value}
        case list() | tuple():
            items = [_to_value(item, (*path, "*"), secrets) for item in value]
            wire = {"list_value": struct_pb2.ListValue(values=items)}
        case dict():
            struct = struct_pb2.Struct()
            for name, item in value.items():
                struct.fields[name].CopyFrom(_to_value(item, (*path, name), secrets))
            wire = {"struct_value": struct}
        case None:
            wire = {"null_value": struct_pb2.NULL_VALUE}
        case _:
            wire = {"string_value": str(value)}
    return struct_pb2.Value(**wire)
