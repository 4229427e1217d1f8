"""What `read` and `write` allow on a resource that handlers use, as a table.

The actions are those of the service authorization reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html;
a unit test holds each against the resources on which AWS authorizes it.
"""

import re
from dataclasses import dataclass

from .. import iam
from ..checks.arns import InvalidArnError
from ..checks.rules import BUCKET

Actions = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of resource.

    Attributes:
        title: what a person calls it.
        arn: the form of its ARN, after the partition; without wildcards and policy variables, since it is one resource.
        parts: what is appended to the ARN, with the actions that read and those that write there.
    """

    title: str
    arn: str
    parts: tuple[tuple[str, Actions, Actions], ...]

    def refusal(self, access: str) -> str | None:
        """Return why a resource of this kind has no such access; None if it has."""
        columns = {
            "read": any(read for _, read, _ in self.parts),
            "write": any(write for _, _, write in self.parts),
        }
        if all(columns.get(each, True) for each in access.split("-")):
            return None
        only = " and ".join(each for each, is_there in columns.items() if is_there)
        return f"is the ARN of {self.title}, on which only {only} is possible"


def _of(service: str, *names: str) -> Actions:
    return tuple(f"{service}:{name}" for name in names)


_PLACE = r"[a-z0-9-]+:\d{12}"
_TABLE = rf"dynamodb:{_PLACE}:table/[\w.-]{{3,255}}"
_QUEUE = ("GetQueueAttributes", "GetQueueUrl")
KINDS = (
    Kind(
        "a DynamoDB table",
        _TABLE,
        (
            (
                "",
                _of(
                    "dynamodb",
                    "BatchGetItem",
                    "ConditionCheckItem",
                    "DescribeTable",
                    "GetItem",
                    "Query",
                    "Scan",
                ),
                _of("dynamodb", "BatchWriteItem", "DeleteItem", "DescribeTable", "PutItem", "UpdateItem"),
            ),
            ("/index/*", _of("dynamodb", "Query", "Scan"), ()),
        ),
    ),
    Kind(
        "an index of a table",
        rf"{_TABLE}/index/[\w.-]{{3,255}}",
        (("", _of("dynamodb", "Query", "Scan"), ()),),
    ),
    Kind(
        "a table's stream",
        rf"{_TABLE}/stream/[\w.:-]+",
        (("", iam.SOURCES["dynamodb"], ()),),
    ),
    Kind(
        "a Kinesis stream",
        rf"kinesis:{_PLACE}:stream/[\w.-]+",
        (
            (
                "",
                iam.SOURCES["kinesis"],
                _of("kinesis", "DescribeStreamSummary", "ListShards", "PutRecord", "PutRecords"),
            ),
        ),
    ),
    Kind(
        "an S3 bucket",
        BUCKET,
        (
            ("", _of("s3", "GetBucketLocation", "ListBucket"), ()),
            ("/*", _of("s3", "GetObject"), _of("s3", "AbortMultipartUpload", "DeleteObject", "PutObject")),
        ),
    ),
    Kind(
        "an SQS queue",
        rf"sqs:{_PLACE}:[\w-]+(\.fifo)?",
        (
            (
                "",
                _of("sqs", "ChangeMessageVisibility", "DeleteMessage", *_QUEUE, "ReceiveMessage"),
                _of("sqs", *_QUEUE, "SendMessage"),
            ),
        ),
    ),
    Kind("an SNS topic", rf"sns:{_PLACE}:[\w-]+(\.fifo)?", (("", (), _of("sns", "Publish")),)),
    Kind("an event bus", rf"events:{_PLACE}:event-bus/[\w./-]+", (("", (), _of("events", "PutEvents")),)),
)


def resource_document(arn: str, access: str) -> iam.Document:
    """Return the permission to `read`, to `write`, or both (`read-write`), on one resource.

    Raises:
        InvalidArnError: the ARN is of no kind in the table, or of one that has no such access.
    """
    kind, wanted = kind_of(arn), access.split("-")
    if reason := kind.refusal(access):
        raise InvalidArnError(reason)
    statements = []
    for suffix, read, write in kind.parts:
        allowed = {*(read if "read" in wanted else ()), *(write if "write" in wanted else ())}
        if allowed:
            statements.append(iam.statement(sorted(allowed), [f"{arn}{suffix}"]))
    return iam.document(*statements)


def kind_of(arn: str) -> Kind:
    """Return the kind of the resource with an ARN.

    Raises:
        InvalidArnError: it is of none of them.
    """
    for kind in KINDS:
        if re.fullmatch(rf"arn:aws[a-z-]*:{kind.arn}", arn, re.ASCII):
            return kind
    titles = [kind.title for kind in KINDS]
    raise InvalidArnError(f"is not the ARN of {', '.join(titles[:-1])} or {titles[-1]}")
