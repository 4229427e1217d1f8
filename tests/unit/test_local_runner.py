"""AWS's runner as the local cloud puts it together: real timers and lanes, over a handler and a disk of this test's."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_durable_execution_sdk_python.lambda_service import (
    DurableExecutionInvocationOutput,
    InvocationStatus,
    OperationAction,
    OperationStatus,
    OperationType,
    OperationUpdate,
    WaitOptions,
)
from aws_durable_execution_sdk_python_testing.execution import Execution, ExecutionStatus
from aws_durable_execution_sdk_python_testing.invoker import InvokeResponse

from local.gateway.functions import DurableConfig, Function
from local.gateway.invocations import Invoker, RunnerSettings
from local.gateway.runner import DurableRunner
from local.gateway.store import ExecutionTable

REGION = "us-east-1"
DURABLE = DurableConfig(60, 1)
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
def runner(tmp_path: Path) -> Iterator[DurableRunner]:
    store = SlowDisk(tmp_path / "executions.sqlite", REGION)
    runner = DurableRunner(store, lambda *_: ORDERS, RunnerSettings("http://127.0.0.1:1", REGION, 4))
    runner.start()
    yield runner
    runner.close()
    runner.stop()
    runner._scheduler._loop.close()  # it leaves that to the end of the process


def test_a_wait_that_ends_while_its_invocation_does(
    runner: DurableRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait = OperationUpdate("wait", OperationType.WAIT, OperationAction.START, wait_options=WaitOptions(1))

    def handler(_invoker: Invoker, _function: str, event: Any, *_: Any, **__: Any) -> InvokeResponse:
        status = InvocationStatus.SUCCEEDED
        if not any(each.operation_id == "wait" for each in event.initial_execution_state.operations):
            runner.executor.checkpoint_execution(event.durable_execution_arn, event.checkpoint_token, [wait])
            status = InvocationStatus.PENDING
        return InvokeResponse(DurableExecutionInvocationOutput(status), "request")

    monkeypatch.setattr(Invoker, "invoke", handler)
    arn = runner.start_execution(ORDERS, DURABLE, None, "{}")
    deadline = time.monotonic() + 20
    while runner.store.running() and time.monotonic() < deadline:
        time.sleep(0.05)
    execution = runner.store.load(arn)
    assert runner.store.full == {}  # type: ignore[attr-defined]
    assert execution.current_status() is ExecutionStatus.SUCCEEDED
    assert len(execution.invocation_completions) == 2
