"""How EventBridge delivers: for how long it tries, and where an event goes that cannot be delivered."""

from typing import Any, NotRequired, TypedDict

import pulumi

from ..checks import rules
from . import rules as trigger_rules
from .target import Target


class DeliveryOptions(TypedDict):
    """What happens to a start that Lambda does not take; an execution that has started is not meant."""

    maximum_retry_attempts: NotRequired[int]
    """How often delivery is tried again: 0 to 185. Default: 185."""
    maximum_event_age_seconds: NotRequired[int]
    """How long delivery is tried: 60 to 86,400 seconds. Default: 86,400, a day."""
    dead_letter_queue_arn: NotRequired[pulumi.Input[str]]
    """An SQS queue for what cannot be delivered. Default: none, it is lost."""


class Delivery(Target):
    """A target with its delivery, checked."""

    maximum_retry_attempts: trigger_rules.DeliveryAttempts = 185
    maximum_event_age_seconds: trigger_rules.EventAge = 86_400
    dead_letter_queue_arn: rules.StandardQueueArn | None = None

    def target_inputs(self) -> dict[str, Any]:
        """Return the inputs that a rule's target and a schedule's have in common."""
        queue = self.dead_letter_queue_arn
        return {
            "retry_policy": {
                "maximum_retry_attempts": self.maximum_retry_attempts,
                "maximum_event_age_in_seconds": self.maximum_event_age_seconds,
            },
            "dead_letter_config": None if queue is None else {"arn": queue},
        }
