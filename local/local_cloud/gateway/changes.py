"""Starts and ends of executions, passed on to listeners."""

import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from aws_durable_execution_sdk_python_testing.execution import Execution

from local_cloud.gateway.store import ExecutionTable

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StatusChange:
    """An execution that has started or ended."""

    execution_arn: str
    execution_name: str
    status: str
    started: datetime | None
    ended: datetime | None
    """None: it has just started."""
    operations: int
    """The number of steps, waits, callbacks and invokes so far."""
    running: int
    """How many executions of all functions run now."""

    @property
    def function_arn(self) -> str:
        """The version that it runs."""
        return self.execution_arn.partition("/")[0]

    @property
    def function_name(self) -> str:
        """The function's bare name."""
        return self.execution_arn.split(":")[6]

    @property
    def scope(self) -> tuple[str, str]:
        """Account and region."""
        _, _, _, region, account, *_ = self.execution_arn.split(":")
        return account, region


Listener = Callable[[StatusChange], None]


class StatusChanges:
    """Calls the listeners for each change, in order, on a thread of its own: no execution waits for them."""

    def __init__(self, store: ExecutionTable, listeners: Sequence[Listener]) -> None:
        self._store = store
        self._listeners = listeners
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="status-changes")
        store.on_status = self._changed

    def submit(self, call: Callable[[], None]) -> None:
        """Run a listener's own task on that thread."""
        # After `stop`, submitting raises an error; an execution that ends at that moment must not fail because of it.
        with contextlib.suppress(RuntimeError):
            self._thread.submit(_guarded, call)

    def stop(self) -> None:
        """Pass on no more changes."""
        self._thread.shutdown(cancel_futures=True)

    def _changed(self, execution: Execution) -> None:
        operation = execution.get_operation_execution_started()
        change = StatusChange(
            execution_arn=execution.durable_execution_arn,
            execution_name=execution.start_input.execution_name,
            status=execution.current_status().value,
            started=operation.start_timestamp,
            ended=operation.end_timestamp,
            # The first of them is the execution itself.
            operations=len(execution.operations) - 1,
            running=self._store.count_running(),
        )
        for listener in self._listeners:
            self.submit(partial(listener, change))


def _guarded(call: Callable[[], None]) -> None:
    try:
        call()
    except Exception:
        log.exception("a status change was not passed on")
