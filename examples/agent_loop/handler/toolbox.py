"""The agent's tools. Some take a moment and are steps; others take days and suspend the execution."""

import json
import os
from collections.abc import Callable

from aws_durable_execution_sdk_python import (
    CallbackTimeoutError,
    DurableContext,
    StepContext,
    durable_step,
    durable_wait_for_callback,
)
from aws_durable_execution_sdk_python.config import Duration, StepConfig, WaitForCallbackConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.types import WaitForCallbackContext

from model import Call

PRICES = {"lamp": [55, 45, 38]}
"""The prices on the first days; then they stay the same. Your own program asks a shop."""
ANSWER_WITHIN = Duration.from_days(7)
RETRY = StepConfig(create_retry_strategy(RetryStrategyConfig(retryable_error_types=[OSError])))
"""Retries if a service does not respond; an error response is left to the model."""


def use(context: DurableContext, call: Call) -> str:
    """Use a tool, and return its result.

    Raises:
        ValueError: there is no such tool.
    """
    tool = TOOLS.get(call["tool"])
    if tool is None:
        raise ValueError(f"there is no tool {call['tool']}; there are {', '.join(sorted(TOOLS))}")
    return tool(context, call["id"], **call["arguments"])


def look_up_price(context: DurableContext, _call_id: str, item: str, day: int) -> str:
    """Return the price of an item on a day."""
    return context.step(asked_shop(item, day), config=RETRY)


def wait(context: DurableContext, _call_id: str, days: int) -> str:
    """Wait for days, while nothing runs."""
    seconds = days * int(os.environ["SECONDS_PER_DAY"])
    context.wait(Duration.from_seconds(seconds), name=f"{days}-days")
    return f"{days} days later"


def ask_user(context: DurableContext, _call_id: str, question: str) -> str:
    """Ask the user, and suspend until there is an answer: `yes` or `no`."""
    try:
        reply = context.wait_for_callback(
            put_question(question), name="answer", config=WaitForCallbackConfig(timeout=ANSWER_WITHIN)
        )
    except CallbackTimeoutError:
        return "no"
    return "yes" if json.loads(reply)["approved"] is True else "no"


def buy(context: DurableContext, call_id: str, item: str, price: int) -> str:
    """Buy an item only once, whatever happens: the key is the same in each attempt."""
    execution = context.execution_context.durable_execution_arn.rsplit("/", maxsplit=1)[-1]
    return context.step(ordered(item, price, f"{execution}-{call_id}"), config=RETRY)


@durable_step
def asked_shop(_step: StepContext, item: str, day: int) -> str:
    """Ask the shop for a price."""
    if item not in PRICES:
        raise LookupError(f"the shop has no {item}")
    prices = PRICES[item]
    return str(prices[min(day, len(prices) - 1)])


@durable_step
def ordered(step: StepContext, item: str, price: int, idempotency_key: str) -> str:
    """Order at the shop, which recognizes a repeat by the key."""
    step.logger.info("ordering a %s as %s", item, idempotency_key)
    return f"a {item} for {price}"


@durable_wait_for_callback
def put_question(callback_id: str, context: WaitForCallbackContext, question: str) -> None:
    """Put the question to the user. Here it is logged; human_approval sends it to a chat."""
    context.logger.info("%s (callback %s)", question, callback_id)


TOOLS: dict[str, Callable[..., str]] = {
    "look_up_price": look_up_price,
    "wait": wait,
    "ask_user": ask_user,
    "buy": buy,
}
