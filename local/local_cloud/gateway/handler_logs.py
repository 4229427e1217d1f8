"""What handlers log, in CloudWatch Logs, as Lambda writes it there: in the function's format, from its levels on.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
"""

import itertools
import json
import math
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_cloud.gateway import emulator

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SAME_LEVEL = {"WARNING": "WARN", "CRITICAL": "FATAL", "INFORMATION": "INFO", "SEVERE": "ERROR"}
MAX_LINES = 20_000
"""How many lines of handlers the cloud keeps, of all functions together; the oldest are dropped.

They are saved with the log groups after each change of these, so many more would make deployments slow.
"""

_event_ids = itertools.count(time.time_ns())


@dataclass(frozen=True)
class LogLine:
    """A line, or a message of several lines, that a handler has logged."""

    time: int
    """Microseconds since 1970."""
    text: str
    level: str | None = None
    """None: the runtime does not know it, as for what is printed."""


@dataclass(frozen=True)
class LogSettings:
    """A function's LoggingConfig, with Lambda's defaults."""

    group: str
    own_group: bool
    """Whether it is the group that each function has."""
    json: bool
    application_level: str
    system_level: str

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> "LogSettings":
        """Those of a function's or version's configuration."""
        given = config.get("LoggingConfig") or {}
        own = f"/aws/lambda/{config['FunctionName']}"
        group = given.get("LogGroup") or own
        return cls(
            group=group,
            own_group=group == own,
            json=given.get("LogFormat") == "JSON",
            application_level=given.get("ApplicationLogLevel") or "INFO",
            system_level=given.get("SystemLogLevel") or "INFO",
        )

    @property
    def environment(self) -> dict[str, str]:
        """What Lambda's runtimes read them from."""
        names = {
            "AWS_LAMBDA_LOG_GROUP_NAME": self.group,
            "AWS_LAMBDA_LOG_FORMAT": "JSON" if self.json else "Text",
        }
        return names | ({"AWS_LAMBDA_LOG_LEVEL": self.application_level} if self.json else {})

    def has(self, line: LogLine) -> bool:
        """Whether the line's level is high enough; only logs in JSON have levels."""
        return not self.json or _rank(line.level or _level_in(line.text)) >= _rank(self.application_level)


