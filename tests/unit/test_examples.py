"""The branches of the examples' handlers that their demos do not take, under the SDK's own runner."""

import asyncio
import base64
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from aws_durable_execution_sdk_python_testing import DurableFunctionTestResult, DurableFunctionTestRunner

EXAMPLES = Path(__file__).parents[2] / "examples"
REGION = "us-west-2"  # the runner's own

Runner = Callable[[Any], AbstractContextManager[DurableFunctionTestRunner]]


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ModuleType]]:
    """Imports an example's module as its archive would; none of them is left for other tests."""
    before = set(sys.modules)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    def imported(folder: str, module: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(EXAMPLES / folder))
        return importlib.import_module(module)

    yield imported
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(EXAMPLES)):
            del sys.modules[name]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Runner:
    @contextmanager
    def started(handler: Any) -> Iterator[DurableFunctionTestRunner]:
        # The runner stops its event loop but leaves it open, which would be a warning in some later test.
        loop = asyncio.new_event_loop()
        monkeypatch.setattr(asyncio, "new_event_loop", lambda: loop)
        with DurableFunctionTestRunner(handler, poll_interval=0.02, skip_time=True) as made:
            yield made
        loop.close()

    return started


def run(made: DurableFunctionTestRunner, event: object) -> DurableFunctionTestResult:
    return made.run(input=json.dumps(event), execution_timeout=20)


def result(finished: DurableFunctionTestResult) -> Any:
    assert finished.status.value == "SUCCEEDED", finished.error
    return json.loads(finished.result or "null")


def error(finished: DurableFunctionTestResult) -> tuple[str, str | None]:
    assert finished.status.value == "FAILED"
    assert finished.error is not None
    return (finished.error.type or "").rpartition(".")[2], finished.error.message


def answered(made: DurableFunctionTestRunner, event: object, reply: object) -> DurableFunctionTestResult:
    """Run to the end an execution that waits for one callback."""
    arn = made.run_async(input=json.dumps(event), execution_timeout=20)
    made.send_callback_success(made.wait_for_callback(arn, timeout=10), json.dumps(reply).encode())
    return made.wait_for_result(arn, timeout=20)


REFUND = {"order_id": "A-1", "amount_cents": 4900}


