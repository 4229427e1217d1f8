"""Greets from the region that it runs in."""

import os

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event: dict[str, str], context: DurableContext) -> str:
    """Return a greeting, after a wait."""
    context.wait(Duration.from_seconds(1), name="pause")
    return context.step(greet(event["name"]))


@durable_step
def greet(_step: StepContext, name: str) -> str:
    """Make the greeting. The region is read in a step, so that a replay sees the same value."""
    return f"Hello, {name}, from {os.environ['AWS_REGION']}!"
