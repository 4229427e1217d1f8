"""Whom a grant is for: a role, user or group of the deployment's own account, which the right is put into."""

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
"""The arguments that name a grantee in IAM, and what each is."""


class GranteeArgs(TypedDict):
    """Whom a grant is for: exactly one of these, in the function's own account."""

    role_arn: NotRequired[pulumi.Input[str]]
    """A role; the role of another function for a chained invoke."""
    user_arn: NotRequired[pulumi.Input[str]]
    """A user."""
    group_arn: NotRequired[pulumi.Input[str]]
    """A group of users."""


class CheckedGrantee(Args):
    """Whom a grant is for, checked; the right is put into a role, user or group of the deployment's own account."""

    role_arn: rules.RoleArn | None = None
    user_arn: rules.UserArn | None = None
    group_arn: rules.GroupArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find that there is not one grantee, or one of another account."""
        yield from exactly_one(given, PRINCIPALS)
        yield from of_other_accounts(given, "function_arn")

    def attach(
        self,
        grant: pulumi.ComponentResource,
        opts: pulumi.ResourceOptions | None,
        function_arn: pulumi.Input[str],
        document: Callable[[str], iam.Document],
    ) -> None:
        """Put the right into the grantee, as a policy of the grant's own name."""
        name, options = grant.pulumi_resource_name, child_of(grant, opts)
        ((key, arn),) = ((key, arn) for key in PRINCIPALS if (arn := getattr(self, key)) is not None)
        kind = PRINCIPALS[key]
        known = in_this_account(grant, arn, kind)

        def written(both: Sequence[str]) -> str:
            PrincipalArn.parse_for(both[0], kind, both[1])
            return json.dumps(document(both[1]))

        # Not of the function's ARN: while that is unknown, the policy would seem to move to another grantee.
        grantee, policy = principal_name(known, kind), pulumi.Output.all(known, function_arn).apply(written)
        made: pulumi.CustomResource
        match kind:
            case "role":
                made = aws.iam.RolePolicy(name, role=grantee, policy=policy, opts=options)
            case "user":
                made = aws.iam.UserPolicy(name, user=grantee, policy=policy, opts=options)
            case _:
                made = aws.iam.GroupPolicy(name, group=grantee, policy=policy, opts=options)
        the_guard().declare(made)


def of_other_accounts(given: Mapping[str, Any], function: str) -> Iterable[Problem]:
    """Find a grantee of another account than the function's; ARNs that are wrong by themselves are found elsewhere."""
    for key, kind in PRINCIPALS.items():
        arn, target = given.get(key), given.get(function)
        if isinstance(arn, str) and isinstance(target, str):
            try:
                PrincipalArn.parse_for(arn, kind, target)
            except OtherAccountError as error:
                yield Problem(key, error.reason, arn)
            except InvalidArnError:
                continue


def late(component: pulumi.ComponentResource, key: str, message: str) -> InvalidArgsError:
    """Return the error of an argument that was not known when the others were checked, and may be a secret."""
    title = f"{component.pulumi_resource_type.rpartition(':')[2]} {component.pulumi_resource_name!r}"
    return InvalidArgsError(title, [Problem(key, message, given=False)])


def child_of(grant: pulumi.ComponentResource, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Return the options of what a grant makes: guarded, unless it is of a function without a guard."""
    opts = opts or pulumi.ResourceOptions()
    return pulumi.ResourceOptions(
        parent=grant, hooks=hooks_below(opts.parent), deleted_with=opts.deleted_with
    )


def in_this_account(
    component: pulumi.ComponentResource, arn: pulumi.Input[str], kind: str
) -> pulumi.Output[str]:
    """Return the ARN of a role, user or group, as soon as it is known to be of the account that is deployed to.

    A policy is put into one by its name alone, so that for another account's it would go to whoever has that name here.
    The account is that of the component's provider, which a preview knows too.
    """
    here = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=component)).account_id

    def checked(both: Sequence[str]) -> str:
        try:
            PrincipalArn.parse_in(both[0], kind, both[1])
        except InvalidArnError as error:
            raise late(component, f"{kind}_arn", error.reason) from None
        return both[0]

    return pulumi.Output.all(arn, here).apply(checked)


def principal_name(arn: pulumi.Input[str], kind: str) -> pulumi.Output[str]:
    """Return the name in a role's, user's or group's ARN, as soon as the ARN is known."""
    return pulumi.Output.from_input(arn).apply(lambda known: PrincipalArn.parse(known, kind).name)


def policy_of(document: Callable[[str], iam.Document], arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the policy on one ARN as JSON, as soon as the ARN is known."""
    return pulumi.Output.from_input(arn).apply(lambda known: json.dumps(document(known)))
