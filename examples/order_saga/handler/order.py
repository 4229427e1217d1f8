"""The saga: reserve, charge, ship; or undo what was done, last first.

A refusal is a result: the order is undone, and the execution succeeds with that outcome. After a failure, the order is
undone too, and then the error is raised: the execution fails, and its alarm goes off.
"""

import os
from collections.abc import Callable
from typing import Any, TypedDict

from aws_durable_execution_sdk_python import (
    DurableContext,
    DurableOperationError,
    StepContext,
    durable_execution,
    durable_step,
)
from aws_durable_execution_sdk_python.config import Duration, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

RETRY = StepConfig(create_retry_strategy(RetryStrategyConfig(4, initial_delay=Duration.from_seconds(1))))


class Order(TypedDict):
    """The order."""

    order_id: str
    sku: str
    quantity: int
    card: str
    cents: int
    ship_to: str


class RefusedError(Exception):
    """A service has refused."""


@durable_execution
def handler(event: Order, context: DurableContext) -> dict[str, Any]:
    """Fulfil an order; return its status, `shipped` or `refused`, and what was undone."""
    compensations: list[tuple[str, Callable[[], str]]] = []
    undone: list[str] = []

    def attempt(
        name: str, action: Callable[[], str], undo: tuple[str, Callable[[], str]] | None = None
    ) -> None:
        # Recorded before the action: an action that has failed may have taken effect.
        if undo:
            compensations.append(undo)
        if action() != "done":
            raise RefusedError(name)

    def compensate() -> None:
        for name, undo in reversed(compensations):
            if undo() == "done":
                undone.append(name)

    def stock(action: str) -> str:
        goods = {"sku": event["sku"], "quantity": event["quantity"]}
        return call(context, "STOCK_FUNCTION", action, {"key": event["order_id"], **goods})

    def payment(action: str) -> str:
        money = {"card": event["card"], "cents": event["cents"]}
        return call(context, "PAYMENT_FUNCTION", action, {"key": event["order_id"], **money})

    result: dict[str, Any] = {"order_id": event["order_id"], "status": "shipped"}
    try:
        attempt("reserve", lambda: stock("reserve"), undo=("release", lambda: stock("release")))
        attempt("charge", lambda: payment("charge"), undo=("refund", lambda: payment("refund")))
        attempt("ship", lambda: context.step(ship(event), config=RETRY))
    except RefusedError as refusal:
        compensate()
        result |= {"status": "refused", "refused_by": str(refusal), "undone": undone}
    except DurableOperationError:
        compensate()
        raise
    return result


def call(context: DurableContext, function: str, action: str, request: dict[str, Any]) -> str:
    """Invoke another durable function, and suspend until its execution has ended."""
    outcome: str = context.invoke(os.environ[function], {"action": action, **request}, name=action)
    return outcome


@durable_step
def ship(step: StepContext, order: Order) -> str:
    """Hand over the parcel, last, since it cannot be undone: `done`, or `refused` by the carrier.

    In your own program, call your carrier here, with the order's id as the idempotency key. This carrier is simulated: it
    refuses "NOWHERE", and does not respond for "ATLANTIS".
    """
    if order["ship_to"] == "ATLANTIS":
        raise ConnectionError("the carrier does not answer")
    step.logger.info("parcel for order %s", order["order_id"])
    return "refused" if order["ship_to"] == "NOWHERE" else "done"
