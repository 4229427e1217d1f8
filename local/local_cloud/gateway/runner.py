"""AWS's durable runner inside the server process, which drives executions."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from aws_durable_execution_sdk_python_testing.checkpoint.processor import CheckpointProcessor
from aws_durable_execution_sdk_python_testing.scheduler import Event, Scheduler
from aws_durable_execution_sdk_python_testing.worker.registry import ExecutionRegistry

from local_cloud.gateway.executor import DurableExecutor
from local_cloud.gateway.invocations import HANDLER_TIMEOUT, Dispatcher, Invoker, Resolve, RunnerSettings
from local_cloud.gateway.recovery import Recovery
from local_cloud.gateway.store import ExecutionTable


class _Scheduler(Scheduler):
    """AWS's scheduler, which logs every task that fails. It would only notify whoever waits for the event, and nobody does."""

    def call_later(
        self,
        func: Callable[[], Any],
        delay: float = 0,
        count: int | None = 1,
        completion_event: Event | None = None,
    ) -> Future[Any]:
        """Schedule a call without an event, so that its failure is logged."""
        return super().call_later(func, delay, count)


class DurableRunner:
    """The parts of AWS's runner, put together around this cloud's store and functions.

    AWS's WebRunner has the same parts, but accepts neither a store nor a dispatcher, so it cannot pin executions
    to versions or find functions that are deployed later. Every method may block for some milliseconds and is
    called off the event loop.
    """

    def __init__(self, store: ExecutionTable, resolve: Resolve, settings: RunnerSettings) -> None:
        self.store = store
        self._scheduler = _Scheduler()
        self._registry = ExecutionRegistry(store, self._scheduler)
        checkpoints = CheckpointProcessor(store, self._scheduler)
        invoker = Invoker(settings)
        self.executor = DurableExecutor(
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
        self.recovery = Recovery(store, self.executor, self._scheduler, self._registry)

    def start(self) -> None:
        """Start the timers."""
        self.store.purge()
        self._scheduler.start()  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Accept no more results of handlers; the next start resumes what is running."""
        self.store.stop_waiting()
        self.executor.shutdown()

    def stop(self) -> None:
        """Stop the timers of a runner that is closed."""
        self._registry.shutdown()
        self._scheduler.stop()  # type: ignore[no-untyped-call]
        self.store.close()
