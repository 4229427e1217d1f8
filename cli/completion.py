"""What a shell completes: the functions of a stack, and its newest executions."""

from itertools import islice

import typer

from .selection import executions_of
from .stack import functions_of

MAX_OFFERED = 50
"""How many of each function's executions, the newest."""


def functions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the functions whose names begin so; none if the stack cannot be asked."""
    try:
        titles = functions_of(context.params.get("stack"))
    except Exception:  # noqa: BLE001, RUF100 - a shell that completes has no place for an error
        return []
    return [title for title in titles if title.startswith(incomplete)]


def executions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the executions whose names begin so, the newest first; none if nobody can be asked."""
    try:
        started = [
            (execution["StartTimestamp"], execution["DurableExecutionName"])
            for function in functions_of(context.params.get("stack")).values()
            for execution in islice(executions_of(function, MaxItems=MAX_OFFERED), MAX_OFFERED)
        ]
    except Exception:  # noqa: BLE001, RUF100 - as above
        return []
    names = [name for _, name in sorted(started, reverse=True) if name.startswith(incomplete)]
    return list(dict.fromkeys(names))
