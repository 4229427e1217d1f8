"""The history of an execution as one page of HTML, which needs nothing beside it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .console import MARKS, lasted, when
from .history import History, Operation
from .terminal import visible
from .timeline import span

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
        execution: what GetDurableExecution says of it.
        history: its operations.
        now: the time that the page is of.
    """
    begun, total = span(history, now)

    def row(operation: Operation) -> dict[str, Any]:
        left = max((operation.started - begun) / total * 100, 0)
        width = ((operation.ended or now) - operation.started) / total * 100
        return {
            "operation": operation,
            "offset": lasted(max((operation.started - begun).total_seconds(), 0)),
            "took": lasted(operation.seconds(now)),
            "left": round(min(left, 99.5), 2),
            "width": round(max(min(width, 100 - left), 0.5), 2),
            "mark": MARKS.get(operation.status, "…"),
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
            "Started": when(execution["StartTimestamp"]),
            "Ended": when(execution["EndTimestamp"]) if "EndTimestamp" in execution else "still running",
            "Took": lasted(total.total_seconds()),
            "Operations": f"{len(rows):,}",
            "Invocations": f"{history.invocations:,}",
            "ARN": execution["DurableExecutionArn"],
        },
        outcome=_indented(execution.get("Result")) or _indented(json.dumps(execution.get("Error") or None)),
        rows=rows,
        made=when(now),
    )


def _details(operation: Operation) -> list[tuple[str, str]]:
    found = {
        "Error": operation.said,
        "Attempts": str(operation.attempts) if operation.attempts > 1 else "",
        "Result": _indented(operation.result),
        "Input": _indented(operation.input),
        "Callback": operation.callback_id or "",
        "Invoked": operation.invoked or "",
        "Until": when(operation.until) if operation.until else "",
    }
    return [(title, text) for title, text in found.items() if text]


def _indented(text: str | None) -> str:
    if not text or text == "null":
        return ""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text