@pytest.fixture
def refund(example: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("CHAT_URL", "https://chat.invalid/hook")
    monkeypatch.setenv("ANSWER_WITHIN_SECONDS", "3600")
    return example("human_approval/handler", "refund")


def test_a_message_that_is_lost_is_posted_again_with_the_same_callback(
    refund: ModuleType, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[dict[str, Any]] = []

    def post(_url: str, message: dict[str, Any]) -> None:
        posted.append(message)
        if len(posted) == 1:
            raise OSError("the chat does not answer")

    monkeypatch.setattr(refund.chat, "post", post)
    with runner(refund.handler) as made:
        rejected = result(answered(made, REFUND, {"approved": False, "by": "ben"}))
    assert rejected == {"order_id": "A-1", "status": "rejected", "by": "ben"}
    assert len(posted) == 2
    assert posted[0] == posted[1]
    assert posted[0]["text"] == "Refund 49.00 for order A-1?"


def test_a_refund_that_nobody_answers_expires(
    refund: ModuleType, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSWER_WITHIN_SECONDS", "1")
    monkeypatch.setattr(refund.chat, "post", lambda _url, _message: None)
    with runner(refund.handler) as made:
        assert result(run(made, REFUND)) == {"order_id": "A-1", "status": "expired"}


class CallbackClient:
    """Lambda's client, as far as the webhook knows it."""

    exceptions = SimpleNamespace(CallbackTimeoutException=TimeoutError, ResourceNotFoundException=LookupError)

    def __init__(self) -> None:
        self.answers: list[tuple[str, Any]] = []

    def send_durable_execution_callback_success(self, *, CallbackId: str, Result: str) -> None:  # noqa: N803
        self.answers.append((CallbackId, json.loads(Result)))


class Chat:
    """What the webhook's replies reach."""

    def __init__(self) -> None:
        self.replies: list[tuple[str, Any]] = []
        self.down = False

    def __call__(self, request: Any, timeout: float) -> AbstractContextManager[None]:
        if self.down:
            raise OSError("the chat does not answer")
        self.replies.append((request.full_url, json.loads(request.data)))
        return nullcontext()


def test_a_parcel_that_nobody_carries_has_no_postage(example: Callable[..., ModuleType]) -> None:
    postage = example("webhook/postage", "postage")
    rates = {grams: postage.handler({"grams": grams}, None) for grams in (1, 1000, 1001, 5000, 31_500)}
    assert rates == {1: 499, 1000: 499, 1001: 799, 5000: 799, 31_500: 1649}
    for grams in (0, 31_501):
        with pytest.raises(ValueError, match=f"no rate for {grams} grams"):
            postage.handler({"grams": grams}, None)


NOT_UTF8 = {"body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}


@pytest.mark.parametrize(
    "event", [{}, {"body": "{"}, {"body": "[]"}, {"body": '{"callback_id": "c", "grams": "few"}'}, NOT_UTF8]
)
def test_what_is_no_weight_of_a_parcel_is_refused(
    example: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch, event: dict[str, Any]
) -> None:
    packed = example("webhook/packed", "packed")
    monkeypatch.setattr(packed, "client", CallbackClient())
    assert packed.handler(event, None)["statusCode"] == 400
    assert packed.client.answers == []


@pytest.fixture
def webhook(example: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("SIGNING_SECRET", "sign")
    module = example("human_approval/webhook", "webhook")
    monkeypatch.setattr(module, "client", CallbackClient())
    monkeypatch.setattr(module, "urlopen", Chat())
    return module


def request(webhook: ModuleType, action: str, *, age: int = 0) -> dict[str, Any]:
    press = {
        "user": {"username": "ann"},
        "actions": [{"action_id": action, "value": "callback-1"}],
        "response_url": "https://chat.invalid/reply",
    }
    body, sent = urlencode({"payload": json.dumps(press)}), str(int(time.time()) - age)
    headers = {
        "x-slack-request-timestamp": sent,
        "x-slack-signature": webhook.signature_of(sent, body),
    }
    return {"headers": headers, "body": body}


@pytest.mark.parametrize(
    ("action", "approved", "text"),
    [("approve", True, "Approved by ann."), ("reject", False, "Rejected by ann.")],
)
def test_the_webhook_hands_on_which_button_was_pressed(
    webhook: ModuleType, action: str, approved: bool, text: str
) -> None:
    plain = request(webhook, action)
    # As function URLs deliver a form.
    encoded = {**plain, "body": base64.b64encode(plain["body"].encode()).decode(), "isBase64Encoded": True}
    for event in (plain, encoded):
        assert webhook.handler(event, None)["statusCode"] == 200
    assert (
        webhook.urlopen.replies
        == [("https://chat.invalid/reply", {"replace_original": True, "text": text})] * 2
    )
    assert webhook.client.answers == [("callback-1", {"approved": approved, "by": "ann"})] * 2


def test_an_answer_counts_though_the_chat_takes_no_reply(
    webhook: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    webhook.urlopen.down = True
    assert webhook.handler(request(webhook, "approve"), None)["statusCode"] == 200
    assert webhook.client.answers == [("callback-1", {"approved": True, "by": "ann"})]
    assert "the chat does not accept the reply: the chat does not answer" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        {"x-slack-signature": "v0=00"},
        {"x-slack-signature": "ungültig"},
        {"x-slack-request-timestamp": "yesterday"},
        {"x-slack-request-timestamp": "0"},
    ],
)
def test_the_webhook_refuses_what_the_chat_has_not_signed(
    webhook: ModuleType, change: dict[str, str]
) -> None:
    event = request(webhook, "approve")
    event["headers"] |= change
    assert webhook.handler(event, None)["statusCode"] == 401
    assert webhook.handler({"headers": {}}, None)["statusCode"] == 401
    assert webhook.handler(request(webhook, "approve", age=302), None)["statusCode"] == 401
    assert webhook.handler(request(webhook, "approve") | NOT_UTF8, None)["statusCode"] == 401
    assert webhook.client.answers == []


ORDER = {
    "order_id": "A-1",
    "sku": "LAMP",
    "quantity": 2,
    "card": "visa",
    "cents": 9800,
    "ship_to": "Main Street 1",
}


class Services:
    """Stock and payment, which note what they are asked and say what they are told to."""

    def __init__(self, made: DurableFunctionTestRunner, **outcomes: str) -> None:
        self.asked: list[str] = []
        self._outcomes = outcomes
        for name in ("stock", "payment"):
            made.register_function(name, self._answer)

    def _answer(self, asked: dict[str, Any], _context: object) -> str:
        self.asked.append(asked["action"])
        outcome = self._outcomes.get(asked["action"], "done")
        if outcome == "breaks":
            raise RuntimeError("the books are burning")
        return outcome


@pytest.fixture
def order(example: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    for name in ("stock", "payment"):
        arn = f"arn:aws:lambda:{REGION}:123456789012:function:{name}:live"
        monkeypatch.setenv(f"{name.upper()}_FUNCTION", arn)
    return example("order_saga/handler", "order")


def test_an_order_without_stock_charges_nobody(order: ModuleType, runner: Runner) -> None:
    with runner(order.handler) as made:
        services = Services(made, reserve="refused", release="nothing_to_undo")
        assert result(run(made, ORDER)) == {
            "order_id": "A-1",
            "status": "refused",
            "refused_by": "reserve",
            "undone": [],
        }
    assert services.asked == ["reserve", "release"]


def test_a_breakdown_is_undone_and_raised(order: ModuleType, runner: Runner) -> None:
    with runner(order.handler) as made:
        services = Services(made)
        finished = run(made, {**ORDER, "ship_to": "ATLANTIS"})
    assert error(finished)[1] == "the carrier does not answer"
    assert services.asked == ["reserve", "charge", "refund", "release"]


def test_a_function_that_breaks_down_may_have_taken_effect_and_is_undone(
    order: ModuleType, runner: Runner
) -> None:
    with runner(order.handler) as made:
        services = Services(made, charge="breaks")
        finished = run(made, ORDER)
    assert finished.status.value == "FAILED"
    assert services.asked == ["reserve", "charge", "refund", "release"]


@pytest.fixture
def agent(example: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("SECONDS_PER_DAY", "86400")
    monkeypatch.setenv("MAX_TURNS", "20")
    return example("agent_loop/handler", "agent")


LAMP = {"goal": "buy a lamp below 40"}


def test_the_agent_buys_nothing_against_the_users_will(agent: ModuleType, runner: Runner) -> None:
    with runner(agent.handler) as made:
        refused = answered(made, LAMP, {"approved": False})
    assert result(refused) == {"answer": "You did not want the lamp.", "turns": 7}


@pytest.mark.parametrize(
    ("goal", "answer", "turns"),
    [
        ("buy a horse below 40", "I have to give up: error: the shop has no horse", 2),
        ("win a lamp", "I only know how to: buy a <thing> below <price>", 1),
    ],
)
def test_the_agent_tells_why_it_cannot(
    agent: ModuleType, runner: Runner, goal: str, answer: str, turns: int
) -> None:
    with runner(agent.handler) as made:
        assert result(run(made, {"goal": goal})) == {"answer": answer, "turns": turns}


def test_the_agents_turns_are_limited(
    agent: ModuleType, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_TURNS", "3")
    with runner(agent.handler) as made:
        kind, message = error(run(made, LAMP))
    assert (kind, message) == (
        "TooManyTurnsError",
        "no answer after 3 turns; raise maxTurns, or change the goal",
    )


def test_another_model_may_call_several_tools_and_is_told_of_each(
    agent: ModuleType, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[dict[str, Any]]] = []

    def model(conversation: list[dict[str, Any]]) -> dict[str, Any]:
        asked.append(list(conversation))
        if len(asked) == 1:
            raise agent.ModelError("too much to do")
        if len(conversation) > 1:
            return {"text": "done", "calls": []}
        price = {"id": "a", "tool": "look_up_price", "arguments": {"item": "lamp", "day": 9}}
        return {"text": "", "calls": [price, {"id": "b", "tool": "fly", "arguments": {}}]}

    monkeypatch.setattr(agent, "MODEL", model)
    with runner(agent.handler) as made:
        assert result(run(made, {"goal": "try"})) == {"answer": "done", "turns": 2}
    assert [(each["call_id"], each["text"]) for each in asked[2][2:]] == [
        ("a", "38"),
        ("b", "error: there is no tool fly; there are ask_user, buy, look_up_price, wait"),
    ]


def test_a_batch_in_which_too_many_accounts_fail_fails(
    example: Callable[..., ModuleType], runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = example("nightly_batch/handler", "batch")
    monkeypatch.setattr(batch.bank, "rates", lambda _day: {"EUR": 1.0})
    monkeypatch.setenv("STATEMENTS_BUCKET", "statements")
    monkeypatch.setattr(batch, "client", type("Client", (), {"put_object": lambda *_, **__: None})())
    with runner(batch.handler) as made:
        _, message = error(run(made, {"day": "2026-11-25"}))
    # Accounts are worked on at the same time, so any of them may be the first to fail.
    assert message in {f"no rate for {currency}" for currency in ("USD", "GBP", "XXX")}


@pytest.fixture
def transcode(example: Callable[..., ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("POLL_SECONDS", "60")
    return example("queue_intermediary/handler", "transcode")


def test_a_job_that_fails_fails_its_execution(transcode: ModuleType, runner: Runner) -> None:
    with runner(transcode.handler) as made:
        assert error(run(made, {"video": "notes.txt"})) == (
            "TranscodingError",
            "job-e39538e7 for notes.txt has failed",
        )


def test_a_job_that_never_ends_is_given_up(
    transcode: ModuleType, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcode, "MAX_POLLS", 4)
    monkeypatch.setattr(transcode.transcoder, "look", lambda job, _attempt: job)
    with runner(transcode.handler) as made:
        kind, message = error(run(made, {"video": "holiday.mov"}))
    assert kind == "WaitForConditionError"
    assert message == "wait_for_condition exhausted 4 attempts before the condition was met"
