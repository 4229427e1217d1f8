import json
from collections.abc import Callable
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest

from components import (
    DurableExecutionRole,
    DurableFunction,
    DurableFunctionArgs,
    Grantee,
    InvalidArgsError,
    InvalidArnError,
    InvokeGrant,
    InvokeGrantArgs,
    SecretGrant,
)
from components.checks.arns import PrincipalArn
from tables.account import ACCOUNT, FUNCTION, ROLE, Recorder, declare

INLINE: DurableFunctionArgs = {
    "code_inline": "def handler(event, context): ...",
    "runtime": "python3.13",
    "handler": "index.handler",
    "execution_timeout_seconds": 3600,
}
CALLBACKS = [
    "lambda:SendDurableExecutionCallbackFailure",
    "lambda:SendDurableExecutionCallbackHeartbeat",
    "lambda:SendDurableExecutionCallbackSuccess",
]


def orders(**more: Any) -> DurableFunction:
    return DurableFunction("orders", cast(DurableFunctionArgs, {**INLINE, **more}))


def test_everything_that_a_durable_function_needs_is_made_under_its_name(cloud: Recorder) -> None:
    declare(orders)
    assert sorted((made.typ, made.name) for made in cloud.made) == [
        ("aws:cloudwatch/logGroup:LogGroup", "orders"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-errors"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-failed"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-throttles"),
        ("aws:iam/role:Role", "orders"),
        ("aws:iam/rolePolicy:RolePolicy", "orders-execution"),
        ("aws:lambda/alias:Alias", "orders"),
        ("aws:lambda/function:Function", "orders"),
        ("durable-functions:index:DurableExecutionRole", "orders"),
        ("durable-functions:index:DurableFunction", "orders"),
    ]


def test_function_has_durable_config_json_logs_and_a_published_version(cloud: Recorder) -> None:
    declare(orders)
    function = cloud.one("aws:lambda/function:Function")
    assert {key: value for key, value in function.items() if key != "code"} == {
        "architectures": ["arm64"],
        "durableConfig": {"executionTimeout": 3600, "retentionPeriod": 14},
        "ephemeralStorage": {"size": 512},
        "handler": "index.handler",
        "loggingConfig": {
            "logFormat": "JSON",
            "logGroup": "orders-1a2b3c4",
            "applicationLogLevel": "INFO",
            "systemLogLevel": "INFO",
        },
        "memorySize": 512,
        "publish": True,
        "role": f"{ROLE}/orders-1a2b3c4",
        "runtime": "python3.13",
        "tags": {},
        "timeout": 900,
    }


def test_an_invocation_never_lasts_longer_than_its_execution(cloud: Recorder) -> None:
    declare(lambda: orders(execution_timeout_seconds=60))
    assert cloud.one("aws:lambda/function:Function")["timeout"] == 60


def test_role_trusts_lambda_and_may_checkpoint(cloud: Recorder) -> None:
    declare(lambda: DurableExecutionRole("orders", {}))
    assert json.loads(cloud.one("aws:iam/role:Role")["assumeRolePolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    assert cloud.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment") == {
        "role": "orders-1a2b3c4",
        "policyArn": "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy",
    }


def test_policy_has_the_providers_partition() -> None:
    china = Recorder(partition="aws-cn")
    pulumi.runtime.set_mocks(china)
    declare(lambda: DurableExecutionRole("orders", {}))
    attached = china.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment")["policyArn"]
    assert attached == "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"


def test_everything_is_looked_up_by_the_provider_of_the_component(monkeypatch: pytest.MonkeyPatch) -> None:
    cloud, asked = Recorder(), dict[str, str]()
    answer = cloud.call

    def call(args: pulumi.runtime.MockCallArgs) -> Any:
        asked[args.token] = args.provider
        return answer(args)

    monkeypatch.setattr(cloud, "call", call)
    pulumi.runtime.set_mocks(cloud)

    def program() -> None:
        there = pulumi.ResourceOptions(provider=aws.Provider("there", region="eu-west-1"))
        made = DurableFunction("orders", cast(DurableFunctionArgs, {**INLINE, "tracing": True}), there)
        InvokeGrant("caller", {"qualified_arn": made.alias_arn, "role_arn": f"{ROLE}/caller"}, there)

    declare(program)
    assert set(asked) == {
        "aws:index/getPartition:getPartition",
        "aws:index/getCallerIdentity:getCallerIdentity",
    }
    assert all("providers:aws::there" in provider for provider in asked.values()), asked


VPC = {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}


def attached(cloud: Recorder) -> dict[str, list[str]]:
    """Return the names of the managed policies that each role has."""
    found: dict[str, list[str]] = {}
    for attachment in cloud.all("aws:iam/rolePolicyAttachment:RolePolicyAttachment"):
        found.setdefault(attachment["role"], []).append(
            attachment["policyArn"].removeprefix("arn:aws:iam::aws:policy/")
        )
    return {role: sorted(policies) for role, policies in found.items()}


MANAGED = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"


def test_a_vpc_and_tracing_give_the_role_what_they_need(cloud: Recorder) -> None:
    declare(lambda: orders(execution_policy="managed", **VPC, tracing=True))
    assert attached(cloud) == {
        "orders-1a2b3c4": [
            "AWSXRayDaemonWriteAccess",
            MANAGED,
            "service-role/AWSLambdaVPCAccessExecutionRole",
        ]
    }


def test_a_role_may_touch_its_functions_executions_and_logs_alone(cloud: Recorder) -> None:
    declare(orders)
    assert attached(cloud) == {}
    policy = cloud.one("aws:iam/rolePolicy:RolePolicy")
    assert policy["role"] == "orders-1a2b3c4"
    assert json.loads(policy["policy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
                "Resource": f"{FUNCTION}:orders-1a2b3c4:*",
            },
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "arn:aws:logs:eu-west-1:123456789012:log-group:orders-1a2b3c4:*",
            },
        ],
    }


