"""Executions that start with a change in an S3 bucket."""

from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from ..checks import rules
from ..checks.arns import FunctionArn
from ..grants.invoke_grant import InvokeGrant
from .target import Target, TargetArgs

CREATED = "s3:ObjectCreated:*"


class BucketOptions(TypedDict):
    """Which changes start executions."""

    bucket: pulumi.Input[str]
    """The bucket's name, in the function's own account and region."""
    events: NotRequired[list[str]]
    """S3's names of the changes. Default: s3:ObjectCreated:*."""
    prefix: NotRequired[str]
    """What the key must begin with. Default: anything."""
    suffix: NotRequired[str]
    """What the key must end with, such as .csv. Default: anything."""


class BucketTriggerArgs(BucketOptions, TargetArgs):
    """Arguments of BucketTrigger."""


class _Bucket(Target):
    bucket: rules.TextInput
    events: Annotated[
        list[
            Annotated[
                str, rules.matching(r"s3:[A-Z]\w+(:(\*|\w+))?", f"S3's name of a change, such as {CREATED}")
            ]
        ],
        Field(min_length=1),
    ] = Field(default=[CREATED])
    prefix: str | None = None
    suffix: str | None = None


class BucketTrigger(pulumi.ComponentResource):
    """Starts an execution for each change in an S3 bucket, asynchronously.

    S3 keeps one notification configuration for a bucket, and this is all of it: for a bucket with other
    notifications, let it notify EventBridge and use an EventTrigger. S3 may deliver a change twice, which makes two
    executions; and a handler that writes where it listens starts itself.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
    """

    def __init__(
        self, name: str, args: BucketTriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = _Bucket.parse_named("BucketTrigger", name, args)
        super().__init__("durable-functions:index:BucketTrigger", name, {}, opts)
        target = checked.known()
        right = InvokeGrant(
            name,
            {
                "qualified_arn": checked.qualified_arn,
                "service": "s3.amazonaws.com",
                "source_arn": pulumi.Output.all(target, checked.bucket).apply(lambda both: _arn(*both)),
                # A bucket's ARN names no account: another's bucket of that name, made later, must not invoke.
                "source_account": target.apply(lambda arn: arn.account),
            },
            pulumi.ResourceOptions(parent=self),
        )
        aws.s3.BucketNotification(
            name,
            bucket=checked.bucket,
            lambda_functions=[
                {
                    "lambda_function_arn": checked.qualified_arn,
                    "events": checked.events,
                    "filter_prefix": checked.prefix,
                    "filter_suffix": checked.suffix,
                }
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[right]),
        )
        self.register_outputs({})


def _arn(function: FunctionArn, bucket: str) -> str:
    return f"arn:{function.partition}:s3:::{bucket}"
