"""The guard: no deployment deletes a function whose executions are still in flight, or changes code under them.

A durable function can wait for a year, and a deployment that deletes or replaces it ends that. Executions stay on their
version; only those of `$LATEST` would be replayed on what an update brings. So hooks ask Lambda before each deletion,
and before each update of code, and what they raise stops it, in `pulumi up` and in `pulumi destroy --run-program`.
"""

import asyncio
import os
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pulumi

from .arns import FunctionArn
from .errors import DurableFunctionsError
from .lambda_client import LambdaClients, provider_settings

IN_FLIGHT = ("RUNNING", "PAUSING", "PAUSED")
ALLOWED = "END_EXECUTIONS_OF"
"""The environment variable that names functions whose executions this run may end, with commas between, or `all`."""
COUNTED = 1_000
LATEST = "$LATEST"
REPLAYED = (
    "code",
    "s3Bucket",
    "s3Key",
    "s3ObjectVersion",
    "imageUri",
    "imageConfig",
    "handler",
    "runtime",
    "layers",
)
"""The inputs of a function that decide what a replay meets."""

ClientOf = Callable[[str], Any]

_hooks: "weakref.WeakKeyDictionary[Any, pulumi.ResourceHookBinding]" = weakref.WeakKeyDictionary()
# Hooks run on the program's event loop, and its own pool of threads is busy waiting for them.
_threads = ThreadPoolExecutor(8, thread_name_prefix="executions-in-flight")


class ExecutionsInFlightError(DurableFunctionsError):
    """A function cannot be deleted or changed: executions are in flight, or Lambda could not be asked."""


class _Package:
    """Stands for the run of a program that uses the component package: its process serves one, with no stack resource."""


_PACKAGE = _Package()


def register_guard() -> pulumi.ResourceHookBinding:
    """Register the guard for this run of the program, once, and return its hooks.

    Every DurableFunction does so. Call it at the top of a program too: when the last function is removed from the
    program, nobody else would, and the engine deletes nothing whose hook it does not find.
    """
    run = pulumi.runtime.get_root_resource() or _PACKAGE
    if run not in _hooks:
        client_of = LambdaClients(provider_settings()).of

        async def ask(check: Callable[[], None]) -> None:
            await asyncio.get_running_loop().run_in_executor(_threads, check)

        async def before_delete(args: pulumi.ResourceHookArgs) -> None:
            await ask(partial(refuse_deletion, args.old_outputs or {}, client_of))

        async def before_update(args: pulumi.ResourceHookArgs) -> None:
            inputs = args.old_inputs or {}, args.new_inputs or {}
            await ask(partial(refuse_update, args.old_outputs or {}, *inputs, client_of))

        # In previews too: there nothing has been touched yet.
        options = pulumi.ResourceHookOptions(on_dry_run=True)
        _hooks[run] = pulumi.ResourceHookBinding(
            before_delete=[
                pulumi.ResourceHook("durable-functions:executions-in-flight", before_delete, options)
            ],
            before_update=[
                pulumi.ResourceHook("durable-functions:executions-of-latest", before_update, options)
            ],
        )
    return _hooks[run]


def refuse_deletion(function: Any, client_of: ClientOf) -> None:
    """Ask Lambda for a function's executions in flight.

    Args:
        function: the outputs of the function that is to be deleted.
        client_of: gives the client for a region.

    Raises:
        ExecutionsInFlightError: there are some, or it could not be found out.
    """
    if found := _in_flight(function, client_of, f"{function.get('name')} is not deleted"):
        raise ExecutionsInFlightError(
            f"{_counted(function, found, 'is not deleted', 'in flight')}\n"
            f"{_WAYS_OUT}"
            f"  To end them with the function, once: {ALLOWED}={function['name']} before the command."
        )


def refuse_update(function: Any, before: Any, after: Any, client_of: ClientOf) -> None:
    """Ask Lambda for executions in flight on $LATEST, if an update changes what they would be replayed on.

    Args:
        function: the outputs of the function that is to be updated.
        before: its inputs.
        after: its inputs to be.
        client_of: gives the client for a region.

    Raises:
        ExecutionsInFlightError: there are some, or it could not be found out.
    """
    if all(_identity(before.get(each)) == _identity(after.get(each)) for each in REPLAYED):
        return
    if found := _in_flight(function, client_of, f"{function.get('name')} is not updated", LATEST):
        raise ExecutionsInFlightError(
            f"{_counted(function, found, 'is not updated', f'in flight on {LATEST}')}\n"
            "  Their next replay would meet the new code, and fail where it differs: see `replay-check`.\n"
            f"{_WAYS_OUT}"
            f"  To update it all the same, once: {ALLOWED}={function['name']} before the command."
        )


def _identity(value: Any) -> Any:
    """Return what tells two values of an input apart: archives are named after their contents."""
    return Path(value.path).name if isinstance(value, pulumi.FileArchive) else value


def _in_flight(
    function: Any, client_of: ClientOf, refusal: str, qualifier: str | None = None
) -> list[dict[str, Any]]:
    """Return a function's executions in flight, unless this run may end them."""
    allowed = {each.strip() for each in os.environ.get(ALLOWED, "").split(",")}
    if not function.get("durableConfig") or allowed & {str(function["name"]), "all"}:
        return []
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - not needed by most deployments

    arn, qualified = str(function["arn"]), {"Qualifier": qualifier} if qualifier else {}
    try:
        client = client_of(FunctionArn.parse(arn).region)
        pages = client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=arn, Statuses=list(IN_FLIGHT), PaginationConfig={"MaxItems": COUNTED}, **qualified
        )
        return [execution for page in pages for execution in page["DurableExecutions"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return []
        reason = str(error)
    except BotoCoreError as error:
        reason = str(error)
    raise ExecutionsInFlightError(
        f"{refusal}: whether executions are in flight could not be found out: {reason}\n"
        f"  Whoever deploys needs lambda:ListDurableExecutionsByFunction on the function.\n"
        f"  To do it all the same, once: {ALLOWED}={function['name']} before the command."
    )


_WAYS_OUT = (
    "  Wait for them, or stop them (aws lambda stop-durable-execution --durable-execution-arn ...), "
    "and run this again.\n"
)


def _counted(function: Any, found: list[dict[str, Any]], refusal: str, where: str) -> str:
    oldest = min(found, key=lambda execution: execution["StartTimestamp"])
    age = datetime.now(UTC) - oldest["StartTimestamp"]
    many = "1 execution is" if len(found) == 1 else f"{len(found):,} executions are"
    many = f"{len(found):,} or more executions are" if len(found) >= COUNTED else many
    return (
        f"{function['name']} {refusal}: {many} {where}, the oldest for {_words(int(age.total_seconds()))}: "
        f"{oldest['DurableExecutionArn']}"
    )


def _words(seconds: int) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} s"
