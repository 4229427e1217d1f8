"""Inputs: whether the service would take them, and what the resource is called."""

import json
import re
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from aws_provider import archive
from aws_provider.diff import AUTONAMED, DIGESTS
from aws_provider.model import Kind, Limits, Prop, Props, ResourceType
from aws_provider.parameters import Shape, limits, parameter
from aws_provider.values import UNKNOWN, is_blob, is_unknown
from aws_provider.wire import moment

_APPENDED = 26
"""How many characters AWS's provider puts behind a prefix."""

Failure = tuple[str, str]
"""A property's path and what is wrong with it."""


@dataclass(frozen=True)
class Naming:
    """What the engine asks of automatic names for this resource."""

    urn_name: str
    mode: Literal["propose", "enforce", "disable"] = "propose"
    proposed: str = ""
    seed: bytes = b""


def check(
    row: ResourceType, olds: Props, news: Props, naming: Naming, hidden: Collection[str] = ()
) -> tuple[Props, list[Failure]]:
    """Return the inputs to keep, with the name filled in, and everything that is wrong with them.

    The values of the hidden properties appear in no failure.
    """
    inputs = {name: value for name, value in news.items() if name not in {AUTONAMED, DIGESTS}}
    failures = list(_name(row, olds, inputs, naming))
    misnamed = {name for name, _ in failures}
    for prop in row.props:
        value = inputs.get(prop.name)
        if prop.name in misnamed:
            continue
        if not prop.output:
            failures += _check(prop, parameter(row, prop), value, prop.name, hidden=prop.name in hidden)
        elif value is not None and prop.name != "tagsAll":
            failures.append((prop.name, "is computed by the service; remove it from the arguments"))
    # An import's inputs are no program's arguments: nothing reports a function's archive, for example.
    imported = AUTONAMED in news
    if not failures and not imported:
        failures += [failure for check_together in row.checks for failure in check_together(inputs)]
    digests = {
        prop.name: archive.digest(inputs[prop.name]) for prop in row.props if _is_new(prop, olds, inputs)
    }
    if digests and not failures:
        inputs[DIGESTS] = digests
    return inputs, failures


def unusual(row: ResourceType, inputs: Props) -> Iterator[Failure]:
    """Yield texts that are not among those that AWS's model knows, where there may be newer ones."""
    for prop in row.props:
        shape = parameter(row, prop) if prop.allowed == () else None
        known = shape.entry.traits.get("enum", ()) if shape else ()
        value = inputs.get(prop.name)
        for text in value if isinstance(value, list) else [value]:
            if known and isinstance(text, str) and text not in known:
                yield prop.name, f"is {text!r}, which is none of AWS's model: {', '.join(sorted(known))}"


def _is_new(prop: Prop, olds: Props, inputs: Props) -> bool:
    # A resource has inputs but no archive only if it was imported.
    return bool(prop.digest and olds and not olds.get(prop.name) and is_blob(inputs.get(prop.name)))


def _too_long(prefix: str, longest: float) -> str:
    return (
        f"is {len(prefix)} characters long; allowed: at most {longest:.0f}, because AWS's provider "
        f"appends {_APPENDED} to it"
    )


def _in_form(row: ResourceType, name: str, naming: Naming) -> str:
    """Return a generated name with the beginning and in the case that the service demands."""
    name = name if name.startswith(row.name_begins) else row.name_begins + name
    return name.lower() if row.name_lower and naming.mode != "enforce" else name


def _name(row: ResourceType, olds: Props, inputs: Props, naming: Naming) -> Iterator[Failure]:
    if not row.name:
        return
    prefix = inputs.get(f"{row.name}Prefix")
    if inputs.get(row.name) is not None:
        if prefix is not None:
            both = f"{row.name} and {row.name}Prefix are given; at most one is allowed"
            yield row.name, both
        return
    longest = limits(prop := row.by_name[row.name], parameter(row, prop)).high
    if isinstance(prefix, str) and longest is not None and len(prefix) > longest - _APPENDED:
        yield f"{row.name}Prefix", _too_long(prefix, longest - _APPENDED)
        return
    suffix = ".fifo" if inputs.get("fifoTopic") is True or inputs.get("fifoQueue") is True else ""
    if row.name in olds.get(AUTONAMED, []):
        # The engine proposes another name on every call; the resource keeps its first one.
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
    inputs[AUTONAMED] = [row.name]
    name = inputs[row.name]
    if isinstance(name, str):
        name = inputs[row.name] = _in_form(row, name, naming)
    if isinstance(name, str) and longest is not None and len(name) > longest:
        yield (
            row.name,
            f"would automatically be {name!r}, {len(name)} characters long; {row.noun} names have at most "
            f"{longest}. Use a shorter resource name or set {row.name}",
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
    Kind.ONE: str,
    Kind.LIST: list,
    Kind.SET: list,
    Kind.MAP: dict,
    Kind.DOCUMENT: (str, dict),
    Kind.JSON: str,
    Kind.JSON_TEXT: str,
    Kind.TIME: str,
    Kind.BLOCK: dict,
    Kind.BLOCKS: list,
    Kind.BLOCK_SET: list,
    Kind.ARCHIVE: dict,
    Kind.ASSET: dict,
}


