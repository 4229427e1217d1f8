"""What AWS allows for each argument of a trigger. Bounds come from the API references of Lambda, EventBridge and Scheduler."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from ..checks.rules import BUCKET, DAY_SECONDS, Choice, Text, Whole, bounded, known, known_arn

_DESTINATION = known_arn(
    "(sqs|sns)",
    "the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://<topic>",
    r"[A-Za-z0-9-_]+(\.fifo)?",
    fifo=False,
)


def _discard_destination(value: str) -> None:
    # https://docs.aws.amazon.com/lambda/latest/api/API_OnFailure.html
    if re.fullmatch(rf"arn:aws[a-z-]*:{BUCKET}|kafka://[A-Za-z0-9_-][A-Za-z0-9_.-]{{0,248}}", value) is None:
        _DESTINATION(value)


def _record_age(value: int) -> int:
    if value != -1 and not 60 <= value <= 7 * DAY_SECONDS:
        raise ValueError("must be 60 to 604,800 seconds, or -1 for as long as the stream keeps records")
    return value


def _timestamp(value: str) -> str:
    # pulumi-aws requires RFC 3339.
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value, re.ASCII) is None:
        raise ValueError("must be a time with a time zone, such as 2027-01-31T03:00:00Z")
    return value


FlexibleMinutes = Annotated[Whole, bounded(1, 1440, "minutes", "leave it out to start exactly at the time")]
DeliveryAttempts = Annotated[Whole, bounded(0, 185, "attempts", "EventBridge does not retry more often")]
EventAge = Annotated[Whole, bounded(60, DAY_SECONDS, "seconds", "EventBridge retries for at most a day")]
BatchSize = Annotated[Whole, bounded(1, 10_000, "records", "a batch is one invocation")]
BatchingWindow = Annotated[Whole, bounded(0, 300, "seconds", "Lambda waits this long for a batch to fill")]
FilterPolicyScope = Annotated[
    Literal["MessageAttributes", "MessageBody"], Choice("it is what the filter applies to")
]
UrlAuthorization = Annotated[
    Literal["AWS_IAM", "NONE"], Choice("NONE lets everybody on the internet start executions")
]
FilterPatterns = Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10)]
SourceConcurrency = Annotated[Whole, bounded(2, 1000, "batches", "leave it out for no limit")]
ParallelizationFactor = Annotated[
    Whole, bounded(1, 10, "batches", "Lambda processes no more batches of a shard at once")
]
StreamAttempts = Annotated[
    Whole, bounded(-1, 10_000, "attempts", "-1 retries until the records expire, while the shard waits")
]
TumblingWindow = Annotated[Whole, bounded(1, 900, "seconds", "leave it out for no windows")]
Timestamp = Annotated[str, AfterValidator(_timestamp)]
StartingPosition = Annotated[
    Literal["LATEST", "TRIM_HORIZON", "AT_TIMESTAMP"], Choice("TRIM_HORIZON starts with the oldest record")
]
RecordAge = Annotated[Whole, AfterValidator(_record_age)]

DiscardedArn = Annotated[Text, known(_discard_destination)]
KinesisArn = Annotated[
    Text,
    known(
        known_arn(
            "kinesis",
            "the ARN of a stream, arn:<partition>:kinesis:<region>:<account>:stream/<name>, or of one of its "
            "consumers; for Kafka, MQ and DocumentDB, make an aws.lambda_.EventSourceMapping of your own on alias_arn",
            r"stream/[\w.-]+(/consumer/[\w.-]+:\d+)?",
        )
    ),
]
DynamoDbStreamArn = Annotated[
    Text,
    known(
        known_arn(
            "dynamodb",
            "the ARN of a table's stream (its streamArn, not the table's own), which ends in /stream/<time>",
            r"table/[^/\s]+/stream/\S+",
        )
    ),
]
