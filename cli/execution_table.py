"""Executions as a table that fits the terminal: columns are left out before a status would be cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from .console import COLOURS, ago, format_duration
from .terminal import in_line

MIN_NAME_WIDTH = 24
"""Columns to which a name is cut, before another column is left out; what is left of it is enough to type."""
GAP = 2
ORDER = ("execution", "status", "waits for", "function", "version", "started", "took")
PRIORITY = ("status", "waits for", "started", "function", "took", "version")
"""Which columns stay where not all fit."""


@dataclass(frozen=True)
class Row:
    """An execution in a list."""

    title: str
    """Of its function."""
    execution: dict[str, Any]
    """As ListDurableExecutionsByFunction says it."""
    waits_for: str | None = None
    """None where nobody has asked."""

    @property
    def started(self) -> datetime:
        """When it has begun."""
        start: datetime = self.execution["StartTimestamp"]
        return start

    @property
    def name(self) -> str:
        """Its name."""
        return in_line(str(self.execution["DurableExecutionName"]))

    def cells(self, now: datetime) -> dict[str, str]:
        """Return what each column says of it."""
        seconds = ((self.execution.get("EndTimestamp") or now) - self.started).total_seconds()
        return {
            "execution": self.name,
            "status": in_line(str(self.execution["Status"])),
            "waits for": in_line(self.waits_for or ""),
            "function": in_line(self.title),
            "version": in_line(self.execution["DurableExecutionArn"].split("/")[0].rpartition(":")[2]),
            "started": ago(self.started, now),
            "took": format_duration(max(seconds, 0)),
        }


def table(rows: Sequence[Row], width: int | None, now: datetime) -> Table:
    """Return the rows as a table.

    Args:
        rows: in the order in which they are to be shown.
        width: of the terminal, in columns; None where there is no limit.
        now: what times are relative to.
    """
    cells = [row.cells(now) for row in rows]
    natural = {
        title: max([cell_len(title), *(cell_len(values[title]) for values in cells)])
        for title in ORDER
        if title != "waits for" or any(row.waits_for is not None for row in rows)
    }
    columns, name_width = _fitting(natural, width)
    grid = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for title in columns:
        grid.add_column(
            title,
            no_wrap=True,
            overflow="ellipsis",
            width=name_width if title == "execution" else natural[title],
        )
    for values in cells:
        colour = COLOURS.get(values["status"], "")
        grid.add_row(*(Text(values[title], colour if title == "status" else "") for title in columns))
    return grid


def _fitting(natural: dict[str, int], width: int | None) -> tuple[list[str], int]:
    """Return which columns there is room for, and the width of the names."""
    if width is None:
        return list(natural), natural["execution"]
    chosen, remaining = {"execution"}, width
    for title in PRIORITY:
        if title not in natural:
            continue
        min_name_width = min(natural["execution"], MIN_NAME_WIDTH)
        needed = natural[title] + GAP
        # What it waits for was asked for, and may be long: it takes what is there.
        if title == "waits for" and needed > remaining - min_name_width:
            natural[title] = max(remaining - min_name_width - GAP, cell_len(title))
            needed = natural[title] + GAP
        if title == "status" or remaining - needed >= min_name_width:
            chosen.add(title)
            remaining -= needed
    return [title for title in ORDER if title in chosen], max(min(natural["execution"], remaining), 1)
