"""What handlers' processes tell the cloud, which of their lines are kept, and which ones a filter pattern finds."""

import json
import struct
from typing import Any

import pytest

from local_cloud.gateway import handler_logs
from local_cloud.gateway.channel import Frames, Lines, Messages, message
from local_cloud.gateway.emulator import log_groups, responses
from local_cloud.gateway.handler_logs import LogLine, LogSettings, LogStream
from local_cloud.gateway.log_filters import matcher


def frame(kind: int, text: str) -> bytes:
    content = text.encode()
    return struct.pack(">IIQ", kind, len(content), 1_700_000_000_000_001) + content


def test_messages_arrive_in_pieces() -> None:
    whole = message({"kind": "result"}, b'{"a":\n1}') + message({"kind": "error"}, b"")
    messages = Messages()
    found = [messages.feed(whole[at : at + 1]) for at in range(len(whole))]
    assert [each for each in found if each] == [
        ({"kind": "result", "length": 8}, b'{"a":\n1}'),
        ({"kind": "error", "length": 0}, b""),
    ]


def test_a_frame_is_a_line_with_its_own_time_and_level() -> None:
    data = frame(0xA55A000E, "of Python\n") + frame(0xA55A0003, "two\nlines") + frame(0xA55A001B, "worst")
    for size in (1, 7, len(data)):
        frames = Frames()
        lines = [line for at in range(0, len(data), size) for line in frames.feed(data[at : at + size])]
        time = 1_700_000_000_000_001
        assert lines == [
            LogLine(time, "of Python", "INFO"),
            LogLine(time, "two\nlines"),
            LogLine(time, "worst", "FATAL"),
        ]


def test_what_is_printed_is_a_line_when_it_ends() -> None:
    lines = Lines()
    assert [line.text for line in lines.feed(b"one\ntw")] == ["one"]
    assert [line.text for line in lines.feed(b"o\n\n\xff")] == ["two"]
    assert [line.text for line in lines.rest()] == ["\ufffd"]
    assert list(lines.rest()) == []


CONFIG: dict[str, Any] = {"FunctionName": "orders", "Version": "3", "MemorySize": 512}


@pytest.mark.parametrize(
    ("line", "kept_from"),
    [
        (LogLine(0, "x", "DEBUG"), "DEBUG"),
        (LogLine(0, "x", "WARN"), "WARN"),
        (LogLine(0, '{"level": "warning", "a": 1}'), "WARN"),
        (LogLine(0, '{"level": "unknown"}'), "INFO"),
        (LogLine(0, '{"a": 1}'), "INFO"),
        # Lambda documents levels for JSON only.
        (LogLine(0, "plain"), "FATAL"),
        (LogLine(0, "{not json"), "FATAL"),
    ],
)
def test_lines_below_the_level_are_dropped(line: LogLine, kept_from: str) -> None:
    levels = handler_logs.LEVELS
    for level in levels:
        settings = LogSettings.of(
            {**CONFIG, "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": level}}
        )
        assert settings.has(line) == (levels.index(level) <= levels.index(kept_from)), level
    assert LogSettings.of(CONFIG).has(line)


@pytest.mark.parametrize(
    ("given", "variables", "stream"),
    [
        ({}, {"AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/orders"}, "/[3]"),
        (
            {"LogFormat": "JSON", "LogGroup": "shared"},
            {
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_GROUP_NAME": "shared",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
            },
            "/orders[3]",
        ),
    ],
)
def test_the_runtime_is_told_the_settings(
    given: dict[str, str], variables: dict[str, str], stream: str
) -> None:
    config = {**CONFIG, "LoggingConfig": given}
    assert LogSettings.of(config).environment == variables
    assert stream in LogStream(config, LogSettings.of(config)).name


