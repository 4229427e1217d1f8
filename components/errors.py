"""The errors that components and stack files raise.

Every one is a `pulumi.RunError`, so the engine prints its message and never a traceback.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

import pulumi
import pydantic


class DurableFunctionsError(pulumi.RunError):
    """The base of this package's errors; its message tells a person what to do."""


class PackagingError(DurableFunctionsError):
    """The code cannot become an archive that Lambda takes."""


@dataclass(frozen=True)
class Problem:
    """One wrong value: where it stands, what it is, and what is allowed instead."""

    key: str
    message: str
    value: Any = None
    given: bool = True

    def __str__(self) -> str:
        """Return one line, for a list of problems."""
        return (
            f"{self.key} = {_shown(self.value)}: {self.message}"
            if self.given
            else f"{self.key}: {self.message}"
        )


class InvalidArgsError(DurableFunctionsError):
    """Values that cannot be deployed: all problems of one input, found before anything is made.

    Attributes:
        problems: every problem, in the order of the input's keys.

    """

    def __init__(self, title: str, problems: Collection[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"{title} has {count}:", *(f"  {problem}" for problem in self.problems)]))

    @classmethod
    def from_validation(
        cls, title: str, error: pydantic.ValidationError, known_keys: Collection[str]
    ) -> Self:
        """Turn pydantic's errors into problems worded for the author of the input."""
        return cls(title, [_problem(dict(detail), known_keys) for detail in error.errors()])


def _problem(detail: Mapping[str, Any], known_keys: Collection[str]) -> Problem:
    key = ".".join(str(part) for part in detail["loc"])
    match detail["type"]:
        case "missing":
            return Problem(key, "is required", given=False)
        case "extra_forbidden":
            near = difflib.get_close_matches(key, known_keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are: {', '.join(sorted(known_keys))}"
            return Problem(key, f"is not known; {hint}", detail["input"])
        case "value_error":
            return Problem(key, str(detail["ctx"]["error"]), detail["input"])
        case _:
            message = detail["msg"].replace("Input should be", "must be")
            return Problem(key, message[0].lower() + message[1:], detail["input"])


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
