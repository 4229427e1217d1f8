"""Executions that start with a record of a Kinesis stream or of a DynamoDB table's stream."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired

import pulumi

from .. import rules
from ..args import exactly_one
from ..errors import Problem
from .event_source import EventSource, SourceOptions, feed
from .target import FedTargetArgs


class StreamOptions(SourceOptions):
    """Which records start executions: of exactly one stream."""

    kinesis_stream_arn: NotRequired[pulumi.Input[str]]
    """A Kinesis stream."""
    dynamodb_stream_arn: NotRequired[pulumi.Input[str]]
    """The stream of a DynamoDB table: its streamArn."""
    starting_position: NotRequired[str]
    """Where reading begins: LATEST, or TRIM_HORIZON for all that the stream still holds. Default: LATEST."""
    parallelization_factor: NotRequired[int]
    """How many batches of a shard are handled at once: 1 to 10. Default: 1."""
    maximum_retry_attempts: NotRequired[int]
    """How often a batch that fails is tried again, while its shard waits: 0 to 10,000, or -1 until the records expire.
    Default: -1."""
    maximum_record_age_seconds: NotRequired[int]
    """Records older than this are dropped: 60 to 604,800 seconds, or -1 for never. Default: -1."""
    bisect_batch_on_error: NotRequired[bool]
    """Split a batch that fails in two and try again. Default: False."""
    discarded_arn: NotRequired[pulumi.Input[str]]
    """An SQS queue or SNS topic that is told of batches which are given up; the role gets the right to send.
    Default: none, they are lost."""


class StreamTriggerArgs(StreamOptions, FedTargetArgs):
    """Arguments of StreamTrigger."""


class _Stream(EventSource):
    kinesis_stream_arn: rules.KinesisArn | None = None
    dynamodb_stream_arn: rules.DynamoDbStreamArn | None = None
    starting_position: Annotated[
        str, rules.one_of(("LATEST", "TRIM_HORIZON"), "TRIM_HORIZON begins with the oldest record")
    ] = "LATEST"
    parallelization_factor: rules.ParallelizationFactor = 1
    maximum_retry_attempts: rules.StreamAttempts = -1
    maximum_record_age_seconds: rules.RecordAge = -1
    bisect_batch_on_error: bool = False
    discarded_arn: rules.DeadLetterArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        yield from super().conflicts(given)
        yield from exactly_one(given, ("kinesis_stream_arn", "dynamodb_stream_arn"))


class StreamTrigger(pulumi.ComponentResource):
    """Starts executions for the records of a stream, by an event source mapping.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
    """

    def __init__(
        self, name: str, args: StreamTriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = _Stream.parse_named("StreamTrigger", name, args)
        super().__init__("durable-functions:index:StreamTrigger", name, {}, opts)
        discarded = checked.discarded_arn
        inputs = {
            "starting_position": checked.starting_position,
            "parallelization_factor": checked.parallelization_factor,
            "maximum_retry_attempts": checked.maximum_retry_attempts,
            "maximum_record_age_in_seconds": checked.maximum_record_age_seconds,
            "bisect_batch_on_function_error": checked.bisect_batch_on_error,
            "destination_config": {"on_failure": {"destination_arn": discarded}} if discarded else None,
        }
        source = checked.kinesis_stream_arn or checked.dynamodb_stream_arn or ""
        feed(self, name, checked, source, inputs, also_send_to=discarded)
        self.register_outputs({})
