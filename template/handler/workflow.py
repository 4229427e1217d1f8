"""The workflow: each step's result is stored, and the wait costs nothing."""

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step
from aws_durable_execution_sdk_python.config import Duration


@durable_step
def greet(step: StepContext, name: str) -> str:
    """Greet somebody; what a step returns is stored, so a replay does not run it again."""
    step.logger.info("greeting %s", name)
    return f"Hello, {name}!"


@durable_step
def count(_step: StepContext, greeting: str) -> int:
    """Count the letters of a greeting."""
    return sum(letter.isalpha() for letter in greeting)


@durable_execution
def handler(event: dict[str, str], context: DurableContext) -> dict[str, object]:
    """Return a greeting and its number of letters; nothing runs during the wait between them."""
    greeting = context.step(greet(event["name"]), name="greet")
    context.wait(Duration.from_seconds(2), name="pause")
    return {"greeting": greeting, "letters": context.step(count(greeting), name="count")}
