"""The permission to read or write one resource, for the role of a function whose handler uses it."""

import contextlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, TypedDict

import pulumi
import pulumi_aws as aws

from ..checks import rules
from ..checks.args import Args
from ..checks.arns import InvalidArnError
from ..checks.component import Component
from ..checks.errors import Problem
from ..guard import the_guard
from .access import kind_of, resource_document
from .grantee import child_of, in_this_account, policy_of, principal_name


class AccessGrantArgs(TypedDict):
    """Arguments of AccessGrant: the role, the resource, and what is allowed on it."""

    role_arn: pulumi.Input[str]
    """The role that gets the access: that of a function, or another role in the account that is deployed to."""
    resource_arn: pulumi.Input[str]
    """A DynamoDB table (with its indexes), an index or a table's stream, a Kinesis stream, an S3 bucket, an SQS queue, an
    SNS topic, or an EventBridge event bus."""
    access: rules.ResourceAccess
    """`read`: get, query and list; of a queue, receive and delete. `write`: put, update and delete; to a queue, a topic, a
    stream or an event bus, send. `read-write`: both. A topic and an event bus have `write` only, an index and a table's
    stream `read` only."""


class _Access(Args):
    role_arn: rules.RoleArn
    resource_arn: Annotated[rules.Text, rules.known(kind_of)]
    access: rules.ResourceAccess

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find an access that the resource does not have; the rules find values that are invalid by themselves."""
        arn, access = given.get("resource_arn"), given.get("access")
        if isinstance(arn, str) and isinstance(access, str):
            with contextlib.suppress(InvalidArnError):
                if reason := kind_of(arn).refusal(access):
                    yield Problem("resource_arn", reason, arn)


class AccessGrant(Component):
    """Lets a role read or write one table, bucket, queue, topic, event bus or stream.

    It does not include the use of a customer managed key: write that in `role_statements`.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        InvalidArnError: an ARN that is only known during the deployment is of nothing that can be granted.
    """

    def __init__(self, name: str, args: AccessGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `AccessGrantArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Access.parse_named("AccessGrant", name, args)
        super().__init__("durable-functions:index:AccessGrant", name, {}, opts)
        policy = aws.iam.RolePolicy(
            name,
            role=principal_name(in_this_account(self, checked.role_arn, "role"), "role"),
            policy=policy_of(partial(resource_document, access=checked.access), checked.resource_arn),
            opts=child_of(self, opts),
        )
        the_guard().declare(policy)
        self.register_outputs({})
