"""Executions in flight: how many there are, until when, and how they are ended."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ops.stack import Function, OpsError

IN_FLIGHT = ("RUNNING", "PAUSING", "PAUSED")
POLL_SECONDS = 1.0


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


def wait_until_none(
    count: Callable[[], int],
    seconds: float,
    tell: Callable[[int], None],
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Poll until nothing is in flight; False if something still is after so many seconds."""
    deadline = clock() + seconds
    while left := count():
        tell(left)
        if clock() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    tell(0)
    return True


def stop(client: Any, execution: dict[str, Any], reason: str) -> None:
    """Stop an execution; one that has just ended is none to stop."""
    try:
        client.stop_durable_execution(
            DurableExecutionArn=execution["DurableExecutionArn"], Error={"ErrorMessage": reason}
        )
    except ClientError as error:
        if error.response["Error"]["Code"] not in {
            "ResourceNotFoundException",
            "InvalidParameterValueException",
        }:
            raise


def pause(client: Any, execution: dict[str, Any], reason: str) -> None:
    """Pause an execution at its next checkpoint.

    Raises:
        OpsError: the service does not know how.
    """
    try:
        client.pause_durable_execution(DurableExecutionArn=execution["DurableExecutionArn"], Reason=reason)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code = error.response["Error"]["Code"]
        if status in {404, 405, 501} and code != "ResourceNotFoundException":
            raise OpsError(
                "this Lambda cannot pause executions (the local cloud cannot); wait for them, or stop them with --stop"
            ) from None
        raise
