"""What can start a durable function's executions: the triggers' components, made for its alias."""

from typing import Any, cast

import pulumi

from ..triggers import (
    BucketOptions,
    BucketTrigger,
    BucketTriggerArgs,
    EventOptions,
    EventTrigger,
    EventTriggerArgs,
    QueueOptions,
    QueueTrigger,
    QueueTriggerArgs,
    ScheduleOptions,
    ScheduleTrigger,
    ScheduleTriggerArgs,
    StreamOptions,
    StreamTrigger,
    StreamTriggerArgs,
    TopicOptions,
    TopicTrigger,
    TopicTriggerArgs,
    UrlOptions,
    UrlTrigger,
    UrlTriggerArgs,
)


class FunctionTriggers(pulumi.ComponentResource):
    """The triggers of a durable function, as its methods; each is a resource of its own below the function.

    A trigger's name is `<function>-<name>`. What is wrong raises InvalidArgsError before anything of it is made;
    queues, streams and URLs are refused for an execution timeout above 900 seconds, since Lambda would wait for the
    execution.
    """

    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    execution_timeout_seconds: int
    """The whole execution's limit."""
    fed_role_name: pulumi.Output[str] | None
    """The role that triggers may give the right to read a source; None if the author's own is to be left alone."""

    def on_schedule(self, name: str, args: ScheduleOptions) -> ScheduleTrigger:
        """Start executions by the clock."""
        given = cast(ScheduleTriggerArgs, self._with_target(args))
        return ScheduleTrigger(self._below(name), given, self._child())

    def on_event(self, name: str, args: EventOptions) -> EventTrigger:
        """Start an execution for each matching event of an EventBridge bus."""
        return EventTrigger(self._below(name), cast(EventTriggerArgs, self._with_target(args)), self._child())

    def on_topic(self, name: str, args: TopicOptions) -> TopicTrigger:
        """Start an execution for each message of an SNS topic."""
        return TopicTrigger(self._below(name), cast(TopicTriggerArgs, self._with_target(args)), self._child())

    def on_bucket(self, name: str, args: BucketOptions) -> BucketTrigger:
        """Start an execution for each change in an S3 bucket."""
        return BucketTrigger(
            self._below(name), cast(BucketTriggerArgs, self._with_target(args)), self._child()
        )

    def on_queue(self, name: str, args: QueueOptions) -> QueueTrigger:
        """Start executions for the messages of an SQS queue."""
        given = cast(QueueTriggerArgs, self._with_target(args, waits=True, role_name=self.fed_role_name))
        return QueueTrigger(self._below(name), given, self._child())

    def on_stream(self, name: str, args: StreamOptions) -> StreamTrigger:
        """Start executions for the records of a Kinesis stream or a DynamoDB table's stream."""
        given = cast(StreamTriggerArgs, self._with_target(args, waits=True, role_name=self.fed_role_name))
        return StreamTrigger(self._below(name), given, self._child())

    def add_url(self, name: str, args: UrlOptions | None = None) -> UrlTrigger:
        """Give the alias an HTTPS URL, whose requests are executions."""
        given = cast(UrlTriggerArgs, self._with_target(args or {}, waits=True))
        return UrlTrigger(self._below(name), given, self._child())

    def _below(self, name: str) -> str:
        return f"{self.pulumi_resource_name}-{name}"

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    def _with_target(self, args: Any, *, waits: bool = False, **more: Any) -> Any:
        target: dict[str, Any] = {"qualified_arn": self.alias_arn, **more}
        if waits:
            target["execution_timeout_seconds"] = self.execution_timeout_seconds
        # What is no dict is told so by the component.
        return {**args, **target} if isinstance(args, dict) else args
