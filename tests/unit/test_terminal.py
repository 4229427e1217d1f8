"""Whatever a service answers or a file holds, a terminal shows it and obeys none of it, in every command."""

import ast
import json
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pulumi
import pytest
from botocore.exceptions import ClientError
from rich.text import Text
from typer.testing import CliRunner

from cli import services, stack
from cli.__main__ import app, main
from cli.adoption.cloudformation import StackResource
from cli.adoption.program import Import, Program
from cli.commands import adopt
from cli.console import out
from cli.doctor.code import bundle
from cli.doctor.deployed_function import DeployedFunction
from cli.history import History
from cli.page import page
from cli.state import ROOT
from cli.terminal import Terminal, in_line, json_text, shown, visible
from cli.timeline import LiveTimeline
from components import DurableFunctionsError, InvalidArgsError, PackagingError
from components.checks import messages
from components.checks.errors import Problem
from tests.unit.hostile_files import FILES
from tests.unit.hostile_trials import within_limits

HARMFUL = {
    "write to the clipboard": "\x1b]52;c;cm0gLXJm\x07",
    "clear the screen": "\x1b[2J\x1b[H",
    "a link": "\x1b]8;;https://example.com\x1b\\here",
    "the same in C1": "\x9b2J\x9d52;c;eA==\x9c",
    "go back over the line": "FAILED\rSUCCEEDED",
    "erase what was written": "no\b\b\x7fok",
    "turn the direction": "\u202egnp.exe\u2066",
    "what is not seen": "\u200b\ufeff\u00ad\U000e0041",
    "another line's end": "a\u2028b\u0085c\x0bd\x0c",
    "half a character": "\ud800",
    "nothing": "\x00",
    "fillers": "\u3164\uffa0\u115f\u1160\u2800\u034f",
    "selectors of variants": "\ufe00\ufe0f\u180b\U000e0100",
}
EVIL = "".join(HARMFUL.values()) + "[red]x[/red][/nothing][link=https://example.com]y[/link] :skull: \n9 done"
ROOT_FOLDER = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
COMPONENTS = Path(messages.__file__).parents[1]
ARN = "arn:aws:lambda:us-east-1:123456789012:function:orders"
EXECUTION_ARN = f"{ARN}:7/durable-execution/{EVIL.replace('/', '')}/id"


def obeyed(text: str) -> set[str]:
    """Return what a terminal would obey in a text, or would not show."""
    return {
        each
        for each in text
        if (unicodedata.category(each) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and each not in "\n\t\u200c\u200d")
        or each in "\u3164\uffa0\u115f\u1160\u2800\u034f\ufe00\ufe0f\u180b\U000e0100"
    }


@pytest.mark.parametrize("text", HARMFUL.values(), ids=HARMFUL)
def test_each_is_shown_by_its_code(text: str) -> None:
    assert obeyed(text)
    assert not obeyed(visible(text))
    assert visible(text).count("\\x1b") == text.count("\x1b")


