"""Parses log lines, and makes one story of them and the errors in an execution's history."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from .history import History

KNOWN_FIELDS = {"timestamp", "time", "level", "message", "requestId", "executionArn", "AWSRequestId"}
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
PLATFORM = ("START RequestId:", "END RequestId:", "REPORT RequestId:")
PREFIX = re.compile(r"\[(DEBUG|INFO|WARNING|ERROR|CRITICAL)\]")
"""The level in a line of text by Lambda's runtime for Python."""
ADVICE = "LAMBDA_WARNING: Unhandled exception."
"""What Lambda's runtime for Python logs before an error that it reports: 700 characters of advice, the same each time."""
SDK_LOGGER = "aws_durable_execution_sdk_python."
SDK_FAILURE = re.compile(r"❌ .*id: (?P<id>\S+), name: (?P<name>.*)")
"""What AWS's SDK for Python logs before the trace of a step or a condition that has failed."""


@dataclass
class Line:
    """A log line, or an error in an execution's history."""

    time: datetime
    level: str
    message: str
    request_id: str
    fields: dict[str, Any]
    repeated: int = 0
    """How many later invocations logged it again: code outside of operations runs in each."""
    execution: str = ""
    """The name of the execution, if a line of the invocation contains it."""
    trace: list[str] = field(default_factory=list)
    """The frames of the stack trace of its error, each of one or more lines."""
    event: object = None
    """Identifies the log event, or the event of the history."""
    same_event: object = None
    """Identifies the event of the history, if that tells of this error too."""
    error: tuple[str, str] = ("", "")
    """Its error: the type without a module, and the message."""
    failed: str | None = None
    """The ID of the operation that failed, if the SDK or the runtime tells of it; empty for the execution."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for lines that several invocations repeat."""
        return self.level, self.message, json.dumps(self.fields, sort_keys=True, default=str)

    @property
    def is_logged(self) -> bool:
        """Whether it is in the log, and not an error that only the history has."""
        return self.event != self.same_event

    def as_json(self) -> dict[str, Any]:
        """Return what scripts need of it; the message has the stack trace below it."""
        content = asdict(self)
        for internal in ("trace", "event", "same_event", "error", "failed"):
            del content[internal]
        return content | {"message": "\n".join([self.message, *self.trace])}


@dataclass
class FoldedLines:
    """Log lines without those that later invocations repeated."""

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


def errors_in(events: Iterable[dict[str, Any]]) -> Iterator[Line]:
    """Yield a line for each error in an execution's history."""
    history = History()
    for event in events:
        operation = history.add(event)
        if operation is None or not operation.error_text or event["EventType"].endswith("Started"):
            continue
        of_execution = operation is history.execution
        what = "execution" if of_execution else f"{operation.kind} {operation.title}"
        attempt = f", attempt {operation.attempts}" if operation.attempts else ""
        identity = (event["EventType"], operation.id, operation.attempts)
        yield Line(
            event["EventTimestamp"],
            "ERROR",
            f"{what}{attempt}: {operation.error_text}",
            "",
            {},
            trace=operation.trace,
            event=identity,
            same_event=identity,
            error=_compared(operation.error.get("ErrorType"), operation.error.get("ErrorMessage")),
            failed="" if of_execution else operation.id,
        )


def merged(lines: Iterable[Line], errors: Iterable[Line]) -> list[Line]:
    """Return the lines and the errors of one execution, oldest first: each error once, with the trace that was logged."""
    result = list(lines)
    logged: dict[tuple[str | None, tuple[str, str]], list[Line]] = {}
    for line in result:
        if line.failed is not None:
            logged.setdefault((line.failed, line.error), []).append(line)
    for error in errors:
        same = logged.get((error.failed, error.error))
        if not same:
            result.append(error)
            continue
        # An attempt is logged before it is in the history, by another clock.
        nearest = min(same, key=lambda line: abs(line.time - error.time))
        same.remove(nearest)
        nearest.message, nearest.same_event = error.message, error.event
        nearest.trace = nearest.trace or error.trace
    return sorted(result, key=lambda line: line.time)


