from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from components import ExecutionsInFlightError, guard
from tests.unit.mocks import FUNCTION

FUNCTION_OUTPUTS = {
    "name": "orders-1a2b3c4",
    "arn": f"{FUNCTION}:orders-1a2b3c4",
    "durableConfig": {"executionTimeout": 60},
}


class Lambda:
    """Lambda's API, which gives an answer or raises an error, and keeps what it was asked."""

    def __init__(self, answer: list[dict[str, Any]] | Exception) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "Lambda":
        assert operation == "list_durable_executions_by_function"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        for execution in self.answer:
            yield {"DurableExecutions": [execution]}


def asking(monkeypatch: pytest.MonkeyPatch, answer: list[dict[str, Any]] | Exception) -> Lambda:
    api = Lambda(answer)

    def client(_settings: dict[str, Any], region: str) -> Lambda:
        assert region == "eu-west-1"
        return api

    monkeypatch.setattr(guard, "lambda_client", client)
    return api


def execution(number: int, age: timedelta) -> dict[str, Any]:
    started = datetime.now(UTC) - age
    arn = f"{FUNCTION}:orders-1a2b3c4:7/durable-execution/order-{number}/id"
    return {"DurableExecutionArn": arn, "StartTimestamp": started}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as told"}}, "ListDurableExecutionsByFunction")


def test_a_function_without_executions_in_flight_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    api = asking(monkeypatch, [])
    guard.refuse_deletion(FUNCTION_OUTPUTS, {})
    (request,) = api.asked
    assert (request["FunctionName"], request["Statuses"]) == (
        f"{FUNCTION}:orders-1a2b3c4",
        ["RUNNING", "PAUSING", "PAUSED"],
    )


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        ([timedelta(minutes=5)], "1 execution is in flight, the oldest for 5 minutes: "),
        ([timedelta(hours=2), timedelta(days=3)], "2 executions are in flight, the oldest for 3 days: "),
        ([timedelta(minutes=1)] * 1000, "1,000 or more executions are in flight"),
    ],
)
def test_executions_in_flight_are_counted_and_the_ways_out_named(
    monkeypatch: pytest.MonkeyPatch, ages: list[timedelta], said: str
) -> None:
    found = [execution(number, age) for number, age in enumerate(ages)]
    asking(monkeypatch, found)
    with pytest.raises(ExecutionsInFlightError) as caught:
        guard.refuse_deletion(FUNCTION_OUTPUTS, {})
    message = str(caught.value)
    assert f"orders-1a2b3c4 is not deleted: {said}" in message
    oldest = min(found, key=lambda each: each["StartTimestamp"])
    assert oldest["DurableExecutionArn"] in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message


@pytest.mark.parametrize("reason", [error("AccessDeniedException"), NoCredentialsError()])
def test_what_cannot_be_found_out_is_refused(monkeypatch: pytest.MonkeyPatch, reason: Exception) -> None:
    asking(monkeypatch, reason)
    with pytest.raises(ExecutionsInFlightError) as caught:
        guard.refuse_deletion(FUNCTION_OUTPUTS, {})
    message = str(caught.value)
    assert f"could not be found out: {reason}" in message
    assert "lambda:ListDurableExecutionsByFunction" in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message


def test_a_function_that_is_gone_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, error("ResourceNotFoundException"))
    guard.refuse_deletion(FUNCTION_OUTPUTS, {})


@pytest.mark.parametrize("named", ["orders-1a2b3c4", "others, orders-1a2b3c4", "all"])
def test_one_run_may_end_executions(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    api = asking(monkeypatch, [execution(1, timedelta(hours=1))])
    monkeypatch.setenv("END_EXECUTIONS_OF", named)
    guard.refuse_deletion(FUNCTION_OUTPUTS, {})
    assert api.asked == []


def test_a_function_that_is_not_named_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, [execution(1, timedelta(hours=1))])
    monkeypatch.setenv("END_EXECUTIONS_OF", "orders")
    with pytest.raises(ExecutionsInFlightError):
        guard.refuse_deletion(FUNCTION_OUTPUTS, {})


def test_a_function_that_was_not_durable_is_nobodys_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    api = asking(monkeypatch, [execution(1, timedelta(hours=1))])
    guard.refuse_deletion({**FUNCTION_OUTPUTS, "durableConfig": None}, {})
    assert api.asked == []


CODE = {"code": pulumi.FileArchive("/home/a/cache/old.zip"), "handler": "index.handler", "memorySize": 512}


def test_code_is_not_changed_under_executions_of_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    api = asking(monkeypatch, [execution(1, timedelta(hours=1))])
    with pytest.raises(ExecutionsInFlightError) as caught:
        guard.refuse_update(
            FUNCTION_OUTPUTS, CODE, {**CODE, "code": pulumi.FileArchive("/home/a/cache/new.zip")}, {}
        )
    message = str(caught.value)
    assert (
        "orders-1a2b3c4 is not updated: 1 execution is in flight on $LATEST, the oldest for 1 hour" in message
    )
    assert "replay-check" in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message
    assert [request["Qualifier"] for request in api.asked] == ["$LATEST"]


def test_what_leaves_the_code_alone_is_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    api = asking(monkeypatch, [execution(1, timedelta(hours=1))])
    same = pulumi.FileArchive("/home/b/cache/old.zip")
    guard.refuse_update(FUNCTION_OUTPUTS, CODE, {**CODE, "code": same, "memorySize": 1024}, {})
    assert api.asked == []
