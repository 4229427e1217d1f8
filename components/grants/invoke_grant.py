"""The right to invoke a function: in a role, user or group, or in the function's own resource policy."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..checks.args import exactly_one
from ..checks.arns import FunctionArn, account_of
from ..checks.errors import Problem
from .grantee import PRINCIPALS, CheckedGrantee, GranteeArgs, late, of_other_accounts

_TARGETS = ("qualified_arn", "function_arn")
_OUTSIDERS = ("service", "account_id", "principal_arn", "organization_id")
_OF_A_SERVICE = ("source_arn", "source_account", "event_source_token")
_NO_ACCOUNT = ("s3.amazonaws.com", "s3.amazonaws.com.cn")
"""Services whose ARNs name no account, also where the ARN is not known yet."""
_OWNERLESS = (
    "names no account, and its name alone is anybody's; pass source_account too, the 12 digits of the account that "
    "owns it"
)


class InvokeGrantArgs(GranteeArgs):
    """Arguments of InvokeGrant: what may be invoked, and exactly one grantee."""

    qualified_arn: NotRequired[pulumi.Input[str]]
    """The ARN to invoke of a durable function: of an alias (DurableFunction.alias_arn) or a version. Exactly one of this
    and `function_arn` is needed."""
    function_arn: NotRequired[pulumi.Input[str]]
    """The bare ARN of a standard function, which a workflow may invoke too (`context.invoke`). Not for a durable one:
    that is never invoked by it, so the right would match nothing."""
    all_versions: NotRequired[bool]
    """Allow every alias and version of the function. Default: False, this ARN alone. Not for `service`, `account_id`,
    `principal_arn` and `organization_id`, whose rights lie on one ARN."""
    by_url: NotRequired[bool]
    """Allow calling the alias's URL too, which an UrlTrigger makes. Default: False. For roles, users and groups of the
    function's own account alone."""
    service: NotRequired[str]
    """A service that invokes, such as events.amazonaws.com, with `source_arn`, `source_account` or both; or
    alexa-appkit.amazon.com with `event_source_token`."""
    source_arn: NotRequired[pulumi.Input[str]]
    """The rule, schedule or topic that the service acts for; nobody else's can use the right. One that names no
    account, as a bucket's ARN does, needs `source_account` too."""
    source_account: NotRequired[pulumi.Input[str]]
    """The account that the service acts for, 12 digits."""
    event_source_token: NotRequired[pulumi.Input[str]]
    """What an invocation from Alexa must bring: the skill's ID."""
    account_id: NotRequired[str]
    """Another account, 12 digits, which decides itself who of it invokes. Chained invokes across accounts do not
    exist."""
    principal_arn: NotRequired[pulumi.Input[str]]
    """A role or user of another account, which needs the right in that account too."""
    organization_id: NotRequired[str]
    """An organization of AWS Organizations, such as o-a1b2c3d4e5: each of its accounts decides itself who of it
    invokes."""


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
        yield from exactly_one(given, (*PRINCIPALS, *_OUTSIDERS))
        for target in _TARGETS:
            yield from of_other_accounts(given, target)
        if "service" in given and not {*_OF_A_SERVICE} & set(given):
            yield Problem(
                "service",
                "needs source_arn or source_account: without, anybody's resources in that service may invoke",
                given["service"],
            )
        yield from _open_to_strangers(given)
        for key in _OF_A_SERVICE:
            if key in given and "service" not in given:
                yield Problem(key, "says whom a service acts for; pass service too", given[key])
        if any(key in given for key in _OUTSIDERS):
            for key, why in (
                ("all_versions", "the right lies on one ARN"),
                ("by_url", "URLs are for roles, users and groups"),
            ):
                if given.get(key):
                    yield Problem(key, f"is not possible here: {why}", True)

    @property
    def target(self) -> pulumi.Input[str]:
        """The ARN that may be invoked."""
        return self.function_arn or self.qualified_arn or ""

    @property
    def principal(self) -> pulumi.Input[str] | None:
        """Whom the function's resource policy names; None for those who are granted in IAM."""
        return (
            self.service or self.account_id or self.principal_arn or ("*" if self.organization_id else None)
        )

    def target_of(self, arn: str) -> FunctionArn:
        """Parse the target as the kind that was given."""
        return FunctionArn.parse_qualified(arn) if self.function_arn is None else FunctionArn.parse_bare(arn)


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


def _owned(
    component: pulumi.ComponentResource, source: pulumi.Input[str] | None
) -> pulumi.Output[str] | None:
    """Return a source's ARN as soon as it is known to name an account; what is known before has been checked."""

    def checked(arn: str) -> str:
        if account_of(arn) is None:
            raise late(component, "source_arn", _OWNERLESS)
        return arn

    return None if source is None else pulumi.Output.from_input(source).apply(checked)


class InvokeGrant(pulumi.ComponentResource):
    """Lets a role, user or group invoke a function, or a service, account or organization by its resource policy.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that only becomes known during the deployment is not a function ARN of the right kind.
    """

    def __init__(self, name: str, args: InvokeGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        checked = _Invoke.parse_named("InvokeGrant", name, args)
        super().__init__("durable-functions:index:InvokeGrant", name, {}, opts)
        if checked.principal is not None:
            target = pulumi.Output.from_input(checked.target).apply(checked.target_of)
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
            document = partial(
                iam.invoke_document,
                all_versions=checked.all_versions,
                by_url=checked.by_url,
                standard=checked.function_arn is not None,
            )
            checked.attach(self, opts, checked.target, document)
        self.register_outputs({})
