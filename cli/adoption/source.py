"""Writes values and calls as Python source, as a person would write them."""

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

_WIDTH = 100
_TAKEN = {"adopted", "aws", "config", "json", "pulumi"}


class Expression(str):
    """An expression, which is written into the source as it is."""

    __slots__ = ()


@dataclass(frozen=True)
class Json:
    """A document that the source contains as a value, and that a service takes as text."""

    value: Any


@dataclass(frozen=True)
class Call:
    """A resource or component that the program makes."""

    function: str
    name: str
    arguments: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of pulumi.ResourceOptions."""
    component: bool = False
    """Whether its arguments are one dict."""


def title_of(logical: str, taken: Collection[str]) -> str:
    """Return a logical ID as the name of a component: in lower case, without the hash that CDK adds."""
    plain = re.sub(r"(?<=.)[0-9A-F]{8}$", "", logical)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower()
    words = (words if words[0].isalpha() else f"r-{words}")[:36].rstrip("-")
    number = next(count for count in range(1, 1000) if _numbered(words, count) not in taken)
    return _numbered(words, number)


def variable_of(title: str) -> str:
    """Return a title as the name of a variable."""
    name = title.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def as_source(value: Any, depth: int = 0) -> str:
    """Return a value's source, wrapped where it does not fit into a line."""
    match value:
        case Json(value=inner):
            return f"json.dumps({as_source(inner, depth)})"
        case Call():
            return _call(value, depth)
        case dict():
            return _wrapped(
                "{}", [f"{_string(key)}: {as_source(item, depth + 1)}" for key, item in value.items()], depth
            )
        case list() | tuple():
            return _wrapped("[]", [as_source(item, depth + 1) for item in value], depth)
        case str():
            return value if isinstance(value, Expression) else _string(value)
        case _:
            return repr(value)


def _call(call: Call, depth: int) -> str:
    parts = [_string(call.name)]
    if call.component:
        parts.append(as_source(call.arguments, depth + 1))
    else:
        parts += [f"{key}={as_source(argument, depth + 1)}" for key, argument in call.arguments.items()]
    if call.options:
        options = ", ".join(f"{key}={as_source(option, depth + 1)}" for key, option in call.options.items())
        parts.append(f"{'' if call.component else 'opts='}pulumi.ResourceOptions({options})")
    return f"{call.function}{_wrapped('()', parts, depth)}"


def _wrapped(brackets: str, parts: list[str], depth: int) -> str:
    opening, closing = brackets[0], brackets[1]
    line = f"{opening}{', '.join(parts)}{closing}"
    if "\n" not in line and 4 * depth + len(line) < _WIDTH and brackets != "()":
        return line
    inner = "".join(f"{'    ' * (depth + 1)}{part},\n" for part in parts)
    return f"{opening}\n{inner}{'    ' * depth}{closing}" if parts else brackets


def _string(value: str) -> str:
    # Python's own quoting, with double quotes as in the rest of the source.
    quoted = repr(value)
    return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in value else quoted


def _numbered(words: str, number: int) -> str:
    return words if number == 1 else f"{words}-{number}"
