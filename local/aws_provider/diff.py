"""Differences between the last inputs and the new ones, and which of them replace the resource."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aws_provider.model import ALWAYS, PRESENCE, Kind, Prop, Props, ResourceType
from aws_provider.values import UNKNOWN, is_unknown
from aws_provider.wire import alike, is_empty, normal

AUTONAMED = "__defaults"
"""The input that lists the automatic names; the engine shows no property whose name begins with two underscores."""

DIGESTS = "__digests"
"""The input with the SHA-256 of archives that the last inputs lack: a diff request carries no bytes."""


@dataclass(frozen=True)
class Change:
    """One difference: the property, the path inside it, and whether it was added, deleted or updated."""

    name: str
    path: str
    kind: str
    replaces: bool


def changes(row: ResourceType, old_inputs: Props, olds: Props, news: Props) -> list[Change]:
    """Return every difference, at the deepest path that is known.

    The last inputs are compared, not the outputs: a refresh updates them.
    """
    differences: list[Change] = []
    for prop in row.props:
        if not prop.output and not _imported_as_is(prop, old_inputs, olds, news):
            differences += _compare(prop, old_inputs.get(prop.name), olds.get(prop.name), news.get(prop.name))
    if row.tagging and not any(change.name == "tags" for change in differences):
        differences += _tags(olds, news)
    return differences


def _compare(prop: Prop, old: Any, reported: Any, new: Any) -> Iterator[Change]:
    if new is None and prop.sticky:
        return
    # An imported resource has what the service reports, though no input has it.
    old = reported if old is None and prop.sticky else old
    new = completed(prop, old, new)
    before = normal(prop, prop.default if old is None else old)
    after = normal(prop, prop.default if new is None else new)
    if before == after and not is_unknown(after):
        return
    kind = "add" if is_empty(before) else "delete" if is_empty(after) else "update"
    always = prop.replace is ALWAYS or (prop.replace is PRESENCE and kind != "update")
    always = always or (callable(prop.replace) and prop.replace(old, new))
    leaves = [] if kind != "update" else list(_leaves(prop, old, reported, new))
    if not leaves:
        yield Change(prop.name, prop.name, kind, always)
    for leaf in leaves:
        yield Change(prop.name, _join(prop.name, leaf.path), leaf.kind, always or leaf.replaces)


def completed(prop: Prop, old: Any, new: Any) -> Any:
    """Return the new value, completed by the old one where it leaves a part to the service."""
    if prop.kind is Kind.BLOCKS and isinstance(old, list) and isinstance(new, list):
        entry = replace(prop, kind=Kind.BLOCK)
        return [completed(entry, was, now) for was, now in zip(old, new, strict=False)] + new[len(old) :]
    if prop.kind is not Kind.BLOCK or not isinstance(old, dict) or not isinstance(new, dict):
        return new
    fields = [
        item for item in prop.fields if item.name in old and (item.name in new or _stays(item, old, new))
    ]
    return new | {
        item.name: old[item.name]
        if new.get(item.name) is None
        else completed(item, old[item.name], new[item.name])
        for item in fields
    }


def _stays(item: Prop, old: Props, new: Props) -> bool:
    beside = item.sticky_while
    return item.sticky and (not beside or old.get(beside) == new.get(beside))


def _leaves(prop: Prop, old: Any, reported: Any, new: Any) -> Iterator[Change]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return
    reported = reported if isinstance(reported, dict) else {}
    if prop.kind is Kind.BLOCK:
        for item in prop.fields:
            yield from _compare(item, old.get(item.name), reported.get(item.name), new.get(item.name))
    elif prop.kind in {Kind.MAP, Kind.PAIRS}:
        for key in sorted({*old, *new}):
            if old.get(key) != new.get(key) or is_unknown(new.get(key)):
                kind = "add" if key not in old else "delete" if key not in new else "update"
                yield Change(key, quoted(key), kind, replaces=False)


def quoted(key: str) -> str:
    """Write a map's key as a step of a property path."""
    if re.fullmatch(r"[A-Za-z_$][\w$-]*", key):
        return key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


def _join(outer: str, inner: str) -> str:
    return f"{outer}{inner}" if inner.startswith("[") else f"{outer}.{inner}"


def _tags(olds: Props, news: Props) -> Iterator[Change]:
    # A change of the provider's default tags, which are in no input, changes the resource too.
    before, after = olds.get("tagsAll") or {}, news.get("tagsAll") or {}
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            kind = "add" if key not in before else "delete" if key not in after else "update"
            yield Change("tagsAll", _join("tagsAll", quoted(key)), kind, replaces=False)


def _imported_as_is(prop: Prop, old_inputs: Props, olds: Props, news: Props) -> bool:
    # An imported function has no archive in its inputs: the digest of the bytes in the cloud is compared instead.
    digest = news.get(DIGESTS, {}).get(prop.name)
    return bool(prop.digest and not old_inputs.get(prop.name) and digest and digest == olds.get(prop.digest))


def collides(row: ResourceType, olds: Props, news: Props) -> bool:
    """Return whether a replacement would have the name of what it replaces, which must be deleted first."""
    if set(row.keys) & set(news.get(AUTONAMED, [])):
        # The engine asks for a new name when it creates the replacement.
        return False
    values = [(row.by_name[key], olds.get(key), news.get(key)) for key in row.keys]
    return all(new is not UNKNOWN and alike(prop, old, new) for prop, old, new in values)
