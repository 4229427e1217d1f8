"""An execution's history as a tree of operations."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .values import decoded, loaded

KINDS = {
    "Execution": "execution",
    "Context": "context",
    "Wait": "wait",
    "Step": "step",
    "ChainedInvoke": "chained invoke",
    "Callback": "callback",
}
PHASES = {
    "Started": "STARTED",
    "Succeeded": "SUCCEEDED",
    "Failed": "FAILED",
    "TimedOut": "TIMED_OUT",
    "Stopped": "STOPPED",
    "Cancelled": "CANCELLED",
    "Paused": "PAUSED",
    "Resumed": "STARTED",
}
OPEN = {"STARTED", "PENDING", "PAUSED"}
FAILED = {"FAILED", "TIMED_OUT", "STOPPED"}
UNFINISHED = "UNFINISHED"
"""The status of operations that were open when their execution ended; there is no event for it."""
REFUSED = "REFUSED"
CALLBACK_NAME = re.compile(r"(?:(.+) )?create callback id")
"""How AWS's SDK for Python names the callback of `wait_for_callback`, from the name that the handler gives it."""
SERIALIZED_KINDS = {"step", "context"}
"""The kinds whose results the SDK serializes; those of callbacks and invokes are written by others."""
SDK_ERRORS = "aws_durable_execution_sdk_python.exceptions."
"""Before the types of the errors that AWS's SDK for Python raises itself; those of the other SDKs have no module."""
_EVENT = re.compile(f"({'|'.join(KINDS)})({'|'.join(PHASES)})")


@dataclass
class Operation:
    """One operation, or the execution itself, in its present state."""

    id: str
    kind: str
    """step, wait, callback, chained invoke, context or execution."""
    name: str
    sub_type: str
    parent_id: str | None
    started: datetime
    status: str = "STARTED"
    """STARTED, PENDING (it will be retried), UNFINISHED (its execution ended before it), or how it ended."""
    ended: datetime | None = None
    attempts: int = 0
    input: str | None = None
    result: str | None = None
    error: dict[str, Any] = field(default_factory=dict)
    """Of the last attempt that failed, as Lambda returns it: ErrorType, ErrorMessage, ..."""
    callback_id: str | None = None
    invoked: str | None = None
    """The ARN of the invoked execution or function."""
    until: datetime | None = None
    """When a wait ends."""
    next_attempt: datetime | None = None
    """When a step that has failed is tried again, or a condition that is not met is checked again."""
    own_name: str = ""
    """The handler's name for it, where the SDK uses another one."""
    children: "list[Operation]" = field(default_factory=list)
    depth: int = 0

    @property
    def title(self) -> str:
        """Its name, or else its type."""
        return self.own_name or self.name or self.sub_type or self.kind

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN

    @property
    def value(self) -> Any:
        """Its result, without the SDK's serialization."""
        return decoded(self.result) if self.kind in SERIALIZED_KINDS else loaded(self.result)

    @property
    def outcome(self) -> str:
        """Its status; REFUSED if the answer was {"approved": false}, with which only the callback itself succeeds."""
        if self.status != "SUCCEEDED" or self.kind not in {"callback", "context"}:
            return self.status
        answer = self.value
        answer = loaded(answer) if isinstance(answer, str) else answer
        refused = isinstance(answer, dict) and answer.get("approved") is False
        return REFUSED if refused else self.status

    @property
    def error_text(self) -> str:
        """Its error in one line; empty if there is none."""
        parts = (error_type(self.error), self.error.get("ErrorMessage"))
        return ": ".join(str(part) for part in parts if part)

    @property
    def trace(self) -> list[str]:
        """The lines of its error's stack trace, if the handler's SDK has sent one."""
        entries = self.error.get("StackTrace") or []
        return [line for entry in entries for line in str(entry).rstrip().splitlines()]

    def seconds(self, now: datetime | None = None) -> float:
        """How long it took, or has taken so far."""
        return ((self.ended or now or datetime.now(UTC)) - self.started).total_seconds()

    def as_json(self) -> dict[str, Any]:
        """Return what scripts need of it."""
        return {
            "id": self.id,
            "parent_id": self.parent_id,
            "kind": self.kind,
            "name": self.name or None,
            "title": self.title,
            "status": self.status,
            "started": self.started,
            "ended": self.ended,
            "seconds": round(self.seconds(), 3) if self.ended else None,
            "attempts": self.attempts or None,
            "next_attempt": self.next_attempt,
            "result": self.value,
            "result_raw": self.result,
            "error": self.error or None,
            "callback_id": self.callback_id,
            "invoked": self.invoked,
        }


