"""The handler of an intermediary, with a client that remembers what it starts as Lambda does."""

import importlib
import json
import re
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:inbox"
KINESIS = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/carts/stream/2026-11-24T00:00:00.000"
TARGET = "arn:aws:lambda:eu-west-1:123456789012:function:orders:live"

Record = dict[str, Any]


class AlreadyStartedError(Exception):
    """As the client's own DurableExecutionAlreadyStartedException."""


class Client:
    """Lambda, as far as an intermediary sees it; it refuses the executions that it is told to."""

    exceptions = SimpleNamespace(DurableExecutionAlreadyStartedException=AlreadyStartedError)

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.refused: dict[str, Exception] = {}

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.calls.append(call)
        if error := self.refused.get(call["DurableExecutionName"]):
            raise error
        return {"StatusCode": 202}

    @property
    def names(self) -> list[str]:
        return [call["DurableExecutionName"] for call in self.calls]

    @property
    def payloads(self) -> list[Any]:
        return [json.loads(call["Payload"]) for call in self.calls]


@pytest.fixture
def forward(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("TARGET_ARN", TARGET)
    monkeypatch.setenv("BODY_AS_EVENT", "false")
    return importlib.import_module("components.triggers.forward")


@pytest.fixture
def client(forward: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Client:
    stub = Client()
    monkeypatch.setattr(forward, "client", stub)
    return stub


def message(name: str, body: str = "{}", *, group: str = "", receives: int = 1) -> Record:
    """Return a message as SQS delivers it for the n-th time."""
    of_fifo = {"MessageGroupId": group, "SequenceNumber": "18"} if group else {}
    return {
        "messageId": name,
        "receiptHandle": f"handle-{receives}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "ApproximateFirstReceiveTimestamp": f"17950000000{receives}",
            "SentTimestamp": "1795000000000",
            "SenderId": "AIDA",
            **of_fifo,
        },
        "messageAttributes": {},
        "md5OfBody": "99914b932bd37a50b983c5e7c90ae93b",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"{QUEUE}.fifo" if group else QUEUE,
        "awsRegion": "eu-west-1",
    }


def click(number: int) -> Record:
    return {
        "kinesis": {"sequenceNumber": f"4964{number}", "partitionKey": "p", "data": "e30="},
        "eventSource": "aws:kinesis",
        "eventID": f"shardId-000000000000:4964{number}",
        "eventSourceARN": KINESIS,
    }


def change(number: int) -> Record:
    return {
        "eventID": f"c9fbe7d0261a5163fcb6940593e4179{number}",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"SequenceNumber": f"1110000000{number}", "Keys": {"id": {"S": "1"}}},
        "eventSourceARN": TABLE,
    }


def handled(forward: ModuleType, *records: Record) -> list[str]:
    """Return what the handler reports as failed."""
    answer = forward.handler({"Records": list(records)}, None)
    assert set(answer) == {"batchItemFailures"}
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_a_message_starts_an_execution_of_its_name_asynchronously(
    forward: ModuleType, client: Client
) -> None:
    assert handled(forward, message("m-1", '{"order": 1}')) == []
    (call,) = client.calls
    payload = json.loads(call.pop("Payload"))
    assert call == {"FunctionName": TARGET, "InvocationType": "Event", "DurableExecutionName": "m-1"}
    (record,) = payload["Records"]
    assert (record["messageId"], record["body"]) == ("m-1", '{"order": 1}')
    assert record["attributes"] == {"SentTimestamp": "1795000000000", "SenderId": "AIDA"}


def test_each_message_is_an_execution_of_its_own(forward: ModuleType, client: Client) -> None:
    names = [f"m-{number}" for number in range(25)]
    assert handled(forward, *(message(name) for name in names)) == []
    assert sorted(client.names) == sorted(names)
    assert all(len(payload["Records"]) == 1 for payload in client.payloads)


def test_a_message_that_is_delivered_again_is_the_same_execution(forward: ModuleType, client: Client) -> None:
    handled(forward, message("m-1"))
    handled(forward, message("m-1", receives=2))
    first, second = client.calls
    assert first == second


