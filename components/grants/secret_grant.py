"""The right to read one secret, for the role of a function whose handler needs it."""

import json
from collections.abc import Iterable
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..checks.args import Args
from ..checks.errors import Problem
from ..guard import the_guard
from .grantee import child_of, in_this_account, principal_name


class SecretGrantArgs(TypedDict):
    """Arguments of SecretGrant: the role, and what it may read."""

    role_arn: pulumi.Input[str]
    """The role that reads it: DurableFunction.role_arn, or another of the account that is deployed to."""
    secret_arn: pulumi.Input[str]
    """A secret of Secrets Manager, or a parameter of Systems Manager; another account's must let the role read it by a
    policy of its own. Where only the secret's name is known, -?????? at the end stands for what Secrets Manager adds."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The key that it is encrypted with, if that is one of your own. Default: the service's key, which needs no
    right."""


class _Secret(Args):
    role_arn: rules.RoleArn
    secret_arn: rules.SecretArn
    kms_key_arn: rules.KeyArn | None = None

    def unusual(self) -> Iterable[Problem]:
        """Find a pattern that may take in more than one secret."""
        if isinstance(self.secret_arn, str) and "*" in self.secret_arn:
            fix = "end it with -?????? for the six characters that Secrets Manager adds, or grant each by itself"
            yield Problem(
                "secret_arn", f"may take in others whose names match, now or later; {fix}", self.secret_arn
            )


class SecretGrant(pulumi.ComponentResource):
    """Lets a role read one secret of Secrets Manager or one parameter of Systems Manager, and decrypt it.

    A handler reads it inside a step, and returns nothing of it: what a step returns is kept in the execution's history.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        InvalidArnError: an ARN that only becomes known during the deployment is neither a secret nor a parameter.
    """

    def __init__(self, name: str, args: SecretGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
