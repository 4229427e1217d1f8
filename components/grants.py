"""Grants on a durable function: who may invoke it, complete its callbacks, and see or stop its executions.

A grant is a resource of its own, made after both of its ends: so two functions may invoke each other, and a
function itself, without a cycle.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from . import iam, rules
from .args import Args, exactly_one
from .arns import FunctionArn, InvalidArnError, OtherAccountError, PrincipalArn, account_of
from .errors import InvalidArgsError, Problem
from .guard import hooks_below, the_guard

_PRINCIPALS = {"role_arn": "role", "user_arn": "user", "group_arn": "group"}
_OUTSIDERS = ("service", "account_id")
_NO_ACCOUNT = ("s3.amazonaws.com", "s3.amazonaws.com.cn")
"""Services whose ARNs name no account, also where the ARN is not known yet."""
_OWNERLESS = (
    "names no account, and its name alone is anybody's; pass source_account too, the 12 digits of the account that "
    "owns it"
)


class GranteeArgs(TypedDict):
    """Whom a grant is for: exactly one of these, in the function's own account."""

    role_arn: NotRequired[pulumi.Input[str]]
    """A role; the role of another function for a chained invoke."""
    user_arn: NotRequired[pulumi.Input[str]]
    """A user."""
    group_arn: NotRequired[pulumi.Input[str]]
    """A group of users."""


class InvokeGrantArgs(GranteeArgs):
    """Arguments of InvokeGrant: what may be invoked, and exactly one grantee."""

    qualified_arn: pulumi.Input[str]
    """The ARN to invoke: of an alias (DurableFunction.alias_arn) or a version."""
    all_versions: NotRequired[bool]
    """Allow every alias and version of the function. Default: False, this alias or version alone. Not for
    `service` and `account_id`, whose rights lie on one alias or version."""
    by_url: NotRequired[bool]
    """Allow calling the alias's URL too, which an UrlTrigger makes. Default: False. Not for `service` and
    `account_id`."""
    service: NotRequired[str]
    """A service that invokes, such as events.amazonaws.com, with `source_arn` or `source_account` or both."""
    source_arn: NotRequired[pulumi.Input[str]]
    """The rule, schedule or topic that the service acts for; nobody else's can use the right. One that names no
    account, as a bucket's ARN does, needs `source_account` too."""
    source_account: NotRequired[pulumi.Input[str]]
    """The account that the service acts for, 12 digits."""
    account_id: NotRequired[str]
    """Another account, 12 digits, which decides itself who of it invokes. Chained invokes across accounts do not
    exist."""


class CallbackGrantArgs(GranteeArgs):
    """Arguments of CallbackGrant: the function, and exactly one grantee."""

    function_arn: pulumi.Input[str]
    """The function whose executions' callbacks may be completed; a qualifier in it makes no difference."""


class ExecutionGrantArgs(GranteeArgs):
    """Arguments of ExecutionGrant: the function, the access, and exactly one grantee."""

    function_arn: pulumi.Input[str]
    """The function whose executions are meant; a qualifier in it makes no difference."""
    access: str
    """`read`: get an execution and its history, and list them. `operate`: read, and stop. `pause`: pause and
    resume."""


class _Grantee(Args):
    role_arn: rules.RoleArn | None = None
    user_arn: rules.UserArn | None = None
    group_arn: rules.GroupArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        yield from exactly_one(given, _PRINCIPALS)
        yield from _of_other_accounts(given, "function_arn")

    def attach(
        self,
        grant: pulumi.ComponentResource,
        opts: pulumi.ResourceOptions | None,
        function_arn: pulumi.Input[str],
        document: Callable[[str], iam.Document],
    ) -> None:
        """Put the right into the grantee, as a policy of the grant's own name."""
        name, options = grant.pulumi_resource_name, child_of(grant, opts)
        ((key, arn),) = ((key, arn) for key in _PRINCIPALS if (arn := getattr(self, key)) is not None)
        kind = _PRINCIPALS[key]
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


def _of_other_accounts(given: Mapping[str, Any], function: str) -> Iterable[Problem]:
    """Find a grantee of another account than the function's; ARNs that are wrong by themselves are found elsewhere."""
    for key, kind in _PRINCIPALS.items():
        arn, target = given.get(key), given.get(function)
        if isinstance(arn, str) and isinstance(target, str):
            try:
                PrincipalArn.parse_for(arn, kind, target)
            except OtherAccountError as error:
                yield Problem(key, error.reason, arn)
            except InvalidArnError:
                continue


class _Invoke(_Grantee):
    qualified_arn: rules.QualifiedArn
    all_versions: bool = False
    by_url: bool = False
    service: rules.ServicePrincipal | None = None
    source_arn: rules.ArnInput | None = None
    source_account: rules.AccountInput | None = None
    account_id: rules.AccountId | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        yield from exactly_one(given, (*_PRINCIPALS, *_OUTSIDERS))
        yield from _of_other_accounts(given, "qualified_arn")
        if "service" in given and not {"source_arn", "source_account"} & set(given):
            yield Problem(
                "service",
                "needs source_arn or source_account: without, anybody's resources in that service may invoke",
                given["service"],
            )
        yield from _open_to_strangers(given)
        for key in ("source_arn", "source_account"):
            if key in given and "service" not in given:
                yield Problem(key, "says whom a service acts for; pass service too", given[key])
        if any(key in given for key in _OUTSIDERS):
            for key, why in (
                ("all_versions", "the right lies on one alias or version"),
                ("by_url", "URLs are for roles, users and groups"),
            ):
                if given.get(key):
                    yield Problem(key, f"is not possible here: {why}", True)


