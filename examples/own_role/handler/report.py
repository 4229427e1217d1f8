"""Two durable functions in one file: a daily report, and a weekly one, which waits first."""

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step
from aws_durable_execution_sdk_python.config import Duration

DAYS = 7


@durable_execution
def daily(event: dict[str, int], context: DurableContext) -> int:
    """Return what was sold on a day."""
    return context.step(sold(event["day"]))


@durable_execution
def weekly(event: dict[str, int], context: DurableContext) -> int:
    """Return what was sold in a week, once its books are closed."""
    context.wait(Duration.from_seconds(1), name="books-closed")
    first = event["week"] * DAYS
    return sum(context.step(sold(day), name=f"day-{day}") for day in range(first, first + DAYS))


@durable_step
def sold(_step: StepContext, day: int) -> int:
    """Return what was sold on a day. In your own program, ask your shop here."""
    return 10 + day
