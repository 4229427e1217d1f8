"""Executions as a table that fits the terminal: columns are left out before a status would be cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from .console import COLOURS, ago, lasted
from .terminal import in_line

LEAST_NAME = 24
"""Columns to which a name is cut, before another column is left out; what is left of it is enough to type."""
GAP = 2
ORDER = ("execution", "status", "waits for", "function", "version", "started", "took")
WORTH = ("status", "waits for", "started", "function", "took", "version")
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
        begun: datetime = self.execution["StartTimestamp"]
        return begun

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
            "took": lasted(max(seconds, 0)),
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
        title: max([cell_len(title), *(cell_len(each[title]) for each in cells)])
        for title in ORDER
        if title != "waits for" or any(row.waits_for is not None for row in rows)
    }
    shown, left = _fitting(natural, width)
    made = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for title in shown:
        made.add_column(
            title, no_wrap=True, overflow="ellipsis", width=left if title == "execution" else natural[title]
        )
    for each in cells:
        colour = COLOURS.get(each["status"], "")
        made.add_row(*(Text(each[title], colour if title == "status" else "") for title in shown))
    return made


def _fitting(natural: dict[str, int], width: int | None) -> tuple[list[str], int]:
    """Return which columns there is room for, and the width of the names."""
    if width is None:
        return list(natural), natural["execution"]
    chosen, left = {"execution"}, width
    for title in WORTH:
        if title not in natural:
            continue
        least = min(natural["execution"], LEAST_NAME)
        needed = natural[title] + GAP
        # What it waits for was asked for, and may be long: it takes what is there.
        if title == "waits for" and needed > left - least:
            natural[title] = max(left - least - GAP, cell_len(title))
            needed = natural[title] + GAP
        if title == "status" or left - needed >= least:
            chosen.add(title)
            left -= needed
    return [title for title in ORDER if title in chosen], max(min(natural["execution"], left), 1)
