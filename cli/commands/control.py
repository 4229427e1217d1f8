"""End executions, hold them, or wait for them."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from .. import executions
from ..console import Executions, Last, Stack, Titles, Yes, confirmed, counted, out
from ..finding import find, meant
from ..stack import Function, chosen, functions_of
from ..terminal import shown

Reason = Annotated[str, typer.Option(help="Kept with the execution.")]


def stop(
    names: Executions = None,
    *,
    last: Last = False,
    stack: Stack = None,
    yes: Yes = False,
    reason: Reason = "stopped by durable stop",
) -> None:
    """Stop executions for good: they end as STOPPED at their next checkpoint."""

    def act(client: Any, arn: str) -> str:
        status = client.get_durable_execution(DurableExecutionArn=arn)["Status"]
        stopped = status in executions.IN_FLIGHT and executions.stop(client, arn, reason)
        return "stopped" if stopped else "had ended already"

    _each(_found(stack, names, last=last), "Stop", act, yes=yes)


def pause(
    names: Executions = None,
    *,
    last: Last = False,
    stack: Stack = None,
    yes: Yes = False,
    reason: Reason = "paused by durable pause",
) -> None:
    """Pause executions at their next checkpoint; `durable resume` lets them go on."""

    def act(client: Any, arn: str) -> str:
        executions.pause(client, arn, reason)
        return "pauses at its next checkpoint"

    found = _found(stack, names, last=last)
    for function in {function for function, _ in found}:
        executions.refuse_without_pause(function.client(), function)
    _each(found, "Pause", act, yes=yes)


def resume(
    names: Executions = None,
    *,
    last: Last = False,
    stack: Stack = None,
    yes: Yes = False,
    reason: Reason = "resumed by durable resume",
) -> None:
    """Let executions that were paused go on."""

    def act(client: Any, arn: str) -> str:
        executions.resume(client, arn, reason)
        return "goes on"

    found = _found(stack, names, last=last)
    for function in {function for function, _ in found}:
        executions.refuse_without_pause(function.client(), function)
    _each(found, "Resume", act, yes=yes)


def _found(stack: str | None, names: list[str] | None, *, last: bool) -> list[tuple[Function, str]]:
    if not names or last:
        return [meant(stack, names[0] if names else None, last=last)]
    functions = functions_of(stack).values()
    return [find(functions, name) for name in names]


def _each(found: list[tuple[Function, str]], word: str, act: Callable[[Any, str], str], *, yes: bool) -> None:
    listed = ", ".join(f"{arn.split('/')[-2]} ({function.title})" for function, arn in found)
    if not confirmed(f"{word} {listed}?", yes=yes):
        raise typer.Exit(1)
    for function, arn in found:
        out.print(f"{shown(arn.split('/')[-2])}  {act(function.client(), arn)}")


def drain(
    titles: Titles = None,
    *,
    stack: Stack = None,
    yes: Yes = False,
    version: Annotated[str | None, typer.Option(help="Only of this version.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop them, instead of waiting only.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Pause them, and do not wait.")] = False,
    timeout_seconds: Annotated[float, typer.Option(min=0, help="How long to wait at most.")] = 3600,
) -> None:
    """Wait until no execution is in flight, or stop or pause those that are."""
    if stop and pause:
        raise typer.BadParameter("--stop and --pause exclude each other")
    left = False
    for function in chosen(functions_of(stack), titles or []):
        client = function.client()
        if pause:
            executions.refuse_without_pause(client, function)
        found = list(executions.in_flight(client, function, version))
        word = "stop" if stop else "pause"
        if found and (stop or pause):
            if not confirmed(
                f"{word.capitalize()} {counted(len(found), 'execution')} of {function.title}?", yes=yes
            ):
                left = True
                continue
            for execution in found:
                act = executions.stop if stop else executions.pause
                act(client, execution["DurableExecutionArn"], f"{word} by durable drain")
        if pause:
            out.print(f"{shown(function.title)}: {len(found)} paused at their next checkpoint")
            continue
        left |= not _wait(client, function, version, timeout_seconds)
    raise typer.Exit(1 if left else 0)


def _wait(client: object, function: Function, version: str | None, seconds: float) -> bool:
    """Wait with a line that tells how many are left."""
    with out.status(f"{shown(function.title)}: counting") as status:
        done = executions.wait_until_none(
            lambda: sum(1 for _ in executions.in_flight(client, function, version)),
            seconds,
            lambda left: status.update(f"{shown(function.title)}: {left:,} in flight"),
        )
    if done:
        out.print(f"[green]✓[/green] {shown(function.title)}: nothing in flight")
    else:
        count = sum(1 for _ in executions.in_flight(client, function, version))
        out.print(f"[red]✗[/red] {shown(function.title)}: {count:,} still in flight after {seconds:g} s")
    return done