def without_repeated_reports(lines: Iterable[Line]) -> list[Line]:
    """Return the lines, with Lambda's report of a failed invocation at DEBUG if the runtime has logged its error."""
    result = list(lines)
    logged = {(line.request_id, line.error[0]) for line in result if line.failed is not None}
    for line in result:
        if line.failed is None and line.error[0] and (line.request_id, line.error[0]) in logged:
            line.level = "DEBUG"
    return result


def parsed(event: Mapping[str, Any]) -> Line:
    """Parse a log event: JSON by Lambda or the SDK, or whatever a handler has printed."""
    line = _line_of(event)
    line.event = identity_of(event)
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
    shown = message.rstrip() if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    fields = {key: value for key, value in content.items() if key not in KNOWN_FIELDS}
    request_id = str(content.get("requestId") or content.get("AWSRequestId") or "")
    _, _, execution = str(content.get("executionArn", "")).partition("/durable-execution/")
    level = "DEBUG" if shown.startswith(ADVICE) else _level(str(content.get("level", "INFO")))
    line = Line(time, level, shown, request_id, fields, execution=execution.partition("/")[0])
    if "errorType" in error:
        _add_error(line, "" if error is message else shown, error)
    return line


def _add_error(line: Line, message: str, error: Mapping[str, Any]) -> None:
    """Add an error to its line, and, if the SDK or the runtime tells of it, what it has ended."""
    line.error = _compared(error["errorType"], error.get("errorMessage"))
    line.trace = _frames(error)
    logger = str(line.fields.get("logger", ""))
    if of_operation := SDK_FAILURE.fullmatch(message) if logger.startswith(SDK_LOGGER) else None:
        line.failed = of_operation["id"]
        line.fields["operationId"] = of_operation["id"]
        message = message.replace(of_operation[0], f"❌ {of_operation['name']} failed")
    elif not message or logger.startswith(SDK_LOGGER):
        line.failed = ""
    summary = f"{error['errorType']}: {error.get('errorMessage', '')}"
    line.message = f"{message}\n{summary}" if message else summary


def _platform_line(time: datetime, content: Mapping[str, Any]) -> Line:
    """Lambda's own line about an invocation: of interest if the invocation has failed by no error of the handler's."""
    record = content["record"] if isinstance(content["record"], dict) else {}
    text, status = str(content["type"]), str(record.get("status", "success"))
    failed = text == "platform.report" and status != "success"
    error = record.get("errorType") if failed else None
    if failed:
        text += f" {status}" + (f" {error}" if error else "")
    level = "ERROR" if failed else "DEBUG"
    return Line(time, level, text, str(record.get("requestId", "")), {}, error=_compared(error, None))


def _compared(error_type: object, message: object) -> tuple[str, str]:
    """Return an error as it can be compared: the history has its type with the module, a log line has it without."""
    return str(error_type or "").rpartition(".")[2], str(message or "")


def _level(name: str) -> str:
    return name.upper().replace("WARNING", "WARN").replace("CRITICAL", "FATAL")


def _frames(error: Mapping[str, Any]) -> list[str]:
    trace = error.get("stackTrace") or error.get("stack") or []
    frames = [str(frame).rstrip("\n") for frame in (trace if isinstance(trace, list) else [trace])]
    # Node.js has the error itself as the first line.
    return frames[1:] if frames and not frames[0].startswith(" ") else frames


def at_least(lines: Iterable[Line], level: str, below: list[Line]) -> Iterator[Line]:
    """Yield the lines at a level or above, and add the others to `below`."""
    lowest = LEVELS.index(level)
    for line in lines:
        if line.level not in LEVELS or LEVELS.index(line.level) >= lowest:
            yield line
        else:
            below.append(line)


def identity_of(event: Mapping[str, Any]) -> object:
    """Return what identifies a log event."""
    return event.get("eventId") or (event["timestamp"], event.get("logStreamName"), event["message"])
