"""Writes the day's statements: loads what all of them need in parallel, then maps over the accounts.

Each account has its own context, so the batch can resume in the middle, and the history shows which account failed. A
few accounts may fail, and are reported. If too many fail, something is wrong with all of them, and the batch fails.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

import boto3
from aws_durable_execution_sdk_python import (
    BatchResult,
    DurableContext,
    StepContext,
    durable_execution,
    durable_parallel_branch,
    durable_step,
)
from aws_durable_execution_sdk_python.concurrency.models import CompletionReason
from aws_durable_execution_sdk_python.config import CompletionConfig, Duration, MapConfig, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from botocore.exceptions import BotoCoreError, ClientError

import bank

AT_ONCE = 10
"""How many accounts are processed in parallel in one invocation; each takes a thread."""
TOLERATED_PERCENT = 25
RETRY = StepConfig(
    create_retry_strategy(
        RetryStrategyConfig(
            max_attempts=5,
            initial_delay=Duration.from_seconds(1),
            retryable_error_types=[OSError, BotoCoreError, ClientError],
        )
    )
)
"""Retries a service that is down; wrong books of an account stay wrong."""

client = boto3.client("s3")


class Summary(TypedDict):
    """The result of the batch."""

    day: str
    written: list[str]
    failed: dict[str, str]


@durable_execution
def handler(event: dict[str, str], context: DurableContext) -> Summary:
    """Write the statements of the event's day, or of today.

    Raises:
        ChildContextError: more accounts have failed than are tolerated; it contains the first error.
    """
    # The clock differs between replays, so it is read in a step.
    day = event.get("day") or context.step(lambda _: datetime.now(UTC).date().isoformat(), name="today")
    loaded: BatchResult[Any] = context.parallel([load_accounts(), load_rates(day)], name="load")
    loaded.throw_if_error()
    accounts, rates = loaded.get_results()

    def write(child: DurableContext, account: str, _index: int, _accounts: Sequence[str]) -> str:
        statement = child.step(make_statement(account, day, rates), config=RETRY)
        return child.step(store(statement), config=RETRY)

    statements: BatchResult[str] = context.map(
        accounts,
        write,
        name="statements",
        config=MapConfig(
            max_concurrency=AT_ONCE,
            completion_config=CompletionConfig(tolerated_failure_percentage=TOLERATED_PERCENT),
            item_namer=lambda account, _index: account,
        ),
    )
    failed = {accounts[item.index]: item.error.message or "" for item in statements.failed() if item.error}
    if statements.completion_reason is CompletionReason.FAILURE_TOLERANCE_EXCEEDED:
        statements.throw_if_error()
    return {"day": day, "written": statements.get_results(), "failed": failed}


@durable_parallel_branch(name="accounts")
def load_accounts(context: DurableContext) -> list[str]:
    """Load the accounts that get a statement."""
    return context.step(lambda _: bank.accounts(), name="load_accounts", config=RETRY)


@durable_parallel_branch(name="rates")
def load_rates(context: DurableContext, day: str) -> dict[str, float]:
    """Load the exchange rates of the day."""
    return context.step(lambda _: bank.rates(day), name="load_rates", config=RETRY)


@durable_step
def make_statement(_step: StepContext, account: str, day: str, rates: dict[str, float]) -> bank.Statement:
    """Add up an account's postings of the day."""
    return bank.statement(account, day, rates)


@durable_step
def store(_step: StepContext, statement: bank.Statement) -> str:
    """Store a statement, and return its key; a repeat writes the same object again."""
    key = f"{statement['day']}/{statement['account']}.json"
    client.put_object(Bucket=os.environ["STATEMENTS_BUCKET"], Key=key, Body=json.dumps(statement))
    return key
