"""Find out what is wrong."""

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from .. import executions
from .. import logs as logged
from ..console import AsJson, Execution, Last, Stack, Titles, out, print_json
from ..finding import meant
from ..stack import chosen, functions_of
from ..terminal import shown, shown_lines

if TYPE_CHECKING:
    from ..doctor import Finding

MARKS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "problem": "[red]✗[/red]"}
COLOURS = {"WARN": "yellow", "ERROR": "red", "FATAL": "red", "DEBUG": "dim", "TRACE": "dim"}

HIDDEN = {"operationId", "parentId"}
"""Fields that tell a person nothing: the operation's name is there; --json has them."""
WIDTH = 60
INDENT = " " * len("09:00:00.000 ")
"""Before the further lines of a message, which could look like lines of the log."""


class Level(StrEnum):
    """How serious a line of the log is."""

    TRACE = "TRACE"
    DEBUG = "DEBUG"
    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def doctor(titles: Titles = None, *, stack: Stack = None, as_json: AsJson = False) -> None:
    """Examine what is deployed: configuration, alias, role, logs, triggers, code, failures; and say how to mend it.

    The exit code is 1 if there is a problem; warnings alone are none.
    """
    from rich.table import Table  # noqa: PLC0415 - as below

    from ..doctor import examine  # noqa: PLC0415 - its dozen checks are for this command alone

    found: dict[str, list[Finding]] = {}
    functions = chosen(functions_of(stack), titles or [])
    with out.status("examining") as status:
        for function in functions:
            status.update(f"examining {shown(function.title)}")
            found[function.title] = examine(function)
    if as_json:
        print_json({title: [asdict(each) for each in findings] for title, findings in found.items()})
    else:
        for function in functions:
            out.print(f"\n[bold]{shown(function.title)}[/bold]  {shown(function.name)}")
            table = Table.grid(padding=(0, 2))
            for each in found[function.title]:
                fix = f"\n[cyan]→[/cyan] {shown(each.fix)}" if each.fix else ""
                table.add_row(MARKS[each.level], each.check, f"{shown_lines(each.said)}{fix}")
            out.print(table)
    levels = [each.level for findings in found.values() for each in findings]
    problems, warnings = levels.count("problem"), levels.count("warning")
    if not as_json:
        out.print(f"\n{_summed_up(problems, warnings)}")
    raise typer.Exit(1 if problems else 0)


def _summed_up(problems: int, warnings: int) -> str:
    told = f"{warnings} warning{'s' if warnings > 1 else ''}"
    if problems:
        return f"[red]{problems} to mend[/red]" + (f", {told}" if warnings else "")
    return f"[yellow]{told}[/yellow], nothing broken" if warnings else "[green]nothing to mend[/green]"


def shortened(text: str) -> str:
    """Return a text cut to what fits into a line."""
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"


def logs(
    execution: Execution = None,
    *,
    last: Last = False,
    stack: Stack = None,
    level: Annotated[Level, typer.Option(help="The least serious that is shown.")] = Level.INFO,
    all_: Annotated[bool, typer.Option("--all", help="Show too what replays have repeated.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what an execution has logged, across its invocations; what replays repeat is folded into one line."""
    function, arn = meant(stack, execution, last=last)
    client = function.client()
    found = client.get_durable_execution(DurableExecutionArn=arn)
    group = logged.group_of(client, function, arn)
    request_ids = [
        event["InvocationCompletedDetails"]["RequestId"]
        for event in executions.history(client, arn)
        if event.get("InvocationCompletedDetails", {}).get("RequestId")
    ]
    lines = logged.lines_of(group, function.region, found, request_ids)
    kept = list(logged.at_least(lines, level.value))
    if not all_:
        folded = logged.Folded()
        for line in kept:
            folded.add(line)
        kept = folded.lines
    if as_json:
        print_json([asdict(line) for line in kept])
        return
    for line in kept:
        colour = COLOURS.get(line.level, "default")
        again = f" [dim](again in {line.repeated} replays)[/dim]" if line.repeated else ""
        fields = " ".join(
            f"{key}={shortened(str(value))}" for key, value in line.fields.items() if key not in HIDDEN
        )
        out.print(
            f"[dim]{line.time.astimezone():%H:%M:%S}.{line.time.microsecond // 1000:03}[/dim] "
            f"[{colour}]{shown(line.level):<5}[/{colour}] {shown_lines(line.message, INDENT)} [dim]{shown(fields)}[/dim]{again}",
            soft_wrap=True,
        )
    if not kept:
        out.print(
            f"nothing logged at {level.value} or above in {shown(group)}; --level DEBUG shows more",
            soft_wrap=True,
        )