def test_a_role_in_a_vpc_gets_no_rights_on_other_logs(cloud: Recorder) -> None:
    declare(lambda: orders(**VPC))
    assert attached(cloud) == {}
    network = next(made.inputs for made in cloud.made if made.name == "orders-vpc")
    assert json.loads(network["policy"])["Statement"] == [
        {
            "Effect": "Allow",
            "Action": [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": "*",
        }
    ]


def test_a_role_of_the_authors_own_gets_what_it_needs(cloud: Recorder) -> None:
    declare(lambda: orders(role_arn=f"{ROLE}/service/own", tracing=True))
    assert cloud.one("aws:lambda/function:Function")["role"] == f"{ROLE}/service/own"
    assert cloud.all("aws:iam/role:Role") == []
    assert attached(cloud) == {"own": ["AWSXRayDaemonWriteAccess"]}
    assert cloud.one("aws:iam/rolePolicy:RolePolicy")["role"] == "own"


def test_a_role_of_the_authors_own_can_have_awss_managed_policy(cloud: Recorder) -> None:
    declare(lambda: orders(role_arn=f"{ROLE}/own", execution_policy="managed"))
    assert attached(cloud) == {"own": [MANAGED]}
    assert cloud.all("aws:iam/rolePolicy:RolePolicy") == []


def test_a_role_of_the_authors_own_can_be_left_alone(cloud: Recorder) -> None:
    declare(lambda: orders(role_arn=f"{ROLE}/own", execution_policy="none", tracing=True, **VPC))
    assert attached(cloud) == {}
    assert cloud.all("aws:iam/rolePolicy:RolePolicy") == []


@pytest.mark.parametrize(("retention", "logs"), [(1, 1), (2, 3), (14, 14), (31, 60), (90, 90)])
def test_logs_outlive_the_history(cloud: Recorder, retention: int, logs: int) -> None:
    declare(lambda: orders(retention_days=retention))
    assert cloud.one("aws:cloudwatch/logGroup:LogGroup") == {
        "namePrefix": "/aws/lambda/orders-test-",
        "retentionInDays": logs,
        "skipDestroy": False,
        "tags": {},
    }


def alarms(cloud: Recorder) -> dict[str, dict[str, Any]]:
    """Return the inputs of every alarm by its name's suffix."""
    return {
        made.name.removeprefix("orders-"): made.inputs
        for made in cloud.made
        if made.typ == "aws:cloudwatch/metricAlarm:MetricAlarm"
    }


def test_errors_alarm_has_the_usual_values(cloud: Recorder) -> None:
    declare(orders)
    assert alarms(cloud)["errors"] == {
        "alarmActions": [],
        "alarmDescription": "Invocations end with errors, those that are retried included: orders",
        "comparisonOperator": "GreaterThanThreshold",
        "dimensions": {"FunctionName": "orders-1a2b3c4"},
        "evaluationPeriods": 1,
        "metricName": "Errors",
        "namespace": "AWS/Lambda",
        "okActions": [],
        "period": 300,
        "statistic": "Sum",
        "tags": {},
        "threshold": 5,
        "treatMissingData": "notBreaching",
    }


def test_throttles_set_off_an_alarm(cloud: Recorder) -> None:
    declare(orders)
    alarm = alarms(cloud)["throttles"]
    assert (alarm["namespace"], alarm["metricName"], alarm["statistic"]) == ("AWS/Lambda", "Throttles", "Sum")
    assert (alarm["threshold"], alarm["evaluationPeriods"], alarm["period"]) == (0, 3, 300)
    assert alarm["dimensions"] == {"FunctionName": "orders-1a2b3c4"}
    assert alarm["comparisonOperator"] == "GreaterThanThreshold"


def test_executions_that_fail_or_time_out_set_off_one_alarm(cloud: Recorder) -> None:
    declare(orders)
    alarm = alarms(cloud)["failed"]
    parts = [
        {
            "id": part,
            "metric": {
                "namespace": "AWS/Lambda",
                "metricName": metric,
                "dimensions": {"FunctionName": "orders-1a2b3c4"},
                "stat": "Sum",
                "period": 300,
            },
        }
        for part, metric in (("first", "DurableExecutionFailed"), ("second", "DurableExecutionTimedOut"))
    ]
    total = {
        "id": "total",
        "expression": "FILL(first, 0) + FILL(second, 0)",
        "label": "Executions have failed, or exceeded their execution timeout",
        "returnData": True,
    }
    assert alarm["metricQueries"] == [*parts, total]
    assert (alarm["threshold"], alarm["evaluationPeriods"]) == (0, 1)
    assert (alarm["comparisonOperator"], alarm["treatMissingData"]) == (
        "GreaterThanThreshold",
        "notBreaching",
    )
    assert not {"metricName", "statistic", "period", "dimensions"} & set(alarm)


@pytest.mark.parametrize(
    ("off", "left"),
    [
        ({"errors_alarm": False}, {"failed", "throttles"}),
        ({"durable_alarms": False}, {"errors"}),
        ({"errors_alarm": False, "durable_alarms": False}, set()),
    ],
)
def test_alarms_can_be_left_out(cloud: Recorder, off: dict[str, bool], left: set[str]) -> None:
    declare(lambda: orders(**off))
    assert set(alarms(cloud)) == left


def test_outputs_name_what_a_caller_needs(cloud: Recorder) -> None:
    found: dict[str, Any] = {}

    def program() -> None:
        pulumi.Output.all(**orders().outputs()).apply(found.update)

    declare(program)
    assert found == {
        "function_name": "orders-1a2b3c4",
        "function_arn": f"{FUNCTION}:orders-1a2b3c4",
        "version": "7",
        "alias_name": "live",
        "alias_arn": f"{FUNCTION}:orders-1a2b3c4:live",
        "release": {"live": {"7": 1.0}},
        "role_arn": f"{ROLE}/orders-1a2b3c4",
        "role_name": "orders-1a2b3c4",
        "log_group_name": "orders-1a2b3c4",
    }


def test_invoke_grant_covers_the_alias_and_nothing_else(cloud: Recorder) -> None:
    declare(lambda: orders().grant_invoke("shop", f"{ROLE}/service/shop"))
    assert granted(cloud) == (
        "shop",
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": f"{FUNCTION}:orders-1a2b3c4:live",
        },
    )


