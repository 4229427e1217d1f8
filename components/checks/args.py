"""How arguments are checked: all problems at once, before anything is made."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Self

import pydantic

from .errors import InvalidArgsError, Problem, problems_of
from .messages import warn


class Args(pydantic.BaseModel):
    """Arguments as a constructor uses them: checked, immutable, with defaults filled in."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, validate_default=True)

    unsupported: ClassVar[Mapping[str, str]] = {}
    """Arguments that do not exist although an author may expect them, and why."""

    @classmethod
    def parse_named(cls, component: str, name: str, args: Mapping[str, Any]) -> Self:
        """Check a component's arguments, and its name, from which physical names are derived.

        Raises:
            InvalidArgsError: lists every invalid value, and every conflict between values.
        """
        problems = []
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name):
            allowed = "must be 1 to 40 letters, digits, hyphens and underscores, and begin with a letter"
            problems.append(Problem("name", allowed, name))
        return cls.parse(f"{component} {name!r}", args, problems)

    @classmethod
    def parse(cls, title: str, args: Mapping[str, Any], problems: Collection[Problem] = ()) -> Self:
        """Check arguments, and warn of unusual values; None counts as left out.

        Raises:
            InvalidArgsError: lists every invalid value, and every conflict between values.
        """
        if not isinstance(args, Mapping):
            raise InvalidArgsError(title, [Problem("args", "must be a dict of arguments", args)])
        given = {key: value for key, value in args.items() if value is not None}
        problems = [*problems, *_unencodable(given), *cls.conflicts(given)]
        try:
            model = cls.model_validate(given)
        except pydantic.ValidationError as error:
            known = {field.alias or key: field.is_required() for key, field in cls.model_fields.items()}
            problems = [*problems_of(error, given, known, cls.unsupported), *problems]
        if problems:
            raise InvalidArgsError(title, problems)
        for problem in model.unusual():
            warn(f"{title}: {problem}")
        return model

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find values that conflict with each other. The single values have not been checked yet."""
        return ()

    def unusual(self) -> Iterable[Problem]:
        """Find values that AWS accepts but that are probably mistakes; each causes a warning."""
        return ()


def _unencodable(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find strings that cannot be sent: with half of a UTF-16 pair, which cutting a string can leave behind."""
    for key, value in given.items():
        try:
            for text in _strings(value):
                text.encode()
        except UnicodeEncodeError as error:
            message = f"contains half of a character ({error.object[error.start]!r}); write the string again"
            yield Problem(key, message, given=False)


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.items():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def exactly_one(given: Mapping[str, Any], keys: Collection[str], fix: str = "") -> Iterable[Problem]:
    """Return a problem unless exactly one of these keys is given."""
    present = [key for key in keys if key in given]
    if len(present) != 1:
        got = f"got {' and '.join(present)}" if present else "got none"
        yield Problem(" | ".join(keys), f"exactly one is required, {got}{fix}", given=False)
