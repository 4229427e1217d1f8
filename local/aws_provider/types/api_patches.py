"""Updates of REST APIs, which take the differences as patches."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aws_provider.model import Hook, Prop, Props
from aws_provider.services import Handle
from aws_provider.wire import send

_BY_VALUE = {"/authorizationScopes", "/endpointConfiguration/vpcEndpointIds"}
"""Lists whose patches have the entry as their value; those of the others have it at the end of their path."""

_BY_PLACE = "/endpointConfiguration/types"
"""The list of one entry, which is patched by its place."""


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(path: str, key: str) -> str:
    escaped = key.replace("~", "~0").replace("/", "~1")
    return f"{path}/{escaped}"


def _operations(path: str, before: Any, after: Any) -> Iterator[dict[str, str]]:
    """Yield the patch operations that lead from one value to another."""
    if isinstance(before, dict) or isinstance(after, dict):
        before, after = before or {}, after or {}
        for key in sorted(set(before) - set(after)):
            if isinstance(before[key], list):
                yield from _operations(_at(path, key), before[key], [])
            else:
                yield {"op": "remove", "path": _at(path, key)}
        for key in sorted(after):
            yield from _operations(_at(path, key), before.get(key), after[key])
    elif path == _BY_PLACE:
        yield {"op": "replace", "path": _at(path, "0"), "value": after[0]}
    elif isinstance(before, list) or isinstance(after, list):
        old, new = set(before or ()), set(after or ())
        for op, items in (("remove", old - new), ("add", new - old)):
            for item in sorted(items):
                place = {"path": path, "value": item} if path in _BY_VALUE else {"path": _at(path, item)}
                yield {"op": op, **place}
    elif after is None and before is not None:
        yield {"op": "replace", "path": path}
    elif after is not None and (before is None or _text(before) != _text(after)):
        yield {"op": "replace", "path": path, "value": _text(after)}


def patches(noun: str, keys: Mapping[str, str], props: Iterable[Prop]) -> Hook:
    """Return the hook that patches what has changed of these properties."""
    patched = {each.name: each for each in props}

    def patch(handle: Handle, known: Props, changed: set[str]) -> None:
        wanted = [each for name, each in patched.items() if name in changed]
        if not wanted:
            return
        named = {parameter: known[source] for parameter, source in keys.items()}
        present = handle.call(f"get_{noun}", **named)
        operations: list[dict[str, str]] = []
        for each in wanted:
            value = known.get(each.name, each.default)
            after = None if value is None else send(each, value)
            operations += _operations(f"/{each.aws}", present.get(each.aws), after)
        if operations:
            handle.call(f"update_{noun}", **named, patchOperations=operations)

    return patch
