"""Retry failed executions, and redrive dead letter queues."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ..console import Execution, Last, Stack, Title, Yes, confirmed, counted, out
from ..executions import IN_FLIGHT
from ..selection import NAME, selected
from ..service_errors import error_code
from ..stack import CommandError, functions_of, select_functions
from ..terminal import shown, visible
from .listing import moment


def retry(
    execution: Execution = None,
    *,
    last: Last = False,
    stack: Stack = None,
    name: Annotated[
        str | None,
        typer.Option(help="The new execution's name. Default: the old name and -retry-1, -retry-2, ..."),
    ] = None,
    failed_since: Annotated[
        datetime | None,
        typer.Option(
            parser=moment,
            metavar="TIME",
            help="Retry all that failed or timed out since then (6h, 2d, or a time), and have no retry yet.",
        ),
    ] = None,
    function: Annotated[
        list[str] | None,
        typer.Option(help="With --failed-since: only executions of this function; may be repeated."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Retry executions: with the same input under a new name, on the alias's current version."""
    if name is not None and not NAME.fullmatch(name):
        raise typer.BadParameter(
            f"--name {visible(name)!r}: 1 to 64 letters, digits, hyphens and underscores are allowed"
        )
    if failed_since is None:
        if function:
            raise typer.BadParameter("--function can only be used with --failed-since")
        _retry_one(stack, execution, name, last=last, yes=yes)
        return
    if execution is not None or last or name is not None:
        raise typer.BadParameter(
            "--failed-since selects several executions; leave out the execution, --last and --name"
        )
    _retry_many(stack, failed_since, function or [], yes=yes)


def _retry_one(stack: str | None, execution: str | None, name: str | None, *, last: bool, yes: bool) -> None:
    from .. import retrying  # noqa: PLC0415 - needed here only

    function, arn = selected(stack, execution, last=last)
    old = arn.split("/")[-2]
    status = function.client().get_durable_execution(DurableExecutionArn=arn)["Status"]
    if status in IN_FLIGHT:
        raise CommandError(f"{old} is {status}: wait until it ends, or stop it with durable stop {old}")
    if status == "SUCCEEDED" and not confirmed(
        f"{old} has SUCCEEDED. Do everything that it does once more?", yes=yes
    ):
        raise typer.Exit(1)
    new = name or retrying.retries_of(function, old)[0]
    _started(old, retrying.retry(function, arn, new))


def _retry_many(stack: str | None, since: datetime, titles: list[str], *, yes: bool) -> None:
    from .. import retrying  # noqa: PLC0415 - as above

    to_retry = []
    for function in select_functions(functions_of(stack), titles):
        for execution, skip_reason, new in retrying.failed_since(function, since):
            name = shown(execution["DurableExecutionName"])
            if skip_reason:
                out.print(f"  {name} is not retried: {shown(skip_reason)}", soft_wrap=True)
            else:
                out.print(f"  {name}  {shown(execution['Status'])}  {shown(function.title)}", soft_wrap=True)
                to_retry.append((function, execution["DurableExecutionArn"], new))
    if not to_retry:
        out.print("nothing to retry")
        return
    if not confirmed(f"Retry {counted(len(to_retry), 'execution')}?", yes=yes):
        raise typer.Exit(1)
    failed = 0
    # Oldest first, in their original order.
    for function, arn, new in reversed(to_retry):
        old = arn.split("/")[-2]
        try:
            _started(old, retrying.retry(function, arn, new))
        except Exception as error:
            if not (isinstance(error, CommandError) or error_code(error)):
                raise
            failed += 1
            out.print(f"[red]✗[/red] {shown(old)}: {shown(error)}", soft_wrap=True)
    raise typer.Exit(1 if failed else 0)


def redrive(
    function: Title,
    *,
    stack: Stack = None,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number of events.")] = 1000,
    yes: Yes = False,
) -> None:
    """Start executions with the events in a function's dead letter queue, and delete those events from it.

    Each execution is named after its message, so that none starts twice. An event that fails again comes back into the
    queue.
    """
    from .. import retrying  # noqa: PLC0415 - needed here only

    (target,) = select_functions(functions_of(stack), [function])
    queue = retrying.dead_letters_of(target)
    waiting, hidden = queue.waiting
    if not waiting:
        in_progress = (
            f", except for {counted(hidden, 'event')} that somebody has received but not deleted yet"
            if hidden
            else ""
        )
        out.print(f"[green]✓[/green] {shown(queue.name)} is empty{in_progress}", soft_wrap=True)
        return
    events = f"{min(waiting, limit):,} of about {counted(waiting, 'event')} in {queue.name}"
    if not confirmed(f"Start {target.title}:{target.alias} with {events}?", yes=yes):
        raise typer.Exit(1)
    failed = 0
    for message in queue.messages(datetime.now(UTC), limit):
        identity = shown(message["MessageId"])
        try:
            arn = retrying.redrive(target, message)
        except Exception as error:
            if not (isinstance(error, CommandError) or error_code(error)):
                raise
            failed += 1
            out.print(f"[red]✗[/red] {identity} stays in the queue: {shown(error)}", soft_wrap=True)
            queue.leave(message)
            continue
        queue.delete(message)
        _started(message["MessageId"], arn)
    raise typer.Exit(1 if failed else 0)


def _started(old: str, arn: str) -> None:
    out.print(f"[green]✓[/green] {shown(old)} → [bold]{shown(arn.split('/')[-2])}[/bold]", soft_wrap=True)