@pytest.mark.parametrize(
    ("level", "status", "kinds"),
    [
        ("DEBUG", "success", ["platform.start", "platform.runtimeDone", "platform.report"]),
        ("INFO", "success", ["platform.start", "platform.report"]),
        ("INFO", "timeout", ["platform.start", "platform.runtimeDone", "platform.report"]),
        ("WARN", "success", []),
        ("WARN", "error", ["platform.runtimeDone", "platform.report"]),
    ],
)
def test_lambdas_own_lines_have_levels(level: str, status: str, kinds: list[str]) -> None:
    config = {**CONFIG, "LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": level}}
    stream = LogStream(config, LogSettings.of(config))
    with responses.request_scope("000000000000", "us-east-1"):
        stream.start("r-1")
        log = stream.end(
            "r-1", 1.5, status=status, error_type="" if status == "success" else "Runtime.ExitError"
        )
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["type"] for line in lines] == kinds
    assert all(line["record"]["requestId"] == "r-1" for line in lines)


def test_the_oldest_lines_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler_logs, "MAX_LINES", 5)
    kept = handler_logs._Kept()
    groups = log_groups.value
    with responses.request_scope("000000000000", "us-east-1"):
        for number in range(8):
            event = {"timestamp": number, "message": str(number), "ingestionTime": number}
            kept.add("/bounded", f"stream-{number // 4}", [event])
        streams = groups["/bounded"]["streams"]
        assert {name: [event["message"] for event in each["events"]] for name, each in streams.items()} == {
            "stream-0": ["3"],
            "stream-1": ["4", "5", "6", "7"],
        }
        kept.add("/bounded", "stream-1", [event])
        assert list(streams) == ["stream-1"]
        del groups["/bounded"]


RECORD = {
    "level": "INFO",
    "executionArn": "arn:aws:lambda:x/durable-execution/a/b",
    "n": 3,
    "open": True,
    "nothing": None,
    "order": {"lines": [{"sku": "LAMP"}, {"sku": "DESK"}], "a.b": 1},
}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("", True),
        ('{ $.executionArn = "arn:aws:lambda:x/durable-execution/a/b" }', True),
        (
            '{ ($.durableExecutionArn = "y") || ($.executionArn = "arn:aws:lambda:x/durable-execution/a/b") }',
            True,
        ),
        ('{ ($.durableExecutionArn = "y") || ($.executionArn = "y") }', False),
        ('{ $.level = "INFO" && ($.n > 3 || $.n = 3) }', True),
        ('{ $.level = "INFO" && $.n > 3 }', False),
        ("{ $.level = INFO }", True),
        ('{ $.level = "IN*" }', True),
        ('{ $.level != "INFO" }', False),
        ("{ $.level = %^IN% }", True),
        ("{ $.n >= 2.5 }", True),
        ('{ $.n = "3" }', False),
        ("{ $.open IS TRUE }", True),
        ("{ $.nothing IS NULL }", True),
        ("{ $.other NOT EXISTS }", True),
        ("{ $.level NOT EXISTS }", False),
        ('{ $.order.lines[1].sku = "DESK" }', True),
        ('{ $.order.lines[*].sku = "DESK" }', True),
        ('{ $.order.lines[0].sku = "DESK" }', False),
        ("{ $.order['a.b'] = 1 }", True),
        ('"durable-execution/a/b"', True),
        ("LAMP DESK", True),
        ("LAMP CHAIR", False),
        ("lamp", False),
        ("LAMP -DESK", False),
        ("?CHAIR ?DESK", True),
        ("?CHAIR ?TABLE", False),
        ('"level INFO"', False),
        ("%LA.P%", True),
    ],
)
def test_patterns(pattern: str, matches: bool) -> None:
    assert matcher(pattern)(json.dumps(RECORD)) is matches


def test_a_json_pattern_finds_no_text() -> None:
    assert not matcher("{ $.level NOT EXISTS }")("START RequestId: 1")
    assert not matcher("{ $.level NOT EXISTS }")("{broken")


@pytest.mark.parametrize(
    "pattern",
    [
        *("{ $.a = 1", "{ }", "{ $.a }", "{ $.a = }", "{ ($.a = 1 }", "{ $.a = 1 $.b = 2 }", "{ a = 1 }"),
        *("{ $.a < x }", "{ $.a IS 1 }", "{ $.a[ = 1 }", "[ip, user]", "{ $.a = %(% }", "{ $.a ~ 1 }"),
    ],
)
def test_a_pattern_that_is_not_valid_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid filter pattern|does not know patterns"):
        matcher(pattern)
