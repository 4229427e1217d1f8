"""Whether a rule, schedule, topic or bucket may deliver: by its target's policy, or by the role that it has been given."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.gateway.emulator import sns, sqs
from local_cloud.gateway.permissions import INVOKE, delivery_refusal, session_refusal

Record = Mapping[str, Any]

EVENTS = "events.amazonaws.com"
TARGET_ACTIONS = {"lambda": INVOKE, "sqs": "sqs:SendMessage", "sns": "sns:Publish"}

log = logging.getLogger(__name__)


def permitted(deliver: Callable[..., None], refusal: Callable[..., str | None]) -> Callable[..., None]:
    """Wrap a function that delivers and returns nothing, so that it delivers only what is not refused."""

    def deliver_if_permitted(*arguments: Any) -> None:
        if reason := refusal(*arguments):
            # There is no caller to tell; AWS counts a failed delivery.
            log.warning("a trigger did not start its target: %s", reason)
        else:
            deliver(*arguments)

    return deliver_if_permitted


def target_refusal(target: Record, _event: object, source: Record, *_: object) -> str | None:
    """Why a rule or a schedule may not invoke its target: a function, a queue or a topic."""
    arn, own = str(target.get("Arn")), str(source.get("Arn"))
    service = arn.removeprefix("arn:aws:").partition(":")[0]
    if service not in TARGET_ACTIONS:
        return None
    account = own.split(":")[4]
    if role := target.get("RoleArn"):
        return session_refusal(role, own.rpartition("/")[2], TARGET_ACTIONS[service], arn)
    match service:
        case "lambda":
            return delivery_refusal(EVENTS, own, account, arn)
        case "sqs":
            allowed = sqs.queue_policy_allows(arn, EVENTS, own, account)
        case _:
            # EventBridge sends none of a condition's keys when it publishes to a topic.
            allowed = sns.topic_policy_allows(arn, EVENTS, "", "")
    return None if allowed else f"the policy of {arn} does not allow {EVENTS} to send to it for {own}"


def topic_refusal(arn: str, _envelope: str, topic: str, *_: object) -> str | None:
    """Why a topic may not invoke a function that subscribes to it."""
    return delivery_refusal("sns.amazonaws.com", topic, topic.split(":")[4], arn)


def bucket_refusal(arn: str, event: Record, *_: object) -> str | None:
    """Why a bucket may not invoke a function for an object."""
    # A bucket's ARN names no account; here it is the function's.
    bucket = event["Records"][0]["s3"]["bucket"]["arn"]
    return delivery_refusal("s3.amazonaws.com", bucket, arn.split(":")[4], arn)