_FLAGS = {Kind.FLAG, Kind.SWITCH}


def _check(prop: Prop, shape: Shape | None, value: Any, path: str, *, hidden: bool) -> Iterator[Failure]:
    """Yield what is wrong with a property, and with those inside it; a hidden value is not shown."""
    if value is None:
        if prop.required:
            yield path, f"is required: {prop.kind.value}"
        return
    if value is UNKNOWN:
        return
    shown = "[secret]" if hidden else repr(value)
    fits: bool = isinstance(value, _TYPES[prop.kind])
    if not fits or (isinstance(value, bool) and prop.kind not in _FLAGS):
        yield path, f"is {shown}, but must be {prop.kind.value}"
        return
    yield from ((path, reason) for reason in _count(limits(prop, shape).most, value))
    match prop.kind:
        case Kind.BLOCK:
            for field in prop.fields:
                part, inside = shape and shape.of(field), f"{path}.{field.name}"
                yield from _check(field, part, value.get(field.name), inside, hidden=hidden)
        case Kind.BLOCKS | Kind.BLOCK_SET:
            inner = replace(prop, kind=Kind.BLOCK, required=False)
            for index, entry in enumerate(value):
                yield from _check(inner, shape and shape.entry, entry, f"{path}[{index}]", hidden=hidden)
        case Kind.TEXT | Kind.ONE | Kind.LIST | Kind.SET:
            for text in value if isinstance(value, list) else [value]:
                reasons = _text(limits(prop, shape), text, "[secret]" if hidden else repr(text))
                yield from ((path, reason) for reason in reasons)
        case Kind.WHOLE | Kind.NUMBER if not _within(bounds := limits(prop, shape), value):
            yield path, f"is {shown}; allowed: {_range(bounds)}"
        case _:
            yield from ((path, reason) for reason in _form(prop, value))


def _count(most: int | None, value: Any) -> Iterator[str]:
    if isinstance(value, list) and most is not None and len(value) > most:
        yield f"has {len(value)} entries; allowed: at most {most}"


def _text(limit: Limits, value: Any, shown: str) -> Iterator[str]:
    if not isinstance(value, str):
        return
    if limit.allowed and value not in limit.allowed:
        yield f"is {shown}; allowed: {', '.join(limit.allowed)}"
    # No model says whether a dot means a line's end too.
    if limit.pattern and not re.fullmatch(limit.pattern, value, re.DOTALL):
        yield f"is {shown}, which does not match {limit.pattern}"
    if not _within(limit, len(value)):
        yield f"is {len(value)} characters long; allowed: {_range(limit)} characters"


def _within(limit: Limits, size: float) -> bool:
    return (limit.low is None or size >= limit.low) and (limit.high is None or size <= limit.high)


def _range(limit: Limits) -> str:
    if limit.low is None:
        return f"at most {limit.high:,}"
    return f"at least {limit.low:,}" if limit.high is None else f"{limit.low:,} to {limit.high:,}"


def _form(prop: Prop, value: Any) -> Iterator[str]:
    policy = prop.kind is Kind.DOCUMENT
    match prop.kind:
        case Kind.DOCUMENT | Kind.JSON | Kind.JSON_TEXT if isinstance(value, str) and (
            value or (policy and prop.required)
        ):
            try:
                parsed = json.loads(value)
                if policy and not isinstance(parsed, dict):
                    yield "is no JSON object, which a policy is"
            except ValueError as error:
                yield f"is not valid JSON: {error}"
        case Kind.TIME:
            try:
                moment(value)
            except ValueError as error:
                yield f"is not {prop.kind.value}: {error}"
        case Kind.ARCHIVE | Kind.ASSET if not is_blob(value):
            yield f"must be {prop.kind.value}, such as pulumi.FileArchive"
