"""The history of an execution as a tree, a table and a page."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from aws_durable_execution_sdk_python.serdes import ExtendedTypeSerDes
from rich.console import Console

from cli.history import SDK_ERRORS, History
from cli.page import page
from cli.timeline import LiveTimeline, timeline
from cli.values import decoded
from tests.histories import BEGUN, ERROR, EVENTS, EXECUTION, NOW, event, long_history


def text(renderable: Any) -> str:
    console = Console(width=160, color_system=None, record=True, file=None)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_events_become_a_tree_of_operations() -> None:
    history = History(EVENTS)
    shown = [(each.depth, each.kind, each.name, each.status, each.attempts) for each in history.walk()]
    assert shown == [
        (0, "step", "name of s", "SUCCEEDED", 2),
        (0, "context", "name of c", "STARTED", 0),
        (1, "callback", "name of cb", "STARTED", 0),
        (0, "chained invoke", "name of i", "FAILED", 0),
        (0, "wait", "name of w", "STARTED", 0),
    ]
    assert history.invocations == 1
    assert not history.ended
    assert [each.name for each in history.open_operations()] == ["name of cb", "name of w"]
    step, _, callback, invoke, wait = history.walk()
    assert (step.seconds(), step.result, step.error_text) == (8, '{"ok": 1}', "")
    assert (callback.callback_id, callback.seconds(NOW)) == ("id-1", 89)
    assert (invoke.invoked, invoke.error_text) == ("arn:child", "OSError: <no> [stock]")
    assert wait.until == BEGUN + timedelta(seconds=90)


def test_an_attempt_that_will_be_repeated_is_pending() -> None:
    history = History(EVENTS[:3])
    (step,) = history.walk()
    assert (step.status, step.is_open, step.ended) == ("PENDING", True, None)
    assert step.as_json()["next_attempt"] == BEGUN + timedelta(seconds=7)
    row = text(timeline(history, BEGUN + timedelta(seconds=4))).splitlines()[-1]
    assert row == f"     attempt 2 at {BEGUN.astimezone():%Y-%m-%d %H:%M}:07, in 3.0 s"
    assert text(timeline(history, NOW)).splitlines()[-1].startswith("     attempt 2 due since ")
    # Not met is not failed, and no event of its own.
    delay = {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5}
    unmet = event(2, "StepSucceeded", "s", Result={"Payload": "1"}, RetryDetails=delay)
    (condition,) = History([*EVENTS[:2], unmet]).open_operations()
    assert (condition.status, condition.ended, condition.next_attempt) == (
        "PENDING",
        None,
        BEGUN + timedelta(seconds=7),
    )
    (again,) = History([*EVENTS[:2], unmet, EVENTS[4]]).open_operations()
    assert (again.status, again.attempts, again.next_attempt) == ("STARTED", 2, None)
    last = event(8, "StepFailed", "s", Error=ERROR, RetryDetails={"NextAttemptDelaySeconds": 0})
    (step,) = History([*EVENTS[:3], EVENTS[4], last]).walk()
    assert (step.status, step.attempts, step.seconds()) == ("FAILED", 2, 7)
    ended = History([*EVENTS, event(95, "ExecutionStopped", "x")])
    assert ended.ended
    assert ended.execution is not None
    assert ended.execution.seconds() == 95


def test_a_pause_is_of_the_execution() -> None:
    pauses = [
        {key: value for key, value in event(after, kind, "x").items() if key != "Id"}
        for after, kind in ((2, "ExecutionPaused"), (3, "ExecutionResumed"))
    ]
    history = History([*EVENTS[:2], pauses[0]])
    assert history.execution is not None
    assert (history.execution.status, history.ended) == ("PAUSED", False)
    history.add(pauses[1])
    assert (history.execution.status, history.execution.seconds(NOW)) == ("STARTED", 100)
    assert [each.title for each in history.operations] == ["name of s"]


def test_the_table_shows_each_operation_in_its_place() -> None:
    rows = [line.rstrip() for line in text(timeline(History(EVENTS), NOW)).splitlines()]
    assert len(rows) == 7
    assert "name of s (2 attempts)" in rows[1]
    assert "8.0 s" in rows[1]
    assert "  name of cb" in rows[3]
    assert rows[5] == "     OSError: <no> [stock]"
    bars = [row.count("━") for row in rows[1:] if "━" in row]
    assert bars == [3, 29, 29, 3, 23]


def test_live_lines_tell_what_ends_fails_and_waits() -> None:
    console = Console(width=160, color_system=None)
    live = LiveTimeline(console)
    with console.capture() as captured:
        for each in EVENTS:
            live.add(each)
    lines = captured.get().splitlines()
    assert [line.split(" s  ")[0].strip() for line in lines] == [
        *("+    2.0", "+    9.0", "+   11.0", "+   20.0", "+   30.0"),
    ]
    at = f"{BEGUN.astimezone():%Y-%m-%d %H:%M}:07"
    assert lines[0].rstrip().endswith(f"attempt 1 failed: OSError: <no> [stock]; attempt 2 at {at}")
    assert "waits for its callback" in lines[2]
    assert live.doing() == "name of cb, name of w"


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_the_page_needs_nothing_beside_it_and_escapes_what_handlers_say() -> None:
    html = page(EXECUTION, History(EVENTS), NOW)
    parsed = Page()
    parsed.feed(html)
    assert parsed.links == []
    assert "script" not in parsed.tags
    assert html.count('<tr class="operation">') == 5
    assert "OSError: &lt;no&gt; [stock]" in html
    assert "margin-left: 1.0%; width: 8.0%" in html


def test_three_thousand_operations_are_shown_each() -> None:
    history = long_history()
    assert text(timeline(history, NOW)).count("name of s") == 3000
    assert page(EXECUTION, history, NOW).count('<tr class="operation">') == 3000


def test_what_stood_open_when_its_execution_ended_has_ended_with_it() -> None:
    history = History([*EVENTS, event(95, "ExecutionFailed", "x", Error=ERROR)])
    assert history.open_operations() == []
    wait = history.operations[-1]
    assert (wait.status, wait.seconds(), wait.seconds(NOW + timedelta(days=1))) == ("UNFINISHED", 65, 65)
    shown = text(timeline(history, NOW + timedelta(days=1)))
    assert "1 min 05 s" in shown
    assert "days" not in shown


def test_the_operation_that_failed_the_execution_is_the_innermost_with_its_message() -> None:
    failed = [
        EVENTS[0],
        event(1, "StepStarted", "other"),
        event(2, "StepFailed", "other", Error={"Payload": {"ErrorType": "KeyError", "ErrorMessage": "x"}}),
        event(3, "ContextStarted", "c"),
        event(4, "StepStarted", "s", "c"),
        event(5, "StepFailed", "s", "c", Error=ERROR),
        event(6, "ContextFailed", "c", Error=ERROR),
    ]
    wrapped = {"ErrorType": f"{SDK_ERRORS}StepError", "ErrorMessage": "<no> [stock]"}
    history = History([*failed, event(7, "ExecutionFailed", "x", Error={"Payload": wrapped})])
    cause = history.cause_of(wrapped)
    assert cause is not None
    assert (cause.title, cause.error_text) == ("name of s", "OSError: <no> [stock]")
    assert history.cause_of({"ErrorType": "E", "ErrorMessage": "the handler's own"}) is None
    assert history.cause_of({"ErrorType": "E"}) is None
    assert text(timeline(history)).splitlines()[-1] == "   StepError: <no> [stock]"


def test_an_error_before_the_first_operation_is_shown() -> None:
    trace = {"Payload": {**ERROR["Payload"], "StackTrace": ["at a.py\n", "at b.py"]}}
    history = History([EVENTS[0], event(1, "ExecutionFailed", "x", Error=trace)])
    assert text(timeline(history)) == "   OSError: <no> [stock]\n"
    assert text(timeline(history, trace=True)).splitlines()[1:] == ["     at a.py", "     at b.py"]


def callback(
    name: str | None, answer: str, parent: str | None = "approval", sub_type: str = "WaitForCallback"
) -> History:
    started = event(2, "CallbackStarted", "cb", "c", CallbackId="id-1")
    return History(
        [
            EVENTS[0],
            {**event(1, "ContextStarted", "c"), "Name": parent, "SubType": sub_type},
            {**started, "Name": name},
            {**event(3, "CallbackSucceeded", "cb", "c", Result={"Payload": answer}), "Name": name},
            event(3, "ContextSucceeded", "c", Result={"Payload": json.dumps(answer)}),
        ]
    )


@pytest.mark.parametrize(
    ("name", "parent", "title"),
    [
        ("approval create callback id", "approval", "approval"),
        ("create callback id", "approval", "approval"),
        (None, "approval", "approval"),
        ("mine", "approval", "mine"),
        (None, None, "callback"),
    ],
)
def test_a_callback_has_the_name_that_the_handler_gave_it(
    name: str | None, parent: str | None, title: str
) -> None:
    found = callback(name, "1", parent).operations[1]
    assert (found.title, found.as_json()["name"]) == (title, name)


def test_a_refused_approval_does_not_look_like_a_success() -> None:
    history = callback("a", '{"approved": false, "by": "ann"}')
    assert [each.outcome for each in history.operations] == ["REFUSED", "REFUSED"]
    assert [each.status for each in history.operations] == ["SUCCEEDED", "SUCCEEDED"]
    assert text(timeline(history)).count("✗") == 2
    assert "SUCCEEDED, refused" in page(EXECUTION, history, NOW)
    assert callback("a", '{"approved": true}').operations[1].outcome == "SUCCEEDED"


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, 2.5, None, True, "x"], "b": {"c": ()}, "d": {"t": "m", "v": 1}},
        [{"n": 1}, [1]],
        {},
        "text",
        None,
        7,
    ],
)
def test_values_are_as_the_sdk_would_read_them(value: Any) -> None:
    serdes: Any = ExtendedTypeSerDes
    coded = serdes().serialize(value)
    assert decoded(coded) == json.loads(json.dumps(value))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('{"t": "dt", "v": "2026-11-24T09:00:00Z"}', "2026-11-24T09:00:00Z"),
        ('{"t": "z", "v": 1}', {"t": "z", "v": 1}),
        ('{"t": "m", "v": {"a": 1}}', {"t": "m", "v": {"a": 1}}),
        ('{"t": ["m"], "v": {}}', {"t": ["m"], "v": {}}),
        ("no JSON", "no JSON"),
        ("[" * 100_000, "[" * 100_000),
        (None, None),
    ],
)
def test_what_is_not_the_sdks_coding_stays(raw: str | None, value: Any) -> None:
    assert decoded(raw) == value
    step = event(2, "StepSucceeded", "s", Result={"Payload": raw})
    shown = History([EVENTS[0], EVENTS[1], step]).operations[0].as_json()
    assert (shown["result"], shown["result_raw"]) == (value, raw)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_history_fits_the_terminal(width: int) -> None:
    lines = text(timeline(History(EVENTS), NOW, width=width)).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    assert all(each.rstrip("━ ") for each in lines)
    assert [line.split()[1] for line in lines if line[:1] in "✓✗…"] == ["name"] * 5


def test_the_page_has_the_input_and_says_of_which_zone_its_times_are() -> None:
    html = page({**EXECUTION, "InputPayload": '{"order": 1}'}, History(EVENTS), NOW)
    assert "&#34;order&#34;: 1" in html
    assert re.search(r"2026-11-2\d \d\d:\d\d:00 \S+ \(UTC[+-]\d{4}\)", html)
