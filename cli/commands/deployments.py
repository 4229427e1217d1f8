"""Before and after deployments: prune versions, replay executions on new code, recover from a killed deployment."""

import importlib
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zipfile import BadZipFile

import typer

from .. import executions
from ..console import Stack, Titles, Yes, confirmed, counted, new_table, out
from ..stack import CommandError, Function, functions_of, preview_inputs, select_functions
from ..terminal import shown

if TYPE_CHECKING:
    from .. import versions
    from ..replay import RecordedExecution, ReplayResult


def prune(
    titles: Titles = None,
    *,
    stack: Stack = None,
    yes: Yes = False,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest versions to keep.")] = 3,
    since_minutes: Annotated[
        int, typer.Option(min=0, help="How long ago a version must have been superseded to be deleted.")
    ] = 60,
    dry_run: Annotated[bool, typer.Option(help="Only show what would be deleted.")] = False,
) -> None:
    """Delete versions that no alias uses and no execution needs.

    The current version and the one before it are always kept. Safe during a deployment: each version is checked again
    before it is deleted.
    """
    from .. import versions  # noqa: PLC0415 - with the libraries of AWS, whose import takes longer than most commands

    failed = False
    for function in select_functions(functions_of(stack), titles or []):
        client = function.client()
        decisions = versions.decisions_for(
            client, function, keep=keep, since=timedelta(minutes=since_minutes)
        )
        _show_decisions(function, decisions)
        deletable = [decision.version for decision in decisions if decision.is_unneeded]
        if not deletable or dry_run:
            continue
        if not confirmed(f"Delete {counted(len(deletable), 'version')} of {function.title}?", yes=yes):
            continue
        failed |= not _delete(client, function, deletable)
    raise typer.Exit(1 if failed else 0)


def _delete(client: Any, function: Function, deletable: "list[versions.Version]") -> bool:
    """Delete versions; return False if one of them is needed after all."""
    from .. import versions  # noqa: PLC0415 - as above

    deleted, title = [], shown(function.title)
    for version in deletable:
        if reason := versions.delete(client, function, version):
            out.print(f"  version {version.number} is kept: {shown(reason)}")
        else:
            deleted.append(version)
    freed = sum(version.code_bytes for version in deleted)
    out.print(f"{title}: {freed / 1e6:.1f} MB of code storage freed")
    endangered = versions.started_meanwhile(client, function, {version.number for version in deleted})
    for name, number in endangered.items():
        out.print(
            f"[red]✗[/red] {title}: {shown(name)} started on version {number} while that was being deleted, and may "
            f"not continue: durable show {shown(name)}, durable stop {shown(name)}",
            soft_wrap=True,
        )
    return len(deleted) == len(deletable) and not endangered


def _show_decisions(function: Function, decisions: "list[versions.PruneDecision]") -> None:
    """Show for each version whether it is deleted, or why it is kept."""
    table = new_table("version", "published", "code", "")
    for decision in decisions:
        version = decision.version
        why = (
            "[yellow]delete[/yellow]"
            if decision.is_unneeded
            else f"keep: {shown(decision.keep_reason or '')}"
        )
        published = f"{version.published:%Y-%m-%d %H:%M}"
        table.add_row(str(version.number), published, f"{version.code_bytes / 1e6:.1f} MB", why)
    out.print(f"\n[bold]{shown(function.title)}[/bold]  {shown(function.name)}")
    out.print(table)


def recover(*, stack: Stack = None, yes: Yes = False) -> None:
    """Repair the state of a stack after a deployment was killed.

    Adds what the deployment had just created, so that the next one does not create it a second time.
    """
    from .. import recovery  # noqa: PLC0415 - as above

    creations = recovery.pending_creations(stack)
    if not creations:
        out.print("[green]✓[/green] no deployment was killed while it was creating something")
        return
    table = new_table("was being created", "")
    for creation in creations:
        state = f"exists: {shown(creation.existing_id)}" if creation.existing_id else "does not exist"
        table.add_row(shown(creation.title), state)
    out.print(table)
    if not confirmed("Add to the state what exists, and forget the rest?", yes=yes):
        raise typer.Exit(1)
    with out.status("Refreshing the state"):
        recovery.resolve_pending(stack, creations)
    out.print("[green]✓[/green] the state matches what exists; continue with pulumi up")


