"""Renders an execution's history as one self-contained HTML page."""

from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .console import MARKS, format_duration
from .history import REFUSED, History, Operation
from .terminal import visible
from .timeline import span
from .values import as_text, loaded

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    finalize=lambda value: visible(value) if isinstance(value, str) else value,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(execution: dict[str, Any], history: History, now: datetime) -> str:
    """Return the page.

    Args:
        execution: the response of GetDurableExecution.
        history: its operations.
        now: when the page is written.
    """
    start, total = span(history, now)

    def row(operation: Operation) -> dict[str, Any]:
        left = max((operation.started - start) / total * 100, 0)
        width = ((operation.ended or now) - operation.started) / total * 100
        return {
            "operation": operation,
            "offset": format_duration(max((operation.started - start).total_seconds(), 0)),
            "took": format_duration(operation.seconds(now)),
            "left": round(min(left, 99.5), 2),
            "width": round(max(min(width, 100 - left), 0.5), 2),
            "mark": MARKS.get(operation.outcome, "…"),
            "word": f"{operation.status}, refused" if operation.outcome == REFUSED else operation.status,
            "details": _details(operation),
        }

    rows = [row(operation) for operation in history.walk()]
    return _templates.get_template("page.html.j2").render(
        name=execution["DurableExecutionName"],
        status=execution["Status"],
        mark=MARKS.get(execution["Status"], "…"),
        facts={
            "Function": execution["FunctionArn"].split(":")[6],
            "Version": execution.get("Version", "?"),
            "Started": _zoned(execution["StartTimestamp"]),
            "Ended": _zoned(execution["EndTimestamp"]) if "EndTimestamp" in execution else "still running",
            "Took": format_duration(total.total_seconds()),
            "Operations": f"{len(rows):,}",
            "Invocations": f"{history.invocations:,}",
            "ARN": execution["DurableExecutionArn"],
        },
        input=as_text(loaded(execution.get("InputPayload") or _input(history))),
        outcome=as_text(loaded(execution.get("Result"))) or as_text(execution.get("Error") or None),
        outcome_is="Result" if execution["Status"] == "SUCCEEDED" else "Error",
        rows=rows,
        made=_zoned(now),
    )


def _details(operation: Operation) -> list[tuple[str, str]]:
    details = {
        "Answer": "refused" if operation.outcome == REFUSED else "",
        "Error": operation.error_text,
        "Stack trace": "\n".join(operation.trace),
        "Attempts": str(operation.attempts) if operation.attempts > 1 else "",
        "Next attempt": _zoned(operation.next_attempt) if operation.next_attempt else "",
        "Result": as_text(operation.value),
        "Input": as_text(loaded(operation.input)),
        "Callback": operation.callback_id or "",
        "Invoked": operation.invoked or "",
        "Until": _zoned(operation.until) if operation.until else "",
    }
    return [(title, text) for title, text in details.items() if text]


def _input(history: History) -> str | None:
    """Return the execution's input from its first event."""
    return history.execution.input if history.execution else None


def _zoned(time: datetime) -> str:
    """Return a time with its zone: the page may be read in another one."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S %Z (UTC%z)}"
