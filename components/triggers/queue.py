"""A trigger that starts executions for messages in an SQS queue."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from ..checks import rules
from ..checks.component import Component
from ..checks.errors import Problem
from ..checks.messages import warn
from ..checks.origins import known_value, origin_of
from ..grants.grantee import output_error
from . import rules as trigger_rules
from .event_source import EventSource, SourceOptions, make_mapping
from .intermediary import TIMEOUT_SECONDS
from .target import EventSourceTargetArgs


class QueueOptions(SourceOptions):
    """Which messages start executions."""

    queue_arn: pulumi.Input[str]
    """The queue. Its visibility timeout must be at least the timeout of the function that reads it: 30 seconds for an
    intermediary, otherwise `timeout_seconds`. AWS recommends six times that. A queue that the same Python program makes is
    checked during the preview."""
    maximum_concurrency: NotRequired[int]
    """How many batches are processed at once: 2 to 1,000. Default: Lambda decides."""
    body_as_event: NotRequired[bool]
    """Give each execution the message's body, which must be JSON, as its event, instead of {"Records": [...]} with the
    whole message. Needs the intermediary. Default: False."""


class QueueTriggerArgs(QueueOptions, EventSourceTargetArgs):
    """Arguments of QueueTrigger."""

    function_timeout_seconds: NotRequired[int]
    """The target's own timeout, the limit of one invocation, to compare with the queue's visibility timeout. Not used with
    an intermediary. Default: not known, so Lambda compares them itself."""


class _Queue(EventSource):
    queue_arn: rules.QueueArn
    maximum_concurrency: trigger_rules.SourceConcurrency | None = None
    body_as_event: bool = False
    function_timeout_seconds: rules.InvocationTimeout | None = None

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

    def visible_for(self, component: pulumi.ComponentResource) -> pulumi.Output[str]:
        """Return the queue's ARN, checked: its messages stay invisible until the function that reads them has ended."""
        return pulumi.Output.all(self.queue_arn, self._check_visibility(component)).apply(
            lambda values: str(values[0])
        )

    async def _check_visibility(self, component: pulumi.ComponentResource) -> None:
        """Compare the visibility timeout of a queue in this program with the timeouts of what reads it."""
        queue = await origin_of(self.queue_arn, aws.sqs.Queue)
        seconds = None if queue is None else await known_value(queue.visibility_timeout_seconds)
        if seconds is None:
            return
        invocation = TIMEOUT_SECONDS if self.intermediary else self.function_timeout_seconds
        hidden = f"messages of the queue are invisible for {seconds:g} seconds"
        # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        if invocation is not None and seconds < invocation:
            message = (
                f"{hidden}, and the function that reads them has a timeout of {invocation}: Lambda refuses this; raise "
                "visibility_timeout_seconds of the queue, AWS recommends six times the function's timeout"
            )
            raise output_error(component, "queue_arn", message)
        # https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html
        if not self.intermediary and seconds < self.execution_timeout_seconds:
            message = (
                f"{hidden}, and an execution may last {self.execution_timeout_seconds}: a second one would start with "
                "the same messages; raise visibility_timeout_seconds of the queue, or pass intermediary = True"
            )
            warn(f"QueueTrigger {component.pulumi_resource_name!r}: queue_arn: {message}")


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
            checked.visible_for(self),
            {"scaling_config": {"maximum_concurrency": limit} if limit else None},
            body_as_event=checked.body_as_event,
        )
        self.register_outputs({})
