"""The grantee: a role, user or group in the deployment's own account, which gets the permissions as an inline policy."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..checks.args import Args, exactly_one
from ..checks.arns import InvalidArnError, OtherAccountError, PrincipalArn
from ..checks.errors import InvalidArgsError, Problem
from ..guard import hooks_below, the_guard

PRINCIPALS = {"role_arn": "role", "user_arn": "user", "group_arn": "group"}
"""The arguments that name a grantee in IAM, and its kind."""


class GranteeArgs(TypedDict):
    """The grantee: exactly one of these, in the function's own account."""

    role_arn: NotRequired[pulumi.Input[str]]
    """A role; for a chained invoke, the role of the calling function."""
    user_arn: NotRequired[pulumi.Input[str]]
    """A user."""
    group_arn: NotRequired[pulumi.Input[str]]
    """A user group."""


class CheckedGrantee(Args):
    """The grantee, checked."""

    role_arn: rules.RoleArn | None = None
    user_arn: rules.UserArn | None = None
    group_arn: rules.GroupArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find a missing or second grantee, or one in another account."""
        yield from exactly_one(given, PRINCIPALS)
        yield from account_mismatches(given, "function_arn")

    def attach(
        self,
        grant: pulumi.ComponentResource,
        opts: pulumi.ResourceOptions | None,
        function_arn: pulumi.Input[str],
        document: Callable[[str], iam.Document],
    ) -> None:
        """Put the permissions into the grantee, as an inline policy with the grant's name."""
        name, options = grant.pulumi_resource_name, child_of(grant, opts)
        ((key, arn),) = ((key, arn) for key in PRINCIPALS if (arn := getattr(self, key)) is not None)
        kind = PRINCIPALS[key]
        checked_arn = in_this_account(grant, arn, kind)

        def policy_json(arns: Sequence[str]) -> str:
            PrincipalArn.parse_for(arns[0], kind, arns[1])
            return json.dumps(document(arns[1]))

        # Not made from the function's ARN: while that is unknown, the policy would seem to move to another grantee.
        grantee = principal_name(checked_arn, kind)
        policy = pulumi.Output.all(checked_arn, function_arn).apply(policy_json)
        resource: pulumi.CustomResource
        match kind:
            case "role":
                resource = aws.iam.RolePolicy(name, role=grantee, policy=policy, opts=options)
            case "user":
                resource = aws.iam.UserPolicy(name, user=grantee, policy=policy, opts=options)
            case _:
                resource = aws.iam.GroupPolicy(name, group=grantee, policy=policy, opts=options)
        the_guard().declare(resource)


def account_mismatches(given: Mapping[str, Any], function: str) -> Iterable[Problem]:
    """Find a grantee in another account than the function's; the rules find ARNs that are invalid by themselves."""
    for key, kind in PRINCIPALS.items():
        arn, target = given.get(key), given.get(function)
        if isinstance(arn, str) and isinstance(target, str):
            try:
                PrincipalArn.parse_for(arn, kind, target)
            except OtherAccountError as error:
                yield Problem(key, error.reason, arn)
            except InvalidArnError:
                continue


def output_error(component: pulumi.ComponentResource, key: str, message: str) -> InvalidArgsError:
    """Return the error for an output that turns out to be invalid during the deployment; it may be a secret."""
    title = f"{component.pulumi_resource_type.rpartition(':')[2]} {component.pulumi_resource_name!r}"
    return InvalidArgsError(title, [Problem(key, message, given=False)])


def child_of(grant: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return the options of what a grant makes: guarded, unless the function's guard is turned off."""
    opts = opts or pulumi.ResourceOptions()
    return pulumi.ResourceOptions(
        parent=grant, hooks=hooks_below(opts.parent), deleted_with=opts.deleted_with
    )


def in_this_account(
    component: pulumi.ComponentResource, arn: pulumi.Input[str], kind: str
) -> pulumi.Output[str]:
    """Return the ARN of a role, user or group, checked to be in the account that is deployed to.

    A policy is attached to a principal by its name only. So for one in another account, it would be attached to the one
    that has the same name here. The account is that of the component's provider, which a preview knows too.
    """
    own_account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=component)).account_id

    def checked(values: Sequence[str]) -> str:
        try:
            PrincipalArn.parse_in(values[0], kind, values[1])
        except InvalidArnError as error:
            raise output_error(component, f"{kind}_arn", error.reason) from None
        return values[0]

    return pulumi.Output.all(arn, own_account).apply(checked)


def principal_name(arn: pulumi.Input[str], kind: str) -> pulumi.Output[str]:
    """Return the name in the ARN of a role, user or group."""
    return pulumi.Output.from_input(arn).apply(lambda value: PrincipalArn.parse(value, kind).name)


def policy_of(document: Callable[[str], iam.Document], arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the policy for one ARN as JSON."""
    return pulumi.Output.from_input(arn).apply(lambda value: json.dumps(document(value)))
