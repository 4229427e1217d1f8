"""The local cloud keeps AWS's rules for durable functions, for real: a server, handlers, boto3 as the client."""

import io
import json
import os
import shutil
import signal
import subprocess
import time
import uuid
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from local_cloud.process import PROJECT
from server import ENVIRONMENT, PYTHON, ROLE, Server, until, zipped

PLAIN = """
import time

def handler(event, context):
    time.sleep(event.get("sleep", 0))
    print("plain says", event)
    return {"plain": event}
"""

NODE = """
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
export const handler = withDurableExecution(async (event, context) => {
  if (event.invoke) {
    return { via: "node", child: await context.invoke("child", event.target, event.invoke) };
  }
  await context.wait("nap", { seconds: 1 });
  return { greeting: await context.step("greet", async () => `hello ${event.name} from node`) };
});
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"))
    server.start()
    try:
        yield server
    finally:
        server.end()


@pytest.fixture(scope="module")
def greeter(cloud: Server) -> str:
    return cloud.deploy(zipped(index__py=PYTHON))


@pytest.fixture(scope="module")
def long(cloud: Server) -> str:
    return cloud.deploy(zipped(index__py=PYTHON), timeout=901)


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_synchronous_invoke_gives_the_result_and_the_arn(cloud: Server, greeter: str) -> None:
    answer = cloud.aws.invoke(FunctionName=greeter, Qualifier="live", Payload=b'{"name": "you"}')
    assert json.loads(answer["Payload"].read()) == {"greeting": "hello you", "version": "v1"}
    assert answer["ExecutedVersion"] == "1"
    prefix = f"arn:aws:lambda:us-east-1:000000000000:function:{greeter}:1/durable-execution/"
    assert answer["DurableExecutionArn"].startswith(prefix)


def test_result_comes_after_a_wait(cloud: Server, greeter: str) -> None:
    begun = time.monotonic()
    assert cloud.call(greeter, {"name": "late", "do": {"wait": 2}})["greeting"] == "hello late"
    assert time.monotonic() - begun >= 2


def test_every_form_of_the_function_reference(cloud: Server, greeter: str) -> None:
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{greeter}"
    for reference in (f"{greeter}:1", f"{arn}:live", f"000000000000:function:{greeter}:live"):
        answer = cloud.aws.invoke(FunctionName=reference)
        assert json.loads(answer["Payload"].read())["version"] == "v1"
    with pytest.raises(cloud.aws.exceptions.InvalidParameterValueException):
        cloud.aws.invoke(FunctionName=f"{greeter}:live", Qualifier="1")


def test_failure_in_lambda_form(cloud: Server, greeter: str) -> None:
    answer = cloud.aws.invoke(FunctionName=f"{greeter}:live", Payload=b'{"do": {"fail": "no stock"}}')
    assert answer["FunctionError"] == "Unhandled"
    assert answer["StatusCode"] == 200
    error = json.loads(answer["Payload"].read())
    assert error["errorMessage"] == "no stock"
    assert error["errorType"] == "ValueError"
    got = cloud.aws.get_durable_execution(DurableExecutionArn=answer["DurableExecutionArn"])
    assert got["Status"] == "FAILED"
    assert got["Error"]["ErrorMessage"] == "no stock"


def test_asynchronous_invoke(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"name": "later", "do": {"wait": 1}})
    got = cloud.ended(arn)
    assert got["Status"] == "SUCCEEDED"
    assert json.loads(got["Result"])["greeting"] == "hello later"
    assert json.loads(got["InputPayload"]) == {"name": "later", "do": {"wait": 1}}
    assert got["FunctionArn"] == f"arn:aws:lambda:us-east-1:000000000000:function:{greeter}:1"
    assert got["EndTimestamp"] > got["StartTimestamp"]


def test_dry_run(cloud: Server, greeter: str) -> None:
    answer = cloud.aws.invoke(FunctionName=f"{greeter}:live", InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert "DurableExecutionArn" not in answer


@pytest.mark.parametrize("kind", ["Event", "RequestResponse"])
def test_unqualified_is_refused(cloud: Server, greeter: str, kind: str) -> None:
    with pytest.raises(cloud.aws.exceptions.InvalidParameterValueException, match="unqualified ARN"):
        cloud.aws.invoke(FunctionName=greeter, InvocationType=kind)


def test_unknown_function_version_and_alias(cloud: Server, greeter: str) -> None:
    for reference in ("nobody:live", f"{greeter}:7", f"{greeter}:nobody"):
        with pytest.raises(cloud.aws.exceptions.ResourceNotFoundException):
            cloud.aws.invoke(FunctionName=reference)


def test_latest_is_a_qualifier(cloud: Server, greeter: str) -> None:
    answer = cloud.aws.invoke(FunctionName=f"{greeter}:$LATEST")
    assert f"{greeter}:$LATEST/durable-execution/" in answer["DurableExecutionArn"]
    got = cloud.aws.get_durable_execution(DurableExecutionArn=answer["DurableExecutionArn"])
    assert got["Status"] == "SUCCEEDED"


def test_synchronous_above_900_seconds_is_refused(cloud: Server, long: str) -> None:
    with pytest.raises(cloud.aws.exceptions.InvalidParameterValueException, match="greater than 15 minutes"):
        cloud.aws.invoke(FunctionName=f"{long}:live")
    assert cloud.ended(cloud.start_execution(long, {}))["Status"] == "SUCCEEDED"


def test_synchronous_at_900_seconds_is_accepted(cloud: Server) -> None:
    assert cloud.call(cloud.deploy(zipped(index__py=PYTHON), timeout=900), {})["version"] == "v1"


def test_same_name_and_payload_is_the_same_execution(cloud: Server, greeter: str) -> None:
    first = cloud.start_execution(greeter, {"do": {"wait": 1}}, DurableExecutionName="once")
    again = cloud.start_execution(greeter, {"do": {"wait": 1}}, DurableExecutionName="once")
    assert first == again
    assert "/durable-execution/once/" in first
    cloud.ended(first)
    answer = cloud.aws.invoke(
        FunctionName=f"{greeter}:live",
        Payload=json.dumps({"do": {"wait": 1}}),
        DurableExecutionName="once",
    )
    assert answer["DurableExecutionArn"] == first
    assert json.loads(answer["Payload"].read())["version"] == "v1"
    with pytest.raises(cloud.aws.exceptions.DurableExecutionAlreadyStartedException) as refused:
        cloud.start_execution(greeter, {"other": 1}, DurableExecutionName="once")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_same_name_at_once_starts_one(cloud: Server, greeter: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        arns = set(
            pool.map(lambda _: cloud.start_execution(greeter, {}, DurableExecutionName="race"), range(8))
        )
    assert len(arns) == 1


@pytest.mark.parametrize("name", ["a b", "x" * 65, "no.dots", "né"])
def test_execution_name_is_checked(cloud: Server, greeter: str, name: str) -> None:
    url = f"{cloud.endpoint}/2015-03-31/functions/{greeter}:live/invocations"
    headers = httpx.Headers({"X-Amz-Durable-Execution-Name": name}, encoding="latin-1")
    answer = httpx.post(url, headers=headers, auth=cloud.signed)
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "ValidationException"


def test_payload_limits(cloud: Server, greeter: str) -> None:
    def refused(kind: str, size: int) -> None:
        with pytest.raises(cloud.aws.exceptions.RequestTooLargeException) as error:
            cloud.aws.invoke(
                FunctionName=f"{greeter}:live", InvocationType=kind, Payload=b'"' + b"x" * (size - 2) + b'"'
            )
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413

    refused("Event", 1024 * 1024 + 1)
    refused("RequestResponse", 6 * 1024 * 1024 + 1)
    cloud.start_execution(greeter, {"say": "x" * (1024 * 1024 - 20)})
    cloud.call(greeter, {"pad": "x" * (5 * 1024 * 1024)})


def test_payload_must_be_json(cloud: Server, greeter: str) -> None:
    with pytest.raises(cloud.aws.exceptions.InvalidRequestContentException):
        cloud.aws.invoke(FunctionName=f"{greeter}:live", Payload=b"{not json")


def test_execution_timeout(cloud: Server) -> None:
    brief = cloud.deploy(zipped(index__py=PYTHON), timeout=2)
    got = cloud.ended(cloud.start_execution(brief, {"do": {"wait": 30}}))
    assert got["Status"] == "TIMED_OUT"
    assert "timed out" in got["Error"]["ErrorMessage"]


def test_execution_stays_on_its_version(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    arn = cloud.start_execution(name, {"do": {"wait": 4}})
    cloud.aws.update_function_code(
        FunctionName=name, ZipFile=zipped(index__py=PYTHON.replace('"v1"', '"v2"')), Publish=True
    )
    cloud.aws.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert cloud.call(name, {})["version"] == "v2"
    assert json.loads(cloud.ended(arn)["Result"])["version"] == "v1"


def test_weighted_alias(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    cloud.aws.update_function_code(
        FunctionName=name, ZipFile=zipped(index__py=PYTHON.replace('"v1"', '"v2"')), Publish=True
    )
    cloud.aws.update_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}},
    )
    assert cloud.call(name, {})["version"] == "v2"


def test_an_alias_names_only_what_lambda_lets_it(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"

    def refused(call: Callable[..., Any], **request: Any) -> str:
        with pytest.raises(ClientError) as caught:
            call(FunctionName=name, **request)
        return f"{code(caught)}: {caught.value.response['Error']['Message']}"

    missing = f"ResourceNotFoundException: Function not found: {arn}:7"
    assert refused(cloud.aws.update_alias, Name="live", FunctionVersion="7") == missing
    assert refused(cloud.aws.create_alias, Name="other", FunctionVersion="7") == missing

    # Versions 2 and 3 differ from 1 in the role and in the dead letter target.
    runner = ROLE.replace("any", "runner")
    cloud.aws.update_function_configuration(FunctionName=name, Role=runner)
    cloud.aws.publish_version(FunctionName=name)
    queue = {"TargetArn": f"arn:aws:sqs:us-east-1:000000000000:{name}"}
    cloud.aws.update_function_configuration(FunctionName=name, Role=ROLE, DeadLetterConfig=queue)
    cloud.aws.publish_version(FunctionName=name)
    for version, said in (("2", "the same execution role"), ("3", "the same dead letter configuration")):
        split = {"AdditionalVersionWeights": {version: 0.5}}
        answer = refused(cloud.aws.update_alias, Name="live", RoutingConfig=split)
        assert answer.startswith("InvalidParameterValueException")
        assert said in answer
    assert cloud.aws.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "1"

    # What an alias names stays.
    assert refused(cloud.aws.delete_function, Qualifier="1").startswith("ResourceConflictException")
    assert "cannot be deleted without" in refused(cloud.aws.delete_function, Qualifier="$LATEST")
    cloud.aws.delete_function(FunctionName=name, Qualifier="2")
    assert cloud.call(name, {})["version"] == "v1"


def test_plain_functions_are_left_alone(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    answer = cloud.aws.invoke(FunctionName=name, Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"plain": {"a": 1}}
    assert "DurableExecutionArn" not in answer


def test_callback_success(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {}}})
    callback = cloud.callback(arn)
    cloud.aws.send_durable_execution_callback_heartbeat(CallbackId=callback)
    cloud.aws.send_durable_execution_callback_success(CallbackId=callback, Result=b'"yes"')
    assert json.loads(cloud.ended(arn)["Result"]) == {"answer": '"yes"'}
    for late in ("success", "failure", "heartbeat"):
        with pytest.raises(cloud.aws.exceptions.CallbackTimeoutException):
            getattr(cloud.aws, f"send_durable_execution_callback_{late}")(CallbackId=callback)


def test_callback_failure(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {}}})
    cloud.aws.send_durable_execution_callback_failure(
        CallbackId=cloud.callback(arn), Error={"ErrorMessage": "rejected", "ErrorType": "Rejected"}
    )
    got = cloud.ended(arn)
    assert got["Status"] == "FAILED"
    assert "rejected" in got["Error"]["ErrorMessage"]


def test_callback_timeout(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {"timeout": 2}}})
    callback = cloud.callback(arn)
    assert cloud.ended(arn)["Status"] == "FAILED"
    with pytest.raises(cloud.aws.exceptions.CallbackTimeoutException):
        cloud.aws.send_durable_execution_callback_success(CallbackId=callback)


def test_callback_heartbeat_keeps_it_open(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {"heartbeat": 3}}})
    callback = cloud.callback(arn)
    for _ in range(4):
        time.sleep(1.2)
        cloud.aws.send_durable_execution_callback_heartbeat(CallbackId=callback)
    assert cloud.aws.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    assert cloud.ended(arn, 10)["Status"] == "FAILED"


@pytest.mark.parametrize("callback", ["AAAA", "bm90aGluZw==", "eyJhcm4iOiJ4Iiwib3AiOiJ5In0="])
def test_unknown_callback(cloud: Server, callback: str) -> None:
    with pytest.raises(cloud.aws.exceptions.ResourceNotFoundException):
        cloud.aws.send_durable_execution_callback_success(CallbackId=callback)


def test_stop(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {}}})
    cloud.callback(arn)
    first = cloud.aws.stop_durable_execution(
        DurableExecutionArn=arn, Error={"ErrorMessage": "enough", "ErrorType": "Operator"}
    )
    got = cloud.aws.get_durable_execution(DurableExecutionArn=arn)
    assert got["Status"] == "STOPPED"
    assert got["Error"] == {"ErrorMessage": "enough", "ErrorType": "Operator"}
    again = cloud.aws.stop_durable_execution(DurableExecutionArn=arn)
    for stamp in (again["StopTimestamp"], got["EndTimestamp"]):
        assert abs((stamp - first["StopTimestamp"]).total_seconds()) < 0.002  # one of the forms is in ms


def test_unknown_execution(cloud: Server, greeter: str) -> None:
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{greeter}:1/durable-execution/none/none"
    missing = cloud.aws.exceptions.ResourceNotFoundException
    for call in (
        cloud.aws.get_durable_execution,
        cloud.aws.get_durable_execution_history,
        cloud.aws.stop_durable_execution,
        cloud.aws.delete_durable_execution,
    ):
        with pytest.raises(missing):
            call(DurableExecutionArn=arn)
    wrong = cloud.aws.exceptions.InvalidParameterValueException
    with pytest.raises(wrong):
        cloud.aws.get_durable_execution_state(DurableExecutionArn=arn, CheckpointToken="eA==")
    with pytest.raises(wrong):
        cloud.aws.checkpoint_durable_execution(DurableExecutionArn=arn, CheckpointToken="eA==")
    with pytest.raises(wrong):
        cloud.aws.get_durable_execution(DurableExecutionArn="garbage")


def test_history(cloud: Server, greeter: str) -> None:
    answer = cloud.aws.invoke(FunctionName=f"{greeter}:live", Payload=b'{"do": {"wait": 1}}')
    arn = answer["DurableExecutionArn"]
    pages = []
    marker: dict[str, str] = {}
    while True:
        page = cloud.aws.get_durable_execution_history(DurableExecutionArn=arn, MaxItems=3, **marker)
        assert len(page["Events"]) <= 3
        pages += page["Events"]
        if not page.get("NextMarker"):
            break
        marker = {"Marker": page["NextMarker"]}
    kinds = [event["EventType"] for event in pages]
    assert kinds[0] == "ExecutionStarted"
    assert kinds[-1] in ("ExecutionSucceeded", "InvocationCompleted")
    assert {"WaitStarted", "WaitSucceeded", "StepStarted", "StepSucceeded", "ExecutionSucceeded"} <= set(
        kinds
    )
    backwards = cloud.aws.get_durable_execution_history(DurableExecutionArn=arn, ReverseOrder=True)["Events"]
    assert [event["EventId"] for event in backwards] == [event["EventId"] for event in reversed(pages)]
    assert '"hello ' in cloud.history(arn, "StepSucceeded")[0]["StepSucceededDetails"]["Result"]["Payload"]
    bare = cloud.aws.get_durable_execution_history(DurableExecutionArn=arn, IncludeExecutionData=False)
    assert "hello" not in str(bare["Events"])


@pytest.mark.parametrize("graceful", [True, False], ids=["stop", "kill -9"])
def test_executions_survive_a_restart(tmp_path: Path, graceful: bool) -> None:
    server = Server(tmp_path / "cloud")
    server.start()
    try:
        name = server.deploy(zipped(index__py=PYTHON))
        brief = server.deploy(zipped(index__py=PYTHON), timeout=12)
        waiting = server.start_execution(name, {"do": {"wait": 8}})
        called = server.start_execution(name, {"do": {"callback": {}}})
        expiring = server.start_execution(name, {"do": {"callback": {"timeout": 12}}})
        silent = server.start_execution(name, {"do": {"callback": {"heartbeat": 5}}})
        parent = server.start_execution(name, {"do": {"invoke": [f"{name}:live", {"do": {"wait": 8}}]}})
        asleep = server.start_execution(name, {"do": {"sleep": 6}}, DurableExecutionName="asleep")
        late = server.start_execution(brief, {"do": {"wait": 100}})
        plain = server.deploy(zipped(index__py=PLAIN), timeout=None)
        calling = server.start_execution(name, {"do": {"invoke": [plain, {"sleep": 6}]}})
        done = server.call(name, {"name": "before"})
        callback = server.callback(called)
        server.callback(expiring)
        server.callback(silent)
        until(lambda: all(server.history(one, "ChainedInvokeStarted") for one in (parent, calling)), 20)
        until(lambda: server.history(waiting, "WaitStarted"), 20)
        until(lambda: server.history(asleep, "StepStarted"), 20)
        # On a slow machine, those with a short limit may have ended by now.
        until(lambda: server.history(late, "WaitStarted"), 20)
        pid = server.health()["pid"]
        time.sleep(1)
        if graceful:
            assert server.cli("stop").returncode == 0
            assert server.workers() == []
        else:
            os.kill(pid, signal.SIGKILL)
            assert server.workers(), "the handler that sleeps outlives its server, until it is found"
        assert server.cli("status").returncode == 3
        server.start()
        assert server.health()["pid"] != pid
        server.aws.send_durable_execution_callback_success(CallbackId=callback, Result=b"back")
        assert json.loads(server.ended(called)["Result"]) == {"answer": "back"}
        assert server.ended(waiting)["Status"] == "SUCCEEDED"
        assert json.loads(server.ended(parent)["Result"])["child"]["version"] == "v1"
        assert json.loads(server.ended(calling)["Result"])["child"] == {"plain": {"sleep": 6}}
        assert server.ended(asleep)["Status"] == "SUCCEEDED"
        assert server.ended(expiring)["Status"] == "FAILED"
        assert server.ended(silent)["Status"] == "FAILED"
        assert server.ended(late)["Status"] == "TIMED_OUT"
        assert server.start_execution(name, {"do": {"sleep": 6}}, DurableExecutionName="asleep") == asleep
        assert server.call(name, {"name": "before"}) == done
        assert server.health()["running_executions"] == 0
    finally:
        server.end()


def test_many_synchronous_callers_at_once(cloud: Server, greeter: str) -> None:
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda n: cloud.call(greeter, {"name": n, "do": {"wait": 3}}), range(100)))
    assert [answer["greeting"] for answer in answers] == [f"hello {n}" for n in range(100)]


def test_command_line(tmp_path: Path) -> None:
    server = Server(tmp_path / "a cloud")
    assert server.cli("status").returncode == 3
    assert (server.cli("status", "--json").stdout, server.cli("stop").returncode) == ("null\n", 0)
    try:
        mine = {
            "AWS_PROFILE": "mine",
            "AWS_SECRET_ACCESS_KEY": "real",
            "AWS_SESSION_TOKEN": "real",
            "TOKEN": "real",
        }
        assert server.cli("start", LOCAL_IAM="off", **mine).returncode == 0
        assert "already runs" in server.cli("start").stdout
        other = server.cli("start", LOCAL_IAM="enforce")
        assert other.returncode == 1
        assert "runs with LOCAL_IAM=off" in other.stderr
        assert server.state.stat().st_mode & 0o077 == 0
        name = server.deploy(zipped(index__py=ENVIRONMENT), timeout=None)
        environment = json.loads(server.aws.invoke(FunctionName=name)["Payload"].read())
        assert not {"real", server.cloud.folder.secret()} & set(environment.values())
        assert environment["AWS_ENDPOINT_URL"] == server.endpoint
        assert environment["AWS_CONFIG_FILE"] == os.devnull
        shown = server.cli("status")
        assert shown.returncode == 0
        assert "iam        off" in shown.stdout
        assert "functions  1" in shown.stdout
        assert "0 running" in shown.stdout
        assert str(server.state) in shown.stdout
        assert json.loads(server.cli("status", "--json").stdout) == server.health()
        neighbour = Server(tmp_path / "other")
        refused = neighbour.cli("start", LOCAL_PORT=str(server.port))
        assert refused.returncode == 1
        assert f"Port {server.port} is taken" in refused.stderr
        assert "LOCAL_PORT=" in refused.stderr
        moved = server.cli("start", LOCAL_PORT=str(neighbour.port))
        assert moved.returncode == 1
        assert f"runs on port {server.port} already" in moved.stderr
        os.kill(server.health()["pid"], signal.SIGKILL)
        assert server.cli("stop").returncode == 0
        assert server.workers() == []
    finally:
        server.end()


def test_start_that_fails_shows_the_log(tmp_path: Path) -> None:
    server = Server(tmp_path / "cloud")
    (server.state / "executions.sqlite").mkdir(parents=True)
    failed = server.cli("start")
    assert failed.returncode == 1
    assert "unable to open database file" in failed.stderr
    assert str(server.state / "server.log") in failed.stderr
    assert server.cli("status").returncode == 3


def test_resources_survive_a_kill(tmp_path: Path) -> None:
    server = Server(tmp_path / "cloud")
    server.start()
    try:
        name = server.deploy(zipped(index__py=PYTHON))
        time.sleep(1)
        os.kill(server.health()["pid"], signal.SIGKILL)
        server.start()
        assert server.call(name, {})["version"] == "v1"
    finally:
        server.end()


def test_list(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    begun = time.time()
    good = [cloud.start_execution(name, {}, DurableExecutionName=f"good-{n}") for n in range(3)]
    bad = cloud.start_execution(name, {"do": {"fail": "x"}}, DurableExecutionName="bad")
    latest = cloud.aws.invoke(FunctionName=f"{name}:$LATEST")["DurableExecutionArn"]
    for arn in [*good, bad]:
        cloud.ended(arn)

    def listed(**filters: Any) -> list[str]:
        page = cloud.aws.list_durable_executions_by_function(FunctionName=name, **filters)
        return [one["DurableExecutionArn"] for one in page["DurableExecutions"]]

    assert listed() == [latest, bad, *reversed(good)]
    assert listed(ReverseOrder=True) == [*good, bad, latest]
    assert listed(Statuses=["FAILED"]) == [bad]
    assert listed(Statuses=["FAILED", "SUCCEEDED"]) == [latest, bad, *reversed(good)]
    assert listed(Statuses=["RUNNING"]) == []
    assert listed(DurableExecutionName="good-1") == [good[1]]
    assert listed(Qualifier="1") == [bad, *reversed(good)]
    assert listed(Qualifier="live") == [bad, *reversed(good)]
    assert listed(Qualifier="$LATEST") == [latest]
    assert listed(StartedAfter=begun + 3600) == []
    assert len(listed(StartedAfter=begun - 1, StartedBefore=begun + 3600)) == 5
    pages = cloud.aws.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["DurableExecutions"]) for page in pages]
    assert sizes == [2, 2, 1]
    with pytest.raises(cloud.aws.exceptions.ResourceNotFoundException):
        cloud.aws.list_durable_executions_by_function(FunctionName="nobody")


def test_delete(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {}}})
    cloud.callback(arn)
    with pytest.raises(cloud.aws.exceptions.ResourceConflictException):
        cloud.aws.delete_durable_execution(DurableExecutionArn=arn)
    cloud.aws.stop_durable_execution(DurableExecutionArn=arn)
    cloud.aws.delete_durable_execution(DurableExecutionArn=arn)
    with pytest.raises(cloud.aws.exceptions.ResourceNotFoundException):
        cloud.aws.get_durable_execution(DurableExecutionArn=arn)


def test_chained_invokes(cloud: Server, greeter: str) -> None:
    plain = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{greeter}:live"
    for target in (f"{greeter}:live", f"{greeter}:1", arn):
        started = cloud.start_execution(greeter, {"do": {"invoke": [target, {"name": "child"}]}})
        got = cloud.ended(started)
        assert json.loads(got["Result"]) == {"child": {"greeting": "hello child", "version": "v1"}}
        child = cloud.history(started, "ChainedInvokeStarted")[0]["ChainedInvokeStartedDetails"]
        assert f"function:{greeter}:1/durable-execution/" in child["DurableExecutionArn"]
    assert cloud.call(greeter, {"do": {"invoke": [plain, {"a": 1}]}}) == {"child": {"plain": {"a": 1}}}
    for target in (greeter, "nobody:live", f"{greeter}:nobody"):
        got = cloud.ended(cloud.start_execution(greeter, {"do": {"invoke": [target, {}]}}))
        assert got["Status"] == "FAILED"


@pytest.fixture(scope="module")
def node(cloud: Server) -> str:
    """A Node.js durable function with the SDK in its archive, as it is deployed to AWS."""
    if shutil.which("npm") is None:
        pytest.skip("no npm")
    cache = PROJECT / ".local" / "test-node"
    if not (cache / "node_modules").is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(cache)]
        subprocess.run([*install, "@aws/durable-execution-sdk-js@2.4.0"], check=True, capture_output=True)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("index.mjs", NODE)
        for file in (cache / "node_modules").rglob("*"):
            if file.is_file() and file.suffix not in (".ts", ".map", ".md"):
                archive.write(file, file.relative_to(cache))
    return cloud.deploy(data.getvalue(), Runtime="nodejs22.x")


def test_node_handler(cloud: Server, node: str) -> None:
    assert cloud.call(node, {"name": "you"}) == {"greeting": "hello you from node"}


def test_chained_invokes_between_languages(cloud: Server, greeter: str, node: str) -> None:
    greeting = {"greeting": "hello child from node"}
    assert cloud.call(greeter, {"do": {"invoke": [f"{node}:live", {"name": "child"}]}}) == {"child": greeting}
    down = {"target": f"{greeter}:live", "invoke": {"name": "child"}}
    assert cloud.call(node, down) == {
        "via": "node",
        "child": {"greeting": "hello child", "version": "v1"},
    }


def test_chained_child_stays_on_its_version(cloud: Server, greeter: str) -> None:
    child = cloud.deploy(zipped(index__py=PYTHON))
    parent = cloud.start_execution(greeter, {"do": {"invoke": [f"{child}:live", {"do": {"wait": 4}}]}})
    until(lambda: cloud.history(parent, "ChainedInvokeStarted"), 20)
    time.sleep(1)
    cloud.aws.update_function_code(
        FunctionName=child, ZipFile=zipped(index__py=PYTHON.replace('"v1"', '"v2"')), Publish=True
    )
    cloud.aws.update_alias(FunctionName=child, Name="live", FunctionVersion="2")
    assert json.loads(cloud.ended(parent)["Result"])["child"]["version"] == "v1"


def test_output_of_handlers_is_in_the_log_group_of_the_function(cloud: Server) -> None:
    group = f"/custom/{uuid.uuid4().hex[:6]}"
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName=group)
    name = cloud.deploy(zipped(index__py=PYTHON), LoggingConfig={"LogFormat": "JSON", "LogGroup": group})
    cloud.call(name, {"say": "findable"})
    found = logs.filter_log_events(logGroupName=group)["events"]
    assert any("findable" in event["message"] for event in found)


def test_many_executions_at_once(cloud: Server, greeter: str) -> None:
    with ThreadPoolExecutor(32) as pool:
        arns = list(
            pool.map(lambda n: cloud.start_execution(greeter, {"name": n, "do": {"wait": 3}}), range(100))
        )
    for n, arn in enumerate(arns):
        assert json.loads(cloud.ended(arn, 120)["Result"])["greeting"] == f"hello {n}"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/2015-03-31/functions/%00%ff/invocations", b"{}"),
        ("POST", "/2015-03-31/functions/a%2Fb/invocations", b"{}"),
        ("POST", "/2015-03-31/functions/" + "x" * 5000 + "/invocations", b"{}"),
        ("GET", "/2025-12-01/durable-executions/%00", b""),
        ("POST", "/2025-12-01/durable-executions/x/checkpoint", b"[]"),
        ("POST", "/2025-12-01/durable-execution-callbacks/%ff%fe/succeed", b"\xff"),
        ("GET", "/2025-12-01/functions/f/durable-executions?MaxItems=-1", b""),
        ("GET", "/2025-12-01/functions/f/durable-executions?StartedAfter=never", b""),
        ("PUT", "/2025-12-01/nothing", b""),
        ("GET", "/2025-12-01/", b""),
    ],
)
def test_hostile_requests_get_an_aws_error(cloud: Server, method: str, path: str, body: bytes) -> None:
    answer = httpx.request(method, cloud.endpoint + path, content=body, auth=cloud.signed)
    assert 400 <= answer.status_code < 500
    assert answer.headers["x-amzn-errortype"]
    assert answer.json()["message"]


def test_hostile_requests_to_a_running_execution(cloud: Server, greeter: str) -> None:
    arn = cloud.start_execution(greeter, {"do": {"callback": {}}})
    cloud.callback(arn)
    url = f"{cloud.endpoint}/2025-12-01/durable-executions/{arn.replace('/', '%2F')}"
    for body in (
        b"",
        b"{",
        b"[]",
        b'{"CheckpointToken": 1}',
        b'{"CheckpointToken": "x", "Updates": [1]}',
        b'{"CheckpointToken": "x", "Updates": {"a": 1}}',
        b'{"CheckpointToken": "bnVsbA=="}',
        b'{"CheckpointToken": "\\u00e9"}',
        b'{"CheckpointToken": "W10="}',
    ):
        answer = httpx.post(f"{url}/checkpoint", content=body, auth=cloud.signed)
        assert 400 <= answer.status_code < 500, (body, answer.text)
    for query in (
        "",
        "?CheckpointToken=x",
        "?CheckpointToken=W10=",
        "?MaxItems=x",
        "?Marker=x&CheckpointToken=eA==",
    ):
        assert 400 <= httpx.get(f"{url}/state{query}", auth=cloud.signed).status_code < 500, query
    for body in (b"{", b"[]", b"\xff", b'{"ErrorMessage": 1, "StackTrace": 2}'):
        answer = httpx.post(f"{url}/stop", content=body, auth=cloud.signed)
        assert answer.status_code < 500, (body, answer.text)
    assert httpx.get(f"{url}/history?Marker=zzz", auth=cloud.signed).status_code < 500
