"""Inputs: are they what the service will take, and what is the resource called."""

import json
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from aws_provider import archive
from aws_provider.diff import AUTONAMED, DIGESTS
from aws_provider.model import Kind, Prop, Props, ResourceType
from aws_provider.values import UNKNOWN, is_blob, is_unknown
from aws_provider.wire import is_empty, moment

Failure = tuple[str, str]
"""A property's path and what is wrong with it."""


@dataclass(frozen=True)
class Naming:
    """What the engine says about automatic names for this resource."""

    urn_name: str
    mode: Literal["propose", "enforce", "disable"] = "propose"
    proposed: str = ""
    seed: bytes = b""


def check(
    row: ResourceType, olds: Props, news: Props, naming: Naming, hidden: Collection[str] = ()
) -> tuple[Props, list[Failure]]:
    """Give the inputs to keep, with the name filled in, and everything that is wrong with them.

    The values of the hidden properties appear in no failure.
    """
    inputs = {name: value for name, value in news.items() if name not in {AUTONAMED, DIGESTS}}
    failures = list(_name(row, olds, inputs, naming))
    for rule in row.props:
        if rule.output:
            if rule.name in inputs and rule.name != "tagsAll":
                failures.append((rule.name, "is computed by the service; remove it from the arguments"))
            continue
        failures += check_prop(rule, inputs.get(rule.name), rule.name, hidden=rule.name in hidden)
    # What an import read is not a program's arguments: the bytes of a function, say, nobody reports.
    imported = AUTONAMED in news
    if not failures and not imported:
        failures += [failure for rule_of_all in row.checks for failure in rule_of_all(inputs)]
    digests = {
        rule.name: archive.digest(inputs[rule.name]) for rule in row.props if _is_new(rule, olds, inputs)
    }
    if digests and not failures:
        inputs[DIGESTS] = digests
    return inputs, failures


def _is_new(rule: Prop, olds: Props, inputs: Props) -> bool:
    # Only a resource that has been imported has inputs, but not this one.
    given = inputs.get(rule.name)
    return bool(rule.digest and olds and not olds.get(rule.name) and is_blob(given))


def _name(row: ResourceType, olds: Props, inputs: Props, naming: Naming) -> Iterator[Failure]:
    if not row.name or not is_empty(inputs.get(row.name)):
        return
    prefix = inputs.get(f"{row.name}Prefix")
    suffix = ".fifo" if inputs.get("fifoTopic") is True or inputs.get("fifoQueue") is True else ""
    if row.name in olds.get(AUTONAMED, []):
        # A proposed name differs on every call; the resource keeps the one it was made with.
        inputs[row.name] = olds[row.name]
    elif prefix is not None:
        inputs[row.name] = UNKNOWN if is_unknown(prefix) else f"{prefix}{_hex(naming.seed)}{suffix}"
    elif naming.mode == "disable":
        yield row.name, "is required: pulumi:autonaming is disabled for this resource; give it a name"
        return
    elif not row.name_random and naming.mode != "enforce":
        inputs[row.name] = naming.urn_name
    elif naming.proposed:
        extra = suffix if naming.mode == "propose" and not naming.proposed.endswith(suffix) else ""
        inputs[row.name] = naming.proposed + extra
    else:
        inputs[row.name] = f"{naming.urn_name}-{_hex(naming.seed)}{suffix}"
    if row.name_lower and isinstance(inputs[row.name], str) and naming.mode != "enforce":
        inputs[row.name] = inputs[row.name].lower()
    inputs[AUTONAMED] = [row.name]
    name = inputs[row.name]
    if isinstance(name, str) and len(name) > row.name_limit:
        yield (
            row.name,
            f"would automatically be {name!r}, {len(name)} characters long; {row.noun} names have at most "
            f"{row.name_limit}. Use a shorter resource name or set {row.name}",
        )


def _hex(seed: bytes) -> str:
    return (seed.hex() if len(seed) >= 4 else secrets.token_hex(4))[:7]


_TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.TEXT: str,
    Kind.WHOLE: int,
    Kind.NUMBER: (int, float),
    Kind.FLAG: bool,
    Kind.SWITCH: bool,
    Kind.PAIRS: dict,
    Kind.LIST: list,
    Kind.SET: list,
    Kind.MAP: dict,
    Kind.DOCUMENT: (str, dict),
    Kind.JSON: str,
    Kind.TIME: str,
    Kind.BLOCK: dict,
    Kind.BLOCKS: list,
    Kind.BLOCK_SET: list,
    Kind.ARCHIVE: dict,
    Kind.ASSET: dict,
}


_FLAGS = {Kind.FLAG, Kind.SWITCH}


def check_prop(rule: Prop, value: Any, path: str, *, hidden: bool = False) -> Iterator[Failure]:
    """Tell what is wrong with one property, and with those inside it; a hidden value is not shown."""
    if value is None:
        if rule.required:
            yield path, f"is required: {rule.kind.value}"
        return
    if value is UNKNOWN:
        return
    shown = "[secret]" if hidden else repr(value)
    fits: bool = isinstance(value, _TYPES[rule.kind])
    if not fits or (isinstance(value, bool) and rule.kind not in _FLAGS):
        yield path, f"is {shown}, but must be {rule.kind.value}"
        return
    yield from _inside(rule, value, path, hidden=hidden)
    told = _text(rule, value, shown) if rule.kind is Kind.TEXT else _value(rule, value, hidden=hidden)
    yield from ((path, why) for why in told)


def _inside(rule: Prop, value: Any, path: str, *, hidden: bool) -> Iterator[Failure]:
    if rule.kind is Kind.BLOCK:
        for item in rule.fields:
            yield from check_prop(item, value.get(item.name), f"{path}.{item.name}", hidden=hidden)
    elif rule.kind in {Kind.BLOCKS, Kind.BLOCK_SET}:
        inner = Prop(name=rule.name, kind=Kind.BLOCK, fields=rule.fields)
        for index, entry in enumerate(value):
            yield from check_prop(inner, entry, f"{path}[{index}]", hidden=hidden)


def _value(rule: Prop, value: Any, *, hidden: bool) -> Iterator[str]:
    match rule.kind:
        case Kind.DOCUMENT | Kind.JSON if isinstance(value, str) and value:
            try:
                json.loads(value)
            except ValueError as error:
                yield f"is not valid JSON: {error}"
        case Kind.TIME:
            try:
                moment(value)
            except ValueError as error:
                yield f"is not {rule.kind.value}: {error}"
        case Kind.ARCHIVE | Kind.ASSET if not is_blob(value):
            yield f"must be {rule.kind.value}, such as pulumi.FileArchive"
        case Kind.LIST | Kind.SET:
            for item in value:
                yield from _text(rule, item, "[secret]" if hidden else repr(item))
        case Kind.WHOLE | Kind.NUMBER if not _within(rule, value):
            yield f"is {'[secret]' if hidden else value}; allowed: {_bounds(rule)}"


def _text(rule: Prop, value: Any, shown: str) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if rule.allowed and value not in rule.allowed:
        yield f"is {shown}; allowed: {', '.join(rule.allowed)}"
    if rule.pattern and not re.fullmatch(rule.pattern, value):
        yield f"is {shown}, which does not match {rule.pattern}"
    if not _within(rule, len(value)):
        yield f"is {len(value)} characters long; allowed: {_bounds(rule)} characters"


def _within(rule: Prop, size: float) -> bool:
    return (rule.low is None or size >= rule.low) and (rule.high is None or size <= rule.high)


def _bounds(rule: Prop) -> str:
    if rule.low is None:
        return f"at most {rule.high:,}"
    return f"at least {rule.low:,}" if rule.high is None else f"{rule.low:,} to {rule.high:,}"
