"""Finds the durable functions of a stack, and what refers to them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
    "nodejs": (date(2016, 8, 30), date(2016, 9, 30)),
    "dotnetcore2.0": (date(2019, 5, 30), date(2019, 4, 30)),
    "dotnetcore1.0": (date(2019, 6, 27), date(2019, 6, 30)),
    "nodejs6.10": (date(2019, 8, 12), date(2019, 7, 12)),
    "nodejs4.3": (date(2020, 3, 5), date(2020, 2, 3)),
    "nodejs4.3-edge": (date(2020, 3, 5), date(2019, 3, 31)),
    "nodejs8.10": (date(2020, 3, 6), date(2020, 2, 4)),
    "python2.7": (date(2021, 7, 15), date(2021, 7, 15)),
    "nodejs10.x": (date(2021, 7, 30), date(2021, 7, 30)),
    "ruby2.5": (date(2021, 7, 30), date(2021, 7, 30)),
    "dotnetcore2.1": (date(2022, 1, 5), date(2022, 1, 5)),
    "dotnet5.0": (date(2022, 5, 10), date(2022, 5, 10)),
    "python3.6": (date(2022, 7, 18), date(2022, 7, 18)),
    "nodejs12.x": (date(2023, 3, 31), date(2023, 3, 31)),
    "dotnetcore3.1": (date(2023, 4, 3), date(2023, 4, 3)),
    "nodejs14.x": (date(2023, 12, 4), date(2024, 1, 9)),
    "python3.7": (date(2023, 12, 4), date(2024, 1, 9)),
    "ruby2.7": (date(2023, 12, 7), date(2024, 1, 9)),
    "go1.x": (date(2024, 1, 8), date(2024, 2, 8)),
    "java8": (date(2024, 1, 8), date(2024, 2, 8)),
    "provided": (date(2024, 1, 8), date(2024, 2, 8)),
    "dotnet7": (date(2024, 5, 14), date(2024, 5, 14)),
    "nodejs16.x": (date(2024, 6, 12), date(2027, 2, 1)),
    "python3.8": (date(2024, 10, 14), date(2027, 2, 1)),
    "dotnet6": (date(2024, 12, 20), date(2027, 2, 1)),
    "nodejs18.x": (date(2025, 9, 1), date(2027, 2, 1)),
    "python3.9": (date(2025, 12, 15), date(2027, 2, 1)),
    "ruby3.2": (date(2026, 3, 31), date(2027, 2, 1)),
    "nodejs20.x": (date(2026, 4, 30), date(2027, 2, 1)),
    "provided.al2": (date(2026, 7, 31), date(2027, 2, 1)),
    "python3.10": (date(2026, 10, 31), date(2027, 2, 1)),
    "dotnet8": (date(2026, 11, 10), date(2027, 2, 1)),
}
"""The deprecated runtimes, with two dates: since when Lambda does not patch them, and from when it creates no function with
them. As in Lambda's developer guide, by way of cfn-lint 1.58, in November 2026; AWS has postponed such dates before."""

DEFAULT_TIMEOUT_SECONDS = 3
"""The timeout of a function that does not set one."""
MAX_WAIT_SECONDS = 900
"""How long Lambda waits, at most, for an execution that it starts synchronously."""
MAX_MAPPING_WAIT_SECONDS = 5_400
"""How long an event source mapping waits, at most, for an execution on Lambda Managed Instances."""
LATEST = "$LATEST"

_ARN = re.compile(r":function:(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]+))?")
_NAME = re.compile(r"(?:\d{12}:)?(?P<name>[A-Za-z0-9-_]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]+))?")


def written(day: date) -> str:
    """Return a date as a reader expects it, such as 1 February 2027."""
    return f"{day.day} {day:%B %Y}"


def today() -> date:
    """Return the date, in UTC, on which the pack runs."""
    return datetime.now(UTC).date()


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
