"""Renders executions as a table that fits the terminal: columns are left out before a status is cut."""

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
"""Names are cut down to this width before a column is left out; the rest of a name is enough to select it."""
GAP = 2
ORDER = ("execution", "status", "waits for", "function", "version", "started", "took")
PRIORITY = ("status", "waits for", "started", "function", "took", "version")
"""Which columns are kept first if not all fit."""


@dataclass(frozen=True)
class Row:
    """An execution in a list."""

    title: str
    """Its function's title."""
    execution: dict[str, Any]
    """As returned by ListDurableExecutionsByFunction."""
    waits_for: str | None = None
    """None if its history was not read."""

    @property
    def started(self) -> datetime:
        """When it started."""
        start: datetime = self.execution["StartTimestamp"]
        return start

    @property
    def name(self) -> str:
        """Its name."""
        return in_line(str(self.execution["DurableExecutionName"]))

    def cells(self, now: datetime) -> dict[str, str]:
        """Return the text of each column."""
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
        rows: in display order.
        width: of the terminal, in characters; None for no limit.
        now: the present, for relative times.
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
    """Return the columns that fit, and the width of the names."""
    if width is None:
        return list(natural), natural["execution"]
    chosen, remaining = {"execution"}, width
    for title in PRIORITY:
        if title not in natural:
            continue
        min_name_width = min(natural["execution"], MIN_NAME_WIDTH)
        needed = natural[title] + GAP
        # The user asked for this column, and it may be long: it takes the space that is left.
        if title == "waits for" and needed > remaining - min_name_width:
            natural[title] = max(remaining - min_name_width - GAP, cell_len(title))
            needed = natural[title] + GAP
        if title == "status" or remaining - needed >= min_name_width:
            chosen.add(title)
            remaining -= needed
    return [title for title in ORDER if title in chosen], max(min(natural["execution"], remaining), 1)
