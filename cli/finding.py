"""Which execution a person means: by its name, by what its name begins with, by its ARN, or the last one."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import typer

from .console import ago
from .stack import Function, OpsError, functions_of

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What Lambda takes as the name of an execution."""
SEARCHED = 1000
"""How many of a function's newest executions a prefix is looked for in: one page of a list."""
SHOWN = 8
CUT = "…"
"""What stands at the end of a name that `durable list` has cut."""


def meant(stack: str | None, reference: str | None, *, last: bool = False) -> tuple[Function, str]:
    """Return the function and the ARN of the execution that a command's arguments mean.

    Raises:
        BadParameter: nothing is named, or two things are.
        OpsError: there is no such execution.
    """
    if last == (reference is not None):
        raise typer.BadParameter("name one execution, or say --last for the newest one")
    functions = functions_of(stack).values()
    return newest(functions) if reference is None else find(functions, reference)


def newest(functions: Iterable[Function]) -> tuple[Function, str]:
    """Return the execution that was started last.

    Raises:
        OpsError: there is none.
    """
    functions = list(functions)
    found = [(each, function) for function in functions for each in islice(listed(function, MaxItems=1), 1)]
    if not found:
        raise OpsError(f"no execution of {_titles(functions)} yet; durable invoke starts one")
    execution, function = max(found, key=lambda each: _started(each[0]))
    return function, execution["DurableExecutionArn"]


def find(functions: Iterable[Function], reference: str) -> tuple[Function, str]:
    """Return the function and the ARN of an execution.

    Args:
        functions: where to look for it.
        reference: its name, what no other name begins with, or its ARN. Of several of the same name, the newest is meant.

    Raises:
        OpsError: there is none of that name, or several begin with it.
    """
    functions = list(functions)
    if reference.startswith("arn:"):
        owner = [each for each in functions if reference.startswith(f"{each.arn}:")]
        if not owner:
            raise OpsError(f"{reference} is of no function of this stack: {_titles(functions)}")
        return owner[0], reference
    prefix = reference.removesuffix(CUT)
    if NAME.fullmatch(prefix):
        found = [
            (each, function)
            for function in functions
            for each in listed(function, DurableExecutionName=prefix)
        ] or _beginning_with(functions, prefix)
        if found:
            execution, function = max(found, key=lambda each: _started(each[0]))
            return function, execution["DurableExecutionArn"]
    raise OpsError(
        f"no execution {reference!r} of {_titles(functions)}, nor one whose name begins so; durable list shows "
        "those there are"
    )


def _beginning_with(functions: list[Function], prefix: str) -> list[tuple[dict[str, Any], Function]]:
    found = [
        (each, function)
        for function in functions
        for each in islice(listed(function, MaxItems=SEARCHED), SEARCHED)
        if each["DurableExecutionName"].startswith(prefix)
    ]
    names = {(function.title, each["DurableExecutionName"]): each for each, function in reversed(found)}
    if len(names) > 1:
        several = sorted(names.items(), key=lambda each: _started(each[1]), reverse=True)
        lines = [
            f"  {name}  {each['Status']}  {title}, started {ago(each['StartTimestamp'])}"
            for (title, name), each in several[:SHOWN]
        ]
        more = f"\n  and {len(several) - SHOWN} more" if len(several) > SHOWN else ""
        raise OpsError(f"{len(several)} executions begin with {prefix!r}:\n" + "\n".join(lines) + more)
    return found


def listed(function: Function, **request: Any) -> Iterator[dict[str, Any]]:
    """Yield executions of a function, the newest first."""
    pages = function.client().get_paginator("list_durable_executions_by_function")
    for page in pages.paginate(FunctionName=function.arn, **request):
        yield from page["DurableExecutions"]


def _started(execution: dict[str, Any]) -> datetime:
    started: datetime = execution["StartTimestamp"]
    return started


def _titles(functions: Iterable[Function]) -> str:
    return ", ".join(sorted(each.title for each in functions))
