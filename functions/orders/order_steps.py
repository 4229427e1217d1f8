"""The workflow's calls to other services: stock, carrier, approver.

The services are simulated; in a real deployment, replace the bodies and keep the signatures. Like a
payment provider's test cards, some inputs cause a certain outcome:

    sku "SOLD-OUT"            the warehouse has none
    sku "FLAKY"               the warehouse's first response is lost: the step is retried
    ship_to "UNDELIVERABLE"   the carrier refuses the address
    ship_to "CARRIER-DOWN"    the carrier never responds: the retries run out

Steps run at least once: a crash between the effect and its checkpoint runs the step again. So each call
has an idempotency key, by which the service recognizes a repeat. The key is the order's id, not the
execution's: a trigger that retries starts another execution of the same order, which must not reserve or
ship a second time either.

A refusal is a result, checkpointed like any other. Only a failure is an exception, so retry strategies do
not have to distinguish the two.
"""

from typing import NotRequired, TypedDict

from aws_durable_execution_sdk_python import StepContext, durable_step, durable_wait_for_callback
from aws_durable_execution_sdk_python.types import WaitForCallbackContext

from order_document import Order


class Answer(TypedDict):
    """A service's answer: the outcome, with a reference for what was done, or the reason of a refusal."""

    outcome: str
    reference: NotRequired[str]
    reason: NotRequired[str]


@durable_step
def reserve_stock(step: StepContext, order: Order) -> Answer:
    """Reserve every line of the order at the warehouse: ``reserved`` or ``sold_out``."""
    skus = {line.sku for line in order.lines}
    if "FLAKY" in skus and step.attempt == 1:
        raise ConnectionError("the warehouse closed the connection")
    if "SOLD-OUT" in skus:
        return {"outcome": "sold_out", "reason": "the warehouse has no SOLD-OUT left"}
    step.logger.info("stock reserved", extra={"idempotencyKey": f"{order.order_id}/reserve"})
    return {"outcome": "reserved", "reference": f"reservation-{order.order_id}"}


@durable_step
def release_stock(step: StepContext, order: Order) -> Answer:
    """Release what was reserved for the order; does nothing if nothing was."""
    step.logger.info("stock released", extra={"idempotencyKey": f"{order.order_id}/release"})
    return {"outcome": "released", "reference": f"reservation-{order.order_id}"}


@durable_step
def ship(step: StepContext, order: Order) -> Answer:
    """Hand the parcel to the carrier: ``shipped`` or ``undeliverable``."""
    if order.ship_to == "CARRIER-DOWN":
        raise ConnectionError("the carrier does not answer")
    if order.ship_to == "UNDELIVERABLE":
        return {"outcome": "undeliverable", "reason": "the carrier does not know the address"}
    step.logger.info("parcel handed over", extra={"idempotencyKey": f"{order.order_id}/ship"})
    return {"outcome": "shipped", "reference": f"parcel-{order.order_id}"}


@durable_wait_for_callback
def ask_approver(callback_id: str, context: WaitForCallbackContext, order: Order) -> None:
    """Tell the approver which callback waits for an answer.

    Here a real deployment sends mail or a chat message whose buttons call
    ``SendDurableExecutionCallbackSuccess`` with this id.
    """
    context.logger.info(
        "order waits for approval",
        extra={"orderId": order.order_id, "totalCents": order.total_cents, "callbackId": callback_id},
    )
