"""A trigger that starts executions for changes in an S3 bucket."""

from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from ..checks import rules
from ..checks.arns import FunctionArn
from ..checks.component import Component
from ..grants.invoke_grant import InvokeGrant
from .target import Target, TargetArgs

CREATED = "s3:ObjectCreated:*"


class BucketOptions(TypedDict):
    """Which changes start executions."""

    bucket: pulumi.Input[str]
    """The name of a bucket in the function's own account and region."""
    events: NotRequired[list[str]]
    """S3 event types. Default: s3:ObjectCreated:*."""
    prefix: NotRequired[str]
    """The prefix of the object's key. Default: any."""
    suffix: NotRequired[str]
    """The suffix of the object's key, such as .csv. Default: any."""


class BucketTriggerArgs(BucketOptions, TargetArgs):
    """Arguments of BucketTrigger."""


class _Bucket(Target):
    bucket: rules.TextInput
    events: Annotated[
        list[
            Annotated[str, rules.matching(r"s3:[A-Z]\w+(:(\*|\w+))?", f"an S3 event type, such as {CREATED}")]
        ],
        Field(min_length=1),
    ] = Field(default=[CREATED])
    prefix: str | None = None
    suffix: str | None = None


class BucketTrigger(Component):
    """Starts an execution for each change in an S3 bucket, asynchronously.

    A bucket has only one notification configuration, and this trigger owns it. If the bucket has other notifications, let
    it notify EventBridge, and use an EventTrigger. S3 may deliver a change twice, which starts two executions. A handler
    that writes to the bucket which triggers it starts itself again.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    def __init__(
        self, name: str, args: BucketTriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `BucketTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Bucket.parse_named("BucketTrigger", name, args)
        super().__init__("durable-functions:index:BucketTrigger", name, {}, opts)
        target = checked.parsed_arn()
        grant = InvokeGrant(
            name,
            {
                "qualified_arn": checked.qualified_arn,
                "service": "s3.amazonaws.com",
                "source_arn": pulumi.Output.all(target, checked.bucket).apply(lambda values: _arn(*values)),
                # A bucket's ARN contains no account: a later bucket with that name in another account must not invoke.
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=[grant]),
        )
        self.register_outputs({})


def _arn(function: FunctionArn, bucket: str) -> str:
    return f"arn:{function.partition}:s3:::{bucket}"
