"""Reads the log lines of executions, across their invocations."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .history import History
from .service_errors import error_code
from .stack import Function

MAX_TERMS = 10
"""How many invocations one query of the log group covers: a filter pattern has at most 1,024 characters."""
MARGIN = timedelta(minutes=5)
"""How long after an execution's end its last lines may arrive."""
KNOWN_FIELDS = {"timestamp", "time", "level", "message", "requestId", "executionArn", "AWSRequestId"}
PLATFORM = ("START RequestId:", "END RequestId:", "REPORT RequestId:")
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


@dataclass
class Line:
    """A log line."""

    time: datetime
    level: str
    message: str
    request_id: str
    fields: dict[str, Any]
    repeated: int = 0
    """How many later invocations logged it again: code outside of operations runs in each."""
    execution: str = ""
    """The name of the execution, if the line contains it."""
    event: object = None
    """Identifies the log event."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for lines that several invocations repeat."""
        return self.level, self.message, json.dumps(self.fields, sort_keys=True, default=str)


@dataclass
class FoldedLines:
    """Log lines without those that replays repeated."""

    lines: list[Line] = field(default_factory=list)
    _seen: dict[tuple[str, str, str], Line] = field(default_factory=dict)

    def add(self, line: Line) -> bool:
        """Add a line; return False if an earlier invocation logged the same."""
        first = self._seen.get(line.identity)
        if first is not None and first.request_id != line.request_id:
            first.repeated += 1
            return False
        self._seen.setdefault(line.identity, line)
        self.lines.append(line)
        return True


def group_of(client: Any, function: Function, arn: str) -> str:
    """Return an execution's log group: that of its version, or of the newest code if the version was deleted."""
    version = arn.partition("/")[0].rpartition(":")[2]
    try:
        config = client.get_function_configuration(FunctionName=function.name, Qualifier=version)
    except Exception as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        config = client.get_function_configuration(FunctionName=function.name)
    return str((config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function.name}")


def lines_of(group: str, region: str, execution: dict[str, Any], request_ids: list[str]) -> Iterator[Line]:
    """Yield an execution's lines in a log group, oldest first.

    Args:
        group: the log group's name.
        region: its region.
        execution: the response of GetDurableExecution.
        request_ids: of its invocations: Lambda's own lines and plain prints contain only those.
    """
    import boto3  # noqa: PLC0415 - its import takes longer than most commands

    until = execution.get("EndTimestamp")
    client = boto3.client("logs", region_name=region)
    end = (until + MARGIN) if until else datetime.now(UTC) + MARGIN
    events: dict[object, dict[str, Any]] = {}
    # A single term is a plain one; several need the form that matches any of them.
    patterns = [f'"{execution["DurableExecutionArn"].rsplit("/", maxsplit=1)[-1]}"']
    for first in range(0, len(request_ids), MAX_TERMS):
        patterns.append(" ".join(f'?"{term}"' for term in request_ids[first : first + MAX_TERMS]))
    for pattern in patterns:
        pages = client.get_paginator("filter_log_events").paginate(
            logGroupName=group,
            filterPattern=pattern,
            startTime=int(execution["StartTimestamp"].timestamp() * 1000),
            endTime=int(end.timestamp() * 1000),
        )
        events |= {_identity(event): event for page in pages for event in page["events"]}
    for event in sorted(events.values(), key=lambda event: event["timestamp"]):
        yield _parsed(event)


def errors_in(events: Iterable[dict[str, Any]]) -> Iterator[Line]:
    """Yield a line for each error in an execution's history."""
    history = History()
    for event in events:
        operation = history.add(event)
        if operation is None or not operation.error_text or event["EventType"].endswith("Started"):
            continue
        what = "execution" if operation is history.execution else f"{operation.kind} {operation.title}"
        attempt = f", attempt {operation.attempts}" if operation.attempts else ""
        identity = (event["EventType"], operation.id, operation.attempts)
        message = f"{what}{attempt}: {operation.error_text}"
        yield Line(event["EventTimestamp"], "ERROR", message, "", {}, event=identity)


def lines_since(group: str, region: str, since: datetime) -> Iterator[Line]:
    """Yield all lines of a log group since a time, oldest first."""
    import boto3  # noqa: PLC0415 - its import takes longer than most commands

    client = boto3.client("logs", region_name=region)
    pages = client.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=int(since.timestamp() * 1000)
    )
    for event in sorted(
        (event for page in pages for event in page["events"]), key=lambda event: event["timestamp"]
    ):
        yield _parsed(event)


def _parsed(event: dict[str, Any]) -> Line:
    line = parsed(event)
    line.event = _identity(event)
    return line


def parsed(event: dict[str, Any]) -> Line:
    """Parse a log event: JSON by Lambda or the SDK, or whatever a handler has printed."""
    time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    text = event["message"].rstrip()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return Line(time, "DEBUG" if text.startswith(PLATFORM) else "INFO", text, "", {})
    if "record" in content and "type" in content:
        record = content["record"] if isinstance(content["record"], dict) else {}
        return Line(time, "DEBUG", str(content["type"]), str(record.get("requestId", "")), {})
    message = content.get("message", "")
    shown = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    level = str(content.get("level", "INFO")).upper().replace("WARNING", "WARN").replace("CRITICAL", "FATAL")
    fields = {key: value for key, value in content.items() if key not in KNOWN_FIELDS}
    request_id = str(content.get("requestId") or content.get("AWSRequestId") or "")
    _, _, execution = str(content.get("executionArn", "")).partition("/durable-execution/")
    return Line(time, level, shown, request_id, fields, execution=execution.partition("/")[0])


def at_least(lines: Iterable[Line], level: str) -> Iterator[Line]:
    """Yield the lines at a level or above."""
    lowest = LEVELS.index(level)
    return (line for line in lines if line.level not in LEVELS or LEVELS.index(line.level) >= lowest)


def _identity(event: dict[str, Any]) -> object:
    """Return what identifies an event; the local cloud gives events no IDs."""
    return event.get("eventId") or (event["timestamp"], event.get("logStreamName"), event["message"])
