"""Balances in a DynamoDB table, changed by entries that only count once, however often they are made.

An entry and the balance that it changes are written in one transaction, on condition that no entry of this name exists
yet. So a step that runs a second time, after a crash between its effect and its checkpoint, changes nothing.
"""

import os
from typing import Any, Literal

import boto3
from aws_durable_execution_sdk_python.config import Duration, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from botocore.exceptions import BotoCoreError, ClientError

Outcome = Literal["done", "refused", "nothing_to_undo"]
RETRY = StepConfig(
    create_retry_strategy(
        RetryStrategyConfig(
            max_attempts=10,
            initial_delay=Duration.from_seconds(1),
            max_delay=Duration.from_minutes(1),
            retryable_error_types=[BotoCoreError, ClientError],
        )
    )
)
"""Retries many times, because a compensation must succeed; an invalid request is not retried."""

client = boto3.client("dynamodb")


def enter(entry: str, account: str, change: int) -> Outcome:
    """Change an account's balance: `done`, also if the entry already exists.

    `refused` if the balance is too low, or if the entry was undone: to try again, use a new name.
    """
    try:
        _write(_new(entry), _absent(_undone(entry)), _changed(account, change))
    except client.exceptions.TransactionCanceledException as error:
        exists, undone, short = _failed_conditions(error)
        if exists and not undone:
            return "done"
        if undone or short:
            return "refused"
        raise
    return "done"


def undo(entry: str, account: str, change: int) -> Outcome:
    """Undo an entry that made this change: `done`, also if it is already undone; or `nothing_to_undo`."""
    try:
        _write(_present(entry), _new(_undone(entry)), _changed(account, -change))
    except client.exceptions.TransactionCanceledException as error:
        missing, exists, _ = _failed_conditions(error)
        if missing:
            return "nothing_to_undo"
        if exists:
            return "done"
        raise
    return "done"


def _write(*actions: dict[str, Any]) -> None:
    table = os.environ["LEDGER_TABLE"]
    client.transact_write_items(
        TransactItems=[
            {kind: {"TableName": table, **what}} for action in actions for kind, what in action.items()
        ]
    )


def _undone(entry: str) -> str:
    """The name of the entry that undoes another one."""
    return f"{entry}/undone"


def _new(entry: str) -> dict[str, Any]:
    """Write the entry, on condition that it does not exist yet."""
    return {
        "Put": {"Item": {"id": {"S": f"entry/{entry}"}}, "ConditionExpression": "attribute_not_exists(id)"}
    }


def _present(entry: str) -> dict[str, Any]:
    """Write nothing, on condition that the entry exists."""
    return _check(entry, "attribute_exists(id)")


def _absent(entry: str) -> dict[str, Any]:
    """Write nothing, on condition that the entry does not exist."""
    return _check(entry, "attribute_not_exists(id)")


def _check(entry: str, condition: str) -> dict[str, Any]:
    return {"ConditionCheck": {"Key": {"id": {"S": f"entry/{entry}"}}, "ConditionExpression": condition}}


def _changed(account: str, change: int) -> dict[str, Any]:
    """Change the account's balance, on condition that it does not fall below zero."""
    update: dict[str, Any] = {
        "Key": {"id": {"S": f"account/{account}"}},
        "UpdateExpression": "ADD balance :change",
        "ExpressionAttributeValues": {":change": {"N": str(change)}},
    }
    if change < 0:
        update["ConditionExpression"] = "balance >= :needed"
        update["ExpressionAttributeValues"][":needed"] = {"N": str(-change)}
    return {"Update": update}


def _failed_conditions(error: ClientError) -> list[bool]:
    """Which of a transaction's actions have failed by their conditions, in their order."""
    reasons: list[dict[str, Any]] = error.response["CancellationReasons"]
    return [reason["Code"] == "ConditionalCheckFailed" for reason in reasons]
