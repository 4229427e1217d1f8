import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from components import ExecutionsInFlightError, guard
from components.lambda_client import LambdaClients
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

    def of(self, region: str) -> "Lambda":
        assert region == "eu-west-1"
        return self


def execution(number: int, age: timedelta) -> dict[str, Any]:
    started = datetime.now(UTC) - age
    arn = f"{FUNCTION}:orders-1a2b3c4:7/durable-execution/order-{number}/id"
    return {"DurableExecutionArn": arn, "StartTimestamp": started}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as told"}}, "ListDurableExecutionsByFunction")


def test_a_function_without_executions_in_flight_may_go() -> None:
    api = Lambda([])
    guard.refuse_deletion(FUNCTION_OUTPUTS, api.of)
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
def test_executions_in_flight_are_counted_and_the_ways_out_named(ages: list[timedelta], said: str) -> None:
    found = [execution(number, age) for number, age in enumerate(ages)]
    api = Lambda(found)
    with pytest.raises(ExecutionsInFlightError) as caught:
        guard.refuse_deletion(FUNCTION_OUTPUTS, api.of)
    message = str(caught.value)
    assert f"orders-1a2b3c4 is not deleted: {said}" in message
    oldest = min(found, key=lambda each: each["StartTimestamp"])
    assert oldest["DurableExecutionArn"] in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message


@pytest.mark.parametrize("reason", [error("AccessDeniedException"), NoCredentialsError()])
def test_what_cannot_be_found_out_is_refused(reason: Exception) -> None:
    api = Lambda(reason)
    with pytest.raises(ExecutionsInFlightError) as caught:
        guard.refuse_deletion(FUNCTION_OUTPUTS, api.of)
    message = str(caught.value)
    assert f"could not be found out: {reason}" in message
    assert "lambda:ListDurableExecutionsByFunction" in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message


def test_a_function_that_is_gone_may_go() -> None:
    api = Lambda(error("ResourceNotFoundException"))
    guard.refuse_deletion(FUNCTION_OUTPUTS, api.of)


@pytest.mark.parametrize("named", ["orders-1a2b3c4", "others, orders-1a2b3c4", "all"])
def test_one_run_may_end_executions(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    api = Lambda([execution(1, timedelta(hours=1))])
    monkeypatch.setenv("END_EXECUTIONS_OF", named)
    guard.refuse_deletion(FUNCTION_OUTPUTS, api.of)
    assert api.asked == []


def test_a_function_that_is_not_named_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    api = Lambda([execution(1, timedelta(hours=1))])
    monkeypatch.setenv("END_EXECUTIONS_OF", "orders")
    with pytest.raises(ExecutionsInFlightError):
        guard.refuse_deletion(FUNCTION_OUTPUTS, api.of)


def test_a_function_that_was_not_durable_is_nobodys_loss() -> None:
    api = Lambda([execution(1, timedelta(hours=1))])
    guard.refuse_deletion({**FUNCTION_OUTPUTS, "durableConfig": None}, api.of)
    assert api.asked == []


CODE = {"code": pulumi.FileArchive("/home/a/cache/old.zip"), "handler": "index.handler", "memorySize": 512}


def test_code_is_not_changed_under_executions_of_latest() -> None:
    api = Lambda([execution(1, timedelta(hours=1))])
    with pytest.raises(ExecutionsInFlightError) as caught:
        guard.refuse_update(
            FUNCTION_OUTPUTS, CODE, {**CODE, "code": pulumi.FileArchive("/home/a/cache/new.zip")}, api.of
        )
    message = str(caught.value)
    assert (
        "orders-1a2b3c4 is not updated: 1 execution is in flight on $LATEST, the oldest for 1 hour" in message
    )
    assert "replay-check" in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message
    assert [request["Qualifier"] for request in api.asked] == ["$LATEST"]


def test_what_leaves_the_code_alone_is_not_asked_about() -> None:
    api = Lambda([execution(1, timedelta(hours=1))])
    same = pulumi.FileArchive("/home/b/cache/old.zip")
    guard.refuse_update(FUNCTION_OUTPUTS, CODE, {**CODE, "code": same, "memorySize": 1024}, api.of)
    assert api.asked == []


def test_a_client_is_made_once_for_a_region_and_anew_after_half_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clients = LambdaClients({"accessKey": "test", "secretKey": "test"})
    first = clients.of("eu-west-1")
    assert first.meta.region_name == "eu-west-1"
    assert clients.of("eu-west-1") is first
    assert clients.of("us-east-1").meta.region_name == "us-east-1"
    later = time.monotonic() + 1_801
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert clients.of("eu-west-1") is not first
