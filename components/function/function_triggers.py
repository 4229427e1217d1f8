"""The methods of every function that make triggers for its alias."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pulumi

from ..checks.component import Component
from ..checks.errors import InvalidArgsError, Problem
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

# https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html, "Supported features and limitations", "Considerations"
_NO_URL = "Lambda supports no function URL with tenant isolation"
_NO_TENANT = "this trigger names no tenant, and Lambda refuses each invocation of the function without one"
_OTHERWISE = "by a standard function that passes the tenant's ID, or by a REST API; see docs/recipes.md"
_NO_INTERMEDIARY = (
    "is for a durable function, whose executions may outlast the trigger; a standard function gets each batch itself: "
    "leave it out"
)


class FunctionTriggers(Component):
    """The methods of every function that make triggers. Each trigger is a child resource of the function.

    Where they speak of executions, a standard function has invocations. A trigger's name is `<function>-<name>`. Invalid
    arguments raise InvalidArgsError before anything of the trigger is made. Queues, streams and URLs are refused if the
    execution timeout is above 900 seconds, because Lambda would wait for the execution; an intermediary is refused for
    a standard function; and all triggers are refused for a function with `tenancy_config`, since they name no tenant.
    """

    _is_durable = True

    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    timeout_seconds: int
    """The limit of one invocation."""
    isolates_tenants: bool
    """Whether each invocation must name its tenant."""
    fed_role_name: pulumi.Output[str] | None
    """The role that gets the permission to read a trigger's source; None if nothing is attached to the author's own."""

    def on_schedule(self, name: str, args: ScheduleOptions) -> ScheduleTrigger:
        """Start executions on a schedule."""
        given = cast(ScheduleTriggerArgs, self._targeted(ScheduleTrigger, name, args))
        return ScheduleTrigger(self._below(name), given, self._child())

    def on_event(self, name: str, args: EventOptions) -> EventTrigger:
        """Start an execution for each matching event on an EventBridge bus."""
        given = cast(EventTriggerArgs, self._targeted(EventTrigger, name, args))
        return EventTrigger(self._below(name), given, self._child())

    def on_topic(self, name: str, args: TopicOptions) -> TopicTrigger:
        """Start an execution for each message of an SNS topic."""
        given = cast(TopicTriggerArgs, self._targeted(TopicTrigger, name, args))
        return TopicTrigger(self._below(name), given, self._child())

    def on_bucket(self, name: str, args: BucketOptions) -> BucketTrigger:
        """Start an execution for each change in an S3 bucket."""
        given = cast(BucketTriggerArgs, self._targeted(BucketTrigger, name, args))
        return BucketTrigger(self._below(name), given, self._child())

    def on_queue(self, name: str, args: QueueOptions) -> QueueTrigger:
        """Start executions for the messages in an SQS queue."""
        more = {
            **self._waiting(),
            "role_name": self.fed_role_name,
            "function_timeout_seconds": self.timeout_seconds,
        }
        given = cast(QueueTriggerArgs, self._targeted(QueueTrigger, name, args, more))
        return QueueTrigger(self._below(name), given, self._child())

    def on_stream(self, name: str, args: StreamOptions) -> StreamTrigger:
        """Start executions for the records of a Kinesis stream or a DynamoDB table's stream."""
        more = {**self._waiting(), "role_name": self.fed_role_name}
        given = cast(StreamTriggerArgs, self._targeted(StreamTrigger, name, args, more))
        return StreamTrigger(self._below(name), given, self._child())

    def add_url(self, name: str, args: UrlOptions | None = None) -> UrlTrigger:
        """Give the alias an HTTPS URL; each request is an execution."""
        given = cast(UrlTriggerArgs, self._targeted(UrlTrigger, name, args or {}, self._waiting()))
        return UrlTrigger(self._below(name), given, self._child())

    def _below(self, name: str) -> str:
        return f"{self.pulumi_resource_name}-{name}"

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)

    @property
    def _longest_seconds(self) -> int:
        """How long a trigger that waits for the function may have to wait."""
        return self.timeout_seconds

    def _waiting(self) -> dict[str, Any]:
        return {"execution_timeout_seconds": self._longest_seconds}

    def _targeted(
        self,
        trigger: type[pulumi.ComponentResource],
        name: str,
        args: Any,
        more: dict[str, Any] | None = None,
    ) -> Any:
        """Return a trigger's arguments with its target, this function's alias."""
        problems = [*self._refused(trigger, args if isinstance(args, dict) else {})]
        if problems:
            raise InvalidArgsError(f"{trigger.__name__} {self._below(name)!r}", problems)
        # The component reports a value that is not a dict.
        return {**args, "qualified_arn": self.alias_arn, **(more or {})} if isinstance(args, dict) else args

    def _refused(self, trigger: type[pulumi.ComponentResource], args: Mapping[str, Any]) -> Iterable[Problem]:
        """Find what such a function cannot have, although another one can."""
        if self.isolates_tenants:
            start = "start executions" if self._is_durable else "invoke it"
            why = f"{_NO_URL if trigger is UrlTrigger else _NO_TENANT}; {start} {_OTHERWISE}"
            yield Problem("tenancy_config", why, given=False)
        if not self._is_durable:
            for key in ("intermediary", "body_as_event"):
                if args.get(key):
                    yield Problem(key, _NO_INTERMEDIARY, args[key])
