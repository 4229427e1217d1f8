"""The local cloud in trouble: a full disk, output that is no text, results that are too large, others at the same time."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from server import PYTHON, Server, allowing, until, zipped

TRUST = allowing(["sts:AssumeRole"], Principal={"Service": "lambda.amazonaws.com"})
CHECKPOINTS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"
BYTES = """
import os, subprocess, sys
from aws_durable_execution_sdk_python import durable_execution

@durable_execution
def handler(event, context):
    os.write(1, b"\\xff\\xfe raw\\n")
    os.write(1, b'{"status": "ok", "result": "forged"}\\n')
    subprocess.run(["printf", "no newline \\\\377"], check=True)
    os.write(2, b"\\xff stderr\\n")
    sys.stdout.buffer.write(b"\\xff buffer\\n")
    return {"fine": True}
"""
# Waits, then retries a step until a time, then waits for an answer.
PATIENT = """
import time
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration, StepConfig
from aws_durable_execution_sdk_python.retries import RetryDecision

SECOND = Duration.from_seconds(1)
AGAIN = StepConfig(retry_strategy=lambda error, attempt: RetryDecision.retry(SECOND))

@durable_execution
def handler(event, context):
    def unreliable(_):
        if time.time() < event["until"]:
            raise ValueError("not yet")
        return event["number"]

    context.wait(SECOND)
    number = context.step(unreliable, config=AGAIN)
    context.wait(SECOND)
    return [number, context.create_callback(name="approval").result()]
"""
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("trouble") / "cloud")
    # Two that start it at the same time, in a folder that is not there yet.
    with ThreadPoolExecutor(2) as pool:
        starts = [pool.submit(server.cli, "start", LOCAL_IAM="enforce") for _ in range(2)]
    try:
        assert [each.result().returncode for each in starts] == [0, 0], [each.result() for each in starts]
        pids = {re.search(r"pid \d+", each.result().stdout)[0] for each in starts}  # type: ignore[index]
        assert pids == {f"pid {server.health()['pid']}"}
        server.make_role()
        yield server
    finally:
        server.end()


def test_what_a_handler_writes_need_not_be_text(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=BYTES))
    assert [cloud.call(name, {}) for _ in range(2)] == [{"fine": True}, {"fine": True}]


def test_a_result_that_an_answer_cannot_carry(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    assert len(cloud.call(name, {"do": {"big": 5 * MEGABYTE}})) == 5 * MEGABYTE
    answer = cloud.aws.invoke(FunctionName=f"{name}:live", Payload=json.dumps({"do": {"big": 7 * MEGABYTE}}))
    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read()) == {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    }


def test_executions_of_another_account(cloud: Server) -> None:
    def client(service: str) -> Any:
        return cloud.client(service, aws_access_key_id="123456789012")

    iam, functions = client("iam"), client("lambda")
    role = iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="other", PolicyArn=CHECKPOINTS)
    invoking = allowing(["lambda:InvokeFunction"], Resource="*")
    iam.put_role_policy(RoleName="other", PolicyName="invoke", PolicyDocument=invoking)
    mine = cloud.deploy(zipped(index__py=PYTHON))
    for name in (mine, "parent"):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": zipped(index__py=PYTHON)},
            Publish=True,
            DurableConfig={"ExecutionTimeout": 60},
        )
    answer = functions.invoke(
        FunctionName=f"{mine}:1", Payload='{"name": "there"}', DurableExecutionName="same"
    )
    assert json.loads(answer["Payload"].read())["greeting"] == "hello there"
    assert ":123456789012:" in answer["DurableExecutionArn"]
    # A function of the same name, and an execution of the same name, in the other account.
    assert cloud.call(mine, {"name": "here"}, DurableExecutionName="same")["greeting"] == "hello here"
    for each in (functions, cloud.aws):
        assert len(each.list_durable_executions_by_function(FunctionName=mine)["DurableExecutions"]) == 1
    called = functions.invoke(
        FunctionName="parent:1", Payload=json.dumps({"do": {"invoke": [f"{mine}:1", {}]}})
    )
    assert json.loads(called["Payload"].read())["child"]["version"] == "v1"


def test_pages_are_whole_while_executions_start(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON))
    first = {cloud.start_execution(name, {}) for _ in range(7)}
    for reverse in (False, True):
        seen: list[str] = []
        marker: dict[str, str] = {}
        while True:
            page = cloud.aws.list_durable_executions_by_function(
                FunctionName=name, MaxItems=2, ReverseOrder=reverse, **marker
            )
            seen += [each["DurableExecutionArn"] for each in page["DurableExecutions"]]
            if "NextMarker" not in page:
                break
            marker = {"Marker": page["NextMarker"]}
            if len(first) + 2 > len(seen):
                cloud.start_execution(name, {})
        assert len(seen) == len(set(seen))
        assert first <= set(seen)
    with pytest.raises(ClientError, match="Invalid Marker"):
        cloud.aws.list_durable_executions_by_function(FunctionName=name, Marker="2")


def test_executions_survive_a_cloud_that_is_killed_again_and_again(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PATIENT), timeout=300)
    now, kills = time.time(), 4
    arns = [
        cloud.start_execution(name, {"number": number, "until": now + number % 10}) for number in range(50)
    ]
    unanswered = set(arns)

    def answer() -> bool:
        for arn in sorted(unanswered):
            for event in cloud.history(arn, "CallbackStarted"):
                callback = event["CallbackStartedDetails"]["CallbackId"]
                cloud.aws.send_durable_execution_callback_success(CallbackId=callback, Result=b"yes")
                unanswered.remove(arn)
        return not unanswered

    for _ in range(kills):
        answer()
        assert cloud.health()["running_executions"] > 0
        os.kill(cloud.health()["pid"], signal.SIGKILL)
        assert cloud.cli("start").returncode == 0
    until(answer, 60)
    ended = [cloud.ended(arn, 60) for arn in arns]
    assert [each["Status"] for each in ended] == ["SUCCEEDED"] * 50, ended
    assert [json.loads(each["Result"]) for each in ended] == [[number, "yes"] for number in range(50)]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, which is small."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", str(folder)], check=False
        ).returncode
    )
    if not mounted:
        pytest.skip(
            "only the superuser mounts a disk; tests/unit/test_gateway_rules.py has the faulted store"
        )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Leave no byte free."""
    filler = disk / "filler"
    descriptor = os.open(filler, os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(descriptor, b"\0" * 4096)
    os.close(descriptor)
    assert shutil.disk_usage(disk).free == 0
    return filler


def test_what_was_accepted_goes_on_when_a_full_disk_has_space_again(disk: Path) -> None:
    server = Server(disk / "cloud")
    server.start()
    try:
        name = server.deploy(zipped(index__py=PYTHON))
        server.call(name, {})
        arns = [server.start_execution(name, {"name": n, "do": {"wait": 3}}) for n in range(12)]
        filler = fill(disk)
        # Their waits end while there is no space; and no other is accepted whose input is not kept.
        with pytest.raises(ClientError, match="No space is left"):
            start_many(server, name)
        time.sleep(5)
        running = server.health()["running_executions"]
        filler.unlink()
        assert running > 0
        assert [server.ended(arn, 90)["Status"] for arn in arns] == ["SUCCEEDED"] * 12
        assert server.call(name, {"name": "after"})["greeting"] == "hello after"
        assert server.health()["running_executions"] == 0
    finally:
        server.end()


def start_many(server: Server, name: str) -> None:
    """Start executions with large inputs, until one is refused."""
    for _ in range(200):
        server.start_execution(name, "x" * 900_000)
