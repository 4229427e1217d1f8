"""The stock: reserves goods for orders, and releases them."""

from typing import TypedDict

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step

import ledger


class Request(TypedDict):
    """A request: `reserve` and `release` for an order, or `deliver` to add goods."""

    action: str
    key: str
    sku: str
    quantity: int


@durable_execution
def handler(event: Request, context: DurableContext) -> ledger.Outcome:
    """Return `done`, `refused` if there is not enough, or `nothing_to_undo`."""
    return context.step(book(event), name=event["action"], config=ledger.RETRY)


@durable_step
def book(_step: StepContext, request: Request) -> ledger.Outcome:
    """Book the request under its key."""
    entry, account, quantity = f"stock/{request['key']}", f"stock/{request['sku']}", request["quantity"]
    match request["action"]:
        case "reserve":
            return ledger.enter(entry, account, -quantity)
        case "release":
            return ledger.undo(entry, account, -quantity)
        case "deliver":
            return ledger.enter(entry, account, quantity)
        case other:
            raise ValueError(f"action is {other!r}; it must be reserve, release or deliver")