def _open_to_strangers(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find a service that may act for what others own, and two accounts of which both can never be meant.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html: a source's ARN that names no account does not
    do, since others own buckets too, and a name is free again when its bucket is deleted.
    """
    source, account = given.get("source_arn"), given.get("source_account")
    if "service" not in given or source is None or (isinstance(source, str) and source[:4] != "arn:"):
        return
    if account is None and (
        given["service"] in _NO_ACCOUNT or (isinstance(source, str) and not account_of(source))
    ):
        yield Problem(
            "source_arn",
            _OWNERLESS,
            source,
            given=isinstance(source, str),
        )
    elif isinstance(source, str) and isinstance(account, str) and account_of(source) not in {None, account}:
        yield Problem(
            "source_account",
            f"is not the account in source_arn, {account_of(source)}: nothing could invoke",
            account,
        )


def _late(component: pulumi.ComponentResource, key: str, message: str) -> InvalidArgsError:
    """Return the error of an argument that was not known when the others were checked, and may be a secret."""
    title = f"{component.pulumi_resource_type.rpartition(':')[2]} {component.pulumi_resource_name!r}"
    return InvalidArgsError(title, [Problem(key, message, given=False)])


def _owned(
    component: pulumi.ComponentResource, source: pulumi.Input[str] | None
) -> pulumi.Output[str] | None:
    """Return a source's ARN as soon as it is known to name an account; what is known before has been checked."""

    def checked(arn: str) -> str:
        if account_of(arn) is None:
            raise _late(component, "source_arn", _OWNERLESS)
        return arn

    return None if source is None else pulumi.Output.from_input(source).apply(checked)


class _Callback(_Grantee):
    function_arn: rules.FunctionArnInput


class _Execution(_Grantee):
    function_arn: rules.FunctionArnInput
    access: rules.Access


class InvokeGrant(pulumi.ComponentResource):
    """Lets a role, user or group invoke a durable function, or a service or account by its resource policy.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that was not known before turns out to be no qualified function ARN.
    """

    def __init__(self, name: str, args: InvokeGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        checked = _Invoke.parse_named("InvokeGrant", name, args)
        super().__init__("durable-functions:index:InvokeGrant", name, {}, opts)
        if checked.service or checked.account_id:
            target = pulumi.Output.from_input(checked.qualified_arn).apply(FunctionArn.parse_qualified)
            aws.lambda_.Permission(
                name,
                action="lambda:InvokeFunction",
                function=target.apply(lambda known: known.unqualified),
                qualifier=target.apply(lambda known: known.qualifier),
                principal=checked.service or checked.account_id or "",
                source_arn=_owned(self, checked.source_arn)
                if checked.source_account is None
                else checked.source_arn,
                source_account=checked.source_account,
                opts=pulumi.ResourceOptions(parent=self),
            )
        else:
            checked.attach(
                self,
                opts,
                checked.qualified_arn,
                lambda arn: iam.invoke_document(
                    arn, all_versions=checked.all_versions, by_url=checked.by_url
                ),
            )
        self.register_outputs({})


class CallbackGrant(pulumi.ComponentResource):
    """Lets a role, user or group complete a durable function's callbacks: success, failure and heartbeat.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that was not known before turns out to be no function ARN.
    """

    def __init__(
        self, name: str, args: CallbackGrantArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = _Callback.parse_named("CallbackGrant", name, args)
        super().__init__("durable-functions:index:CallbackGrant", name, {}, opts)
        checked.attach(self, opts, checked.function_arn, iam.callback_document)
        self.register_outputs({})


class ExecutionGrant(pulumi.ComponentResource):
    """Lets a role, user or group read, operate or pause a durable function's executions.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that was not known before turns out to be no function ARN.
    """

    def __init__(
        self, name: str, args: ExecutionGrantArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = _Execution.parse_named("ExecutionGrant", name, args)
        super().__init__("durable-functions:index:ExecutionGrant", name, {}, opts)
        checked.attach(self, opts, checked.function_arn, lambda arn: iam.access_document(arn, checked.access))
        self.register_outputs({})


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
            raise _late(component, f"{kind}_arn", error.reason) from None
        return both[0]

    return pulumi.Output.all(arn, here).apply(checked)


def principal_name(arn: pulumi.Input[str], kind: str) -> pulumi.Output[str]:
    """Return the name in a role's, user's or group's ARN, as soon as the ARN is known."""
    return pulumi.Output.from_input(arn).apply(lambda known: PrincipalArn.parse(known, kind).name)


def policy_of(document: Callable[[str], iam.Document], arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the policy on one ARN as JSON, as soon as the ARN is known."""
    return pulumi.Output.from_input(arn).apply(lambda known: json.dumps(document(known)))
