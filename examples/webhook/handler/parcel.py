"""Has a parcel packed by a warehouse, waits for the answer without using compute, and computes the postage."""

import json
import os
from typing import TypedDict

import boto3
from aws_durable_execution_sdk_python import (
    DurableContext,
    durable_execution,
    durable_wait_for_callback,
)
from aws_durable_execution_sdk_python.config import Duration, WaitForCallbackConfig
from aws_durable_execution_sdk_python.types import WaitForCallbackContext

ANSWER_WITHIN = Duration.from_days(5)

client = boto3.client("sqs")


class Order(TypedDict):
    """The order whose parcel is to be packed."""

    order_id: str


class Parcel(TypedDict):
    """The parcel, ready to be sent."""

    order_id: str
    grams: int
    postage_cents: int


@durable_execution
def handler(event: Order, context: DurableContext) -> Parcel:
    """Have the parcel packed, and return its weight and postage."""
    answer = context.wait_for_callback(
        ask(event), name="packed", config=WaitForCallbackConfig(timeout=ANSWER_WITHIN)
    )
    grams: int = json.loads(answer)["grams"]
    cents: int = context.invoke(os.environ["POSTAGE_FUNCTION"], {"grams": grams}, name="postage")
    return {"order_id": event["order_id"], "grams": grams, "postage_cents": cents}


@durable_wait_for_callback
def ask(callback_id: str, context: WaitForCallbackContext, order: Order) -> None:
    """Send the job to the warehouse, with the ID that its answer must have."""
    job = {**order, "callback_id": callback_id}
    client.send_message(QueueUrl=os.environ["JOBS_URL"], MessageBody=json.dumps(job))
    context.logger.info("asked the warehouse to pack %s", order["order_id"])
