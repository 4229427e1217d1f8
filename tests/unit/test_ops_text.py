"""What `durable` writes into terminals of 60, 80 and 120 columns, as it stands in tests/unit/terminal.

`RECORD=1 pytest tests/unit/test_ops_text.py` writes these texts anew: look at the difference before you keep it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import services, stack
from cli.__main__ import COMMANDS, app
from cli.console import out
from cli.state import ROOT
from tests.unit.fake_lambda import ARN, BEGUN, FakeLambda, event, execution

CALLBACK = ("success", "failure", "heartbeat")
RECORDED = Path(__file__).parent / "terminal"
ERROR = {
    "ErrorType": "CardDeclined",
    "ErrorMessage": "the bank said no",
    "StackTrace": ["  at charge (pay.py:7)"],
}
HISTORY = [
    event(0, "ExecutionStarted", "", Input={"Payload": '{"order_id": "A-1001"}'}),
    event(0.1, "StepStarted", "reserve_stock"),
    event(0.4, "StepSucceeded", "reserve_stock", Result={"Payload": "{}"}),
    event(1, "WaitStarted", "settlement of the order by the bank", ScheduledEndTimestamp=BEGUN),
    event(61, "WaitSucceeded", "settlement of the order by the bank"),
    event(62, "CallbackStarted", "approval create callback id", CallbackId="c-1"),
    event(63, "CallbackSucceeded", "approval create callback id", Result={"Payload": '{"approved": false}'}),
    event(64, "ChainedInvokeStarted", "charge_payment", FunctionName="payments"),
    event(70, "ChainedInvokeFailed", "charge_payment", Error={"Payload": ERROR}),
    event(71, "StepStarted", "release_stock"),
    {"EventType": "InvocationCompleted", "EventTimestamp": BEGUN},
    event(72, "ExecutionFailed", "", Error={"Payload": ERROR}),
]
ENDED = execution("order-20261124-0900", "FAILED", InputPayload='{"order_id": "A-1001"}', Error=ERROR)
WAITING = [HISTORY[0], HISTORY[5]]
LISTS = {"list": "list", "list-waiting": "list --waiting"}
OF_ONE = {
    "show": "show order-2026",
    "history": "history order-2026",
    "history-trace": "history order-2026 --trace",
}


@pytest.fixture(params=[60, 80, 120])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Make the terminal so wide, and its zone UTC."""
    monkeypatch.setenv("COLUMNS", str(request.param))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    # To restore `width` would fix it for the rest of the process: read, it is what was found out just now.
    monkeypatch.setattr(out, "_width", request.param)
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def _service(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    now = datetime.now(UTC)
    # What is listed is as old as it was when it was recorded; what is shown by itself has the times of its own.
    listed = [
        execution("6a5698c4-fd8f-4dc5-ab28-4dfb791db1e1", started=now - timedelta(minutes=30)),
        execution("nightly", "TIMED_OUT", now - timedelta(days=9)),
        execution("b" * 64, "RUNNING", now - timedelta(hours=5, seconds=9)),
    ]
    of_one = request.node.callspec.params["name"] in OF_ONE
    lambda_ = FakeLambda(ENDED, events=HISTORY) if of_one else FakeLambda(*listed, events=WAITING)
    outputs = {"orders": {"function_name": "orders-1a2b", "function_arn": ARN, "alias_name": "live"}}
    state = {"deployment": {"resources": [{"urn": "u", "type": ROOT, "outputs": outputs}]}}
    monkeypatch.setattr(stack, "run_pulumi", lambda *_: json.dumps(state))
    monkeypatch.setattr(services, "client", lambda *_, **__: lambda_)
    monkeypatch.setattr("time.sleep", lambda _: None)


@pytest.mark.usefixtures("_service")
@pytest.mark.parametrize("name", [*LISTS, *OF_ONE])
def test_it_looks_as_recorded(name: str, width: int) -> None:
    told = CliRunner().invoke(app, (LISTS | OF_ONE)[name].split()).output
    lines = [line.rstrip() for line in told.splitlines()]
    recorded = RECORDED / f"{name}-{width}.txt"
    if os.environ.get("RECORD"):
        recorded.parent.mkdir(exist_ok=True)
        recorded.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == recorded.read_text(encoding="utf-8").splitlines()
    if name != "show":  # an ARN is one word, to be copied
        assert max(map(len, lines)) <= width


@pytest.mark.parametrize("name", [*chain(*COMMANDS.values()), *(f"callback {each}" for each in CALLBACK)])
def test_a_help_text_fills_its_lines_and_cuts_no_word(
    name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typer.rich_utils.MAX_WIDTH", width)
    told = CliRunner().invoke(app, [*name.split(), "--help"]).output
    text, _, boxes = told.partition("╭")
    for paragraph in text.split("\n" + " " * width):
        lines = [line.strip() for line in paragraph.splitlines() if line.strip()]
        for line, following in pairwise(lines):
            assert len(f" {line} {following.split()[0]} ") > width, line
    assert max(map(len, told.splitlines())) <= width
    assert width < 80 or "…" not in boxes
    # Choices are in sentences, which can be broken.
    assert "|" not in boxes.replace("EXECUTION|FUNCTION", "")


HELP = """
import atexit, sys
unneeded = ("boto3", "botocore", "jinja2", "markdown_it", "pydantic", "pygments")
atexit.register(lambda: print([each for each in unneeded if each in sys.modules]))
sys.argv = ["durable", "--help"]
from {module} import main
main()
"""


def test_help_is_the_same_without_what_it_does_not_need() -> None:
    def lines(module: str) -> list[str]:
        command = [sys.executable, "-c", HELP.format(module=module)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()

    *told, imported = lines("cli")
    assert imported == "[]"
    assert told == lines("cli.__main__")[:-1]


ANOTHER_TYPER = """
import sys
from cli.start_up import start_sooner
start_sooner()
from rich.traceback import Traceback
print("pygments" in sys.modules)
from rich.markdown import Markdown, CodeBlock
from rich.traceback import Traceback, Frame
print(CodeBlock.__module__, Frame.__module__)
from rich.traceback import absent
"""


def test_another_typer_may_import_more_of_what_help_does_not_need() -> None:
    done = subprocess.run([sys.executable, "-c", ANOTHER_TYPER], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "rich.markdown", "rich.traceback"]
    assert "ImportError: cannot import name 'absent' from 'rich.traceback'" in done.stderr
