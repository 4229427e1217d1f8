"""Show what executions do and have done."""

import shlex
from collections.abc import Iterator
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
    elapsed,
    format_duration,
    out,
    pretty,
    print_json,
    terminal_width,
    when,
)
from ..history import History, Operation, error_type
from ..selection import selected
from ..terminal import shown, shown_lines
from ..timeline import LiveTimeline, headline, next_attempt, timeline


def show(
    execution: Execution = None, *, last: Last = False, stack: Stack = None, as_json: AsJson = False
) -> None:
    """Show an execution: its input, what it waits for, when it times out, its result or error."""
    function, arn = selected(stack, execution, last=last)
    client = function.client()
    details = client.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=True)
    past = History(executions.history_events(client, arn))
    waiting = past.open_operations()
    if as_json:
        details.pop("ResponseMetadata", None)
        print_json(
            {
                **details,
                "function": function.title,
                "waits_for": [operation.as_json() for operation in waiting],
            }
        )
        return
    out.print(headline(details), soft_wrap=True)
    out.print(f"  {shown(arn)}", soft_wrap=True)
    out.print(
        f"  started {when(details['StartTimestamp'])}, took {elapsed(details['StartTimestamp'], details.get('EndTimestamp'))}"
        if "EndTimestamp" in details
        else f"  started {when(details['StartTimestamp'])}, {elapsed(details['StartTimestamp'], None)} ago"
    )
    for line in _deadline(details):
        out.print(f"  {line}", soft_wrap=True)
    out.print(f"  {_work(past)}")
    for operation in waiting:
        _show_open(operation)
    out.print(f"\n[bold]Input[/bold]\n{pretty(details.get('InputPayload'))}", soft_wrap=True)
    if error := details.get("Error"):
        out.print(
            f"\n[bold]Error[/bold]\n[red]{shown(error_type(error))}[/red]: {shown_lines(error.get('ErrorMessage'))}",
            soft_wrap=True,
        )
        if cause := past.cause_of(error):
            attempt = f", attempt {cause.attempts}" if cause.attempts else ""
            same = error_type(cause.error) == error_type(error)
            own = "" if same else f": [red]{shown_lines(cause.error_text, '  ')}[/red]"
            out.print(f"  by {cause.kind} {shown(cause.title)}{attempt}{own}", soft_wrap=True)
        for line in error.get("StackTrace") or []:
            out.print(f"  [dim]{shown_lines(str(line).rstrip(), '  ')}[/dim]", soft_wrap=True)
    elif "EndTimestamp" in details:
        out.print(f"\n[bold]Result[/bold]\n{pretty(details.get('Result'))}", soft_wrap=True)
    name = shown(details["DurableExecutionName"])
    if any(operation.callback_id for operation in waiting):
        out.print(
            f"\n[dim]durable approve {name}\ndurable callback success {name} --result '{{...}}'[/dim]",
            soft_wrap=True,
        )
    else:
        out.print(f"\n[dim]durable history {name}\ndurable logs {name}[/dim]", soft_wrap=True)


def _show_open(operation: Operation) -> None:
    """Show what an execution waits for, and why a step that is tried again has failed."""
    until = f", until {when(operation.until)}" if operation.until else ""
    called = f", invoked {operation.invoked}" if operation.invoked else ""
    if operation.next_attempt:
        attempt = f"; {next_attempt(operation, datetime.now(UTC))}"
    else:
        attempt = f", attempt {operation.attempts}" if operation.attempts > 1 else ""
    out.print(
        f"  [cyan]…[/cyan] {operation.kind} {shown(operation.title)} for {format_duration(operation.seconds())}"
        f"{attempt}{until}{shown(called)}",
        soft_wrap=True,
    )
    if operation.error_text:
        failed = operation.attempts if operation.next_attempt else operation.attempts - 1
        out.print(
            f"    attempt {failed} failed: [red]{shown_lines(operation.error_text, '    ')}[/red]",
            soft_wrap=True,
        )


def _deadline(details: dict[str, Any]) -> Iterator[str]:
    """Yield when and why a pause was requested, and when the execution times out; Lambda omits what does not apply."""
    pause = details.get("PauseDetails") or {}
    if pause:
        reason = f": {shown(pause['Reason'])}" if pause.get("Reason") else ""
        yield f"pause requested {when(pause['PauseRequestTimestamp'])}{reason}"
    if timeout := details.get("ExpectedExecutionTimeoutTimestamp"):
        paused = "; the execution timeout is paused too" if pause.get("ExecutionTimeoutPaused") else ""
        yield f"times out {when(timeout)}{' at the latest' if paused else ''}{paused}"


