"""AWS's durable runner inside the server process: it starts, drives and answers for executions."""

import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import (
    CallbackOptions,
    ChainedInvokeOptions,
    ErrorObject,
    Operation,
    OperationAction,
    OperationStatus,
    OperationUpdate,
)
from aws_durable_execution_sdk_python_testing.checkpoint.processor import CheckpointProcessor
from aws_durable_execution_sdk_python_testing.child_dispatcher import chained_invoke_timeout_error
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.scheduler import Event, Scheduler
from aws_durable_execution_sdk_python_testing.token import CallbackToken
from aws_durable_execution_sdk_python_testing.worker.checkpoint_tasks import CallableTask
from aws_durable_execution_sdk_python_testing.worker.registry import ExecutionRegistry

from local_cloud.gateway.aws_errors import AwsError, invalid_parameter
from local_cloud.gateway.functions import DurableConfig, Function
from local_cloud.gateway.invocations import (
    HANDLER_TIMEOUT,
    Dispatcher,
    Invoker,
    Resolve,
    RunnerSettings,
    is_no_space,
    start_input,
)
from local_cloud.gateway.store import ExecutionTable

MAX_SYNC_SECONDS = 900

log = logging.getLogger(__name__)


class _Scheduler(Scheduler):
    """AWS's scheduler, which logs every task that breaks off: it tells those who wait for the execution, and nobody does."""

    def call_later(
        self,
        func: Callable[[], Any],
        delay: float = 0,
        count: int | None = 1,
        completion_event: Event | None = None,
    ) -> Future[Any]:
        """Call later, as AWS's does."""
        return super().call_later(func, delay, count)


class _Executor(Executor):
    """AWS's executor, which loses no turn of an execution, nor an execution to a full disk.

    Its timer ends what is due on the execution's lane, and has the handler invoked once the lane has answered. An
    invocation or a checkpoint that ends just then arms the timer anew, which cancels the old one between the two: nothing
    is due any more, and nobody invokes the handler. A full disk holds up the lane, and makes that likely.
    """

    def _fire_due_operations(self, execution_arn: str) -> bool:
        """End what is due and have the handler invoked, in one turn; False: no invocation is owed."""
        if super()._fire_due_operations(execution_arn):
            self._invoke_execution(execution_arn)
        return False

    def _retry_invocation(
        self, execution: Execution, error: ErrorObject, max_attempts: int | None = None
    ) -> None:
        """Invoke again after the pause, until there is space for the handler; other failures are counted."""
        if is_no_space(error):
            self._invoke_execution(execution.durable_execution_arn, self.RETRY_BACKOFF_SECONDS)
        else:
            super()._retry_invocation(execution, error, max_attempts)


