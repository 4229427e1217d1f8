"""List executions."""

import fnmatch
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Annotated, Any

import typer

from .. import executions
from ..console import AsJson, Stack, Titles, out, print_json, terminal_width
from ..execution_table import Row, table
from ..history import History
from ..selection import executions_of
from ..stack import Function, functions_of, select_functions
from ..terminal import Terminal, shown

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
PATTERN = "*?["
MAX_SEARCHED = 10_000
"""Among how many of a function's newest executions a pattern is searched."""
PAGE = 1000
WATCH_SECONDS = 2.0


class Status(StrEnum):
    """The statuses of executions."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    STOPPED = "STOPPED"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"
    DELETING = "DELETING"


def moment(text: str) -> datetime:
    """Parse a time: how long ago (90s, 15m, 6h, 2d), or ISO 8601.

    Raises:
        BadParameter: it is neither.
    """
    try:
        if text[-1:] in UNITS and text[:-1].isdigit():
            return datetime.now(UTC) - timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is neither a duration like 15m, 6h or 2d nor a time like 2026-11-24T09:00"
        ) from None
    return time.astimezone()


def list_executions(
    titles: Titles = None,
    *,
    stack: Stack = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(metavar="STATUS", help=f"Only with this status; may be repeated: {', '.join(Status)}."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Only with this name; * and ? match any characters: 'order-*'.")
    ] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="Only executions in flight, with what each waits for.")
    ] = False,
    since_: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=moment,
            metavar="TIME",
            help="Only executions that started after this: 15m, 6h or 2d ago, or a time.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(parser=moment, metavar="TIME", help="Only executions that started before this."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number of executions.")] = 20,
    watch: Annotated[
        bool, typer.Option("--watch", help="Refresh the list every two seconds, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List executions, newest first."""
    if waiting and (ended := [item.value for item in status or [] if item not in executions.IN_FLIGHT]):
        raise typer.BadParameter(
            f"--waiting shows executions in flight; leave out --status {', '.join(ended)}"
        )
    if watch and (as_json or not out.is_terminal):
        raise typer.BadParameter("--watch needs a terminal, and cannot be used with --json")
    request: dict[str, Any] = {}
    if status or waiting:
        request["Statuses"] = [item.value for item in status or []] or list(executions.IN_FLIGHT)
    if since_:
        request["StartedAfter"] = since_
    if until:
        request["StartedBefore"] = until
    functions = select_functions(functions_of(stack), titles or [])

    def read() -> tuple[list[Row], list[str]]:
        return _rows(functions, request, name, limit, waiting=waiting)

    if watch:
        _watch(read)
        return
    rows, more = read()
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    _show(rows, more)


def _rows(
    functions: list[Function], request: dict[str, Any], name: str | None, limit: int, *, waiting: bool
) -> tuple[list[Row], list[str]]:
    """Return the newest executions, and the functions that have more."""
    rows: list[Row] = []
    more: list[str] = []
    for function in functions:
        matching = _matching(function, request, name)
        rows += [Row(function.title, execution) for execution in islice(matching, limit)]
        if next(matching, None):
            more.append(function.title)
    rows.sort(key=lambda row: row.started, reverse=True)
    more += [row.title for row in rows[limit:] if row.title not in more]
    rows = rows[:limit]
    if waiting:
        clients = {function.title: function.client() for function in functions}
        rows = [Row(row.title, row.execution, _waits_for(clients[row.title], row.execution)) for row in rows]
    return rows, list(dict.fromkeys(more))


def _matching(function: Function, request: dict[str, Any], name: str | None) -> Iterator[dict[str, Any]]:
    if name is None:
        return executions_of(function, **request)
    if not any(wildcard in name for wildcard in PATTERN):
        return executions_of(function, **request, DurableExecutionName=name)
    newest = executions_of(function, **request, PaginationConfig={"PageSize": PAGE})
    return (
        execution
        for execution in islice(newest, MAX_SEARCHED)
        if fnmatch.fnmatchcase(str(execution["DurableExecutionName"]), name)
    )


def _waits_for(client: Any, execution: dict[str, Any]) -> str:
    time.sleep(executions.HISTORY_SECONDS)
    past = History(executions.history_events(client, execution["DurableExecutionArn"]))
    return ", ".join(f"{operation.kind} {operation.title}" for operation in past.open_operations())


def _show(rows: list[Row], more: list[str]) -> None:
    width = terminal_width()
    # For a pipe, nothing is cut; `print` itself takes no more than a console's own width.
    console = out if width else Terminal(width=10_000)
    console.print(table(rows, width, datetime.now(UTC)) if rows else "no executions", crop=False)
    if more:
        out.print(
            f"[dim]there are more executions of {shown(', '.join(more))}; see --limit, --since, --status, --name[/dim]"
        )


def _watch(read: Callable[[], tuple[list[Row], list[str]]]) -> None:
    """Refresh a list until Ctrl-C, which is how it ends."""
    from rich.live import Live  # noqa: PLC0415 - needed here only

    try:
        with Live(console=out, auto_refresh=False, transient=False) as live:
            while True:
                rows, _ = read()
                live.update(table(rows[: max(out.height - 2, 1)], out.width, datetime.now(UTC)), refresh=True)
                time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        return


def _as_json(row: Row) -> dict[str, Any]:
    waits = {} if row.waits_for is None else {"waits_for": row.waits_for or None}
    return {"function": row.title, **row.execution, **waits}
