"""What a shell completes: the functions of a stack, and its newest executions."""

from itertools import islice

import typer

from .finding import listed
from .stack import functions_of

OFFERED = 50
"""How many of each function's executions, the newest."""


def functions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the functions whose names begin so; none if the stack cannot be asked."""
    try:
        found = functions_of(context.params.get("stack"))
    except Exception:  # noqa: BLE001, RUF100 - a shell that completes has no place for an error
        return []
    return [title for title in found if title.startswith(incomplete)]


def executions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the executions whose names begin so, the newest first; none if nobody can be asked."""
    try:
        found = [
            (each["StartTimestamp"], each["DurableExecutionName"])
            for function in functions_of(context.params.get("stack")).values()
            for each in islice(listed(function, MaxItems=OFFERED), OFFERED)
        ]
    except Exception:  # noqa: BLE001, RUF100 - as above
        return []
    names = [name for _, name in sorted(found, reverse=True) if name.startswith(incomplete)]
    return list(dict.fromkeys(names))
