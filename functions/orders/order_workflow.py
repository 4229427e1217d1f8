"""The order workflow: reserve, charge, settle, approve, ship; or undo what was done, last first.

A refusal (sold out, declined, rejected, ...) is a result: the order is undone and the execution succeeds
with that status. After a failure, the order is undone too, and then the error is raised: the execution
fails, and the alarm on failed executions goes off.

Lambda runs this function from the top after every wait, with the results of finished operations read from
the checkpoint. So anything that may differ between two runs (clock, random numbers, other services) must
be inside a step.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_durable_execution_sdk_python import (
    CallbackExternalError,
    CallbackTimeoutError,
    DurableContext,
    DurableOperationError,
    durable_execution,
)
from aws_durable_execution_sdk_python.config import Duration, StepConfig, WaitForCallbackConfig
from aws_durable_execution_sdk_python.retries import (
    RetryPresets,
    RetryStrategyConfig,
    create_retry_strategy,
)

from json_log import json_logger
from order_document import Order, parse_order
from order_steps import Answer, ask_approver, release_stock, reserve_stock, ship

LOGGER = json_logger("orders", os.environ.get("LOG_LEVEL", "INFO"))

RETRY = StepConfig(create_retry_strategy(RetryStrategyConfig(4, initial_delay=Duration.from_seconds(1))))
RETRY_HARD = StepConfig(RetryPresets.critical())


@dataclass(frozen=True)
class Settings:
    """The deployment's settings. A published version keeps its environment, so replays read the same values."""

    payments_function: str
    settlement_seconds: int
    approval_timeout_seconds: int
    approval_threshold_cents: int

    @classmethod
    def from_environment(cls) -> "Settings":
        """Read the environment; a variable that is missing raises KeyError with its name."""
        return cls(
            payments_function=os.environ["PAYMENTS_FUNCTION"],
            settlement_seconds=int(os.environ["SETTLEMENT_SECONDS"]),
            approval_timeout_seconds=int(os.environ["APPROVAL_TIMEOUT_SECONDS"]),
            approval_threshold_cents=int(os.environ["APPROVAL_THRESHOLD"]),
        )


class RefusedError(Exception):
    """A service or the approver refused."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer["outcome"])
        self.answer = answer


class Saga:
    """The steps taken so far, and how to undo them."""

    def __init__(self) -> None:
        self.steps: list[dict[str, str]] = []
        self._compensations: list[tuple[str, Callable[[], Answer]]] = []

    def attempt(
        self,
        name: str,
        expected: str,
        action: Callable[[], Answer],
        undo: tuple[str, Callable[[], Answer]] | None = None,
    ) -> None:
        """Take a step; raise RefusedError if its outcome is not ``expected``.

        The compensation is recorded before the action: an action that failed may still have taken effect.
        """
        if undo:
            self._compensations.append(undo)
        answer = self._take(name, action)
        if answer["outcome"] != expected:
            if undo:
                self._compensations.pop()
            raise RefusedError(answer)

    def undo(self) -> None:
        """Run the compensations, last first. If one fails after all retries, the execution fails."""
        while self._compensations:
            self._take(*self._compensations.pop())

    def _take(self, name: str, action: Callable[[], Answer]) -> Answer:
        answer = action()
        self.steps.append({"name": name, **{key: str(value) for key, value in answer.items()}})
        return answer


@durable_execution
def handler(event: object, context: DurableContext) -> dict[str, Any]:
    """Fulfil the order in ``event``; return its id, status, total and the steps taken.

    Raises InvalidOrderError before anything is done; there is no retry, as no retry would help.
    """
    context.set_logger(LOGGER)
    order = parse_order(event)
    saga = Saga()
    result: dict[str, Any] = {"order_id": order.order_id, "total_cents": order.total_cents}
    try:
        fulfil(context, order, Settings.from_environment(), saga)
        result["status"] = "shipped"
    except RefusedError as refusal:
        context.logger.warning("order refused", extra={"orderId": order.order_id, **refusal.answer})
        saga.undo()
        result["status"] = refusal.answer["outcome"]
        result["reason"] = refusal.answer.get("reason", "")
    # Only errors of operations. The SDK's other errors end the invocation, and the next one resumes.
    except DurableOperationError:
        saga.undo()
        raise
    return {**result, "steps": saga.steps}


def fulfil(context: DurableContext, order: Order, settings: Settings, saga: Saga) -> None:
    """Take the order through all its steps."""

    def pay(action: str) -> Answer:
        answer: Answer = context.invoke(
            settings.payments_function,
            {
                "action": action,
                "charge_key": order.order_id,
                "amount_cents": order.total_cents,
                "card_token": order.card_token,
            },
            name=f"{action}_payment",
        )
        return answer

    saga.attempt(
        "reserve_stock",
        "reserved",
        lambda: context.step(reserve_stock(order), config=RETRY),
        undo=("release_stock", lambda: context.step(release_stock(order), config=RETRY_HARD)),
    )
    saga.attempt(
        "charge_payment",
        "charged",
        lambda: pay("charge"),
        undo=("refund_payment", lambda: pay("refund")),
    )
    if settings.settlement_seconds:
        context.wait(Duration.from_seconds(settings.settlement_seconds), name="settlement")
    if order.total_cents >= settings.approval_threshold_cents:
        saga.attempt("approval", "approved", lambda: ask_for_approval(context, order, settings))
    saga.attempt("ship", "shipped", lambda: context.step(ship(order), config=RETRY))


def ask_for_approval(context: DurableContext, order: Order, settings: Settings) -> Answer:
    """Suspend until the approver answers: ``approved``, ``rejected`` or ``approval_timed_out``."""
    timeout = Duration.from_seconds(settings.approval_timeout_seconds)
    try:
        reply = context.wait_for_callback(
            ask_approver(order), name="approval", config=WaitForCallbackConfig(timeout=timeout)
        )
    except CallbackTimeoutError:
        return {"outcome": "approval_timed_out", "reason": f"no answer within {timeout.seconds} s"}
    except CallbackExternalError as error:
        return {"outcome": "rejected", "reason": error.message or "the approver sent a failure"}
    return read_approval(reply)


def read_approval(reply: str | None) -> Answer:
    """Read the approver's JSON, ``{"approved": true, "by": "..."}``. Anything else is a refusal."""
    try:
        decision = json.loads(reply or "")
    except ValueError:
        return {"outcome": "rejected", "reason": "the approver's answer is not JSON"}
    if isinstance(decision, dict) and decision.get("approved") is True:
        return {"outcome": "approved", "reference": str(decision.get("by", "unnamed"))}
    reason = decision.get("reason") if isinstance(decision, dict) else None
    return {"outcome": "rejected", "reason": str(reason or "the approver said no")}
