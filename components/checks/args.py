"""How arguments are parsed: all problems at once, before anything is made."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, Self

import pulumi
import pydantic

from .errors import InvalidArgsError, Problem, problems_of


class Args(pydantic.BaseModel):
    """Arguments as a constructor uses them: checked, frozen, defaults filled in."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True, validate_default=True)

    unsupported: ClassVar[Mapping[str, str]] = {}
    """Arguments that do not exist although an author may expect them, and why."""

    @classmethod
    def parse_named(cls, component: str, name: str, args: Mapping[str, Any]) -> Self:
        """Check a component's arguments, and its name, from which AWS's names are made.

        Raises:
            InvalidArgsError: lists every value that is wrong, and every two that do not go together.
        """
        problems = []
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name):
            allowed = "must be 1 to 40 letters, digits, hyphens and underscores, and begin with a letter"
            problems.append(Problem("name", allowed, name))
        return cls.parse(f"{component} {name!r}", args, problems)

    @classmethod
    def parse(cls, title: str, args: Mapping[str, Any], problems: Collection[Problem] = ()) -> Self:
        """Check what an author gave, and warn of what is unusual; a value that is None counts as left out.

        Raises:
            InvalidArgsError: lists every value that is wrong, and every two that do not go together.
        """
        if not isinstance(args, Mapping):
            raise InvalidArgsError(title, [Problem("args", "must be a dict of arguments", args)])
        given = {key: value for key, value in args.items() if value is not None}
        problems = [*problems, *_no_text(given), *cls.conflicts(given)]
        try:
            model = cls.model_validate(given)
        except pydantic.ValidationError as error:
            known = {field.alias or key: field.is_required() for key, field in cls.model_fields.items()}
            problems = [*problems_of(error, given, known, cls.unsupported), *problems]
        if problems:
            raise InvalidArgsError(title, problems)
        for problem in model.unusual():
            pulumi.log.warn(f"{title}: {problem}")
        return model

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find the values that are right alone and wrong together; the values are not checked yet."""
        return ()

    def unusual(self) -> Iterable[Problem]:
        """Find what AWS takes and is hardly meant, for a warning each."""
        return ()


def _no_text(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find text that cannot be sent: half a character of UTF-16, such as a cut of a text may leave behind."""
    for key, value in given.items():
        try:
            for text in _texts(value):
                text.encode()
        except UnicodeEncodeError as error:
            why = f"holds half a character ({error.object[error.start]!r}), which is no text; write it anew"
            yield Problem(key, why, given=False)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.items():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def exactly_one(given: Mapping[str, Any], keys: Collection[str], fix: str = "") -> Iterable[Problem]:
    """Find a problem unless exactly one of these keys is given."""
    present = [key for key in keys if key in given]
    if len(present) != 1:
        got = f"got {' and '.join(present)}" if present else "got none"
        yield Problem(" | ".join(keys), f"exactly one must be given, {got}{fix}", given=False)
