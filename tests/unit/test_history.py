"""The history of an execution as a tree, a table and a page."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from rich.console import Console

from ops.history import History
from ops.page import page
from ops.timeline import LiveTimeline, timeline

BEGUN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NOW = BEGUN + timedelta(seconds=100)
EXECUTION = {
    "DurableExecutionArn": "arn:aws:lambda:eu-west-1:123456789012:function:orders:7/durable-execution/order-1/id",
    "DurableExecutionName": "order-1",
    "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:orders:7",
    "StartTimestamp": BEGUN,
    "Status": "RUNNING",
    "Version": "7",
}


def event(
    after: float, kind: str, identity: str, parent: str | None = None, **details: Any
) -> dict[str, Any]:
    made = {"EventType": kind, "Id": identity, "EventTimestamp": BEGUN + timedelta(seconds=after)}
    made |= {"Name": f"name of {identity}"} if identity != "x" else {}
    made |= {"ParentId": parent} if parent else {}
    return {**made, f"{kind}Details": details}


ERROR = {"Payload": {"ErrorType": "OSError", "ErrorMessage": "<no> [stock]"}}
EVENTS = [
    event(0, "ExecutionStarted", "x"),
    event(1, "StepStarted", "s"),
    event(
        2, "StepFailed", "s", Error=ERROR, RetryDetails={"CurrentAttempt": 1, "NextAttemptDelaySeconds": 5}
    ),
    {"EventType": "InvocationCompleted", "EventTimestamp": BEGUN},
    event(7, "StepStarted", "s"),
    event(9, "StepSucceeded", "s", Result={"Payload": '{"ok": 1}'}),
    event(10, "ContextStarted", "c"),
    event(11, "CallbackStarted", "cb", "c", CallbackId="id-1"),
    event(12, "ChainedInvokeStarted", "i", DurableExecutionArn="arn:child", Input={"Payload": "1"}),
    event(20, "ChainedInvokeFailed", "i", Error=ERROR),
    event(30, "WaitStarted", "w", ScheduledEndTimestamp=BEGUN + timedelta(seconds=90)),
]


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
    assert (step.seconds(), step.result, step.said) == (8, '{"ok": 1}', "")
    assert (callback.callback_id, callback.seconds(NOW)) == ("id-1", 89)
    assert (invoke.invoked, invoke.said) == ("arn:child", "OSError: <no> [stock]")
    assert wait.until == BEGUN + timedelta(seconds=90)


def test_an_attempt_that_will_be_repeated_is_pending() -> None:
    history = History(EVENTS[:3])
    (step,) = history.walk()
    assert (step.status, step.is_open, step.ended) == ("PENDING", True, None)
    ended = History([*EVENTS, event(95, "ExecutionStopped", "x")])
    assert ended.ended
    assert ended.execution is not None
    assert ended.execution.seconds() == 95


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
    assert "attempt 1 failed: OSError: <no> [stock]" in lines[0]
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
    assert parsed.tags.count("tr") == 6
    assert "OSError: &lt;no&gt; [stock]" in html
    assert "margin-left: 1.0%; width: 8.0%" in html


def long_history() -> History:
    """Return a history of as many operations as Lambda lets an execution have."""
    events = [EVENTS[0]]
    for number in range(3000):
        events.append(event(number / 100, "StepStarted", f"s{number}"))
        events.append(event(number / 100 + 0.01, "StepSucceeded", f"s{number}"))
    return History(events)


def test_three_thousand_operations_are_shown_each() -> None:
    history = long_history()
    assert text(timeline(history, NOW)).count("name of s") == 3000
    assert page(EXECUTION, history, NOW).count("<tr>") == 3001
