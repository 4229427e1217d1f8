"""Around deployments: versions that nobody needs, new code on old executions, a deployment that was killed."""

import importlib
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zipfile import BadZipFile

import typer

from .. import executions
from ..console import Stack, Titles, Yes, confirmed, counted, new_table, out
from ..stack import Function, OpsError, chosen, functions_of, previewed
from ..terminal import shown

if TYPE_CHECKING:
    from .. import versions
    from ..replay import History, Verdict


def prune(
    titles: Titles = None,
    *,
    stack: Stack = None,
    yes: Yes = False,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest versions stay.")] = 3,
    since_minutes: Annotated[
        int, typer.Option(min=0, help="How long ago a version must have been followed by the next one.")
    ] = 60,
    dry_run: Annotated[bool, typer.Option(help="Show only what would go.")] = False,
) -> None:
    """Delete versions that no alias names and no execution needs.

    The current version and the one before it always stay. Safe beside a deployment: each version is looked at once
    more before it goes.
    """
    from .. import versions  # noqa: PLC0415 - with the libraries of AWS, which take longer than many a command

    failed = False
    for function in chosen(functions_of(stack), titles or []):
        client = function.client()
        verdicts = versions.verdicts_on(client, function, keep=keep, since=timedelta(minutes=since_minutes))
        _show_verdicts(function, verdicts)
        going = [verdict.version for verdict in verdicts if verdict.goes]
        if not going or dry_run:
            continue
        if not confirmed(f"Delete {counted(len(going), 'version')} of {function.title}?", yes=yes):
            continue
        failed |= not _delete(client, function, going)
    raise typer.Exit(1 if failed else 0)


def _delete(client: Any, function: Function, going: "list[versions.Version]") -> bool:
    """Delete versions; False if one of them is needed after all."""
    from .. import versions  # noqa: PLC0415 - as above

    deleted, title = [], shown(function.title)
    for version in going:
        if reason := versions.delete(client, function, version):
            out.print(f"  version {version.number} stays: {shown(reason)}")
        else:
            deleted.append(version)
    freed = sum(version.code_bytes for version in deleted)
    out.print(f"{title}: {freed / 1e6:.1f} MB of code storage freed")
    lost = versions.started_meanwhile(client, function, {version.number for version in deleted})
    for name, number in lost.items():
        out.print(
            f"[red]✗[/red] {title}: {shown(name)} started on version {number} while that was deleted, and may not "
            f"go on: durable show {shown(name)}, durable stop {shown(name)}",
            soft_wrap=True,
        )
    return len(deleted) == len(going) and not lost


def _show_verdicts(function: Function, verdicts: "list[versions.Verdict]") -> None:
    """Show each version and why it stays."""
    table = new_table("version", "published", "code", "")
    for verdict in verdicts:
        version = verdict.version
        why = "[yellow]goes[/yellow]" if verdict.goes else f"stays: {shown(verdict.kept_because or '')}"
        published = f"{version.published:%Y-%m-%d %H:%M}"
        table.add_row(str(version.number), published, f"{version.code_bytes / 1e6:.1f} MB", why)
    out.print(f"\n[bold]{shown(function.title)}[/bold]  {shown(function.name)}")
    out.print(table)


def recover(*, stack: Stack = None, yes: Yes = False) -> None:
    """Mend the state of a stack after a deployment was killed.

    Takes in what the deployment had just created, so that the next one does not create it a second time.
    """
    from .. import recovery  # noqa: PLC0415 - as above

    found = recovery.interrupted(stack)
    if not found:
        out.print("[green]✓[/green] nothing was being created when a deployment ended")
        return
    table = new_table("was being created", "")
    for each in found:
        fate = f"is there: {shown(each.found_as)}" if each.found_as else "is not there"
        table.add_row(shown(each.title), fate)
    out.print(table)
    if not confirmed("Take into the state what is there, and forget the rest?", yes=yes):
        raise typer.Exit(1)
    with out.status("Refreshing the state"):
        recovery.adopt(stack, found)
    out.print("[green]✓[/green] the state knows what is there; go on with pulumi up")


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
        typer.Option(help="Take <folder>/<function>/*.json, and not what is in flight.", exists=True),
    ] = None,
    ended: Annotated[bool, typer.Option("--ended", help="Take those that have succeeded too.")] = False,
    record: Annotated[
        Path | None, typer.Option(help="Keep what was taken there, as --histories reads it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many executions of each function at most.")] = 50,
) -> None:
    """Replay recorded executions on the code that the next deployment would bring.

    Names the first operation that the new code has renamed, moved or removed. Nothing is deployed, no step is run and
    no service is called. Executions stay on their version, so one that differs goes on well where it is; only those
    of $LATEST would meet the new code.
    """
    functions = chosen(functions_of(stack), titles or [])
    with out.status("Asking pulumi what it would deploy"):
        coming = previewed(stack)
    verdicts = []
    for function in functions:
        found = _kept(histories / function.title) if histories else _recorded(function, limit, ended=ended)
        if record:
            for history in found:
                history.write(record / function.title)
        verdicts += _replayed(function, coming.get(function.arn), found)
    if record:
        out.print(f"kept in {shown(record)}/; check them with --histories {shown(record)}", soft_wrap=True)
    raise typer.Exit(1 if any(verdict.outcome != "same" for verdict in verdicts) else 0)


def _kept(folder: Path) -> "list[History]":
    try:
        return [_replaying().History.read(path) for path in sorted(folder.glob("*.json"))]
    except ValueError as error:
        raise OpsError(str(error)) from None


def _replaying() -> Any:
    """Import what replays; its SDK takes a third of a second, which other commands need not wait for."""
    return importlib.import_module("..replay", __package__)


def _recorded(function: Function, limit: int, *, ended: bool) -> "list[History]":
    client = function.client()
    statuses = (*executions.IN_FLIGHT, "SUCCEEDED") if ended else executions.IN_FLIGHT
    found = islice(executions.of_statuses(client, function, statuses), limit)
    return [_replaying().recorded(client, execution["DurableExecutionArn"]) for execution in found]


def _replayed(
    function: Function, inputs: dict[str, Any] | None, histories: "list[History]"
) -> "list[Verdict]":
    """Replay a function's histories, and show what came of it."""
    out.print(f"\n[bold]{shown(function.title)}[/bold]  {shown(function.name)}")
    if not histories:
        out.print("nothing to replay")
        return []
    if inputs is None:
        raise OpsError(
            f"the program no longer has the function {function.title}; there is no code to replay on"
        )
    from rich.progress import track  # noqa: PLC0415 - for this alone

    try:
        code = _replaying().code_of(inputs)
        table = new_table("execution", "", "")
        with code.unpacked() as folder:
            verdicts = [
                _replaying().replay(code, folder, history)
                for history in track(histories, "replaying", console=out, transient=True)
            ]
    except (ValueError, BadZipFile) as error:
        raise OpsError(f"{function.title}: {error}") from None
    for verdict in verdicts:
        table.add_row(shown(verdict.history), OUTCOMES[verdict.outcome], shown(verdict.said))
    out.print(table)
    return verdicts
