"""Executions in flight: how they are found, told of, and ended on purpose."""

import os
import re
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ..checks.errors import DurableFunctionsError

IN_FLIGHT = ("RUNNING", "PAUSING", "PAUSED")
ALLOWED = "END_EXECUTIONS_OF"
"""The environment variable that names functions whose executions this run may end, with commas between, or `all`."""
COUNTED = 1_000
"""So many are counted exactly."""
STOPPED_AT_ONCE = 8
POLL_SECONDS = 1.0
TOLD_SECONDS = 5.0
END_SECONDS = 20 * 60
"""How long ended executions are waited for: a stop takes effect at the next checkpoint, and an invocation may last
for 15 minutes."""

Execution = dict[str, Any]
Tell = Callable[[str], None]

_VERSION = re.compile(r":function:[^:/]+:([^:/]+)/durable-execution/")
_ENDED_ALREADY = ("ResourceNotFoundException", "InvalidParameterValueException", "ConflictException")


class ExecutionsInFlightError(DurableFunctionsError):
    """Something cannot be deleted or changed: executions in flight need it, or Lambda could not be asked."""


def may_end(function_name: str, *, is_own: bool = True) -> bool:
    """Tell whether this run may end a function's executions: by name, or with `all` those of the program's own."""
    names = {each.strip() for each in os.environ.get(ALLOWED, "").split(",")}
    return function_name in names or (is_own and "all" in names)


def in_flight(
    client: Any, function_arn: str, numbers: Collection[str] | None = None
) -> list[Execution] | None:
    """Return a function's executions in flight, on these versions or on any; of very many the first.

    None if the function is not there.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: Lambda does not say so; that a function is
            not found counts as no execution only if the function itself is not there.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - not needed by most deployments

    try:
        if numbers is None:
            return list(islice(_listed(client, function_arn), COUNTED))
        if len(numbers) == 1:
            return list(islice(_listed(client, function_arn, *numbers), COUNTED))
        found = (each for each in _listed(client, function_arn) if version_of(each) in numbers)
        return list(islice(found, COUNTED))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException" and not is_there(
            client, function_arn
        ):
            return None
        raise


def version_of(execution: Execution) -> str:
    """Return the version that an execution runs on."""
    match = _VERSION.search(execution["DurableExecutionArn"])
    return match[1] if match else ""


def counted(found: Sequence[Execution], how: str) -> str:
    """Say how many executions there are, for how long the oldest has been in flight, and which one it is."""
    oldest = min(found, key=lambda execution: execution["StartTimestamp"])
    age = datetime.now(UTC) - oldest["StartTimestamp"]
    are = "is" if len(found) == 1 else "are"
    return f"{_many(len(found))} {are} {how}, the oldest for {_words(int(age.total_seconds()))}: {oldest['DurableExecutionArn']}"


def end(client: Any, function_arn: str, numbers: Collection[str] | None, tell: Tell) -> None:
    """Stop a function's executions in flight, running and paused, and wait until they have ended.

    One that ends by itself meanwhile is as good as stopped; those that start meanwhile are stopped too.

    Args:
        client: Lambda's client.
        function_arn: the function.
        numbers: the versions that are meant; None for all.
        tell: is given a line of progress now and then.

    Raises:
        ExecutionsInFlightError: one may not be stopped, or some have not ended within 20 minutes.
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: Lambda could not be asked.
    """
    name = function_arn.rpartition(":")[2]
    deadline, told = time.monotonic() + END_SECONDS, 0.0
    stopped: set[str] = set()
    with ThreadPoolExecutor(STOPPED_AT_ONCE) as pool:
        while left := in_flight(client, function_arn, numbers):
            fresh = [arn for each in left if (arn := each["DurableExecutionArn"]) not in stopped]
            for _ in pool.map(lambda arn: _stop(client, arn), fresh):
                pass
            stopped.update(fresh)
            if time.monotonic() - told >= TOLD_SECONDS:
                tell(f"{name}: ending {_many(len(left))} in flight, as {ALLOWED} says")
                told = time.monotonic()
            if time.monotonic() > deadline:
                raise ExecutionsInFlightError(
                    f"{name}: {counted(left, 'in flight still')}\n"
                    "  They were stopped 20 minutes ago; a stop takes effect at an execution's next checkpoint.\n"
                    "  Run this again when they have ended: durable list --status RUNNING"
                )
            if not fresh:
                time.sleep(POLL_SECONDS)
    if stopped:
        tell(f"{name}: ended {_many(len(stopped))}, as {ALLOWED} says")


def _listed(client: Any, function_arn: str, qualifier: str | None = None) -> Any:
    qualified = {"Qualifier": qualifier} if qualifier else {}
    pages = client.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName=function_arn, Statuses=list(IN_FLIGHT), **qualified
    )
    for page in pages:
        yield from page["DurableExecutions"]


def is_there(client: Any, function_arn: str) -> bool:
    """Tell whether a function is there."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    try:
        client.get_function_configuration(FunctionName=function_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return False
        raise
    return True


def _stop(client: Any, arn: str) -> None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    reason = {"ErrorType": "Deployment", "ErrorMessage": f"ended by a deployment with {ALLOWED}"}
    try:
        client.stop_durable_execution(DurableExecutionArn=arn, Error=reason)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ENDED_ALREADY:
            return
        raise ExecutionsInFlightError(
            f"{arn} could not be ended: {error}\n"
            "  Whoever ends executions needs lambda:StopDurableExecution; wait for them otherwise: durable drain."
        ) from None


def _many(number: int) -> str:
    more = " or more" if number >= COUNTED else ""
    return f"{number:,}{more} execution{'s' if number > 1 else ''}"


def _words(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"
