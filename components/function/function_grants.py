"""The methods of every function that make grants: to invoke it, and what its own handler may do."""

from collections.abc import Sequence
from itertools import count
from typing import cast

import pulumi
import pulumi_aws as aws

from ..checks import rules
from ..checks.arns import InvalidArnError, PrincipalArn
from ..checks.component import Component
from ..checks.errors import InvalidArgsError, Problem
from ..execution_role import DurableExecutionRole, ExecutionRole
from ..grants.access_grant import AccessGrant, AccessGrantArgs
from ..grants.grantee import PRINCIPALS, GranteeArgs
from ..grants.invoke_grant import InvokeGrant, InvokeGrantArgs
from ..grants.secret_grant import SecretGrant, SecretGrantArgs

_orders = count()
"""Numbers the functions of a program in the order in which they are made."""


class FunctionGrants(Component):
    """The methods of every function that make grants. Each grant is a child resource of the function.

    A grant's name is `<function>-<name>`. A grantee is a role, user or group, or its ARN as a string; or a function,
    whose role gets the grant. An ARN that is an output is in a dict that says whose it is, such as
    `{"role_arn": stack.get_output("role_arn")}`. Anything else raises InvalidArgsError.
    """

    function_arn: pulumi.Output[str]
    """The function's bare ARN, by which a durable function cannot be invoked."""
    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    role_arn: pulumi.Output[str]
    """The execution role's ARN."""
    _role: ExecutionRole
    _order: int
    _grants: list[pulumi.Resource]

    def _with_grants(
        self, permissions: Sequence[pulumi.Resource]
    ) -> pulumi.Output[Sequence[pulumi.Input[pulumi.Resource]]]:
        """Return what the aliases wait for: these permissions, and the grants that this function's role gets later.

        Nothing is sent to the engine before the program has declared everything, and this output has no value before
        that either. Each alias waits only for grants that cannot depend on it: on a function that was made before this
        one, or on none. Otherwise two functions that call each other would wait for one another forever.
        """
        self._order, self._grants = next(_orders), list[pulumi.Resource]()
        return pulumi.Output.from_input(True).apply(lambda _: [*permissions, *self._grants])

    def grant_invoke(
        self, name: str, grantee: "Grantee", *, all_versions: bool = False, by_url: bool = False
    ) -> InvokeGrant:
        """Let a grantee invoke this function by its alias; if the grantee is a durable function, by chained invokes.

        If the grantee is a function that was made after this one, its alias waits for the grant: no version of it is live
        before it may call this function.

        To grant a service or another account, make an InvokeGrant yourself.

        Args:
            name: the end of the grant's name.
            grantee: who may invoke it.
            all_versions: allow every alias and version instead of only the alias.
            by_url: also allow calling the alias's URL.
        """
        args = {
            **grantee_args(f"InvokeGrant {name!r}", grantee),
            "qualified_arn": self.alias_arn,
            "all_versions": all_versions,
            "by_url": by_url,
        }
        grant = InvokeGrant(
            f"{self.pulumi_resource_name}-{name}", cast(InvokeGrantArgs, args), self._grant_options(grantee)
        )
        if isinstance(grantee, FunctionGrants) and self._order < grantee._order:
            grantee._grants.append(grant)
        return grant

    def allow_secret(
        self, name: str, secret_arn: pulumi.Input[str], kms_key_arn: pulumi.Input[str] | None = None
    ) -> SecretGrant:
        """Let this function's handler read one secret in Secrets Manager or one parameter in Systems Manager.

        The alias waits for the grant if the ARNs are strings. If one is an output, the secret might depend on the alias;
        to have the permission in place before a version is live, pass it in `role_statements` instead.

        Args:
            name: the end of the grant's name.
            secret_arn: the secret or parameter.
            kms_key_arn: the key that encrypts it, if it is a customer managed key.
        """
        args: SecretGrantArgs = {"role_arn": self.role_arn, "secret_arn": secret_arn}
        if kms_key_arn is not None:
            args["kms_key_arn"] = kms_key_arn
        grant = SecretGrant(f"{self.pulumi_resource_name}-{name}", args, self._grant_options(self))
        if all(isinstance(each, str) for each in args.values() if each is not self.role_arn):
            self._grants.append(grant)
        return grant

    def allow(self, name: str, resource_arn: pulumi.Input[str], access: rules.ResourceAccess) -> AccessGrant:
        """Let this function's handler read or write one table, bucket, queue, topic, event bus or stream.

        The alias waits for the grant if the ARN is a string, as with `allow_secret`.

        Args:
            name: the end of the grant's name.
            resource_arn: the resource.
            access: `read`, `write` or `read-write`.
        """
        args: AccessGrantArgs = {"role_arn": self.role_arn, "resource_arn": resource_arn, "access": access}
        grant = AccessGrant(f"{self.pulumi_resource_name}-{name}", args, self._grant_options(self))
        if isinstance(resource_arn, str):
            self._grants.append(grant)
        return grant

    def _grant_options(self, grantee: "Grantee") -> pulumi.ResourceOptions:
        """Return a grant's options: a policy in a role that the program makes is deleted with the role, not before it."""
        match grantee:
            case FunctionGrants():
                role = grantee._role.resource
            case DurableExecutionRole():
                role = grantee.role.resource
            case _:
                role = None
        return pulumi.ResourceOptions(parent=self, deleted_with=role)


Grantee = (
    str
    | FunctionGrants
    | DurableExecutionRole
    | aws.iam.Role
    | aws.iam.User
    | aws.iam.Group
    | aws.lambda_.Function
    | GranteeArgs
)
"""A grantee. An ARN that is an output is in a dict whose key says whose it is: `role_arn`, `user_arn` or `group_arn`."""


def grantee_args(title: str, grantee: Grantee) -> GranteeArgs:
    """Return the arguments of a grant that say who is granted something.

    Raises:
        InvalidArgsError: it is nobody.
    """
    match grantee:
        case (
            FunctionGrants(role_arn=arn)
            | DurableExecutionRole(role_arn=arn)
            | aws.iam.Role(arn=arn)
            | aws.lambda_.Function(role=arn)
        ):
            return {"role_arn": arn}
        case aws.iam.User():
            return {"user_arn": grantee.arn}
        case aws.iam.Group():
            return {"group_arn": grantee.arn}
        case str():
            return _principal_args(title, grantee)
        case dict() if len(grantee) == 1 and grantee.keys() <= PRINCIPALS.keys():
            return grantee
        case _:
            allowed = (
                "must be a role, a user, a group, a function, or an ARN as a string; for an ARN that is an output, "
                'say whose it is: {"role_arn": ...}, {"user_arn": ...} or {"group_arn": ...}'
            )
            known = not isinstance(grantee, pulumi.Output)
            raise InvalidArgsError(title, [Problem("grantee", allowed, grantee, given=known)])


def _principal_args(title: str, arn: str) -> GranteeArgs:
    try:
        principal = PrincipalArn.parse(arn, "role", "user", "group")
    except InvalidArnError as error:
        raise InvalidArgsError(title, [Problem("grantee", error.reason, arn)]) from None
    if principal.kind == "role":
        return {"role_arn": arn}
    return {"user_arn": arn} if principal.kind == "user" else {"group_arn": arn}
