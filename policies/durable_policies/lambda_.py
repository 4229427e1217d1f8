"""Durable functions in a stack, and what points at them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .model import UNKNOWN, Resource, Stack

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"

WITHOUT_SDK = re.compile(
    # What the SDKs' packages ask for: Python 3.11, Node.js 22, Java 17, .NET 8; there is none for Ruby.
    r"python(2\.\d+|3\.([0-9]|10))|nodejs([0-9]|1\d|2[01])?(\.\S+)?"
    r"|java(8|11)(\.\S+)?|dotnet(core\S+|[5-7])|ruby\S+|go1\.x"
)
"""The runtimes on which no SDK for durable functions starts."""

DEPRECATED = re.compile(
    r"nodejs(\d\.x|\d\.\d+(-edge)?|1[0-8]\.x|20\.x)?|python(2\.7|3\.[6-9])|ruby(2\.\d|3\.2)"
    r"|java8|go1\.x|dotnetcore\d\.\d|dotnet[5-7]|provided"
)
"""The runtimes that Lambda no longer patches."""

DEFAULT_TIMEOUT_SECONDS = 3
"""The timeout of a function that states none."""
MAX_WAIT_SECONDS = 900
"""For how long Lambda waits for an execution that it starts synchronously."""
LATEST = "$LATEST"

_ARN = re.compile(r":function:(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]+))?")
_NAME = re.compile(r"(?:\d{12}:)?(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]+))?")


def is_durable(function: Resource) -> bool:
    """Tell whether a function has a DurableConfig."""
    return function.type == FUNCTION and bool(function.at("durableConfig"))


def execution_timeout(function: Resource) -> int | None:
    """Return the seconds that an execution may last, if they are known."""
    seconds = function.at("durableConfig", "executionTimeout")
    return int(seconds) if isinstance(seconds, int | float) else None


def durable_functions(stack: Stack) -> list[Resource]:
    """Return the stack's durable functions."""
    return [each for each in stack.all(FUNCTION) if is_durable(each)]


@dataclass(frozen=True)
class Reference:
    """What a property says of a function: which durable one, by which qualifier; UNKNOWN where only origins tell."""

    function: Resource
    qualifier: Any
    by_alias: bool
    """Whether an alias is among what it is made from."""


def reference(stack: Stack, resource: Resource, value: Any, *properties: str) -> Reference | None:
    """Return what a value leads to, if that is a durable function of this stack.

    The value is a name or an ARN, of which the properties' origins tell more; a function of no such stack is none.
    """
    origins = stack.origins(resource, *properties)
    by_alias = any(each.type == ALIAS for each in origins)
    parsed = _parsed(value)
    if parsed is not None:
        named = [each for each in durable_functions(stack) if each.at("name") == parsed["name"]]
        return Reference(named[0], parsed["qualifier"], by_alias) if named else None
    if value is not UNKNOWN:
        return None
    targets = [aliased(stack, each) if each.type == ALIAS else each for each in origins]
    return next((Reference(each, UNKNOWN, by_alias) for each in targets if each and is_durable(each)), None)


def _parsed(value: Any) -> re.Match[str] | None:
    if not isinstance(value, str):
        return None
    return _ARN.search(value) if ":function:" in value else _NAME.fullmatch(value)


def aliased(stack: Stack, alias: Resource) -> Resource | None:
    """Return the durable function that an alias belongs to, if it is one of this stack."""
    found = reference(stack, alias, alias.at("functionName"), "functionName")
    return found.function if found else None


def aliases(stack: Stack, function: Resource) -> Iterator[Resource]:
    """Give the aliases of a function."""
    return (each for each in stack.all(ALIAS) if belongs_to(stack, each, function, "functionName"))


def belongs_to(stack: Stack, resource: Resource, function: Resource, name: str) -> bool:
    """Tell whether a property names this function, by its name, its ARN, or what it is made from."""
    if function in stack.origins(resource, name):
        return True
    parsed = _parsed(resource.at(name))
    return parsed is not None and parsed["name"] == function.at("name")
