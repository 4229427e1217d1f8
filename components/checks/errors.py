"""The errors that components and stack files raise.

Each is a `pulumi.RunError`: if a constructor raises it, the engine prints its message without a traceback.

    DurableFunctionsError
    ├── InvalidArgsError            values that cannot be deployed: all problems of one input
    ├── InvalidArnError             checks/arns.py: an output turns out to be no ARN, or the ARN of something else
    │   └── OtherAccountError       ... of something in another account
    ├── PackagingError              the code cannot be packaged as an archive that Lambda accepts
    ├── StillProtectedError         function/aliases.py: a function is to be destroyed that is deployed as protected
    ├── UnreachableAccountError     guard/providers.py: no provider can ask the account for executions in flight
    └── ExecutionsInFlightError     guard/executions.py: a deployment would make executions fail
        └── VersionNotUsableError   guard/alias_versions.py: an alias names a version that cannot run
"""

import dataclasses
import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pydantic

from .messages import printable, without_secrets


class DurableFunctionsError(pulumi.RunError):
    """The base class of this package's errors. The message says how to fix the problem."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class PackagingError(DurableFunctionsError):
    """The code cannot be packaged as an archive that Lambda accepts."""

    def __init__(self, message: str) -> None:
        # It may contain a part of a manifest, or what a package manager has printed.
        super().__init__(without_secrets(message))


@dataclass(frozen=True)
class Problem:
    """One wrong value: its argument, the value, and what is allowed."""

    key: str
    """The argument's name; dots lead to a part of its value."""
    message: str
    """What is wrong with it, and what is allowed."""
    value: Any = None
    """The value."""
    given: bool = True
    """Whether the message shows the value: not if there is none, or if it may be secret."""

    def __str__(self) -> str:
        """Return the problem as one line."""
        return (
            f"{self.key} = {_shown(self.value)}: {self.message}"
            if self.given
            else f"{self.key}: {self.message}"
        )


class InvalidArgsError(DurableFunctionsError):
    """Values that cannot be deployed. It lists all problems of one input, before anything is made.

    Attributes:
        problems: every problem, in the order of the input's keys.
    """

    def __init__(self, title: str, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{title} has {count}:", *(f"  {problem}" for problem in self.problems)]))


_EXPECTED = {
    "bool": "must be true or false",
    "dict": "must be a dict",
    "float": "must be a number",
    "int": "must be a whole number",
    "list": "must be a list",
    "string": "must be a string",
}


def problems_of(
    error: pydantic.ValidationError,
    given: Mapping[str, Any],
    known_keys: Mapping[str, bool],
    unsupported: Mapping[str, str],
) -> list[Problem]:
    """Turn pydantic's errors into problems that the author of the input understands.

    Args:
        error: what pydantic found.
        given: the input.
        known_keys: every key, and whether it is required.
        unsupported: keys that do not exist although an author may expect them, and why.
    """
    problems = [_problem(dict(detail), given, known_keys) for detail in error.errors()]
    return [
        dataclasses.replace(problem, message=f"is not supported: {unsupported[problem.key]}")
        if problem.key in unsupported
        else problem
        for problem in problems
    ]


def _problem(detail: Mapping[str, Any], given: Mapping[str, Any], known_keys: Mapping[str, bool]) -> Problem:
    *parts, last = (str(part) for part in detail["loc"])
    if last == "[key]":  # pydantic's mark for a wrong key of a dict
        return Problem(".".join(parts), _message(detail, last, known_keys), given=False)
    key = ".".join([*parts, last])
    value = given.get(key, detail["input"])
    if isinstance(value, pulumi.Output):
        return Problem(key, "must be known when the program runs; an output cannot be used here", given=False)
    if detail["type"] == "missing":
        return Problem(key, "is required", given=False)
    # The values of a map may be secret, such as environment variables.
    return Problem(key, _message(detail, key, known_keys), value, given=not isinstance(value, Mapping))


def _message(detail: Mapping[str, Any], key: str, known_keys: Mapping[str, bool]) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden" if "." in key:
            return "is not known here"
        case "extra_forbidden":
            near = difflib.get_close_matches(key, known_keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"allowed are: {', '.join(sorted(known_keys))}"
            return f"is not known; {hint}"
        case "value_error":
            return str(context["error"])
        case "too_short":
            return "must not be empty" if known_keys.get(key, True) else "must not be empty; leave it out"
        case "too_long":
            return f"must have at most {context['max_length']} items, not {context['actual_length']}"
        case kind:
            message: str = detail["msg"].replace("Input should be", "must be")
            return _EXPECTED.get(kind.partition("_")[0]) or message[0].lower() + message[1:]


def _shown(value: Any) -> str:
    text = repr(value)
    if isinstance(value, pulumi.Resource):
        text = f"{type(value).__name__} {value.pulumi_resource_name!r}"
    elif not isinstance(value, str):  # Python shows the address of what has no words of its own
        text = re.sub(r"<(?:\w+\.)*(\w+) object at 0x[0-9a-f]+>", r"<a value of type \1>", text)
    return text if len(text) <= 100 else f"{text[:97]}..."
