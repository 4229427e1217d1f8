"""Answer callbacks that executions wait for."""

import getpass
import json
import time
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer

from .. import executions
from ..console import Execution, Last, Stack, out, when
from ..finding import meant
from ..history import History, Operation
from ..stack import OpsError
from ..terminal import shown, shown_lines

app = typer.Typer(help="Answer a callback that an execution waits for.", no_args_is_help=True)

Callback = Annotated[
    str | None, typer.Argument(help="The callback's name. Default: the only one that is waited for.")
]
CallbackId = Annotated[
    str | None, typer.Option("--id", help="The callback's ID, instead of execution and name.")
]
Wait = Annotated[bool, typer.Option("--wait", "-w", help="Until the callback is there, if it is not yet.")]
MAX_BYTES = 1024 * 1024
"""What Lambda takes as a callback's result."""


@app.command()
def success(
    execution: Execution = None,
    callback: Callback = None,
    *,
    last: Last = False,
    wait: Wait = False,
    stack: Stack = None,
    callback_id: CallbackId = None,
    result: Annotated[
        str, typer.Option(help="What the execution gets: JSON, or whatever it expects.")
    ] = "null",
) -> None:
    """Let an execution go on with a result."""
    client, found, what = _waited_for(stack, Asked(execution, callback, callback_id, last=last, wait=wait))
    _succeed(client, found, what, result)


@app.command()
def failure(
    execution: Execution = None,
    callback: Callback = None,
    *,
    last: Last = False,
    wait: Wait = False,
    stack: Stack = None,
    callback_id: CallbackId = None,
    message: Annotated[str, typer.Option(help="The error's message.")] = "",
    error_type: Annotated[str, typer.Option("--type", help="The error's type.")] = "CallbackError",
) -> None:
    """Let an execution go on with an error."""
    client, found, what = _waited_for(stack, Asked(execution, callback, callback_id, last=last, wait=wait))
    client.send_durable_execution_callback_failure(
        CallbackId=found, Error={"ErrorType": error_type, "ErrorMessage": message}
    )
    out.print(f"[green]✓[/green] {shown(what)} failed with {shown(error_type)}: {shown_lines(message)}")


@app.command()
def heartbeat(
    execution: Execution = None,
    callback: Callback = None,
    *,
    last: Last = False,
    wait: Wait = False,
    stack: Stack = None,
    callback_id: CallbackId = None,
) -> None:
    """Tell an execution that the work goes on, so that the callback does not time out."""
    client, found, what = _waited_for(stack, Asked(execution, callback, callback_id, last=last, wait=wait))
    client.send_durable_execution_callback_heartbeat(CallbackId=found)
    out.print(f"[green]✓[/green] {shown(what)} lives")


def approve(
    execution: Execution = None,
    callback: Callback = None,
    *,
    last: Last = False,
    wait: Wait = False,
    stack: Stack = None,
    reject: Annotated[bool, typer.Option("--reject", help="Say no.")] = False,
    by: Annotated[str | None, typer.Option(help="Who says so. Default: you.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
) -> None:
    """Say yes to an execution that waits for a person, or no.

    Sends {"approved": true, "by": "..."} as the result of its callback; `durable callback success` sends any other.
    """
    client, found, what = _waited_for(stack, Asked(execution, callback, None, last=last, wait=wait))
    answer = {"approved": not reject, "by": by or getpass.getuser()} | ({"reason": reason} if reason else {})
    _succeed(client, found, what, json.dumps(answer))


def _succeed(client: Any, callback_id: str, what: str, result: str) -> None:
    if len(result.encode()) > MAX_BYTES:
        raise typer.BadParameter(
            f"the result has {len(result.encode()):,} bytes; Lambda takes {MAX_BYTES:,}: put it into S3 and pass its place"
        )
    client.send_durable_execution_callback_success(CallbackId=callback_id, Result=result)
    out.print(f"[green]✓[/green] {shown(what)} gets {shown_lines(result)}", soft_wrap=True)


@dataclass(frozen=True)
class Asked:
    """Which callback a person means."""

    execution: str | None
    name: str | None
    callback_id: str | None
    last: bool = field(kw_only=True)
    wait: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        if self.callback_id is not None and (
            self.execution is not None or self.name is not None or self.last
        ):
            raise typer.BadParameter(
                "--id names the callback already; leave out the execution, the callback's name and --last"
            )
        if self.callback_id is None and self.execution is None and not self.last:
            raise typer.BadParameter("name the execution, say --last, or give the callback's --id")

    @property
    def of_last(self) -> "Asked":
        """With --last the first word is the callback."""
        if not self.last or self.execution is None:
            return self
        if self.name is not None:
            raise typer.BadParameter("name the execution, or say --last")
        return replace(self, execution=None, name=self.execution)


def _waited_for(stack: str | None, asked: Asked) -> tuple[Any, str, str]:
    """Return a client, the ID of the callback that is meant, and what to call it."""
    if asked.callback_id is not None:
        import boto3  # noqa: PLC0415 - only this command needs it without a function

        return boto3.client("lambda"), asked.callback_id, "the callback"
    asked = asked.of_last
    function, arn = meant(stack, asked.execution, last=asked.last)
    client, execution = function.client(), arn.split("/")[-2]
    found = _arrived(client, arn, asked)
    return client, found.callback_id or "", f"{execution}'s {asked.name or found.title}"


def _arrived(client: Any, arn: str, asked: Asked) -> Operation:
    """Return the callback that is meant; with --wait, once it is there."""
    execution = arn.split("/")[-2]
    while True:
        past = History(executions.history(client, arn))
        waiting = [each for each in past.operations if each.callback_id and each.is_open]
        if waiting or past.ended or not asked.wait:
            return callback_of(past, execution, asked.name)
        time.sleep(executions.POLL_SECONDS)


def callback_of(history: History, execution: str, name: str | None) -> Operation:
    """Return the callback that an execution waits for.

    Raises:
        OpsError: there is none, none of that name, or several.
    """
    waiting = [each for each in history.operations if each.callback_id and each.is_open]
    # What waits for a callback may be named after the context around it.
    parents = {each.id: each.name for each in history.operations}
    named = {each.id: {each.name, each.title, parents.get(each.parent_id or "", "")} for each in waiting}
    found = [each for each in waiting if name is None or name in named[each.id]]
    if len(found) == 1:
        return found[0]
    if not waiting and history.ended:
        raise OpsError(f"{execution} has ended; see durable show {execution}")
    if not waiting:
        raise OpsError(
            f"{execution} waits for no callback yet: {_doing(history)}; say --wait to answer as soon as it does"
        )
    listed = ", ".join(sorted(each.title for each in waiting))
    if not found:
        raise OpsError(f"{execution} waits for no callback {name!r}; it waits for {listed}")
    raise OpsError(
        f"{execution} waits for {len(found)} callbacks: {listed}; name one of them, or give its --id"
    )


def _doing(history: History) -> str:
    """Return what an execution does in place of waiting for a callback, and until when."""
    found = [
        f"{each.kind} {each.title}" + (f" until {when(each.until)}" if each.until else "")
        for each in history.open_operations()
    ]
    return f"now it is at {', '.join(found)}" if found else "it runs"
