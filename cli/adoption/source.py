"""Python source: values and calls as a person would write them."""

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

_WIDTH = 100
_TAKEN = {"adopted", "aws", "config", "json", "pulumi"}


class Code(str):
    """An expression, which stands in the source as it is."""

    __slots__ = ()


@dataclass(frozen=True)
class Json:
    """A document that the source writes as a value, and a service takes as text."""

    value: Any


@dataclass(frozen=True)
class Call:
    """A resource or component that the program makes."""

    function: str
    name: str
    arguments: dict[str, Any]
    options: dict[str, Any] = field(default_factory=dict)
    """Of pulumi.ResourceOptions."""
    component: bool = False
    """Its arguments are one dict."""


def title_of(logical: str, taken: Collection[str]) -> str:
    """Return a logical id as the name of a component: without the hash that CDK adds, in lower case."""
    plain = re.sub(r"(?<=.)[0-9A-F]{8}$", "", logical)
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", plain).lower()
    words = (words if words[0].isalpha() else f"r-{words}")[:36].rstrip("-")
    number = next(count for count in range(1, 1000) if _numbered(words, count) not in taken)
    return _numbered(words, number)


def variable_of(title: str) -> str:
    """Return a title as a variable."""
    name = title.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) or name in _TAKEN else name


def written(value: Any, depth: int = 0) -> str:
    """Return a value's source; what does not fit into a line is broken up."""
    match value:
        case Json(value=inner):
            return f"json.dumps({written(inner, depth)})"
        case Call():
            return _call(value, depth)
        case dict():
            return _broken(
                "{}", [f"{_text(key)}: {written(each, depth + 1)}" for key, each in value.items()], depth
            )
        case list() | tuple():
            return _broken("[]", [written(each, depth + 1) for each in value], depth)
        case str():
            return value if isinstance(value, Code) else _text(value)
        case _:
            return repr(value)


def _call(call: Call, depth: int) -> str:
    parts = [_text(call.name)]
    if call.component:
        parts.append(written(call.arguments, depth + 1))
    else:
        parts += [f"{key}={written(each, depth + 1)}" for key, each in call.arguments.items()]
    if call.options:
        options = ", ".join(f"{key}={written(each, depth + 1)}" for key, each in call.options.items())
        parts.append(f"{'' if call.component else 'opts='}pulumi.ResourceOptions({options})")
    return f"{call.function}{_broken('()', parts, depth)}"


def _broken(brackets: str, parts: list[str], depth: int) -> str:
    opened, closed = brackets[0], brackets[1]
    line = f"{opened}{', '.join(parts)}{closed}"
    if "\n" not in line and 4 * depth + len(line) < _WIDTH and brackets != "()":
        return line
    inner = "".join(f"{'    ' * (depth + 1)}{part},\n" for part in parts)
    return f"{opened}\n{inner}{'    ' * depth}{closed}" if parts else brackets


def _text(value: str) -> str:
    # Python's own quoting, with the quotes that the rest of the source has.
    quoted = repr(value)
    return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in value else quoted


def _numbered(words: str, number: int) -> str:
    return words if number == 1 else f"{words}-{number}"
