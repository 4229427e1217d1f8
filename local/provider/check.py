"""Inputs: are they what the service will take, and what is the resource called."""

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from local.provider import archive
from local.provider.diff import AUTONAMED, DIGESTS
from local.provider.model import Kind, Prop, Props, ResourceType
from local.provider.values import UNKNOWN, is_blob, is_unknown
from local.provider.wire import is_empty

Failure = tuple[str, str]
"""A property's path and what is wrong with it."""


@dataclass(frozen=True)
class Naming:
    """What the engine says about automatic names for this resource."""

    urn_name: str
    mode: Literal["propose", "enforce", "disable"] = "propose"
    proposed: str = ""
    seed: bytes = b""


def check(row: ResourceType, olds: Props, news: Props, naming: Naming) -> tuple[Props, list[Failure]]:
    """Give the inputs to keep, with the name filled in, and everything that is wrong with them."""
    inputs = {name: value for name, value in news.items() if name not in {AUTONAMED, DIGESTS}}
    failures = list(_name(row, olds, inputs, naming))
    for rule in row.props:
        if rule.output:
            if rule.name in inputs and rule.name != "tagsAll":
                failures.append((rule.name, "is computed by the service; remove it from the arguments"))
            continue
        failures += check_prop(rule, inputs.get(rule.name), rule.name)
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
    Kind.BLOCK: dict,
    Kind.BLOCKS: list,
    Kind.ARCHIVE: dict,
    Kind.ASSET: dict,
}


_FLAGS = {Kind.FLAG, Kind.SWITCH}


def check_prop(rule: Prop, value: Any, path: str) -> Iterator[Failure]:
    """Tell what is wrong with one property, and with those inside it."""
    if value is None:
        if rule.required:
            yield path, f"is required: {rule.kind.value}"
        return
    if value is UNKNOWN:
        return
    fits: bool = isinstance(value, _TYPES[rule.kind])
    if not fits or (isinstance(value, bool) and rule.kind not in _FLAGS):
        yield path, f"is {value!r}, but must be {rule.kind.value}"
        return
    match rule.kind:
        case Kind.BLOCK:
            for item in rule.fields:
                yield from check_prop(item, value.get(item.name), f"{path}.{item.name}")
        case Kind.BLOCKS:
            for index, entry in enumerate(value):
                inner = Prop(name=rule.name, kind=Kind.BLOCK, fields=rule.fields)
                yield from check_prop(inner, entry, f"{path}[{index}]")
        case Kind.DOCUMENT if isinstance(value, str) and value:
            try:
                json.loads(value)
            except ValueError as error:
                yield path, f"is not valid JSON: {error}"
        case Kind.ARCHIVE | Kind.ASSET if not is_blob(value):
            yield path, f"must be {rule.kind.value}, such as pulumi.FileArchive"
        case Kind.TEXT | Kind.WHOLE | Kind.NUMBER | Kind.LIST | Kind.SET:
            yield from _rules(rule, value, path)


def _rules(rule: Prop, value: Any, path: str) -> Iterator[Failure]:
    values = value if isinstance(value, list) else [value]
    for item in values:
        if rule.allowed and isinstance(item, str) and item not in rule.allowed:
            yield path, f"is {item!r}; allowed: {', '.join(rule.allowed)}"
        if rule.pattern and isinstance(item, str) and not re.fullmatch(rule.pattern, item):
            yield path, f"is {item!r}, which does not match {rule.pattern}"
    if isinstance(value, list):
        return
    size, unit = (len(value), " characters") if isinstance(value, str) else (value, "")
    low, high = rule.low, rule.high
    if (low is not None and size < low) or (high is not None and size > high):
        shown = f"{size} characters long" if unit else value
        yield path, f"is {shown}; allowed: {_bounds(low, high)}{unit}"


def _bounds(low: float | None, high: float | None) -> str:
    if high is None:
        return f"at least {low:,g}" if low is not None else "anything"
    return f"at most {_plain(high)}" if low is None else f"{_plain(low)} to {_plain(high)}"


def _plain(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() else f"{number:g}"
