"""The base class of the components: a call with the wrong parameters is told how the call is written."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any, Self

import pulumi

from .errors import InvalidArgsError, Problem


class Component(pulumi.ComponentResource):
    """A component, constructed as `Component(name, args, opts)`."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Check the parameters; the constructor itself checks the arguments.

        Raises:
            InvalidArgsError: a parameter is missing, unknown or of the wrong kind.
        """
        parameters = inspect.signature(cls.__init__).parameters
        given = dict(zip([*parameters][1:], args, strict=False)) | kwargs
        problems = [*_problems(cls.__name__, parameters, given)]
        if problems:
            name = given.get("name")
            title = f"{cls.__name__} {name!r}" if isinstance(name, str) else cls.__name__
            raise InvalidArgsError(title, problems)
        return super().__new__(cls)


def _problems(
    component: str, parameters: Mapping[str, inspect.Parameter], given: Mapping[str, Any]
) -> Iterable[Problem]:
    if "args" not in parameters:  # no public component
        return
    name, keys = given.get("name", "orders"), [key for key in given if key not in parameters]
    shown = ", ".join(f'"{key}": ...' for key in keys) or "..."
    call = f'{component}("{name if isinstance(name, str) else "orders"}", {{{shown}}})'
    if not isinstance(name, str):
        yield Problem(
            "name", f"must be a string, the first parameter: {call}", name, not isinstance(name, Mapping)
        )
    elif "name" not in given:
        yield Problem("name", f"is required, the first parameter: {call}", given=False)
    if keys:
        yield Problem(
            ", ".join(keys), f"must be in a dict of arguments, the second parameter: {call}", given=False
        )
    elif "args" not in given:
        described = parameters["args"].annotation.__name__
        yield Problem(
            "args",
            f"is required, a dict with the keys of {described}, the second parameter: {call}",
            given=False,
        )
    opts = given.get("opts")
    if not isinstance(opts, pulumi.ResourceOptions | None):
        yield Problem("opts", "must be pulumi.ResourceOptions(...)", opts)
