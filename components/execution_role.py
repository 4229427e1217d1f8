"""The execution role of a durable function, and what any role needs to be one."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from . import iam, rules
from .args import Args
from .wide_rights import warn_of_policies, warn_of_statements


class RoleStatement(TypedDict):
    """A right of the handler's own, beside what a durable function needs to run."""

    actions: list[str]
    """What is allowed, such as dynamodb:PutItem."""
    resources: list[pulumi.Input[str]]
    """ARNs of what it is allowed on; `*` only for actions that take no other."""
    condition: NotRequired[dict[str, dict[str, str]]]
    """When it is allowed, in IAM's words: {operator: {key: value}}. Default: always."""


class DurableExecutionRoleArgs(TypedDict):
    """Arguments of DurableExecutionRole; all may be left out."""

    managed_policies: NotRequired[list[str]]
    """AWS managed policies to attach, by name and path without the ARN's beginning, such as
    AWSXRayDaemonWriteAccess. Default: service-role/AWSLambdaBasicDurableExecutionRolePolicy, with which a durable
    function can run."""
    statements: NotRequired[list[RoleStatement]]
    """What the handler may do beyond that, as a policy inside the role. Default: nothing."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """A policy that bounds what the role can ever be allowed. Default: none."""
    path: NotRequired[str]
    """The role's path, such as /service/. Default: /."""
    tags: NotRequired[dict[str, str]]
    """Tags of the role, beside the provider's default tags. Default: none."""


class CheckedStatement(Args):
    """A statement as it is attached."""

    actions: Annotated[list[rules.Action], Field(min_length=1)]
    resources: rules.StatementResources
    condition: dict[str, dict[str, str]] | None = None


class _Role(Args):
    managed_policies: list[rules.ManagedPolicy] = [iam.EXECUTION_POLICY]  # noqa: RUF012 - pydantic copies it
    statements: list[CheckedStatement] = Field(default_factory=list)
    permissions_boundary_arn: rules.TextInput | None = None
    path: rules.RolePath = "/"
    tags: rules.Tags = Field(default_factory=dict)


class DurableExecutionRole(pulumi.ComponentResource):
    """A role that Lambda assumes to run a durable function: it may checkpoint, and write logs.

    It carries its managed policies and nothing else until it is granted more: pass `role_arn` to a grant,
    `role_name` to a policy of your own.

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
        checked = _Role.parse_named("DurableExecutionRole", name, args)
        super().__init__("durable-functions:index:DurableExecutionRole", name, {}, opts)

        role = aws.iam.Role(
            name,
            path=checked.path,
            assume_role_policy=json.dumps(iam.lambda_trust_policy()),
            permissions_boundary=checked.permissions_boundary_arn,
            tags=checked.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        attach_managed_policies(self, name, role.name, checked.managed_policies)
        attach_statements(self, name, role.name, checked.statements)

        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})


def attach_managed_policies(
    parent: pulumi.Resource, name: str, role_name: pulumi.Input[str], policies: Sequence[str]
) -> list[pulumi.Resource]:
    """Attach AWS managed policies to a role, in the partition of the parent's provider."""
    if not policies:
        return []
    warn_of_policies(parent, "managed_policies", policies)
    partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent)).partition
    return [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}",
            role=role_name,
            policy_arn=partition.apply(partial(iam.managed_policy_arn, policy)),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for policy in policies
    ]


def attach_statements(
    parent: pulumi.Resource,
    name: str,
    role_name: pulumi.Input[str],
    statements: Sequence[CheckedStatement],
) -> list[pulumi.Resource]:
    """Put statements into a role, as one policy."""
    if not statements:
        return []
    key = "statements" if isinstance(parent, DurableExecutionRole) else "role_statements"
    warn_of_statements(parent, key, statements)
    resources = pulumi.Output.all(*(pulumi.Output.all(*each.resources) for each in statements))
    policy = resources.apply(
        lambda known: json.dumps(
            iam.document(
                *(
                    iam.statement(each.actions, list(arns), each.condition)
                    for each, arns in zip(statements, known, strict=True)
                )
            )
        )
    )
    opts = pulumi.ResourceOptions(parent=parent)
    return [aws.iam.RolePolicy(f"{name}-statements", role=role_name, policy=policy, opts=opts)]
