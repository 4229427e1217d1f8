"""Histories of executions, for the tests of the commands and of the pages that they write."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cli.history import History

BEGUN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW = BEGUN + timedelta(seconds=100)
EXECUTION = {
    "DurableExecutionArn": "arn:aws:lambda:eu-west-1:123456789012:function:orders:7/durable-execution/order-1/id",
    "DurableExecutionName": "order-1",
    "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:orders:7",
    "StartTimestamp": BEGUN,
    "Status": "RUNNING",
    "Version": "7",
}


def event(
    after: float, kind: str, identity: str, parent: str | None = None, **details: Any
) -> dict[str, Any]:
    made = {"EventType": kind, "Id": identity, "EventTimestamp": BEGUN + timedelta(seconds=after)}
    made |= {"Name": f"name of {identity}"} if identity != "x" else {}
    made |= {"ParentId": parent} if parent else {}
    return {**made, f"{kind}Details": details}


ERROR = {"Payload": {"ErrorType": "OSError", "ErrorMessage": "<no> [stock]"}}
EVENTS = [
    event(0, "ExecutionStarted", "x"),
    event(1, "StepStarted", "s"),
    event(
        2, "StepFailed", "s", Error=ERROR, RetryDetails={"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5}
    ),
    {"EventType": "InvocationCompleted", "EventTimestamp": BEGUN},
    event(7, "StepStarted", "s"),
    event(9, "StepSucceeded", "s", Result={"Payload": '{"ok": 1}'}),
    event(10, "ContextStarted", "c"),
    event(11, "CallbackStarted", "cb", "c", CallbackId="id-1"),
    event(12, "ChainedInvokeStarted", "i", DurableExecutionArn="arn:child", Input={"Payload": "1"}),
    event(20, "ChainedInvokeFailed", "i", Error=ERROR),
    event(30, "WaitStarted", "w", ScheduledEndTimestamp=BEGUN + timedelta(seconds=90)),
]


def long_history() -> History:
    """Return a history of as many operations as Lambda lets an execution have."""
    events = [EVENTS[0]]
    for number in range(3000):
        events.append(event(number / 100, "StepStarted", f"s{number}"))
        events.append(event(number / 100 + 0.01, "StepSucceeded", f"s{number}"))
    return History(events)
