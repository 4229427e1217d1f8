"""An execution's timeline in a terminal: live, or complete with bars."""

from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.text import Text

from .console import COLOURS, MARKS, coloured, format_duration, marked, when
from .history import REFUSED, History, Operation
from .terminal import in_line, shown

BAR_WIDTH = 32
NAME_WIDTH = 48
KIND_WIDTH = len("chained invoke")
LEAST_BAR = 8
LEAST_NAME = 20
INDENT = "  "


class LiveTimeline:
    """Prints a line when an operation ends, an attempt fails, or a callback or wait begins."""

    def __init__(self, out: Console) -> None:
        self.history = History()
        self._out = out

    def add(self, event: dict[str, Any]) -> Operation | None:
        """Add an event, print a line if there is something to tell, and return its operation."""
        operation = self.history.add(event)
        if operation is None or operation is self.history.execution:
            return operation
        if not operation.is_open:
            self._line(
                event,
                operation,
                f"{operation.kind}  {format_duration(operation.seconds())}{_refused(operation)}",
            )
        elif operation.status == "PENDING":
            failed = f"failed: {operation.error_text}" if operation.error_text else "is not met yet"
            self._line(event, operation, f"attempt {operation.attempts} {failed}; {next_attempt(operation)}")
        elif operation.kind == "callback":
            self._line(event, operation, "waits for its callback")
        elif operation.kind == "wait" and operation.until:
            self._line(event, operation, f"waits until {when(operation.until)}")
        return operation

    def doing(self) -> str:
        """Return the open operations, for a status line."""
        titles = [operation.title for operation in self.history.open_operations()]
        more = f" and {len(titles) - 3} more" if len(titles) > 3 else ""
        return ", ".join(titles[:3]) + more or "running"

    def _line(self, event: dict[str, Any], operation: Operation, text: str) -> None:
        assert self.history.execution is not None  # noqa: S101 - its start is the first event
        offset = (event["EventTimestamp"] - self.history.execution.started).total_seconds()
        name = shown(f"{INDENT * operation.depth}{operation.title}")
        self._out.print(
            f"  +{offset:7.1f} s  {marked(operation.outcome)} {name:<32} [dim]{shown(text)}[/dim]",
            soft_wrap=True,
        )


def timeline(
    history: History, now: datetime | None = None, *, width: int | None = None, trace: bool = False
) -> Text:
    """Return a history as lines: each operation with its kind, its duration, and a bar that shows when it ran.

    Not a rich table, which takes seconds for the 3,000 operations that an execution may have.

    Args:
        history: the execution's history.
        now: the present, until which open operations have lasted.
        width: of the terminal, in characters; bars are shortened or left out, and names are cut, to fit.
        trace: whether to show the stack traces of errors.
    """
    now = now or datetime.now(UTC)
    operations = list(history.walk())
    start, total = span(history, now)
    names = [
        f"{INDENT * operation.depth}{in_line(operation.title)}{_attempts(operation)}"
        for operation in operations
    ]
    name_width = min(max((len(name) for name in names), default=len("operation")), NAME_WIDTH)
    durations = [format_duration(operation.seconds(now)) for operation in operations]
    took_width = max((len(duration) for duration in durations), default=len("took"))
    name_width, bar_width = _widths(name_width, KIND_WIDTH + took_width + 9, width)
    lines = Text("", style="bold")
    if operations:
        lines.append(f"   {'operation':<{name_width}}  {'kind':<{KIND_WIDTH}}  {'took':>{took_width}}\n")
    for operation, name, duration in zip(operations, names, durations, strict=True):
        colour = COLOURS.get(operation.outcome, "default")
        short = name if len(name) <= name_width else f"{name[: name_width - 1]}…"
        lines.append(f"{MARKS.get(operation.outcome, '…')}  ", f"not bold {colour}")
        lines.append(f"{short:<{name_width}}  ", "not bold")
        lines.append(f"{operation.kind:<{KIND_WIDTH}}  ", "not bold dim")
        lines.append(f"{duration:>{took_width}}  ", "not bold")
        lines.append(f"{_bar(operation, start, total, now, bar_width)}\n", f"not bold {colour}")
        _append_error(lines, operation, INDENT * (operation.depth + 1), trace=trace)
        if operation.next_attempt:
            after = f"{INDENT * (operation.depth + 1)}{next_attempt(operation, now)}"
            lines.append(f"   {after}\n", "not bold cyan")
    if history.execution is not None:
        _append_error(lines, history.execution, "", trace=trace)
    lines.rstrip()
    return lines


def _append_error(lines: Text, operation: Operation, indent: str, *, trace: bool) -> None:
    if refused := _refused(operation):
        lines.append(f"   {indent}{refused.strip()}\n", "not bold yellow")
    if operation.error_text:
        lines.append(f"   {indent}{in_line(operation.error_text)}\n", "not bold red")
    for line in operation.trace if trace else ():
        lines.append(f"   {indent}  {in_line(line)}\n", "not bold dim")


def _refused(operation: Operation) -> str:
    return "  refused" if operation.outcome == REFUSED and operation.kind == "callback" else ""


def _widths(name_width: int, other_width: int, total_width: int | None) -> tuple[int, int]:
    """Return the widths of the names and the bars."""
    if total_width is None:
        return name_width, BAR_WIDTH
    bar_width = min(total_width - other_width - name_width, BAR_WIDTH)
    if bar_width >= LEAST_BAR:
        return name_width, bar_width
    # Without bars, the names get their space.
    bar_width = LEAST_BAR if total_width - other_width - LEAST_BAR >= LEAST_NAME else 0
    return max(min(name_width, total_width - other_width - bar_width), 8), bar_width


def _attempts(operation: Operation) -> str:
    return f" ({operation.attempts} attempts)" if operation.attempts > 1 else ""


def next_attempt(operation: Operation, now: datetime | None = None) -> str:
    """Return which attempt of a step comes when; `now` adds in how long. Empty if none will come."""
    if operation.next_attempt is None:
        return ""
    attempt, time = f"attempt {operation.attempts + 1}", when(operation.next_attempt)
    if now is None:
        return f"{attempt} at {time}"
    seconds = (operation.next_attempt - now).total_seconds()
    return (
        f"{attempt} at {time}, in {format_duration(seconds)}"
        if seconds > 0
        else f"{attempt} due since {time}"
    )


def span(history: History, now: datetime) -> tuple[datetime, timedelta]:
    """Return when the execution started, and how long it took or has taken so far."""
    if history.execution is None:
        return now, timedelta(seconds=1)
    whole = (history.execution.ended or now) - history.execution.started
    return history.execution.started, max(whole, timedelta(milliseconds=1))


def _bar(operation: Operation, start: datetime, total: timedelta, now: datetime, width: int) -> str:
    if not width:
        return ""
    before = min(int((operation.started - start) / total * width), width - 1)
    until = min(round(((operation.ended or now) - start) / total * width), width)
    length = max(until - before, 1)
    return f"{' ' * before}{'━' * length}"


def headline(execution: dict[str, Any]) -> str:
    """Return a one-line summary of an execution."""
    function = execution["FunctionArn"].split(":")[6]
    return (
        f"[bold]{shown(execution['DurableExecutionName'])}[/bold]  {coloured(execution['Status'])}  "
        f"{shown(function)}, version {shown(execution.get('Version', '?'))}"
    )
