"""Grants on a durable function: who may invoke it, and who may complete its callbacks.

A grant is a resource of its own, made after both of its ends: so two functions may invoke each other, and a
function itself, without a cycle.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import iam, rules
from components.args import Args, exactly_one
from components.arns import PrincipalArn
from components.errors import Problem


class InvokeGrantArgs(TypedDict):
    """Arguments of InvokeGrant: the target, and exactly one of `role_arn` and `user_arn`."""

    qualified_arn: pulumi.Input[str]
    """The ARN to invoke: of an alias (DurableFunction.alias_arn) or a version."""
    role_arn: NotRequired[pulumi.Input[str]]
    """The role that may invoke; the role of another function for a chained invoke."""
    user_arn: NotRequired[pulumi.Input[str]]
    """The user that may invoke."""
    all_versions: NotRequired[bool]
    """Allow every alias and version of the function. Default: False, this alias or version alone."""


class CallbackGrantArgs(TypedDict):
    """Arguments of CallbackGrant: the function, and exactly one of `role_arn` and `user_arn`."""

    function_arn: pulumi.Input[str]
    """The function whose executions' callbacks may be completed; a qualifier in it makes no difference."""
    role_arn: NotRequired[pulumi.Input[str]]
    """The role that may complete callbacks."""
    user_arn: NotRequired[pulumi.Input[str]]
    """The user that may complete callbacks."""


class _Grantee(Args):
    role_arn: rules.RoleArn | None = None
    user_arn: rules.UserArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        return exactly_one(given, ("role_arn", "user_arn"))

    def attach(self, name: str, policy: pulumi.Output[str], opts: pulumi.ResourceOptions) -> None:
        if self.role_arn is not None:
            aws.iam.RolePolicy(name, role=principal_name(self.role_arn, "role"), policy=policy, opts=opts)
        elif self.user_arn is not None:
            aws.iam.UserPolicy(name, user=principal_name(self.user_arn, "user"), policy=policy, opts=opts)


class _Invoke(_Grantee):
    qualified_arn: rules.QualifiedArn
    all_versions: bool = False


class _Callback(_Grantee):
    function_arn: rules.FunctionArnInput


class InvokeGrant(pulumi.ComponentResource):
    """Lets a role or a user invoke a durable function, by one alias or by all versions.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that was not known before turns out to be no qualified function ARN.
    """

    policy: pulumi.Output[str]
    """The policy document that was attached, as JSON."""

    def __init__(self, name: str, args: InvokeGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        checked = _Invoke.parse(f"InvokeGrant {name!r}", args)
        super().__init__("durable-functions:index:InvokeGrant", name, {}, opts)
        self.policy = _json_of(
            lambda arn: iam.invoke_document(arn, all_versions=checked.all_versions), checked.qualified_arn
        )
        checked.attach(name, self.policy, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"policy": self.policy})


class CallbackGrant(pulumi.ComponentResource):
    """Lets a role or a user complete a durable function's callbacks: success, failure and heartbeat.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that was not known before turns out to be no function ARN.
    """

    policy: pulumi.Output[str]
    """The policy document that was attached, as JSON."""

    def __init__(
        self, name: str, args: CallbackGrantArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = _Callback.parse(f"CallbackGrant {name!r}", args)
        super().__init__("durable-functions:index:CallbackGrant", name, {}, opts)
        self.policy = _json_of(iam.callback_document, checked.function_arn)
        checked.attach(name, self.policy, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"policy": self.policy})


def _json_of(document: Callable[[str], dict[str, Any]], arn: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.from_input(arn).apply(lambda known: json.dumps(document(known)))


def principal_name(arn: pulumi.Input[str], kind: str) -> pulumi.Output[str]:
    """Return the name in a role's or user's ARN, as soon as the ARN is known."""
    return pulumi.Output.from_input(arn).apply(lambda known: PrincipalArn.parse(known, kind).name)
