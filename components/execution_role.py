"""The execution role of a durable function."""

import json
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components import iam, rules
from components.args import Args


class DurableExecutionRoleArgs(TypedDict):
    """Arguments of DurableExecutionRole; all may be left out."""

    tags: NotRequired[dict[str, str]]
    """Tags of the role, beside the provider's default tags. Default: none."""


class _Role(Args):
    tags: rules.Tags = Field(default_factory=dict)


class DurableExecutionRole(pulumi.ComponentResource):
    """A role that Lambda assumes to run a durable function: it may checkpoint, and write logs.

    It carries AWS's managed policy AWSLambdaBasicDurableExecutionRolePolicy and nothing else until it is
    granted more: pass `role_arn` to an InvokeGrant or a CallbackGrant, `role_name` to a policy of your own.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
    """

    role_arn: pulumi.Output[str]
    """The role's ARN."""
    role_name: pulumi.Output[str]
    """The role's name, to attach further policies to."""

    def __init__(
        self, name: str, args: DurableExecutionRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = _Role.parse(f"DurableExecutionRole {name!r}", args)
        super().__init__("durable-functions:index:DurableExecutionRole", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        role = aws.iam.Role(
            name, assume_role_policy=json.dumps(iam.lambda_trust_policy()), tags=checked.tags, opts=child
        )
        partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=self)).partition
        aws.iam.RolePolicyAttachment(
            f"{name}-durable",
            role=role.name,
            policy_arn=partition.apply(iam.managed_policy_arn),
            opts=child,
        )

        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})
