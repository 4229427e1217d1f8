"""The guard: no deployment deletes a function whose executions are still in flight.

A durable function can wait for a year, and a deployment that deletes or replaces it ends that. So a hook asks Lambda
before each deletion, and what it raises stops the deletion, in `pulumi up` and in `pulumi destroy --run-program`.
"""

import asyncio
import os
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pulumi
from botocore.exceptions import BotoCoreError, ClientError

from components.arns import FunctionArn
from components.errors import DurableFunctionsError
from components.lambda_client import lambda_client, provider_settings

IN_FLIGHT = ("RUNNING", "PAUSING", "PAUSED")
ALLOWED = "END_EXECUTIONS_OF"
"""The environment variable that names functions whose executions this run may end, with commas between, or `all`."""
COUNTED = 1_000

_HOOK = "durable-functions:executions-in-flight"
_hooks: "weakref.WeakKeyDictionary[Any, pulumi.ResourceHook]" = weakref.WeakKeyDictionary()
# Hooks run on the program's event loop, and its own pool of threads is busy waiting for them.
_threads = ThreadPoolExecutor(8, thread_name_prefix="executions-in-flight")


class ExecutionsInFlightError(DurableFunctionsError):
    """A function cannot be deleted: executions are in flight, or Lambda could not be asked."""


def register_guard() -> pulumi.ResourceHook:
    """Register the guard for this run of the program, once, and return it.

    Every DurableFunction does so. Call it at the top of a program too: when the last function is removed from the
    program, nobody else would, and the engine deletes nothing whose hook it does not find.
    """
    stack = pulumi.runtime.get_root_resource()
    if stack not in _hooks:
        settings = provider_settings()

        async def ask(args: pulumi.ResourceHookArgs) -> None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(_threads, refuse_in_flight, args.old_outputs or {}, settings)

        # In previews too: there nothing has been touched yet.
        _hooks[stack] = pulumi.ResourceHook(_HOOK, ask, pulumi.ResourceHookOptions(on_dry_run=True))
    return _hooks[stack]


def refuse_in_flight(function: Any, settings: dict[str, Any]) -> None:
    """Ask Lambda for a function's executions in flight.

    Args:
        function: the outputs of the function that is to be deleted.
        settings: of the AWS provider.

    Raises:
        ExecutionsInFlightError: there are some, or it could not be found out.
    """
    name, arn = str(function["name"]), str(function["arn"])
    allowed = {each.strip() for each in os.environ.get(ALLOWED, "").split(",")}
    if not function.get("durableConfig") or allowed & {name, "all"}:
        return
    try:
        client = lambda_client(settings, FunctionArn.parse(arn).region)
        pages = client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=arn, Statuses=list(IN_FLIGHT), PaginationConfig={"MaxItems": COUNTED}
        )
        found = [execution for page in pages for execution in page["DurableExecutions"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return
        raise ExecutionsInFlightError(_unknown(name, str(error))) from None
    except BotoCoreError as error:
        raise ExecutionsInFlightError(_unknown(name, str(error))) from None
    if found:
        raise ExecutionsInFlightError(_in_flight(name, found))


def _in_flight(name: str, found: list[dict[str, Any]]) -> str:
    oldest = min(found, key=lambda execution: execution["StartTimestamp"])
    age = datetime.now(UTC) - oldest["StartTimestamp"]
    many = "1 execution is" if len(found) == 1 else f"{len(found):,} executions are"
    many = f"{len(found):,} or more executions are" if len(found) >= COUNTED else many
    return (
        f"{name} is not deleted: {many} in flight, the oldest for {_words(int(age.total_seconds()))}: "
        f"{oldest['DurableExecutionArn']}\n"
        "  Wait for them, or stop them (aws lambda stop-durable-execution --durable-execution-arn ...), and run this again.\n"
        f"  To end them with the function, once: {ALLOWED}={name} before the command."
    )


def _unknown(name: str, reason: str) -> str:
    return (
        f"{name} is not deleted: whether executions are in flight could not be found out: {reason}\n"
        f"  Whoever deploys needs lambda:ListDurableExecutionsByFunction on the function.\n"
        f"  To delete it all the same, once: {ALLOWED}={name} before the command."
    )


def _words(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"
