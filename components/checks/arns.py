"""ARNs of functions and principals, parsed and checked."""

import re
from dataclasses import dataclass
from typing import Self

from .errors import DurableFunctionsError

_PARTITION = r"(?P<partition>aws(?:-[a-z]+)*)"
_FUNCTION = re.compile(
    rf"arn:{_PARTITION}:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}})"
    r":function:(?P<name>[A-Za-z0-9-_]{1,64})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9-_]{1,128}))?",
    re.ASCII,
)
_PRINCIPAL = re.compile(
    rf"arn:{_PARTITION}:iam::(?P<account>\d{{12}}):(?P<kind>role|user|group)/(?P<path>(?:[!-.0-~]+/)*)(?P<name>[\w+=,.@-]{{1,64}})",
    re.ASCII,
)


# Not a ValueError: if an output raises one, Pulumi's SDK wraps it into another one, with a traceback.
class InvalidArnError(DurableFunctionsError):
    """An ARN of the wrong kind.

    Attributes:
        reason: what is wrong with it, without the ARN itself.

    The message does not contain the ARN either, since an ARN that comes from an output may be a secret.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"an ARN {reason}")


class OtherAccountError(InvalidArnError):
    """An ARN in another account than the function's, or than the one that is deployed to."""


def account_of(arn: str) -> str | None:
    """Return the account ID in an ARN; None if it contains none, as a bucket's ARN, or a pattern."""
    fields = arn.split(":", 5)
    return fields[4] if len(fields) == 6 and re.fullmatch(r"[0-9]{12}", fields[4]) else None


def _string(arn: object) -> str:
    # In a program in another language, an output may be None, if the resource that it comes from has failed.
    if not isinstance(arn, str):
        raise InvalidArnError(
            f"is missing: the output that should contain it is {arn!r}; see the other errors"
        )
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
        match = _FUNCTION.fullmatch(_string(arn))
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
                "has no alias or version, and durable functions can only be invoked by a qualified ARN; pass the "
                "alias's ARN (DurableFunction.alias_arn); for a standard function, pass function_arn to an InvokeGrant",
            )
        return parsed

    @classmethod
    def parse_bare(cls, arn: str) -> Self:
        """Parse an ARN without a qualifier, such as that of a standard function.

        Raises:
            InvalidArnError: for anything else.
        """
        parsed = cls.parse(arn)
        if parsed.qualifier is not None:
            raise InvalidArnError(
                f"has the qualifier {parsed.qualifier}; pass a qualified ARN as qualified_arn"
            )
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
        match = _PRINCIPAL.fullmatch(_string(arn))
        if match is None or match["kind"] not in kinds:
            forms = " or ".join(f"arn:<partition>:iam::<account>:{kind}/<name>" for kind in kinds)
            raise InvalidArnError(f"is not the ARN of an IAM {' or '.join(kinds)}; it must be {forms}")
        return cls(match["account"], match["kind"], match["name"])

    @classmethod
    def parse_for(cls, arn: str, kind: str, function_arn: str) -> Self:
        """Parse the ARN of a principal that is granted something on a function, in the function's own account.

        A policy is attached to a role by the role's name only. So for a role in another account, it would be attached
        to the role that has the same name in this account.

        Raises:
            OtherAccountError: for a principal in another account.
            InvalidArnError: for anything else.
        """
        account = FunctionArn.parse(function_arn).account
        fix = (
            "grant to a role in the function's account, which the other account may assume; to allow invoking, pass "
            "principal_arn to an InvokeGrant"
        )
        return cls.parse(arn, kind)._require(account, f"the function is in {account}; {fix}")

    @classmethod
    def parse_in(cls, arn: str, kind: str, account: str) -> Self:
        """Parse the ARN of a principal to which a policy is attached, in the account that is deployed to.

        Raises:
            OtherAccountError: for a principal in another account: the policy would be attached to the one that has the
                same name in this account.
            InvalidArnError: for anything else.
        """
        fix = f"pass a {kind} in this account, or deploy with a provider for the other"
        return cls.parse(arn, kind)._require(account, f"this deployment goes to {account}; {fix}")

    def _require(self, account: str, otherwise: str) -> Self:
        if self.account != account:
            raise OtherAccountError(f"is in account {self.account}, but {otherwise}")
        return self