def test_invoke_grant_can_cover_all_versions(cloud: Recorder) -> None:
    declare(lambda: orders().grant_invoke("shop", f"{ROLE}/shop", all_versions=True))
    assert granted(cloud)[1]["Resource"] == f"{FUNCTION}:orders-1a2b3c4:*"


def test_callback_grant_covers_the_functions_executions_and_nothing_else(cloud: Recorder) -> None:
    declare(lambda: orders().grant_callback("approver", f"{ROLE}/approver"))
    assert granted(cloud) == (
        "approver",
        {"Effect": "Allow", "Action": CALLBACKS, "Resource": f"{FUNCTION}:orders-1a2b3c4:*"},
    )


def test_grants_keep_the_partition_of_the_function(cloud: Recorder) -> None:
    arn = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:orders:live"
    role = "arn:aws-us-gov:iam::123456789012:role/shop"
    declare(lambda: InvokeGrant("g", {"qualified_arn": arn, "role_arn": role}))
    assert granted(cloud)[1]["Resource"] == arn


def granted(cloud: Recorder) -> tuple[str, dict[str, Any]]:
    """Return the only grant to a role: the role, and the only statement."""
    (policy,) = cloud.role_grants()
    (statement,) = json.loads(policy["policy"])["Statement"]
    return policy["role"], statement


