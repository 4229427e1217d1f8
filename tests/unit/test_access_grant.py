"""Access to what handlers use: for each kind of resource and each access the exact document, held against AWS's actions."""

from typing import Any, cast

import pulumi
import pytest
from pulumi_durable_functions import AccessGrant, DurableFunction, InvalidArnError, StandardFunction

from tables.account import ACCOUNT, Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS, STANDARD_ARGS
from tests.unit.policy_lint import faults

# Not the partition, region or account of anything that the mocks make.
PLACE = "us-gov-west-1:210987654321"
TABLE = f"arn:aws-us-gov:dynamodb:{PLACE}:table/carts"
INDEX = f"{TABLE}/index/by-user"
STREAM = f"{TABLE}/stream/2026-11-24T00:00:00.000"
KINESIS = f"arn:aws-us-gov:kinesis:{PLACE}:stream/clicks"
BUCKET = "arn:aws-us-gov:s3:::uploads"
QUEUE = f"arn:aws-us-gov:sqs:{PLACE}:jobs.fifo"
TOPIC = f"arn:aws-us-gov:sns:{PLACE}:news"
BUS = f"arn:aws-us-gov:events:{PLACE}:event-bus/shop/orders"

Statements = list[tuple[list[str], list[str]]]


def of(service: str, names: str) -> list[str]:
    return [f"{service}:{name}" for name in names.split()]


EXACTLY: list[tuple[str, str, Statements]] = [
    (
        TABLE,
        "read",
        [
            (of("dynamodb", "BatchGetItem ConditionCheckItem DescribeTable GetItem Query Scan"), [TABLE]),
            (of("dynamodb", "Query Scan"), [f"{TABLE}/index/*"]),
        ],
    ),
    (
        TABLE,
        "write",
        [(of("dynamodb", "BatchWriteItem DeleteItem DescribeTable PutItem UpdateItem"), [TABLE])],
    ),
    (
        TABLE,
        "read-write",
        [
            (
                of(
                    "dynamodb",
                    "BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem DescribeTable GetItem PutItem Query Scan "
                    "UpdateItem",
                ),
                [TABLE],
            ),
            (of("dynamodb", "Query Scan"), [f"{TABLE}/index/*"]),
        ],
    ),
    (INDEX, "read", [(of("dynamodb", "Query Scan"), [INDEX])]),
    (STREAM, "read", [(of("dynamodb", "DescribeStream GetRecords GetShardIterator"), [STREAM])]),
    (
        KINESIS,
        "read",
        [
            (
                of("kinesis", "DescribeStream DescribeStreamSummary GetRecords GetShardIterator ListShards"),
                [KINESIS],
            )
        ],
    ),
    (
        KINESIS,
        "write",
        [(of("kinesis", "DescribeStreamSummary ListShards PutRecord PutRecords"), [KINESIS])],
    ),
    (
        BUCKET,
        "read",
        [(of("s3", "GetBucketLocation ListBucket"), [BUCKET]), (of("s3", "GetObject"), [f"{BUCKET}/*"])],
    ),
    (BUCKET, "write", [(of("s3", "AbortMultipartUpload DeleteObject PutObject"), [f"{BUCKET}/*"])]),
    (
        BUCKET,
        "read-write",
        [
            (of("s3", "GetBucketLocation ListBucket"), [BUCKET]),
            (of("s3", "AbortMultipartUpload DeleteObject GetObject PutObject"), [f"{BUCKET}/*"]),
        ],
    ),
    (
        QUEUE,
        "read",
        [
            (
                of(
                    "sqs",
                    "ChangeMessageVisibility DeleteMessage GetQueueAttributes GetQueueUrl ReceiveMessage",
                ),
                [QUEUE],
            )
        ],
    ),
    (QUEUE, "write", [(of("sqs", "GetQueueAttributes GetQueueUrl SendMessage"), [QUEUE])]),
    (TOPIC, "write", [(of("sns", "Publish"), [TOPIC])]),
    (BUS, "write", [(of("events", "PutEvents"), [BUS])]),
]


@pytest.mark.parametrize(("arn", "access", "statements"), EXACTLY)
@pytest.mark.parametrize("known", [True, False])
def test_a_level_allows_exactly_this(
    cloud: Recorder, arn: str, access: Any, statements: Statements, *, known: bool
) -> None:
    resource = arn if known else pulumi.Output.from_input(arn)
    role = f"arn:aws:iam::{ACCOUNT}:role/shop"
    declare(lambda: AccessGrant("it", {"role_arn": role, "resource_arn": resource, "access": access}))
    made = cloud.seen()["RolePolicy it"]
    assert made == {
        "role": "shop",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": actions, "Resource": resources}
                for actions, resources in statements
            ],
        },
    }
    assert faults(made["policy"]) == []


@pytest.mark.parametrize(
    ("arn", "access", "reason"),
    [
        (TOPIC, "read", "is the ARN of an SNS topic, on which only write is possible"),
        (STREAM, "read-write", "is the ARN of a table's stream, on which only read is possible"),
        (f"arn:aws:ssm:{PLACE}:parameter/a", "read", "is not the ARN of a DynamoDB table, "),
        *(
            (f"{arn[:-1]}{pattern}", access, "is not the ARN of a DynamoDB table, ")
            for arn, access, _ in EXACTLY
            for pattern in ("*", "?", "${aws:username}")
        ),
    ],
)
def test_what_turns_out_to_have_no_such_access_is_refused(
    cloud: Recorder, arn: str, access: Any, reason: str
) -> None:
    args: Any = {
        "role_arn": f"arn:aws:iam::{ACCOUNT}:role/shop",
        "resource_arn": pulumi.Output.from_input(arn),
        "access": access,
    }
    with pytest.raises(InvalidArnError, match=reason):
        declare(lambda: AccessGrant("it", args))
    assert "RolePolicy it" not in cloud.seen()


@pytest.mark.parametrize("kind", [DurableFunction, StandardFunction])
def test_a_functions_own_role_gets_the_access(cloud: Recorder, kind: Any) -> None:
    args = FUNCTION_ARGS if kind is DurableFunction else STANDARD_ARGS
    declare(lambda: cast(Any, kind("orders", args)).allow("carts", TABLE, "read"))
    seen = cloud.seen()
    assert "AccessGrant orders-carts" in seen
    assert seen["RolePolicy orders-carts"]["role"] == "orders-1a2b3c4"
