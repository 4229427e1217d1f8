"""The results of a part of the bench, for a terminal and for docs/performance.md."""

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
    """Rows of text below a heading; columns of numbers are aligned to the right."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def are_numbers(self) -> list[bool]:
        """Which columns contain numbers."""
        return [
            all(not cell or cell[0].isdigit() for cell in cells) for cells in zip(*self.rows, strict=True)
        ]


@dataclass(frozen=True)
class Goal:
    """A goal, and the measurement."""

    what: str
    wanted: str
    got: str
    met: bool


@dataclass(frozen=True)
class Results:
    """The results of one part."""

    tables: Sequence[Table] = ()
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = field(default=())


def machine() -> str:
    """Describe the machine, with the date and its software."""
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
    """Format the median of durations."""
    median = statistics.median(values)
    if median < 1:
        return f"{median * 1000:.{1 if median < 0.01 else 0}f} ms"
    return f"{median:.{2 if median < 100 else 0}f} s"


def ratio(these: Sequence[float], those: Sequence[float]) -> float:
    """Return the median of the ratios of pairs that were measured one after the other."""
    return statistics.median(this / that for this, that in zip(these, those, strict=True))


def show(console: Console, results: Results) -> None:
    """Print the tables and whether the goals are met."""
    for table in results.tables:
        drawn = RichTable(title=table.title, title_justify="left", title_style="bold")
        for column, right in zip(table.columns, table.are_numbers, strict=True):
            drawn.add_column(column, justify="right" if right else "left")
        for row in table.rows:
            drawn.add_row(*row)
        console.print(drawn)
    for goal in results.goals:
        verdict = "[green]met[/green]   " if goal.met else "[yellow]missed[/yellow]"
        console.print(f"{verdict}  {goal.what}: {goal.got}; wanted {goal.wanted}")
    for note in results.notes:
        console.print(f"        {note}")


def markdown(results: Results, where: str, runs: int) -> str:
    """Return the results as a section of the page."""
    lines = [f"*{where}; medians of {runs} runs.*", ""]
    for table in results.tables:
        lines += [f"**{table.title}**", "", f"| {' | '.join(table.columns)} |"]
        lines += [f"|{'|'.join(' ---: ' if right else ' --- ' for right in table.are_numbers)}|"]
        lines += [f"| {' | '.join(row)} |" for row in table.rows]
        lines.append("")
    if results.goals:
        lines += ["| goal | wanted | measured | |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {g.what} | {g.wanted} | {g.got} | {'met' if g.met else '**missed**'} |" for g in results.goals
        ]
        lines.append("")
    for note in results.notes:
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
