"""The topic that gets alarms and failures."""

import json
from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from .. import iam
from ..checks import rules
from ..checks.args import Args
from ..checks.component import Component


class AlarmTopicArgs(TypedDict):
    """Arguments of AlarmTopic; all are optional."""

    emails: NotRequired[list[str]]
    """Email addresses to notify. Each gets an email, and must first confirm the subscription. Default: none; add other
    subscriptions yourself."""
    tags: NotRequired[dict[str, str]]
    """Tags of the topic, besides the provider's default tags. Default: none."""


class _Topic(Args):
    emails: list[
        Annotated[
            str, rules.matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address, such as ops@shop.example")
        ]
    ] = Field(default_factory=list)
    tags: rules.Tags = Field(default_factory=dict)


class AlarmTopic(Component):
    """An SNS topic to which the account's own alarms, and EventBridge rules, may publish.

    EventBridge's permission is not limited to an account, because EventBridge does not send the topic anything that
    identifies one. So the messages are for people to read; no program should act on them.

    Pass `topic_arn` to a DurableFunction as one of its `alarm_actions` and as its `failure_topic_arn`.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    topic_arn: pulumi.Output[str]
    """The topic's ARN, once its policy is in place."""

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `AlarmTopicArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Topic.parse_named("AlarmTopic", name, args)
        super().__init__("durable-functions:index:AlarmTopic", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = aws.sns.Topic(name, tags=checked.tags, opts=child)
        policy = aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: json.dumps(iam.topic_document(arn))),
            opts=child,
        )
        for number, email in enumerate(checked.emails, 1):
            aws.sns.TopicSubscription(
                f"{name}-email-{number}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        self.topic_arn = policy.arn
        self.register_outputs({"topic_arn": self.topic_arn})
