"""The ARNs that grants take and give, parsed and checked."""

import re
from dataclasses import dataclass
from typing import Self

from .errors import DurableFunctionsError

_PARTITION = r"(?P<partition>aws(?:-[a-z]+)*)"
_FUNCTION = re.compile(
    rf"arn:{_PARTITION}:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}})"
    r":function:(?P<name>[A-Za-z0-9-_]{1,64})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]{1,128}))?"
)
_PRINCIPAL = re.compile(
    rf"arn:{_PARTITION}:iam::(?P<account>\d{{12}}):(?P<kind>role|user|group)/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[\w+=,.@-]{{1,64}})"
)


# No ValueError: out of that, when it comes of an output, Pulumi's SDK would make another one, with a traceback.
class InvalidArnError(DurableFunctionsError):
    """An ARN that is not of the kind that is asked for.

    Attributes:
        reason: what is wrong with it, without the ARN itself.

    The message does not hold the ARN either: one that comes from an output may be a secret.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"an ARN {reason}")


class OtherAccountError(InvalidArnError):
    """An ARN of another account than that of the function, or than that of the deployment."""


def account_of(arn: str) -> str | None:
    """Return the account in an ARN, 12 digits; None for what names none, as a bucket's ARN does, or a pattern."""
    fields = arn.split(":", 5)
    return fields[4] if len(fields) == 6 and re.fullmatch(r"\d{12}", fields[4]) else None


def _text(arn: object) -> str:
    # An output of another language's program may turn out to be nothing, if what should have given it has failed.
    if not isinstance(arn, str):
        raise InvalidArnError(f"is missing: what should give it has given {arn!r}; see what else is reported")
    return arn


@dataclass(frozen=True)
class FunctionArn:
    """A Lambda function's ARN, with its qualifier (alias, version or `$LATEST`) if it has one."""

    partition: str
    region: str
    account: str
    unqualified: str
    qualifier: str | None

    @classmethod
    def parse(cls, arn: str) -> Self:
        """Parse `arn:<partition>:lambda:<region>:<account>:function:<name>[:<qualifier>]`.

        Raises:
            InvalidArnError: for anything else.
        """
        match = _FUNCTION.fullmatch(_text(arn))
        if match is None:
            raise InvalidArnError(
                "is not the ARN of a Lambda function; "
                "it must be arn:<partition>:lambda:<region>:<account>:function:<name>:<alias or version>",
            )
        qualifier = match["qualifier"]
        unqualified = arn.removesuffix(f":{qualifier}") if qualifier else arn
        return cls(match["partition"], match["region"], match["account"], unqualified, qualifier)

    @classmethod
    def parse_qualified(cls, arn: str) -> Self:
        """Parse an ARN that ends in an alias or a version.

        `$LATEST` is refused: an execution on it may fail its replay after the next change of code.

        Raises:
            InvalidArnError: for anything else.
        """
        parsed = cls.parse(arn)
        if parsed.qualifier in (None, "$LATEST"):
            raise InvalidArnError(
                "names no alias and no version; durable functions are invoked by a qualified ARN: "
                "pass the alias's ARN (DurableFunction.alias_arn); a standard function's goes into an InvokeGrant as "
                "function_arn",
            )
        return parsed

    @classmethod
    def parse_bare(cls, arn: str) -> Self:
        """Parse an ARN without a qualifier, by which a standard function may be invoked.

        Raises:
            InvalidArnError: for anything else.
        """
        parsed = cls.parse(arn)
        if parsed.qualifier is not None:
            raise InvalidArnError(f"names {parsed.qualifier}; pass an alias or version as qualified_arn")
        return parsed


@dataclass(frozen=True)
class PrincipalArn:
    """The ARN of an IAM role, user or group."""

    account: str
    kind: str
    name: str

    @classmethod
    def parse(cls, arn: str, *kinds: str) -> Self:
        """Parse `arn:<partition>:iam::<account>:<kind>/<path><name>`, where kind is one of `kinds`.

        Raises:
            InvalidArnError: for anything else.
        """
        match = _PRINCIPAL.fullmatch(_text(arn))
        if match is None or match["kind"] not in kinds:
            forms = " or ".join(f"arn:<partition>:iam::<account>:{kind}/<name>" for kind in kinds)
            raise InvalidArnError(f"is not the ARN of an IAM {' or '.join(kinds)}; it must be {forms}")
        return cls(match["account"], match["kind"], match["name"])

    @classmethod
    def parse_for(cls, arn: str, kind: str, function_arn: str) -> Self:
        """Parse the ARN of one who may be granted something on a function: of the function's own account.

        A policy is put into a role by the role's name alone, so that of another account would end up with whoever has
        the same name in this one.

        Raises:
            OtherAccountError: for another account's.
            InvalidArnError: for anything else.
        """
        account = FunctionArn.parse(function_arn).account
        fix = (
            "grant a role of the function's account, which the others may assume; to invoke, an InvokeGrant takes the "
            "ARN as principal_arn"
        )
        return cls.parse(arn, kind)._of(account, f"the function of {account}; {fix}")

    @classmethod
    def parse_in(cls, arn: str, kind: str, account: str) -> Self:
        """Parse the ARN of one into whom a policy is put: of the account that is deployed to.

        Raises:
            OtherAccountError: for another account's, since whoever has the same name in this one would get the policy.
            InvalidArnError: for anything else.
        """
        fix = f"name a {kind} of this account, or deploy with a provider of the other"
        return cls.parse(arn, kind)._of(account, f"this deployment goes to {account}; {fix}")

    def _of(self, account: str, otherwise: str) -> Self:
        if self.account != account:
            raise OtherAccountError(f"is of account {self.account}, and {otherwise}")
        return self
