"""AWS's runner as the local cloud puts it together: real timers and lanes, over a handler and a disk of this test's."""

import errno
import json
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
    ChainedInvokeOptions,
    DurableExecutionInvocationOutput,
    InvocationStatus,
    OperationAction,
    OperationStatus,
    OperationType,
    OperationUpdate,
    WaitOptions,
)
from aws_durable_execution_sdk_python_testing.exceptions import DurableFunctionsTestError
from aws_durable_execution_sdk_python_testing.execution import Execution, ExecutionStatus
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.invoker import InvokeResponse
from aws_durable_execution_sdk_python_testing.worker.checkpoint_tasks import CallableTask
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local_cloud.gateway import executor, invocations
from local_cloud.gateway.execution import Pause, status_of
from local_cloud.gateway.functions import DurableConfig, Function
from local_cloud.gateway.history import complete
from local_cloud.gateway.invocations import Invoker, RunnerSettings, start_input
from local_cloud.gateway.runner import DurableRunner
from local_cloud.gateway.starts import Starts
from local_cloud.gateway.store import ExecutionTable

REGION = "us-east-1"
DURABLE = DurableConfig(60, 1)
FUNCTION = f"arn:aws:lambda:{REGION}:000000000000:function:orders:1"
ORDERS = Function("000000000000", REGION, "orders", "1", True, DURABLE)


class SlowDisk(ExecutionTable):
    """Full when the first invocation has ended, until the wait is over; and again when that is to be noted."""

    def __init__(self, db_path: Path, region: str) -> None:
        super().__init__(db_path, region)
        self.full = {OperationStatus.STARTED: 1.5, OperationStatus.SUCCEEDED: 0.5}

    def save(self, execution: Execution) -> None:
        if execution.invocation_completions:
            for operation in execution.operations[1:]:
                time.sleep(self.full.pop(operation.status, 0))
        super().save(execution)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DurableRunner]:
    monkeypatch.setattr(Executor, "RETRY_BACKOFF_SECONDS", 0)
    store = SlowDisk(tmp_path / "executions.sqlite", REGION)
    runner = DurableRunner(store, lambda *_: ORDERS, RunnerSettings("http://127.0.0.1:1", REGION, 4))
    runner.start()
    yield runner
    runner.close()
    runner.stop()
    runner._scheduler._loop.close()  # it leaves that to the end of the process


def started(runner: DurableRunner) -> str:
    return Starts(runner.store, runner.executor).start(ORDERS, DURABLE, None, "{}")


def wait_for(done: Callable[[], object], complaint: str = "nothing happens") -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def ended(runner: DurableRunner, arn: str) -> Execution:
    wait_for(lambda: not runner.store.running(), f"{arn} stands still")
    return runner.store.load(arn)


def happened(runner: DurableRunner, arn: str) -> list[str]:
    """The events between the execution's start and its success."""
    ended(runner, arn)
    events = runner.executor.get_execution_history(arn).to_dict()["Events"]
    told = complete(events, runner.store.load(arn), with_data=True)
    first, *kinds, last = [event["EventType"] for event in told]
    assert (first, last) == ("ExecutionStarted", "ExecutionSucceeded")
    return kinds


def output(status: InvocationStatus) -> InvokeResponse:
    return InvokeResponse(DurableExecutionInvocationOutput(status), str(uuid.uuid4()))


