"""Reads the log lines of executions, across their invocations.

What an invocation logs lies between two lines of Lambda's own in one log stream. So also lines are found that do not
say to which execution they belong: prints, tracebacks, the output of libraries.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
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
APART = 60_000
"""Milliseconds between two invocations in a log stream from which on they are read by queries of their own."""
KNOWN_FIELDS = {"timestamp", "time", "level", "message", "requestId", "executionArn", "AWSRequestId"}
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
BEGIN = re.compile(r"START RequestId: (\S+)")
END = re.compile(r"REPORT RequestId: (\S+)")
PLATFORM = ("START RequestId:", "END RequestId:", "REPORT RequestId:")
PREFIX = re.compile(r"\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\]")
"""The level in a line of text by Lambda's runtime for Python."""


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
    """The name of the execution, if a line of the invocation contains it."""
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


def lines_of(
    group: str, region: str, execution: dict[str, Any], request_ids: Iterable[str]
) -> Iterator[Line]:
    """Yield an execution's lines in a log group, oldest first.

    Args:
        group: the log group's name.
        region: its region.
        execution: the response of GetDurableExecution.
        request_ids: of its invocations, as far as they are known.
    """
    import boto3  # noqa: PLC0415 - its import takes longer than most commands

    group_lines = _Group(boto3.client("logs", region_name=region), group)
    since = _milliseconds(execution["StartTimestamp"])
    until = _milliseconds((execution.get("EndTimestamp") or datetime.now(UTC)) + MARGIN)
    found = group_lines.events(since, until, f'"{execution["DurableExecutionArn"].rpartition("/")[2]}"')
    ids = sorted({*request_ids, *(parsed(event).request_id for event in found.values())} - {""})
    for first in range(0, len(ids), MAX_TERMS):
        # A single term is a plain one; several need the form that matches any of them.
        terms = [f'"{each}"' for each in ids[first : first + MAX_TERMS]]
        pattern = terms[0] if len(terms) == 1 else " ".join(f"?{term}" for term in terms)
        found |= group_lines.events(since, until, pattern)
    owners: dict[object, str] = {}
    within: dict[object, dict[str, Any]] = {}
    for stream, begin, end in _spans(found.values(), set(ids), until):
        events = group_lines.events(begin, end, "", stream)
        owners |= _inside(events, set(ids))
        within |= {identity: event for identity, event in events.items() if identity in owners}
    # These first: those of the same millisecond keep the order of their stream.
    for event in sorted((within | found).values(), key=lambda event: event["timestamp"]):
        line = parsed(event)
        line.request_id = line.request_id or owners.get(line.event, "")
        yield line


class _Group:
    """A log group."""

    def __init__(self, client: Any, name: str) -> None:
        self._pages = client.get_paginator("filter_log_events").paginate
        self._name = name

    def events(
        self, since: int, until: int | None = None, pattern: str = "", stream: str = ""
    ) -> dict[object, dict[str, Any]]:
        """Return the events of a time, by what identifies them, in their order in each stream."""
        more: dict[str, Any] = {"logStreamNames": [stream]} if stream else {}
        if until is not None:
            more["endTime"] = until
        pages = self._pages(logGroupName=self._name, filterPattern=pattern, startTime=since, **more)
        return {_identity(event): event for page in pages for event in page["events"]}


def _spans(
    events: Iterable[Mapping[str, Any]], request_ids: set[str], until: int
) -> Iterator[tuple[str, int, int]]:
    """Yield log streams with the first and last time of invocations in them; what is close together is one."""
    begins: dict[str, list[tuple[int, str]]] = {}
    ends: dict[str, int] = {}
    for event in events:
        begun, ended = _boundary(event)
        if begun in request_ids:
            begins.setdefault(str(event.get("logStreamName")), []).append((event["timestamp"], begun))
        if ended in request_ids:
            ends[ended] = event["timestamp"]
    for stream, invocations in begins.items():
        first = last = None
        for begin, request_id in sorted(invocations):
            if first is None or last is None or begin - last > APART:
                if first is not None and last is not None:
                    yield stream, first, last
                first = begin
            last = ends.get(request_id, until)
        if first is not None and last is not None:
            yield stream, first, last


def _inside(events: Mapping[object, Mapping[str, Any]], request_ids: set[str] | None) -> dict[object, str]:
    """Return the request IDs of the invocations, these or all, in which events of a stream lie."""
    owners: dict[object, str] = {}
    current = ""
    for identity, event in events.items():
        begun, ended = _boundary(event)
        current = begun or current
        if current and (request_ids is None or current in request_ids):
            owners[identity] = current
        if ended == current:
            current = ""
    return owners


