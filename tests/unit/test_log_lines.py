"""`durable logs` finds all lines of an execution's invocations, and shows each error once, with its trace."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cli import services
from cli.log_groups import lines_of, lines_since
from cli.log_lines import Line, at_least, errors_in, merged, parsed
from cli.traces import Traces, short_paths
from tests import histories

START = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
MILLISECONDS = int(START.timestamp() * 1000)
ARN = "arn:aws:lambda:eu-west-1:1:function:orders:1/durable-execution/order-42/id-42"
EXECUTION = {"DurableExecutionArn": ARN, "StartTimestamp": START, "EndTimestamp": START}


def event(at: int, message: object, stream: str = "one") -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {
        "timestamp": MILLISECONDS + at,
        "message": text,
        "logStreamName": stream,
        "eventId": f"{at}-{text}",
    }


def platform(kind: str, request_id: str, **record: object) -> dict[str, Any]:
    return {"time": "x", "type": f"platform.{kind}", "record": {"requestId": request_id, **record}}


class LogGroup:
    """CloudWatch Logs with one group; it knows the patterns that the command makes."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = events
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, operation: str) -> "LogGroup":
        assert operation == "filter_log_events"
        return self

    def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(request)
        terms = [term.strip('?"') for term in request["filterPattern"].split()]
        assert len(request["filterPattern"]) <= 1024
        for each in self.events:
            if (
                request["startTime"] <= each["timestamp"] <= request.get("endTime", each["timestamp"])
                and each["logStreamName"] in request.get("logStreamNames", [each["logStreamName"]])
                and (not terms or any(term in each["message"] for term in terms))
            ):
                yield {"events": [each]}


def shown(group: LogGroup, monkeypatch: pytest.MonkeyPatch, *request_ids: str) -> list[Line]:
    monkeypatch.setattr(services, "client", lambda *_, **__: group)
    return list(lines_of("group", "eu-west-1", EXECUTION, request_ids))


SAID = {"level": "INFO", "message": "reserved", "executionArn": ARN, "requestId": "r-1"}


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (platform("start", "{}"), platform("report", "{}", status="success")),
        ("START RequestId: {} Version: 1\n", "REPORT RequestId: {}\tDuration: 1 ms\n"),
    ],
)
def test_all_lines_of_an_invocation_are_found(
    monkeypatch: pytest.MonkeyPatch, begin: object, end: object
) -> None:
    def of(line: object, request_id: str) -> object:
        return (
            json.loads(json.dumps(line).replace("{}", request_id))
            if isinstance(line, dict)
            else str(line).format(request_id)
        )

    group = LogGroup(
        event(0, "imported"),
        event(1, of(begin, "r-1")),
        event(2, "printed"),
        event(2, SAID),
        event(3, of(end, "r-1")),
        # Another execution's invocation in the same millisecond, in the same environment.
        event(3, of(begin, "other")),
        event(3, "of another"),
        event(4, of(end, "other")),
        # An invocation that says nothing of the execution; and at the same time one in another environment.
        event(5, of(begin, "r-2")),
        event(6, "silent otherwise"),
        event(6, "elsewhere", "two"),
        event(7, of(end, "r-2")),
    )
    lines = [line for line in shown(group, monkeypatch, "r-2") if line.level != "DEBUG"]
    assert [(line.message, line.request_id) for line in lines] == [
        ("printed", "r-1"),
        ("reserved", "r-1"),
        ("silent otherwise", "r-2"),
    ]


def test_an_invocation_that_runs_is_read_as_far_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    group = LogGroup(event(1, platform("start", "r-1")), event(2, SAID), event(3, "printed"))
    assert [line.message for line in shown(group, monkeypatch)] == ["platform.start", "reserved", "printed"]


