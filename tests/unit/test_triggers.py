import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest

import components
from components import DurableFunction, DurableFunctionArgs, InvalidArgsError, InvalidArnError, iam
from components.triggers import intermediary
from tables.account import ACCOUNT, FUNCTION, QUEUE, ROLE, TOPIC, URL, Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS
from tables.invalid_triggers import BETWEEN, TENANT_TRIGGER, TENANT_URL, VISIBILITY

# Not the partition, region or account of anything that the mocks make: all of it must come from the ARN itself.
GOV = "arn:aws-us-gov:lambda:us-gov-west-1:210987654321:function:orders"
ALIAS = f"{GOV}:live"
QUEUE_OF_GOV = "arn:aws-us-gov:sqs:us-gov-west-1:210987654321"
KINESIS = "arn:aws-us-gov:kinesis:us-gov-west-1:210987654321:stream/clicks"
TABLE = "arn:aws-us-gov:dynamodb:us-gov-west-1:210987654321:table/carts/stream/2026-11-24T00:00:00.000"
TOPIC_OF_GOV = "arn:aws-us-gov:sns:us-gov-west-1:210987654321:news"
TARGET = {"qualified_arn": ALIAS}
WAITED = {**TARGET, "execution_timeout_seconds": 900}

Values = dict[str, Any]


def document(*statements: Values) -> Values:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any) -> Values:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def permission(service: str, source: str, **more: str) -> Values:
    return {
        "action": "lambda:InvokeFunction",
        "function": GOV,
        "qualifier": "live",
        "principal": f"{service}.amazonaws.com",
        "sourceArn": source,
        **more,
    }


RETRIES = {"maximumRetryAttempts": 185, "maximumEventAgeInSeconds": 86_400}
SQS = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]

EXACTLY: list[tuple[str, Values, dict[str, Values]]] = [
    (
        "ScheduleTrigger",
        {**TARGET, "schedule": "cron(0 3 * * ? *)"},
        {
            "Role it": {
                "assumeRolePolicy": document(
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "scheduler.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                        "Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}},
                    }
                )
            },
            "RolePolicy it": {
                "role": "it-1a2b3c4",
                "policy": document(allow("lambda:InvokeFunction", ALIAS)),
            },
            "Schedule it": {
                "scheduleExpression": "cron(0 3 * * ? *)",
                "scheduleExpressionTimezone": "UTC",
                "flexibleTimeWindow": {"mode": "OFF"},
                "state": "ENABLED",
                "target": {"arn": ALIAS, "roleArn": f"{ROLE}/it-1a2b3c4", "retryPolicy": RETRIES},
            },
        },
    ),
    (
        "EventTrigger",
        {**TARGET, "event_pattern": {"source": ["shop"]}},
        {
            "EventRule it": {"eventPattern": {"source": ["shop"]}, "state": "ENABLED"},
            "Permission it": permission("events", f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/it-1a2b3c4"),
            "EventTarget it": {"rule": "it-1a2b3c4", "arn": ALIAS, "retryPolicy": RETRIES},
        },
    ),
    (
        "TopicTrigger",
        {**TARGET, "topic_arn": TOPIC_OF_GOV},
        {
            "Permission it": permission("sns", TOPIC_OF_GOV),
            "TopicSubscription it": {"topic": TOPIC_OF_GOV, "protocol": "lambda", "endpoint": ALIAS},
        },
    ),
    (
        "BucketTrigger",
        {**TARGET, "bucket": "uploads"},
        {
            "Permission it": permission("s3", "arn:aws-us-gov:s3:::uploads", sourceAccount="210987654321"),
            "BucketNotification it": {
                "bucket": "uploads",
                "lambdaFunctions": [{"lambdaFunctionArn": ALIAS, "events": ["s3:ObjectCreated:*"]}],
            },
        },
    ),
    (
        "QueueTrigger",
        {**WAITED, "queue_arn": f"{QUEUE_OF_GOV}:inbox", "role_name": "fed"},
        {
            "RolePolicy it-source": {
                "role": "fed",
                "policy": document(allow(SQS, f"{QUEUE_OF_GOV}:inbox")),
            },
            "EventSourceMapping it": {
                "eventSourceArn": f"{QUEUE_OF_GOV}:inbox",
                "functionName": ALIAS,
                "maximumBatchingWindowInSeconds": 0,
                "enabled": True,
            },
        },
    ),
    (
        "StreamTrigger",
        {**WAITED, "kinesis_stream_arn": KINESIS, "role_name": "fed"},
        {
            "RolePolicy it-source": {
                "role": "fed",
                "policy": document(
                    allow(
                        [
                            "kinesis:DescribeStream",
                            "kinesis:DescribeStreamSummary",
                            "kinesis:GetRecords",
                            "kinesis:GetShardIterator",
                            "kinesis:ListShards",
                        ],
                        KINESIS,
                    )
                ),
            },
            "EventSourceMapping it": {
                "eventSourceArn": KINESIS,
                "functionName": ALIAS,
                "startingPosition": "LATEST",
                "parallelizationFactor": 1,
                "maximumRetryAttempts": -1,
                "maximumRecordAgeInSeconds": -1,
                "maximumBatchingWindowInSeconds": 0,
                "bisectBatchOnFunctionError": False,
                "enabled": True,
            },
        },
    ),
    (
        "UrlTrigger",
        WAITED,
        {"FunctionUrl it": {"functionName": GOV, "qualifier": "live", "authorizationType": "AWS_IAM"}},
    ),
]


