"""Executions in flight: listed, summarized, and ended on request."""

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
END_VARIABLE = "END_EXECUTIONS_OF"
"""The environment variable that names the functions whose executions this run may end, separated by commas, or `all`."""
MAX_COUNTED = 1_000
"""Executions are counted up to this number."""
CONCURRENT_STOPS = 8
POLL_SECONDS = 1.0
PROGRESS_SECONDS = 5.0
END_TIMEOUT_SECONDS = 20 * 60
"""How long to wait for stopped executions to end: a stop takes effect at the next checkpoint, and an invocation may last
15 minutes."""

Execution = dict[str, Any]
Log = Callable[[str], None]

_VERSION = re.compile(r":function:[^:/]+:([^:/]+)/durable-execution/")
_ALREADY_ENDED = ("ResourceNotFoundException", "InvalidParameterValueException", "ConflictException")


class ExecutionsInFlightError(DurableFunctionsError):
    """A resource may not be deleted or changed: executions in flight need it, or Lambda could not be asked."""


def may_end(function_name: str, *, is_own: bool = True) -> bool:
    """Tell whether this run may end a function's executions: those of named functions, or with `all` the program's own."""
    names = {name.strip() for name in os.environ.get(END_VARIABLE, "").split(",")}
    return function_name in names or (is_own and "all" in names)


def in_flight(
    client: Any, function_arn: str, version_numbers: Collection[str] | None = None
) -> list[Execution] | None:
    """Return a function's executions in flight, on these versions or on any; of more than 1,000 the first ones.

    None if the function does not exist. A standard function has none, whatever Lambda answers for it, which AWS does not
    document.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: Lambda could not be asked. "Not found" only
            means that there are no executions if the function itself does not exist.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - not needed by most deployments

    try:
        if version_numbers is None:
            return list(islice(_list(client, function_arn), MAX_COUNTED))
        if len(version_numbers) == 1:
            return list(islice(_list(client, function_arn, *version_numbers), MAX_COUNTED))
        matching = (each for each in _list(client, function_arn) if version_of(each) in version_numbers)
        return list(islice(matching, MAX_COUNTED))
    except ClientError as error:
        try:
            configuration = _configuration(client, function_arn)
        except ClientError:
            raise error from None
        if configuration is None and error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        if configuration is not None and not configuration.get("DurableConfig"):
            return []
        raise


def version_of(execution: Execution) -> str:
    """Return the version that an execution runs on."""
    match = _VERSION.search(execution["DurableExecutionArn"])
    return match[1] if match else ""


def summary(executions: Sequence[Execution], state: str) -> str:
    """Say how many executions are in this state, for how long the oldest has been in flight, and which one it is."""
    oldest = min(executions, key=lambda execution: execution["StartTimestamp"])
    age = datetime.now(UTC) - oldest["StartTimestamp"]
    are = "is" if len(executions) == 1 else "are"
    return (
        f"{_count(len(executions))} {are} {state}, the oldest for {_duration(int(age.total_seconds()))}: "
        f"{oldest['DurableExecutionArn']}"
    )


def end(client: Any, function_arn: str, version_numbers: Collection[str] | None, log: Log) -> None:
    """Stop a function's executions in flight, running and paused, and wait until they have ended.

    An execution that ends by itself in the meantime counts as stopped; those that start in the meantime are stopped too.

    Args:
        client: a Lambda client.
        function_arn: the function.
        version_numbers: the versions whose executions to end; None for all.
        log: called with a line of progress every few seconds.

    Raises:
        ExecutionsInFlightError: one could not be stopped, or some have not ended within 20 minutes.
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: Lambda could not be asked.
    """
    name = function_arn.rpartition(":")[2]
    deadline, last_log = time.monotonic() + END_TIMEOUT_SECONDS, 0.0
    stopped: set[str] = set()
    with ThreadPoolExecutor(CONCURRENT_STOPS) as pool:
        while remaining := in_flight(client, function_arn, version_numbers):
            new = [arn for each in remaining if (arn := each["DurableExecutionArn"]) not in stopped]
            for _ in pool.map(lambda arn: _stop(client, arn), new):
                pass
            stopped.update(new)
            if time.monotonic() - last_log >= PROGRESS_SECONDS:
                log(f"{name}: ending {_count(len(remaining))} in flight, as {END_VARIABLE} says")
                last_log = time.monotonic()
            if time.monotonic() > deadline:
                raise ExecutionsInFlightError(
                    f"{name}: {summary(remaining, 'still in flight')}\n"
                    "  They were stopped 20 minutes ago; a stop takes effect at an execution's next checkpoint.\n"
                    "  Wait for them: durable drain. Which they are: durable list --waiting. Then run this again."
                )
            if not new:
                time.sleep(POLL_SECONDS)
    if stopped:
        log(f"{name}: ended {_count(len(stopped))}, as {END_VARIABLE} says")


def _list(client: Any, function_arn: str, qualifier: str | None = None) -> Any:
    qualified = {"Qualifier": qualifier} if qualifier else {}
    pages = client.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName=function_arn, Statuses=list(IN_FLIGHT), **qualified
    )
    for page in pages:
        yield from page["DurableExecutions"]


def function_exists(client: Any, function_arn: str) -> bool:
    """Tell whether a function exists."""
    return _configuration(client, function_arn) is not None


def _configuration(client: Any, function_arn: str) -> dict[str, Any] | None:
    """Return a function's configuration; None if it does not exist."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    try:
        configuration: dict[str, Any] = client.get_function_configuration(FunctionName=function_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    return configuration


def _stop(client: Any, arn: str) -> None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    reason = {"ErrorType": "Deployment", "ErrorMessage": f"ended by a deployment with {END_VARIABLE}"}
    try:
        client.stop_durable_execution(DurableExecutionArn=arn, Error=reason)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ALREADY_ENDED:
            return
        raise ExecutionsInFlightError(
            f"{arn} could not be stopped: {error}\n"
            "  This needs the permission lambda:StopDurableExecution. Or wait for the executions: durable drain."
        ) from None


def _count(number: int) -> str:
    more = " or more" if number >= MAX_COUNTED else ""
    return f"{number:,}{more} execution{'s' if number > 1 else ''}"


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"
