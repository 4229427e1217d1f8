"""A program for the type checker alone, as one in examples/: `make check` fails where mypy takes a line that is ignored here.

mypy refuses each of those lines, since it warns of an ignored error that is none; all others have to pass.
"""

from typing import Literal

import pulumi
from pulumi_durable_functions import (
    DurableFunction,
    DurableFunctionOptions,
    QueueTrigger,
    StandardFunction,
)


def taken(queue: pulumi.Output[str], architecture: Literal["arm64", "x86_64"]) -> None:
    """Arguments as programs put them together."""
    options: DurableFunctionOptions = {"runtime": "python3.99", "code_path": "handler"}
    options["architecture"] = architecture
    if architecture == "x86_64":
        options |= {"execution_policy": "managed", "application_log_level": "DEBUG"}
    made = DurableFunction("a", {**options, "handler": "a.b", "execution_timeout_seconds": 60})
    made.on_queue("a", {"queue_arn": queue})
    made.add_url("a", {"authorization": "NONE"})
    webhook = StandardFunction("b", {"handler": "b.c", "runtime": "python3.99", "maximum_retry_attempts": 0})
    made.grant_callback("b", webhook)
    webhook.grant_invoke("a", made)


def refused(queue: pulumi.Output[str], text: str) -> None:
    """Keys and values that a deployment would refuse."""
    DurableFunction("a", {"nonsense": 3})  # type: ignore[typeddict-item, typeddict-unknown-key]
    DurableFunction("a", {"execution_timeout_seconds": 60, "memory": 3})  # type: ignore[typeddict-unknown-key]
    DurableFunction("a", {"execution_timeout_seconds": "60"})  # type: ignore[typeddict-item]
    DurableFunction("a", {"execution_timeout_seconds": 60, "architecture": "arm"})  # type: ignore[typeddict-item]
    DurableFunction("a", {"execution_timeout_seconds": 60, "architecture": text})  # type: ignore[typeddict-item]
    DurableFunction("a", {"execution_timeout_seconds": 60, "execution_policy": "all"})  # type: ignore[typeddict-item]
    DurableFunction("a", {"execution_timeout_seconds": 60, "build_for": "arm"})  # type: ignore[typeddict-item]
    DurableFunction("a", {"execution_timeout_seconds": 60, "application_log_level": "LOUD"})  # type: ignore[typeddict-item]
    DurableFunction("a", {"execution_timeout_seconds": 60, "system_log_level": "TRACE"})  # type: ignore[typeddict-item]
    made = DurableFunction("a", {"execution_timeout_seconds": 60})
    made.add_url("a", {"authorization": "IAM"})  # type: ignore[arg-type]
    StandardFunction("a", {"execution_timeout_seconds": 60})  # type: ignore[typeddict-unknown-key]
    StandardFunction("a", {}).grant_callback("a", made)  # type: ignore[attr-defined]
    QueueTrigger("a", {"queue_arn": queue})  # type: ignore[typeddict-item]
