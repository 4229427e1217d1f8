"""The execution role of a function, and the policies that a role of your own needs to be one."""

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
from .checks.broad_permissions import warn_of_policies, warn_of_statements
from .checks.component import Component
from .guard import hooks_below, is_guarded, the_guard

MAX_KEPT_CHARACTERS = 2_500
"""The longest policy that is in a role twice: all inline policies of a role together may have 10,240 characters.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


class RoleStatement(TypedDict):
    """A permission of the handler, besides what a durable function needs to run."""

    actions: list[str]
    """The actions, such as dynamodb:PutItem; `*` for everything, which causes a warning."""
    resources: list[pulumi.Input[str]]
    """The ARNs on which they are allowed; `*` only for actions that support nothing else."""
    condition: NotRequired[dict[str, dict[str, Any]]]
    """When they are allowed, as IAM writes it: {operator: {key: value}}. A value may be a list, and contain outputs.
    Default: always."""
    effect: NotRequired[rules.StatementEffect]
    """Allow, or Deny for what no other policy may allow. Default: Allow."""


class DurableExecutionRoleArgs(TypedDict):
    """Arguments of DurableExecutionRole; all are optional."""

    managed_policies: NotRequired[list[str]]
    """AWS managed policies to attach, by path and name without the ARN's prefix, such as AWSXRayDaemonWriteAccess.
    Default: service-role/AWSLambdaBasicDurableExecutionRolePolicy, with which a durable function can run."""
    managed_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """More managed policies to attach, AWS's or your own, by their ARNs. An attachment is named after the policy; if the
    ARN is an output, after its position in the list, so add new ones at the end. Default: none."""
    statements: NotRequired[list[RoleStatement]]
    """What else the handler may do, as an inline policy. Default: nothing."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """A permissions boundary: a policy that limits what the role can ever be allowed. Default: none."""
    path: NotRequired[str]
    """The role's path, such as /service/. Default: /."""
    tags: NotRequired[dict[str, str]]
    """Tags of the role, besides the provider's default tags. Default: none."""


class CheckedStatement(Args):
    """A statement, checked."""

    actions: Annotated[list[rules.Action], Field(min_length=1)]
    resources: rules.StatementResources
    condition: dict[str, dict[str, rules.ConditionValue]] | None = None
    effect: rules.StatementEffect = "Allow"


@dataclass(frozen=True)
class ExecutionRole:
    """A role, with methods that attach policies. Each policy is guarded: it is not deleted while executions need it.

    Args:
        name: the role's name.
        resource: the role itself, if this program makes it. Its policies are then deleted with it. So they outlive the
            function, whatever the order of the deletions. From a role of the author's own, they are removed when the
            function is deleted.
    """

    name: pulumi.Output[str]
    resource: aws.iam.Role | None = None

    def put_policy(
        self, parent: pulumi.Resource, name: str, policy: pulumi.Input[str], **options: Any
    ) -> aws.iam.RolePolicy:
        """Put an inline policy into the role; `options` are further options of the resource."""
        resource = aws.iam.RolePolicy(name, role=self.name, policy=policy, opts=self._opts(parent, **options))
        the_guard().declare(resource)
        return resource

    def attach(
        self, parent: pulumi.Resource, name: str, policies: Sequence[str], arns: Sequence[pulumi.Input[str]]
    ) -> list[pulumi.Resource]:
        """Attach managed policies: AWS's by name, in the partition of the parent's provider; all others by their ARNs."""
        warn_of_policies(parent, "managed_policies", policies)
        warn_of_policies(parent, "managed_policy_arns", [each for each in arns if isinstance(each, str)])
        policy_arns: dict[str, pulumi.Input[str]] = {}
        if policies:
            partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(parent=parent)).partition
            for policy in policies:
                policy_arns[_last(policy)] = partition.apply(partial(iam.managed_policy_arn, policy))
        for position, arn in enumerate(arns):
            suffix = _last(arn) if isinstance(arn, str) else None
            # An account's policy may have the same name as an AWS managed policy.
            policy_arns[suffix if suffix and suffix not in policy_arns else f"policy-{position}"] = arn
        attached = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{suffix}", role=self.name, policy_arn=arn, opts=self._opts(parent)
            )
            for suffix, arn in policy_arns.items()
        ]
        the_guard().declare(*attached)
        return [*attached]

    def put_statements(
        self, parent: pulumi.Resource, name: str, statements: Sequence[CheckedStatement]
    ) -> list[pulumi.Resource]:
        """Put statements into the role, as one inline policy."""
        if not statements:
            return []
        key = "statements" if isinstance(parent, DurableExecutionRole) else "role_statements"
        warn_of_statements(parent, key, statements)
        policy = pulumi.Output.json_dumps(_document(statements))
        return [self.put_policy(parent, f"{name}-statements", policy)]

    def keep_statements(
        self,
        parent: pulumi.Resource,
        name: str,
        statements: Sequence[CheckedStatement],
        aliases: Sequence[pulumi.Resource],
    ) -> None:
        """Put what the statements allow into the role once more, as a policy that changes after the aliases.

        The engine changes what the function depends on before the function and its aliases. So an added permission is
        there before a version needs it, but a removed one would be gone while new executions still start on a version
        that needs it. It is still in this policy then, which is changed last.
        """
        document = _document([each for each in statements if each.effect == "Allow"])
        if document["Statement"] and _length(document) <= MAX_KEPT_CHARACTERS:
            policy = pulumi.Output.json_dumps(document)
            self.put_policy(parent, f"{name}-statements-kept", policy, depends_on=aliases)

    def _opts(self, parent: pulumi.Resource, **options: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=parent, hooks=hooks_below(parent), deleted_with=self.resource, **options
        )


