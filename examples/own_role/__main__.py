"""Durable functions with a role that a platform team makes; the components attach nothing to it."""

import json

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, DurableFunctionOptions, register_guard


def platform_role() -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """Make a role as a platform team would; return its ARN, and the resources that must exist before it is used."""
    role = aws.iam.Role(
        "platform",
        assume_role_policy=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "lambda.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )
    # Everything that a durable function needs to run: write its log, checkpoint, and read its state.
    policy = pulumi.Output.format(
        "arn:{}:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy",
        aws.get_partition_output().partition,
    )
    attachment = aws.iam.RolePolicyAttachment("platform-durable", role=role.name, policy_arn=policy)
    return role.arn, [role, attachment]


register_guard()
configured_arn = pulumi.Config().get("roleArn")
role_arn, role_resources = (
    (pulumi.Output.from_input(configured_arn), []) if configured_arn else platform_role()
)

options: DurableFunctionOptions = {
    "retention_days": 7,
    "runtime": "python3.13",
    "code_path": "handler",
    "role_arn": role_arn,
    # Several functions share the role, so none of them may attach policies, or detach them when it is deleted.
    "execution_policy": "none",
}
after_role = pulumi.ResourceOptions(depends_on=role_resources)
daily = DurableFunction(
    "daily",
    {**options, "handler": "report.daily", "execution_timeout_seconds": 3_600},
    after_role,
)
weekly = DurableFunction(
    "weekly",
    {**options, "handler": "report.weekly", "execution_timeout_seconds": 3_600},
    after_role,
)

pulumi.export("daily", daily.outputs())
pulumi.export("weekly", weekly.outputs())
pulumi.export("role_arn", role_arn)
