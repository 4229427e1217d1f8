"""What is started again, what is answered, and what is said before anything is sent."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli import services, stack
from cli.__main__ import app
from cli.commands.logs import POLL_SECONDS
from cli.state import ROOT
from tests.unit.fake_lambda import ARN, BEGUN, FakeLambda, event, execution, refusal

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:dead"
Serve = Callable[..., FakeLambda]


class FakeQueue:
    def __init__(self, *bodies: str) -> None:
        self.messages = [
            {
                "MessageId": f"m-{number}",
                "ReceiptHandle": f"h-{number}",
                "Body": body,
                "Attributes": {"SentTimestamp": "1"},
            }
            for number, body in enumerate(bodies)
        ]
        self.left: list[str] = []

    def get_queue_url(self, **_: Any) -> dict[str, str]:
        return {"QueueUrl": "https://queue"}

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.messages))}}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        return {"Messages": self.messages[: request["MaxNumberOfMessages"]]}

    def delete_message(self, **request: Any) -> None:
        self.messages = [each for each in self.messages if each["ReceiptHandle"] != request["ReceiptHandle"]]

    def change_message_visibility(self, **request: Any) -> None:
        self.left.append(request["ReceiptHandle"])


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    def start(*executions: Any, queue: FakeQueue | None = None, **more: Any) -> FakeLambda:
        fake = FakeLambda(*executions, **more)
        target = {"DeadLetterConfig": {"TargetArn": QUEUE}} if queue else {}
        monkeypatch.setattr(fake, "get_function_configuration", lambda **_: target, raising=False)
        clients = {"lambda": fake, "sqs": queue}
        monkeypatch.setattr(services, "client", lambda name, **_: clients[name])
        outputs = {"orders": {"function_name": "orders-1a2b", "function_arn": ARN, "alias_name": "live"}}
        state = {"deployment": {"resources": [{"urn": "u", "type": ROOT, "outputs": outputs}]}}
        monkeypatch.setattr(stack, "run_pulumi", lambda *_: json.dumps(state))
        monkeypatch.setattr("time.sleep", lambda _: None)
        return fake

    return start


def durable(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_a_retry_has_the_same_input_and_the_next_name(serve: Serve) -> None:
    lambda_ = serve(execution("o-1", "FAILED", InputPayload='{"a": 1}'), execution("o-1-retry-1", "FAILED"))
    assert "o-1 → o-1-retry-2" in durable("retry", "o-1").output
    (sent,) = lambda_.called("invoke")
    assert (sent["Payload"], sent["DurableExecutionName"]) == ('{"a": 1}', "o-1-retry-2")
    assert (sent["FunctionName"], sent["InvocationType"]) == (f"{ARN}:live", "Event")
    assert "→ mine" in durable("retry", "o-1", "--name", "mine").output


def test_a_retry_of_a_long_name_has_a_name_that_lambda_takes(serve: Serve) -> None:
    lambda_ = serve(execution("n" * 64, "FAILED", InputPayload="{}"))
    durable("retry", "n" * 64)
    assert lambda_.called("invoke")[0]["DurableExecutionName"] == f"{'n' * 56}-retry-1"


@pytest.mark.parametrize(
    ("past", "words", "said"),
    [
        (
            execution("o-1", "RUNNING"),
            ("retry", "o-1"),
            "wait until it ends, or stop it with durable stop o-1",
        ),
        (execution("o-1", "FAILED"), ("retry", "o-1"), "does not return its input"),
    ],
)
def test_what_cannot_be_retried_says_why(serve: Serve, past: Any, words: tuple[str, ...], said: str) -> None:
    lambda_ = serve(past)
    assert said in str(durable(*words).exception)
    assert not lambda_.called("invoke")


def test_what_has_succeeded_is_retried_after_asking_only(serve: Serve) -> None:
    lambda_ = serve(execution("o-1", InputPayload="{}"))
    assert durable("retry", "o-1").exit_code == 1
    assert not lambda_.called("invoke")
    assert durable("retry", "o-1", "--yes").exit_code == 0
    assert lambda_.called("invoke")


def test_all_that_failed_is_retried_once(serve: Serve) -> None:
    more: dict[str, Any] = {"InputPayload": "{}"}
    lambda_ = serve(
        execution("a", "FAILED", **more),
        execution("b", "TIMED_OUT", BEGUN + timedelta(seconds=1), **more),
        execution("c", "STOPPED", **more),
        execution("d", "FAILED", **more),
        execution("d-retry-1", "RUNNING", **more),
        execution("e", "FAILED", BEGUN - timedelta(days=1), **more),
    )
    since = ("retry", "--failed-since", BEGUN.isoformat())
    asked = durable(*since)
    assert "Retry 2 executions?" in asked.output
    assert "d is not retried: d-retry-1 is RUNNING" in asked.output
    assert not lambda_.called("invoke")
    assert durable(*since, "--yes").exit_code == 0
    assert [each["DurableExecutionName"] for each in lambda_.called("invoke")] == ["a-retry-1", "b-retry-1"]


def test_events_of_a_dead_letter_queue_start_again_and_are_deleted(serve: Serve) -> None:
    queue = FakeQueue('{"a": 1}', "no JSON", "{}")
    lambda_ = serve(queue=queue)
    assert durable("redrive", "orders").exit_code == 1
    assert len(queue.messages) == 3
    done = durable("redrive", "orders", "--yes")
    assert done.exit_code == 1  # one stays
    assert "m-1 stays in the queue: its body is not JSON" in done.output
    sent = lambda_.called("invoke")
    assert [(each["DurableExecutionName"], each["Payload"]) for each in sent] == [
        ("redrive-m-0", '{"a": 1}'),
        ("redrive-m-2", "{}"),
    ]
    assert ([each["MessageId"] for each in queue.messages], set(queue.left)) == (["m-1"], {"h-1"})
    queue.messages = []
    assert "is empty" in durable("redrive", "orders").output


def test_an_event_that_does_not_start_stays_in_the_queue(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = FakeQueue("{}")
    lambda_ = serve(queue=queue)

    def refuse(**_: Any) -> None:
        raise refusal("TooManyRequestsException")

    monkeypatch.setattr(lambda_, "invoke", refuse, raising=False)
    done = durable("redrive", "orders", "--yes")
    assert (done.exit_code, len(queue.messages), queue.left) == (1, 1, ["h-0", "h-0"])


def test_what_came_into_the_queue_meanwhile_is_left_there(serve: Serve) -> None:
    queue = FakeQueue("{}")
    queue.messages[0]["Attributes"] = {"SentTimestamp": "99999999999999"}
    lambda_ = serve(queue=queue)
    assert durable("redrive", "orders", "--yes").exit_code == 0
    assert (lambda_.called("invoke"), set(queue.left)) == ([], {"h-0"})


def test_without_a_dead_letter_queue_redrive_says_so(serve: Serve) -> None:
    serve()
    assert "has no dead letter queue" in str(durable("redrive", "orders").exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("invoke", "orders"), "the payload is missing"),
        (("invoke", "orders", "order.json"), "there is no file 'order.json', and it is not JSON"),
        (("invoke", "orders", "./order"), "there is no file './order', and it is not JSON"),
        (("invoke", "orders", '{"a"'), "is not JSON"),
        (("invoke", "orders", "{}", "--name", "a b"), "1 to 64 letters"),
        (("retry", "o-1", "--name", "a b"), "1 to 64 letters"),
        (("retry", "--failed-since", "6h", "o-1"), "leave out the execution"),
        (("retry", "--function", "orders", "o-1"), "can only be used with --failed-since"),
        (("callback", "success", "o-1", "--id", "x"), "--id selects the callback already"),
        (("logs", "o-1", "--follow", "--json"), "cannot be used together"),
        (("logs", "o-1", "--since", "1h"), "can only be used with a function"),
    ],
)
def test_wrong_use_is_said_before_anything_is_sent(serve: Serve, words: tuple[str, ...], said: str) -> None:
    lambda_ = serve(execution("o-1"))
    done = durable(*words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.replace("│", "").split())
    assert lambda_.calls == []


def test_a_wrong_alias_is_told_with_those_there_are(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    lambda_ = serve()

    def refuse(**_: Any) -> None:
        raise refusal("ResourceNotFoundException", "Function not found: x")

    monkeypatch.setattr(lambda_, "invoke", refuse, raising=False)
    monkeypatch.setattr(
        lambda_,
        "get_paginator",
        lambda _: SimpleNamespace(paginate=lambda **_: [{"Aliases": [{"Name": "live"}]}]),
    )
    said = str(durable("invoke", "orders", "{}", "--qualifier", "prod").exception)
    assert "orders has no alias or version 'prod'; its aliases: live" in said


def test_pause_and_resume_say_what_was_so_already(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    lambda_ = serve(execution("o-1", "RUNNING"))

    def refuse(**_: Any) -> None:
        raise refusal("ResourceConflictException", status=409)

    for operation in ("pause", "resume"):
        monkeypatch.setattr(lambda_, f"{operation}_durable_execution", refuse, raising=False)
    assert "o-1  is paused already, or has ended" in durable("pause", "o-1", "--yes").output
    assert "o-1  is not paused" in durable("resume", "o-1", "--yes").output
    assert "will pause at their next checkpoint" in durable("drain", "--pause", "--yes").output


def test_a_pause_lets_the_timeout_run_on_where_it_is_told_to(serve: Serve) -> None:
    lambda_ = serve(execution("o-1", "RUNNING"))
    for words in (("pause", "o-1"), ("drain", "--pause")):
        durable(*words, "--yes")
        durable(*words, "--yes", "--timeout-runs")
    told = [call.get("ExecutionTimeoutPaused") for call in lambda_.called("pause_durable_execution")]
    assert told == [None, False, None, False]
    assert durable("drain", "--timeout-runs").exit_code == 2


CALLBACK = [
    event(0, "ExecutionStarted", ""),
    event(1, "CallbackStarted", "approval create callback id", CallbackId="c-1"),
]


def test_approve_before_the_callback_is_there_says_what_the_execution_does(serve: Serve) -> None:
    until = BEGUN + timedelta(hours=1)
    waiting = [CALLBACK[0], event(1, "WaitStarted", "settlement", ScheduledEndTimestamp=until)]
    serve(execution("o-1", "RUNNING"), events=waiting)
    said = str(durable("approve", "o-1").exception)
    assert (
        f"waits for no callback yet: it is now at wait settlement until {until.astimezone():%Y-%m-%d}" in said
    )


def test_approve_waits_for_the_callback_where_it_is_told_to(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambda_ = serve(execution("o-1", "RUNNING"), events=CALLBACK[:1])
    monkeypatch.setattr("time.sleep", lambda _: setattr(lambda_, "events", CALLBACK))
    told = durable("approve", "--last", "approval", "--wait", "--by", "ann").output
    assert "o-1's approval gets" in told
    (sent,) = lambda_.called("send_durable_execution_callback_success")
    assert (sent["CallbackId"], json.loads(sent["Result"])) == ("c-1", {"approved": True, "by": "ann"})


def test_what_an_execution_waits_for_is_told_with_how_to_answer_it(serve: Serve) -> None:
    ended = [*CALLBACK, event(2, "ExecutionStopped", "", Error={"Payload": {"ErrorMessage": "no"}})]
    serve(execution("new-1", "STOPPED"), events=ended)
    fake = serve(execution("new-1", "STOPPED"), events=ended)
    fake.executions[0]["DurableExecutionArn"] = f"{ARN}:7/durable-execution/new-1/id"
    told = durable("invoke", "orders", "{}", "--wait").output
    assert "→ durable approve new-1 " in told


def test_a_step_that_is_tried_again_and_one_that_has_given_up_are_told(serve: Serve) -> None:
    sold_out = {"Payload": {"ErrorType": "KeyError", "ErrorMessage": "'LAMP'"}}
    tried = [
        event(0, "ExecutionStarted", ""),
        event(1, "StepStarted", "price"),
        event(2, "StepFailed", "price", Error=sold_out, RetryDetails={"NextAttemptDelaySeconds": 3}),
    ]
    serve(execution("o-1", "RUNNING"), events=tried)
    step, attempt = [
        line for line in durable("show", "o-1").output.splitlines() if "price" in line or "LAMP" in line
    ]
    assert step.startswith("  … step price for ")
    assert step.endswith(f"; attempt 2 due since {BEGUN.astimezone():%Y-%m-%d %H:%M}:05")
    assert attempt == "    attempt 1 failed: KeyError: 'LAMP'"
    assert "durable logs" not in durable("history", "o-1").output
    told = durable("history", "o-1", "--trace").output.splitlines()[-1]
    assert told == "the handler's SDK has sent no stack trace; what it has logged: durable logs o-1"

    again = event(5, "StepStarted", "price")
    serve(execution("o-1", "RUNNING"), events=[*tried, again])
    told = durable("show", "o-1").output
    assert ", attempt 2\n    attempt 1 failed: KeyError: 'LAMP'\n" in told
    error = {"ErrorType": "aws_durable_execution_sdk_python.exceptions.StepError", "ErrorMessage": "'LAMP'"}
    serve(
        execution("o-1", "FAILED", Error=error),
        events=[*tried, again, event(6, "StepFailed", "price", Error=sold_out)],
    )
    told = durable("show", "o-1").output
    assert "\nError\nStepError: 'LAMP'\n  by step price, attempt 2: KeyError: 'LAMP'\n" in told


def test_invocations_are_not_counted_of_what_has_none_yet(serve: Serve) -> None:
    serve(execution("o-1", "RUNNING"), events=CALLBACK)
    told = durable("show", "o-1").output
    assert "1 operation so far" in told
    assert "invocation" not in told


@pytest.mark.parametrize(
    ("clock_stops", "told"), [(True, " at the latest; the execution timeout is paused too"), (False, "")]
)
def test_a_pause_and_the_time_of_the_timeout_are_told(serve: Serve, told: str, *, clock_stops: bool) -> None:
    pause = {
        "PauseRequestTimestamp": BEGUN,
        "Reason": "the bank is closed",
        "ExecutionTimeoutPaused": clock_stops,
    }
    timeout = BEGUN + timedelta(days=1)
    serve(
        execution("o-1", "RUNNING", PauseDetails=pause, ExpectedExecutionTimeoutTimestamp=timeout),
        execution("o-2", "RUNNING"),
        events=CALLBACK,
    )
    lines = durable("show", "o-1").output.splitlines()
    assert f"  pause requested {BEGUN.astimezone():%Y-%m-%d %H:%M:%S}: the bank is closed" in lines
    assert f"  times out {timeout.astimezone():%Y-%m-%d %H:%M:%S}{told}" in lines
    assert "times out" not in durable("show", "o-2").output


class FakeLogs:
    def __init__(self, *polls: list[str], begun: int = 0) -> None:
        self.polls, self.begun = list(polls), begun

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=self.page)

    def page(self, **_: Any) -> Any:
        if not self.polls:
            raise KeyboardInterrupt
        events = [
            {"timestamp": number, "eventId": message, "message": message}
            for number, message in enumerate(self.polls.pop(0), self.begun)
        ]
        yield {"events": events}


def test_the_logs_of_a_function_are_followed_until_ctrl_c(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambda_ = serve()
    line = json.dumps(
        {"level": "INFO", "message": "hello", "executionArn": f"{ARN}:7/durable-execution/o-1/id"}
    )
    logs = FakeLogs(["one"], ["one", line])
    monkeypatch.setattr(services, "client", lambda name, **_: {"lambda": lambda_, "logs": logs}[name])
    done = durable("logs", "orders", "--follow")
    assert done.exit_code == 0
    assert [each.split()[2:] for each in done.output.splitlines()] == [["one"], ["o-1", "hello"]]


def test_the_logs_of_an_execution_are_followed_to_its_end(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambda_ = serve(execution("o-1"))
    logs = FakeLogs(["one"], ["one", "two"])
    monkeypatch.setattr(services, "client", lambda name, **_: {"lambda": lambda_, "logs": logs}[name])
    done = durable("logs", "o-1", "--follow")
    assert [each.split()[2:] for each in done.output.splitlines()] == [["one"], ["two"]]


def test_a_line_that_does_not_say_whose_it_is_has_the_name_of_its_invocation(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = {"EventType": "InvocationCompleted", "InvocationCompletedDetails": {"RequestId": "r-1"}}
    lambda_ = serve(execution("o-1"), events=[{**ended, "EventTimestamp": BEGUN}])
    lines = [
        json.dumps({"level": "ERROR", "message": "one\ntwo", "requestId": each}) for each in ("r-1", "r-2")
    ]
    monkeypatch.setattr(
        services, "client", lambda name, **_: {"lambda": lambda_, "logs": FakeLogs(lines)}[name]
    )
    told = durable("logs", "orders").output.splitlines()
    assert [line.split()[1:] for line in told] == [["ERROR", "o-1", "one"], [], ["ERROR", "one"], []]
    (asked,) = lambda_.called("get_durable_execution_history")
    assert asked["IncludeExecutionData"] is False

    def denied(_: str) -> Any:
        raise refusal("AccessDeniedException")

    monkeypatch.setattr(lambda_, "get_paginator", denied)
    monkeypatch.setattr(
        services, "client", lambda name, **_: {"lambda": lambda_, "logs": FakeLogs(lines)}[name]
    )
    assert durable("logs", "orders").output.count("ERROR one\n") == 2


@pytest.mark.parametrize(("recent", "last", "asked"), [(True, "o-1 last", 2), (False, "last", 1)])
def test_names_that_are_known_are_kept_and_those_of_recent_invocations_looked_for_again(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, last: str, asked: int, *, recent: bool
) -> None:
    def ended(request_id: str) -> dict[str, Any]:
        details = {"InvocationCompletedDetails": {"RequestId": request_id}}
        return {"EventType": "InvocationCompleted", "EventTimestamp": BEGUN, **details}

    def line(request_id: str, message: str) -> str:
        return json.dumps({"level": "INFO", "message": message, "requestId": request_id})

    lambda_ = serve(execution("o-1"), events=[ended("r-1")])
    logs = FakeLogs(
        [line("r-1", "first"), line("r-2", "second")],
        [line("r-1", "third"), line("r-2", "last")],
        begun=int(datetime.now(UTC).timestamp() * 1000) if recent else 0,
    )
    monkeypatch.setattr(services, "client", lambda name, **_: {"lambda": lambda_, "logs": logs}[name])

    def sleep(seconds: float) -> None:
        if seconds == POLL_SECONDS:
            lambda_.events = [ended("r-1"), ended("r-2")]

    monkeypatch.setattr("time.sleep", sleep)
    told = [each.split(maxsplit=2)[2] for each in durable("logs", "orders", "--follow").output.splitlines()]
    assert told == ["o-1 first", "second", "o-1 third", last]
    assert len(lambda_.called("get_durable_execution_history")) == asked


def test_what_later_invocations_repeat_is_counted_on_the_first_line(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    lambda_ = serve(execution("o-1"))
    lines = [json.dumps({"level": "WARN", "message": "a\nb", "requestId": f"r-{each}"}) for each in range(3)]
    for words, told in {
        ("logs", "o-1"): ["WARN  a (again in 2 later invocations)", "b"],
        ("logs", "o-1", "--all"): ["WARN  a", "b"] * 3,
    }.items():
        # Once for what contains the execution's ID, once for its invocations.
        logs = FakeLogs(lines, lines)
        monkeypatch.setattr(
            services, "client", lambda name, logs=logs, **_: {"lambda": lambda_, "logs": logs}[name]
        )
        output = durable(*words).output.splitlines()
        assert [line[len("09:00:00.000 ") :].strip() for line in output] == told


def test_an_error_that_is_followed_is_told_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"Payload": {"ErrorType": "SoldOut", "ErrorMessage": "no stock"}}
    logged = {"level": "ERROR", "errorType": "SoldOut", "errorMessage": "no stock", "stackTrace": ["  at x"]}
    line = json.dumps(logged | {"requestId": ""})
    # The history has it before the line is there: just now, or so long ago that no line is waited for.
    for after, polls, traces in (
        ((datetime.now(UTC) - BEGUN).total_seconds(), FakeLogs([], [line]), 1),
        (1, FakeLogs([], [line]), 0),
        (1, FakeLogs([line], [line]), 1),
    ):
        events = [event(0, "ExecutionStarted", "x"), event(after, "ExecutionFailed", "x", Error=error)]
        lambda_ = serve(execution("o-1", "FAILED"), events=events)
        monkeypatch.setattr(
            services,
            "client",
            lambda name, both={"lambda": lambda_, "logs": polls}, **_: both[name],
        )
        told = durable("logs", "o-1", "--follow").output
        assert (told.count("execution: SoldOut: no stock"), told.count("at x")) == (1, traces)


def test_errors_in_the_history_are_among_the_logs(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    error = {"Payload": {"ErrorType": "LookupError", "ErrorMessage": "no stock"}}
    events = [
        event(0, "ExecutionStarted", "x"),
        event(1, "StepStarted", "s"),
        event(2, "StepFailed", "s", Error=error, RetryDetails={"NextAttemptDelaySeconds": 1}),
        event(3, "StepStarted", "s"),
        event(4, "StepFailed", "s", Error=error, RetryDetails={"NextAttemptDelaySeconds": 0}),
        event(5, "ExecutionFailed", "x", Error=error),
    ]
    lambda_, logs = serve(execution("o-1", "FAILED"), events=events), FakeLogs(["one"])
    monkeypatch.setattr(services, "client", lambda name, **_: {"lambda": lambda_, "logs": logs}[name])
    said = "LookupError: no stock"
    assert [line.partition(" ")[2].strip() for line in durable("logs", "o-1").output.splitlines()] == [
        "INFO  one",
        f"ERROR step s, attempt 1: {said}",
        f"ERROR step s, attempt 2: {said}",
        f"ERROR execution: {said}",
    ]