@pytest.mark.parametrize(("trigger", "args", "made"), EXACTLY, ids=[row[0] for row in EXACTLY])
def test_a_trigger_makes_exactly_this(
    cloud: Recorder, trigger: str, args: Values, made: dict[str, Values]
) -> None:
    declare(lambda: getattr(components, trigger)("it", args))
    assert children(cloud) == made


def children(cloud: Recorder) -> dict[str, Values]:
    """Return what is made in AWS, without the components around it."""
    of_aws = {
        f"{made.typ.rpartition(':')[2]} {made.name}" for made in cloud.made if made.typ.startswith("aws:")
    }
    return {key: inputs for key, inputs in cloud.seen().items() if key in of_aws}


def test_a_tables_stream_may_be_read_and_nothing_else(cloud: Recorder) -> None:
    args: Any = {**WAITED, "dynamodb_stream_arn": TABLE, "role_name": "fed"}
    declare(lambda: components.StreamTrigger("it", args))
    assert cloud.seen()["RolePolicy it-source"]["policy"] == document(
        allow(["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"], TABLE),
        allow("dynamodb:ListStreams", "*"),
    )


def test_a_consumer_may_be_read_beside_its_stream(cloud: Recorder) -> None:
    consumer = f"{KINESIS}/consumer/orders:1764201600"
    args: Any = {**WAITED, "kinesis_stream_arn": consumer, "role_name": "fed"}
    declare(lambda: components.StreamTrigger("it", args))
    seen = cloud.seen()
    assert seen["EventSourceMapping it"]["eventSourceArn"] == consumer
    of_stream, of_consumer = seen["RolePolicy it-source"]["policy"]["Statement"]
    assert of_stream["Resource"] == KINESIS
    assert of_consumer == allow(["kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"], consumer)


@pytest.mark.parametrize(
    ("target", "rights"),
    [
        (
            "arn:aws:s3:::lost",
            [allow("s3:PutObject", "arn:aws:s3:::lost/*"), allow("s3:ListBucket", "arn:aws:s3:::lost")],
        ),
        ("kafka://lost", None),
    ],
)
def test_batches_that_are_given_up_go_to_a_bucket_or_a_topic_of_kafka(
    cloud: Recorder, target: str, rights: list[Values] | None
) -> None:
    args: Any = {**WAITED, "kinesis_stream_arn": KINESIS, "role_name": "fed", "discarded_arn": target}
    declare(lambda: components.StreamTrigger("it", args))
    seen = cloud.seen()
    assert seen["EventSourceMapping it"]["destinationConfig"]["onFailure"]["destinationArn"] == target
    if rights is None:
        assert "RolePolicy it-discarded" not in seen
    else:
        assert seen["RolePolicy it-discarded"]["policy"] == document(*rights)


def test_a_role_that_is_not_named_is_left_alone(cloud: Recorder) -> None:
    args: Any = {**WAITED, "kinesis_stream_arn": KINESIS, "discarded_arn": f"{QUEUE_OF_GOV}:lost"}
    declare(lambda: components.StreamTrigger("it", args))
    assert set(children(cloud)) == {"EventSourceMapping it"}


