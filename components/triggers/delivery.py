"""How EventBridge delivers events: how long it retries, and where undeliverable events go."""

from typing import Any, NotRequired, TypedDict

import pulumi

from ..checks import rules
from . import rules as trigger_rules
from .target import Target


class DeliveryOptions(TypedDict):
    """What happens if Lambda does not accept an event. It does not apply to executions that have started."""

    maximum_retry_attempts: NotRequired[int]
    """How often delivery is retried: 0 to 185 times. Default: 185."""
    maximum_event_age_seconds: NotRequired[int]
    """How long delivery is retried: 60 to 86,400 seconds. Default: 86,400, a day."""
    dead_letter_queue_arn: NotRequired[pulumi.Input[str]]
    """An SQS queue for events that cannot be delivered. Default: none; they are lost."""


class Delivery(Target):
    """A target and its delivery options, checked."""

    maximum_retry_attempts: trigger_rules.DeliveryAttempts = 185
    maximum_event_age_seconds: trigger_rules.EventAge = 86_400
    dead_letter_queue_arn: rules.StandardQueueArn | None = None

    def target_inputs(self) -> dict[str, Any]:
        """Return the inputs that the targets of rules and schedules have in common."""
        queue = self.dead_letter_queue_arn
        return {
            "retry_policy": {
                "maximum_retry_attempts": self.maximum_retry_attempts,
                "maximum_event_age_in_seconds": self.maximum_event_age_seconds,
            },
            "dead_letter_config": None if queue is None else {"arn": queue},
        }
