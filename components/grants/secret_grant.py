"""The permission to read one secret, for the role of a function whose handler needs it."""

import json
from collections.abc import Iterable
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..checks.args import Args
from ..checks.component import Component
from ..checks.errors import Problem
from ..guard import the_guard
from .grantee import child_of, in_this_account, principal_name


class SecretGrantArgs(TypedDict):
    """Arguments of SecretGrant: the role, and the secret that it may read."""

    role_arn: pulumi.Input[str]
    """The role that may read it: DurableFunction.role_arn, or another role in the account that is deployed to."""
    secret_arn: pulumi.Input[str]
    """A secret in Secrets Manager, or a parameter in Systems Manager. The policy of a secret in another account must let
    the role read it. If you only know the secret's name, write -?????? for the suffix that Secrets Manager adds."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The key that encrypts it, if it is a customer managed key. Default: the service's own key, which needs no
    permission."""


class _Secret(Args):
    role_arn: rules.RoleArn
    secret_arn: rules.SecretArn
    kms_key_arn: rules.KeyArn | None = None

    def unusual(self) -> Iterable[Problem]:
        """Find a pattern that may match more than one secret."""
        if isinstance(self.secret_arn, str) and "*" in self.secret_arn:
            fix = "end it with -?????? for the six characters that Secrets Manager adds, or make one grant for each"
            yield Problem("secret_arn", f"may also match other secrets, now or later; {fix}", self.secret_arn)


class SecretGrant(Component):
    """Lets a role read one secret in Secrets Manager or one parameter in Systems Manager, and decrypt it.

    Let the handler read it inside a step, and never return any part of it: the execution's history keeps what a step
    returns.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        InvalidArnError: an ARN that is only known during the deployment is neither a secret nor a parameter.
    """

    def __init__(self, name: str, args: SecretGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `SecretGrantArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Secret.parse_named("SecretGrant", name, args)
        super().__init__("durable-functions:index:SecretGrant", name, {}, opts)
        policy = aws.iam.RolePolicy(
            name,
            role=principal_name(in_this_account(self, checked.role_arn, "role"), "role"),
            policy=pulumi.Output.all(checked.secret_arn, checked.kms_key_arn).apply(
                lambda arns: json.dumps(iam.secret_document(*arns))
            ),
            opts=child_of(self, opts),
        )
        the_guard().declare(policy)
        self.register_outputs({})
