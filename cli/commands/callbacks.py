"""Answer the callbacks that executions wait for."""

import getpass
import json
import time
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import typer

from .. import executions, services
from ..console import Execution, Last, Stack, out, when
from ..history import History, Operation
from ..selection import selected
from ..stack import CommandError
from ..terminal import shown, shown_lines

app = typer.Typer(help="Answer a callback that an execution waits for.", no_args_is_help=True)

Callback = Annotated[
    str | None,
    typer.Argument(help="The callback's name. Default: the only one that the execution waits for."),
]
CallbackId = Annotated[
    str | None, typer.Option("--id", help="The callback's ID, instead of execution and name.")
]
Wait = Annotated[
    bool,
    typer.Option(
        "--wait", "-w", help="If the execution does not wait for the callback yet, wait until it does."
    ),
]
MAX_BYTES = 1024 * 1024
"""The largest result of a callback that Lambda takes."""


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
        str, typer.Option(help="The result for the execution: JSON, or whatever it expects.")
    ] = "null",
) -> None:
    """Complete a callback with a result, with which the execution continues."""
    client, target_id, label = _find_callback(
        stack, CallbackSelection(execution, callback, callback_id, last=last, wait=wait)
    )
    _succeed(client, target_id, label, result)


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
    """Fail a callback with an error, with which the execution continues."""
    client, target_id, label = _find_callback(
        stack, CallbackSelection(execution, callback, callback_id, last=last, wait=wait)
    )
    client.send_durable_execution_callback_failure(
        CallbackId=target_id, Error={"ErrorType": error_type, "ErrorMessage": message}
    )
    out.print(f"[green]✓[/green] {shown(label)} failed with {shown(error_type)}: {shown_lines(message)}")


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
    """Send a heartbeat for a callback, so that it does not time out while the work goes on."""
    client, target_id, label = _find_callback(
        stack, CallbackSelection(execution, callback, callback_id, last=last, wait=wait)
    )
    client.send_durable_execution_callback_heartbeat(CallbackId=target_id)
    out.print(f"[green]✓[/green] {shown(label)} received a heartbeat")


def approve(
    execution: Execution = None,
    callback: Callback = None,
    *,
    last: Last = False,
    wait: Wait = False,
    stack: Stack = None,
    reject: Annotated[bool, typer.Option("--reject", help="Reject it instead.")] = False,
    by: Annotated[str | None, typer.Option(help="Who approves or rejects it. Default: you.")] = None,
    reason: Annotated[str | None, typer.Option(help="The reason, which is sent along.")] = None,
) -> None:
    """Approve or reject an execution that waits for a person.

    Sends {"approved": true, "by": "..."} as the result of its callback; `durable callback success` sends any other result.
    """
    client, target_id, label = _find_callback(
        stack, CallbackSelection(execution, callback, None, last=last, wait=wait)
    )
    answer = {"approved": not reject, "by": by or getpass.getuser()} | ({"reason": reason} if reason else {})
    _succeed(client, target_id, label, json.dumps(answer))


def _succeed(client: Any, callback_id: str, label: str, result: str) -> None:
    if len(result.encode()) > MAX_BYTES:
        raise typer.BadParameter(
            f"the result has {len(result.encode()):,} bytes; Lambda takes at most {MAX_BYTES:,}: put it into S3 and pass its location"
        )
    client.send_durable_execution_callback_success(CallbackId=callback_id, Result=result)
    out.print(f"[green]✓[/green] {shown(label)} gets {shown_lines(result)}", soft_wrap=True)


@dataclass(frozen=True)
class CallbackSelection:
    """The arguments that select a callback."""

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
                "--id selects the callback already; leave out the execution, the callback's name and --last"
            )
        if self.callback_id is None and self.execution is None and not self.last:
            raise typer.BadParameter("name the execution, pass --last, or pass the callback's --id")

    @property
    def resolved(self) -> "CallbackSelection":
        """The same selection; with --last, the first argument is the callback's name."""
        if not self.last or self.execution is None:
            return self
        if self.name is not None:
            raise typer.BadParameter("name the execution or pass --last, not both")
        return replace(self, execution=None, name=self.execution)


def _find_callback(stack: str | None, selection: CallbackSelection) -> tuple[Any, str, str]:
    """Return a client, the ID of the selected callback, and a label for it."""
    if selection.callback_id is not None:
        return services.client("lambda"), selection.callback_id, "the callback"
    selection = selection.resolved
    function, arn = selected(stack, selection.execution, last=selection.last)
    client, execution = function.client(), arn.split("/")[-2]
    operation = _await_callback(client, arn, selection)
    return client, operation.callback_id or "", f"{execution}'s {selection.name or operation.title}"


def _await_callback(client: Any, arn: str, selection: CallbackSelection) -> Operation:
    """Return the selected callback; with --wait, once the execution waits for it."""
    execution = arn.split("/")[-2]
    while True:
        history = History(executions.history_events(client, arn))
        waiting = [
            operation for operation in history.operations if operation.callback_id and operation.is_open
        ]
        if waiting or history.ended or not selection.wait:
            return callback_of(history, execution, selection.name)
        time.sleep(executions.POLL_SECONDS)


def callback_of(history: History, execution: str, name: str | None) -> Operation:
    """Return the callback that an execution waits for.

    Raises:
        CommandError: it waits for none, for none with that name, or for several.
    """
    waiting = [operation for operation in history.operations if operation.callback_id and operation.is_open]
    # A callback may be called by the name of the context around it.
    parents = {operation.id: operation.name for operation in history.operations}
    named = {
        operation.id: {operation.name, operation.title, parents.get(operation.parent_id or "", "")}
        for operation in waiting
    }
    matches = [operation for operation in waiting if name is None or name in named[operation.id]]
    if len(matches) == 1:
        return matches[0]
    if not waiting and history.ended:
        raise CommandError(f"{execution} has ended; see durable show {execution}")
    if not waiting:
        raise CommandError(
            f"{execution} waits for no callback yet: {_doing(history)}; pass --wait to answer as soon as it does"
        )
    titles = ", ".join(sorted(operation.title for operation in waiting))
    if not matches:
        raise CommandError(f"{execution} waits for no callback {name!r}; it waits for {titles}")
    raise CommandError(
        f"{execution} waits for {len(matches)} callbacks: {titles}; name one of them, or pass its --id"
    )


def _doing(history: History) -> str:
    """Return what an execution does instead of waiting for a callback, and until when."""
    activities = [
        f"{operation.kind} {operation.title}" + (f" until {when(operation.until)}" if operation.until else "")
        for operation in history.open_operations()
    ]
    return f"it is now at {', '.join(activities)}" if activities else "it is running"
