"""Every argument of every component: the value that is given, and the inputs in which exactly it must be seen."""

from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.function.function_args import FunctionOptions
from components.packaging.archive import CodeSource
from tables.account import ACCOUNT, FUNCTION, QUEUE, ROLE, RULE, TOPIC
from tables.invalid_inputs import FUNCTION_ARGS, STANDARD_ARGS

ALIAS = f"{FUNCTION}:orders:live"
OTHER = f"{FUNCTION}:orders:next"
ROLE_NAME = "orders-1a2b3c4"
POLICY = "arn:aws:iam::aws:policy"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
LAYER = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:layer:tools:3"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"
SIGNING = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:code-signing-config:csc-1"
POINT = f"arn:aws:elasticfilesystem:eu-west-1:{ACCOUNT}:access-point/fsap-1"
KINESIS = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/clicks"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/carts/stream/2026-11-24T00:00:00.000"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
GROUP = f"arn:aws:iam::{ACCOUNT}:group/staff"
BUS = f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus"
INLINE = str(FUNCTION_ARGS["code_inline"])
LEFT_OUT = None

Values = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A value, what it needs beside it, and what it does: inputs by `<kind> <name>`, None for no such resource.

    An input's name may lead into it, with dots. `@protect` and `@guarded` are options of the resource.
    """

    given: Any
    seen: dict[str, Values | None] = field(default_factory=dict)
    beside: Values = field(default_factory=dict)
    refused: str = ""


def function(**inputs: Any) -> dict[str, Values | None]:
    return {"Function orders": {key.replace("__", "."): value for key, value in inputs.items()}}


def code(**more: Any) -> CodeSource:
    usual = {
        "handler": "index.handler",
        "runtime": "python3.13",
        "architecture": "arm64",
        "inline": INLINE,
    }
    return CodeSource(**{**usual, **more})


def document(*statements: Values) -> Values:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any, **more: Any) -> Values:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


SIGNING_HEADERS = ("authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token")
NO_CODE: Values = {"code_inline": LEFT_OUT}
NO_ROLE: Values = {"role_arn": LEFT_OUT}
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:0"
OF_IMAGE: Values = {**NO_CODE, "runtime": LEFT_OUT, "handler": LEFT_OUT, "image_uri": IMAGE}
VPC: Values = {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
FILES: Values = {**VPC, "file_system_arn": POINT, "file_system_path": "/mnt/data"}
TABLE_RIGHT: Values = {
    "actions": ["dynamodb:PutItem"],
    "resources": [pulumi.Output.from_input("arn:aws:dynamodb:::table/t")],
    "condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
}
DENIED: Values = {
    "effect": "Deny",
    "actions": ["*"],
    "resources": ["*"],
    "condition": {
        "ForAnyValue:StringEquals": {"aws:TagKeys": ["secret", pulumi.Output.from_input("private")]}
    },
}
TABLE_STATEMENT = allow(
    ["dynamodb:PutItem"],
    ["arn:aws:dynamodb:::table/t"],
    Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
)
TAGGED: Values = {"tags": {"team": "shop"}}

OWN_POLICY = f"arn:aws:iam::{ACCOUNT}:policy/shop/reports"
MANAGED_POLICY_ARNS = Row(
    [f"{POLICY}/service-role/AWSGlueServiceRole", pulumi.Output.from_input(OWN_POLICY), OWN_POLICY],
    {
        f"RolePolicyAttachment orders-{name}": {"role": ROLE_NAME, "policyArn": arn}
        for name, arn in (
            ("AWSGlueServiceRole", f"{POLICY}/service-role/AWSGlueServiceRole"),
            ("policy-1", OWN_POLICY),
            ("reports", OWN_POLICY),
        )
    },
)

DURABLE_FUNCTION = {
    "execution_timeout_seconds": Row(60, function(durableConfig__executionTimeout=60, timeout=60)),
    "retention_days": Row(
        30,
        {**function(durableConfig__retentionPeriod=30), "LogGroup orders": {"retentionInDays": 30}},
    ),
    "runtime": Row("python3.14", function(runtime="python3.14", code=code(runtime="python3.14"))),
    "handler": Row("app.main", function(handler="app.main", code=code(handler="app.main"))),
    "code_path": Row(
        "functions/orders",
        function(code=code(inline=None, path="functions/orders")),
        NO_CODE,
    ),
    "code_inline": Row("handler = print", function(code=code(inline="handler = print"))),
    "allowed_secret_files": Row(["tests/*.pem"], function(code=code(allowed_secret_files=("tests/*.pem",)))),
    "s3_bucket": Row("archives", function(s3Bucket="archives", code=None), {**NO_CODE, "s3_key": "k.zip"}),
    "s3_key": Row("k.zip", function(s3Key="k.zip", code=None), {**NO_CODE, "s3_bucket": "archives"}),
    "s3_object_version": Row(
        "v1", function(s3ObjectVersion="v1"), {**NO_CODE, "s3_bucket": "archives", "s3_key": "k.zip"}
    ),
    "image_uri": Row(
        IMAGE,
        function(
            imageUri=IMAGE, packageType="Image", runtime=None, handler=None, code=None, imageConfig=None
        ),
        {**NO_CODE, "runtime": LEFT_OUT, "handler": LEFT_OUT},
    ),
    "image_command": Row(["a.handler"], function(imageConfig__commands=["a.handler"]), OF_IMAGE),
    "image_entry_point": Row(["/lambda"], function(imageConfig__entryPoints=["/lambda"]), OF_IMAGE),
    "image_working_directory": Row("/orders", function(imageConfig__workingDirectory="/orders"), OF_IMAGE),
    "timeout_seconds": Row(61, function(timeout=61)),
    "memory_size_mb": Row(1024, function(memorySize=1024)),
    "architecture": Row("x86_64", function(architectures=["x86_64"], code=code(architecture="x86_64"))),
    "build_for": Row("host", function(code=code(for_host=True))),
    "ephemeral_storage_mb": Row(10_240, function(ephemeralStorage={"size": 10_240})),
    "layers": Row([LAYER], function(layers=[LAYER], code=code(has_layers=True))),
    "reserved_concurrency": Row(0, function(reservedConcurrentExecutions=0)),
    "provisioned_concurrency": Row(
        2,
        {
            "ProvisionedConcurrencyConfig orders": {
                "functionName": ROLE_NAME,
                "qualifier": "live",
                "provisionedConcurrentExecutions": 2,
            }
        },
    ),
    "snap_start": Row(True, function(snapStart={"applyOn": "PublishedVersions"})),
    "tenancy_config": Row(
        {"tenant_isolation_mode": "PER_TENANT"},
        function(tenancyConfig={"tenantIsolationMode": "PER_TENANT"}),
    ),
    "subnet_ids": Row(
        VPC["subnet_ids"],
        {
            **function(vpcConfig={"subnetIds": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}),
            "RolePolicy orders-vpc": {"role": ROLE_NAME},
        },
        {"security_group_ids": ["sg-1"]},
    ),
    "security_group_ids": Row(
        ["sg-2"], function(vpcConfig__securityGroupIds=["sg-2"]), {"subnet_ids": ["subnet-1"]}
    ),
    "ipv6_allowed_for_dual_stack": Row(True, function(vpcConfig__ipv6AllowedForDualStack=True), VPC),
    "file_system_arn": Row(
        POINT, function(fileSystemConfig__arn=POINT), {**VPC, "file_system_path": "/mnt/data"}
    ),
    "file_system_path": Row(
        "/mnt/data",
        function(fileSystemConfig__localMountPath="/mnt/data"),
        {**VPC, "file_system_arn": POINT},
    ),
    "tracing": Row(
        True,
        {
            **function(tracingConfig={"mode": "Active"}),
            "RolePolicyAttachment orders-AWSXRayDaemonWriteAccess": {
                "role": ROLE_NAME,
                "policyArn": f"{POLICY}/AWSXRayDaemonWriteAccess",
            },
        },
    ),
    "kms_key_arn": Row(KEY, function(kmsKeyArn=KEY)),
    "code_signing_config_arn": Row(SIGNING, function(codeSigningConfigArn=SIGNING)),
    "environment": Row(
        {"TABLE": pulumi.Output.from_input("t"), "MODE": "slow"},
        function(environment={"variables": {"TABLE": "t", "MODE": "slow"}}),
    ),
    "description": Row("Takes orders", function(description="Takes orders")),
    "function_name": Row(
        "shop-orders", {**function(name="shop-orders"), "Alias orders": {"functionName": "shop-orders"}}
    ),
    "alias_name": Row("prod", {"Alias orders": {"name": "prod"}}),
    "alias_version": Row("3", {"Alias orders": {"functionVersion": "3", "routingConfig": None}}),
    "new_version_weight": Row(
        0.25,
        {
            "Alias orders": {
                "functionVersion": "3",
                "routingConfig": {"additionalVersionWeights": {"7": 0.25}},
            }
        },
        {"alias_version": "3"},
    ),
    "additional_aliases": Row(
        {"stable": "3", "next": "newest"},
        {
            "Alias orders-stable": {"name": "stable", "functionVersion": "3", "functionName": ROLE_NAME},
            "Alias orders-next": {"name": "next", "functionVersion": "7", "functionName": ROLE_NAME},
        },
    ),
    "maximum_event_age_seconds": Row(
        60,
        {
            "FunctionEventInvokeConfig orders": {
                "functionName": ROLE_NAME,
                "qualifier": "live",
                "maximumEventAgeInSeconds": 60,
            }
        },
    ),
    "role_arn": Row(
        f"{ROLE}/service/own",
        {
            **function(role=f"{ROLE}/service/own"),
            "Role orders": None,
            "RolePolicy orders-execution": {"role": "own"},
        },
    ),
    "execution_policy": Row(
        "managed",
        {
            "RolePolicyAttachment orders-AWSLambdaBasicDurableExecutionRolePolicy": {"role": ROLE_NAME},
            "RolePolicy orders-execution": None,
        },
    ),
    "role_statements": Row(
        [TABLE_RIGHT],
        {
            each: {"role": ROLE_NAME, "policy": document(TABLE_STATEMENT)}
            for each in ("RolePolicy orders-statements", "RolePolicy orders-statements-kept")
        },
    ),
    "managed_policy_arns": MANAGED_POLICY_ARNS,
    "permissions_boundary_arn": Row(BOUNDARY, {"Role orders": {"permissionsBoundary": BOUNDARY}}),
    "role_path": Row("/service/", {"Role orders": {"path": "/service/"}}),
    "application_log_level": Row("DEBUG", function(loggingConfig__applicationLogLevel="DEBUG")),
    "system_log_level": Row("WARN", function(loggingConfig__systemLogLevel="WARN")),
    "log_group_name": Row(
        "/shop/orders",
        {
            **function(loggingConfig__logGroup="/shop/orders"),
            "LogGroup orders": {"name": "/shop/orders", "namePrefix": None},
        },
    ),
    "log_retention_days": Row(400, {"LogGroup orders": {"retentionInDays": 400}}),
    "retain_logs": Row(True, {"LogGroup orders": {"skipDestroy": True}}),
    "errors_alarm": Row(False, {"MetricAlarm orders-errors": None}),
    "errors_alarm_threshold": Row(0, {"MetricAlarm orders-errors": {"threshold": 0}}),
    "errors_alarm_period_seconds": Row(60, {"MetricAlarm orders-errors": {"period": 60}}),
    "errors_alarm_evaluation_periods": Row(3, {"MetricAlarm orders-errors": {"evaluationPeriods": 3}}),
    "durable_alarms": Row(
        False,
        {
            "MetricAlarm orders-failed": None,
            "MetricAlarm orders-throttles": None,
            "MetricAlarm orders-dead-letters": None,
        },
        {"dead_letter_queue": True},
    ),
    "alarm_actions": Row(
        [f"{TOPIC}:ops"],
        {
            f"MetricAlarm orders-{alarm}": {"alarmActions": [f"{TOPIC}:ops"], "okActions": [f"{TOPIC}:ops"]}
            for alarm in (
                *("errors", "failed", "throttles"),
                "dead-letters",
            )
        },
        {"dead_letter_queue": True},
    ),
    "failure_topic_arn": Row(
        f"{TOPIC}:ops",
        {"EventTarget orders-failures": {"rule": "orders-failures-1a2b3c4", "arn": f"{TOPIC}:ops"}},
    ),
    "dead_letter_queue": Row(
        True, function(deadLetterConfig={"targetArn": f"{QUEUE}:orders-dead-letters-1a2b3c4"})
    ),
    "dead_letter_arn": Row(
        f"{QUEUE}:lost",
        {**function(deadLetterConfig={"targetArn": f"{QUEUE}:lost"}), "Queue orders-dead-letters": None},
    ),
    "execution_guard": Row(
        False,
        {
            each: {"@guarded": False}
            for each in (
                "Function orders",
                "Alias orders",
                "Role orders",
                "LogGroup orders",
                "RolePolicy orders-execution",
            )
        },
    ),
    "deletion_protection": Row(
        True,
        {
            **{
                each: {"@protect": True}
                for each in (
                    *("Function orders", "Alias orders-next", "LogGroup orders", "Role orders"),
                    *(
                        "RolePolicy orders-execution",
                        "Queue orders-dead-letters",
                        "MetricAlarm orders-errors",
                    ),
                )
            },
            "Alias orders": {"@protect": True, "description": "Deletion protection is on"},
        },
        {"additional_aliases": {"next": "newest"}, "dead_letter_queue": True},
    ),
    "tags": Row(
        {"team": "shop"},
        {
            "Role orders": TAGGED,
            "Function orders": TAGGED,
            "LogGroup orders": TAGGED,
            "Queue orders-dead-letters": TAGGED,
            "EventRule orders-failures": TAGGED,
            **{
                f"MetricAlarm orders-{alarm}": TAGGED
                for alarm in (
                    *("errors", "failed", "throttles"),
                    "dead-letters",
                )
            },
        },
        {"dead_letter_queue": True, "failure_topic_arn": f"{TOPIC}:ops"},
    ),
}


def destination(name: str, arn: str, action: str) -> dict[str, Values | None]:
    return {
        "FunctionEventInvokeConfig orders": {
            "functionName": ROLE_NAME,
            "qualifier": "live",
            f"destinationConfig.{name}.destination": arn,
        },
        f"RolePolicy orders-{'on-success' if name == 'onSuccess' else 'on-failure'}": {
            "role": ROLE_NAME,
            "policy": document(allow(action, arn)),
        },
    }


STANDARD_ALARMS = ("errors", "throttles", "dead-letters")
STANDARD_FUNCTION = {
    **{name: DURABLE_FUNCTION[name] for name in FunctionOptions.__annotations__},
    "timeout_seconds": DURABLE_FUNCTION["timeout_seconds"],
    "log_retention_days": DURABLE_FUNCTION["log_retention_days"],
    "dead_letter_queue": DURABLE_FUNCTION["dead_letter_queue"],
    "execution_policy": Row(
        "managed",
        {
            "RolePolicyAttachment orders-AWSLambdaBasicExecutionRole": {"role": ROLE_NAME},
            "RolePolicy orders-execution": None,
        },
    ),
    "throttles_alarm": Row(False, {"MetricAlarm orders-throttles": None}),
    "dead_letter_alarm": Row(False, {"MetricAlarm orders-dead-letters": None}, {"dead_letter_queue": True}),
    "alarm_actions": Row(
        [f"{TOPIC}:ops"],
        {
            f"MetricAlarm orders-{alarm}": {"alarmActions": [f"{TOPIC}:ops"], "okActions": [f"{TOPIC}:ops"]}
            for alarm in STANDARD_ALARMS
        },
        {"dead_letter_queue": True},
    ),
    "tags": Row(
        {"team": "shop"},
        {
            **dict.fromkeys(
                ("Role orders", "Function orders", "LogGroup orders", "Queue orders-dead-letters"), TAGGED
            ),
            **{f"MetricAlarm orders-{alarm}": TAGGED for alarm in STANDARD_ALARMS},
        },
        {"dead_letter_queue": True},
    ),
    "maximum_retry_attempts": Row(
        0, {"FunctionEventInvokeConfig orders": {"qualifier": "live", "maximumRetryAttempts": 0}}
    ),
    "on_success_arn": Row(f"{BUS}/shop", destination("onSuccess", f"{BUS}/shop", "events:PutEvents")),
    "on_failure_arn": Row(
        f"{FUNCTION}:mends:live",
        destination("onFailure", f"{FUNCTION}:mends:live", "lambda:InvokeFunction"),
    ),
}

DURABLE_EXECUTION_ROLE = {
    "managed_policies": Row(
        ["AWSXRayDaemonWriteAccess"],
        {
            "RolePolicyAttachment orders-AWSLambdaBasicDurableExecutionRolePolicy": None,
            "RolePolicyAttachment orders-AWSXRayDaemonWriteAccess": {
                "role": ROLE_NAME,
                "policyArn": f"{POLICY}/AWSXRayDaemonWriteAccess",
            },
        },
    ),
    "statements": Row(
        [TABLE_RIGHT, {"actions": ["ses:*"], "resources": ["*"]}, DENIED],
        {
            "RolePolicy orders-statements": {
                "role": ROLE_NAME,
                "policy": document(
                    TABLE_STATEMENT,
                    allow(["ses:*"], ["*"]),
                    {
                        "Effect": "Deny",
                        "Action": ["*"],
                        "Resource": ["*"],
                        "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["secret", "private"]}},
                    },
                ),
            }
        },
    ),
    "managed_policy_arns": MANAGED_POLICY_ARNS,
    "permissions_boundary_arn": Row(BOUNDARY, {"Role orders": {"permissionsBoundary": BOUNDARY}}),
    "path": Row("/service/", {"Role orders": {"path": "/service/"}}),
    "tags": Row({"team": "shop"}, {"Role orders": TAGGED}),
}


def grantees(actions: Any, resource: Any) -> dict[str, Row]:
    policy = {"policy": document(allow(actions, resource))}
    return {
        "role_arn": Row(f"{ROLE}/path/shop", {"RolePolicy orders": {"role": "shop", **policy}}),
        "user_arn": Row(
            USER, {"UserPolicy orders": {"user": "ann", **policy}, "RolePolicy orders": None}, NO_ROLE
        ),
        "group_arn": Row(
            GROUP, {"GroupPolicy orders": {"group": "staff", **policy}, "RolePolicy orders": None}, NO_ROLE
        ),
    }


INVOKE = "lambda:InvokeFunction"
CALLBACKS = [f"lambda:SendDurableExecutionCallback{end}" for end in ("Failure", "Heartbeat", "Success")]
READ = ["lambda:GetDurableExecution", "lambda:GetDurableExecutionHistory"]
RULE_ARN = f"{RULE}/nightly"
FOR_RULE: Values = {**NO_ROLE, "service": "events.amazonaws.com", "source_arn": RULE_ARN}

INVOKE_GRANT = {
    "qualified_arn": Row(OTHER, {"RolePolicy orders": {"policy": document(allow(INVOKE, OTHER))}}),
    "function_arn": Row(
        f"{FUNCTION}:plain",
        {"RolePolicy orders": {"policy": document(allow(INVOKE, f"{FUNCTION}:plain"))}},
        {"qualified_arn": LEFT_OUT},
    ),
    **grantees(INVOKE, ALIAS),
    "all_versions": Row(
        True, {"RolePolicy orders": {"policy": document(allow(INVOKE, f"{FUNCTION}:orders:*"))}}
    ),
    "by_url": Row(
        True,
        {"RolePolicy orders": {"policy": document(allow([INVOKE, "lambda:InvokeFunctionUrl"], ALIAS))}},
    ),
    "service": Row(
        "s3.amazonaws.com",
        {"Permission orders": {"principal": "s3.amazonaws.com", "action": INVOKE, "qualifier": "live"}},
        {**NO_ROLE, "source_arn": "arn:aws:s3:::uploads", "source_account": ACCOUNT},
    ),
    "source_arn": Row(
        RULE_ARN,
        {"Permission orders": {"sourceArn": RULE_ARN}},
        {**NO_ROLE, "service": "events.amazonaws.com", "source_account": ACCOUNT},
    ),
    "source_account": Row(ACCOUNT, {"Permission orders": {"sourceAccount": ACCOUNT}}, FOR_RULE),
    "event_source_token": Row(
        "amzn1.ask.skill.1",
        {
            "Permission orders": {
                "principal": "alexa-appkit.amazon.com",
                "eventSourceToken": "amzn1.ask.skill.1",
            }
        },
        {**NO_ROLE, "service": "alexa-appkit.amazon.com"},
    ),
    "account_id": Row("210987654321", {"Permission orders": {"principal": "210987654321"}}, NO_ROLE),
    "principal_arn": Row(
        "arn:aws:iam::210987654321:role/shop",
        {"Permission orders": {"principal": "arn:aws:iam::210987654321:role/shop", "qualifier": "live"}},
        NO_ROLE,
    ),
    "organization_id": Row(
        "o-a1b2c3d4e5",
        {"Permission orders": {"principal": "*", "principalOrgId": "o-a1b2c3d4e5"}},
        NO_ROLE,
    ),
}

OF_PAYMENTS = document(allow(CALLBACKS, f"{FUNCTION}:payments:*"))
CALLBACK_GRANT = {
    "function_arn": Row(f"{FUNCTION}:payments:live", {"RolePolicy orders": {"policy": OF_PAYMENTS}}),
    **grantees(CALLBACKS, f"{FUNCTION}:orders:*"),
}

EXECUTION_GRANT = {
    "function_arn": Row(
        f"{FUNCTION}:payments",
        {
            "RolePolicy orders": {
                "policy": document(
                    allow(
                        ["lambda:PauseDurableExecution", "lambda:ResumeDurableExecution"],
                        f"{FUNCTION}:payments:*",
                    )
                )
            }
        },
    ),
    "access": Row(
        "operate",
        {
            "RolePolicy orders": {
                "policy": document(
                    allow([*READ, "lambda:StopDurableExecution"], f"{FUNCTION}:orders:*"),
                    allow(
                        "lambda:ListDurableExecutionsByFunction",
                        [f"{FUNCTION}:orders", f"{FUNCTION}:orders:*"],
                    ),
                )
            }
        },
    ),
    **grantees(
        ["lambda:PauseDurableExecution", "lambda:ResumeDurableExecution"],
        f"{FUNCTION}:orders:*",
    ),
}

ALARM_TOPIC = {
    "emails": Row(
        ["ops@shop.example", "night@shop.example"],
        {
            f"TopicSubscription orders-email-{number}": {
                "topic": f"{TOPIC}:orders-1a2b3c4",
                "protocol": "email",
                "endpoint": address,
            }
            for number, address in ((1, "ops@shop.example"), (2, "night@shop.example"))
        },
    ),
    "tags": Row({"team": "shop"}, {"Topic orders": TAGGED}),
}

STARTED = [
    ["AWS/Lambda", "DurableExecutionStarted", "FunctionName", "p-1", {"label": "payments", "stat": "Sum"}]
]
DURABLE_MONITORING = {
    "functions": Row(
        {"payments": pulumi.Output.from_input("p-1")},
        {"Dashboard orders": {"dashboardBody.widgets.1.properties.metrics": STARTED}},
    ),
    "dashboard": Row(False, {"Dashboard orders": None}),
    "utilization_alarm": Row(
        False,
        {
            "MetricAlarm orders-utilization": None,
            "Dashboard orders": {"dashboardBody.widgets.4.properties.annotations": None},
        },
    ),
    "utilization_threshold_percent": Row(
        50,
        {
            "MetricAlarm orders-utilization": {"threshold": 50},
            "Dashboard orders": {
                "dashboardBody.widgets.4.properties.annotations.horizontal.0.value": 50,
            },
        },
    ),
    "alarm_actions": Row(
        [f"{TOPIC}:ops"],
        {
            "MetricAlarm orders-utilization": {
                "alarmActions": [f"{TOPIC}:ops"],
                "okActions": [f"{TOPIC}:ops"],
            }
        },
    ),
    "tags": Row({"team": "shop"}, {"MetricAlarm orders-utilization": TAGGED}),
}

SCHEDULE_TRIGGER = {
    "qualified_arn": Row(
        OTHER,
        {
            "Schedule orders": {"target.arn": OTHER},
            "RolePolicy orders": {"policy": document(allow(INVOKE, OTHER))},
        },
    ),
    "schedule": Row("rate(2 hours)", {"Schedule orders": {"scheduleExpression": "rate(2 hours)"}}),
    "timezone": Row("Europe/Berlin", {"Schedule orders": {"scheduleExpressionTimezone": "Europe/Berlin"}}),
    "flexible_minutes": Row(
        15,
        {"Schedule orders": {"flexibleTimeWindow": {"mode": "FLEXIBLE", "maximumWindowInMinutes": 15}}},
    ),
    "event": Row(
        {"table": pulumi.Output.from_input("t")}, {"Schedule orders": {"target.input": {"table": "t"}}}
    ),
    "description": Row("Each night", {"Schedule orders": {"description": "Each night"}}),
    "enabled": Row(False, {"Schedule orders": {"state": "DISABLED"}}),
    "maximum_retry_attempts": Row(0, {"Schedule orders": {"target.retryPolicy.maximumRetryAttempts": 0}}),
    "maximum_event_age_seconds": Row(
        60, {"Schedule orders": {"target.retryPolicy.maximumEventAgeInSeconds": 60}}
    ),
    "dead_letter_queue_arn": Row(
        f"{QUEUE}:lost",
        {
            "Schedule orders": {"target.deadLetterConfig": {"arn": f"{QUEUE}:lost"}},
            "RolePolicy orders-dead-letters": {
                "role": ROLE_NAME,
                "policy": document(allow("sqs:SendMessage", f"{QUEUE}:lost")),
            },
        },
    ),
}

EVENT_TRIGGER = {
    "qualified_arn": Row(
        OTHER, {"EventTarget orders": {"arn": OTHER}, "Permission orders": {"qualifier": "next"}}
    ),
    "event_pattern": Row(
        {"source": [pulumi.Output.from_input("shop")]},
        {"EventRule orders": {"eventPattern": {"source": ["shop"]}}},
    ),
    "event_bus_name": Row(
        "shop", {"EventRule orders": {"eventBusName": "shop"}, "EventTarget orders": {"eventBusName": "shop"}}
    ),
    "event": Row({"a": 1}, {"EventTarget orders": {"input": {"a": 1}}}),
    "description": Row("A sale", {"EventRule orders": {"description": "A sale"}}),
    "enabled": Row(False, {"EventRule orders": {"state": "DISABLED"}}),
    "maximum_retry_attempts": Row(0, {"EventTarget orders": {"retryPolicy.maximumRetryAttempts": 0}}),
    "maximum_event_age_seconds": Row(
        60, {"EventTarget orders": {"retryPolicy.maximumEventAgeInSeconds": 60}}
    ),
    "dead_letter_queue_arn": Row(
        f"{QUEUE}:lost", {"EventTarget orders": {"deadLetterConfig": {"arn": f"{QUEUE}:lost"}}}
    ),
}

TOPIC_TRIGGER = {
    "qualified_arn": Row(
        OTHER, {"TopicSubscription orders": {"endpoint": OTHER}, "Permission orders": {"qualifier": "next"}}
    ),
    "topic_arn": Row(
        f"{TOPIC}:news",
        {
            "TopicSubscription orders": {"topic": f"{TOPIC}:news"},
            "Permission orders": {"sourceArn": f"{TOPIC}:news"},
        },
    ),
    "filter_policy": Row({"kind": ["sale"]}, {"TopicSubscription orders": {"filterPolicy.kind": ["sale"]}}),
    "filter_policy_scope": Row(
        "MessageBody",
        {"TopicSubscription orders": {"filterPolicyScope": "MessageBody"}},
        {"filter_policy": {"kind": ["sale"]}},
    ),
    "dead_letter_queue_arn": Row(
        f"{QUEUE}:lost",
        {"TopicSubscription orders": {"redrivePolicy": {"deadLetterTargetArn": f"{QUEUE}:lost"}}},
    ),
}

BUCKET_TRIGGER = {
    "qualified_arn": Row(
        OTHER,
        {
            "BucketNotification orders": {"lambdaFunctions.0.lambdaFunctionArn": OTHER},
            "Permission orders": {"qualifier": "next"},
        },
    ),
    "bucket": Row(
        "uploads",
        {
            "BucketNotification orders": {"bucket": "uploads"},
            "Permission orders": {"sourceArn": "arn:aws:s3:::uploads"},
        },
    ),
    "events": Row(
        ["s3:ObjectRemoved:Delete"],
        {"BucketNotification orders": {"lambdaFunctions.0.events": ["s3:ObjectRemoved:Delete"]}},
    ),
    "prefix": Row("in/", {"BucketNotification orders": {"lambdaFunctions.0.filterPrefix": "in/"}}),
    "suffix": Row(".csv", {"BucketNotification orders": {"lambdaFunctions.0.filterSuffix": ".csv"}}),
}

TOO_LONG = "execution_timeout_seconds = 901: must not exceed 900 here"


def mapping(**inputs: Any) -> dict[str, Values | None]:
    return {
        "EventSourceMapping orders": {key.replace("__", "."): value for key, value in inputs.items()},
    }


SOURCE = {
    "qualified_arn": Row(OTHER, mapping(functionName=OTHER)),
    "execution_timeout_seconds": Row(901, refused=TOO_LONG),
    "role_name": Row("fed", {"RolePolicy orders-source": {"role": "fed"}}),
    "batch_size": Row(
        10_000,
        mapping(batchSize=10_000, maximumBatchingWindowInSeconds=1),
        {"maximum_batching_window_seconds": 1},
    ),
    "maximum_batching_window_seconds": Row(300, mapping(maximumBatchingWindowInSeconds=300)),
    "filter_patterns": Row(
        [{"body": {"kind": ["sale"]}}, {"body": {"kind": ["gift"]}}],
        mapping(
            filterCriteria={
                "filters": [
                    {"pattern": {"body": {"kind": ["sale"]}}},
                    {"pattern": {"body": {"kind": ["gift"]}}},
                ]
            }
        ),
    ),
    "report_batch_item_failures": Row(True, mapping(functionResponseTypes=["ReportBatchItemFailures"])),
    "intermediary": Row(
        True,
        {
            **mapping(functionName=f"{FUNCTION}:orders-1a2b3c4"),
            "Function orders": {"environment.variables.TARGET_ARN": ALIAS},
        },
    ),
    "source_kms_key_arn": Row(
        KEY,
        {"RolePolicy orders-source": {"policy.Statement.1.Resource": [KEY]}},
        {"role_name": "fed"},
    ),
    "enabled": Row(False, mapping(enabled=False)),
}

QUEUE_TRIGGER = {
    **SOURCE,
    "queue_arn": Row(
        f"{QUEUE}:inbox.fifo",
        {
            **mapping(eventSourceArn=f"{QUEUE}:inbox.fifo"),
            "RolePolicy orders-source": {"policy.Statement.0.Resource": f"{QUEUE}:inbox.fifo"},
        },
        {"role_name": "fed"},
    ),
    "maximum_concurrency": Row(2, mapping(scalingConfig={"maximumConcurrency": 2})),
    "function_timeout_seconds": Row(901, refused="function_timeout_seconds = 901: must be 1 to 900 seconds"),
    "body_as_event": Row(
        True, function(environment__variables__BODY_AS_EVENT="true"), {"intermediary": True}
    ),
}

STREAM_TRIGGER = {
    **SOURCE,
    "kinesis_stream_arn": Row(f"{KINESIS}2", mapping(eventSourceArn=f"{KINESIS}2")),
    "dynamodb_stream_arn": Row(TABLE, mapping(eventSourceArn=TABLE), {"kinesis_stream_arn": LEFT_OUT}),
    "starting_position": Row("TRIM_HORIZON", mapping(startingPosition="TRIM_HORIZON")),
    "starting_position_timestamp": Row(
        "2027-01-31T03:00:00Z",
        mapping(startingPosition="AT_TIMESTAMP", startingPositionTimestamp="2027-01-31T03:00:00Z"),
        {"starting_position": "AT_TIMESTAMP"},
    ),
    "tumbling_window_seconds": Row(900, mapping(tumblingWindowInSeconds=900)),
    "parallelization_factor": Row(10, mapping(parallelizationFactor=10)),
    "maximum_retry_attempts": Row(0, mapping(maximumRetryAttempts=0)),
    "maximum_record_age_seconds": Row(60, mapping(maximumRecordAgeInSeconds=60)),
    "bisect_batch_on_error": Row(True, mapping(bisectBatchOnFunctionError=True)),
    "discarded_arn": Row(
        f"{TOPIC}:lost",
        {
            **mapping(destinationConfig={"onFailure": {"destinationArn": f"{TOPIC}:lost"}}),
            "RolePolicy orders-discarded": {
                "role": "fed",
                "policy": document(allow("sns:Publish", f"{TOPIC}:lost")),
            },
        },
        {"role_name": "fed"},
    ),
}

URL_TRIGGER = {
    "qualified_arn": Row(
        OTHER,
        {"FunctionUrl orders": {"functionName": f"{FUNCTION}:orders", "qualifier": "next"}},
    ),
    "execution_timeout_seconds": Row(901, refused=TOO_LONG),
    "authorization": Row(
        "NONE",
        {
            "FunctionUrl orders": {"authorizationType": "NONE"},
            "Permission orders-url": {"principal": "*"},
            "Permission orders-invoke": {"principal": "*"},
        },
    ),
    "cors_origins": Row(
        ["https://shop.example"],
        {
            "FunctionUrl orders": {
                "cors": {
                    "allowOrigins": ["https://shop.example"],
                    "allowMethods": ["*"],
                    "allowHeaders": ["content-type", *SIGNING_HEADERS],
                }
            }
        },
    ),
}

SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret"
PARAMETER = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/shop/card-key"
SECRET_GRANT = {
    "role_arn": Row(f"{ROLE}/path/shop", {"RolePolicy orders": {"role": "shop"}}),
    "secret_arn": Row(
        PARAMETER,
        {
            "RolePolicy orders": {
                "policy": document(allow(["ssm:GetParameter", "ssm:GetParameters"], [PARAMETER]))
            }
        },
    ),
    "kms_key_arn": Row(
        KEY,
        {
            "RolePolicy orders": {
                "policy": document(
                    allow(["secretsmanager:GetSecretValue"], [f"{SECRET}:usual-a1b2c3"]),
                    {
                        **allow(["kms:Decrypt"], [KEY]),
                        "Condition": {
                            "StringLike": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com*"}
                        },
                    },
                )
            }
        },
    ),
}

ACCESS_GRANT = {
    "role_arn": Row(f"{ROLE}/path/shop", {"RolePolicy orders": {"role": "shop"}}),
    "resource_arn": Row(
        f"{QUEUE}:jobs", {"RolePolicy orders": {"policy.Statement.0.Resource": [f"{QUEUE}:jobs"]}}
    ),
    "access": Row(
        "write",
        {
            "RolePolicy orders": {
                "policy": document(
                    allow(
                        ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
                        ["arn:aws:s3:::uploads/*"],
                    )
                )
            }
        },
    ),
}

TARGET: Values = {"qualified_arn": ALIAS}
WAITED: Values = {**TARGET, "execution_timeout_seconds": 900}

COMPONENTS: dict[str, tuple[Values, dict[str, Row]]] = {
    "DurableFunction": (dict(FUNCTION_ARGS), DURABLE_FUNCTION),
    "StandardFunction": (dict(STANDARD_ARGS), STANDARD_FUNCTION),
    "DurableExecutionRole": ({}, DURABLE_EXECUTION_ROLE),
    "InvokeGrant": ({**TARGET, "role_arn": f"{ROLE}/usual"}, INVOKE_GRANT),
    "CallbackGrant": (
        {"function_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/usual"},
        CALLBACK_GRANT,
    ),
    "ExecutionGrant": (
        {"function_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/usual", "access": "pause"},
        EXECUTION_GRANT,
    ),
    "SecretGrant": (
        {"role_arn": f"{ROLE}/usual", "secret_arn": f"{SECRET}:usual-a1b2c3"},
        SECRET_GRANT,
    ),
    "AccessGrant": (
        {"role_arn": f"{ROLE}/usual", "resource_arn": "arn:aws:s3:::uploads", "access": "read"},
        ACCESS_GRANT,
    ),
    "AlarmTopic": ({}, ALARM_TOPIC),
    "DurableMonitoring": ({"functions": {"orders": "o-1"}}, DURABLE_MONITORING),
    "ScheduleTrigger": ({**TARGET, "schedule": "cron(0 3 * * ? *)"}, SCHEDULE_TRIGGER),
    "EventTrigger": ({**TARGET, "event_pattern": {"source": ["usual"]}}, EVENT_TRIGGER),
    "TopicTrigger": ({**TARGET, "topic_arn": f"{TOPIC}:usual"}, TOPIC_TRIGGER),
    "BucketTrigger": ({**TARGET, "bucket": "usual"}, BUCKET_TRIGGER),
    "QueueTrigger": ({**WAITED, "queue_arn": f"{QUEUE}:usual"}, QUEUE_TRIGGER),
    "StreamTrigger": ({**WAITED, "kinesis_stream_arn": KINESIS}, STREAM_TRIGGER),
    "UrlTrigger": (WAITED, URL_TRIGGER),
}
