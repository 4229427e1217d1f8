import json
import re
from datetime import date
from typing import Any

import pytest

from components.checks import runtimes
from durable_policies.lambda_ import WITHOUT_SDK
from durable_policies.model import UNKNOWN, Level, Resource, ResourcePolicy
from durable_policies.policies import POLICIES
from tests.policy.resources import BY_NAME, FUNCTION, ROLE, found, function, resource

STARTS = (
    "lambda:InvokeFunction, lambda:SendDurableExecutionCallbackSuccess, "
    "lambda:SendDurableExecutionCallbackFailure, lambda:SendDurableExecutionCallbackHeartbeat"
)
REPOSITORY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders"


def standard(**props: Any) -> Resource:
    return function(durableConfig=None, **props)


def variables(**values: Any) -> Resource:
    return function(environment={"variables": values})


def policy(statement: dict[str, Any], kind: str = "iam/rolePolicy:RolePolicy") -> Resource:
    return resource(kind, policy=json.dumps({"Version": "2012-10-17", "Statement": statement}))


def allow(action: Any, on: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": on}


def attachment(arn: Any) -> Resource:
    return resource("iam/rolePolicyAttachment:RolePolicyAttachment", role="r", policyArn=arn)


def permission(**props: Any) -> Resource:
    return resource(
        "lambda/permission:Permission", action="lambda:InvokeFunction", function=FUNCTION, **props
    )


def group(**props: Any) -> Resource:
    return resource("cloudwatch/logGroup:LogGroup", **props)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("published-version", function(publish=None), ["publish is not True"]),
        ("published-version", function(publish=False), ["publish is not True"]),
        (
            "json-logs",
            function(loggingConfig=None),
            ["loggingConfig.logFormat is left out, which means Text"],
        ),
        ("json-logs", function(loggingConfig={"logFormat": "Text"}), ["loggingConfig.logFormat is Text"]),
        (
            "durable-runtime",
            function(runtime="python3.10"),
            ["no durable execution SDK runs on python3.10"],
        ),
        *(
            (
                "deprecated-runtime",
                standard(runtime=runtime),
                [
                    f"runtime {runtime} has been deprecated since {since}; AWS's date for the end of new functions is {end}"
                ],
            )
            for runtime, since, end in (
                ("nodejs8.10", "6 March 2020", "4 February 2020"),
                ("nodejs18.x", "1 September 2025", "1 February 2027"),
                ("provided.al2", "31 July 2026", "1 February 2027"),
                ("python3.10", "31 October 2026", "1 February 2027"),
                ("dotnet8", "10 November 2026", "1 February 2027"),
            )
        ),
        (
            "blocked-runtime",
            standard(runtime="python3.7"),
            ["Lambda has created no function with the runtime python3.7 since 9 January 2024"],
        ),
        *(
            (
                "code-by-version",
                function(imageUri=image),
                [f"imageUri = {image} stays the same when another image is pushed"],
            )
            for image in (f"{REPOSITORY}:latest", REPOSITORY)
        ),
        (
            "code-by-version",
            function(s3Bucket="archives", s3Key="orders/code.zip"),
            ["s3Key = orders/code.zip stays the same when another archive is uploaded"],
        ),
        (
            "invocation-within-execution",
            function(timeout=900, durableConfig={"executionTimeout": 60, "retentionPeriod": 1}),
            ["timeout = 900 seconds of one invocation is longer than the 60 seconds of the whole execution"],
        ),
        (
            "invocation-within-execution",
            function(timeout=None, durableConfig={"executionTimeout": 2, "retentionPeriod": 1}),
            ["timeout = 3 seconds of one invocation is longer than the 2 seconds of the whole execution"],
        ),
        (
            "timeouts-in-proportion",
            function(durableConfig={"executionTimeout": 900, "retentionPeriod": 0}),
            ["durableConfig.retentionPeriod = 0 is not 1 to 90 days"],
        ),
        (
            "timeouts-in-proportion",
            function(durableConfig={"executionTimeout": 31_622_401, "retentionPeriod": 91}),
            [
                "durableConfig.executionTimeout = 31622401 is not 1 to 31,622,400 seconds",
                "durableConfig.retentionPeriod = 91 is not 1 to 90 days",
            ],
        ),
        (
            "timeouts-in-proportion",
            function(durableConfig={"executionTimeout": 900}),
            ["durableConfig.retentionPeriod is left out; AWS then decides how long histories are kept"],
        ),
        ("fixed-name", function(name="orders"), ["the name orders is fixed"]),
        ("scoped-grants", policy(allow("*", "*")), [f"{STARTS} is allowed on every function"]),
        (
            "scoped-grants",
            policy(allow("lambda:Invoke*", ["arn:aws:lambda:*:*:function:*"])),
            ["lambda:InvokeFunction is allowed on every function"],
        ),
        (
            "scoped-grants",
            policy(
                {"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:lambda:*"},
                "iam/userPolicy:UserPolicy",
            ),
            [f"{STARTS} is allowed on every function"],
        ),
        (
            "scoped-grants",
            policy({"Effect": "Allow", "Action": "lambda:invokefunction", "NotResource": FUNCTION}),
            ["lambda:InvokeFunction is allowed on every function"],
        ),
        (
            "scoped-grants",
            resource(
                "iam/role:Role",
                inlinePolicies=[
                    {"policy": json.dumps({"Statement": [allow("lambda:SendDurable*Success", "*")]})}
                ],
            ),
            ["lambda:SendDurableExecutionCallbackSuccess is allowed on every function"],
        ),
        (
            "scoped-grants",
            attachment("arn:aws:iam::aws:policy/service-role/AWSLambdaRole"),
            [
                "arn:aws:iam::aws:policy/service-role/AWSLambdaRole allows lambda:InvokeFunction on every function"
            ],
        ),
        ("scoped-grants", permission(principal="*"), ["everybody may invoke it"]),
        (
            "scoped-grants",
            permission(principal="events.amazonaws.com"),
            ["events.amazonaws.com may invoke it on behalf of anybody; pass source_arn or source_account"],
        ),
        *(
            (
                "scoped-grants",
                permission(principal="s3.amazonaws.com", sourceArn=arn),
                [
                    f"s3.amazonaws.com may invoke it for any owner of {arn}, which names no account; pass source_account"
                ],
            )
            for arn in ("arn:aws:s3:::*", "arn:aws:s3:::uploads", "*", "arn:aws:events:*:*:rule/nightly")
        ),
        ("log-retention", group(name="/aws/lambda/orders"), ["retentionInDays is left out"]),
        (
            "log-retention",
            group(namePrefix="/aws/lambda/o-", retentionInDays=0),
            ["retentionInDays is left out"],
        ),
    ],
)
def test_what_a_policy_forbids_is_found(name: str, given: Resource, expected: list[str]) -> None:
    assert found(name, given) == expected


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("published-version", function()),
        ("published-version", standard(publish=False)),
        ("json-logs", function()),
        ("json-logs", standard(loggingConfig={"logFormat": "Text"})),
        ("json-logs", function(loggingConfig=UNKNOWN)),
        ("durable-runtime", function(runtime=None, packageType="Image")),
        ("durable-runtime", standard(runtime="python3.10")),
        *(
            ("durable-runtime", function(runtime=runtime))
            for runtime in (*runtimes.LISTED, "provided.al2023", "java17.al2023", "nodejs26.x", "python3.12")
        ),
        *(
            (name, standard(runtime=runtime))
            for name in ("deprecated-runtime", "blocked-runtime")
            for runtime in (
                "python3.11",
                "nodejs22.x",
                "java8.al2",
                "java11",
                "dotnet10",
                "ruby3.3",
                "provided.al2023",
                None,
                UNKNOWN,
            )
        ),
        *(
            ("code-by-version", function(imageUri=image))
            for image in (f"{REPOSITORY}:7", f"{REPOSITORY}@sha256:{'0' * 64}", UNKNOWN, None)
        ),
        ("code-by-version", standard(imageUri=f"{REPOSITORY}:latest")),
        *(
            ("code-by-version", function(s3Bucket="archives", **given))
            for given in (
                {"s3Key": "code.zip", "s3ObjectVersion": "a"},
                {"s3Key": "code.zip", "sourceCodeHash": UNKNOWN},
                {"s3Key": "orders-1.4.0.zip"},
                {"s3Key": "0f9a3bc/code.zip"},
                {"s3Key": "builds/2041/code.zip"},
                {"s3Key": UNKNOWN},
            )
        ),
        ("invocation-within-execution", function(timeout=900)),
        ("invocation-within-execution", standard(timeout=900)),
        ("invocation-within-execution", function(timeout=UNKNOWN, durableConfig=UNKNOWN)),
        ("timeouts-in-proportion", function(timeout=UNKNOWN, durableConfig=UNKNOWN)),
        (
            "timeouts-in-proportion",
            function(durableConfig={"executionTimeout": 31_622_400, "retentionPeriod": 90}),
        ),
        ("fixed-name", function()),
        ("fixed-name", standard(name="orders")),
        ("fixed-name", function(name=UNKNOWN)),
        ("scoped-grants", policy(allow("lambda:InvokeFunction", f"{FUNCTION}:live"))),
        ("scoped-grants", policy(allow("lambda:SendDurableExecutionCallback*", f"{FUNCTION}:*"))),
        ("scoped-grants", policy(allow("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:shop-*"))),
        ("scoped-grants", policy(allow(["logs:*", "lambda:CheckpointDurableExecution"], "*"))),
        ("scoped-grants", policy({**allow("*", "*"), "Effect": "Deny"})),
        (
            "scoped-grants",
            policy(
                {
                    **allow("lambda:InvokeFunction", "*"),
                    "Condition": {"StringEquals": {"aws:ResourceTag/team": "shop"}},
                }
            ),
        ),
        ("scoped-grants", resource("iam/policy:Policy", policy=UNKNOWN)),
        ("scoped-grants", resource("iam/role:Role", managedPolicyArns=UNKNOWN, inlinePolicies=UNKNOWN)),
        ("scoped-grants", attachment(UNKNOWN)),
        ("no-secrets-in-environment", function(environment=UNKNOWN)),
        ("scoped-grants", attachment("arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess")),
        ("scoped-grants", permission(principal="*", functionUrlAuthType="NONE")),
        ("scoped-grants", permission(principal="events.amazonaws.com", sourceArn=UNKNOWN)),
        ("scoped-grants", permission(principal="s3.amazonaws.com", sourceAccount="123456789012")),
        (
            "scoped-grants",
            permission(
                principal="s3.amazonaws.com", sourceArn="arn:aws:s3:::uploads", sourceAccount="123456789012"
            ),
        ),
        (
            "scoped-grants",
            permission(principal="sns.amazonaws.com", sourceArn="arn:aws:sns:eu-west-1:123456789012:orders"),
        ),
        ("scoped-grants", permission(principal=ROLE)),
        ("log-retention", group(name="/aws/lambda/orders", retentionInDays=1)),
        ("log-retention", group(name="/shop/audit")),
        ("no-secrets-in-environment", standard()),
    ],
)
def test_what_a_policy_allows_is_not(name: str, given: Resource) -> None:
    assert found(name, given) == []


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("KEY_ID", "AKIA" + "A2B3C4D5" * 2, "an AWS access key"),
        ("PEM", "-----BEGIN RSA PRIVATE KEY-----\nMII", "a private key"),
        ("DATABASE_URL", "postgres://shop:" + "hunter2@db/shop", "a password in a URL"),
        ("GIT", "ghp_" + "a1" * 18, "a token of GitHub"),
        ("GIT", "glpat-" + "a1" * 10, "a token of GitLab"),
        ("CHAT", "xoxb-" + "1234567890", "a token of Slack"),
        ("PAY", "sk_" + "live_" + "a1" * 12, "a key of Stripe"),
        ("MAPS", "AIza" + "a1b2c" * 7, "a key of Google"),
        ("JWT", "eyJ" + "hbGciOiJIUzI1.eyJ" + "zdWIiOiIxMjM0.c2ln", "a JSON web token"),
        ("DSN", "host=db;password=" + "hunter22;user=shop", "a password"),
        ("SETTINGS", '{"password": "' + 'hunter22"}', "a password"),
        ("DB_PASSWORD", "hunter2", "what its name says"),
        ("STRIPE_API_KEY", "abc", "what its name says"),
    ],
)
def test_a_secret_is_found_and_not_told(name: str, value: str, kind: str) -> None:
    (message,) = found("no-secrets-in-environment", variables(**{name: value, "LOG_LEVEL": "DEBUG"}))
    assert message == f"{name} holds {kind}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAYMENTS_FUNCTION", f"{FUNCTION}:live"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
        ("DB_PASSWORD", "/shop/db/password"),
        ("DB_PASSWORD", UNKNOWN),
        ("API_KEY", ""),
        ("TOKEN", "https://id.example.com/token"),
        ("TOKEN_TTL_SECONDS", "3600"),
        ("PASSWORD_MIN_LENGTH", "12"),
        ("USE_TOKEN", "true"),
        ("PRIMARY_KEY", "order_id"),
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/q"),
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(name: str, value: Any) -> None:
    assert found("no-secrets-in-environment", variables(**{name: value})) == []