def test_a_url_for_everybody_needs_both_rights_and_the_invoke_by_url_alone(cloud: Recorder) -> None:
    found: list[str] = []
    args: Any = {**WAITED, "authorization": "NONE"}
    declare(lambda: components.UrlTrigger("it", args).url.apply(found.append))
    everybody = {"function": GOV, "qualifier": "live", "principal": "*"}
    seen = cloud.seen()
    assert seen["Permission it-url"] == {
        **everybody,
        "action": "lambda:InvokeFunctionUrl",
        "functionUrlAuthType": "NONE",
    }
    assert seen["Permission it-invoke"] == {
        **everybody,
        "action": "lambda:InvokeFunction",
        "invokedViaFunctionUrl": True,
    }
    assert found == [URL]


@pytest.mark.parametrize(
    "arn", ["arn:aws:s3:::uploads", "uploads", "arn:aws:sns:eu-west-1:123456789012:news"]
)
def test_an_output_that_turns_out_to_be_no_source_is_refused_by_name(arn: str) -> None:
    with pytest.raises(
        InvalidArnError, match="is not the ARN of an SQS queue, a Kinesis stream or a DynamoDB"
    ):
        iam.source_document(arn)


# The intermediary.


def test_an_intermediary_is_fed_instead_and_may_do_only_its_work(cloud: Recorder) -> None:
    args: Any = {
        **TARGET,
        "execution_timeout_seconds": 31_622_400,
        "queue_arn": f"{QUEUE_OF_GOV}:inbox",
        "role_name": "fed",
        "intermediary": True,
        "body_as_event": True,
    }
    declare(lambda: components.QueueTrigger("it", args))
    made = children(cloud)
    archive = made["Function it"].pop("code")
    with zipfile.ZipFile(str(archive.path)) as files:
        assert {name: files.read(name).decode() for name in files.namelist()} == {
            "index.py": Path(intermediary.__file__).with_name("forward.py").read_text()
        }
    assert made == {
        "Role it": {
            "assumeRolePolicy": document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            )
        },
        "LogGroup it": {"namePrefix": "/aws/lambda/it-test-", "retentionInDays": 14},
        "RolePolicy it": {
            "role": "it-1a2b3c4",
            "policy": document(
                allow("lambda:InvokeFunction", ALIAS),
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:it-1a2b3c4:*",
                ),
            ),
        },
        "Function it": {
            "description": "Starts durable executions for the records of a queue or a stream",
            "role": f"{ROLE}/it-1a2b3c4",
            "runtime": "python3.13",
            "handler": "index.handler",
            "architectures": ["arm64"],
            "timeout": 30,
            "memorySize": 256,
            "environment": {"variables": {"TARGET_ARN": ALIAS, "BODY_AS_EVENT": "true"}},
            "loggingConfig": {"logFormat": "JSON", "logGroup": "it-1a2b3c4"},
        },
        # The intermediary reads the source; the function's own role gets no right.
        "RolePolicy it-source": {
            "role": "it-1a2b3c4",
            "policy": document(allow(SQS, f"{QUEUE_OF_GOV}:inbox")),
        },
        "EventSourceMapping it": {
            "eventSourceArn": f"{QUEUE_OF_GOV}:inbox",
            "functionName": f"{FUNCTION}:it-1a2b3c4",
            "maximumBatchingWindowInSeconds": 0,
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "enabled": True,
        },
    }


def test_an_intermediary_of_a_stream_tells_of_what_is_given_up(cloud: Recorder) -> None:
    args: Any = {
        **WAITED,
        "kinesis_stream_arn": KINESIS,
        "discarded_arn": f"{QUEUE_OF_GOV}:lost",
        "intermediary": True,
    }
    declare(lambda: components.StreamTrigger("it", args))
    seen = cloud.seen()
    assert seen["RolePolicy it-discarded"] == {
        "role": "it-1a2b3c4",
        "policy": document(allow("sqs:SendMessage", f"{QUEUE_OF_GOV}:lost")),
    }
    assert seen["Function it"]["environment"]["variables"]["BODY_AS_EVENT"] == "false"


# The methods of a function.


def orders(**more: Any) -> DurableFunction:
    args = {**FUNCTION_ARGS, "execution_timeout_seconds": 900, **more}
    return DurableFunction("orders", cast(DurableFunctionArgs, args))