class DurableRunner:
    """The parts of AWS's runner, put together around this cloud's store and functions.

    Its own WebRunner builds the same parts, but takes neither a store nor a dispatcher, so it could
    not pin executions or find functions as they come and go. Every method here may block for some
    milliseconds and is called off the event loop.
    """

    def __init__(self, store: ExecutionTable, resolve: Resolve, settings: RunnerSettings) -> None:
        self.store = store
        self._scheduler = _Scheduler()
        self._registry = ExecutionRegistry(store, self._scheduler)
        checkpoints = CheckpointProcessor(store, self._scheduler)
        invoker = Invoker(settings)
        self.executor = _Executor(
            store=store,
            scheduler=self._scheduler,
            invoker=invoker,
            checkpoint_processor=checkpoints,
            invocation_timeout_seconds=HANDLER_TIMEOUT,
            registry=self._registry,
            child_dispatcher=Dispatcher(resolve, invoker.unmarked_client_for),
            region=settings.region,
        )
        checkpoints.add_execution_observer(self.executor)
        checkpoints.set_chained_invoke_preflight(self.executor.preflight_chained_invoke)
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start the timers."""
        self.store.purge()
        self._scheduler.start()  # type: ignore[no-untyped-call]

    def take_up(self) -> None:
        """Go on with every execution that was running when the server ended; handlers must be in reach."""
        running = self.store.running()
        for arn in running:
            try:
                # On the execution's own lane, so that a callback that comes in meanwhile waits its turn.
                if self._registry.submit(arn, CallableTask(partial(self._restore, arn))).result():
                    self.executor.resume_execution(arn)
            except Exception:
                log.exception("cannot take up %s", arn)
        if running:
            log.info("took up %d running executions", len(running))

    def close(self) -> None:
        """Take no more results of handlers; what runs is taken up by the next start."""
        self.store.give_up()
        self.executor.shutdown()

    def stop(self) -> None:
        """Stop the timers of a runner that is closed."""
        self._registry.shutdown()
        self._scheduler.stop()  # type: ignore[no-untyped-call]
        self.store.close()

    def check_region(self, function: Function) -> None:
        """Refuse a function of another region: the runner drives executions of one region only."""
        if function.region != self.executor.region:
            raise invalid_parameter(
                f"The local cloud runs durable functions in {self.executor.region} only; "
                f"{function.name} is in {function.region}."
            )

    def start_execution(
        self,
        function: Function,
        durable: DurableConfig,
        name: str | None,
        payload: str,
        asynchronous: bool = False,
    ) -> str:
        """Start an execution and return its ARN; the same name and payload give the same execution.

        If it is `asynchronous` and does not succeed, its event goes to the function's dead letter target.
        """
        start = start_input(function, durable, payload, name=name)
        target = function.dead_letter_target if asynchronous else None
        if name is None:
            return self._start(start, target)
        with self._starting:
            known = self.store.named(function.account_id, function.name, name)
            if known is None:
                return self._start(start, target)
        if known.start_input.input != payload:
            raise AwsError(
                409,
                "DurableExecutionAlreadyStartedException",
                f"Durable execution with name {name} already exists with a different payload.",
            )
        return str(known.durable_execution_arn)

    def _start(self, start: StartDurableExecutionInput, dead_letter_target: str | None) -> str:
        if dead_letter_target:
            # Before the start: a crash in between leaves a note of an execution that never was, not
            # an execution whose event is lost.
            self.store.note_dead_letter_target(start, dead_letter_target)
        return str(self.executor.start_execution(start).execution_arn)

    def _restore(self, arn: str) -> bool:
        """Restore an execution's timers and what ended meanwhile; False if there is nothing to resume.

        The runner keeps timers and links in memory only. A handler that is invoked again replays, so
        waits and retries arm themselves; the rest is restored here.
        """
        execution = self.store.load(arn)
        if execution.is_complete:
            return False
        if self._is_unlinked_child(execution):
            self.store.delete(arn)
            return False
        seconds = execution.start_input.execution_timeout_seconds
        left = _seconds_left(execution.get_operation_execution_started(), seconds)
        self._scheduler.call_later(lambda: self._time_out(arn, seconds), left)
        if left == 0:
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
        # The public way to have the handler invoked: a pause that owes an invocation, then its resume.
        execution.pause()
        execution.defer_invocation()
        self.store.save(execution)
        return True

    def _is_unlinked_child(self, execution: Execution) -> bool:
        """A child made just before the crash, not yet noted by its parent, which will start another."""
        if execution.parent_execution_arn is None:
            return False
        try:
            parent = self.store.load(execution.parent_execution_arn)
        except ResourceNotFoundException:
            # Its retention is over; a child may run for longer.
            return False
        return execution.durable_execution_arn not in parent.chained_invoke_children.values()

    def _time_out(self, arn: str, seconds: int) -> None:
        if not self.store.load(arn).is_complete:
            message = f"Execution timed out after {seconds} seconds."
            self.executor.on_timed_out(arn, ErrorObject.from_message(message))

    def _restore_callback(self, arn: str, operation: Operation, options: CallbackOptions) -> None:
        """Arm the callback's timers: what is left of its timeout, and the whole heartbeat."""
        if operation.callback_details:
            timeout = options.timeout_seconds
            left = timeout and max(1, math.ceil(_seconds_left(operation, timeout)))
            self.executor.on_callback_created(
                arn,
                operation.operation_id,
                CallbackOptions(left, options.heartbeat_timeout_seconds),
                CallbackToken.from_str(operation.callback_details.callback_id),
            )

    def _restore_invoke(
        self, execution: Execution, update: OperationUpdate, options: ChainedInvokeOptions
    ) -> None:
        """Start the target again if it has no execution of its own; note the child's end if it has one."""
        child_arn = execution.chained_invoke_children.get(update.operation_id)
        if child_arn is None:
            arn, target = execution.durable_execution_arn, options.function_name
            self.executor.on_chained_invoke_started(
                arn, update.operation_id, target, options.tenant_id, update.payload
            )
            return
        child = self.store.load(child_arn)
        if child.is_complete and child.result:
            status = OperationStatus(child.current_status().value)
            error = child.result.error
            if status is OperationStatus.TIMED_OUT:
                error = chained_invoke_timeout_error(child.start_input.execution_timeout_seconds)
            execution.complete_chained_invoke(update.operation_id, status, child.result.result, error)


def _seconds_left(operation: Operation, seconds: int) -> float:
    begun = operation.start_timestamp or datetime.now(UTC)
    return max(0.0, seconds - (datetime.now(UTC) - begun).total_seconds())
