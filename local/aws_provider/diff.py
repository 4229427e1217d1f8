"""What differs between the last inputs and the new ones, and what that calls for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aws_provider.model import ALWAYS, PRESENCE, Kind, Prop, Props, ResourceType
from aws_provider.values import UNKNOWN, is_unknown
from aws_provider.wire import is_empty, normal

AUTONAMED = "__defaults"
"""The input that lists what was named automatically; the engine shows no property that begins so."""

DIGESTS = "__digests"
"""The input with the SHA-256 of archives that the inputs did not have before: a diff is not shown the bytes."""


@dataclass(frozen=True)
class Change:
    """One difference: the property, the path inside it, and whether it was added, deleted or updated."""

    name: str
    path: str
    kind: str
    replaces: bool


def changes(row: ResourceType, old_inputs: Props, olds: Props, news: Props) -> list[Change]:
    """Give every difference, deepest path first known.

    The last inputs count, not the outputs: a refresh writes what it found into them.
    """
    found: list[Change] = []
    for rule in row.props:
        if not rule.output and not _adopted(rule, old_inputs, olds, news):
            found += _compare(rule, old_inputs.get(rule.name), olds.get(rule.name), news.get(rule.name))
    if row.tagging and not any(change.name == "tags" for change in found):
        found += _tags(olds, news)
    return found


def _compare(rule: Prop, old: Any, seen: Any, new: Any) -> Iterator[Change]:
    if new is None and rule.sticky:
        return
    # An adopted resource has what the service reports, though no input ever said so.
    old = seen if old is None and rule.sticky else old
    new = _left(rule, old, new)
    before = normal(rule, rule.default if old is None else old)
    after = normal(rule, rule.default if new is None else new)
    if before == after and not is_unknown(after):
        return
    kind = "add" if is_empty(before) else "delete" if is_empty(after) else "update"
    always = rule.replace is ALWAYS or (rule.replace is PRESENCE and kind != "update")
    leaves = [] if kind != "update" else list(_leaves(rule, old, seen, new))
    if not leaves:
        yield Change(rule.name, rule.name, kind, always)
    for leaf in leaves:
        yield Change(rule.name, _join(rule.name, leaf.path), leaf.kind, always or leaf.replaces)


def _left(rule: Prop, old: Any, new: Any) -> Any:
    """Give the new value, with what it leaves to the service as it was."""
    if rule.kind is Kind.BLOCKS and isinstance(old, list) and isinstance(new, list):
        one = replace(rule, kind=Kind.BLOCK)
        return [_left(one, was, now) for was, now in zip(old, new, strict=False)] + new[len(old) :]
    if rule.kind is not Kind.BLOCK or not isinstance(old, dict) or not isinstance(new, dict):
        return new
    fields = [item for item in rule.fields if item.name in old and (item.sticky or item.name in new)]
    return new | {
        item.name: old[item.name]
        if new.get(item.name) is None
        else _left(item, old[item.name], new[item.name])
        for item in fields
    }


def _leaves(rule: Prop, old: Any, seen: Any, new: Any) -> Iterator[Change]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    seen = seen if isinstance(seen, dict) else {}
    if rule.kind is Kind.BLOCK:
        for item in rule.fields:
            yield from _compare(item, old.get(item.name), seen.get(item.name), new.get(item.name))
    elif rule.kind in {Kind.MAP, Kind.PAIRS}:
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key) or is_unknown(new.get(key)):
                kind = "add" if key not in old else "delete" if key not in new else "update"
                yield Change(key, quoted(key), kind, replaces=False)


def quoted(key: str) -> str:
    """Give a map's key as a step of a property path."""
    if re.fullmatch(r"[A-Za-z_$][\w$-]*", key):
        return key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


def _join(outer: str, inner: str) -> str:
    return f"{outer}{inner}" if inner.startswith("[") else f"{outer}.{inner}"


def _tags(olds: Props, news: Props) -> Iterator[Change]:
    # The provider's default tags are in no input, yet a change of them changes the resource.
    before, after = olds.get("tagsAll") or {}, news.get("tagsAll") or {}
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            kind = "add" if key not in before else "delete" if key not in after else "update"
            yield Change("tagsAll", _join("tagsAll", quoted(key)), kind, replaces=False)


def _adopted(rule: Prop, old_inputs: Props, olds: Props, news: Props) -> bool:
    # An imported function has no archive in its inputs; the bytes in the cloud tell whether it is this one.
    told = news.get(DIGESTS, {}).get(rule.name)
    return bool(rule.digest and not old_inputs.get(rule.name) and told and told == olds.get(rule.digest))


def collides(row: ResourceType, olds: Props, news: Props) -> bool:
    """Tell whether a replacement would bear the name of what it replaces, so that must go first."""
    if set(row.keys) & set(news.get(AUTONAMED, [])):
        # The engine asks for a fresh name when it comes to create the replacement.
        return False
    values = [(olds.get(key), news.get(key)) for key in row.keys]
    return all(new is not UNKNOWN and old == new for old, new in values)
