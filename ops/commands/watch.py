"""See what executions do and have done."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import executions
from ..console import (
    AsJson,
    Execution,
    Last,
    Stack,
    coloured,
    counted,
    lasted,
    out,
    pretty,
    print_json,
    since,
    when,
)
from ..finding import meant
from ..history import History
from ..terminal import shown, shown_lines
from ..timeline import LiveTimeline, headline, timeline


def show(
    execution: Execution = None, *, last: Last = False, stack: Stack = None, as_json: AsJson = False
) -> None:
    """Show an execution: its input, what it waits for, its result or error."""
    function, arn = meant(stack, execution, last=last)
    client = function.client()
    found = client.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=True)
    past = History(executions.history(client, arn))
    waiting = past.open_operations()
    if as_json:
        found.pop("ResponseMetadata", None)
        print_json({**found, "function": function.title, "waits_for": [each.as_json() for each in waiting]})
        return
    out.print(headline(found), soft_wrap=True)
    out.print(f"  {shown(arn)}", soft_wrap=True)
    out.print(
        f"  started {when(found['StartTimestamp'])}, took {since(found['StartTimestamp'], found.get('EndTimestamp'))}"
        if "EndTimestamp" in found
        else f"  started {when(found['StartTimestamp'])}, {since(found['StartTimestamp'], None)} ago"
    )
    out.print(f"  {counted(len(past.operations), 'operation')} in {counted(past.invocations, 'invocation')}")
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
    execution: Execution = None,
    *,
    last: Last = False,
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
    function, arn = meant(stack, execution, last=last)
    client = function.client()
    if follow:
        follow_execution(client, arn, quiet=False)
    found = client.get_durable_execution(DurableExecutionArn=arn)
    past = History(executions.history(client, arn))
    if as_json:
        print_json([each.as_json() for each in past.walk()])
    if html:
        from ..page import page  # noqa: PLC0415 - its templates take a third of a second

        html.write_text(page(found, past, datetime.now(UTC)), encoding="utf-8")
        out.print(f"[green]✓[/green] written: {shown(str(html))}", soft_wrap=True)
    if not (follow or html or as_json):
        out.print(headline(found), soft_wrap=True)
        out.print(timeline(past), soft_wrap=True)
        took = since(found["StartTimestamp"], found.get("EndTimestamp"))
        out.print(
            f"[dim]{counted(len(past.operations), 'operation')}, {counted(past.invocations, 'invocation')}, {took}[/dim]"
        )


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
