"""A trigger that starts executions on a schedule."""

import json
import zoneinfo
from collections.abc import Iterable
from typing import Annotated, Any, NotRequired

import pulumi
import pulumi_aws as aws
from pydantic import AfterValidator

from .. import iam
from ..checks import rules
from ..checks.component import Component
from ..checks.errors import Problem
from ..grants.grantee import policy_of
from . import rules as trigger_rules
from .delivery import Delivery, DeliveryOptions
from .target import TargetArgs


class ScheduleOptions(DeliveryOptions):
    """When executions start, and with which event."""

    schedule: str
    """`rate(1 day)`, `cron(0 3 * * ? *)` with six fields, or `at(2027-01-31T03:00:00)` for once."""
    timezone: NotRequired[str]
    """The time zone of `cron` and `at`, such as Europe/Berlin; daylight saving time is observed. Default: UTC."""
    flexible_minutes: NotRequired[int]
    """Start within this many minutes after the time, 1 to 1,440, to spread load. Default: start exactly at the time."""
    event: NotRequired[dict[str, Any]]
    """The handler's event; may contain outputs. Default: the event that EventBridge Scheduler sends."""
    description: NotRequired[str]
    """A description of the schedule, at most 512 characters. Default: none."""
    enabled: NotRequired[bool]
    """Whether the trigger starts executions. Default: True."""


class ScheduleTriggerArgs(ScheduleOptions, TargetArgs):
    """Arguments of ScheduleTrigger."""


def _timezone(value: str) -> str:
    known = zoneinfo.available_timezones()  # empty if the machine has no time zone database
    if known and value not in known:
        raise ValueError("must be a time zone in the IANA database, such as Europe/Berlin")
    return value


class _Schedule(Delivery):
    schedule: rules.Schedule
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
    flexible_minutes: trigger_rules.FlexibleMinutes | None = None
    event: dict[str, Any] | None = None
    description: rules.LongDescription | None = None
    enabled: bool = True

    def unusual(self) -> Iterable[Problem]:
        """Find a time zone that has no effect."""
        if "timezone" in self.model_fields_set and self.schedule.startswith("rate("):
            message = "has no effect: a rate has no time of day; leave it out, or use cron(...)"
            yield Problem("timezone", message, self.timezone)


class ScheduleTrigger(Component):
    """Starts executions by EventBridge Scheduler, asynchronously, with a role that may do nothing else.

    Scheduler may deliver an event twice, which starts two executions. Use an idempotency key for whatever must happen
    only once.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    def __init__(
        self, name: str, args: ScheduleTriggerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `ScheduleTriggerArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Schedule.parse_named("ScheduleTrigger", name, args)
        super().__init__("durable-functions:index:ScheduleTrigger", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        target_arn = checked.parsed_arn()
        role = aws.iam.Role(
            name,
            assume_role_policy=target_arn.apply(
                lambda arn: json.dumps(iam.trust_policy("scheduler.amazonaws.com", arn.account))
            ),
            opts=child,
        )
        policies = {name: policy_of(iam.invoke_document, checked.qualified_arn)}
        if checked.dead_letter_queue_arn is not None:
            policies[f"{name}-dead-letters"] = policy_of(iam.send_document, checked.dead_letter_queue_arn)
        permissions = [
            aws.iam.RolePolicy(policy_name, role=role.name, policy=policy, opts=child)
            for policy_name, policy in policies.items()
        ]
        event = checked.event
        target: Any = {
            "arn": checked.qualified_arn,
            "role_arn": role.arn,
            "input": None if event is None else pulumi.Output.json_dumps(event),
            **checked.target_inputs(),
        }
        window: aws.scheduler.ScheduleFlexibleTimeWindowArgsDict = {"mode": "OFF"}
        if checked.flexible_minutes:
            window = {"mode": "FLEXIBLE", "maximum_window_in_minutes": checked.flexible_minutes}
        aws.scheduler.Schedule(
            name,
            description=checked.description,
            schedule_expression=checked.schedule,
            schedule_expression_timezone=checked.timezone,
            flexible_time_window=window,
            state="ENABLED" if checked.enabled else "DISABLED",
            target=target,
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )
        self.register_outputs({})
