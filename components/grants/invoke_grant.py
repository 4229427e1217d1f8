"""The permission to invoke a function: in a role, user or group, or in the function's own resource policy."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..checks.args import exactly_one
from ..checks.arns import FunctionArn, account_of
from ..checks.component import Component
from ..checks.errors import Problem
from ..checks.origins import known_value, origin_of
from .grantee import PRINCIPALS, CheckedGrantee, GranteeArgs, account_mismatches, output_error

_TARGETS = ("qualified_arn", "function_arn")
_RESOURCE_POLICY_PRINCIPALS = ("service", "account_id", "principal_arn", "organization_id")
_SERVICE_CONDITIONS = ("source_arn", "source_account", "event_source_token")
_SERVICES_WITHOUT_ACCOUNT = ("s3.amazonaws.com", "s3.amazonaws.com.cn")
"""Services whose ARNs never contain an account, so that this is known before the ARN is."""
_NO_ACCOUNT_IN_SOURCE = (
    "contains no account ID, so a resource of that name may belong to somebody else; also pass source_account, the ID of "
    "the account that owns it"
)


class InvokeGrantArgs(GranteeArgs):
    """Arguments of InvokeGrant: what may be invoked, and exactly one grantee."""

    qualified_arn: NotRequired[pulumi.Input[str]]
    """The ARN of an alias (alias_arn of a DurableFunction or StandardFunction) or version; or the `arn` of an
    aws.lambda_.Function of the same Python program that is not durable. Exactly one of this and `function_arn` is required."""
    function_arn: NotRequired[pulumi.Input[str]]
    """The bare ARN of a function that is not durable, which a workflow may also invoke (`context.invoke`). Not for a durable
    function: it is never invoked by its bare ARN, so the permission would match nothing."""
    all_versions: NotRequired[bool]
    """Allow every alias and version of the function. Default: False, only this ARN. Not with `service`, `account_id`,
    `principal_arn` or `organization_id`, whose permission is always on one ARN."""
    by_url: NotRequired[bool]
    """Also allow calling the alias's URL, which a UrlTrigger makes. Default: False. Only for roles, users and groups in
    the function's own account."""
    service: NotRequired[str]
    """A service that may invoke, such as events.amazonaws.com, with `source_arn`, `source_account` or both; or
    alexa-appkit.amazon.com with `event_source_token`."""
    source_arn: NotRequired[pulumi.Input[str]]
    """The rule, schedule or topic on whose behalf the service may invoke. An ARN without an account ID, such as a
    bucket's, also needs `source_account`."""
    source_account: NotRequired[pulumi.Input[str]]
    """The ID of the account on whose behalf the service may invoke, 12 digits."""
    event_source_token: NotRequired[pulumi.Input[str]]
    """The ID of the skill on whose behalf Alexa may invoke."""
    account_id: NotRequired[str]
    """The ID of another account, 12 digits, which decides itself which of its principals may invoke. Chained invokes
    across accounts are not supported."""
    principal_arn: NotRequired[pulumi.Input[str]]
    """A role or user in another account, which also needs the permission in that account."""
    organization_id: NotRequired[str]
    """The ID of an organization, such as o-a1b2c3d4e5: each of its accounts decides itself which of its principals may
    invoke."""