def test_a_wait_that_ends_while_its_invocation_does(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = OperationUpdate("wait", OperationType.WAIT, OperationAction.START, wait_options=WaitOptions(1))

    def handler(_invoker: Invoker, _function: str, event: Any, *_: Any, **__: Any) -> InvokeResponse:
        if any(each.operation_id == "wait" for each in event.initial_execution_state.operations):
            return output(InvocationStatus.SUCCEEDED)
        runner.executor.checkpoint_execution(event.durable_execution_arn, event.checkpoint_token, [wait])
        return output(InvocationStatus.PENDING)

    monkeypatch.setattr(Invoker, "invoke", handler)
    execution = ended(runner, started(runner))
    assert runner.store.full == {}  # type: ignore[attr-defined]
    assert execution.current_status() is ExecutionStatus.SUCCEEDED
    assert len(execution.invocation_completions) == 2
    deadline = time.monotonic() + 20
    while runner._scheduler.event_count():
        assert time.monotonic() < deadline, "an execution that has ended is kept in memory"
        time.sleep(0.05)


CALL = OperationUpdate(
    "call",
    OperationType.CHAINED_INVOKE,
    OperationAction.START,
    chained_invoke_options=ChainedInvokeOptions("orders:1"),
)


@pytest.mark.parametrize(
    ("meanwhile", "order"),
    [
        ("suspends", ["InvocationCompleted", "ChainedInvokeSucceeded", "InvocationCompleted"]),
        ("checkpoints", ["ChainedInvokeSucceeded", "InvocationCompleted"]),
        ("is busy", ["ChainedInvokeSucceeded", "InvocationCompleted", "InvocationCompleted"]),
    ],
)
def test_a_chained_invoke_ends_when_its_caller_has_suspended_or_goes_on(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch, meanwhile: str, order: list[str]
) -> None:
    """What is invoked ends first in each case, and what its caller does then decides when that is recorded."""

    def handler(_invoker: Invoker, _function: str, event: Any, *_: Any, **__: Any) -> InvokeResponse:
        arn, known = event.durable_execution_arn, event.initial_execution_state.operations
        if len(known) > 1 or runner.store.load(arn).parent_execution_arn:
            return output(InvocationStatus.SUCCEEDED)
        answer = runner.executor.checkpoint_execution(arn, event.checkpoint_token, [CALL])
        if meanwhile == "is busy":
            wait_for(
                lambda: runner.store.load(arn).find_operation("call")[1].status is OperationStatus.SUCCEEDED
            )
        else:
            wait_for(lambda: runner.executor._unrecorded)
        if meanwhile == "checkpoints":
            assert answer.checkpoint_token
            answer = runner.executor.checkpoint_execution(arn, answer.checkpoint_token)
            assert answer.new_execution_state
            (call,) = answer.new_execution_state.operations
            assert call.status is OperationStatus.SUCCEEDED
            return output(InvocationStatus.SUCCEEDED)
        return output(InvocationStatus.PENDING)

    monkeypatch.setattr(Invoker, "invoke", handler)
    monkeypatch.setattr(invocations, "role_refusal", lambda *_: None)
    monkeypatch.setattr(executor, "SUSPENDING_SECONDS", 0 if meanwhile == "is busy" else 60)
    assert happened(runner, started(runner)) == ["ChainedInvokeStarted", *order]


@pytest.mark.parametrize("ends", ["fails", "takes too long"])
def test_what_was_invoked_does_not_hasten_the_retry_of_its_caller(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """What is invoked ends first, and its caller, which fails then, is invoked again only after the pause."""
    failing, released, delays = [True], threading.Event(), list[float]()
    invoke_later = runner.executor._invoke_execution

    def handler(_invoker: Invoker, _function: str, event: Any, *_: Any, **__: Any) -> InvokeResponse:
        arn = event.durable_execution_arn
        if runner.store.load(arn).parent_execution_arn or not failing:
            return output(InvocationStatus.SUCCEEDED)
        runner.executor.checkpoint_execution(arn, event.checkpoint_token, [CALL])
        wait_for(lambda: runner.executor._unrecorded and runner.store.load(arn).needs_reinvoke)
        failing.clear()
        monkeypatch.setattr(runner.executor, "_invoke_execution", noted)
        if ends == "takes too long":
            released.wait(20)
        raise DurableFunctionsTestError("Lambda invocation failed: {}")

    def noted(execution_arn: str, delay: float = 0) -> None:
        delays.append(delay)
        invoke_later(execution_arn, delay)

    monkeypatch.setattr(Invoker, "invoke", handler)
    monkeypatch.setattr(invocations, "role_refusal", lambda *_: None)
    monkeypatch.setattr(executor, "SUSPENDING_SECONDS", 60)
    monkeypatch.setattr(Executor, "RETRY_BACKOFF_SECONDS", 0.25)
    monkeypatch.setattr(runner.executor, "_invocation_timeout_seconds", 2)
    arn = started(runner)
    assert ended(runner, arn).current_status() is ExecutionStatus.SUCCEEDED
    released.set()
    assert delays == [0.25]
    assert runner.store.load(arn).find_operation("call")[1].status is OperationStatus.SUCCEEDED


def test_an_event_keeps_its_number_when_an_earlier_answer_is_recorded_after_it(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = OperationUpdate("callback", OperationType.CALLBACK, OperationAction.START)
    answered = threading.Event()

    def handler(_invoker: Invoker, _function: str, event: Any, *_: Any, **__: Any) -> InvokeResponse:
        arn = event.durable_execution_arn
        if len(event.initial_execution_state.operations) > 1:
            return output(InvocationStatus.SUCCEEDED)
        runner.executor.checkpoint_execution(arn, event.checkpoint_token, [create])
        details = runner.store.load(arn).find_operation("callback")[1].callback_details
        assert details
        complete_callback = partial(runner.executor._complete_callback_success, details.callback_id, b"{}")
        runner._registry.submit(arn, CallableTask(lambda: answered.wait(20)))
        runner._registry.submit(arn, CallableTask(complete_callback))
        runner.executor._invoke_execution(arn)
        threading.Timer(0.3, answered.set).start()
        return output(InvocationStatus.PENDING)

    monkeypatch.setattr(Invoker, "invoke", handler)
    order = ["CallbackStarted", "CallbackSucceeded", "InvocationCompleted", "InvocationCompleted"]
    assert happened(runner, started(runner)) == order


def test_a_pause_begins_also_when_the_invocation_takes_too_long(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoked, ending = threading.Event(), threading.Event()

    def handler(*_: Any, **__: Any) -> InvokeResponse:
        invoked.set()
        ending.wait(20)
        return output(InvocationStatus.SUCCEEDED)

    monkeypatch.setattr(Invoker, "invoke", handler)
    monkeypatch.setattr(runner.executor, "_invocation_timeout_seconds", 1)
    arn = started(runner)
    assert invoked.wait(20)
    runner.executor.pause(arn, Pause(datetime.now(UTC), stops_timeout=True))
    assert status_of(runner.store.load(arn)) == "PAUSING"
    wait_for(lambda: status_of(runner.store.load(arn)) == "PAUSED", "it is never paused")
    ending.set()


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), ExecutionStatus.SUCCEEDED),
        (OSError(errno.EACCES, "Permission denied"), ExecutionStatus.FAILED),
    ],
)
def test_a_handler_that_cannot_be_laid_out_waits_for_space(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch, raised: OSError, status: ExecutionStatus
) -> None:
    config = {"FunctionName": "orders", "FunctionArn": FUNCTION, "Runtime": "python3.13", "Version": "1"}
    refused = Mock(side_effect=raised)
    full = iter([refused] * 6)

    def handler(*_: Any, **__: Any) -> InvokeResponse:
        if mkdtemp := next(full, None):
            with monkeypatch.context() as patch:
                patch.setattr(lambda_runtime.tempfile, "mkdtemp", mkdtemp)
                result = lambda_svc._execute_function_warm({"config": config, "code_zip": b"-"}, {}, "1")
            raise DurableFunctionsTestError(f"Lambda invocation failed: {json.dumps(result['body'])}")
        return output(InvocationStatus.SUCCEEDED)

    monkeypatch.setattr(Invoker, "invoke", handler)
    monkeypatch.setattr(lambda_svc, "_ensure_reaper_thread", lambda: None)
    execution = ended(runner, started(runner))
    assert execution.current_status() is status
    assert refused.call_count == (6 if status is ExecutionStatus.SUCCEEDED else 5)


def test_a_child_goes_on_whose_parent_is_forgotten(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Execution.new(start_input(ORDERS, DURABLE, "{}"))
    child.parent_execution_arn = f"{FUNCTION}/durable-execution/parent/of-long-ago"
    child.start()
    runner.store.save(child)
    monkeypatch.setattr(Invoker, "invoke", lambda *_, **__: output(InvocationStatus.SUCCEEDED))
    runner.recovery.run()
    assert ended(runner, child.durable_execution_arn).current_status() is ExecutionStatus.SUCCEEDED


def test_what_breaks_off_in_the_runner_is_logged(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    monkeypatch.setattr(Executor, "_begin_invocation", broken)
    monkeypatch.setattr(Executor, "_retry_after_error", broken)
    started(runner)
    reason = "attempt to write a readonly database"
    wait_for(lambda: reason in caplog.text.partition("error in scheduled task")[2])
