"""Find out what is wrong with deployed functions."""

from typing import TYPE_CHECKING

import typer

from ..console import AsJson, Stack, Titles, counted, out, print_json
from ..stack import functions_of, select_functions
from ..terminal import shown, shown_lines

if TYPE_CHECKING:
    from ..doctor import Finding

MARKS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "problem": "[red]✗[/red]"}


def doctor(titles: Titles = None, *, stack: Stack = None, as_json: AsJson = False) -> None:
    """Check what is deployed: configuration, alias, role, logs, triggers, code, failures; and show how to fix it.

    The exit code is 1 if there is a problem; warnings alone leave it 0.
    """
    from rich.table import Table  # noqa: PLC0415 - as below

    from ..doctor import examine  # noqa: PLC0415 - only this command needs its checks

    findings: dict[str, list[Finding]] = {}
    functions = select_functions(functions_of(stack), titles or [])
    with out.status("checking") as status:
        for function in functions:
            status.update(f"checking {shown(function.title)}")
            findings[function.title] = examine(function)
    if as_json:
        print_json(
            {
                title: [finding.as_json() for finding in function_findings]
                for title, function_findings in findings.items()
            }
        )
    else:
        for function in functions:
            out.print(f"\n[bold]{shown(function.title)}[/bold]  {shown(function.name)}")
            table = Table.grid(padding=(0, 2))
            for finding in findings[function.title]:
                fix = f"\n[cyan]→[/cyan] {shown(finding.fix)}" if finding.fix else ""
                table.add_row(MARKS[finding.level], finding.check, f"{shown_lines(finding.message)}{fix}")
            out.print(table)
    levels = [finding.level for function_findings in findings.values() for finding in function_findings]
    problems, warnings = levels.count("problem"), levels.count("warning")
    if not as_json:
        out.print(f"\n{_summary(problems, warnings)}")
    raise typer.Exit(1 if problems else 0)


def _summary(problems: int, warnings: int) -> str:
    warning_count = counted(warnings, "warning")
    if problems:
        return f"[red]{counted(problems, 'problem')}[/red]" + (f", {warning_count}" if warnings else "")
    return f"[yellow]{warning_count}[/yellow], no problems" if warnings else "[green]no problems[/green]"
