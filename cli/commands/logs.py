"""Show the logs of executions."""

import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from .. import executions, log_groups, log_lines
from ..console import AsJson, Last, Stack, completed_names, counted, out, print_json
from ..selection import find_execution, names_of, selected
from ..stack import Function, functions_of
from ..terminal import shown, shown_lines
from ..traces import Traces, short_paths
from .listing import moment

COLOURS = {"WARN": "yellow", "ERROR": "red", "FATAL": "red", "DEBUG": "dim", "TRACE": "dim"}
HIDDEN = {"operationId", "parentId", "logger", "errorType", "errorMessage", "stackTrace", "location"}
"""Fields that are of no use to people, since the operation's name and the error are shown; --json has them."""
WIDTH = 60
INDENT = " " * len("09:00:00.000 ")
"""Before the further lines of a message, which could pass for lines of the log."""
OF_LAMBDA = {"DEBUG", "TRACE"}
"""The levels of Lambda's own lines, which need no name."""
POLL_SECONDS = 2.0
RECENT = timedelta(minutes=15)
ARRIVING = timedelta(seconds=6)
"""How long most lines take to appear in the log group."""
LATE = timedelta(seconds=30)
"""How long after its time a line may appear in the log group."""


class LogLevel(StrEnum):
    """The levels of log lines."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def logs(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="EXECUTION|FUNCTION",
            help="An execution, as in other commands, or a function for the logs of all its executions.",
            autocompletion=completed_names,
        ),
    ] = None,
    *,
    last: Last = False,
    stack: Stack = None,
    level: Annotated[
        LogLevel,
        typer.Option(metavar="LEVEL", help=f"The lowest level to show: {', '.join(LogLevel)}."),
    ] = LogLevel.INFO,
    all_: Annotated[
        bool,
        typer.Option(
            "--all", help="Also show what later invocations have repeated, and stack traces in full."
        ),
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Follow the logs until the execution has ended, or until Ctrl-C."
        ),
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment, metavar="TIME", help="With a function: only lines since then. Default: 15m ago."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the logs of an execution, across its invocations, or of a function.

    Lines that later invocations of an execution repeat, for a replay or another attempt, are shown once, and so is a
    stack trace. Errors in its history, such as those of a step's attempts, are among them.
    """
    if follow and as_json:
        raise typer.BadParameter("--follow and --json cannot be used together")
    functions = functions_of(stack) if target is not None and not last else {}
    if target in functions:
        read = _of_function(functions[str(target)], since or datetime.now(UTC) - RECENT, follow=follow)
    else:
        if since is not None:
            raise typer.BadParameter("--since can only be used with a function")
        function, arn = (
            find_execution(functions.values(), target)
            if functions and target
            else selected(stack, target, last=last)
        )
        read = _of_execution(function, arn, follow=follow)
    try:
        _show(
            read,
            level.value,
            all_=all_,
            as_json=as_json,
            of_function=target in functions,
            live=follow,
        )
    except KeyboardInterrupt:
        return


def _of_execution(function: Function, arn: str, *, follow: bool) -> Iterator[log_lines.Line]:
    """Yield an execution's lines and errors, oldest first; read once more after its end, since lines arrive late."""
    client = function.client()
    group = log_groups.group_of(client, function, arn)
    seen: set[object] = set()
    while True:
        details = client.get_durable_execution(DurableExecutionArn=arn)
        events = [*executions.history_events(client, arn)]
        ids = executions.request_ids(events)
        lines = log_lines.merged(
            log_groups.lines_of(group, function.region, details, ids), log_lines.errors_in(events)
        )
        # The history has an error before its line, with the trace, has arrived in the log group.
        waiting_since = datetime.now(UTC) - ARRIVING
        yield from _new(
            (line for line in lines if line.is_logged or not follow or line.time < waiting_since), seen
        )
        if not follow:
            return
        follow = "EndTimestamp" not in details
        time.sleep(POLL_SECONDS)


def _of_function(function: Function, since: datetime, *, follow: bool) -> Iterator[log_lines.Line]:
    """Yield the lines of all executions of a function, with their names."""
    client = function.client()
    group = log_groups.group_of(client, function, f"{function.arn}:{function.alias}/")
    seen: set[object] = set()
    names: dict[str, str] = {}
    given_up: set[str] = set()
    while True:
        started = datetime.now(UTC)
        lines = [*_new(log_groups.lines_since(group, function.region, since), seen)]
        nameless = {line.request_id for line in lines if not line.execution and line.level not in OF_LAMBDA}
        names |= names_of(client, function, nameless - names.keys() - given_up - {""})
        # A history has an invocation's ID only when the invocation has ended, so a later line may find what this did not.
        given_up |= {line.request_id for line in lines if line.time < started - RECENT}
        for line in lines:
            line.execution = line.execution or names.get(line.request_id, "")
            yield line
        if not follow:
            return
        since = max(since, started - LATE)
        time.sleep(POLL_SECONDS)


def _new(lines: Iterable[log_lines.Line], seen: set[object]) -> Iterator[log_lines.Line]:
    for line in lines:
        events = {line.event, line.same_event} - {None}
        if not events & seen:
            yield line
        seen |= events


def _show(
    lines: Iterator[log_lines.Line], level: str, *, all_: bool, as_json: bool, of_function: bool, live: bool
) -> None:
    fold = not all_ and not of_function
    below: list[log_lines.Line] = []
    selected_lines: Iterable[log_lines.Line] = log_lines.at_least(lines, level, below)
    folded = log_lines.FoldedLines()
    if live:
        # A line that is already printed cannot count its later repetitions.
        selected_lines = (line for line in selected_lines if not fold or folded.add(line))
    elif fold:
        for line in selected_lines:
            folded.add(line)
        selected_lines = folded.lines
    if as_json:
        print_json([line.as_json() for line in selected_lines])
        return
    traces = Traces(full=all_)
    none = True
    for line in selected_lines:
        none = False
        _print(line, traces, of_function=of_function)
    if none and below:
        out.print(
            f"nothing logged at {level} or above; --level TRACE shows {len(below)} more", soft_wrap=True
        )
    elif none:
        out.print("nothing logged", soft_wrap=True)


def _print(line: log_lines.Line, traces: Traces, *, of_function: bool) -> None:
    colour = COLOURS.get(line.level, "default")
    time = f"{line.time.astimezone():%H:%M:%S}.{line.time.microsecond // 1000:03}"
    whose = f"[cyan]{shown(line.execution)}[/cyan] " if of_function and line.execution else ""
    first, *more = short_paths(line.message).split("\n")
    fields = " ".join(
        f"{key}={shortened(str(value))}" for key, value in line.fields.items() if key not in HIDDEN
    )
    again = f"(again in {counted(line.repeated, 'later invocation')})" if line.repeated else ""
    extra = "".join(f" [dim]{shown(text)}[/dim]" for text in (fields, again) if text)
    out.print(
        f"[dim]{time}[/dim] [{colour}]{shown(line.level):<5}[/{colour}] {whose}{shown_lines(first)}{extra}",
        soft_wrap=True,
    )
    more = [*more, *(text for frame in traces.lines(line.trace, time) for text in frame.split("\n"))]
    for text in more:
        out.print(f"{INDENT}{shown_lines(text)}", soft_wrap=True)


def shortened(text: str) -> str:
    """Return a text cut to what fits into a line."""
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