@pytest.mark.parametrize("runtime", ["dotnet8", "python3.10", "provided.al2"])
def test_a_runtime_is_blocked_from_the_day_on_which_lambda_creates_no_functions_with_it(
    runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BY_NAME["deprecated-runtime"].prod is Level.ADVISORY
    assert BY_NAME["blocked-runtime"].prod is Level.MANDATORY
    for day, expected in (
        (date(2027, 1, 31), []),
        (
            date(2027, 2, 1),
            [f"Lambda has created no function with the runtime {runtime} since 1 February 2027"],
        ),
    ):
        monkeypatch.setattr("durable_policies.functions.today", lambda day=day: day)
        assert found("blocked-runtime", standard(runtime=runtime)) == expected


def test_names_of_another_form_are_automatic_where_the_configuration_says_so() -> None:
    named = function(name="orders-prod-x7Qz")
    assert found("fixed-name", named) == ["the name orders-prod-x7Qz is fixed"]
    assert found("fixed-name", named, automatic="-[A-Za-z0-9]{4}$") == []


@pytest.mark.parametrize(
    ("name", "settings", "mends"),
    [
        ("published-version", {}, {"publish": True}),
        ("json-logs", {}, {"loggingConfig": {"logFormat": "JSON"}}),
        ("log-retention", {"days": 7}, {"retentionInDays": 7}),
    ],
)
def test_what_can_be_mended_is_said_and_done(
    name: str, settings: dict[str, Any], mends: dict[str, Any]
) -> None:
    policy = BY_NAME[name]
    assert isinstance(policy, ResourcePolicy)
    assert policy.remediation is not None
    assert policy.remediation_text
    assert policy.remediation({**policy.settings, **settings}) == mends


def test_each_policy_has_its_source() -> None:
    pages = [policy.source for policy in POLICIES]
    assert all(re.fullmatch(r"https://docs\.aws\.amazon\.com/[\w/.-]+\.html", page) for page in pages), pages


def test_the_pack_and_the_components_know_the_same_runtimes_without_an_sdk() -> None:
    assert WITHOUT_SDK == runtimes.WITHOUT_SDK
