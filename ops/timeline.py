"""The timeline of an execution in a terminal: live, or whole with a picture of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

from .console import COLOURS, MARKS, coloured, lasted, marked
from .history import History, Operation
from .terminal import in_line, shown

BAR_WIDTH = 32
NAME_WIDTH = 48
KIND_WIDTH = len("chained invoke")
TOOK_WIDTH = len("99 days 23 h")
INDENT = "  "


class LiveTimeline:
    """Prints a line whenever an operation ends, an attempt fails, or a callback is waited for."""

    def __init__(self, out: Console) -> None:
        self.history = History()
        self._out = out

    def add(self, event: dict[str, Any]) -> Operation | None:
        """Take in an event, print what it means, and return its operation."""
        operation = self.history.add(event)
        if operation is None or operation is self.history.execution:
            return operation
        if not operation.is_open:
            self._line(event, operation, f"{operation.kind}  {lasted(operation.seconds())}")
        elif operation.status == "PENDING":
            self._line(event, operation, f"attempt {operation.attempts} failed: {operation.said}")
        elif operation.kind == "callback":
            self._line(event, operation, "waits for its callback")
        elif operation.kind == "wait" and operation.until:
            self._line(event, operation, f"waits until {operation.until.astimezone():%Y-%m-%d %H:%M:%S}")
        return operation

    def doing(self) -> str:
        """Return what is going on, for a status line."""
        titles = [each.title for each in self.history.open_operations()]
        more = f" and {len(titles) - 3} more" if len(titles) > 3 else ""
        return ", ".join(titles[:3]) + more or "running"

    def _line(self, event: dict[str, Any], operation: Operation, text: str) -> None:
        assert self.history.execution is not None  # noqa: S101 - its start is the first event
        offset = (event["EventTimestamp"] - self.history.execution.started).total_seconds()
        name = shown(f"{INDENT * operation.depth}{operation.title}")
        self._out.print(
            f"  +{offset:7.1f} s  {marked(operation.status)} {name:<32} [dim]{shown(text)}[/dim]",
            soft_wrap=True,
        )


def timeline(history: History, now: datetime | None = None) -> Text:
    """Return a history as lines: each operation with its kind, its duration and its place in time.

    Not a table of rich: that takes seconds for the 3,000 operations that an execution may have.
    """
    now = now or datetime.now(UTC)
    operations = list(history.walk())
    begun, total = span(history, now)
    named = [f"{INDENT * each.depth}{in_line(each.title)}{_attempts(each)}" for each in operations]
    width = min(max((len(name) for name in named), default=0), NAME_WIDTH)
    lines = Text(f"   {'operation':<{width}}  {'kind':<{KIND_WIDTH}}  {'took':>{TOOK_WIDTH}}\n", style="bold")
    for operation, name in zip(operations, named, strict=True):
        colour = COLOURS.get(operation.status, "default")
        short = name if len(name) <= width else f"{name[: width - 1]}…"
        lines.append(f"{MARKS.get(operation.status, '…')}  ", f"not bold {colour}")
        lines.append(f"{short:<{width}}  ", "not bold")
        lines.append(f"{operation.kind:<{KIND_WIDTH}}  ", "not bold dim")
        lines.append(f"{lasted(operation.seconds(now)):>{TOOK_WIDTH}}  ", "not bold")
        lines.append(f"{_bar(operation, begun, total, now)}\n", f"not bold {colour}")
        if operation.said:
            lines.append(f"   {INDENT * (operation.depth + 1)}{in_line(operation.said)}\n", "not bold red")
    lines.rstrip()
    return lines


def _attempts(operation: Operation) -> str:
    return f" ({operation.attempts} attempts)" if operation.attempts > 1 else ""


def span(history: History, now: datetime) -> tuple[datetime, timedelta]:
    """Return when the execution began and how long it took, or has taken so far."""
    if history.execution is None:
        return now, timedelta(seconds=1)
    whole = (history.execution.ended or now) - history.execution.started
    return history.execution.started, max(whole, timedelta(milliseconds=1))


def _bar(operation: Operation, begun: datetime, total: timedelta, now: datetime) -> str:
    before = min(int((operation.started - begun) / total * BAR_WIDTH), BAR_WIDTH - 1)
    until = min(round(((operation.ended or now) - begun) / total * BAR_WIDTH), BAR_WIDTH)
    length = max(until - before, 1)
    return f"{' ' * before}{'━' * length}"


def headline(execution: dict[str, Any]) -> str:
    """Return what an execution is, in a line."""
    function = execution["FunctionArn"].split(":")[6]
    return (
        f"[bold]{shown(execution['DurableExecutionName'])}[/bold]  {coloured(execution['Status'])}  "
        f"{shown(function)}, version {shown(execution.get('Version', '?'))}"
    )
