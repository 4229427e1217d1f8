"""The history of an execution as a tree of operations."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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
_EVENT = re.compile(f"({'|'.join(KINDS)})({'|'.join(PHASES)})")


@dataclass
class Operation:
    """One operation, or the execution itself, as far as it has come."""

    id: str
    kind: str
    """step, wait, callback, chained invoke, context or execution."""
    name: str
    sub_type: str
    parent_id: str | None
    started: datetime
    status: str = "STARTED"
    """STARTED, PENDING (it will be tried again), or how it ended."""
    ended: datetime | None = None
    attempts: int = 0
    input: str | None = None
    result: str | None = None
    error: dict[str, Any] = field(default_factory=dict)
    """As Lambda has it: ErrorType, ErrorMessage, ...; of the last attempt that failed."""
    callback_id: str | None = None
    invoked: str | None = None
    """The ARN of the execution, or of the function, that was invoked."""
    until: datetime | None = None
    """When a wait ends."""
    children: "list[Operation]" = field(default_factory=list)
    depth: int = 0

    @property
    def title(self) -> str:
        """Its name, or what it is."""
        return self.name or self.sub_type or self.kind

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in OPEN

    @property
    def said(self) -> str:
        """Its error in one line; empty if there is none."""
        parts = (self.error.get("ErrorType"), self.error.get("ErrorMessage"))
        return ": ".join(str(part) for part in parts if part)

    def seconds(self, now: datetime | None = None) -> float:
        """How long it took, or has taken so far."""
        return ((self.ended or now or datetime.now(UTC)) - self.started).total_seconds()

    def as_json(self) -> dict[str, Any]:
        """What a script would want of it."""
        return {
            "id": self.id,
            "parent_id": self.parent_id,
            "kind": self.kind,
            "name": self.name or None,
            "status": self.status,
            "started": self.started,
            "ended": self.ended,
            "seconds": round(self.seconds(), 3) if self.ended else None,
            "attempts": self.attempts or None,
            "result": self.result,
            "error": self.error or None,
            "callback_id": self.callback_id,
            "invoked": self.invoked,
        }


class History:
    """An execution's operations, built from its events as they come."""

    def __init__(self, events: Iterable[dict[str, Any]] = ()) -> None:
        self.execution: Operation | None = None
        self.operations: list[Operation] = []
        """All but the execution, in the order in which they began."""
        self._by_id: dict[str, Operation] = {}
        self.invocations = 0
        for event in events:
            self.add(event)

    def add(self, event: dict[str, Any]) -> Operation | None:
        """Take in an event; return the operation that it is of, None for what is of none."""
        if event["EventType"] == "InvocationCompleted":
            self.invocations += 1
            return None
        match = _EVENT.fullmatch(event["EventType"])
        if match is None:
            return None
        kind, phase = match.groups()
        operation = self._by_id.get(event["Id"]) or self._begin(event, kind)
        details = event.get(f"{kind}{phase}Details") or {}
        if phase == "Started":
            operation.status = "STARTED"
            operation.attempts += kind == "Step"
            operation.callback_id = details.get("CallbackId", operation.callback_id)
            operation.invoked = details.get("DurableExecutionArn") or details.get("FunctionName")
            operation.until = details.get("ScheduledEndTimestamp")
            operation.input = (details.get("Input") or {}).get("Payload")
            return operation
        operation.status = PHASES[phase]
        operation.result = (details.get("Result") or {}).get("Payload", operation.result)
        operation.error = (details.get("Error") or {}).get("Payload") or {}
        if phase == "Failed" and "NextAttemptDelaySeconds" in (details.get("RetryDetails") or {}):
            operation.status = "PENDING"
        if not operation.is_open:
            operation.ended = event["EventTimestamp"]
        return operation

    def walk(self) -> Iterable[Operation]:
        """Yield all operations, each before its children."""
        pending = [each for each in reversed(self.operations) if each.depth == 0]
        while pending:
            operation = pending.pop()
            yield operation
            pending.extend(reversed(operation.children))

    @property
    def ended(self) -> bool:
        """Whether the execution has ended."""
        return self.execution is not None and not self.execution.is_open

    def open_operations(self) -> list[Operation]:
        """Return what has begun and not ended, the innermost only."""
        return [
            each for each in self.operations if each.is_open and not any(c.is_open for c in each.children)
        ]

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
        if parent is not None and parent is not self.execution:
            operation.depth = parent.depth + 1
            parent.children.append(operation)
        self.operations.append(operation)
        return operation