METHODS: dict[str, tuple[Callable[[DurableFunction], object], str, str, str]] = {
    "on_schedule": (
        lambda made: made.on_schedule("it", {"schedule": "rate(1 day)"}),
        "ScheduleTrigger",
        "Schedule",
        "target",
    ),
    "on_event": (
        lambda made: made.on_event("it", {"event_pattern": {"source": ["shop"]}}),
        "EventTrigger",
        "EventTarget",
        "arn",
    ),
    "on_topic": (
        lambda made: made.on_topic("it", {"topic_arn": f"{TOPIC}:news"}),
        "TopicTrigger",
        "TopicSubscription",
        "endpoint",
    ),
    "on_bucket": (
        lambda made: made.on_bucket("it", {"bucket": "uploads"}),
        "BucketTrigger",
        "BucketNotification",
        "lambdaFunctions",
    ),
    "on_queue": (
        lambda made: made.on_queue("it", {"queue_arn": f"{QUEUE}:inbox"}),
        "QueueTrigger",
        "EventSourceMapping",
        "functionName",
    ),
    "on_stream": (
        lambda made: made.on_stream("it", {"kinesis_stream_arn": KINESIS}),
        "StreamTrigger",
        "EventSourceMapping",
        "functionName",
    ),
    "add_url": (lambda made: made.add_url("it"), "UrlTrigger", "FunctionUrl", "qualifier"),
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_makes_the_trigger_below_the_function_on_its_alias(cloud: Recorder, method: str) -> None:
    make, trigger, kind, key = METHODS[method]
    declare(lambda: make(orders()))
    seen = cloud.seen()
    assert f"{trigger} orders-it" in seen
    named = json.dumps(seen[f"{kind} orders-it"][key])
    assert (f"{FUNCTION}:orders-1a2b3c4:live" in named) != (method == "add_url" and named == '"live"')


@pytest.mark.parametrize("method", ["on_queue", "on_stream"])
def test_the_functions_own_role_may_read_the_source(cloud: Recorder, method: str) -> None:
    make = METHODS[method][0]
    declare(lambda: make(orders()))
    assert cloud.seen()["RolePolicy orders-it-source"]["role"] == "orders-1a2b3c4"


@pytest.mark.parametrize("method", METHODS)
def test_a_role_that_is_to_be_left_alone_gets_no_rights_of_a_trigger(cloud: Recorder, method: str) -> None:
    make = METHODS[method][0]
    declare(lambda: make(orders(role_arn=f"{ROLE}/own", execution_policy="none")))
    roles = {policy["role"] for policy in cloud.all("aws:iam/rolePolicy:RolePolicy")}
    assert roles == ({"orders-it-1a2b3c4"} if method == "on_schedule" else set())


@pytest.mark.parametrize("method", ["on_queue", "on_stream", "add_url"])
def test_a_method_refuses_what_lambda_would_wait_too_long_for(cloud: Recorder, method: str) -> None:
    make, trigger, kind, _ = METHODS[method]
    with pytest.raises(InvalidArgsError) as caught:
        declare(lambda: make(orders(execution_timeout_seconds=901)))
    assert str(caught.value).startswith(
        f"{trigger} 'orders-it' has 1 problem:\n  execution_timeout_seconds = 901: must not exceed 900 here: "
    )
    assert f"{kind} orders-it" not in cloud.seen()


@pytest.mark.parametrize("method", ["on_schedule", "on_event", "on_topic", "on_bucket"])
def test_what_starts_asynchronously_takes_any_execution(cloud: Recorder, method: str) -> None:
    make, trigger, _, _ = METHODS[method]
    declare(lambda: make(orders(execution_timeout_seconds=31_622_400)))
    assert f"{trigger} orders-it" in cloud.seen()


@pytest.mark.parametrize("method", METHODS)
def test_a_function_with_tenants_has_no_trigger_since_none_names_a_tenant(
    cloud: Recorder, method: str
) -> None:
    make, trigger, kind, _ = METHODS[method]
    with pytest.raises(InvalidArgsError) as caught:
        declare(lambda: make(orders(tenancy_config={"tenant_isolation_mode": "PER_TENANT"})))
    message = BETWEEN[TENANT_URL if method == "add_url" else TENANT_TRIGGER]
    assert str(caught.value) == f"{trigger} 'orders-it' has 1 problem:\n  {message}"
    assert f"{kind} orders-it" not in cloud.seen()


# A queue that the program makes.


def queued(seconds: int | None, options: Values, **more: Any) -> None:
    def program() -> None:
        queue = aws.sqs.Queue("inbox", visibility_timeout_seconds=seconds)
        orders(**more).on_queue("it", cast(Any, {"queue_arn": queue.arn, **options}))

    declare(program)


@pytest.mark.parametrize(
    ("seconds", "options", "more"),
    [
        (900, {}, {}),
        (60, {}, {"timeout_seconds": 60}),
        (30, {"intermediary": True}, {}),
        # Not known: Lambda compares them.
        (None, {}, {}),
    ],
)
def test_a_queue_hides_its_messages_long_enough(
    cloud: Recorder, seconds: int | None, options: Values, more: Values
) -> None:
    queued(seconds, options, **more)
    assert cloud.seen()["EventSourceMapping orders-it"]["eventSourceArn"] == f"{QUEUE}:inbox-1a2b3c4"


@pytest.mark.parametrize(
    ("seconds", "timeout", "options"), [(30, 900, {}), (59, 60, {}), (29, 30, {"intermediary": True})]
)
def test_a_queue_that_lambda_would_refuse_is_refused(
    cloud: Recorder, seconds: int, timeout: int, options: Values
) -> None:
    with pytest.raises(InvalidArgsError) as caught:
        queued(seconds, options, timeout_seconds=60 if options else timeout)
    message = BETWEEN[VISIBILITY].replace("for 30", f"for {seconds}").replace("of 900", f"of {timeout}")
    assert str(caught.value) == f"QueueTrigger 'orders-it' has 1 problem:\n  {message}"
    assert "EventSourceMapping orders-it" not in cloud.seen()


def test_a_second_execution_with_the_same_messages_is_warned_of(
    cloud: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", told.append)
    queued(60, {}, timeout_seconds=60)
    assert told == [
        "QueueTrigger 'orders-it': queue_arn: messages of the queue are invisible for 60 seconds, and an execution may last "
        "900: a second one would start with the same messages; raise visibility_timeout_seconds of the queue, or pass "
        "intermediary = True"
    ]


@pytest.mark.parametrize("intermediary", [False, True])
def test_the_role_that_reads_an_encrypted_source_may_decrypt_it(
    cloud: Recorder, *, intermediary: bool
) -> None:
    key = "arn:aws-us-gov:kms:us-gov-west-1:210987654321:key/1"
    queue = f"{QUEUE_OF_GOV}:inbox"
    given = {"queue_arn": queue, "role_name": "fed", "source_kms_key_arn": key, "intermediary": intermediary}
    args: Any = {**WAITED, **given}
    declare(lambda: components.QueueTrigger("it", args))
    assert cloud.seen()["RolePolicy it-source"] == {
        "role": "it-1a2b3c4" if intermediary else "fed",
        "policy": document(
            allow(SQS, queue),
            {
                **allow(["kms:Decrypt"], [key]),
                "Condition": {"StringLike": {"kms:ViaService": "sqs.us-gov-west-1.amazonaws.com*"}},
            },
        ),
    }


def test_who_is_granted_by_url_may_invoke_the_alias_and_call_its_url(cloud: Recorder) -> None:
    declare(lambda: orders().grant_invoke("shop", f"{ROLE}/shop", by_url=True))
    assert cloud.seen()["RolePolicy orders-shop"]["policy"] == document(
        allow(
            ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"],
            f"{FUNCTION}:orders-1a2b3c4:live",
        )
    )


@pytest.mark.parametrize("args", [None, "rate(1 day)"])
def test_a_method_tells_what_is_no_dict(cloud: Recorder, args: Any) -> None:
    with pytest.raises(InvalidArgsError, match=r"args = .*: must be a dict of arguments"):
        declare(lambda: orders().on_schedule("it", args))


def test_options_of_the_caller_are_not_changed(cloud: Recorder) -> None:
    options: Any = {"queue_arn": f"{QUEUE}:inbox", "filter_patterns": [{"body": {"kind": ["sale"]}}]}
    before = json.dumps(options)
    declare(lambda: orders().on_queue("it", options))
    assert json.dumps(options) == before