def test_users_are_granted_by_a_user_policy(cloud: Recorder) -> None:
    declare(lambda: orders().grant_callback("ann", "arn:aws:iam::123456789012:user/staff/ann"))
    policy = cloud.one("aws:iam/userPolicy:UserPolicy")
    assert policy["user"] == "ann"
    assert json.loads(policy["policy"])["Statement"][0]["Action"] == CALLBACKS
    assert cloud.role_grants() == []


READ = ["lambda:GetDurableExecution", "lambda:GetDurableExecutionHistory"]


@pytest.mark.parametrize(
    ("access", "actions", "lists"),
    [
        ("read", READ, True),
        ("operate", [*READ, "lambda:StopDurableExecution"], True),
        ("pause", ["lambda:PauseDurableExecution", "lambda:ResumeDurableExecution"], False),
        ("delete", ["lambda:DeleteDurableExecution"], False),
    ],
)
def test_executions_can_be_read_operated_or_paused(
    cloud: Recorder, access: str, actions: list[str], lists: bool
) -> None:
    declare(lambda: getattr(orders(), f"grant_{access}")("ops", f"{ROLE}/ops"))
    (policy,) = cloud.role_grants()
    arn = f"{FUNCTION}:orders-1a2b3c4"
    listing = {
        "Effect": "Allow",
        "Action": "lambda:ListDurableExecutionsByFunction",
        "Resource": [arn, f"{arn}:*"],
    }
    assert policy["role"] == "ops"
    assert json.loads(policy["policy"])["Statement"] == [
        {"Effect": "Allow", "Action": actions, "Resource": f"{arn}:*"},
        *([listing] if lists else []),
    ]


def test_groups_are_granted_by_a_group_policy(cloud: Recorder) -> None:
    declare(lambda: orders().grant_read("staff", "arn:aws:iam::123456789012:group/staff"))
    assert cloud.one("aws:iam/groupPolicy:GroupPolicy")["group"] == "staff"
    assert cloud.role_grants() == []


def called(grantee: dict[str, Any], **inputs: Any) -> Callable[[], object]:
    """Return a program with a function of pulumi-aws, and a grant on its bare ARN."""

    def program() -> None:
        tax = aws.lambda_.Function("tax", role=f"{ROLE}/tax", **inputs)
        InvokeGrant("tax", cast(InvokeGrantArgs, {"qualified_arn": tax.arn, **grantee}))

    return program


