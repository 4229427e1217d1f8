"""An execution that is paused is not invoked until it is resumed, and its timeout stands still."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from server import PYTHON, Server, until, zipped

LONGEST = timedelta(days=366)


@pytest.fixture(scope="module")
def function(cloud: Server) -> str:
    return cloud.deploy(zipped(index__py=PYTHON))


def status(cloud: Server, arn: str) -> str:
    return str(cloud.aws.get_durable_execution(DurableExecutionArn=arn)["Status"])


def has_status(cloud: Server, arn: str, wanted: str) -> Callable[[], bool]:
    return lambda: status(cloud, arn) == wanted


def kinds(cloud: Server, arn: str) -> list[str]:
    events = cloud.aws.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
    return [event["EventType"] for event in events]


def in_a_wait(cloud: Server, function: str, seconds: int) -> str:
    """Start an execution, and return when it waits and nothing is in flight."""
    arn = cloud.start_execution(function, {"do": {"wait": seconds}})
    until(lambda: cloud.history(arn, "InvocationCompleted"), 20)
    return arn


def conflict(call: Callable[..., Any], **request: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**request)
    assert error.value.response["Error"]["Code"] == "ResourceConflictException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    return str(error.value.response["Error"]["Message"])


def test_a_wait_completes_while_paused_and_the_handler_goes_on_when_resumed(
    cloud: Server, function: str
) -> None:
    arn = in_a_wait(cloud, function, 2)
    answer = cloud.aws.pause_durable_execution(DurableExecutionArn=arn, Reason="the bank is down")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    until(lambda: cloud.history(arn, "WaitSucceeded"), 20)

    got = cloud.aws.get_durable_execution(DurableExecutionArn=arn)
    assert got["Status"] == "PAUSED"
    assert got["PauseDetails"]["Reason"] == "the bank is down"
    assert got["PauseDetails"]["ExecutionTimeoutPaused"] is True
    assert got["ExpectedExecutionTimeoutTimestamp"] == got["StartTimestamp"] + LONGEST
    assert len(cloud.history(arn, "InvocationCompleted")) == 1
    short = cloud.aws.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=False)
    assert short["ExecutionDataIncluded"] is False
    assert not {"InputPayload", "Reason"} & {*short, *short["PauseDetails"]}
    listed = cloud.aws.list_durable_executions_by_function(FunctionName=function, Statuses=["PAUSED"])
    assert [each["DurableExecutionArn"] for each in listed["DurableExecutions"]] == [arn]

    cloud.aws.resume_durable_execution(DurableExecutionArn=arn, Reason="it is back")
    assert cloud.ended(arn)["Status"] == "SUCCEEDED"
    assert kinds(cloud, arn)[:7] == [
        *("ExecutionStarted", "WaitStarted", "InvocationCompleted"),
        *("ExecutionPaused", "WaitSucceeded", "ExecutionResumed", "StepStarted"),
    ]
    [paused], [resumed] = cloud.history(arn, "ExecutionPaused"), cloud.history(arn, "ExecutionResumed")
    assert paused["ExecutionPausedDetails"]["Reason"]["Payload"] == "the bank is down"
    assert paused["ExecutionPausedDetails"]["ExecutionTimeoutPaused"] is True
    assert resumed["ExecutionResumedDetails"]["Reason"]["Payload"] == "it is back"


def test_an_invocation_in_flight_ends_at_its_next_checkpoint(cloud: Server, function: str) -> None:
    arn = cloud.start_execution(function, {"do": {"sleep": 2}})
    until(lambda: cloud.history(arn, "StepStarted"), 20)
    cloud.aws.pause_durable_execution(DurableExecutionArn=arn)
    assert status(cloud, arn) == "PAUSING"
    until(has_status(cloud, arn, "PAUSED"), 20)
    assert "ExecutionSucceeded" not in kinds(cloud, arn)
    cloud.aws.resume_durable_execution(DurableExecutionArn=arn)
    assert cloud.ended(arn)["Status"] == "SUCCEEDED"
    # The step that was running has not run again.
    assert [event["Name"] for event in cloud.history(arn, "StepSucceeded")] == ["sleep", "greet"]


def test_resumed_while_pausing(cloud: Server, function: str) -> None:
    arn = cloud.start_execution(function, {"do": {"sleep": 1}})
    until(lambda: cloud.history(arn, "StepStarted"), 20)
    cloud.aws.pause_durable_execution(DurableExecutionArn=arn)
    cloud.aws.resume_durable_execution(DurableExecutionArn=arn)
    assert status(cloud, arn) == "RUNNING"
    assert cloud.ended(arn)["Status"] == "SUCCEEDED"
    assert "ExecutionPaused" not in kinds(cloud, arn)


@pytest.mark.parametrize("stands_still", [True, False])
def test_the_timeout(cloud: Server, stands_still: bool) -> None:
    function = cloud.deploy(zipped(index__py=PYTHON), timeout=3)
    arn = in_a_wait(cloud, function, 600)
    cloud.aws.pause_durable_execution(DurableExecutionArn=arn, ExecutionTimeoutPaused=stands_still)
    other = in_a_wait(cloud, function, 600)
    assert cloud.ended(other)["Status"] == "TIMED_OUT"  # so much time has passed
    assert status(cloud, arn) == ("PAUSED" if stands_still else "TIMED_OUT")
    if stands_still:
        cloud.aws.resume_durable_execution(DurableExecutionArn=arn)
        got = cloud.aws.get_durable_execution(DurableExecutionArn=arn)
        left = got["ExpectedExecutionTimeoutTimestamp"] - got["StartTimestamp"]
        assert timedelta(seconds=5) < left < timedelta(seconds=60)
        got = cloud.ended(arn)
        assert got["Status"] == "TIMED_OUT"
        assert got["EndTimestamp"] - got["StartTimestamp"] >= left


def test_again_and_in_vain(cloud: Server, function: str) -> None:
    pause, resume = cloud.aws.pause_durable_execution, cloud.aws.resume_durable_execution
    arn = in_a_wait(cloud, function, 600)
    assert conflict(resume, DurableExecutionArn=arn) == "The durable execution is not paused."
    pause(DurableExecutionArn=arn, ClientToken="a")
    pause(DurableExecutionArn=arn, ClientToken="a")
    already = "The durable execution is already paused."
    assert conflict(pause, DurableExecutionArn=arn, ClientToken="b") == already
    assert conflict(pause, DurableExecutionArn=arn) == already
    resume(DurableExecutionArn=arn, ClientToken="c")
    resume(DurableExecutionArn=arn, ClientToken="c")
    pause(DurableExecutionArn=arn)
    cloud.aws.stop_durable_execution(DurableExecutionArn=arn)
    assert status(cloud, arn) == "STOPPED"
    assert conflict(pause, DurableExecutionArn=arn) == "The durable execution has ended."
    assert conflict(resume, DurableExecutionArn=arn) == "The durable execution is not paused."
    with pytest.raises(cloud.aws.exceptions.ResourceNotFoundException):
        pause(DurableExecutionArn=arn.replace(function, "none"))


def test_a_pause_outlives_a_restart_of_the_cloud(tmp_path: Path) -> None:
    server = Server(tmp_path / "cloud")
    server.start()
    try:
        function = server.deploy(zipped(index__py=PYTHON))
        arn = in_a_wait(server, function, 2)
        server.aws.pause_durable_execution(DurableExecutionArn=arn)
        assert server.cli("stop").returncode == 0
        server.start()
        until(lambda: server.history(arn, "WaitSucceeded"), 20)
        assert status(server, arn) == "PAUSED"
        assert len(server.history(arn, "InvocationCompleted")) == 1
        server.aws.resume_durable_execution(DurableExecutionArn=arn)
        assert server.ended(arn)["Status"] == "SUCCEEDED"
    finally:
        server.end()
