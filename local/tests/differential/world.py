"""What all cases share: roles, functions, queues and the like, made once in an empty cloud."""

import json
from typing import Any

from differential.files import archive
from differential.subject import Props, Request
from server import allowing

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/shared"
OTHER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/other"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:shared"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:shared"
DEAD = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:shared"
OTHER_TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:other"
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/shared"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/shared"
LAYER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:shared"

TRUST = allowing(["sts:AssumeRole"], Principal={"Service": "lambda.amazonaws.com"})
OTHER_TRUST = allowing(["sts:AssumeRole"], Principal={"Service": "scheduler.amazonaws.com"})
READS = allowing(["s3:GetObject"], Resource="*")
WRITES = allowing(["s3:PutObject", "s3:GetObject"], Resource="*")
_SERVICES = ["lambda.amazonaws.com", "scheduler.amazonaws.com", "events.amazonaws.com"]
_ALL = allowing(["lambda:*", "sqs:*", "sns:*", "kinesis:*", "dynamodb:*"], Resource="*")
CODE = archive("def handler(event, context):\n    return 1\n")


# Buckets announce only what the receivers accept from them.
_ACCEPTS = allowing(
    ["sqs:SendMessage", "sns:Publish"], Principal={"Service": "s3.amazonaws.com"}, Resource="*"
)
_OF_BUCKETS: Props = {
    "FunctionName": "shared",
    "StatementId": "buckets",
    "Action": "lambda:InvokeFunction",
    "Principal": "s3.amazonaws.com",
}


def of_function(name: str, **settings: Any) -> Request:
    """Return the request that makes a function with a version."""
    params = {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Role": ROLE,
        "Handler": "index.handler",
        "Code": {"ZipFile": CODE},
        "Publish": True,
        **settings,
    }
    return Request("lambda", "create_function", params)


def of_role(name: str) -> Request:
    """Return the request that makes a role which all services here may assume."""
    trust = allowing(["sts:AssumeRole"], Principal={"Service": _SERVICES})
    return Request("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": trust})


def _uses(role: str) -> Request:
    return Request("iam", "put_role_policy", {"RoleName": role, "PolicyName": "all", "PolicyDocument": _ALL})


def of_queue(name: str, **attributes: str) -> Request:
    """Return the request that makes a queue."""
    return Request("sqs", "create_queue", {"QueueName": name, "Attributes": attributes})


def of_topic(name: str) -> Request:
    """Return the request that makes a topic."""
    return Request("sns", "create_topic", {"Name": name})


def of_bucket(name: str) -> Request:
    """Return the request that makes a bucket."""
    return Request("s3", "create_bucket", {"Bucket": name})


_STREAM: Props = {"StreamName": "shared", "ShardCount": 1}
_LAYER: Props = {"LayerName": "shared", "Content": {"ZipFile": CODE}}

SHARED = (
    of_role("shared"),
    of_role("other"),
    _uses("shared"),
    _uses("other"),
    Request("iam", "create_policy", {"PolicyName": "boundary", "PolicyDocument": READS}),
    Request("iam", "create_user", {"UserName": "shared"}),
    Request("iam", "create_user", {"UserName": "other"}),
    Request("iam", "create_group", {"GroupName": "shared"}),
    Request("iam", "create_group", {"GroupName": "other"}),
    of_function("shared"),
    Request("lambda", "update_function_configuration", {"FunctionName": "shared", "Description": "2"}),
    Request("lambda", "publish_version", {"FunctionName": "shared"}),
    Request("lambda", "create_alias", {"FunctionName": "shared", "Name": "live", "FunctionVersion": "1"}),
    of_function("other"),
    Request("lambda", "publish_layer_version", _LAYER),
    Request("lambda", "publish_layer_version", _LAYER),
    of_queue("shared"),
    of_queue("dead"),
    of_topic("shared"),
    of_topic("other"),
    *(
        Request(
            "sqs", "set_queue_attributes", {"QueueUrl": f"QUEUES/{name}", "Attributes": {"Policy": _ACCEPTS}}
        )
        for name in ("shared", "dead")
    ),
    *(
        Request(
            "sns",
            "set_topic_attributes",
            {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": _ACCEPTS},
        )
        for arn in (TOPIC, OTHER_TOPIC)
    ),
    Request("lambda", "add_permission", _OF_BUCKETS),
    Request("lambda", "add_permission", {**_OF_BUCKETS, "StatementId": "buckets-live", "Qualifier": "live"}),
    Request("kinesis", "create_stream", _STREAM),
    Request("events", "create_event_bus", {"Name": "shared"}),
    Request("events", "put_rule", {"Name": "shared", "ScheduleExpression": "rate(1 day)"}),
    Request("events", "put_rule", {"Name": "other", "ScheduleExpression": "rate(1 day)"}),
    Request("scheduler", "create_schedule_group", {"Name": "shared"}),
    Request("logs", "create_log_group", {"logGroupName": "shared"}),
    of_bucket("shared"),
    Request("s3", "put_object", {"Bucket": "shared", "Key": "code.zip", "Body": CODE}),
    Request("s3", "put_object", {"Bucket": "shared", "Key": "other.zip", "Body": archive("")}),
)


def document(**statement: object) -> str:
    """Return a policy with one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
