"""Stop executions, pause and resume them, or wait for their end."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from .. import executions
from ..console import Executions, Last, Stack, Titles, Yes, confirmed, counted, out
from ..selection import find_execution, selected
from ..stack import Function, functions_of, select_functions
from ..terminal import shown

Reason = Annotated[str, typer.Option(help="The reason, which is stored with the execution.")]
TimeoutRuns = Annotated[
    bool,
    typer.Option(
        "--timeout-runs", help="Let the execution timeout run on meanwhile. Default: it is paused too."
    ),
]


def stop(
    names: Executions = None,
    *,
    last: Last = False,
    stack: Stack = None,
    yes: Yes = False,
    reason: Reason = "stopped by durable stop",
) -> None:
    """Stop executions permanently: they end as STOPPED at their next checkpoint."""

    def act(client: Any, arn: str) -> str:
        status = client.get_durable_execution(DurableExecutionArn=arn)["Status"]
        stopped = status in executions.IN_FLIGHT and executions.stop(client, arn, reason)
        return "stopped" if stopped else "had already ended"

    _apply_to_all(_select(stack, names, last=last), "Stop", act, yes=yes)


def pause(
    names: Executions = None,
    *,
    last: Last = False,
    stack: Stack = None,
    yes: Yes = False,
    reason: Reason = "paused by durable pause",
    timeout_runs: TimeoutRuns = False,
) -> None:
    """Pause executions at their next checkpoint; `durable resume` lets them continue."""

    def act(client: Any, arn: str) -> str:
        paused = executions.pause(client, arn, reason, timeout_runs=timeout_runs)
        return "pauses at its next checkpoint" if paused else "is paused already, or has ended"

    _apply_to_all(_select(stack, names, last=last), "Pause", act, yes=yes)


def resume(
    names: Executions = None,
    *,
    last: Last = False,
    stack: Stack = None,
    yes: Yes = False,
    reason: Reason = "resumed by durable resume",
) -> None:
    """Let paused executions continue."""

    def act(client: Any, arn: str) -> str:
        return "continues" if executions.resume(client, arn, reason) else "is not paused"

    _apply_to_all(_select(stack, names, last=last), "Resume", act, yes=yes)


def _select(stack: str | None, names: list[str] | None, *, last: bool) -> list[tuple[Function, str]]:
    if not names or last:
        return [selected(stack, names[0] if names else None, last=last)]
    functions = functions_of(stack).values()
    return [find_execution(functions, name) for name in names]


def _apply_to_all(
    targets: list[tuple[Function, str]], verb: str, act: Callable[[Any, str], str], *, yes: bool
) -> None:
    names = ", ".join(f"{arn.split('/')[-2]} ({function.title})" for function, arn in targets)
    if not confirmed(f"{verb} {names}?", yes=yes):
        raise typer.Exit(1)
    for function, arn in targets:
        out.print(f"{shown(arn.split('/')[-2])}  {act(function.client(), arn)}")


def drain(
    titles: Titles = None,
    *,
    stack: Stack = None,
    yes: Yes = False,
    version: Annotated[str | None, typer.Option(help="Only executions on this version.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop them instead of only waiting.")] = False,
    pause: Annotated[bool, typer.Option("--pause", help="Pause them instead of waiting.")] = False,
    timeout_runs: TimeoutRuns = False,
    timeout_seconds: Annotated[float, typer.Option(min=0, help="The longest time to wait.")] = 3600,
) -> None:
    """Wait until no execution is in flight, or stop or pause those that are."""
    if stop and pause:
        raise typer.BadParameter("--stop and --pause cannot be used together")
    if timeout_runs and not pause:
        raise typer.BadParameter("--timeout-runs can only be used with --pause")
    unfinished = False
    for function in select_functions(functions_of(stack), titles or []):
        client = function.client()
        in_flight = list(executions.in_flight(client, function, version))
        verb = "stop" if stop else "pause"
        if in_flight and (stop or pause):
            if not confirmed(
                f"{verb.capitalize()} {counted(len(in_flight), 'execution')} of {function.title}?", yes=yes
            ):
                unfinished = True
                continue
            for execution in in_flight:
                arn, reason = execution["DurableExecutionArn"], f"{verb} by durable drain"
                if stop:
                    executions.stop(client, arn, reason)
                else:
                    executions.pause(client, arn, reason, timeout_runs=timeout_runs)
        if pause:
            out.print(f"{shown(function.title)}: {len(in_flight)} will pause at their next checkpoint")
            continue
        unfinished |= not _wait(client, function, version, timeout_seconds)
    raise typer.Exit(1 if unfinished else 0)


def _wait(client: object, function: Function, version: str | None, seconds: float) -> bool:
    """Wait, with a status line that shows how many are left."""
    with out.status(f"{shown(function.title)}: counting") as status:
        drained = executions.wait_until_none(
            lambda: sum(1 for _ in executions.in_flight(client, function, version)),
            seconds,
            lambda count: status.update(f"{shown(function.title)}: {count:,} in flight"),
        )
    if drained:
        out.print(f"[green]✓[/green] {shown(function.title)}: nothing in flight")
    else:
        count = sum(1 for _ in executions.in_flight(client, function, version))
        out.print(f"[red]✗[/red] {shown(function.title)}: {count:,} still in flight after {seconds:g} s")
    return drained
