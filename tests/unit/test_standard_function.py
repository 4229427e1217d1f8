"""A StandardFunction: what it makes, what it is granted and grants, and what it shares with a durable one."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import pulumi
import pulumi_durable_functions as durable
import pytest
from pulumi_durable_functions import DurableFunction, InvalidArgsError, StandardFunction

from components.function.function_args import FunctionOptions
from tables.account import ACCOUNT, FUNCTION, QUEUE, ROLE, TOPIC, Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS, FUNCTION_CASES, STANDARD_ARGS
from tables.invalid_triggers import BETWEEN, NO_INTERMEDIARY

Values = dict[str, Any]
KINESIS = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/clicks"


def standard(name: str = "resume", **more: Any) -> StandardFunction:
    return StandardFunction(name, cast(durable.StandardFunctionArgs, {**STANDARD_ARGS, **more}))


def orders() -> DurableFunction:
    return DurableFunction("orders", cast(durable.DurableFunctionArgs, FUNCTION_ARGS))


def document(*statements: Values) -> Values:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any) -> Values:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def alarm(metric: str, description: str, threshold: int, periods: int) -> Values:
    return {
        "alarmDescription": description,
        "namespace": "AWS/Lambda",
        "metricName": metric,
        "dimensions": {"FunctionName": "resume-1a2b3c4"},
        "statistic": "Sum",
        "period": 300,
        "evaluationPeriods": periods,
        "threshold": threshold,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [],
        "okActions": [],
        "tags": {},
    }


def test_it_makes_exactly_this(cloud: Recorder) -> None:
    declare(standard)
    seen = cloud.seen()
    assert isinstance(seen["Function resume"].pop("code"), pulumi.FileArchive)
    assert seen == {
        "StandardFunction resume": {},
        "Role resume": {
            "path": "/",
            "assumeRolePolicy": document(
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ),
            "forceDetachPolicies": True,
            "tags": {},
        },
        "LogGroup resume": {
            "namePrefix": "/aws/lambda/resume-test-",
            "retentionInDays": 14,
            "skipDestroy": False,
            "tags": {},
        },
        "Function resume": {
            "architectures": ["arm64"],
            "ephemeralStorage": {"size": 512},
            "handler": "index.handler",
            "loggingConfig": {
                "logFormat": "JSON",
                "logGroup": "resume-1a2b3c4",
                "applicationLogLevel": "INFO",
                "systemLogLevel": "INFO",
            },
            "memorySize": 512,
            "publish": True,
            "role": f"{ROLE}/resume-1a2b3c4",
            "runtime": "python3.13",
            "tags": {},
            "timeout": 30,
        },
        "RolePolicy resume-execution": {
            "role": "resume-1a2b3c4",
            "policy": document(
                allow(
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:resume-1a2b3c4:*",
                )
            ),
        },
        "MetricAlarm resume-errors": alarm(
            "Errors", "Invocations end with errors, those that are retried included: resume", 5, 1
        ),
        "MetricAlarm resume-throttles": alarm("Throttles", "Invocations are throttled: resume", 0, 3),
        "Alias resume": {"name": "live", "functionName": "resume-1a2b3c4", "functionVersion": "7"},
    }


def test_its_outputs_are_those_of_a_durable_function(cloud: Recorder) -> None:
    def program() -> None:
        made, other = standard(dead_letter_queue=True), orders()
        assert made.outputs().keys() == {*other.outputs(), "dead_letter_arn"}
        pulumi.Output.all(**made.outputs()).apply(found.update)

    found: Values = {}
    declare(program)
    assert found["alias_arn"] == f"{FUNCTION}:resume-1a2b3c4:live"
    assert found["release"] == {"live": {"7": 1.0}}


def test_it_is_granted_and_grants_what_a_durable_function_does(cloud: Recorder) -> None:
    def program() -> None:
        made, other = orders(), standard()
        made.grant_invoke("api", other)
        made.grant_callback("resume", other)
        made.grant_read("read", other)
        other.grant_invoke("orders", made)
        other.grant_invoke("anybody", f"{ROLE}/shop", all_versions=True, by_url=True)
        other.allow_secret("card", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/card")

    declare(program)
    seen = cloud.seen()
    grants = ("orders-api", "orders-resume", "orders-read", "resume-orders", "resume-anybody", "resume-card")
    policies = {name: seen[f"RolePolicy {name}"] for name in grants}
    target, caller = f"{FUNCTION}:orders-1a2b3c4", f"{FUNCTION}:resume-1a2b3c4"
    actions = [f"lambda:SendDurableExecutionCallback{end}" for end in ("Failure", "Heartbeat", "Success")]
    assert {name: (each["role"], each["policy"]) for name, each in policies.items()} == {
        "orders-api": ("resume-1a2b3c4", document(allow("lambda:InvokeFunction", f"{target}:live"))),
        "orders-resume": ("resume-1a2b3c4", document(allow(actions, f"{target}:*"))),
        "orders-read": (
            "resume-1a2b3c4",
            document(
                allow(["lambda:GetDurableExecution", "lambda:GetDurableExecutionHistory"], f"{target}:*"),
                allow("lambda:ListDurableExecutionsByFunction", [target, f"{target}:*"]),
            ),
        ),
        "resume-orders": ("orders-1a2b3c4", document(allow("lambda:InvokeFunction", f"{caller}:live"))),
        "resume-anybody": (
            "shop",
            document(allow(["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"], f"{caller}:*")),
        ),
        "resume-card": (
            "resume-1a2b3c4",
            document(
                allow(
                    ["ssm:GetParameter", "ssm:GetParameters"],
                    [f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/card"],
                )
            ),
        ),
    }


METHODS: Mapping[str, tuple[Callable[[StandardFunction], object], str]] = {
    "on_schedule": (lambda made: made.on_schedule("it", {"schedule": "rate(1 day)"}), "Schedule"),
    "on_event": (lambda made: made.on_event("it", {"event_pattern": {"source": ["shop"]}}), "EventTarget"),
    "on_topic": (lambda made: made.on_topic("it", {"topic_arn": f"{TOPIC}:news"}), "TopicSubscription"),
    "on_bucket": (lambda made: made.on_bucket("it", {"bucket": "uploads"}), "BucketNotification"),
    "on_queue": (lambda made: made.on_queue("it", {"queue_arn": f"{QUEUE}:inbox"}), "EventSourceMapping"),
    "on_stream": (lambda made: made.on_stream("it", {"kinesis_stream_arn": KINESIS}), "EventSourceMapping"),
    "add_url": (lambda made: made.add_url("it"), "FunctionUrl"),
}


@pytest.mark.parametrize("method", METHODS)
def test_every_trigger_invokes_its_alias(cloud: Recorder, method: str) -> None:
    make, kind = METHODS[method]
    declare(lambda: make(standard(timeout_seconds=900)))
    seen = cloud.seen()
    named = str(seen[f"{kind} resume-it"])
    assert (f"{FUNCTION}:resume-1a2b3c4:live" in named) != (method == "add_url")
    if kind == "EventSourceMapping":
        assert seen["RolePolicy resume-it-source"]["role"] == "resume-1a2b3c4"


@pytest.mark.parametrize("method", ["on_queue", "on_stream"])
def test_an_intermediary_between_a_source_and_a_standard_function_is_refused(
    cloud: Recorder, method: str
) -> None:
    source = {"queue_arn": f"{QUEUE}:inbox"} if method == "on_queue" else {"kinesis_stream_arn": KINESIS}
    with pytest.raises(InvalidArgsError) as caught:
        declare(lambda: getattr(standard(), method)("it", {**source, "intermediary": True}))
    assert str(caught.value).partition("\n  ")[2] == BETWEEN[NO_INTERMEDIARY]
    assert "EventSourceMapping resume-it" not in cloud.seen()


def test_a_destination_is_sent_to_with_the_right_for_it_and_no_other(cloud: Recorder) -> None:
    declare(lambda: standard(on_success_arn=f"{TOPIC}:sold", on_failure_arn="arn:aws:s3:::lost"))
    seen = cloud.seen()
    assert seen["FunctionEventInvokeConfig resume"] == {
        "functionName": "resume-1a2b3c4",
        "qualifier": "live",
        "destinationConfig": {
            "onSuccess": {"destination": f"{TOPIC}:sold"},
            "onFailure": {"destination": "arn:aws:s3:::lost"},
        },
    }
    assert seen["RolePolicy resume-on-success"]["policy"] == document(allow("sns:Publish", f"{TOPIC}:sold"))
    assert seen["RolePolicy resume-on-failure"]["policy"] == document(
        allow("s3:PutObject", "arn:aws:s3:::lost/*"), allow("s3:ListBucket", "arn:aws:s3:::lost")
    )


def test_a_role_that_is_to_be_left_alone_gets_nothing(cloud: Recorder) -> None:
    own = {"role_arn": f"{ROLE}/own", "execution_policy": "none"}
    declare(lambda: standard(**own, on_failure_arn=f"{QUEUE}:lost", dead_letter_queue=True))
    seen = cloud.seen()
    assert not any(title.startswith(("RolePolicy ", "Role ")) for title in seen)
    assert seen["FunctionEventInvokeConfig resume"]["destinationConfig"] == {
        "onFailure": {"destination": f"{QUEUE}:lost"}
    }


SHARED = [
    (changes, message)
    for changes, message in FUNCTION_CASES
    if changes.keys() - {"code_inline", "handler", "runtime"} <= FunctionOptions.__optional_keys__
    and "did you mean" not in message
]


@pytest.mark.parametrize(("changes", "message"), SHARED)
def test_what_is_wrong_with_a_durable_function_is_wrong_with_it_too(
    cloud: Recorder, changes: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgsError) as caught:
        declare(lambda: standard(**changes))
    assert str(caught.value) == f"StandardFunction 'resume' has 1 problem:\n  {message}"
    assert cloud.made == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("arn", "; use alias_arn to invoke it, or function_arn for the function itself"),
        (
            "grant_callback",
            "; use the same method of the durable function; a standard function has no executions",
        ),
        ("colour", ""),
    ],
)
def test_an_attribute_that_it_does_not_have_is_told(cloud: Recorder, name: str, hint: str) -> None:
    with pytest.raises(AttributeError) as caught:
        declare(lambda: getattr(standard(), name))
    assert str(caught.value).splitlines()[-1] == f"StandardFunction has no attribute {name!r}{hint}"


def test_a_destroy_of_a_protected_one_is_refused_as_that_of_a_durable_one(cloud: Recorder) -> None:
    declare(lambda: standard(deletion_protection=True))
    assert cloud.seen()["Alias resume"]["description"] == "Deletion protection is on"