def _boundary(event: Mapping[str, Any]) -> tuple[str, str]:
    """Return the request ID that an event of Lambda's begins, and the one that it ends; empty for all others."""
    message = event["message"]
    if message.startswith("{"):
        try:
            content = json.loads(message)
        except (ValueError, RecursionError):
            return "", ""
        record = content.get("record")
        request_id = str(record.get("requestId", "")) if isinstance(record, dict) else ""
        kind = content.get("type")
        return (
            request_id if kind == "platform.start" else "",
            request_id if kind == "platform.report" else "",
        )
    begin, end = BEGIN.match(message), END.match(message)
    return begin[1] if begin else "", end[1] if end else ""


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)


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

    group_lines = _Group(boto3.client("logs", region_name=region), group)
    events = group_lines.events(_milliseconds(since))
    streams: dict[str, dict[object, Mapping[str, Any]]] = {}
    for identity, event in events.items():
        streams.setdefault(str(event.get("logStreamName")), {})[identity] = event
    owners: dict[object, str] = {}
    for of_stream in streams.values():
        owners |= _inside(of_stream, None)
    lines = [parsed(event) for event in sorted(events.values(), key=lambda event: event["timestamp"])]
    for line in lines:
        line.request_id = line.request_id or owners.get(line.event, "")
    names = {line.request_id: line.execution for line in lines if line.execution}
    for line in lines:
        line.execution = line.execution or names.get(line.request_id, "")
        yield line


def parsed(event: Mapping[str, Any]) -> Line:
    """Parse a log event: JSON by Lambda or the SDK, or whatever a handler has printed."""
    line = _line_of(event)
    line.event = _identity(event)
    return line


def _line_of(event: Mapping[str, Any]) -> Line:
    time = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    text = event["message"].rstrip()
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        prefix = PREFIX.match(text)
        level = "DEBUG" if text.startswith(PLATFORM) else _level(prefix[1] if prefix else "INFO")
        return Line(time, level, text, "", {})
    if "record" in content and "type" in content:
        return _platform_line(time, content)
    message = content.get("message", "")
    error = message if isinstance(message, dict) and "errorType" in message else content
    shown = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    if "errorType" in error:
        shown = _with_trace("" if error is message else shown, error)
    fields = {key: value for key, value in content.items() if key not in KNOWN_FIELDS}
    request_id = str(content.get("requestId") or content.get("AWSRequestId") or "")
    _, _, execution = str(content.get("executionArn", "")).partition("/durable-execution/")
    level = _level(str(content.get("level", "INFO")))
    return Line(time, level, shown, request_id, fields, execution=execution.partition("/")[0])


def _platform_line(time: datetime, content: Mapping[str, Any]) -> Line:
    """Lambda's own line about an invocation: of interest if the invocation has failed by no error of the handler's."""
    record = content["record"] if isinstance(content["record"], dict) else {}
    text, status = str(content["type"]), str(record.get("status", "success"))
    failed = text == "platform.report" and status != "success"
    if failed:
        text += f" {status}" + (f" {record['errorType']}" if record.get("errorType") else "")
    return Line(time, "ERROR" if failed else "DEBUG", text, str(record.get("requestId", "")), {})


def _level(name: str) -> str:
    return name.upper().replace("WARNING", "WARN").replace("CRITICAL", "FATAL")


def _with_trace(message: str, error: Mapping[str, Any]) -> str:
    """Return a message with the error below it, as the runtime would print it."""
    summary = f"{error['errorType']}: {error.get('errorMessage', '')}"
    trace = error.get("stackTrace") or error.get("stack") or []
    frames = [str(frame).rstrip("\n") for frame in (trace if isinstance(trace, list) else [trace])]
    # Node.js has the error itself as the first line.
    if frames and not frames[0].startswith(" "):
        frames = frames[1:]
    return "\n".join([*([message] if message else []), summary, *frames])


def at_least(lines: Iterable[Line], level: str, below: list[Line]) -> Iterator[Line]:
    """Yield the lines at a level or above, and add the others to `below`."""
    lowest = LEVELS.index(level)
    for line in lines:
        if line.level not in LEVELS or LEVELS.index(line.level) >= lowest:
            yield line
        else:
            below.append(line)


def _identity(event: Mapping[str, Any]) -> object:
    """Return what identifies an event."""
    return event.get("eventId") or (event["timestamp"], event.get("logStreamName"), event["message"])
