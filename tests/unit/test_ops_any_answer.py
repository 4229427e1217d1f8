"""Whatever a service answers, each command ends with a line for a person: every error that botocore's model names for
the calls that it makes, answers that are malformed, and none at all."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
import typer
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.model import ServiceModel

from cli import services, stack
from cli.__main__ import app, main
from cli.state import ROOT
from tests.unit.fake_lambda import ARN, event, execution

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:dead"
WAITING = [
    event(0, "ExecutionStarted", "", Input={"Payload": "{}"}),
    event(1, "CallbackStarted", "approval", CallbackId="c"),
    {
        "EventType": "InvocationCompleted",
        "EventTimestamp": datetime(2026, 11, 24, tzinfo=UTC),
        "InvocationCompletedDetails": {"RequestId": "r"},
    },
]
CONFIG = {
    "Version": "7",
    "LastModified": "2026-01-01T00:00:00.000+0000",
    "CodeSize": 1,
    "Role": "arn:aws:iam::123456789012:role/orders",
    "LoggingConfig": {"LogGroup": "orders", "LogFormat": "JSON"},
    "DurableConfig": {"ExecutionTimeout": 60, "RetentionPeriodInDays": 1},
    "DeadLetterConfig": {"TargetArn": QUEUE},
    "State": "Active",
    "PackageType": "Image",
}
FAILED = {**execution("order-1", "FAILED"), "InputPayload": "{}", "Error": {"ErrorType": "E"}}
RUNNING = {**execution("order-2", "RUNNING"), "InputPayload": "{}"}
ANSWERS: dict[str, Any] = {
    "get_durable_execution": FAILED,
    "get_function_configuration": CONFIG,
    "list_versions_by_function": {"Versions": [CONFIG | {"Version": str(each)} for each in range(1, 8)]},
    "list_aliases": {"Aliases": [{"Name": "live", "FunctionVersion": "7"}]},
    "list_event_source_mappings": {"EventSourceMappings": []},
    "filter_log_events": {"events": [{"timestamp": 1, "message": "hello"}]},
    "describe_log_groups": {"logGroups": [{"logGroupName": "orders"}]},
    "simulate_principal_policy": {"EvaluationResults": []},
    "get_role": {"Role": {"Arn": "arn:aws:iam::123456789012:role/orders"}},
    "get_policy": {"Policy": '{"Statement": []}'},
    "invoke": {"DurableExecutionArn": f"{ARN}:7/durable-execution/new/id"},
    "get_queue_url": {"QueueUrl": "https://queue"},
    "get_queue_attributes": {"Attributes": {"ApproximateNumberOfMessages": "1"}},
    "receive_message": {"Messages": [{"MessageId": "m", "ReceiptHandle": "h", "Body": "{}"}]},
}


class Service:
    """Answers every call, but one: by what a test wants."""

    def __init__(self, name: str, calls: set[tuple[str, str]], wanted: dict[str, Callable[[], Any]]) -> None:
        self.name, self.calls, self.wanted = name, calls, wanted

    def answer(self, operation: str, request: dict[str, Any]) -> Any:
        self.calls.add((self.name, operation))
        if operation in self.wanted:
            return self.wanted[operation]()
        if operation == "list_durable_executions_by_function":
            if "-retry-" in request.get("DurableExecutionName", ""):
                return {"DurableExecutions": []}
            in_flight = "RUNNING" in request.get("Statuses", [])
            return {"DurableExecutions": [RUNNING if in_flight else FAILED]}
        if operation == "get_durable_execution_history":
            return {"Events": WAITING}
        return ANSWERS.get(operation, {})

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: iter([self.answer(operation, request)]))

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **request: self.answer(operation, request)


COMMANDS = [
    "list",
    "list --waiting",
    "show order-1",
    "show --last",
    "history order-1",
    "history order-1 --follow",
    "history order-1 --json",
    "history order-1 --html page.html",
    "logs order-1",
    "logs orders --follow",
    "invoke orders {}",
    "invoke orders {} --wait",
    "invoke orders {} --sync --json",
    "approve order-1",
    "callback failure order-1",
    "callback heartbeat --id x",
    "stop order-1 --yes",
    "pause order-1 --yes",
    "resume order-1 --yes",
    "drain --stop --yes",
    "drain --pause --yes",
    "retry order-1",
    "retry --failed-since 9999d --yes",
    "redrive orders --yes",
    "doctor",
    "prune --yes --keep 1 --since-minutes 0",
    "recover --yes",
]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[..., tuple[int, str, set[tuple[str, str]]]]:
    function = {
        "function_name": "orders-1a2b",
        "function_arn": ARN,
        "alias_name": "live",
        "release": {"live": {"7": 1}},
    }
    pending = {
        "type": "creating",
        "resource": {
            "urn": "urn::s::aws:iam/role:Role::a",
            "type": "aws:iam/role:Role",
            "inputs": {"name": "a"},
        },
    }
    state = {
        "deployment": {
            "resources": [{"urn": "urn", "type": ROOT, "outputs": {"orders": function}}],
            "pending_operations": [pending],
        }
    }
    monkeypatch.setattr(stack, "run_pulumi", lambda *_, **__: json.dumps(state))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.__main__.app", built())

    def go(command: str, **wanted: Callable[[], Any]) -> tuple[int, str, set[tuple[str, str]]]:
        calls: set[tuple[str, str]] = set()
        sleeps = iter(range(4))

        def sleep(_: float) -> None:
            if next(sleeps, None) is None:
                raise KeyboardInterrupt  # whoever waits still would go on waiting

        monkeypatch.setattr("time.sleep", sleep)
        monkeypatch.setattr(services, "client", lambda name, **_: Service(name, calls, wanted))
        monkeypatch.setattr("sys.argv", ["durable", *command.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), "".join(capsys.readouterr()), calls

    return go


@cache
def built() -> Any:
    """Return the commands, which typer would build anew for each run."""
    return typer.main.get_command(app)


@cache
def model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def errors(service: str, operation: str) -> Iterator[Exception]:
    """Yield every error that the model names for a call, and those that any call may have."""
    name = next(
        each for each in model(service).operation_names if each.lower() == operation.replace("_", "").lower()
    )
    named = {shape.error_code for shape in model(service).operation_model(name).error_shapes}
    for code in sorted(named | {"AccessDeniedException", "ThrottlingException", "InternalFailure"}):
        response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        yield ClientError(response, name)
    yield ClientError({"Error": {}}, name)
    yield EndpointConnectionError(endpoint_url="https://x")
    yield ReadTimeoutError(endpoint_url="https://x")


def raising(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


@pytest.mark.parametrize("command", COMMANDS)
def test_every_error_is_told_in_a_line(command: str, run: Callable[..., Any]) -> None:
    _, told, calls = run(command)
    assert calls, told
    for service, operation in sorted(calls):
        for error in errors(service, operation):
            code, told, _ = run(command, **{operation: raising(error)})
            assert code in {0, 1, 130}, (operation, error, told)
            assert "Traceback" not in told, (operation, error)
            assert "not understood" not in told, (operation, error, told)
            assert told or code in {0, 130}, (operation, error)


MALFORMED: list[Any] = [
    {},
    None,
    "text",
    [],
    {
        "DurableExecutions": [{}],
        "Events": [{}],
        "Versions": [{}],
        "Aliases": [{}],
        "events": [{}],
        "Messages": [{}],
    },
    {
        "DurableExecutions": None,
        "Events": None,
        "Versions": None,
        "Aliases": None,
        "events": None,
        "Messages": 7,
    },
    {"Status": None, "DurableExecutionArn": 7, "Error": "text", "LoggingConfig": 7, "DeadLetterConfig": [1]},
]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_makes_no_sense_is_told_in_a_line(command: str, run: Callable[..., Any]) -> None:
    _, _, calls = run(command)
    for _, operation in sorted(calls):
        for answer in MALFORMED:
            code, told, _ = run(command, **{operation: lambda answer=answer: answer})
            assert code in {0, 1, 130}, (operation, answer, told)
            assert "Traceback" not in told, (operation, answer)


def test_a_traceback_is_there_for_who_asks(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "DURABLE_TRACEBACK=1" in run("show order-1", get_durable_execution=dict)[1]
    monkeypatch.setenv("DURABLE_TRACEBACK", "1")
    with pytest.raises(KeyError):
        run("show order-1", get_durable_execution=dict)


@pytest.mark.parametrize(
    "answer", ["", "no JSON", "[]", "{}", '{"deployment": {"resources": [{"type": "x"}]}}']
)
def test_a_state_that_is_none_is_told_in_a_line(
    answer: str, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "run_pulumi", lambda *_, **__: answer)
    code, told, _ = run("list")
    assert code == 1
    assert told.startswith("error: ")