def history(
    execution: Execution = None,
    *,
    last: Last = False,
    stack: Stack = None,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", "-f", help="Follow the execution until it ends, with a line for each operation."
        ),
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write it to this file as a self-contained HTML page.")
    ] = None,
    trace: Annotated[
        bool,
        typer.Option(
            "--trace",
            help="Also show the stack traces of errors. AWS's SDKs for Python and Node.js send none; see durable logs.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show an execution's operations over time: steps, attempts, waits, callbacks, invokes, child contexts."""
    function, arn = selected(stack, execution, last=last)
    client = function.client()
    if follow:
        follow_execution(client, arn, quiet=False)
    details = client.get_durable_execution(DurableExecutionArn=arn)
    past = History(executions.history_events(client, arn))
    if as_json:
        print_json([operation.as_json() for operation in past.walk()])
    if html:
        from ..page import page  # noqa: PLC0415 - its templates take a third of a second

        html.write_text(page(details, past, datetime.now(UTC)), encoding="utf-8")
        out.print(f"[green]✓[/green] written: {shown(str(html))}", soft_wrap=True)
    if not (follow or html or as_json):
        out.print(headline(details), soft_wrap=True)
        out.print(timeline(past, width=terminal_width(), trace=trace), soft_wrap=True)
        _show_missing_error(details, past, trace=trace)
        took = elapsed(details["StartTimestamp"], details.get("EndTimestamp"))
        out.print(f"[dim]{_work(past)}, {took}[/dim]")
        _show_where_traces_are(details, past, trace=trace)


def _work(past: History) -> str:
    """Return how much an execution has done; invocations are counted when they end, so a running one is not."""
    operations = counted(len(past.operations), "operation")
    if len(past.operations) > 0.9 * executions.MAX_OPERATIONS:
        operations += f" of the {executions.MAX_OPERATIONS:,} at which Lambda ends an execution"
    if past.invocations:
        return f"{operations} in {counted(past.invocations, 'invocation')}"
    return operations if past.ended else f"{operations} so far"


def _show_missing_error(details: dict[str, Any], past: History, *, trace: bool) -> None:
    """Show the execution's error if no event contains it."""
    error = details.get("Error") or {}
    if not error or (past.execution and past.execution.error_text):
        return
    out.print(
        f"   [red]{shown(error_type(error))}: {shown_lines(error.get('ErrorMessage'))}[/red]",
        soft_wrap=True,
    )
    for line in error.get("StackTrace") or [] if trace else []:
        out.print(f"     [dim]{shown_lines(str(line).rstrip(), '     ')}[/dim]", soft_wrap=True)


def _show_where_traces_are(details: dict[str, Any], past: History, *, trace: bool) -> None:
    failed = [operation for operation in past.operations if operation.error]
    errors = [details.get("Error") or {}, *(operation.error for operation in failed)]
    sent = any(error.get("StackTrace") for error in errors)
    if sent and not trace:
        out.print("[dim]--trace shows the stack traces[/dim]")
    elif trace and any(errors) and not sent:
        logs = f"durable logs {shown(details['DurableExecutionName'])}"
        out.print(
            f"[dim]the handler's SDK has sent no stack trace; what it has logged: {logs}[/dim]",
            soft_wrap=True,
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
                operation = live.add(event)
                if operation and event["EventType"] == "CallbackStarted":
                    _show_how_to_answer(name, operation, live.history)
                status.update(shown(live.doing()))
    except KeyboardInterrupt:
        out.print(
            f"\n[yellow]no longer followed; the execution continues:[/yellow] durable history {shown(name)} --follow"
        )
        raise typer.Exit(1) from None
    assert live.history.execution is not None  # noqa: S101 - the last event is its end
    ended = live.history.execution
    out.print(f"  {coloured(ended.status)} after {format_duration(ended.seconds())}")


def _show_how_to_answer(execution: str, callback: Operation, past: History) -> None:
    """Show how to answer the callback that an execution waits for; if there are several, by its name."""
    several = sum(1 for operation in past.operations if operation.callback_id and operation.is_open) > 1
    words = shlex.join([execution, *([callback.title] if several else [])])
    out.print(
        f"{' ' * 14}[cyan]→[/cyan] durable approve {shown(words)}   "
        f"durable callback success {shown(words)} --result '{{...}}'",
        soft_wrap=True,
    )