def test_the_order_of_a_records_keys_makes_no_other_execution(forward: ModuleType, client: Client) -> None:
    record = message("m-1")
    handled(forward, record)
    handled(forward, dict(reversed(record.items())))
    assert client.calls[0] == client.calls[1]


def test_the_record_that_was_given_is_not_changed(forward: ModuleType, client: Client) -> None:
    record = message("m-1")
    handled(forward, record)
    assert record == message("m-1")


def test_an_execution_that_runs_already_is_done(forward: ModuleType, client: Client) -> None:
    client.refused = {"m-1": AlreadyStartedError()}
    assert handled(forward, message("m-1"), message("m-2")) == []


def test_a_record_that_fails_is_reported_alone_and_logged(
    forward: ModuleType, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.refused = {"m-2": RuntimeError("too many requests")}
    assert handled(forward, message("m-1"), message("m-2"), message("m-3")) == ["m-2"]
    assert sorted(client.names) == ["m-1", "m-2", "m-3"]
    assert [record.getMessage() for record in caplog.records] == [
        "execution m-2 not started: too many requests"
    ]


def test_nothing_is_logged_of_what_a_message_holds(
    forward: ModuleType, client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("BODY_AS_EVENT", "true")
    handled(forward, message("m-1", "hush, no JSON"))
    assert caplog.records
    assert "hush" not in caplog.text


def test_what_follows_a_failure_in_its_group_waits_and_other_groups_do_not(
    forward: ModuleType, client: Client
) -> None:
    client.refused = {"a-2": RuntimeError("throttled")}
    records = [
        message("a-1", group="a"),
        message("a-2", group="a"),
        message("b-1", group="b"),
        message("a-3", group="a"),
        message("b-2", group="b"),
    ]
    assert handled(forward, *records) == ["a-2", "a-3"]
    assert client.names == ["a-1", "a-2", "b-1", "b-2"]


def test_a_group_keeps_its_order_over_many_messages(forward: ModuleType, client: Client) -> None:
    names = [f"m-{number}" for number in range(10)]
    assert handled(forward, *(message(name, group="a") for name in names)) == []
    assert client.names == names


@pytest.mark.parametrize(("record", "sequence"), [(click, "49641"), (change, "11100000001")])
def test_a_stream_record_is_known_by_its_sequence_number(
    forward: ModuleType, client: Client, record: Any, sequence: str
) -> None:
    client.refused = {forward.execution_name(record(1)): RuntimeError("throttled")}
    assert handled(forward, record(1), record(2)) == [sequence]
    assert {"Records": [record(1)]} in client.payloads


@pytest.mark.parametrize("record", [click, change])
def test_a_stream_record_has_a_name_that_lambda_takes_and_its_own(forward: ModuleType, record: Any) -> None:
    names = {forward.execution_name(record(number)) for number in range(5)}
    assert len(names) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9-_]{1,64}", name) for name in names)
    assert forward.execution_name(record(0)) == forward.execution_name(dict(record(0)))


def test_the_same_record_of_another_stream_has_another_name(forward: ModuleType) -> None:
    other = {**click(1), "eventSourceARN": f"{KINESIS}2"}
    assert forward.execution_name(other) != forward.execution_name(click(1))


@pytest.mark.parametrize("body", ['{"order": {"id": 1}}', "[1, 2]", '"text"', "null"])
def test_a_body_can_be_the_event(
    forward: ModuleType, client: Client, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setenv("BODY_AS_EVENT", "true")
    assert handled(forward, message("m-1", body)) == []
    assert client.payloads == [json.loads(body)]


@pytest.mark.parametrize("body", ["", "no JSON", "{'a': 1}", "NaN", '{"a": Infinity}'])
def test_a_body_that_is_no_json_is_reported_and_starts_nothing(
    forward: ModuleType, client: Client, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setenv("BODY_AS_EVENT", "true")
    assert handled(forward, message("m-1", body), message("m-2")) == ["m-1"]
    assert client.names == ["m-2"]


def test_the_client_has_a_connection_for_each_start_at_once(forward: ModuleType) -> None:
    assert forward.client.meta.config.max_pool_connections == forward.STARTS_AT_ONCE