def test_a_standard_function_of_the_program_may_be_invoked_by_its_bare_arn(cloud: Recorder) -> None:
    declare(called({"role_arn": f"{ROLE}/orders"}))
    (policy,) = cloud.role_grants()
    assert json.loads(policy["policy"])["Statement"] == [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"{FUNCTION}:tax-1a2b3c4"}
    ]


def test_an_account_may_invoke_a_standard_function_of_the_program(cloud: Recorder) -> None:
    declare(called({"account_id": "210987654321"}))
    permission = cloud.one("aws:lambda/permission:Permission")
    assert (permission["function"], permission.get("qualifier")) == (f"{FUNCTION}:tax-1a2b3c4", None)


def test_the_bare_arn_of_a_durable_function_is_refused_since_nothing_is_invoked_by_it(
    cloud: Recorder,
) -> None:
    durable_config = {"execution_timeout": 60, "retention_period": 1}
    with pytest.raises(InvalidArnError, match="has no alias or version"):
        declare(called({"role_arn": f"{ROLE}/orders"}, durable_config=durable_config))
    assert cloud.role_grants() == []


def test_a_service_may_invoke_the_alias_for_its_source_alone(cloud: Recorder) -> None:
    rule = "arn:aws:events:eu-west-1:123456789012:rule/nightly"

    def program() -> None:
        arn = orders().alias_arn
        InvokeGrant("nightly", {"qualified_arn": arn, "service": "events.amazonaws.com", "source_arn": rule})

    declare(program)
    assert cloud.one("aws:lambda/permission:Permission") == {
        "action": "lambda:InvokeFunction",
        "function": f"{FUNCTION}:orders-1a2b3c4",
        "qualifier": "live",
        "principal": "events.amazonaws.com",
        "sourceArn": rule,
    }


def test_another_account_may_invoke_the_alias_by_its_resource_policy(cloud: Recorder) -> None:
    declare(
        lambda: InvokeGrant(
            "partner", {"qualified_arn": f"{FUNCTION}:orders:live", "account_id": "210987654321"}
        )
    )
    assert cloud.one("aws:lambda/permission:Permission") == {
        "action": "lambda:InvokeFunction",
        "function": f"{FUNCTION}:orders",
        "qualifier": "live",
        "principal": "210987654321",
    }


def grantees() -> dict[str, Grantee]:
    return {
        "role": aws.iam.Role("role", assume_role_policy="{}"),
        "execution-role": DurableExecutionRole("execution-role", {}),
        "durable": DurableFunction("durable", INLINE),
        "function": aws.lambda_.Function("function", role=f"{ROLE}/function-role"),
        "arn": f"{ROLE}/by-arn",
    }


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("role", "role-1a2b3c4"),
        ("execution-role", "execution-role-1a2b3c4"),
        ("durable", "durable-1a2b3c4"),
        ("function", "function-role"),
        ("arn", "by-arn"),
    ],
)
def test_whoever_has_a_role_can_be_granted(cloud: Recorder, kind: str, role: str) -> None:
    declare(lambda: orders().grant_invoke(kind, grantees()[kind]))
    assert [policy["role"] for policy in cloud.role_grants()] == [role]


def test_functions_may_invoke_each_other_and_themselves(cloud: Recorder) -> None:
    def program() -> None:
        first, second = orders(), DurableFunction("payments", INLINE)
        first.grant_invoke("payments", second)
        second.grant_invoke("orders", first)
        first.grant_invoke("itself", first)

    declare(program)
    policies = cloud.role_grants()
    assert {(p["role"], json.loads(p["policy"])["Statement"][0]["Resource"]) for p in policies} == {
        ("payments-1a2b3c4", f"{FUNCTION}:orders-1a2b3c4:live"),
        ("orders-1a2b3c4", f"{FUNCTION}:payments-1a2b3c4:live"),
        ("orders-1a2b3c4", f"{FUNCTION}:orders-1a2b3c4:live"),
    }


