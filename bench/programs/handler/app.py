"""A durable function of one step, and one that waits."""

from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> Any:
    """Return the event by way of a step; wait first for as many seconds as it says."""
    if "wait" in event:
        context.wait(Duration.from_seconds(event["wait"]), name="pause")
    return context.step(lambda _: event, name="echo")
