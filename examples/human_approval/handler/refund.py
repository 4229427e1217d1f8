"""Asks a person whether to refund, waits for the answer without using compute, and acts on it."""

import json
import os
from typing import NotRequired, TypedDict

from aws_durable_execution_sdk_python import (
    CallbackTimeoutError,
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
    durable_wait_for_callback,
)
from aws_durable_execution_sdk_python.config import Duration, StepConfig, WaitForCallbackConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.types import WaitForCallbackContext

import chat

RETRY = create_retry_strategy(RetryStrategyConfig(6, initial_delay=Duration.from_seconds(1)))


class Refund(TypedDict):
    """The refund that is requested."""

    order_id: str
    amount_cents: int


class Outcome(TypedDict):
    """The result: its status is `refunded`, `rejected` or `expired`."""

    order_id: str
    status: str
    by: NotRequired[str]
    reference: NotRequired[str]


@durable_execution
def handler(event: Refund, context: DurableContext) -> Outcome:
    """Refund an order, if a person agrees in time."""
    try:
        reply = context.wait_for_callback(
            ask(event),
            name="approval",
            config=WaitForCallbackConfig(
                timeout=Duration.from_seconds(int(os.environ["ANSWER_WITHIN_SECONDS"])), retry_strategy=RETRY
            ),
        )
    except CallbackTimeoutError:
        return {"order_id": event["order_id"], "status": "expired"}
    answer = json.loads(reply)
    if answer["approved"] is not True:
        return {"order_id": event["order_id"], "status": "rejected", "by": answer["by"]}
    reference = context.step(pay_back(event), config=StepConfig(RETRY))
    return {"order_id": event["order_id"], "status": "refunded", "by": answer["by"], "reference": reference}


@durable_wait_for_callback
def ask(callback_id: str, context: WaitForCallbackContext, refund: Refund) -> None:
    """Post the question. A retry may post it again, with the same callback: the first answer counts."""
    chat.post(os.environ["CHAT_URL"], chat.question(refund["order_id"], refund["amount_cents"], callback_id))
    context.logger.info("asked for order %s", refund["order_id"])


@durable_step
def pay_back(step: StepContext, refund: Refund) -> str:
    """Pay back only once: the payment provider recognizes a repeat by the key. Call your own provider here."""
    idempotency_key = f"refund-{refund['order_id']}"
    step.logger.info("paying back %d cents as %s", refund["amount_cents"], idempotency_key)
    return idempotency_key
