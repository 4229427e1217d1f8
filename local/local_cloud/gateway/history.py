"""The history of an execution: the events of AWS's runner, and in them what the runner has but leaves out.

What is added here is worked around in aws-durable-execution-sdk-python-testing 1.4.0; tests/unit/test_history.py fails
when a newer version needs it no longer.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import OperationAction, OperationUpdate

from local_cloud.gateway.execution import Execution

Event = dict[str, Any]
ENDS = (OperationAction.RETRY, OperationAction.SUCCEED, OperationAction.FAIL)


def complete(events: list[Event], execution: Execution, *, with_data: bool) -> list[Event]:
    """Return all events in chronological order, completed and numbered; `events` are the runner's, in that order.

    Without data the payloads are left out, which `Truncated` then says.
    """
    invocations = iter(sorted(execution.invocation_completions, key=lambda each: each.end_timestamp))
    starts = {
        update.operation_id: update for update in execution.updates if update.action is OperationAction.START
    }
    ends: defaultdict[str, deque[OperationUpdate]] = defaultdict(deque)
    for update in execution.updates:
        if update.action in ENDS:
            ends[update.operation_id].append(update)
    attempts: Counter[str] = Counter()
    for event in events:
        identifier = event.get("Id", "")
        match event["EventType"]:
            case "InvocationCompleted":
                # `from_event_with_id` drops the details.
                event["InvocationCompletedDetails"] = next(invocations).to_dict()
            case "CallbackStarted":
                # The options are in the update, which is not passed on.
                event["CallbackStartedDetails"] |= _callback_options(starts[identifier])
            case "ChainedInvokeStarted":
                event["ChainedInvokeStartedDetails"] |= _invoked(
                    event["ChainedInvokeStartedDetails"], starts[identifier]
                )
            case "StepStarted":
                attempts[identifier] += 1
            case "StepSucceeded" | "StepFailed" as kind:
                _complete_end(event[f"{kind}Details"], ends[identifier].popleft(), attempts[identifier])
    events = sorted([*events, *_pauses(execution)], key=lambda event: event["EventTimestamp"])
    for number, event in enumerate(events, 1):
        event["EventId"] = number
    return [_marked(event, with_data=with_data) for event in events]


def page(
    events: list[Event], marker: str | None, limit: int, *, newest_first: bool
) -> tuple[list[Event], str | None]:
    """One page of numbered events, and the marker of the next. A marker is the number of the last event before it.

    Raises:
        ValueError: the marker is none of this function's.
    """
    if newest_first:
        events = events[::-1]
    after = int(marker) if marker else None
    if after is not None:
        events = [
            event
            for event in events
            if (event["EventId"] < after if newest_first else event["EventId"] > after)
        ]
    shown = events[:limit]
    return shown, str(shown[-1]["EventId"]) if len(events) > limit else None


def _callback_options(start: OperationUpdate) -> Mapping[str, Any]:
    options = start.callback_options
    seconds = {
        "Timeout": options.timeout_seconds if options else 0,
        "HeartbeatTimeout": options.heartbeat_timeout_seconds if options else 0,
    }
    return {name: value for name, value in seconds.items() if value}


def _invoked(details: Mapping[str, Any], start: OperationUpdate) -> Mapping[str, Any]:
    """Which version runs, and for which tenant; the version is in the ARN of the child's execution."""
    added = {}
    if child := details.get("DurableExecutionArn"):
        added["ExecutedVersion"] = child.partition("/")[0].rpartition(":")[2]
    if (options := start.chained_invoke_options) and options.tenant_id:
        added["TenantId"] = options.tenant_id
    return added


def _complete_end(details: dict[str, Any], update: OperationUpdate, attempt: int) -> None:
    """Add the number of the attempt, and the state of a condition that is checked again."""
    details["RetryDetails"] = {"CurrentAttempt": attempt}
    if update.action is not OperationAction.RETRY:
        return
    if update.step_options:
        details["RetryDetails"]["NextAttemptDelaySeconds"] = update.step_options.next_attempt_delay_seconds
    if update.payload is not None:
        details["Result"] = {"Payload": update.payload}


def _pauses(execution: Execution) -> list[Event]:
    """The events of pauses, which the runner does not have."""
    events: list[Event] = []
    for pause in execution.pauses:
        if pause.begun is None:
            continue
        details: dict[str, Any] = {
            "PauseRequestTimestamp": pause.requested,
            "ExecutionTimeoutPaused": pause.stops_timeout,
        }
        events.append(_event("ExecutionPaused", pause.begun, details, pause.reason))
        if pause.resume_requested:
            details = {"ResumeRequestTimestamp": pause.resume_requested}
            events.append(_event("ExecutionResumed", pause.resume_requested, details, pause.resume_reason))
    return events


def _event(kind: str, time: Any, details: dict[str, Any], reason: str | None) -> Event:
    given = {} if reason is None else {"Reason": {"Payload": reason}}
    return {"EventType": kind, "EventTimestamp": time, f"{kind}Details": details | given}


def _marked(value: Any, *, with_data: bool) -> Any:
    """The value with `Truncated` beside each payload: whether it is left out. The runner leaves some in, and marks them."""
    if isinstance(value, list):
        return [_marked(item, with_data=with_data) for item in value]
    if not isinstance(value, dict):
        return value
    marked = {key: _marked(item, with_data=with_data) for key, item in value.items()}
    if "Payload" in value or "Truncated" in value:
        marked["Truncated"] = not with_data
        if not with_data:
            marked.pop("Payload", None)
    return marked
