"""A trigger that starts executions for messages in an SQS queue."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired

import pulumi

from ..checks import rules
from ..checks.component import Component
from ..checks.errors import Problem
from . import rules as trigger_rules
from .event_source import EventSource, SourceOptions, make_mapping
from .target import EventSourceTargetArgs


class QueueOptions(SourceOptions):
    """Which messages start executions."""

    queue_arn: pulumi.Input[str]
    """The queue. Its visibility timeout must be at least the timeout of the function that reads it: 30 seconds for an
    intermediary, otherwise `timeout_seconds`. AWS recommends six times that."""
    maximum_concurrency: NotRequired[int]
    """How many batches are processed at once: 2 to 1,000. Default: Lambda decides."""
    body_as_event: NotRequired[bool]
    """Give each execution the message's body, which must be JSON, as its event, instead of {"Records": [...]} with the
    whole message. Needs the intermediary. Default: False."""


class QueueTriggerArgs(QueueOptions, EventSourceTargetArgs):
    """Arguments of QueueTrigger."""


class _Queue(EventSource):
    queue_arn: rules.QueueArn
    maximum_concurrency: trigger_rules.SourceConcurrency | None = None
    body_as_event: bool = False

    @classmethod
    def waits_for_batches(cls, given: Mapping[str, Any]) -> bool:
        return not _is_fifo(given) and not given.get("maximum_batching_window_seconds")

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        yield from super().conflicts(given)
        if given.get("body_as_event") and not given.get("intermediary"):
            yield Problem(
                "body_as_event",
                "needs intermediary = True, which starts one execution for each message",
                True,
            )
        if _is_fifo(given):
            size, window = given.get("batch_size"), given.get("maximum_batching_window_seconds")
            if isinstance(size, int) and size > 10:
                yield Problem("batch_size", "must be 1 to 10 for a FIFO queue", size)
            if window:
                yield Problem(
                    "maximum_batching_window_seconds",
                    "is not supported for a FIFO queue; leave it out",
                    window,
                )


def _is_fifo(given: Mapping[str, Any]) -> bool:
    queue = given.get("queue_arn")
    return isinstance(queue, str) and queue.endswith(".fifo")


class QueueTrigger(Component):
    """Starts executions for the messages in an SQS queue, by an event source mapping.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    def __init__(self, name: str, args: QueueTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `QueueTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Queue.parse_named("QueueTrigger", name, args)
        super().__init__("durable-functions:index:QueueTrigger", name, {}, opts)
        limit = checked.maximum_concurrency
        make_mapping(
            self,
            name,
            checked,
            checked.queue_arn,
            {"scaling_config": {"maximum_concurrency": limit} if limit else None},
            body_as_event=checked.body_as_event,
        )
        self.register_outputs({})
