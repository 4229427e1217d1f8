"""A trigger that starts executions for records in a Kinesis stream or a DynamoDB table's stream."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired

import pulumi

from ..checks.args import exactly_one
from ..checks.component import Component
from ..checks.errors import Problem
from . import rules as trigger_rules
from .event_source import EventSource, SourceOptions, make_mapping
from .target import EventSourceTargetArgs


class StreamOptions(SourceOptions):
    """Which records start executions; exactly one stream is required."""

    kinesis_stream_arn: NotRequired[pulumi.Input[str]]
    """A Kinesis stream, or one of its consumers, which has its own throughput (enhanced fan-out)."""
    dynamodb_stream_arn: NotRequired[pulumi.Input[str]]
    """The stream of a DynamoDB table: its streamArn."""
    starting_position: NotRequired[trigger_rules.StartingPosition]
    """Where reading starts: LATEST, TRIM_HORIZON for everything that is still in the stream, or, for Kinesis,
    AT_TIMESTAMP. Default: LATEST."""
    starting_position_timestamp: NotRequired[str]
    """The time to start at with AT_TIMESTAMP, such as 2027-01-31T03:00:00Z."""
    parallelization_factor: NotRequired[int]
    """How many batches of a shard are processed at once: 1 to 10. Default: 1."""
    maximum_retry_attempts: NotRequired[int]
    """How often a failed batch is retried, while its shard waits: 0 to 10,000 times, or -1 until the records expire.
    Default: -1."""
    maximum_record_age_seconds: NotRequired[int]
    """The age above which records are discarded: 60 to 604,800 seconds, or -1 for never. Default: -1."""
    bisect_batch_on_error: NotRequired[bool]
    """Split a failed batch in two, and retry both. Default: False."""
    tumbling_window_seconds: NotRequired[int]
    """The length of tumbling windows: 1 to 900 seconds. Each invocation gets the state that the previous one in the window
    has returned. Not with an intermediary. Default: no windows."""
    discarded_arn: NotRequired[pulumi.Input[str]]
    """An SQS queue or SNS topic that is notified of discarded batches, or an S3 bucket that gets them; the role gets the
    permission to send. Or kafka://<topic>, for which you grant access yourself. Default: none; they are lost."""


class StreamTriggerArgs(StreamOptions, EventSourceTargetArgs):
    """Arguments of StreamTrigger."""


class _Stream(EventSource):
    kinesis_stream_arn: trigger_rules.KinesisArn | None = None
    dynamodb_stream_arn: trigger_rules.DynamoDbStreamArn | None = None
    starting_position: trigger_rules.StartingPosition = "LATEST"
    starting_position_timestamp: trigger_rules.Timestamp | None = None
    parallelization_factor: trigger_rules.ParallelizationFactor = 1
    maximum_retry_attempts: trigger_rules.StreamAttempts = -1
    maximum_record_age_seconds: trigger_rules.RecordAge = -1
    bisect_batch_on_error: bool = False
    tumbling_window_seconds: trigger_rules.TumblingWindow | None = None
    discarded_arn: trigger_rules.DiscardedArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        yield from super().conflicts(given)
        yield from exactly_one(given, ("kinesis_stream_arn", "dynamodb_stream_arn"))
        position = given.get("starting_position")
        if (position == "AT_TIMESTAMP") != ("starting_position_timestamp" in given):
            message = "AT_TIMESTAMP needs a timestamp, and other positions do not support one"
            yield Problem("starting_position | starting_position_timestamp", message, given=False)
        if position == "AT_TIMESTAMP" and "dynamodb_stream_arn" in given:
            # https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html: StartingPosition
            yield Problem(
                "starting_position", "must be LATEST or TRIM_HORIZON for a table's stream", position
            )
        if "tumbling_window_seconds" in given and given.get("intermediary") is True:
            # https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html: the function returns the state.
            message = "needs a handler that returns the window's state, which an intermediary does not do"
            yield Problem("tumbling_window_seconds", message, given["tumbling_window_seconds"])


class StreamTrigger(Component):
    """Starts executions for the records in a stream, by an event source mapping.

    For Kafka, MQ and DocumentDB, make an aws.lambda_.EventSourceMapping of your own on the alias: see docs/recipes.md.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    def __init__(
        self, name: str, args: StreamTriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `StreamTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Stream.parse_named("StreamTrigger", name, args)
        super().__init__("durable-functions:index:StreamTrigger", name, {}, opts)
        discarded = checked.discarded_arn
        inputs = {
            "starting_position": checked.starting_position,
            "starting_position_timestamp": checked.starting_position_timestamp,
            "parallelization_factor": checked.parallelization_factor,
            "maximum_retry_attempts": checked.maximum_retry_attempts,
            "maximum_record_age_in_seconds": checked.maximum_record_age_seconds,
            "bisect_batch_on_function_error": checked.bisect_batch_on_error,
            "tumbling_window_in_seconds": checked.tumbling_window_seconds,
            "destination_config": {"on_failure": {"destination_arn": discarded}} if discarded else None,
        }
        source = checked.kinesis_stream_arn or checked.dynamodb_stream_arn or ""
        # A role's policy alone cannot grant writing to a Kafka topic.
        granted = None if isinstance(discarded, str) and discarded.startswith("kafka:") else discarded
        make_mapping(self, name, checked, source, inputs, discard_to=granted)
        self.register_outputs({})