OUTCOMES = {
    "same": "[green]✓ same[/green]",
    "differs": "[red]✗ differs[/red]",
    "unknown": "[yellow]? unknown[/yellow]",
}


def replay_check(
    titles: Titles = None,
    *,
    stack: Stack = None,
    histories: Annotated[
        Path | None,
        typer.Option(help="Replay <folder>/<function>/*.json instead of executions in flight.", exists=True),
    ] = None,
    ended: Annotated[
        bool, typer.Option("--ended", help="Also replay executions that have succeeded.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="Save the histories to this folder, for --histories.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="The maximum number of executions of each function.")
    ] = 50,
) -> None:
    """Replay recorded executions on the code of the next deployment.

    Names the first operation that the new code has renamed, moved or removed. Deploys nothing, runs no step and calls no
    service. Executions stay on their version, so one that differs still succeeds there; only executions on $LATEST would
    get the new code.
    """
    functions = select_functions(functions_of(stack), titles or [])
    with out.status("Running pulumi preview"):
        planned = preview_inputs(stack)
    results = []
    for function in functions:
        recorded = (
            _read_recorded(histories / function.title)
            if histories
            else _fetch_recorded(function, limit, ended=ended)
        )
        if record:
            for execution in recorded:
                execution.write(record / function.title)
        results += _replay_all(function, planned.get(function.arn), recorded)
    if record:
        out.print(f"saved to {shown(record)}/; replay them with --histories {shown(record)}", soft_wrap=True)
    raise typer.Exit(1 if any(result.outcome != "same" for result in results) else 0)


def _read_recorded(folder: Path) -> "list[RecordedExecution]":
    try:
        return [_replay_module().RecordedExecution.read(path) for path in sorted(folder.glob("*.json"))]
    except ValueError as error:
        raise CommandError(str(error)) from None


def _replay_module() -> Any:
    """Import the module for replays; its SDK takes a third of a second, for which other commands need not wait."""
    return importlib.import_module("..replay", __package__)


def _fetch_recorded(function: Function, limit: int, *, ended: bool) -> "list[RecordedExecution]":
    client = function.client()
    statuses = (*executions.IN_FLIGHT, "SUCCEEDED") if ended else executions.IN_FLIGHT
    selected = islice(executions.of_statuses(client, function, statuses), limit)
    return [
        _replay_module().fetch_execution(client, execution["DurableExecutionArn"]) for execution in selected
    ]


def _replay_all(
    function: Function, inputs: dict[str, Any] | None, recorded: "list[RecordedExecution]"
) -> "list[ReplayResult]":
    """Replay recorded executions of a function, and show the results."""
    out.print(f"\n[bold]{shown(function.title)}[/bold]  {shown(function.name)}")
    if not recorded:
        out.print("nothing to replay")
        return []
    if inputs is None:
        raise CommandError(
            f"the program no longer contains the function {function.title}, so there is no code to replay on"
        )
    from rich.progress import track  # noqa: PLC0415 - needed here only

    try:
        code = _replay_module().planned_code(inputs)
        table = new_table("execution", "", "")
        with code.unpacked() as folder:
            results = [
                _replay_module().replay(code, folder, execution)
                for execution in track(recorded, "replaying", console=out, transient=True)
            ]
    except (ValueError, BadZipFile) as error:
        raise CommandError(f"{function.title}: {error}") from None
    for result in results:
        table.add_row(shown(result.execution), OUTCOMES[result.outcome], shown(result.message))
    out.print(table)
    return results
