"""The execution role of a durable function, and what any role needs to be one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from . import iam
from .checks import rules
from .checks.args import Args
from .checks.wide_rights import warn_of_policies, warn_of_statements
from .guard import hooks_below, is_guarded, the_guard


class RoleStatement(TypedDict):
    """A right of the handler's own, beside what a durable function needs to run."""

    actions: list[str]
    """What is allowed, such as dynamodb:PutItem; `*` for everything, which is warned of."""
    resources: list[pulumi.Input[str]]
    """ARNs of what it is allowed on; `*` only for actions that take no other."""
    condition: NotRequired[dict[str, dict[str, Any]]]
    """When it is allowed, in IAM's words: {operator: {key: value}}, where a value may be a list of them, and hold
    outputs. Default: always."""
    effect: NotRequired[rules.StatementEffect]
    """Allow, or Deny for what no other policy shall allow. Default: Allow."""


class DurableExecutionRoleArgs(TypedDict):
    """Arguments of DurableExecutionRole; all may be left out."""

    managed_policies: NotRequired[list[str]]
    """AWS managed policies to attach, by name and path without the ARN's beginning, such as
    AWSXRayDaemonWriteAccess. Default: service-role/AWSLambdaBasicDurableExecutionRolePolicy, with which a durable
    function can run."""
    managed_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """More managed policies to attach, AWS's or your own, by their ARNs. An attachment is named after the policy, and one
    whose ARN is an output after its place in the list: add new ones at the end. Default: none."""
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
    condition: dict[str, dict[str, rules.ConditionValue]] | None = None
    effect: rules.StatementEffect = "Allow"


@dataclass(frozen=True)
class ExecutionRole:
    """A role as rights are given to it, each guarded: none is taken from it while executions need it.

    Args:
        name: the role's name.
        made: the role itself, where this program has made it. Rights are then left in it when it is deleted, and go
            with it: so they outlive the function, whatever the order of the deletions. From a role of the author's own
            they are taken when the function goes.
    """

    name: pulumi.Output[str]
    made: aws.iam.Role | None = None

    def put(
        self, parent: pulumi.Resource, name: str, policy: pulumi.Input[str], **more: Any
    ) -> aws.iam.RolePolicy:
        """Put a policy into the role; `more` are further options of the resource."""
        right = aws.iam.RolePolicy(name, role=self.name, policy=policy, opts=self._opts(parent, **more))
        the_guard().declare(right)
        return right

    def attach(
        self, parent: pulumi.Resource, name: str, policies: Sequence[str], arns: Sequence[pulumi.Input[str]]
    ) -> list[pulumi.Resource]:
        """Attach managed policies: AWS's by name, in the partition of the parent's provider, and any by their ARNs."""
        warn_of_policies(parent, "managed_policies", policies)
        warn_of_policies(parent, "managed_policy_arns", [each for each in arns if isinstance(each, str)])
        wanted: dict[str, pulumi.Input[str]] = {}
        if policies:
            partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent)).partition
            for policy in policies:
                wanted[_last(policy)] = partition.apply(partial(iam.managed_policy_arn, policy))
        for place, arn in enumerate(arns):
            known = _last(arn) if isinstance(arn, str) else None
            # An account's policy may be called as one of AWS's is.
            wanted[known if known and known not in wanted else f"policy-{place}"] = arn
        attached = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{policy}", role=self.name, policy_arn=arn, opts=self._opts(parent)
            )
            for policy, arn in wanted.items()
        ]
        the_guard().declare(*attached)
        return [*attached]

    def put_statements(
        self, parent: pulumi.Resource, name: str, statements: Sequence[CheckedStatement]
    ) -> list[pulumi.Resource]:
        """Put statements into the role, as one policy."""
        if not statements:
            return []
        key = "statements" if isinstance(parent, DurableExecutionRole) else "role_statements"
        warn_of_statements(parent, key, statements)
        policy = pulumi.Output.json_dumps(
            iam.document(
                *(
                    iam.statement(each.actions, each.resources, each.condition, each.effect)
                    for each in statements
                )
            )
        )
        return [self.put(parent, f"{name}-statements", policy)]

    def _opts(self, parent: pulumi.Resource, **more: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=parent, hooks=hooks_below(parent), deleted_with=self.made, **more
        )


def _last(policy: str) -> str:
    return policy.rpartition("/")[2]


class _Role(Args):
    managed_policies: list[rules.ManagedPolicy] = [iam.EXECUTION_POLICY]  # noqa: RUF012 - pydantic copies it
    managed_policy_arns: list[rules.ManagedPolicyArn] = Field(default_factory=list)
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
        self.guarded = is_guarded(opts.parent if opts else None)

        role = aws.iam.Role(
            name,
            path=checked.path,
            assume_role_policy=json.dumps(iam.lambda_trust_policy()),
            permissions_boundary=checked.permissions_boundary_arn,
            # What is in it goes with it, after the function that needs it; see ExecutionRole.
            force_detach_policies=True,
            tags=checked.tags,
            opts=pulumi.ResourceOptions(parent=self, hooks=hooks_below(self)),
        )
        the_guard().declare(role)
        self.role = ExecutionRole(role.name, role)
        self.role.attach(self, name, checked.managed_policies, checked.managed_policy_arns)
        self.role.put_statements(self, name, checked.statements)

        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})
