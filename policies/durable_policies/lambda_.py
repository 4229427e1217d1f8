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

DEPRECATED = {
    **dict.fromkeys(
        (
            *("nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x"),
            *("dotnetcore1.0", "dotnetcore2.0", "python2.7", "ruby2.5"),
        ),
        "2021 or earlier",
    ),
    "dotnetcore2.1": "5 January 2022",
    "dotnet5.0": "10 May 2022",
    "python3.6": "18 July 2022",
    "nodejs12.x": "31 March 2023",
    "dotnetcore3.1": "3 April 2023",
    "nodejs14.x": "4 December 2023",
    "python3.7": "4 December 2023",
    "ruby2.7": "7 December 2023",
    "go1.x": "8 January 2024",
    "java8": "8 January 2024",
    "provided": "8 January 2024",
    "dotnet7": "14 May 2024",
    "nodejs16.x": "12 June 2024",
    "python3.8": "14 October 2024",
    "dotnet6": "20 December 2024",
    "nodejs18.x": "1 September 2025",
    "python3.9": "15 December 2025",
    "ruby3.2": "31 March 2026",
    "nodejs20.x": "30 April 2026",
    "provided.al2": "31 July 2026",
    "python3.10": "31 October 2026",
    "dotnet8": "10 November 2026",
}
"""The runtimes that Lambda no longer patches, with the date of their deprecation."""

DEFAULT_TIMEOUT_SECONDS = 3
"""The timeout of a function that does not set one."""
MAX_WAIT_SECONDS = 900
"""How long Lambda waits, at most, for an execution that it starts synchronously."""
MAX_MAPPING_WAIT_SECONDS = 5_400
"""How long an event source mapping waits, at most, for an execution on Lambda Managed Instances."""
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


def invocation_timeout(function: Resource) -> float | None:
    """Return how many seconds one invocation may last, if that is known."""
    seconds = function.at("timeout")
    if seconds is None:
        return DEFAULT_TIMEOUT_SECONDS
    return seconds if isinstance(seconds, int | float) else None


def durable_functions(stack: Stack) -> list[Resource]:
    """Return the stack's durable functions."""
    return [function for function in stack.all(FUNCTION) if is_durable(function)]


@dataclass(frozen=True)
class Reference:
    """A property's reference to a function, with its qualifier; UNKNOWN if only the property's origins are known."""

    function: Resource
    qualifier: Any
    alias: Resource | None = None
    """The alias among the property's origins."""
    certain: bool = True
    """Whether it is this function, and not another one from which the property is made too."""


def reference(stack: Stack, resource: Resource, value: Any, *properties: str) -> Reference | None:
    """Return a value's reference to a function; None if that is not in this stack.

    The value is a name or an ARN, or unknown; then the properties' origins tell to what it refers.
    """
    origins = [each for each in stack.origins(resource, *properties) if each.type in (FUNCTION, ALIAS)]
    alias = next((origin for origin in origins if origin.type == ALIAS), None)
    parsed = _parsed(value)
    if parsed is not None:
        functions = [function for function in stack.all(FUNCTION) if function.at("name") == parsed["name"]]
        return Reference(functions[0], parsed["qualifier"], alias) if functions else None
    if value is not UNKNOWN:
        return None
    targets = [aliased(stack, origin) if origin.type == ALIAS else origin for origin in origins]
    found = {target.urn: target for target in targets if target}
    if not found:
        return None
    certain = len(found) == 1 and None not in targets
    # Of several, a durable one: without an alias among the origins, none of them is started by one.
    return Reference(max(found.values(), key=is_durable), UNKNOWN, alias, certain)


def _parsed(value: Any) -> re.Match[str] | None:
    if not isinstance(value, str):
        return None
    return _ARN.search(value) if ":function:" in value else _NAME.fullmatch(value)


def bare_name(value: Any) -> str | None:
    """Return the function's name in an ARN without qualifier; None if the value is anything else."""
    found = _ARN.search(value) if isinstance(value, str) else None
    return found["name"] if found and found.end() == len(value) and not found["qualifier"] else None


def aliased(stack: Stack, alias: Resource) -> Resource | None:
    """Return the function of an alias, if it belongs to this stack."""
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