def test_what_lies_far_apart_is_not_read_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    hour = 120_000
    group = LogGroup(
        *(event(1, platform("start", "r-1")), event(2, "first"), event(3, platform("report", "r-1"))),
        event(hour // 2, "of others"),
        *(
            event(hour, platform("start", "r-2")),
            event(hour + 1, "second"),
            event(hour + 2, platform("report", "r-2")),
        ),
    )
    lines = shown(group, monkeypatch, "r-1", "r-2")
    assert [line.message for line in lines if line.level == "INFO"] == ["first", "second"]
    spans = [(each["startTime"], each["endTime"]) for each in group.asked if "logStreamNames" in each]
    assert spans == [(MILLISECONDS + 1, MILLISECONDS + 3), (MILLISECONDS + hour, MILLISECONDS + hour + 2)]


def test_without_lambdas_own_lines_those_are_found_that_say_whose_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = LogGroup(
        event(1, SAID), event(2, {"message": "by the root", "requestId": "r-1"}), event(3, "printed")
    )
    assert [line.message for line in shown(group, monkeypatch)] == ["reserved", "by the root"]


def test_many_invocations_are_asked_for_in_several_patterns(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [f"{number:08}-8a2f-4c5d-9e1b-0123456789ab" for number in range(25)]
    group = LogGroup(*(event(number, platform("start", each)) for number, each in enumerate(ids)))
    assert len(shown(group, monkeypatch, *ids)) == 25


def test_lines_of_a_function_have_the_names_of_their_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    group = LogGroup(
        *(event(1, platform("start", "r-1")), event(2, "printed"), event(3, SAID)),
        *(event(4, platform("report", "r-1")), event(5, "between"), event(2, "elsewhere", "two")),
    )
    monkeypatch.setattr(services, "client", lambda *_, **__: group)
    lines = [line for line in lines_since("group", "eu-west-1", START) if line.level != "DEBUG"]
    named = [(line.message, line.execution) for line in lines]
    assert named == [("printed", "order-42"), ("elsewhere", ""), ("reserved", "order-42"), ("between", "")]


TRACE = ['  File "index.py", line 3, in handler\n    raise ValueError("no stock")\n']


@pytest.mark.parametrize(
    ("content", "level", "message"),
    [
        (
            {"level": "ERROR", "errorType": "ValueError", "errorMessage": "no stock", "stackTrace": TRACE},
            "ERROR",
            'ValueError: no stock\n  File "index.py", line 3, in handler\n    raise ValueError("no stock")',
        ),
        (
            {
                "level": "ERROR",
                "message": "failed",
                "errorType": "E",
                "errorMessage": "m",
                "stackTrace": TRACE[:0],
            },
            "ERROR",
            "failed\nE: m",
        ),
        (
            {
                "level": "WARNING",
                "message": {"errorType": "E", "errorMessage": "m", "stackTrace": ["E: m", "    at x"]},
            },
            "WARN",
            "E: m\n    at x",
        ),
        ({"level": "INFO", "message": {"a": 1}}, "INFO", '{"a": 1}'),
        (platform("report", "r", status="success"), "DEBUG", "platform.report"),
        (
            platform("report", "r", status="error", errorType="Runtime.ExitError"),
            "ERROR",
            "platform.report error Runtime.ExitError",
        ),
        (platform("report", "r", status="timeout"), "ERROR", "platform.report timeout"),
        ("[ERROR] ValueError: no stock\nTraceback", "ERROR", "[ERROR] ValueError: no stock\nTraceback"),
        ("[WARNING]\t2026\tr-1\ttoo late", "WARN", "[WARNING]\t2026\tr-1\ttoo late"),
        ("END RequestId: r-1", "DEBUG", "END RequestId: r-1"),
        (
            {"level": "WARNING", "message": "LAMBDA_WARNING: Unhandled exception. The most likely\r"},
            "DEBUG",
            "LAMBDA_WARNING: Unhandled exception. The most likely",
        ),
    ],
)
def test_lines_are_shown_as_the_runtime_would_print_them(content: object, level: str, message: str) -> None:
    line = parsed(event(0, content))
    assert (line.level, line.as_json()["message"]) == (level, message)


def test_lines_below_the_level_are_counted() -> None:
    below: list[Line] = []
    lines = [
        parsed(event(0, {"level": level, "message": level})) for level in ("TRACE", "DEBUG", "INFO", "LOUD")
    ]
    assert [line.message for line in at_least(lines, "INFO", below)] == ["INFO", "LOUD"]
    assert [line.message for line in below] == ["TRACE", "DEBUG"]


SDK = "aws_durable_execution_sdk_python"


def logged(at: int, request_id: str, message: str, error: str, logger: str) -> dict[str, Any]:
    kind, _, text = error.partition(": ")
    content = {
        "level": "ERROR",
        "message": message,
        "logger": f"{SDK}.{logger}",
        "errorType": kind,
        "errorMessage": text,
        "stackTrace": TRACE,
        "requestId": request_id,
    }
    return event(at, {key: value for key, value in content.items() if value != f"{SDK}."})


def failed(after: int, kind: str, error: str, **retry: Any) -> dict[str, Any]:
    error_type, _, message = error.partition(": ")
    payload = {"ErrorType": error_type, "ErrorMessage": message}
    return histories.event(
        after, kind, "x" if kind.startswith("Execution") else "s", Error={"Payload": payload}, **retry
    )


def test_an_error_that_the_sdk_has_logged_is_one_with_that_of_the_history() -> None:
    step = "❌ failed step for id: s, name: price"
    lines = [
        parsed(logged(1990, "r-1", step, "KeyError: 'LAMP'", "operation.step")),
        # The handler's own, and the same error of another step.
        parsed(
            event(
                1991,
                {
                    "level": "ERROR",
                    "message": "no price",
                    "logger": "root",
                    "errorType": "KeyError",
                    "errorMessage": "'LAMP'",
                },
            )
        ),
        parsed(
            logged(1992, "r-1", "❌ failed step for id: t, name: other", "KeyError: 'LAMP'", "operation.step")
        ),
        parsed(logged(4990, "r-2", step, "KeyError: 'LAMP'", "operation.step")),
        parsed(logged(5000, "r-2", "Execution failed", "StepError: 'LAMP'", "execution")),
    ]
    history = [
        histories.event(0, "ExecutionStarted", "x"),
        histories.event(2, "StepStarted", "s"),
        failed(2, "StepFailed", "KeyError: 'LAMP'", RetryDetails={"NextAttemptDelaySeconds": 3}),
        histories.event(5, "StepStarted", "s"),
        failed(5, "StepFailed", "KeyError: 'LAMP'"),
        failed(6, "ExecutionFailed", f"{SDK}.exceptions.StepError: 'LAMP'"),
    ]
    one_story = merged(
        lines, [replace(line, time=line.time + (START - histories.BEGUN)) for line in errors_in(history)]
    )
    assert [(line.message, line.request_id, line.trace != []) for line in one_story] == [
        ("step name of s, attempt 1: KeyError: 'LAMP'", "r-1", True),
        ("no price\nKeyError: 'LAMP'", "", False),
        ("❌ other failed\nKeyError: 'LAMP'", "r-1", True),
        ("step name of s, attempt 2: KeyError: 'LAMP'", "r-2", True),
        ("execution: StepError: 'LAMP'", "r-2", True),
    ]
    assert set(one_story[0].as_json()) == {
        "time",
        "level",
        "message",
        "request_id",
        "fields",
        "repeated",
        "execution",
    }


def test_a_handler_that_cannot_be_loaded_has_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    error = "Runtime.ImportModuleError: No module named 'nothing'"
    group = LogGroup(
        event(1, platform("start", "r-1")),
        event(2, {"level": "WARNING", "message": "LAMBDA_WARNING: Unhandled exception.\r", "requestId": ""}),
        logged(2, "", "", error, ""),
        event(3, platform("report", "r-1", status="error", errorType="Runtime.ImportModuleError")),
    )
    history = [histories.event(0, "ExecutionStarted", "x"), failed(1, "ExecutionFailed", error)]
    told = merged(shown(group, monkeypatch, "r-1"), errors_in(history))
    assert [line.message for line in told if line.level != "DEBUG"] == [f"execution: {error}"]


def test_a_trace_has_its_own_frames_below_the_code_once() -> None:
    def python(path: str) -> str:
        return f'  File "{path}", line 1, in f\n    f("/a/var/task/b")'

    own = ["/var/task/orders/app.py", "/home/jo b/tmp/ministack-lambda-orders-1a2b-x_y/code/app.py"]
    sdk = f"/var/lang/lib/python3.13/site-packages/{SDK}/state.py"
    trace = [
        python(path)
        for path in (sdk, sdk, own[0], "/var/task/lib/python3.13/site-packages/six.py", own[1], sdk)
    ]
    traces = Traces()
    assert traces.lines(trace, "09:00") == [
        "  … 2 frames of the SDK",
        python("orders/app.py"),
        python("six.py"),
        python("app.py"),
        "  … 1 frame of the SDK",
    ]
    assert traces.lines(trace, "09:01") == ["  … same trace as at 09:00"]
    assert traces.lines([python(sdk)], "09:02") == [python(f"{SDK}/state.py")]
    assert Traces(full=True).lines(trace, "09:01")[0] == python(f"{SDK}/state.py")
    assert traces.lines([], "09:02") == []
    node = [
        "    at f (file:///var/task/index.mjs:3:9)",
        "    at g (/var/task/node_modules/@aws/durable-execution-sdk-js/x.js:1:1)",
    ]
    assert traces.lines(node, "09:03") == ["    at f (index.mjs:3:9)", "  … 1 frame of the SDK"]
    assert short_paths('  File "' + "/" * 250_000) == '  File "' + "/" * 250_000