class _Invoke(CheckedGrantee):
    qualified_arn: rules.QualifiedArn | None = None
    function_arn: rules.BareFunctionArn | None = None
    all_versions: bool = False
    by_url: bool = False
    service: rules.ServicePrincipal | None = None
    source_arn: rules.ArnInput | None = None
    source_account: rules.AccountInput | None = None
    event_source_token: rules.TextInput | None = None
    account_id: rules.AccountId | None = None
    principal_arn: rules.PrincipalArnInput | None = None
    organization_id: rules.OrganizationId | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        yield from exactly_one(given, _TARGETS)
        yield from exactly_one(given, (*PRINCIPALS, *_RESOURCE_POLICY_PRINCIPALS))
        for target in _TARGETS:
            yield from account_mismatches(given, target)
        if "service" in given and not {*_SERVICE_CONDITIONS} & set(given):
            yield Problem(
                "service",
                "needs source_arn or source_account: without one, anybody's resources in that service could invoke",
                given["service"],
            )
        yield from _confused_deputies(given)
        for key in _SERVICE_CONDITIONS:
            if key in given and "service" not in given:
                yield Problem(key, "only applies to a service; pass service too", given[key])
        if any(key in given for key in _RESOURCE_POLICY_PRINCIPALS):
            for key, why in (
                ("all_versions", "this permission is always on one ARN"),
                ("by_url", "only roles, users and groups can call URLs"),
            ):
                if given.get(key):
                    yield Problem(key, f"is not possible here: {why}", True)

    @property
    def target(self) -> pulumi.Input[str]:
        """The ARN that may be invoked."""
        return self.function_arn or self.qualified_arn or ""

    @property
    def principal(self) -> pulumi.Input[str] | None:
        """The principal in the function's resource policy; None for grantees in IAM."""
        return (
            self.service or self.account_id or self.principal_arn or ("*" if self.organization_id else None)
        )

    def checked_target(self) -> pulumi.Output[str]:
        """Return the ARN that may be invoked, checked: qualified, or bare if the function is known not to be durable."""

        def checked(values: Sequence[Any]) -> str:
            arn, is_standard = values
            if self.function_arn is not None:
                FunctionArn.parse_bare(arn)
            elif not is_standard:
                FunctionArn.parse_qualified(arn)
            return str(arn)

        return pulumi.Output.all(self.target, _is_standard(self.target)).apply(checked)

    def document(self, arn: str) -> iam.Document:
        """Return the permission in IAM to invoke a checked target."""
        standard = FunctionArn.parse(arn).qualifier is None
        return iam.invoke_document(arn, all_versions=self.all_versions, by_url=self.by_url, standard=standard)


async def _is_standard(arn: pulumi.Input[str]) -> bool:
    """Tell whether an ARN is that of a function of this program which is not durable."""
    function = await origin_of(arn, aws.lambda_.Function)
    # A preview knows the property of a durable function, and takes one that is left out for unknown.
    return function is not None and not await known_value(function.durable_config)


def _confused_deputies(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find a service that could invoke on behalf of somebody else, and two accounts that exclude each other.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html: an ARN without an account is not enough. Once a
    bucket is deleted, somebody else may create one with its name.
    """
    source, account = given.get("source_arn"), given.get("source_account")
    if "service" not in given or source is None or (isinstance(source, str) and source[:4] != "arn:"):
        return
    if account is None and (
        given["service"] in _SERVICES_WITHOUT_ACCOUNT or (isinstance(source, str) and not account_of(source))
    ):
        yield Problem(
            "source_arn",
            _NO_ACCOUNT_IN_SOURCE,
            source,
            given=isinstance(source, str),
        )
    elif isinstance(source, str) and isinstance(account, str) and account_of(source) not in {None, account}:
        yield Problem(
            "source_account",
            f"is not the account in source_arn, {account_of(source)}: nothing could invoke",
            account,
        )


def _owned(
    component: pulumi.ComponentResource, source: pulumi.Input[str] | None
) -> pulumi.Output[str] | None:
    """Return a source's ARN, checked to contain an account if it is an output."""

    def checked(arn: str) -> str:
        if account_of(arn) is None:
            raise output_error(component, "source_arn", _NO_ACCOUNT_IN_SOURCE)
        return arn

    return None if source is None else pulumi.Output.from_input(source).apply(checked)


class InvokeGrant(Component):
    """Lets a role, user or group invoke a function; or a service, account or organization, by the function's resource policy.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        InvalidArnError: an ARN that is only known during the deployment is not a function ARN of the right kind.
    """

    def __init__(self, name: str, args: InvokeGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `InvokeGrantArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Invoke.parse_named("InvokeGrant", name, args)
        super().__init__("durable-functions:index:InvokeGrant", name, {}, opts)
        arn = checked.checked_target()
        if checked.principal is not None:
            target = arn.apply(FunctionArn.parse)
            aws.lambda_.Permission(
                name,
                action="lambda:InvokeFunction",
                function=target.apply(lambda known: known.unqualified),
                qualifier=None if checked.function_arn else target.apply(lambda known: known.qualifier),
                principal=checked.principal,
                principal_org_id=checked.organization_id,
                source_arn=_owned(self, checked.source_arn)
                if checked.source_account is None
                else checked.source_arn,
                source_account=checked.source_account,
                event_source_token=checked.event_source_token,
                opts=pulumi.ResourceOptions(parent=self),
            )
        else:
            checked.attach(self, opts, arn, checked.document)
        self.register_outputs({})
