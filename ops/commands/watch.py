"""See what executions do and have done."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from .. import executions
from ..console import AsJson, Stack, Titles, coloured, lasted, out, pretty, print_json, since, when
from ..history import History
from ..page import page
from ..stack import chosen, functions_of
from ..terminal import shown, shown_lines
from ..timeline import LiveTimeline, headline, timeline

Execution = Annotated[str, typer.Argument(help="Its name, or its ARN. Of several of that name, the newest.")]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Status(StrEnum):
    """What executions can be."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    STOPPED = "STOPPED"
    PAUSING = "PAUSING"
    PAUSED = "PAUSED"


def moment(text: str) -> datetime:
    """Read a time: how long ago (90s, 15m, 6h, 2d), or ISO 8601.

    Raises:
        BadParameter: it is neither.
    """
    try:
        if text[-1:] in UNITS and text[:-1].isdigit():
            return datetime.now(UTC) - timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is neither like 15m, 6h or 2d nor a time like 2026-11-24T09:00"
        ) from None
    return found.astimezone()


def list_executions(
    titles: Titles = None,
    *,
    stack: Stack = None,
    status: Annotated[
        list[Status] | None, typer.Option(help="Only with this status; may be repeated.")
    ] = None,
    since_: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            parser=moment,
            metavar="TIME",
            help="Only those started after this: 15m, 6h or 2d ago, or a time.",
        ),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(parser=moment, metavar="TIME", help="Only those started before this.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="How many of each function at most, the newest first.")
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """List executions, the newest first."""
    request: dict[str, Any] = {}
    if status:
        request["Statuses"] = [each.value for each in status]
    if since_:
        request["StartedAfter"] = since_
    if until:
        request["StartedBefore"] = until
    rows, more = [], []
    for function in chosen(functions_of(stack), titles or []):
        pages = function.client().get_paginator("list_durable_executions_by_function")
        found = (
            each
            for listed in pages.paginate(FunctionName=function.arn, **request)
            for each in listed["DurableExecutions"]
        )
        rows += [(function.title, each) for each in islice(found, limit)]
        if next(found, None):
            more.append(function.title)
    rows.sort(key=lambda row: row[1]["StartTimestamp"], reverse=True)
    if as_json:
        print_json([{"function": title, **each} for title, each in rows])
        return
    table = Table("execution", "status", "function", "version", "started", "took", box=None, pad_edge=False)
    for title, each in rows:
        table.add_row(
            shown(each["DurableExecutionName"]),
            coloured(each["Status"]),
            shown(title),
            shown(each["DurableExecutionArn"].split("/")[0].split(":")[-1]),
            when(each["StartTimestamp"]),
            since(each["StartTimestamp"], each.get("EndTimestamp")),
        )
    out.print(table if rows else "no executions")
    if more:
        out.print(f"[dim]there are more of {shown(', '.join(more))}: --limit, --since, --status[/dim]")


def show(execution: Execution, *, stack: Stack = None, as_json: AsJson = False) -> None:
    """Show an execution: its input, what it waits for, its result or error."""
    function, arn = executions.find(functions_of(stack).values(), execution)
    client = function.client()
    found = client.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=True)
    past = History(executions.history(client, arn))
    waiting = past.open_operations()
    if as_json:
        found.pop("ResponseMetadata", None)
        print_json({**found, "function": function.title, "waits_for": [each.as_json() for each in waiting]})
        return
    out.print(headline(found))
    out.print(f"  {shown(arn)}", soft_wrap=True)
    out.print(
        f"  started {when(found['StartTimestamp'])}, took {since(found['StartTimestamp'], found.get('EndTimestamp'))}"
        if "EndTimestamp" in found
        else f"  started {when(found['StartTimestamp'])}, {since(found['StartTimestamp'], None)} ago"
    )
    out.print(f"  {len(past.operations):,} operations in {past.invocations:,} invocations")
    for each in waiting:
        until = f", until {when(each.until)}" if each.until else ""
        called = f", invoked {each.invoked}" if each.invoked else ""
        out.print(
            f"  [cyan]…[/cyan] {each.kind} {shown(each.title)} for {lasted(each.seconds())}{until}{shown(called)}"
        )
    out.print(f"\n[bold]Input[/bold]\n{pretty(found.get('InputPayload'))}", soft_wrap=True)
    if error := found.get("Error"):
        out.print(
            f"\n[bold]Error[/bold]\n[red]{shown(error.get('ErrorType'))}[/red]: {shown_lines(error.get('ErrorMessage'))}",
            soft_wrap=True,
        )
        for line in error.get("StackTrace", []):
            out.print(f"  [dim]{shown_lines(line.rstrip(), '  ')}[/dim]", soft_wrap=True)
    elif "EndTimestamp" in found:
        out.print(f"\n[bold]Result[/bold]\n{pretty(found.get('Result'))}", soft_wrap=True)
    name = shown(found["DurableExecutionName"])
    if any(each.callback_id for each in waiting):
        out.print(f"\n[dim]durable approve {name}   durable callback success {name} --result '{{...}}'[/dim]")
    else:
        out.print(f"\n[dim]durable history {name}   durable logs {name}[/dim]")


def history(
    execution: Execution,
    *,
    stack: Stack = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until it has ended, a line for each operation.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write it as a page of its own, which opens offline.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the operations of an execution in time: steps, attempts, waits, callbacks, invokes, children."""
    function, arn = executions.find(functions_of(stack).values(), execution)
    client = function.client()
    if follow:
        follow_execution(client, arn, quiet=False)
    found = client.get_durable_execution(DurableExecutionArn=arn)
    past = History(executions.history(client, arn))
    if as_json:
        print_json([each.as_json() for each in past.walk()])
    if html:
        html.write_text(page(found, past, datetime.now(UTC)), encoding="utf-8")
        out.print(f"[green]✓[/green] written: {shown(str(html))}", soft_wrap=True)
    if not (follow or html or as_json):
        out.print(headline(found))
        out.print(timeline(past), soft_wrap=True)
        took = since(found["StartTimestamp"], found.get("EndTimestamp"))
        out.print(f"[dim]{len(past.operations):,} operations, {past.invocations:,} invocations, {took}[/dim]")


def follow_execution(client: Any, arn: str, *, quiet: bool) -> None:
    """Print an execution's operations as they happen, until it has ended; Ctrl-C leaves it running."""
    live = LiveTimeline(out)
    if quiet:
        for _ in executions.follow(client, arn):
            pass
        return
    name = arn.split("/")[-2]
    try:
        with out.status("waiting for its first operation") as status:
            for event in executions.follow(client, arn):
                live.add(event)
                status.update(shown(live.doing()))
    except KeyboardInterrupt:
        out.print(
            f"\n[yellow]not followed any more; it goes on:[/yellow] durable history {shown(name)} --follow"
        )
        raise typer.Exit(1) from None
    assert live.history.execution is not None  # noqa: S101 - the last event is its end
    ended = live.history.execution
    out.print(f"  {coloured(ended.status)} after {lasted(ended.seconds())}")
