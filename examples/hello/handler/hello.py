"""Greets, waits without using compute, and says goodbye."""

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step
from aws_durable_execution_sdk_python.config import Duration


@durable_step
def greet(step: StepContext, word: str, name: str) -> str:
    """Make a greeting. What a step returns is stored, and the step does not run again."""
    step.logger.info("greeting %s", name)
    return f"{word}, {name}!"


@durable_execution
def handler(event: dict[str, str], context: DurableContext) -> list[str]:
    """Return two greetings; nothing runs during the wait between them."""
    hello = context.step(greet("Hello", event["name"]), name="hello")
    context.wait(Duration.from_seconds(2), name="pause")
    return [hello, context.step(greet("Goodbye", event["name"]), name="goodbye")]
