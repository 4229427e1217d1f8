"""After a restart of the server: resumes the executions that were running when it ended."""

import logging
import math
from datetime import UTC, datetime
from functools import partial

from aws_durable_execution_sdk_python.lambda_service import (
    CallbackOptions,
    ChainedInvokeOptions,
    Operation,
    OperationAction,
    OperationStatus,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.child_dispatcher import chained_invoke_timeout_error
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.scheduler import Scheduler
from aws_durable_execution_sdk_python_testing.token import CallbackToken
from aws_durable_execution_sdk_python_testing.worker.checkpoint_tasks import CallableTask
from aws_durable_execution_sdk_python_testing.worker.registry import ExecutionRegistry

from local_cloud.gateway.execution import Execution
from local_cloud.gateway.executor import DurableExecutor
from local_cloud.gateway.store import ExecutionTable

log = logging.getLogger(__name__)


class Recovery:
    """Restores what the runner keeps in memory only: timers, and the links of executions to their children."""

    def __init__(
        self,
        store: ExecutionTable,
        executor: DurableExecutor,
        scheduler: Scheduler,
        registry: ExecutionRegistry,
    ) -> None:
        self._store = store
        self._executor = executor
        self._scheduler = scheduler
        self._registry = registry

    def run(self) -> None:
        """Resume every running execution. Handlers must be able to reach the server."""
        running = self._store.running()
        for arn in running:
            try:
                # On the execution's own lane, so that a callback that arrives at the same time waits its turn.
                if self._registry.submit(arn, CallableTask(partial(self._restore, arn))).result():
                    self._executor.resume_execution(arn)
            except Exception:
                log.exception("cannot resume %s", arn)
        if running:
            log.info("resumed %d running executions", len(running))

    def _restore(self, arn: str) -> bool:
        """Restore an execution's timers and the results of its children; False if there is nothing to resume.

        The handler is invoked again and replays, which arms the timers of waits and retries; the rest is restored here.
        """
        execution = self._store.load(arn)
        if execution.is_complete:
            return False
        if self._is_unlinked_child(execution):
            self._store.delete(arn)
            return False
        self._executor.arm_timeout(execution)
        if execution.times_out_at() <= datetime.now(UTC):
            return False
        starts = {
            update.operation_id: update
            for update in execution.updates
            if update.action is OperationAction.START
        }
        for operation in list(execution.operations):
            update = starts.get(operation.operation_id)
            if update and operation.status is OperationStatus.STARTED:
                if operation.callback_details and update.callback_options:
                    self._restore_callback(arn, operation, update.callback_options)
                elif update.chained_invoke_options:
                    self._restore_invoke(execution, update, update.chained_invoke_options)
        # The public way to have the handler invoked: a pause with a deferred invocation, and then a resume.
        execution.pause()
        execution.defer_invocation()
        if pause := execution.pause_in_force:
            execution.change_pause(begun=pause.begun or datetime.now(UTC))
        self._store.save(execution)
        if pause:
            # Its waits and retries complete; the handler is invoked when it is resumed.
            self._executor.arm_timers(arn)
        return pause is None

    def _is_unlinked_child(self, execution: Execution) -> bool:
        """Whether it is a child that the parent did not record before the crash; the parent will start another."""
        if execution.parent_execution_arn is None:
            return False
        try:
            parent = self._store.load(execution.parent_execution_arn)
        except ResourceNotFoundException:
            # Its retention period has passed; a child may run longer.
            return False
        return execution.durable_execution_arn not in parent.chained_invoke_children.values()

    def _restore_callback(self, arn: str, operation: Operation, options: CallbackOptions) -> None:
        """Arm the callback's timers: the rest of its timeout, and the whole heartbeat timeout."""
        if operation.callback_details:
            timeout = options.timeout_seconds
            left = timeout and max(1, math.ceil(_seconds_left(operation, timeout)))
            self._executor.on_callback_created(
                arn,
                operation.operation_id,
                CallbackOptions(left, options.heartbeat_timeout_seconds),
                CallbackToken.from_str(operation.callback_details.callback_id),
            )

    def _restore_invoke(
        self, execution: Execution, update: OperationUpdate, options: ChainedInvokeOptions
    ) -> None:
        """Invoke the target again if it has no execution of its own; otherwise record the child's result."""
        child_arn = execution.chained_invoke_children.get(update.operation_id)
        if child_arn is None:
            arn, target = execution.durable_execution_arn, options.function_name
            self._executor.on_chained_invoke_started(
                arn, update.operation_id, target, options.tenant_id, update.payload
            )
            return
        child = self._store.load(child_arn)
        if child.is_complete and child.result:
            status = OperationStatus(child.current_status().value)
            error = child.result.error
            if status is OperationStatus.TIMED_OUT:
                error = chained_invoke_timeout_error(child.start_input.execution_timeout_seconds)
            execution.complete_chained_invoke(update.operation_id, status, child.result.result, error)


def _seconds_left(operation: Operation, seconds: int) -> float:
    start = operation.start_timestamp or datetime.now(UTC)
    return max(0.0, seconds - (datetime.now(UTC) - start).total_seconds())
