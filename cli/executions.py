"""Lists, follows, pauses and stops executions."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from .service_errors import error_code
from .stack import Function

IN_FLIGHT = ("RUNNING", "PAUSING", "PAUSED")
ENDS = {f"Execution{end}" for end in ("Succeeded", "Failed", "TimedOut", "Stopped")}
SYNC_SECONDS = 900
"""How long Lambda waits, at most, for a durable execution that is invoked synchronously."""
MAX_OPERATIONS = 3_000
"""Lambda ends an execution that needs more."""
POLL_SECONDS = 1.0
PAGE = 1000
HISTORY_SECONDS = 0.1
"""The pause between two reads of a history: the account's limit is 15 a second, and others read too."""
FOLLOW_SECONDS = 0.3
"""GetDurableExecutionHistory is limited to 15 calls a second for the whole account."""


def in_flight(client: Any, function: Function, version: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the executions of a function, or of one version, that have not ended."""
    return of_statuses(client, function, IN_FLIGHT, version)


def of_statuses(
    client: Any, function: Function, statuses: Sequence[str], version: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield the executions of a function, or of one version, that have one of these statuses."""
    qualified = {"Qualifier": version} if version else {}
    pages = client.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName=function.arn, Statuses=list(statuses), **qualified
    )
    for page in pages:
        yield from page["DurableExecutions"]


def follow(client: Any, arn: str) -> Iterator[dict[str, Any]]:
    """Yield an execution's events as they arrive, until it ends."""
    seen: set[tuple[Any, ...]] = set()
    while True:
        fresh: list[dict[str, Any]] = []
        for page in _pages(client, arn, ReverseOrder=True):
            new = [event for event in page if _identity(event) not in seen]
            fresh += new
            if not new:
                break
        seen.update(map(_identity, fresh))
        yield from reversed(fresh)
        if any(event["EventType"] in ENDS for event in fresh):
            return
        time.sleep(FOLLOW_SECONDS)


def history_events(client: Any, arn: str, *, data: bool = True) -> Iterator[dict[str, Any]]:
    """Yield an execution's events so far, with or without their data."""
    for page in _pages(client, arn, IncludeExecutionData=data):
        yield from page


def request_ids(events: Iterable[dict[str, Any]]) -> list[str]:
    """Return the request IDs of the invocations that have ended."""
    ids = [(event.get("InvocationCompletedDetails") or {}).get("RequestId") for event in events]
    return [each for each in ids if each]


def _pages(client: Any, arn: str, **choice: bool) -> Iterator[list[dict[str, Any]]]:
    request = {"IncludeExecutionData": True} | choice
    pages = client.get_paginator("get_durable_execution_history").paginate(
        DurableExecutionArn=arn, MaxItems=PAGE, **request
    )
    for page in pages:
        yield page["Events"]


def _identity(event: dict[str, Any]) -> tuple[Any, ...]:
    return event["EventType"], event.get("Id"), event["EventTimestamp"]


def wait_until_none(
    count: Callable[[], int],
    seconds: float,
    report: Callable[[int], None],
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Poll until nothing is in flight; return False if something still is after this many seconds."""
    deadline = clock() + seconds
    while remaining := count():
        report(remaining)
        if clock() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    report(0)
    return True


def stop(client: Any, arn: str, reason: str) -> bool:
    """Stop an execution; return False if it has already ended."""
    try:
        client.stop_durable_execution(DurableExecutionArn=arn, Error={"ErrorMessage": reason})
    except Exception as error:
        if error_code(error) in {"ResourceNotFoundException", "InvalidParameterValueException"}:
            return False
        raise
    return True


def pause(client: Any, arn: str, reason: str, *, timeout_runs: bool = False) -> bool:
    """Pause an execution at its next checkpoint, and its timeout with it; False if it is paused already or has ended."""
    # Lambda pauses the timeout by default.
    timeout = {"ExecutionTimeoutPaused": False} if timeout_runs else {}
    return _changed(lambda: client.pause_durable_execution(DurableExecutionArn=arn, Reason=reason, **timeout))


def resume(client: Any, arn: str, reason: str) -> bool:
    """Let a paused execution continue; False if it is not paused."""
    return _changed(lambda: client.resume_durable_execution(DurableExecutionArn=arn, Reason=reason))


def _changed(call: Callable[[], object]) -> bool:
    try:
        call()
    except Exception as error:
        if error_code(error) == "ResourceConflictException":
            return False
        raise
    return True
