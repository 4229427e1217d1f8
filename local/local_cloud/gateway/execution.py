"""An execution as AWS describes it: with the errors of its invocations and with its pauses, which AWS's runner does not keep."""

import dataclasses
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aws_durable_execution_sdk_python.lambda_service import ErrorObject, Operation
from aws_durable_execution_sdk_python_testing import execution as runner
from aws_durable_execution_sdk_python_testing.model import InvocationCompletedDetails

LONGEST = timedelta(days=366)
"""After this time an execution has timed out, however long it was paused.

https://docs.aws.amazon.com/lambda/latest/api/API_PauseDurableExecution.html
"""


@dataclass(frozen=True)
class Invocation(InvocationCompletedDetails):
    """An invocation that has ended."""

    error: ErrorObject | None = None
    """Why it failed, if it did."""

    @classmethod
    def from_json_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json_dict` has written."""
        base = InvocationCompletedDetails.from_json_dict(data)
        error = data.get("Error")
        return cls(**vars(base), error=ErrorObject.from_dict(error) if error else None)

    def to_json_dict(self) -> dict[str, Any]:
        """The form in which it is stored."""
        error = {"Error": self.error.to_dict()} if self.error else {}
        return super().to_json_dict() | _exact_times(self) | error

    def to_dict(self) -> dict[str, Any]:
        """The form in which the history has it."""
        error = {"Error": {"Payload": self.error.to_dict(), "Truncated": False}} if self.error else {}
        return super().to_dict() | error


@dataclass(frozen=True)
class Pause:
    """A pause from its request to its end."""

    requested: datetime
    stops_timeout: bool
    reason: str | None = None
    token: str | None = None
    """The client token of the request."""
    begun: datetime | None = None
    """When no invocation was in flight any more; None while one is."""
    resume_requested: datetime | None = None
    resume_reason: str | None = None
    resume_token: str | None = None

    @classmethod
    def from_json_dict(cls, data: dict[str, Any]) -> Self:
        """Read what `to_json_dict` has written."""
        times = ("requested", "begun", "resume_requested")
        read = {key: datetime.fromisoformat(data[key]) if data[key] else None for key in times}
        return cls(**(data | read))

    def to_json_dict(self) -> dict[str, Any]:
        """The form in which it is stored."""
        values = dataclasses.asdict(self)
        return {
            key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()
        }


def _exact_times(item: Operation | InvocationCompletedDetails) -> dict[str, float]:
    """Its times in milliseconds. The runner stores whole ones, which lose the order of what happens within one."""
    times = {"StartTimestamp": item.start_timestamp, "EndTimestamp": item.end_timestamp}
    return {key: time.timestamp() * 1000 for key, time in times.items() if time}


class Execution(runner.Execution):
    """An execution of the runner's, and what AWS tells about it beyond that."""

    pauses: list[Pause]

    @classmethod
    def from_json_dict(cls, data: dict[str, Any]) -> "Execution":
        """Read what `to_json_dict` has written."""
        execution = super().from_json_dict(data)
        if not isinstance(execution, cls):
            raise TypeError(type(execution))
        execution.invocation_completions = [
            Invocation.from_json_dict(item) for item in data.get("InvocationCompletions", [])
        ]
        execution.pauses = [Pause.from_json_dict(item) for item in data.get("Pauses", [])]
        return execution

    def to_json_dict(self) -> dict[str, Any]:
        """The form in which it is stored."""
        stored = super().to_json_dict() | {"Pauses": [pause.to_json_dict() for pause in self.pauses]}
        for operation, form in zip(self.operations, stored["Operations"], strict=True):
            form.update(_exact_times(operation))
        return stored

    @property
    def pause_in_force(self) -> Pause | None:
        """The pause that has been requested and not ended, if there is one."""
        last = self.pauses[-1] if self.pauses else None
        return last if last and last.resume_requested is None and not self.is_complete else None

    def change_pause(self, **changes: Any) -> None:
        """Change the last pause."""
        self.pauses[-1] = dataclasses.replace(self.pauses[-1], **changes)

    def record_invocation_completion(
        self, start_timestamp: datetime, end_timestamp: datetime, request_id: str
    ) -> None:
        """Record that an invocation has ended, once.

        It ends now. The runner's own time is that of the answer, before which it may have recorded another event
        meanwhile; whoever has read that event would find another one under its number.
        """
        del end_timestamp
        if all(each.request_id != request_id for each in self.invocation_completions):
            self.invocation_completions.append(Invocation(start_timestamp, datetime.now(UTC), request_id))

    def note_error(self, error: ErrorObject) -> None:
        """Note why the last invocation failed."""
        last = self.invocation_completions[-1]
        self.invocation_completions[-1] = Invocation(
            last.start_timestamp, last.end_timestamp, last.request_id, error
        )

    def times_out_at(self) -> datetime:
        """When the execution times out, unless it is paused again or for longer."""
        started = self.get_operation_execution_started().start_timestamp or datetime.now(UTC)
        latest = started + LONGEST
        pause = self.pause_in_force
        if pause and pause.stops_timeout and pause.begun:
            return latest
        paused = sum(
            (
                each.resume_requested - each.begun
                for each in self.pauses
                if each.stops_timeout and each.begun and each.resume_requested
            ),
            timedelta(),
        )
        seconds = self.start_input.execution_timeout_seconds
        return min(started + timedelta(seconds=seconds) + paused, latest)


def status_of(execution: runner.Execution) -> str:
    """The execution's status, as AWS names it."""
    pause = execution.pause_in_force if isinstance(execution, Execution) else None
    if pause:
        return "PAUSED" if pause.begun else "PAUSING"
    return execution.current_status().value
