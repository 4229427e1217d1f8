"""The order workflow under the SDK's own runner, which replays it as Lambda does.

The payments function is a stand-in that keeps its contract; the real one is tested in tests/node and the
two together in tests/e2e.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing import DurableFunctionTestResult, DurableFunctionTestRunner

# Lambda puts the archive's root on the path.
sys.path.insert(0, str(Path(__file__).parents[2] / "functions" / "orders"))

import json_log
import order_document
import order_workflow

FUNCTIONS = Path(__file__).parents[2] / "functions"
PAYMENTS = "arn:aws:lambda:us-west-2:123456789012:function:payments:live"
SAMPLE: dict[str, Any] = json.loads((FUNCTIONS / "sample-order.json").read_text())
CHEAP = [{"sku": "PEN-01", "quantity": 1, "unit_price_cents": 150}]


class Shop:
    """The workflow deployed in the runner, beside payments that note what they are asked."""

    def __init__(self, runner: DurableFunctionTestRunner) -> None:
        self.runner = runner
        self.payments: list[dict[str, Any]] = []
        self._finished: dict[str, DurableFunctionTestResult] = {}
        runner.register_function("payments", self._pay)

    def _pay(self, request: dict[str, Any], _context: object) -> dict[str, str]:
        self.payments.append(request)
        if request["action"] == "refund":
            return {"outcome": "refunded", "reference": "refund-1"}
        match request["card_token"]:
            case "tok_down":
                raise TimeoutError("the payment provider does not answer")
            case "tok_declined":
                return {"outcome": "declined", "reason": "the bank declined the card"}
        return {"outcome": "charged", "reference": "charge-1"}

    def start(self, **changes: object) -> str:
        return self.runner.run_async(input=json.dumps({**SAMPLE, **changes}), execution_timeout=10)

    def approve(self, execution: str, reply: str = '{"approved": true, "by": "ada"}') -> str:
        callback = self.runner.wait_for_callback(execution, timeout=5)
        self.runner.send_callback_success(callback, reply.encode())
        return callback

    def finish(self, execution: str) -> DurableFunctionTestResult:
        # The runner can be asked for a result only once.
        if execution not in self._finished:
            self._finished[execution] = self.runner.wait_for_result(execution, timeout=10)
        return self._finished[execution]

    def result(self, execution: str) -> dict[str, Any]:
        finished = self.finish(execution)
        assert finished.status.value == "SUCCEEDED", finished.error
        assert finished.result is not None
        result: dict[str, Any] = json.loads(finished.result)
        return result

    def error(self, execution: str) -> ErrorObject:
        finished = self.finish(execution)
        assert finished.status.value == "FAILED"
        assert finished.error is not None
        return finished.error

    def operations(self, execution: str) -> list[str | None]:
        return [operation.name for operation in self.finish(execution).operations]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYMENTS_FUNCTION", PAYMENTS)
    monkeypatch.setenv("SETTLEMENT_SECONDS", "0")
    monkeypatch.setenv("APPROVAL_TIMEOUT_SECONDS", "60")
    monkeypatch.setenv("APPROVAL_THRESHOLD", "10000")


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    # The runner stops its event loop but leaves it open, which would be a warning in some later test.
    loop = asyncio.new_event_loop()
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: loop)
    with DurableFunctionTestRunner(order_workflow.handler, poll_interval=0.02, skip_time=True) as runner:
        yield Shop(runner)
    loop.close()


def outcomes(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(step["name"], step["outcome"]) for step in result["steps"]]


def test_an_approved_order_ships(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SETTLEMENT_SECONDS", "86400")
    execution = shop.start()
    callback = shop.approve(execution)

    assert shop.result(execution) == {
        "order_id": "A-1001",
        "total_cents": 39800,
        "status": "shipped",
        "steps": [
            {"name": "reserve_stock", "outcome": "reserved", "reference": "reservation-A-1001"},
            {"name": "charge_payment", "outcome": "charged", "reference": "charge-1"},
            {"name": "approval", "outcome": "approved", "reference": "ada"},
            {"name": "ship", "outcome": "shipped", "reference": "parcel-A-1001"},
        ],
    }
    assert shop.payments == [
        {"action": "charge", "charge_key": "A-1001", "amount_cents": 39800, "card_token": "tok_visa"}
    ]
    assert shop.operations(execution) == ["reserve_stock", "charge_payment", "settlement", "approval", "ship"]

    # The approver was told the callback, once, although the workflow ran several times.
    formatter = json_log.JsonFormatter()
    lines = [json.loads(formatter.format(record)) for record in caplog.records if record.name == "orders"]
    asked = [line for line in lines if line["message"] == "order waits for approval"]
    assert [(line["callbackId"], line["orderId"], line["executionArn"]) for line in asked] == [
        (callback, "A-1001", execution)
    ]


@pytest.mark.parametrize(("threshold", "asked"), [(150, True), (151, False)])
def test_the_threshold_is_the_first_total_that_needs_approval(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, threshold: int, asked: bool
) -> None:
    monkeypatch.setenv("APPROVAL_THRESHOLD", str(threshold))
    execution = shop.start(lines=CHEAP)
    if asked:
        shop.approve(execution)

    assert ("approval" in dict(outcomes(shop.result(execution)))) is asked


UNDONE = [("refund_payment", "refunded"), ("release_stock", "released")]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ('{"approved": false, "reason": "too expensive"}', "too expensive"),
        ('{"approved": "yes"}', "the approver said no"),
        ("[]", "the approver said no"),
        ("approved", "the approver's answer is not JSON"),
        ("", "the approver's answer is not JSON"),
        (None, "the approver's answer is not JSON"),
    ],
)
def test_anything_but_a_clear_yes_is_a_no(reply: str | None, reason: str) -> None:
    assert order_workflow.read_approval(reply) == {"outcome": "rejected", "reason": reason}


def test_a_rejected_order_is_undone_last_step_first(shop: Shop) -> None:
    execution = shop.start()
    shop.approve(execution, '{"approved": false, "reason": "too expensive"}')
    result = shop.result(execution)

    assert (result["status"], result["reason"]) == ("rejected", "too expensive")
    assert outcomes(result) == [
        ("reserve_stock", "reserved"),
        ("charge_payment", "charged"),
        ("approval", "rejected"),
        *UNDONE,
    ]
    assert [payment["action"] for payment in shop.payments] == ["charge", "refund"]
    assert {payment["charge_key"] for payment in shop.payments} == {"A-1001"}


def test_a_callback_failure_rejects_the_order(shop: Shop) -> None:
    execution = shop.start()
    callback = shop.runner.wait_for_callback(execution, timeout=5)
    shop.runner.send_callback_failure(callback, ErrorObject("not today", "Rejected", None, None))
    result = shop.result(execution)

    assert (result["status"], result["reason"]) == ("rejected", "not today")
    assert outcomes(result)[-2:] == UNDONE


def test_no_answer_in_time_undoes_the_order(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPROVAL_TIMEOUT_SECONDS", "1")
    result = shop.result(shop.start())

    assert (result["status"], result["reason"]) == ("approval_timed_out", "no answer within 1 s")
    assert outcomes(result)[-2:] == UNDONE


def test_a_declined_card_releases_the_stock_and_refunds_nothing(shop: Shop) -> None:
    result = shop.result(shop.start(card_token="tok_declined"))

    assert (result["status"], result["reason"]) == ("declined", "the bank declined the card")
    assert outcomes(result) == [
        ("reserve_stock", "reserved"),
        ("charge_payment", "declined"),
        ("release_stock", "released"),
    ]


def test_sold_out_leaves_nothing_to_undo(shop: Shop) -> None:
    result = shop.result(shop.start(lines=[{"sku": "SOLD-OUT", "quantity": 1, "unit_price_cents": 1}]))

    assert outcomes(result) == [("reserve_stock", "sold_out")]
    assert result["status"] == "sold_out"
    assert shop.payments == []


def test_an_undeliverable_order_is_undone(shop: Shop) -> None:
    result = shop.result(shop.start(lines=CHEAP, ship_to="UNDELIVERABLE"))

    assert result["status"] == "undeliverable"
    assert outcomes(result)[-3:] == [("ship", "undeliverable"), *UNDONE]


def test_a_carrier_breakdown_is_undone_and_fails_the_execution(shop: Shop) -> None:
    execution = shop.start(lines=CHEAP, ship_to="CARRIER-DOWN")

    assert shop.error(execution).message == "the carrier does not answer"
    assert shop.operations(execution)[-3:] == ["ship", "refund_payment", "release_stock"]


def test_a_payments_breakdown_is_refunded_too_as_the_charge_may_have_been_made(shop: Shop) -> None:
    execution = shop.start(card_token="tok_down")

    assert shop.error(execution).message == "the payment provider does not answer"
    assert [payment["action"] for payment in shop.payments] == ["charge", "refund"]
    assert shop.operations(execution)[-1] == "release_stock"


def test_a_lost_answer_is_retried(shop: Shop) -> None:
    execution = shop.start(lines=[{**CHEAP[0], "sku": "FLAKY"}])

    assert shop.result(execution)["status"] == "shipped"
    assert shop.finish(execution).get_step("reserve_stock").attempt == 2


def test_a_bad_order_fails_at_once_with_every_problem(shop: Shop) -> None:
    execution = shop.start(order_id="", lines=[{"sku": "PEN-01", "quantity": True, "unit_price_cents": 0}])
    error = shop.error(execution)

    assert error.type == "order_document.InvalidOrderError"
    assert error.message is not None
    for problem in ("order_id is ''", "lines[0].quantity is True", "lines[0].unit_price_cents is 0"):
        assert problem in error.message
    assert shop.operations(execution) == []


@pytest.mark.parametrize("document", [None, [], "order", 1])
def test_an_order_is_an_object(document: object) -> None:
    with pytest.raises(order_document.InvalidOrderError, match="must be a JSON object"):
        order_document.parse_order(document)


@pytest.mark.parametrize(
    ("field", "lowest", "highest"),
    [
        ("quantity", 1, order_document.MAX_QUANTITY),
        ("unit_price_cents", 1, order_document.MAX_UNIT_PRICE_CENTS),
    ],
)
def test_the_bounds_of_a_line(field: str, lowest: int, highest: int) -> None:
    def parse(value: int) -> order_document.Order:
        return order_document.parse_order({**SAMPLE, "lines": [{**CHEAP[0], field: value}]})

    for allowed in (lowest, highest):
        assert getattr(parse(allowed).lines[0], field) == allowed
    for refused in (lowest - 1, highest + 1):
        with pytest.raises(order_document.InvalidOrderError, match=field):
            parse(refused)


@pytest.mark.parametrize("lines", [[], CHEAP * (order_document.MAX_LINES + 1), None, {}])
def test_an_order_has_lines_but_not_too_many(lines: object) -> None:
    with pytest.raises(order_document.InvalidOrderError, match="lines must be a list"):
        order_document.parse_order({**SAMPLE, "lines": lines})


def test_what_may_be_a_card_number_is_not_repeated_in_the_error() -> None:
    with pytest.raises(order_document.InvalidOrderError) as caught:
        order_document.parse_order({**SAMPLE, "card_token": "4242424242424242"})

    assert "card_token is str" in str(caught.value)
    assert "4242" not in str(caught.value)


@pytest.mark.parametrize(
    "missing",
    ["PAYMENTS_FUNCTION", "SETTLEMENT_SECONDS", "APPROVAL_TIMEOUT_SECONDS", "APPROVAL_THRESHOLD"],
)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)

    with pytest.raises(KeyError, match=missing):
        order_workflow.Settings.from_environment()


@pytest.mark.parametrize("level", ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
def test_every_log_level_of_lambda_is_known(level: str) -> None:
    logger = json_log.json_logger(f"test.{level}", level)

    assert logger.isEnabledFor(logging.INFO) is (level in {"TRACE", "DEBUG", "INFO"})
