"""The whole history of each of the workflows, field by field as AWS documents it."""

import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from histories import HISTORIES, RESPONSES
from server import Server, until, zipped

CODE = (Path(__file__).parent / "workflows.py").read_text()
PLAIN = "def handler(event, context):\n    return f\"hello {event['name']}\"\n"
ECHO = "def handler(event, context):\n    return event\n"

# What AWS's model of an event has and these histories have not.
ELSEWHERE = {
    "ExecutionPausedDetails": "tested in test_pause.py",
    "ExecutionResumedDetails": "tested in test_pause.py",
    "ExecutionTimedOutDetails.Error.Payload.ErrorType": "the runner gives a message only",
    "WaitCancelledDetails": "the SDKs cancel no waits",
    "ErrorData": "the SDK for Python sends none",
    "StackTrace": "the SDK for Python sends none",
}


def text(events: list[dict[str, Any]]) -> str:
    """One line for each event after the first: what happened, and all that is said of it but times and identifiers."""
    names = {event["Id"]: event.get("Name", "-") for event in events if "Id" in event}

    def line(event: Mapping[str, Any]) -> str:
        kind = event["EventType"]
        details = sorted(flat(event[f"{kind}Details"]))
        subtype = f"[{event['SubType']}] {event.get('Name', '-')}" if "SubType" in event else ""
        place = f" in {names[event['ParentId']]}" if "ParentId" in event else ""
        told = "".join(f" | {key}={value}" for key, value in details)
        return f"{kind}{subtype}{place}{told}"

    return "\n".join(line(event) for event in events[1:])


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of nested details. What differs each time has to be there, and payloads have to be whole."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flat(item, f"{path}.{key}" if path else key)
    elif path.endswith("Truncated"):
        assert value is False
    elif path.endswith(("Timestamp", "RequestId", "CallbackId", "DurableExecutionArn")):
        assert value
    elif str(value).startswith('{"t":"br"'):
        yield path, "a batch"
    else:
        plain = re.sub(r"RequestId: [\da-f-]{36}", "RequestId: *", str(value))
        yield path, plain.replace("aws_durable_execution_sdk_python.exceptions", "sdk")


@pytest.fixture(scope="module")
def events(cloud: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The events of each workflow; all run at once."""
    plain = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    echo = cloud.deploy(zipped(index__py=ECHO), timeout=None)
    short = cloud.deploy(zipped(index__py=CODE), timeout=8)
    functions = {"PLAIN": plain, "ECHO": echo, "SHORT": f"{short}:live"}
    long = cloud.deploy(zipped(index__py=CODE), Environment={"Variables": functions})

    markers = tmp_path_factory.mktemp("markers")

    def run(name: str) -> list[dict[str, Any]]:
        times_out = name == "times_out"
        event = {"run": "long_wait" if times_out else name, "marker": str(markers / name)}
        arn = cloud.start_execution(short if times_out else long, event)
        if respond := RESPONSES.get(name):
            until(lambda: cloud.history(arn, "InvocationCompleted"), 40)
            respond(cloud.aws, arn)
        cloud.ended(arn)
        return list(cloud.aws.get_durable_execution_history(DurableExecutionArn=arn)["Events"])

    with ThreadPoolExecutor(8) as pool:
        histories = dict(zip(HISTORIES, pool.map(run, HISTORIES), strict=True))
    text = json.dumps(histories, default=str)
    for function, name in ((plain, "plain"), (echo, "echo"), (short, "short"), (long, "itself")):
        text = text.replace(function, name)
    return dict(json.loads(text))


@pytest.mark.parametrize("name", HISTORIES)
def test_history(events: dict[str, list[dict[str, Any]]], name: str) -> None:
    assert text(events[name]) == HISTORIES[name].strip()
    assert [event["EventId"] for event in events[name]] == list(range(1, len(events[name]) + 1))


def test_every_field_of_the_model(cloud: Server, events: dict[str, list[dict[str, Any]]]) -> None:
    """What AWS's model of an event names is in one of the histories, or in a test of its own."""

    def named(shape: Any, path: str = "") -> Iterator[str]:
        for key, member in shape.members.items():
            if member.type_name == "structure":
                yield from named(member, f"{path}{key}.")
            else:
                yield f"{path}{key}"

    def given(value: dict[str, Any], path: str = "") -> Iterator[str]:
        for key, item in value.items():
            if isinstance(item, dict):
                yield from given(item, f"{path}{key}.")
            else:
                yield f"{path}{key}"

    model = set(named(cloud.aws.meta.service_model.shape_for("Event")))
    seen = {name for history in events.values() for event in history for name in given(event)}
    assert seen <= model
    assert {name for name in model - seen if not any(part in name for part in ELSEWHERE)} == set()