def _document(statements: Sequence[CheckedStatement]) -> iam.Document:
    return iam.document(
        *(iam.statement(each.actions, each.resources, each.condition, each.effect) for each in statements)
    )


def _length(document: iam.Document) -> int:
    """Return about how many characters a document has: an output, such as an ARN, counts as 100."""
    return len(json.dumps(document, default=lambda _: " " * 100))


def _last(policy: str) -> str:
    return policy.rpartition("/")[2]


def make_role(
    parent: pulumi.Resource,
    name: str,
    path: str,
    permissions_boundary_arn: pulumi.Input[str] | None,
    tags: dict[str, str],
) -> aws.iam.Role:
    """Make a role that Lambda assumes, guarded, without any policy."""
    role = aws.iam.Role(
        name,
        path=path,
        assume_role_policy=json.dumps(iam.lambda_trust_policy()),
        permissions_boundary=permissions_boundary_arn,
        # Its policies are deleted with it, after the function that needs them; see ExecutionRole.
        force_detach_policies=True,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, hooks=hooks_below(parent)),
    )
    the_guard().declare(role)
    return role


class _Role(Args):
    managed_policies: list[rules.ManagedPolicy] = [iam.EXECUTION_POLICY]  # noqa: RUF012 - pydantic copies it
    managed_policy_arns: list[rules.ManagedPolicyArn] = Field(default_factory=list)
    statements: list[CheckedStatement] = Field(default_factory=list)
    permissions_boundary_arn: rules.TextInput | None = None
    path: rules.RolePath = "/"
    tags: rules.Tags = Field(default_factory=dict)


class DurableExecutionRole(Component):
    """A role that Lambda assumes to run a durable function: it may checkpoint, and write logs.

    It has only its managed policies until you grant it more: pass `role_arn` to a grant, or `role_name` to a policy of
    your own.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    role_arn: pulumi.Output[str]
    """The role's ARN."""
    role_name: pulumi.Output[str]
    """The role's name, to attach further policies."""

    def __init__(
        self, name: str, args: DurableExecutionRoleArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `DurableExecutionRoleArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Role.parse_named("DurableExecutionRole", name, args)
        super().__init__("durable-functions:index:DurableExecutionRole", name, {}, opts)
        self.guarded = is_guarded(opts.parent if opts else None)

        role = make_role(self, name, checked.path, checked.permissions_boundary_arn, checked.tags)
        self.role = ExecutionRole(role.name, role)
        self.role.attach(self, name, checked.managed_policies, checked.managed_policy_arns)
        self.role.put_statements(self, name, checked.statements)

        self.role_arn = role.arn
        self.role_name = role.name
        self.register_outputs({"role_arn": self.role_arn, "role_name": self.role_name})
