"""Reads the log lines of executions, across their invocations.

What an invocation logs lies between two lines of Lambda's own in one log stream. So also lines are found that do not
say to which execution they belong: prints, tracebacks, the output of libraries.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from . import services
from .log_lines import Line, identity_of, parsed, without_repeated_reports
from .service_errors import error_code
from .stack import Function

MAX_TERMS = 10
"""How many invocations one query of the log group covers: a filter pattern has at most 1,024 characters."""
MARGIN = timedelta(minutes=5)
"""How long after an execution's end its last lines may arrive."""
APART = 60_000
"""Milliseconds between two invocations in a log stream from which on they are read by queries of their own."""
BEGIN = re.compile(r"START RequestId: (\S+)")
END = re.compile(r"REPORT RequestId: (\S+)")


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


def lines_of(group: str, region: str, execution: dict[str, Any], request_ids: Iterable[str]) -> list[Line]:
    """Return an execution's lines in a log group, oldest first.

    Args:
        group: the log group's name.
        region: its region.
        execution: the response of GetDurableExecution.
        request_ids: of its invocations, as far as they are known.
    """
    group_lines = _Group(services.client("logs", region_name=region), group)
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
    return _owned((within | found).values(), owners)


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
        return {identity_of(event): event for page in pages for event in page["events"]}


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


def lines_since(group: str, region: str, since: datetime) -> list[Line]:
    """Return all lines of a log group since a time, oldest first."""
    group_lines = _Group(services.client("logs", region_name=region), group)
    events = group_lines.events(_milliseconds(since))
    streams: dict[str, dict[object, Mapping[str, Any]]] = {}
    for identity, event in events.items():
        streams.setdefault(str(event.get("logStreamName")), {})[identity] = event
    owners: dict[object, str] = {}
    for of_stream in streams.values():
        owners |= _inside(of_stream, None)
    lines = _owned(events.values(), owners)
    names = {line.request_id: line.execution for line in lines if line.execution}
    for line in lines:
        line.execution = line.execution or names.get(line.request_id, "")
    return lines


def _owned(events: Iterable[Mapping[str, Any]], owners: Mapping[object, str]) -> list[Line]:
    """Return the lines of events, oldest first, with the invocations in which they lie."""
    lines = [parsed(event) for event in sorted(events, key=lambda event: event["timestamp"])]
    for line in lines:
        line.request_id = line.request_id or owners.get(line.event, "")
    return without_repeated_reports(lines)
