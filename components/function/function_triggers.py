"""The methods of a durable function that make triggers for its alias."""

from typing import Any, cast

import pulumi

from ..checks.component import Component
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


class FunctionTriggers(Component):
    """The methods of a durable function that make triggers. Each trigger is a child resource of the function.

    A trigger's name is `<function>-<name>`. Invalid arguments raise InvalidArgsError before anything of the trigger is
    made. Queues, streams and URLs are refused if the execution timeout is above 900 seconds, because Lambda would wait
    for the execution.
    """

    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    execution_timeout_seconds: int
    """The limit of a whole execution, including waits."""
    fed_role_name: pulumi.Output[str] | None
    """The role that gets the permission to read a trigger's source; None if nothing is attached to the author's own."""

    def on_schedule(self, name: str, args: ScheduleOptions) -> ScheduleTrigger:
        """Start executions on a schedule."""
        given = cast(ScheduleTriggerArgs, self._with_target(args))
        return ScheduleTrigger(self._below(name), given, self._child())

    def on_event(self, name: str, args: EventOptions) -> EventTrigger:
        """Start an execution for each matching event on an EventBridge bus."""
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
        """Start executions for the messages in an SQS queue."""
        given = cast(QueueTriggerArgs, self._with_target(args, waits=True, role_name=self.fed_role_name))
        return QueueTrigger(self._below(name), given, self._child())

    def on_stream(self, name: str, args: StreamOptions) -> StreamTrigger:
        """Start executions for the records of a Kinesis stream or a DynamoDB table's stream."""
        given = cast(StreamTriggerArgs, self._with_target(args, waits=True, role_name=self.fed_role_name))
        return StreamTrigger(self._below(name), given, self._child())

    def add_url(self, name: str, args: UrlOptions | None = None) -> UrlTrigger:
        """Give the alias an HTTPS URL; each request is an execution."""
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
        # The component reports a value that is not a dict.
        return {**args, **target} if isinstance(args, dict) else args
