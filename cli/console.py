"""Output for people (colours, times, tables) and scripts (JSON), and the options that several commands have."""

import importlib
import json
import os
import sys
from datetime import UTC, datetime
from inspect import cleandoc
from typing import Annotated, Any

import typer
from rich.markup import escape

from .terminal import Terminal, in_line, json_text, shown, shown_lines, visible

out = Terminal()
err = Terminal(stderr=True)

COLOURS = {
    "RUNNING": "cyan",
    "STARTED": "cyan",
    "PENDING": "cyan",
    "PAUSING": "yellow",
    "PAUSED": "yellow",
    "SUCCEEDED": "green",
    "FAILED": "red",
    "TIMED_OUT": "red",
    "STOPPED": "yellow",
    "CANCELLED": "yellow",
    "DELETING": "yellow",
    "UNFINISHED": "yellow",
    "REFUSED": "yellow",
}
MARKS = {
    "SUCCEEDED": "✓",
    "FAILED": "✗",
    "TIMED_OUT": "✗",
    "STOPPED": "■",
    "CANCELLED": "■",
    "UNFINISHED": "■",
    "REFUSED": "✗",
}

Titles = Annotated[
    list[str] | None,
    typer.Argument(
        help="Functions, by their names in the stack. Default: all.",
        autocompletion=lambda ctx, incomplete: _completed("functions", ctx, incomplete),
    ),
]
Title = Annotated[
    str,
    typer.Argument(
        help="The function, by its name in the stack.",
        autocompletion=lambda ctx, incomplete: _completed("functions", ctx, incomplete),
    ),
]
Execution = Annotated[
    str | None,
    typer.Argument(
        help="Its name, a unique prefix of it, or its ARN. Of several with that name, the newest.",
        autocompletion=lambda ctx, incomplete: _completed("executions", ctx, incomplete),
    ),
]
Executions = Annotated[
    list[str] | None,
    typer.Argument(
        help="Executions, by their names, unique prefixes of them, or their ARNs.",
        autocompletion=lambda ctx, incomplete: _completed("executions", ctx, incomplete),
    ),
]
Last = Annotated[bool, typer.Option("--last", "-l", help="The execution that started last.")]
Stack = Annotated[
    str | None,
    typer.Option(
        "--stack", "-s", envvar="DURABLE_STACK", help="The stack's name. Default: the selected stack."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def unwrapped(docstring: str | None) -> str:
    """Return a docstring with each paragraph on one line, so that it is broken by a terminal's width alone."""
    paragraphs = cleandoc(docstring or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def coloured(status: str) -> str:
    """Return a status in its colour."""
    colour = COLOURS.get(status, "default")
    return f"[{colour}]{shown(status)}[/{colour}]"


def marked(status: str) -> str:
    """Return the mark of a status in its colour."""
    colour = COLOURS.get(status, "default")
    return f"[{colour}]{MARKS.get(status, '…')}[/{colour}]"


def when(time: datetime) -> str:
    """Return a time in this machine's zone."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def format_duration(seconds: float) -> str:
    """Return a duration in a suitable unit."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds * 1000:.0f} ms"
    minutes, seconds = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{hours // 24} days {hours % 24} h"


def ago(time: datetime, now: datetime | None = None) -> str:
    """Return how long ago a time was, in the largest unit that fits."""
    seconds = max(((now or datetime.now(UTC)) - time).total_seconds(), 0)
    for unit, length in (("days", 172_800), ("h", 7_200), ("min", 120)):
        if seconds >= length:
            return f"{seconds // (length // 2):.0f} {unit} ago"
    return f"{seconds:.0f} s ago"


def counted(number: int, what: str) -> str:
    """Return a number of things: `1 operation`, `2,000 operations`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def elapsed(start: datetime, end: datetime | None) -> str:
    """Return how long something took, or has taken so far."""
    return format_duration(((end or datetime.now(UTC)) - start).total_seconds())


def print_json(value: Any) -> None:
    """Print a value as JSON, with times as ISO 8601."""
    sys.stdout.write(f"{json_text(value)}\n")


def pretty(text: str | None) -> str:
    """Return JSON indented, and other text as it is; escaped for the console."""
    if text is None:
        return "[dim]none[/dim]"
    try:
        return escape(json_text(json.loads(text)))
    except (ValueError, RecursionError):
        return shown_lines(text)


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask for confirmation, unless it was given by --yes."""
    return yes or typer.confirm(visible(question))


def _completed(what: str, context: typer.Context, incomplete: str) -> list[str]:
    # Imported here, since that module imports this one.
    completions: list[str] = getattr(importlib.import_module("..completion", __name__), what)(
        context, incomplete
    )
    # The shell shows them as they are, and a name that is escaped is not its name.
    return [each for each in completions if each == in_line(each)]


def new_table(*titles: str) -> Any:
    """Return a rich table without borders."""
    from rich.table import Table  # noqa: PLC0415 - not every command has one

    return Table(*titles, box=None, pad_edge=False)


def terminal_width() -> int | None:
    """Return the width that lines should fit into; None for a pipe, unless COLUMNS is set."""
    return out.width if out.is_terminal or os.environ.get("COLUMNS") else None


def completed_names(context: typer.Context, incomplete: str) -> list[str]:
    """Return the functions and executions whose names start with this text."""
    return [*_completed("functions", context, incomplete), *_completed("executions", context, incomplete)]
