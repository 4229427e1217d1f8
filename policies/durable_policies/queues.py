"""Policies on queues that start functions."""

from collections.abc import Iterator

from .lambda_ import execution_timeout, invocation_timeout, is_durable, reference
from .model import GUIDE, Finding, Level, Resource, Settings, Stack, StackPolicy
from .targets import MAPPING

QUEUE = "aws:sqs/queue:Queue"
DEFAULT_VISIBILITY_SECONDS = 30


def _queue(stack: Stack, mapping: Resource) -> Resource | None:
    arn = mapping.at("eventSourceArn")
    made_from = [origin for origin in stack.origins(mapping, "eventSourceArn") if origin.type == QUEUE]
    named = [
        queue
        for queue in stack.all(QUEUE)
        if isinstance(arn, str) and ":sqs:" in arn and arn.rpartition(":")[2] == queue.at("name")
    ]
    return next(iter(made_from + named), None)


def _mapped(stack: Stack) -> Iterator[tuple[Resource, Resource, float]]:
    """Yield the functions that queues start, with the queue and its visibility timeout in seconds."""
    for mapping in stack.all(MAPPING):
        queue = _queue(stack, mapping)
        found = reference(stack, mapping, mapping.at("functionName"), "functionName")
        if queue is None or found is None or not found.certain:
            continue
        seconds = queue.at("visibilityTimeoutSeconds")
        seconds = DEFAULT_VISIBILITY_SECONDS if seconds is None else seconds
        if isinstance(seconds, int | float):
            yield found.function, queue, seconds


def _below_invocation(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function, queue, seconds in _mapped(stack):
        timeout = invocation_timeout(function)
        if timeout is not None and seconds < timeout:
            yield Finding(
                f"messages are invisible for {seconds:g} seconds, and {function.name} has a timeout of {timeout:g}",
                queue,
            )


def _below_execution(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function, queue, seconds in _mapped(stack):
        timeout = execution_timeout(function)
        if is_durable(function) and timeout is not None and seconds < timeout:
            yield Finding(
                f"messages are invisible for {seconds:g} seconds, and an execution of {function.name} may last "
                f"{timeout:,}",
                queue,
            )


POLICIES = (
    StackPolicy(
        name="queue-visibility",
        requirement="A queue's visibility timeout is not below the timeout of the function that it starts.",
        why="Lambda refuses to create or update such an event source mapping. A queue that sets none has 30 seconds.",
        fix="Set visibility_timeout_seconds on the queue; AWS advises six times the function's timeout.",
        source=f"{GUIDE}/services-sqs-configure.html",
        check=_below_invocation,
        dev=Level.MANDATORY,
    ),
    StackPolicy(
        name="queue-outlasts-execution",
        requirement="A queue's visibility timeout is not below the execution timeout of the durable function that it starts.",
        why="The mapping waits for the whole execution. Messages that become visible before its end start a second one.",
        fix="Set visibility_timeout_seconds on the queue to at least durableConfig.executionTimeout, or put a function "
        "in between that invokes asynchronously.",
        source=f"{GUIDE}/durable-invoking-esm.html",
        check=_below_execution,
        prod=Level.ADVISORY,
    ),
)
