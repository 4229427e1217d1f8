"""The destinations of a standard function: where Lambda sends a record of each asynchronous invocation."""

import re
from collections.abc import Callable, Mapping
from typing import Annotated

import pulumi

from .. import iam
from ..checks.arns import FunctionArn
from ..checks.rules import BUCKET, NAMED, Text, known, known_arn
from ..execution_role import ExecutionRole
from ..grants.grantee import policy_of

_EVENT_BUS = known_arn(
    "events",
    "an event bus's ARN: arn:<partition>:events:<region>:<account>:event-bus/<name>",
    r"event-bus/[\w./-]+",
)


def _destination(kinds: str, *, bucket: bool) -> Callable[[str], None]:
    """Return the check that an ARN is that of a destination.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """

    def check(value: str) -> None:
        match iam.service_of(value):
            case "sqs" | "sns":
                known_arn("(sqs|sns)", kinds, NAMED, fifo=False)(value)
            case "lambda":
                FunctionArn.parse(value)
            case "events":
                _EVENT_BUS(value)
            case _ if not (bucket and re.fullmatch(rf"arn:aws[a-z-]*:{BUCKET}", value)):
                raise ValueError(f"must be {kinds}")

    return check


SuccessDestinationArn = Annotated[
    Text,
    known(
        _destination(
            "the ARN of an SQS queue, an SNS topic, a Lambda function or an EventBridge event bus",
            bucket=False,
        )
    ),
]
FailureDestinationArn = Annotated[
    Text,
    known(
        _destination(
            "the ARN of an SQS queue, an SNS topic, a Lambda function, an EventBridge event bus or an S3 bucket",
            bucket=True,
        )
    ),
]


def make_sending(
    parent: pulumi.Resource, name: str, destinations: Mapping[str, pulumi.Input[str]], role: ExecutionRole
) -> list[pulumi.Resource]:
    """Put the permissions to send to these destinations into the role; each is named after the end of the invocation."""
    return [
        role.put_policy(parent, f"{name}-{end.replace('_', '-')}", policy_of(iam.destination_document, arn))
        for end, arn in destinations.items()
    ]
