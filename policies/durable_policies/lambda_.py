"""Finds the durable functions of a stack, and what refers to them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .model import UNKNOWN, Resource, Stack

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"

WITHOUT_SDK = re.compile(
    # The SDKs' packages need Python 3.11, Node.js 22, Java 17 or .NET 8; there is none for Ruby.
    r"python(2\.\d+|3\.([0-9]|10))|nodejs([0-9]|1\d|2[01])?(\.\S+)?"
    r"|java(8|11)(\.\S+)?|dotnet(core\S+|[5-7])|ruby\S+|go1\.x"
)
"""The runtimes on which no durable execution SDK runs."""

DEPRECATED = re.compile(
    r"nodejs(\d\.x|\d\.\d+(-edge)?|1[0-8]\.x|20\.x)?|python(2\.7|3\.[6-9])|ruby(2\.\d|3\.2)"
    r"|java8|go1\.x|dotnetcore\d\.\d|dotnet[5-7]|provided"
)
"""The runtimes that Lambda no longer patches."""

DEFAULT_TIMEOUT_SECONDS = 3
"""The timeout of a function that does not set one."""
MAX_WAIT_SECONDS = 900
"""How long Lambda waits, at most, for an execution that it starts synchronously."""
LATEST = "$LATEST"

_ARN = re.compile(r":function:(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]+))?")
_NAME = re.compile(r"(?:\d{12}:)?(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]+))?")


def is_durable(function: Resource) -> bool:
    """Return whether a function has a DurableConfig."""
    return function.type == FUNCTION and bool(function.at("durableConfig"))


def execution_timeout(function: Resource) -> int | None:
    """Return how many seconds an execution may last, if that is known."""
    seconds = function.at("durableConfig", "executionTimeout")
    return int(seconds) if isinstance(seconds, int | float) else None


def durable_functions(stack: Stack) -> list[Resource]:
    """Return the stack's durable functions."""
    return [function for function in stack.all(FUNCTION) if is_durable(function)]


@dataclass(frozen=True)
class Reference:
    """A property's reference to a durable function, with its qualifier; UNKNOWN if only the property's origins are known."""

    function: Resource
    qualifier: Any
    by_alias: bool
    """Whether an alias is among the property's origins."""


def reference(stack: Stack, resource: Resource, value: Any, *properties: str) -> Reference | None:
    """Return a value's reference to a function; None if that is not a durable function of this stack.

    The value is a name or an ARN, or unknown; then the properties' origins tell to what it refers.
    """
    origins = stack.origins(resource, *properties)
    by_alias = any(origin.type == ALIAS for origin in origins)
    parsed = _parsed(value)
    if parsed is not None:
        functions = [
            function for function in durable_functions(stack) if function.at("name") == parsed["name"]
        ]
        return Reference(functions[0], parsed["qualifier"], by_alias) if functions else None
    if value is not UNKNOWN:
        return None
    targets = [aliased(stack, origin) if origin.type == ALIAS else origin for origin in origins]
    return next(
        (Reference(function, UNKNOWN, by_alias) for function in targets if function and is_durable(function)),
        None,
    )


def _parsed(value: Any) -> re.Match[str] | None:
    if not isinstance(value, str):
        return None
    return _ARN.search(value) if ":function:" in value else _NAME.fullmatch(value)


def aliased(stack: Stack, alias: Resource) -> Resource | None:
    """Return the durable function of an alias, if it belongs to this stack."""
    target = reference(stack, alias, alias.at("functionName"), "functionName")
    return target.function if target else None


def aliases(stack: Stack, function: Resource) -> Iterator[Resource]:
    """Yield the aliases of a function."""
    return (alias for alias in stack.all(ALIAS) if belongs_to(stack, alias, function, "functionName"))


def belongs_to(stack: Stack, resource: Resource, function: Resource, name: str) -> bool:
    """Return whether a property refers to this function, by its name, its ARN, or the property's origins."""
    if function in stack.origins(resource, name):
        return True
    parsed = _parsed(resource.at(name))
    return parsed is not None and parsed["name"] == function.at("name")
