"""The resources of the components' program, in a flat program.

BENCH_NESTED puts the resources of each function into two empty components, nested as in the other program.
"""

import json
import os
from typing import Any

import pulumi
import pulumi_aws as aws

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
ERRORS = "Invocations end with errors, those that are retried included"
THROTTLES = "Invocations are throttled; executions wait for them"
FAILED = "Executions have failed, or exceeded their execution timeout"


def durable_function(name: str, description: str) -> pulumi.Output[str]:
    """Make one durable function, and return the ARN to invoke."""
    inside = components(name)
    role = aws.iam.Role(
        name,
        path="/",
        assume_role_policy=json.dumps(TRUST),
        force_detach_policies=True,
        tags={},
        opts=inside[-1],
    )
    log_group = aws.cloudwatch.LogGroup(
        name,
        name_prefix=f"/aws/lambda/{name}-{pulumi.get_stack()}-",
        retention_in_days=1,
        skip_destroy=False,
        tags={},
        opts=inside[0],
    )
    function = aws.lambda_.Function(
        name,
        role=role.arn,
        runtime="python3.13",
        handler="app.handler",
        code=pulumi.FileArchive("handler"),
        description=description,
        architectures=["arm64"],
        memory_size=512,
        timeout=900,
        durable_config={"execution_timeout": 900, "retention_period": 1},
        ephemeral_storage={"size": 512},
        publish=True,
        tags={},
        logging_config={
            "log_format": "JSON",
            "log_group": log_group.name,
            "application_log_level": "INFO",
            "system_log_level": "INFO",
        },
        opts=pulumi.ResourceOptions.merge(
            inside[0],
            pulumi.ResourceOptions(
                depends_on=[log_group, role], custom_timeouts=pulumi.CustomTimeouts(delete="60m")
            ),
        ),
    )
    policy = aws.iam.RolePolicy(
        f"{name}-execution",
        role=role.name,
        policy=pulumi.Output.all(function.arn, log_group.arn).apply(lambda arns: permissions(*arns)),
        opts=inside[0],
    )
    settings: dict[str, Any] = {
        "comparison_operator": "GreaterThanThreshold",
        "treat_missing_data": "notBreaching",
        "alarm_actions": [],
        "ok_actions": [],
        "tags": {},
        "opts": inside[0],
    }
    for suffix, metric, text, threshold, periods in (
        ("errors", "Errors", ERRORS, 5, 1),
        ("throttles", "Throttles", THROTTLES, 0, 3),
    ):
        aws.cloudwatch.MetricAlarm(
            f"{name}-{suffix}",
            alarm_description=f"{text}: {name}",
            namespace="AWS/Lambda",
            metric_name=metric,
            dimensions={"FunctionName": function.name},
            statistic="Sum",
            period=300,
            evaluation_periods=periods,
            threshold=threshold,
            **settings,
        )
    queries: list[Any] = [
        *(
            {
                "id": part,
                "metric": {
                    "namespace": "AWS/Lambda",
                    "metric_name": metric,
                    "dimensions": {"FunctionName": function.name},
                    "stat": "Sum",
                    "period": 300,
                },
            }
            for part, metric in (
                ("first", "DurableExecutionFailed"),
                ("second", "DurableExecutionTimedOut"),
            )
        ),
        {
            "id": "total",
            "expression": "FILL(first, 0) + FILL(second, 0)",
            "label": FAILED,
            "return_data": True,
        },
    ]
    aws.cloudwatch.MetricAlarm(
        f"{name}-failed",
        alarm_description=f"{FAILED}: {name}",
        metric_queries=queries,
        evaluation_periods=1,
        threshold=0,
        **settings,
    )
    alias = aws.lambda_.Alias(
        name,
        name="live",
        function_name=function.name,
        function_version=function.version,
        opts=pulumi.ResourceOptions.merge(inside[0], pulumi.ResourceOptions(depends_on=[role, policy])),
    )
    return alias.arn


def components(name: str) -> list[pulumi.ResourceOptions]:
    """Return the options of resources in the outer and the inner component; without components, if all is flat."""
    if not os.environ.get("BENCH_NESTED"):
        return [pulumi.ResourceOptions()]
    outer = pulumi.ComponentResource("bench:index:Outer", name)
    inner = pulumi.ComponentResource("bench:index:Inner", name, opts=pulumi.ResourceOptions(parent=outer))
    outer.register_outputs({})
    inner.register_outputs({})
    return [pulumi.ResourceOptions(parent=outer), pulumi.ResourceOptions(parent=inner)]


def permissions(function_arn: str, log_group_arn: str) -> str:
    """Return the function's permissions."""
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Allow",
            "Action": ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
            "Resource": f"{function_arn}:*",
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{log_group_arn}:*",
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


for number in range(int(os.environ["BENCH_FUNCTIONS"])):
    changed = os.environ.get("BENCH_CHANGED") and not number
    name = f"function-{number}"
    pulumi.export(name, durable_function(name, "changed" if changed else "unchanged"))