class History:
    """An execution's operations, built from its events as they arrive."""

    def __init__(self, events: Iterable[dict[str, Any]] = ()) -> None:
        self.execution: Operation | None = None
        self.operations: list[Operation] = []
        """All but the execution, in the order in which they started."""
        self._by_id: dict[str, Operation] = {}
        self.invocations = 0
        for event in events:
            self.add(event)

    def add(self, event: dict[str, Any]) -> Operation | None:
        """Add an event; return its operation, None if it belongs to none."""
        if event["EventType"] == "InvocationCompleted":
            self.invocations += 1
            return None
        match = _EVENT.fullmatch(event["EventType"])
        if match is None:
            return None
        kind, phase = match.groups()
        # There is one execution, and the events of its pauses have no ID.
        known = self.execution if kind == "Execution" else self._by_id.get(event["Id"])
        operation = known or self._begin(event, kind)
        details = event.get(f"{kind}{phase}Details") or {}
        if phase == "Started":
            operation.status = "STARTED"
            operation.attempts += kind == "Step"
            operation.callback_id = details.get("CallbackId", operation.callback_id)
            operation.invoked = details.get("DurableExecutionArn") or details.get("FunctionName")
            operation.until = details.get("ScheduledEndTimestamp")
            operation.next_attempt = None
            operation.input = (details.get("Input") or {}).get("Payload")
            return operation
        operation.status = PHASES[phase]
        operation.result = (details.get("Result") or {}).get("Payload", operation.result)
        operation.error = (details.get("Error") or {}).get("Payload") or {}
        # 0, or nothing, is of the last attempt. A condition that is not met yet has succeeded, and is checked again.
        if delay := (details.get("RetryDetails") or {}).get("NextAttemptDelaySeconds"):
            operation.status = "PENDING"
            operation.next_attempt = event["EventTimestamp"] + timedelta(seconds=delay)
        if not operation.is_open:
            operation.ended = event["EventTimestamp"]
        if self.ended:
            self._end(event["EventTimestamp"])
        return operation

    def _end(self, time: datetime) -> None:
        """End open operations together with the execution."""
        for operation in self.operations:
            if operation.is_open:
                operation.status, operation.ended, operation.next_attempt = UNFINISHED, time, None

    def walk(self) -> Iterable[Operation]:
        """Yield all operations, each before its children."""
        pending = [operation for operation in reversed(self.operations) if operation.depth == 0]
        while pending:
            operation = pending.pop()
            yield operation
            pending.extend(reversed(operation.children))

    @property
    def ended(self) -> bool:
        """Whether the execution has ended."""
        return self.execution is not None and not self.execution.is_open

    def open_operations(self) -> list[Operation]:
        """Return the operations that have not ended, the innermost only."""
        return [
            operation
            for operation in self.operations
            if operation.is_open and not any(child.is_open for child in operation.children)
        ]

    def cause_of(self, error: Mapping[str, Any]) -> Operation | None:
        """Return the operation whose failure ended the execution with this error: the SDKs hand its message on."""
        message = error.get("ErrorMessage")
        failed = {
            operation.id: operation
            for operation in self.operations
            if message and operation.status in FAILED and operation.error.get("ErrorMessage") == message
        }
        # A context fails by what has failed in it.
        innermost = [
            each for each in failed.values() if not any(child.id in failed for child in each.children)
        ]
        return innermost[-1] if innermost else None

    def _begin(self, event: dict[str, Any], kind: str) -> Operation:
        operation = Operation(
            id=event["Id"],
            kind=KINDS[kind],
            name=event.get("Name") or "",
            sub_type=event.get("SubType") or "",
            parent_id=event.get("ParentId"),
            started=event["EventTimestamp"],
        )
        self._by_id[operation.id] = operation
        if kind == "Execution":
            self.execution = operation
            return operation
        parent = self._by_id.get(operation.parent_id or "")
        if kind == "Callback":
            operation.own_name = _own_name(operation, parent)
        if parent is not None and parent is not self.execution:
            operation.depth = parent.depth + 1
            parent.children.append(operation)
        self.operations.append(operation)
        return operation


def error_type(error: Mapping[str, Any]) -> str:
    """Return an error's type for people."""
    return str(error.get("ErrorType") or "").removeprefix(SDK_ERRORS)


def _own_name(callback: Operation, parent: Operation | None) -> str:
    """Return the handler's name for a callback: the SDKs put it into a context of that name."""
    match = CALLBACK_NAME.fullmatch(callback.name)
    if match and match[1]:
        return match[1]
    inner = match is not None or (
        not callback.name and parent is not None and parent.sub_type == "WaitForCallback"
    )
    return (parent.name if parent is not None and parent.kind == "context" else "") if inner else ""
