"""What a part of the bench has found, for a terminal and for docs/performance.md."""

import os
import platform
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


@dataclass(frozen=True)
class Table:
    """Rows of text below a heading; columns that hold numbers are aligned for that."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def of_numbers(self) -> list[bool]:
        """Which columns hold numbers."""
        return [
            all(not cell or cell[0].isdigit() for cell in cells) for cells in zip(*self.rows, strict=True)
        ]


@dataclass(frozen=True)
class Goal:
    """What was wanted, and what came out."""

    what: str
    wanted: str
    got: str
    met: bool


@dataclass(frozen=True)
class Findings:
    """What one part has found."""

    tables: Sequence[Table] = ()
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = field(default=())


def machine() -> str:
    """Name the machine, the day, and what ran on it."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and (named := re.search(r"model name\s*: (.+)", info.read_text())):
        cpu = named[1]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )


def seconds(values: Sequence[float]) -> str:
    """Write the median of durations, with the digits that matter."""
    middle = statistics.median(values)
    if middle < 1:
        return f"{middle * 1000:.{1 if middle < 0.01 else 0}f} ms"
    return f"{middle:.{2 if middle < 100 else 0}f} s"


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the median of the ratios of what was measured one after the other."""
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def show(console: Console, found: Findings) -> None:
    """Print the tables and whether the goals are met."""
    for table in found.tables:
        drawn = RichTable(title=table.title, title_justify="left", title_style="bold")
        for column, right in zip(table.columns, table.of_numbers, strict=True):
            drawn.add_column(column, justify="right" if right else "left")
        for row in table.rows:
            drawn.add_row(*row)
        console.print(drawn)
    for goal in found.goals:
        verdict = "[green]met[/green]   " if goal.met else "[yellow]missed[/yellow]"
        console.print(f"{verdict}  {goal.what}: {goal.got}; wanted {goal.wanted}")
    for note in found.notes:
        console.print(f"        {note}")


def markdown(found: Findings, where: str, runs: int) -> str:
    """Return the same as a section of the page."""
    lines = [f"*{where}; medians of {runs} runs.*", ""]
    for table in found.tables:
        lines += [f"**{table.title}**", "", f"| {' | '.join(table.columns)} |"]
        lines += [f"|{'|'.join(' ---: ' if right else ' --- ' for right in table.of_numbers)}|"]
        lines += [f"| {' | '.join(row)} |" for row in table.rows]
        lines.append("")
    if found.goals:
        lines += ["| goal | wanted | measured | |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {g.what} | {g.wanted} | {g.got} | {'met' if g.met else '**missed**'} |" for g in found.goals
        ]
        lines.append("")
    for note in found.notes:
        lines += [note, ""]
    return "\n".join(lines)


def record(part: str, text: str, page: Path = PAGE) -> None:
    """Put a part's section between its marks in the page.

    Raises:
        ValueError: the page has no such marks.
    """
    begin, end = f"<!-- measured: {part} -->\n", f"<!-- /measured: {part} -->"
    before, mark, rest = page.read_text().partition(begin)
    _, closing, after = rest.partition(end)
    if not (mark and closing):
        raise ValueError(f"{page} has no place for {part}: {begin.strip()} ... {end}")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")
