"""AWS's executor, made to do what the service does: no execution stands still, failures are recorded, pauses hold."""

import dataclasses
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing import execution as runner
from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.invoker import InvokeResponse
from aws_durable_execution_sdk_python_testing.model import CheckpointDurableExecutionResponse
from aws_durable_execution_sdk_python_testing.worker.checkpoint_tasks import CallableTask
from aws_durable_execution_sdk_python_testing.worker.status import InvocationState

from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.execution import Execution, Pause
from local_cloud.gateway.invocations import Invoker, function_error, is_no_space
from local_cloud.gateway.store import ExecutionTable

CONFLICT = "ResourceConflictException"
UNLOADABLE = ("Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError", "Runtime.HandlerNotFound")
"""Errors of code that cannot be loaded; another attempt would fail as well."""
SUSPENDING_SECONDS = 1.0
"""How long a handler may take to return once it has suspended. The SDK for Python takes 0.1 s."""


class DurableExecutor(Executor):
    """AWS's executor, and what the service does beyond it.

    No execution is left without an invocation, and none fails because of a full disk: AWS's timer completes the
    operations that are due on the execution's lane, and invokes the handler after that. An invocation or checkpoint that
    ends between the two replaces the timer: nothing is due any more, and the handler is never invoked. A full disk slows
    the lane down and makes that likely.

    Invocations that fail are recorded with their error. Executions can be paused, and their timeout with them.

    A handler has returned before the result of what it has suspended for is recorded. On AWS, a chained invoke takes
    longer than that; here a warm function may be faster.
    """

    def __init__(self, *, store: ExecutionTable, invoker: Invoker, **parts: Any) -> None:
        super().__init__(store=store, invoker=invoker, **parts)
        # The runner's own attributes have the types of its base classes.
        self._table, self._handlers = store, invoker
        self._begun: dict[str, datetime] = {}
        """When the invocation in flight began, by the execution's ARN."""
        self._pausing: set[str] = set()
        """The executions that are paused as soon as the invocation in flight has ended."""
        self._unrecorded: dict[str, list[Callable[[], None]]] = {}
        """The results of chained invokes that have ended during the invocation in flight, by the execution's ARN."""

    def pause(self, arn: str, pause: Pause) -> None:
        """Hold the execution's next invocation back.

        The running one ends at its next checkpoint. Waits, callbacks and chained invokes go on.

        Raises:
            AwsError: the execution has ended, or is paused already by a request with another token.
        """
        self._on_lane(arn, lambda: self._pause(arn, pause))

    def resume(self, arn: str, reason: str | None, token: str | None) -> None:
        """End the pause, and make up for the invocation that it held back.

        Raises:
            AwsError: the execution is not paused, and was not resumed by a request with this token.
        """
        self._on_lane(arn, lambda: self._resume(arn, reason, token))
        # The timer of its timeout may have fired meanwhile, and does so again only for the latest end.
        self.arm_timeout(self._table.load(arn))

    def arm_timeout(self, execution: Execution) -> None:
        """Call `on_timed_out` when the execution times out; at once if it has."""
        arn, seconds = execution.durable_execution_arn, execution.start_input.execution_timeout_seconds
        error = ErrorObject.from_message(f"Execution timed out after {seconds} seconds.")
        self._scheduler.call_later(lambda: self.on_timed_out(arn, error), max(0, _seconds_left(execution)))

    def arm_timers(self, arn: str) -> None:
        """Complete the waits and retries of an execution when they are due; no handler replays them."""
        self._schedule_earliest_pending(arn)

    def on_timed_out(self, execution_arn: str, error: ErrorObject) -> None:
        """End the execution, unless it has ended or was even deleted, or was paused and has time left."""
        if not self._table.exists(execution_arn):
            return
        execution = self._table.load(execution_arn)
        if execution.is_complete:
            return
        if _seconds_left(execution) > 0:
            self.arm_timeout(execution)
        else:
            super().on_timed_out(execution_arn, error)

    def _complete_events(self, execution_arn: str) -> None:
        """Forget the event of an execution that has ended: nobody waits for it here, and the runner keeps it for ever."""
        super()._complete_events(execution_arn)
        if event := self._completion_events.pop(execution_arn, None):
            event.remove()  # type: ignore[no-untyped-call]

    def _on_lane(self, arn: str, call: Callable[[], None]) -> None:
        self._registry.submit(arn, CallableTask(call)).result()

    def _pause(self, arn: str, pause: Pause) -> None:
        execution = self._table.load(arn)
        if execution.is_complete:
            raise AwsError(409, CONFLICT, "The durable execution has ended.")
        if current := execution.pause_in_force:
            if pause.token is None or pause.token != current.token:
                raise AwsError(409, CONFLICT, "The durable execution is already paused.")
            return
        if self._invocation_gate(arn) is InvocationState.INVOKING:
            self._pausing.add(arn)
        else:
            pause = dataclasses.replace(pause, begun=datetime.now(UTC))
        execution.pauses.append(pause)
        execution.pause()
        self._table.save(execution)

    def _resume(self, arn: str, reason: str | None, token: str | None) -> None:
        execution = self._table.load(arn)
        if execution.pause_in_force is None:
            last = execution.pauses[-1] if execution.pauses else None
            if token is None or last is None or token != last.resume_token:
                raise AwsError(409, CONFLICT, "The durable execution is not paused.")
            return
        execution.change_pause(resume_requested=datetime.now(UTC), resume_reason=reason, resume_token=token)
        invokes = execution.resume()
        self._table.save(execution)
        if invokes:
            self._invoke_execution(arn)

    def _apply_chained_invoke_completion(self, parent_arn: str, *outcome: Any) -> None:
        """Record the result of a chained invoke: if the caller may be suspending, when it has, or shows that it has not."""
        record = partial(super()._apply_chained_invoke_completion, parent_arn, *outcome)
        if self._invocation_gate(parent_arn) is not InvocationState.INVOKING:
            record()
            return
        held_back = self._unrecorded.setdefault(parent_arn, [])
        held_back.append(record)

        def record_late() -> None:
            # Those that a later invocation holds back have their own time.
            if self._unrecorded.get(parent_arn) is held_back:
                self._registry.submit(
                    parent_arn, CallableTask(lambda: self._record_ended_invokes(parent_arn))
                )

        self._scheduler.call_later(record_late, SUSPENDING_SECONDS)

    def _record_ended_invokes(self, arn: str) -> bool:
        """Record the results that were held back; False if there were none."""
        held_back = self._unrecorded.pop(arn, [])
        for record in held_back:
            record()
        return bool(held_back)

    def _checkpoint_execution(self, execution_arn: str, *request: Any) -> CheckpointDurableExecutionResponse:
        self._record_ended_invokes(execution_arn)
        return super()._checkpoint_execution(execution_arn, *request)

    def _begin_invocation(self, execution_arn: str) -> Any:
        claim = super()._begin_invocation(execution_arn)
        if claim is not None:
            self._begun[execution_arn] = datetime.now(UTC)
        return claim

    def _finish_invocation(
        self,
        execution_arn: str,
        invoke_response: InvokeResponse,
        invocation_start: datetime,
        invocation_end: datetime,
        invocation_seq: int | None = None,
    ) -> None:
        if error := invoke_response.invocation_output.error:
            self._record_failure(
                execution_arn, error, invocation_start, invocation_end, invoke_response.request_id
            )
        super()._finish_invocation(
            execution_arn, invoke_response, invocation_start, invocation_end, invocation_seq
        )
        self._invocation_ended(execution_arn)

    def _fail_after_invalid_output(
        self,
        execution_arn: str,
        error: ErrorObject,
        invocation_start: datetime,
        invocation_end: datetime,
        request_id: str | None,
    ) -> None:
        request_id = request_id or str(uuid.uuid4())
        self._record_failure(execution_arn, error, invocation_start, invocation_end, request_id)
        super()._fail_after_invalid_output(execution_arn, error, invocation_start, invocation_end, request_id)
        self._invocation_ended(execution_arn)

    def _fail_invocation_not_found(self, execution_arn: str, *more: Any) -> None:
        super()._fail_invocation_not_found(execution_arn, *more)
        self._invocation_ended(execution_arn)

    def _retry_after_timeout(self, execution_arn: str, *more: Any) -> None:
        super()._retry_after_timeout(execution_arn, *more)
        self._invocation_ended(execution_arn)

    def _retry_after_error(self, execution_arn: str, error: ErrorObject) -> None:
        """Record the invocation if the function failed, and try again unless its code cannot be loaded."""
        failure = function_error(error)
        if failure is None or not self._table.exists(execution_arn):
            super()._retry_after_error(execution_arn, error)
        else:
            now = datetime.now(UTC)
            begun = self._begun.get(execution_arn, now)
            request_id = self._handlers.take_failed_request(execution_arn)
            self._record_failure(execution_arn, failure, begun, now, request_id)
            if failure.type in UNLOADABLE and not self._table.load(execution_arn).is_complete:
                self._set_invocation_gate(execution_arn, InvocationState.PRE_INVOKE)
                self._fail_workflow(execution_arn, failure)
            else:
                super()._retry_after_error(execution_arn, failure)
        self._invocation_ended(execution_arn)

    def _record_failure(
        self, arn: str, error: ErrorObject, begun: datetime, ended: datetime, request_id: str
    ) -> None:
        """Record the invocation before the runner does, because the execution may end with it."""
        execution = self._table.load(arn)
        execution.record_invocation_completion(begun, ended, request_id)
        execution.note_error(error)
        self._table.save(execution)

    def _invocation_ended(self, arn: str) -> None:
        """Complete what had to wait for the end of the invocation in flight: a pause, and results of chained invokes."""
        self._begun.pop(arn, None)
        if arn in self._pausing:
            self._pausing.discard(arn)
            execution = self._table.load(arn)
            if execution.pause_in_force:
                execution.change_pause(begun=datetime.now(UTC))
                self._table.save(execution)
        if self._record_ended_invokes(arn):
            self._invoke_execution(arn)

    def _fire_due_operations(self, execution_arn: str) -> bool:
        """Complete what is due and invoke the handler, in one turn; False: the timer need not invoke it."""
        if super()._fire_due_operations(execution_arn):
            self._invoke_execution(execution_arn)
        return False

    def _retry_invocation(
        self, execution: runner.Execution, error: ErrorObject, max_attempts: int | None = None
    ) -> None:
        """Invoke again after a pause: without a limit while the disk is full, otherwise a limited number of times."""
        if is_no_space(error):
            self._invoke_execution(execution.durable_execution_arn, self.RETRY_BACKOFF_SECONDS)
        else:
            super()._retry_invocation(execution, error, max_attempts)
        # The retry replays them; recorded later, they would invoke the handler before the pause is over.
        self._record_ended_invokes(execution.durable_execution_arn)


def _seconds_left(execution: Execution) -> float:
    return (execution.times_out_at() - datetime.now(UTC)).total_seconds()
