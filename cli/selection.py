"""Selects the execution that a user means: by its name, a unique prefix of it, its ARN, or as the newest one."""

import re
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import typer

from .console import ago
from .executions import HISTORY_SECONDS, history_events
from .executions import request_ids as request_ids_of
from .service_errors import error_code
from .stack import CommandError, Function, functions_of

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""What Lambda accepts as the name of an execution."""
MAX_SEARCHED = 1000
"""Among how many of a function's newest executions a prefix is searched: one page of a list."""
MAX_HISTORIES = 20
"""Of how many of a function's newest executions the invocations are looked up: two seconds."""
MAX_SHOWN = 8
ELLIPSIS = "…"
"""The end of a name that `durable list` has cut."""


def selected(stack: str | None, reference: str | None, *, last: bool = False) -> tuple[Function, str]:
    """Return the function and the ARN of the execution that a command's arguments select.

    Raises:
        BadParameter: neither a reference nor `last` is given, or both are.
        CommandError: there is no such execution.
    """
    if last == (reference is not None):
        raise typer.BadParameter("name one execution, or pass --last for the newest one")
    functions = functions_of(stack).values()
    return newest_execution(functions) if reference is None else find_execution(functions, reference)


def newest_execution(functions: Iterable[Function]) -> tuple[Function, str]:
    """Return the function and the ARN of the execution that started last.

    Raises:
        CommandError: there is none.
    """
    functions = list(functions)
    matches = [
        (execution, function)
        for function in functions
        for execution in islice(executions_of(function, MaxItems=1), 1)
    ]
    if not matches:
        raise CommandError(f"no executions of {_titles(functions)} yet; durable invoke starts one")
    execution, function = max(matches, key=lambda match: _started(match[0]))
    return function, execution["DurableExecutionArn"]


def find_execution(functions: Iterable[Function], reference: str) -> tuple[Function, str]:
    """Return the function and the ARN of an execution.

    Args:
        functions: the functions whose executions are searched.
        reference: its name, a unique prefix of it, or its ARN. Of several with the same name, the newest is selected.

    Raises:
        CommandError: no execution has that name or prefix, or several have that prefix.
    """
    functions = list(functions)
    if reference.startswith("arn:"):
        owners = [function for function in functions if reference.startswith(f"{function.arn}:")]
        if not owners:
            raise CommandError(f"{reference} belongs to none of this stack's functions: {_titles(functions)}")
        return owners[0], reference
    prefix = reference.removesuffix(ELLIPSIS)
    if NAME.fullmatch(prefix):
        matches = [
            (execution, function)
            for function in functions
            for execution in executions_of(function, DurableExecutionName=prefix)
        ] or _beginning_with(functions, prefix)
        if matches:
            execution, function = max(matches, key=lambda match: _started(match[0]))
            return function, execution["DurableExecutionArn"]
    raise CommandError(
        f"no execution of {_titles(functions)} has the name {reference!r}, or one that starts with it; durable list "
        "shows them"
    )


def _beginning_with(functions: list[Function], prefix: str) -> list[tuple[dict[str, Any], Function]]:
    matches = [
        (execution, function)
        for function in functions
        for execution in islice(executions_of(function, MaxItems=MAX_SEARCHED), MAX_SEARCHED)
        if execution["DurableExecutionName"].startswith(prefix)
    ]
    names = {
        (function.title, execution["DurableExecutionName"]): execution
        for execution, function in reversed(matches)
    }
    if len(names) > 1:
        several = sorted(names.items(), key=lambda item: _started(item[1]), reverse=True)
        lines = [
            f"  {name}  {execution['Status']}  {title}, started {ago(execution['StartTimestamp'])}"
            for (title, name), execution in several[:MAX_SHOWN]
        ]
        more = f"\n  and {len(several) - MAX_SHOWN} more" if len(several) > MAX_SHOWN else ""
        raise CommandError(f"{len(several)} executions start with {prefix!r}:\n" + "\n".join(lines) + more)
    return matches


def executions_of(function: Function, **request: Any) -> Iterator[dict[str, Any]]:
    """Yield a function's executions, newest first."""
    pages = function.client().get_paginator("list_durable_executions_by_function")
    for page in pages.paginate(FunctionName=function.arn, **request):
        yield from page["DurableExecutions"]


def names_of(client: Any, function: Function, request_ids: set[str]) -> dict[str, str]:
    """Return the names of the executions to which invocations belong, as far as the newest executions' histories say."""
    names: dict[str, str] = {}
    if not request_ids:
        return names
    try:
        for execution in islice(executions_of(function, MaxItems=MAX_HISTORIES), MAX_HISTORIES):
            time.sleep(HISTORY_SECONDS)
            events = history_events(client, execution["DurableExecutionArn"], data=False)
            names |= dict.fromkeys(request_ids_of(events), execution["DurableExecutionName"])
            if request_ids <= names.keys():
                break
    except Exception as error:
        # Who may read the logs may not have the right to read executions.
        if not error_code(error):
            raise
    return names


def _started(execution: dict[str, Any]) -> datetime:
    started: datetime = execution["StartTimestamp"]
    return started


def _titles(functions: Iterable[Function]) -> str:
    return ", ".join(sorted(function.title for function in functions))
