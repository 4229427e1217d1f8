"""A trigger that starts executions for events on an EventBridge bus."""

from typing import Any, NotRequired

import pulumi
import pulumi_aws as aws
from pydantic import Field

from ..checks import rules
from ..checks.component import Component
from ..grants.invoke_grant import InvokeGrant
from .delivery import Delivery, DeliveryOptions
from .target import TargetArgs


class EventOptions(DeliveryOptions):
    """Which events start executions.

    The policy of the queue in `dead_letter_queue_arn` must let events.amazonaws.com send.
    """

    event_pattern: dict[str, Any]
    """The pattern that events must match, such as {"source": ["shop.orders"]}; may contain outputs."""
    event_bus_name: NotRequired[pulumi.Input[str]]
    """The event bus. Default: the account's default event bus."""
    event: NotRequired[dict[str, Any]]
    """The handler's event, instead of the one that matched; may contain outputs. Default: the event that matched."""
    description: NotRequired[str]
    """A description of the rule, at most 512 characters. Default: none."""
    enabled: NotRequired[bool]
    """Whether the trigger starts executions. Default: True."""


class EventTriggerArgs(EventOptions, TargetArgs):
    """Arguments of EventTrigger."""


class _Event(Delivery):
    event_pattern: dict[str, Any] = Field(min_length=1)
    event_bus_name: rules.TextInput | None = None
    event: dict[str, Any] | None = None
    description: rules.LongDescription | None = None
    enabled: bool = True


class EventTrigger(Component):
    """Starts an execution for each matching event, by an EventBridge rule, asynchronously.

    EventBridge may deliver an event twice, which starts two executions.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    def __init__(self, name: str, args: EventTriggerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Declare the component; `EventTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Event.parse_named("EventTrigger", name, args)
        super().__init__("durable-functions:index:EventTrigger", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        rule = aws.cloudwatch.EventRule(
            name,
            description=checked.description,
            event_bus_name=checked.event_bus_name,
            event_pattern=pulumi.Output.json_dumps(checked.event_pattern),
            state="ENABLED" if checked.enabled else "DISABLED",
            opts=child,
        )
        grant = InvokeGrant(
            name,
            {
                "qualified_arn": checked.qualified_arn,
                "service": "events.amazonaws.com",
                "source_arn": rule.arn,
            },
            child,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            event_bus_name=checked.event_bus_name,
            arn=checked.qualified_arn,
            input=None if checked.event is None else pulumi.Output.json_dumps(checked.event),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[grant]),
            **checked.target_inputs(),
        )
        self.register_outputs({})
