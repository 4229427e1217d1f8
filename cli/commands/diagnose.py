"""Find out what is wrong."""

from typing import TYPE_CHECKING

import typer

from ..console import AsJson, Stack, Titles, out, print_json
from ..stack import functions_of, select_functions
from ..terminal import shown, shown_lines

if TYPE_CHECKING:
    from ..doctor import Finding

MARKS = {"ok": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "problem": "[red]✗[/red]"}


def doctor(titles: Titles = None, *, stack: Stack = None, as_json: AsJson = False) -> None:
    """Examine what is deployed: configuration, alias, role, logs, triggers, code, failures; and say how to mend it.

    The exit code is 1 if there is a problem; warnings alone are none.
    """
    from rich.table import Table  # noqa: PLC0415 - as below

    from ..doctor import examine  # noqa: PLC0415 - its dozen checks are for this command alone

    findings: dict[str, list[Finding]] = {}
    functions = select_functions(functions_of(stack), titles or [])
    with out.status("examining") as status:
        for function in functions:
            status.update(f"examining {shown(function.title)}")
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
        out.print(f"\n{_summed_up(problems, warnings)}")
    raise typer.Exit(1 if problems else 0)


def _summed_up(problems: int, warnings: int) -> str:
    warned = f"{warnings} warning{'s' if warnings > 1 else ''}"
    if problems:
        return f"[red]{problems} to mend[/red]" + (f", {warned}" if warnings else "")
    return f"[yellow]{warned}[/yellow], nothing broken" if warnings else "[green]nothing to mend[/green]"