def test_arguments_of_the_caller_are_not_changed(cloud: Recorder) -> None:
    args = cast(DurableFunctionArgs, {**INLINE, "environment": {"A1": "b"}, "tags": {"a": "b"}})
    before = json.dumps(args)
    declare(lambda: DurableFunction("orders", args))
    assert json.dumps(args) == before


def test_an_arn_that_turns_out_wrong_is_refused_by_name(cloud: Recorder) -> None:
    arn = pulumi.Output.from_input(f"{FUNCTION}:orders")
    with pytest.raises(Exception, match="has no alias or version"):
        declare(lambda: InvokeGrant("g", {"qualified_arn": arn, "role_arn": f"{ROLE}/shop"}))


def test_a_role_of_another_account_is_not_taken_for_the_one_of_the_same_name_in_this() -> None:
    with pytest.raises(
        InvalidArnError, match="is in account 210987654321, but the function is in 123456789012"
    ):
        PrincipalArn.parse_for("arn:aws:iam::210987654321:role/shop", "role", f"{FUNCTION}:orders:live")


STRANGER = "arn:aws:iam::210987654321:role/shop"
HERE = f"is in account 210987654321, but this deployment goes to {ACCOUNT}; pass a role in this account"


@pytest.mark.parametrize("arn", [STRANGER, pulumi.Output.from_input(STRANGER)], ids=["known", "an output"])
def test_nothing_is_put_into_the_role_that_is_called_like_another_accounts(
    cloud: Recorder, arn: pulumi.Input[str]
) -> None:
    secret = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:card-a1b2c3"
    with pytest.raises(Exception, match=f"SecretGrant 'card' has 1 problem:\n  role_arn: {HERE}"):
        declare(lambda: SecretGrant("card", {"role_arn": arn, "secret_arn": secret}))
    with pytest.raises(Exception, match=HERE):
        declare(lambda: DurableFunction("orders", {**INLINE, "role_arn": arn, "tracing": True}))
    assert not {"RolePolicy", "RolePolicyAttachment", "Function"} & {
        made.typ.rpartition(":")[2] for made in cloud.made
    }


def test_a_grant_on_another_accounts_function_is_not_put_into_a_role_of_this(cloud: Recorder) -> None:
    function = FUNCTION.replace(ACCOUNT, "210987654321")
    with pytest.raises(Exception, match=HERE):
        declare(lambda: InvokeGrant("g", {"qualified_arn": f"{function}:orders:live", "role_arn": STRANGER}))
    assert cloud.all("aws:iam/rolePolicy:RolePolicy") == []


def test_a_secret_of_another_account_may_be_read_by_a_role_of_this(cloud: Recorder) -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:card-a1b2c3"
    declare(lambda: SecretGrant("card", {"role_arn": f"{ROLE}/shop", "secret_arn": secret}))
    assert cloud.one("aws:iam/rolePolicy:RolePolicy")["role"] == "shop"


def test_a_bucket_that_is_known_late_needs_its_account_at_once(cloud: Recorder) -> None:
    bucket = pulumi.Output.from_input("arn:aws:s3:::uploads")
    args: InvokeGrantArgs = {"qualified_arn": f"{FUNCTION}:orders:live", "source_arn": bucket}
    with pytest.raises(InvalidArgsError, match="source_arn: contains no account ID"):
        InvokeGrant("uploads", {**args, "service": "s3.amazonaws.com"})
    with pytest.raises(
        Exception,
        match="source_arn: contains no account ID, so a resource of that name may belong to somebody else",
    ):
        declare(lambda: InvokeGrant("uploads", {**args, "service": "lex.amazonaws.com"}))
    assert cloud.all("aws:lambda/permission:Permission") == []


def test_an_output_of_another_accounts_role_is_refused(cloud: Recorder) -> None:
    role = pulumi.Output.from_input("arn:aws:iam::210987654321:role/shop")
    with pytest.raises(Exception, match="is in account 210987654321"):
        declare(lambda: InvokeGrant("g", {"qualified_arn": f"{FUNCTION}:orders:live", "role_arn": role}))
    assert cloud.all("aws:iam/rolePolicy:RolePolicy") == []
