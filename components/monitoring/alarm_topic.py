"""The topic that alarms and failures are sent to."""

import json
from typing import Annotated, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from .. import iam
from ..checks import rules
from ..checks.args import Args


class AlarmTopicArgs(TypedDict):
    """Arguments of AlarmTopic; all may be left out."""

    emails: NotRequired[list[str]]
    """Email addresses to notify; each must first confirm, by a mail that it gets. Default: none; subscribe in other ways."""
    tags: NotRequired[dict[str, str]]
    """Tags of the topic, beside the provider's default tags. Default: none."""


class _Topic(Args):
    emails: list[
        Annotated[str, rules.matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address such as ops@shop.example")]
    ] = Field(default_factory=list)
    tags: rules.Tags = Field(default_factory=dict)


class AlarmTopic(pulumi.ComponentResource):
    """An SNS topic to which the account's own alarms, and EventBridge rules, may publish.

    EventBridge's permission names no account, because EventBridge sends a topic nothing that identifies one. So the
    messages are for people to read; no program should act on them.

    Pass `topic_arn` to a DurableFunction as one of its `alarm_actions` and as its `failure_topic_arn`.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
    """

    topic_arn: pulumi.Output[str]
    """The topic's ARN, once its policy is in place."""

    def __init__(self, name: str, args: AlarmTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