@pytest.mark.parametrize(
    "text",
    [
        "Grüße\n\t1",
        "日本\u3000語",
        "\u0645\u06cc\u200c\u062e\u0648\u0627",
        "👩\u200d💻",
        "1\u00a0000",
        "a\\x1b",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert visible(text) == messages.printable(text) == text


def test_components_policies_and_local_cloud_show_the_same_characters() -> None:
    def definition(path: Path) -> list[str]:
        wanted = ("_INVISIBLE = ", "def _is_harmless(")
        text = path.read_text()
        parts = [ast.get_source_segment(text, node) or "" for node in ast.parse(text).body]
        return [part for part in parts if part.startswith(wanted)]

    expected = definition(ROOT_FOLDER / "cli/terminal.py")
    assert len(expected) == 2
    for each in (
        "components/checks/messages.py",
        "policies/durable_policies/serving.py",
        "local/aws_provider/answers.py",
        "local/local_cloud/terminal.py",
    ):
        assert definition(ROOT_FOLDER / each) == expected, each


def test_a_name_is_one_line() -> None:
    assert in_line("order\n✓ shipped\t1") == "order\\n✓ shipped\\t1"


def test_json_says_the_same_and_is_harmless() -> None:
    value = {EVIL: [EVIL, 1, None], "at": NOW}
    text = json_text(value)
    assert not obeyed(text)
    assert json.loads(text) == {**value, "at": NOW.isoformat()}


def test_nothing_gets_by_a_console(capsys: pytest.CaptureFixture[str]) -> None:
    console = Terminal()
    console.print(Text(EVIL), soft_wrap=True)
    console.print(f"[bold]{EVIL.replace('[', '(')}[/bold]", soft_wrap=True)
    printed = capsys.readouterr().out
    assert not obeyed(printed)
    assert printed.count("\\x1b]52;c;") == 2
    assert printed.count(":skull:") == 2


def test_no_error_and_no_message_of_the_components_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    text = f"{EVIL}<{{%x%}}>"  # to the engine, a colour that it does not know
    for name in ("info", "warn"):
        monkeypatch.setattr(pulumi.log, name, lambda text, *_, **__: told.append(text))
        getattr(messages, name)(text)
    told += [str(DurableFunctionsError(text)), str(PackagingError(text))]
    told.append(str(InvalidArgsError(text, [Problem(text, text, text)])))
    for text in told:
        assert "x1b]52" in text
        assert not obeyed(text)
        assert "<{%" not in text


def test_whatever_the_components_tell_goes_that_way() -> None:
    speaking = {
        str(path.relative_to(COMPONENTS))
        for path in COMPONENTS.rglob("*.py")
        if re.search(r"(?<!\")\bprint\(|pulumi\.log\b|RunError\)", path.read_text())
    }
    assert speaking == {"checks/messages.py", "checks/errors.py"}


class Service:
    """Answers every call by texts that are up to no good."""

    error: ClassVar = {"ErrorType": EVIL, "ErrorMessage": EVIL, "StackTrace": [EVIL]}
    execution: ClassVar = {
        "DurableExecutionArn": EXECUTION_ARN,
        "DurableExecutionName": EVIL,
        "FunctionArn": f"{ARN}:7",
        "Version": "7",
        "Status": "FAILED",
        "StartTimestamp": NOW,
        "EndTimestamp": NOW,
        "InputPayload": EVIL,
        "Result": json.dumps({EVIL: EVIL}),
        "Error": error,
    }
    running: ClassVar = {
        **execution,
        "Status": "RUNNING",
        "PauseDetails": {"PauseRequestTimestamp": NOW, "Reason": EVIL, "ExecutionTimeoutPaused": True},
    }

    logged: ClassVar = {
        "message": f"❌ failed step for id: Step, name: {EVIL}",
        "logger": "aws_durable_execution_sdk_python.operation.step",
        "errorType": EVIL,
        "errorMessage": EVIL,
        "stackTrace": [f'  File "/var/task/{EVIL}"', EVIL],
    }

    @staticmethod
    def events(*, ended: bool = True) -> list[dict[str, Any]]:
        def event(kind: str, **details: Any) -> dict[str, Any]:
            name = kind.removesuffix("Started").removesuffix("Failed").removesuffix("Succeeded")
            made = {"EventType": kind, "Id": name, "Name": EVIL, "SubType": EVIL, "EventTimestamp": NOW}
            return {**made, f"{kind}Details": details}

        failed = {"Error": {"Payload": Service.error}}
        return [
            event("ExecutionStarted", Input={"Payload": EVIL}),
            event("StepStarted"),
            event("StepFailed", **failed, RetryDetails={"NextAttemptDelaySeconds": 1}),
            event("StepFailed", **failed),
            event("ChainedInvokeStarted", DurableExecutionArn=EXECUTION_ARN),
            event("CallbackStarted", CallbackId=EVIL),
            {
                "EventType": "InvocationCompleted",
                "EventTimestamp": NOW,
                "InvocationCompletedDetails": {"RequestId": EVIL},
            },
            *([event("ExecutionFailed", **failed)] if ended else []),
        ]

    def __init__(self, *, ended: bool = True) -> None:
        self.ended = ended

    def get_paginator(self, name: str) -> Any:
        pages = {
            "list_durable_executions_by_function": {"DurableExecutions": [self.execution] * 30},
            "get_durable_execution_history": {"Events": self.events(ended=self.ended)},
            "list_versions_by_function": {
                "Versions": [
                    {
                        "Version": str(number),
                        "LastModified": NOW.isoformat(),
                        "CodeSize": 1,
                        "Role": f"arn:aws:iam::123456789012:role/{EVIL}",
                        "LoggingConfig": {"LogGroup": EVIL},
                    }
                    for number in range(1, 9)
                ]
            },
            "list_aliases": {
                "Aliases": [{"FunctionVersion": "7", "Name": EVIL}, {"FunctionVersion": "7", "Name": "live"}]
            },
            "list_event_source_mappings": {
                "EventSourceMappings": [{"EventSourceArn": EVIL, "FunctionArn": ARN, "UUID": EVIL}]
            },
            "filter_log_events": {
                "events": [
                    {"timestamp": 1, "message": EVIL},
                    {"timestamp": 2, "message": json.dumps({"level": EVIL, "message": EVIL, EVIL: EVIL})},
                    {"timestamp": 3, "message": json.dumps({"message": {EVIL: EVIL}})},
                    {"timestamp": 4, "message": json.dumps(self.logged)},
                ]
            },
        }
        return SimpleNamespace(paginate=lambda **_: iter([pages[name]]))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answers: dict[str, Any] = {
            "list_durable_executions_by_function": {"DurableExecutions": [self.execution]},
            "get_durable_execution": self.execution if self.ended else self.running,
            "get_function_configuration": {
                "LoggingConfig": {"LogGroup": EVIL, "LogFormat": EVIL},
                "DurableConfig": {"ExecutionTimeout": 3600, "RetentionPeriodInDays": EVIL},
                "State": EVIL,
                "StateReason": EVIL,
                "Role": EVIL,
                "Version": "7",
                "PackageType": "Image",
            },
            "describe_log_groups": {"logGroups": [{"logGroupName": EVIL}]},
            "simulate_principal_policy": {
                "EvaluationResults": [{"EvalActionName": EVIL, "EvalDecision": EVIL}]
            },
            "get_role": {"Role": {"Arn": EVIL}},
            "get_policy": {"Policy": json.dumps({"Statement": [{"Resource": ARN, "Sid": EVIL}]})},
            "invoke": {"DurableExecutionArn": EXECUTION_ARN},
        }
        return lambda **_: answers.get(name, {})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    answering = Service()
    function = {"function_name": EVIL, "function_arn": ARN, "alias_name": "live"}
    outputs = {"orders": {**function, "release": {"live": {EVIL: 1}}}, EVIL: function}
    state = {
        "deployment": {
            "resources": [{"urn": f"urn::{EVIL}", "type": ROOT, "outputs": outputs}],
            "pending_operations": [
                {"type": "creating", "resource": {"urn": f"urn::{EVIL}::{EVIL}", "type": EVIL, "inputs": {}}}
            ],
        }
    }
    answers = {"export": state, "--json": {"steps": []}}

    def run(command: list[str], **_: Any) -> Any:
        return SimpleNamespace(returncode=0, stdout=json.dumps(answers[command[2]]), stderr="")

    monkeypatch.setattr(stack, "subprocess", SimpleNamespace(run=run))
    monkeypatch.setattr(services, "client", lambda *_, **__: answering)
    return answering


COMMANDS: dict[str, tuple[str, ...]] = {
    "list": ("list", "--limit", "1"),
    "list as JSON": ("list", "--json"),
    "show": ("show", "order-1"),
    "show as JSON": ("show", "order-1", "--json"),
    "history": ("history", "order-1"),
    "history --follow": ("history", "order-1", "--follow"),
    "history as JSON": ("history", "order-1", "--json"),
    "logs": ("logs", "order-1", "--all"),
    "logs as JSON": ("logs", "order-1", "--json"),
    "invoke": ("invoke", "orders", "{}"),
    "invoke --wait": ("invoke", "orders", "{}", "--wait"),
    "invoke --sync as JSON": ("invoke", "orders", "{}", "--wait", "--json"),
    "doctor": ("doctor",),
    "doctor as JSON": ("doctor", "--json"),
    "stop": ("stop", "order-1", "--yes"),
    "stop, asked": ("stop", "order-1"),
    "pause": ("pause", "order-1", "--yes"),
    "drain": ("drain", "--pause", "--yes"),
    "prune": ("prune", "--dry-run"),
    "recover, asked": ("recover",),
    "callback by its ID": ("callback", "failure", "--id", "x", "--message", EVIL, "--type", EVIL),
    "replay-check": ("replay-check",),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.usefixtures("service")
def test_every_command_shows_what_it_is_answered_and_nothing_more(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, command)
    # A refusal reaches a person by main(), which the tests below are of.
    told = result.output + (str(result.exception) if result.exit_code not in {0, 1} else "")
    assert "x1b]52" in told or "u001b]52" in told or isinstance(result.exception, stack.CommandError)
    assert not obeyed(told)


@pytest.mark.parametrize("command", ["approve", "show"])
def test_what_waits_for_a_callback_is_shown_too(service: Service, command: str) -> None:
    service.ended = False
    result = CliRunner().invoke(app, [command, "order-1"])
    assert "x1b]52" in result.output
    assert not obeyed(result.output)


def refused(command: str) -> ClientError:
    return ClientError({"Error": {"Code": EVIL, "Message": EVIL}}, command)


@pytest.mark.parametrize("error", [stack.CommandError(EVIL), refused("Invoke")], ids=["ours", "AWS's"])
def test_an_error_is_shown_and_no_more(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr("cli.__main__.app", fails)
    with pytest.raises(SystemExit):
        main()
    told = capsys.readouterr().err
    assert "x1b]52" in told
    assert not obeyed(told)


def test_a_file_that_is_no_payload_is_refused_in_plain_words(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "\x1b[2J\u202e.json"
    Path(name).write_text("{" + EVIL.replace("\ud800", ""))
    result = CliRunner().invoke(app, ["invoke", "orders", name])
    assert result.exit_code == 2
    assert not obeyed(result.output)
    assert service.ended


def test_what_adopt_has_read_is_shown_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    found: Any = SimpleNamespace(resources=[StackResource(EVIL, EVIL, EVIL)])
    adopt._show(Program(found, imports=[Import(EVIL, EVIL, EVIL)], notes=[EVIL]))
    told = capsys.readouterr().out
    assert told.count("x1b]52") >= 3
    assert not obeyed(told)


def test_a_progress_line_is_shown_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    live = LiveTimeline(out)
    for event in Service.events(ended=False):
        live.add(event)
    with Terminal(force_terminal=True).status(shown(live.doing())) as status:
        status.update(shown(live.doing()))
    told = capsys.readouterr().out
    assert "x1b]52" in told
    assert "\x1b]52" not in told
    assert not obeyed(told) - {"\x1b", "\r"}  # with which rich moves its own line


def test_a_page_shows_it_too() -> None:
    html = page(Service.execution, History(Service.events()), NOW)
    assert "x1b]52" in html
    assert not obeyed(html)


@pytest.mark.parametrize(
    "case",
    [
        "a .zip with a password",
        "a .zip whose data are none",
        "a .zip of 400 MB of zeros",
        "a .zip that bzip2 unpacks to a gigabyte",
    ],
)
def test_the_doctor_survives_an_archive_that_is_none(
    case: str, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FILES[case][0](tmp_path)
    assert made is not None
    content = (
        made.read_bytes().replace(b"app.py", b"app.js").replace(b"zeros", b"ze.js").replace(b"odd", b".js")
    )
    monkeypatch.setattr("urllib3.request", lambda *_, **__: SimpleNamespace(data=content, status=200))
    monkeypatch.setattr(
        service, "get_function", lambda **_: {"Code": {"Location": "http://x"}}, raising=False
    )
    config = {"CodeSize": 1, "Version": "7"}
    deployed = DeployedFunction(
        stack.Function("orders", "orders", ARN, "live"), service, [], {"7": config}, config
    )
    with within_limits():
        (finding,) = bundle(deployed)
    assert finding.level == "warning"
