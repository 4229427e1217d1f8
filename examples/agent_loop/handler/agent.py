"""The agent's loop: ask the model, use the tools that it calls, and pass it their results, until it has an answer.

Each reply of the model is a step, so a replay does not ask it again; each use of a tool is an operation of its own. The
conversation is built from their results, so it does not have to be stored elsewhere.
"""

import os
from collections.abc import Sequence
from typing import TypedDict

from aws_durable_execution_sdk_python import (
    BatchResult,
    DurableContext,
    StepContext,
    durable_execution,
    durable_step,
)
from aws_durable_execution_sdk_python.concurrency.models import BatchItem
from aws_durable_execution_sdk_python.config import CompletionConfig, Duration, MapConfig, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

from model import Call, Message, Model, ModelError, Reply, stand_in
from toolbox import use

MODEL: Model = stand_in
"""Replace this with a function that asks your model. It is only called in a step."""

RETRY = StepConfig(
    create_retry_strategy(
        RetryStrategyConfig(
            max_attempts=8, initial_delay=Duration.from_seconds(2), retryable_error_types=[ModelError]
        )
    )
)


class Answer(TypedDict):
    """The agent's answer."""

    answer: str
    turns: int


class TooManyTurnsError(Exception):
    """The model keeps calling tools. Each turn costs money, so there is a limit."""


@durable_execution
def handler(event: dict[str, str], context: DurableContext) -> Answer:
    """Pursue the goal in the event; return the model's answer."""
    conversation: list[Message] = [{"role": "user", "text": event["goal"]}]
    limit = int(os.environ["MAX_TURNS"])
    for turn in range(1, limit + 1):
        reply = context.step(think(conversation), name=f"think-{turn}", config=RETRY)
        if not reply["calls"]:
            return {"answer": reply["text"], "turns": turn}
        conversation.append({"role": "assistant", "text": reply["text"], "calls": reply["calls"]})
        conversation += use_tools(context, reply["calls"], name=f"tools-{turn}")
    raise TooManyTurnsError(f"no answer after {limit} turns; raise maxTurns, or change the goal")


@durable_step
def think(_step: StepContext, conversation: Sequence[Message]) -> Reply:
    """Ask the model."""
    return MODEL(conversation)


def use_tools(context: DurableContext, calls: Sequence[Call], name: str) -> list[Message]:
    """Use the tools that the model calls, in parallel; the model gets the error of a tool that fails."""
    batch: BatchResult[str] = context.map(
        calls,
        lambda child, call, _index, _calls: use(child, call),
        name=name,
        config=MapConfig(
            completion_config=CompletionConfig(tolerated_failure_percentage=100),
            item_namer=lambda call, _index: call["tool"],
        ),
    )
    return [
        {"role": "tool", "call_id": call["id"], "text": result_text(item)}
        for call, item in zip(calls, batch.all, strict=True)
    ]


def result_text(item: BatchItem[str]) -> str:
    """Return a tool's result, or its error, so that the model can react."""
    return item.result or "" if item.error is None else f"error: {item.error.message}"
