"""Shell completion: a stack's functions and newest executions."""

from itertools import islice

import typer

from .selection import executions_of
from .stack import functions_of

MAX_OFFERED = 50
"""How many of each function's newest executions are offered."""


def functions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the functions whose names start with this text; none if the stack cannot be read."""
    try:
        titles = functions_of(context.params.get("stack"))
    except Exception:  # noqa: BLE001, RUF100 - shell completion cannot show an error
        return []
    return [title for title in titles if title.startswith(incomplete)]


def executions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the executions whose names start with this text, newest first; none if they cannot be listed."""
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
