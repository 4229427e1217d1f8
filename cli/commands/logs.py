"""What executions have logged, and log."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from .. import executions
from .. import logs as logged
from ..console import AsJson, Last, Stack, completed_names, out, print_json
from ..finding import find, meant
from ..stack import Function, functions_of
from ..terminal import shown, shown_lines
from .listing import moment

COLOURS = {"WARN": "yellow", "ERROR": "red", "FATAL": "red", "DEBUG": "dim", "TRACE": "dim"}
HIDDEN = {"operationId", "parentId"}
"""Fields that tell a person nothing: the operation's name is there; --json has them."""
WIDTH = 60
INDENT = " " * len("09:00:00.000 ")
"""Before the further lines of a message, which could look like lines of the log."""
POLL_SECONDS = 2.0
RECENT = timedelta(minutes=15)
LATE = timedelta(seconds=30)
"""How long after its time a line may come to be found."""


class Level(StrEnum):
    """How serious a line of the log is."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def logs(
    of: Annotated[
        str | None,
        typer.Argument(
            metavar="[EXECUTION|FUNCTION]",
            help="An execution, as elsewhere, or a function for what all its executions log.",
            autocompletion=completed_names,
        ),
    ] = None,
    *,
    last: Last = False,
    stack: Stack = None,
    level: Annotated[Level, typer.Option(help="The least serious that is shown.")] = Level.INFO,
    all_: Annotated[bool, typer.Option("--all", help="Show too what replays have repeated.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on, until the execution has ended, or until Ctrl-C.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(parser=moment, metavar="TIME", help="Of a function: since then. Default: 15m ago."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what an execution has logged, across its invocations, or a function.

    What replays of an execution repeat is folded into one line.
    """
    if follow and as_json:
        raise typer.BadParameter("--follow and --json exclude each other")
    functions = functions_of(stack) if of is not None and not last else {}
    if of in functions:
        read = _of_function(functions[str(of)], since or datetime.now(UTC) - RECENT, follow=follow)
    else:
        if since is not None:
            raise typer.BadParameter("--since goes with a function")
        function, arn = find(functions.values(), of) if functions and of else meant(stack, of, last=last)
        read = _of_execution(function, arn, follow=follow)
    try:
        _show(
            read,
            level.value,
            fold=not all_ and of not in functions,
            as_json=as_json,
            of_many=of in functions,
            live=follow,
        )
    except KeyboardInterrupt:
        return


def _of_execution(function: Function, arn: str, *, follow: bool) -> Iterator[logged.Line]:
    """Yield an execution's lines, the oldest first; once more after its end, since lines come late."""
    client = function.client()
    group = logged.group_of(client, function, arn)
    seen: set[object] = set()
    while True:
        found = client.get_durable_execution(DurableExecutionArn=arn)
        request_ids = [
            event["InvocationCompletedDetails"]["RequestId"]
            for event in executions.history(client, arn)
            if event.get("InvocationCompletedDetails", {}).get("RequestId")
        ]
        yield from _new(logged.lines_of(group, function.region, found, request_ids), seen)
        if not follow:
            return
        follow = "EndTimestamp" not in found
        time.sleep(POLL_SECONDS)


def _of_function(function: Function, since: datetime, *, follow: bool) -> Iterator[logged.Line]:
    """Yield the lines of all executions of a function."""
    group = logged.group_of(function.client(), function, f"{function.arn}:{function.alias}/")
    seen: set[object] = set()
    while True:
        begun = datetime.now(UTC)
        yield from _new(logged.lines_since(group, function.region, since), seen)
        if not follow:
            return
        since = max(since, begun - LATE)
        time.sleep(POLL_SECONDS)


def _new(lines: Iterable[logged.Line], seen: set[object]) -> Iterator[logged.Line]:
    for line in lines:
        if line.event not in seen:
            seen.add(line.event)
            yield line


def _show(
    lines: Iterator[logged.Line], level: str, *, fold: bool, as_json: bool, of_many: bool, live: bool
) -> None:
    kept: Iterable[logged.Line] = logged.at_least(lines, level)
    folded = logged.Folded()
    if live:
        # A repetition that is still to come cannot be counted in a line that stands already.
        kept = (line for line in kept if not fold or folded.add(line))
    elif fold:
        for line in kept:
            folded.add(line)
        kept = folded.lines
    if as_json:
        print_json([_as_json(line) for line in kept])
        return
    none = True
    for line in kept:
        none = False
        _print(line, of_many=of_many)
    if none:
        out.print(f"nothing logged at {level} or above; --level DEBUG shows more", soft_wrap=True)


def _print(line: logged.Line, *, of_many: bool) -> None:
    colour = COLOURS.get(line.level, "default")
    again = f" [dim](again in {line.repeated} replays)[/dim]" if line.repeated else ""
    fields = " ".join(
        f"{key}={shortened(str(value))}" for key, value in line.fields.items() if key not in HIDDEN
    )
    whose = f"[cyan]{shown(line.execution)}[/cyan] " if of_many and line.execution else ""
    out.print(
        f"[dim]{line.time.astimezone():%H:%M:%S}.{line.time.microsecond // 1000:03}[/dim] "
        f"[{colour}]{shown(line.level):<5}[/{colour}] {whose}{shown_lines(line.message, INDENT)} "
        f"[dim]{shown(fields)}[/dim]{again}",
        soft_wrap=True,
    )


def _as_json(line: logged.Line) -> dict[str, Any]:
    found = asdict(line)
    del found["event"]
    return found


def shortened(text: str) -> str:
    """Return a text cut to what fits into a line."""
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