class LogStream:
    """The log stream of an execution environment."""

    def __init__(self, config: Mapping[str, Any], settings: LogSettings) -> None:
        self._settings = settings
        self._version = config.get("Version", "$LATEST")
        self._memory = config.get("MemorySize", 128)
        # The function's name is in the name only in a group that several functions may share.
        function = "" if settings.own_group else config["FunctionName"]
        self.name = f"{datetime.now(UTC):%Y/%m/%d}/{function}[{self._version}]{uuid.uuid4().hex}"
        self._written: list[dict[str, Any]] = []

    def write(self, lines: Sequence[LogLine]) -> None:
        """Add the handler's lines."""
        self._put([line for line in lines if self._settings.has(line)])

    def start(self, request_id: str) -> None:
        """Begin an invocation."""
        if self._settings.json:
            self._system("INFO", "platform.start", requestId=request_id, version=self._version)
        else:
            self._text(f"START RequestId: {request_id} Version: {self._version}")

    def end(
        self,
        request_id: str,
        milliseconds: float,
        *,
        status: str = "success",
        error_type: str = "",
        message: str = "",
        init_milliseconds: float | None = None,
        peak_megabytes: int = 0,
    ) -> str:
        """End an invocation, and return its whole log. `status` is one of the Telemetry API's; `message` a failure's."""
        billed = math.ceil(milliseconds + (init_milliseconds or 0))
        if self._settings.json:
            failure = {"status": status} | ({"errorType": error_type} if error_type else {})
            level = "DEBUG" if status == "success" else "WARN"
            self._system(level, "platform.runtimeDone", requestId=request_id, **failure)
            metrics = {
                "durationMs": round(milliseconds, 3),
                "billedDurationMs": billed,
                "memorySizeMB": self._memory,
                "maxMemoryUsedMB": peak_megabytes,
            }
            if init_milliseconds is not None:
                metrics["initDurationMs"] = round(init_milliseconds, 2)
            level = "INFO" if status == "success" else "WARN"
            self._system(level, "platform.report", requestId=request_id, metrics=metrics, **failure)
        else:
            if message:
                self._text(message)
            init = "" if init_milliseconds is None else f"Init Duration: {init_milliseconds:.2f} ms\t"
            failed = ""
            # What a handler raises is no failure of the runtime.
            if error_type.startswith(("Runtime.", "Sandbox.")):
                failed = f"Status: {status}\t" + (f"Error Type: {error_type}\t" if status == "error" else "")
            self._text(f"END RequestId: {request_id}")
            self._text(
                f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {billed} ms\t"
                f"Memory Size: {self._memory} MB\tMax Memory Used: {peak_megabytes} MB\t{init}{failed}"
            )
        written, self._written = self._written, []
        if written:
            emulator.deliver_log_events(self._settings.group, self.name, written)
            emulator.show_log_events(self._settings.group, self.name, written)
        return "\n".join(event["message"] for event in written)

    def _text(self, text: str) -> None:
        self._put([LogLine(time.time_ns() // 1000, text)])

    def _system(self, level: str, kind: str, **record: Any) -> None:
        if _rank(level) < _rank(self._settings.system_level):
            return
        now = time.time_ns() // 1000
        stamp = datetime.fromtimestamp(now / 1_000_000, UTC).isoformat(timespec="milliseconds")
        content = {"time": stamp.replace("+00:00", "Z"), "type": kind, "record": record}
        self._put([LogLine(now, json.dumps(content))])

    def _put(self, lines: Sequence[LogLine]) -> None:
        if not lines:
            return
        now = time.time_ns() // 1_000_000
        events = [
            {
                "timestamp": line.time // 1000,
                "message": line.text,
                "ingestionTime": now,
                "eventId": f"{next(_event_ids):056d}",
            }
            for line in sorted(lines, key=lambda line: line.time)
        ]
        _kept.add(self._settings.group, self.name, events)
        self._written += events


class _Kept:
    """The lines that the cloud keeps, in the order in which they were written."""

    def __init__(self) -> None:
        self._batches: deque[tuple[dict[str, Any], str, dict[str, Any], int]] = deque()
        self._lines = 0
        self._lock = threading.Lock()

    def add(self, group_name: str, stream_name: str, events: list[dict[str, Any]]) -> None:
        """Add a stream's events; the group is made if it does not exist, as by Lambda."""
        with self._lock:
            groups = emulator.log_groups.value
            if group_name not in groups:
                groups[group_name] = _group(group_name)
            group = groups[group_name]
            if stream_name not in group["streams"]:
                group["streams"][stream_name] = _stream()
            stream = group["streams"][stream_name]
            emulator.append_log_events(stream, events)
            self._batches.append((group, stream_name, stream, len(events)))
            self._lines += len(events)
            while self._lines > MAX_LINES:
                self._drop()

    def load(self) -> None:
        """Count what an earlier run of the cloud has left."""
        with self._lock:
            for group in list(emulator.log_groups.value.all_values()):
                for name, stream in list(group["streams"].items()):
                    self._batches.append((group, name, stream, len(stream["events"])))
                    self._lines += len(stream["events"])

    def reader(self, read: Callable[[], Any]) -> Callable[[], Any]:
        """A function that reads the log groups while no handler's lines are added."""

        def read_alone() -> Any:
            with self._lock:
                return read()

        return read_alone

    def _drop(self) -> None:
        group, name, stream, count = self._batches.popleft()
        self._lines -= count
        with emulator.log_events_lock.value:
            # A new list: a reader may have the old one.
            stream["events"] = stream["events"][count:]
            if not stream["events"] and group["streams"].get(name) is stream:
                del group["streams"][name]


_kept = _Kept()
load, reader = _kept.load, _kept.reader


def _group(name: str) -> dict[str, Any]:
    return {
        "arn": emulator.log_group_arn(name),
        "creationTime": time.time_ns() // 1_000_000,
        "retentionInDays": None,
        "tags": {},
        "subscriptionFilters": {},
        "streams": {},
    }


def _stream() -> dict[str, Any]:
    return {
        "events": [],
        "uploadSequenceToken": "1",
        "creationTime": time.time_ns() // 1_000_000,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else LEVELS.index("INFO")


def _level_in(text: str) -> str:
    """The level that a printed line has: its own if it is JSON with one, else INFO."""
    if not text.startswith("{"):
        # Lambda documents levels for JSON only; what is printed as text is kept.
        return LEVELS[-1]
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return LEVELS[-1]
    level = str(content.get("level", "INFO")).upper()
    return SAME_LEVEL.get(level, level)
