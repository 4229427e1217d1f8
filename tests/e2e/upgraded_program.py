"""A program with every component, as somebody has written it for the last release.

What that release does not have yet is made `if hasattr(durable, ...)`, until the next one has it.
"""

import importlib.metadata
import json

import pulumi
import pulumi_aws as aws
import pulumi_durable_functions as durable
from pulumi_durable_functions import DurableFunctionOptions

durable.register_guard()
WAITING = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    answer = context.wait_for_callback(lambda callback_id, _: None, name="approval")
    return {**event, "approved": answer}
"""
COMMON: DurableFunctionOptions = {
    "runtime": "python3.13",
    "handler": "index.handler",
    "code_inline": WAITING,
    "timeout_seconds": 30,
}
ACCOUNT = "arn:aws:{service}:us-east-1:000000000000:{name}"


def trusted_by_lambda(name: str) -> aws.iam.Role:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    return aws.iam.Role(name, assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))


def everything_around(function: durable.DurableFunction) -> None:
    """Grant everything to somebody, and start executions by whatever goes on without waiting."""
    role, user, group = trusted_by_lambda("caller"), aws.iam.User("caller"), aws.iam.Group("caller")
    function.grant_invoke("by-role", role)
    function.grant_invoke("by-user", user)
    function.grant_invoke("by-group", group, all_versions=True)
    function.grant_callback("callback", role)
    function.grant_read("read", role)
    function.grant_operate("operate", role)
    function.grant_pause("pause", role)
    function.allow_secret("card-key", ACCOUNT.format(service="secretsmanager", name="secret:card-key-a1b2c3"))
    durable.InvokeGrant(
        "by-rule",
        {
            "qualified_arn": function.alias_arn,
            "service": "events.amazonaws.com",
            "source_arn": ACCOUNT.format(service="events", name="rule/nightly"),
        },
    )
    topic, bucket, queue = aws.sns.Topic("news"), aws.s3.Bucket("files"), aws.sqs.Queue("inbox")
    function.on_schedule("clock", {"schedule": "cron(0 3 1 1 ? 2090)", "event": {"order": 1}})
    function.on_event("shop", {"event_pattern": {"source": ["shop"]}})
    function.on_topic("news", {"topic_arn": topic.arn})
    function.on_bucket("files", {"bucket": bucket.id, "suffix": ".csv"})
    function.on_queue("inbox", {"queue_arn": queue.arn, "intermediary": True, "body_as_event": True})


alarms = durable.AlarmTopic("alarms", {"emails": ["ops@shop.example"]})
layer = aws.lambda_.LayerVersion(
    "greetings",
    layer_name="upgraded-greetings",
    code=pulumi.AssetArchive({"python/greetings.py": pulumi.StringAsset("HELLO = 'hello'\n")}),
    compatible_runtimes=["python3.13"],
)
long = durable.DurableFunction(
    "long",
    {
        **COMMON,
        "execution_timeout_seconds": 86_400,
        "retention_days": 30,
        "environment": {"LOG_LEVEL": "DEBUG"},
        "layers": [layer.arn],
        "tracing": True,
        "reserved_concurrency": 5,
        "ephemeral_storage_mb": 1024,
        "additional_aliases": {"next": "newest"},
        "role_statements": [
            {
                "actions": ["dynamodb:PutItem"],
                "resources": [ACCOUNT.format(service="dynamodb", name="table/orders")],
            }
        ],
        "alarm_actions": [alarms.topic_arn],
        "failure_topic_arn": alarms.topic_arn,
        "dead_letter_queue": True,
        "tags": {"team": "shop"},
    },
)
everything_around(long)

short = durable.DurableFunction(
    "short",
    {
        **COMMON,
        "execution_timeout_seconds": 60,
        "execution_policy": "managed",
        "subnet_ids": ["subnet-1"],
        "security_group_ids": ["sg-1"],
    },
)
clicks, inbox = aws.kinesis.Stream("clicks", shard_count=1), aws.sqs.Queue("short-inbox")
short.on_stream("clicks", {"kinesis_stream_arn": clicks.arn})
short.on_queue("inbox", {"queue_arn": inbox.arn})
short.add_url("api")
long.grant_invoke("by-short", short)

if hasattr(durable, "StandardFunction"):
    plain = durable.StandardFunction(
        "plain",
        {
            "runtime": "python3.13",
            "handler": "index.handler",
            "code_inline": "def handler(event, context): ...",
            "dead_letter_queue": True,
            "maximum_retry_attempts": 0,
            "on_failure_arn": alarms.topic_arn,
        },
    )
    long.grant_callback("by-plain", plain)
    plain.grant_invoke("by-long", long)
    plain.add_url("hook", {"authorization": "NONE"})

if hasattr(durable, "AccessGrant"):
    long.allow("carts", ACCOUNT.format(service="dynamodb", name="table/carts"), "read-write")

role = durable.DurableExecutionRole("shared", {})
policies: dict[str, DurableFunctionOptions] = {
    "own-scoped": {"execution_policy": "scoped"},
    "own-none": {"execution_policy": "none"},
}
for name, policy in policies.items():
    durable.DurableFunction(
        name, {**COMMON, **policy, "execution_timeout_seconds": 60, "role_arn": role.role_arn}
    )
durable.DurableMonitoring(
    "monitoring", {"functions": {"long": long.function_name, "short": short.function_name}}
)

pulumi.export("long", long.outputs())
pulumi.export("short", short.outputs())
pulumi.export(
    "package",
    {"file": durable.__file__, "version": importlib.metadata.version("durable-functions")},
)
