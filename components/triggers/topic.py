"""A trigger that starts executions for messages of an SNS topic."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from ..checks import rules
from ..checks.component import Component
from ..checks.errors import Problem
from ..grants.invoke_grant import InvokeGrant
from . import rules as trigger_rules
from .target import Target, TargetArgs


class TopicOptions(TypedDict):
    """Which messages start executions."""

    topic_arn: pulumi.Input[str]
    """A standard topic; FIFO topics cannot deliver to Lambda."""
    filter_policy: NotRequired[dict[str, Any]]
    """An SNS filter policy that messages must match. Default: all messages."""
    filter_policy_scope: NotRequired[trigger_rules.FilterPolicyScope]
    """What the filter policy applies to: MessageAttributes or MessageBody. Default: MessageAttributes."""
    dead_letter_queue_arn: NotRequired[pulumi.Input[str]]
    """An SQS queue for messages that cannot be delivered, whose policy lets sns.amazonaws.com send. Default: none; they are
    lost."""


class TopicTriggerArgs(TopicOptions, TargetArgs):
    """Arguments of TopicTrigger."""


class _Topic(Target):
    topic_arn: rules.TopicArn
    filter_policy: dict[str, Any] | None = None
    filter_policy_scope: trigger_rules.FilterPolicyScope | None = None
    dead_letter_queue_arn: rules.StandardQueueArn | None = None

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        if "filter_policy_scope" in given and "filter_policy" not in given:
            yield Problem(
                "filter_policy_scope", "has no effect without filter_policy", given["filter_policy_scope"]
            )
        topic = given.get("topic_arn")
        if isinstance(topic, str) and topic.endswith(".fifo"):
            yield Problem(
                "topic_arn",
                "is a FIFO topic, which cannot deliver to Lambda; subscribe a queue to it, and use a QueueTrigger",
                topic,
            )


class TopicTrigger(Component):
    """Starts an execution for each message of an SNS topic, asynchronously.

    SNS may deliver a message twice, which starts two executions.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    def __init__(self, name: str, args: TopicTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `TopicTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Topic.parse_named("TopicTrigger", name, args)
        super().__init__("durable-functions:index:TopicTrigger", name, {}, opts)
        grant = InvokeGrant(
            name,
            {
                "qualified_arn": checked.qualified_arn,
                "service": "sns.amazonaws.com",
                "source_arn": checked.topic_arn,
            },
            pulumi.ResourceOptions(parent=self),
        )
        queue = checked.dead_letter_queue_arn
        aws.sns.TopicSubscription(
            name,
            topic=checked.topic_arn,
            protocol="lambda",
            endpoint=checked.qualified_arn,
            filter_policy=None
            if checked.filter_policy is None
            else pulumi.Output.json_dumps(checked.filter_policy),
            filter_policy_scope=checked.filter_policy_scope,
            redrive_policy=None
            if queue is None
            else pulumi.Output.json_dumps({"deadLetterTargetArn": queue}),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[grant]),
        )
        self.register_outputs({})
