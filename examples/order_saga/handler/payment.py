"""The payments: charge cards for orders, and refund them."""

from typing import TypedDict

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step

import ledger


class Request(TypedDict):
    """A request: `charge` and `refund` for an order, or `top_up` to give a card a balance."""

    action: str
    key: str
    card: str
    cents: int


@durable_execution
def handler(event: Request, context: DurableContext) -> ledger.Outcome:
    """Return `done`, `refused` if the card has too little, or `nothing_to_undo`."""
    return context.step(book(event), name=event["action"], config=ledger.RETRY)


@durable_step
def book(_step: StepContext, request: Request) -> ledger.Outcome:
    """Book the request under its key."""
    entry, account, cents = f"payment/{request['key']}", f"card/{request['card']}", request["cents"]
    match request["action"]:
        case "charge":
            return ledger.enter(entry, account, -cents)
        case "refund":
            return ledger.undo(entry, account, -cents)
        case "top_up":
            return ledger.enter(entry, account, cents)
        case other:
            raise ValueError(f"action is {other!r}; it must be charge, refund or top_up")
