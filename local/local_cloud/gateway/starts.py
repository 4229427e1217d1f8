"""Lambda's rules for starting a durable execution, by an Invoke request or a trigger."""

import threading

from aws_durable_execution_sdk_python_testing.executor import Executor
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput

from local_cloud.gateway.aws_errors import AwsError, invalid_parameter
from local_cloud.gateway.functions import DurableConfig, Function
from local_cloud.gateway.invocations import UNQUALIFIED, start_input
from local_cloud.gateway.store import ExecutionTable

MAX_SYNC_SECONDS = 900


class Starts:
    """Starts executions; `start` may block for some milliseconds and is called off the event loop."""

    def __init__(self, store: ExecutionTable, executor: Executor) -> None:
        self._store = store
        self._executor = executor
        self._naming = threading.Lock()

    def check(self, function: Function, kind: str) -> DurableConfig:
        """Return the function's durable configuration, if an invocation of this AWS type may start an execution of it.

        Raises:
            AwsError: it may not, by Lambda's rules, or the function is in a region that the runner does not drive.
        """
        if function.durable is None:
            raise ValueError(f"{function.name} is not durable")
        if not function.qualified:
            raise invalid_parameter(UNQUALIFIED)
        if function.region != self._executor.region:
            raise invalid_parameter(
                f"The local cloud runs durable functions in {self._executor.region} only; "
                f"{function.name} is in {function.region}."
            )
        if kind == "RequestResponse" and function.durable.execution_timeout > MAX_SYNC_SECONDS:
            raise invalid_parameter(
                "You cannot synchronously invoke a durable function with an executionTimeout "
                "greater than 15 minutes."
            )
        return function.durable

    def start(
        self,
        function: Function,
        durable: DurableConfig,
        name: str | None,
        payload: str,
        asynchronous: bool = False,
    ) -> str:
        """Start an execution and return its ARN; the same name and payload give the same execution.

        If an `asynchronous` execution does not succeed, its event goes to the function's dead letter target.
        """
        start = start_input(function, durable, payload, name=name)
        target = function.dead_letter_target if asynchronous else None
        if name is None:
            return self._start(start, target)
        with self._naming:
            existing = self._store.by_name(function.account_id, function.name, name)
            if existing is None:
                return self._start(start, target)
        if existing.start_input.input != payload:
            raise AwsError(
                409,
                "DurableExecutionAlreadyStartedException",
                f"Durable execution with name {name} already exists with a different payload.",
            )
        return str(existing.durable_execution_arn)

    def _start(self, start: StartDurableExecutionInput, dead_letter_target: str | None) -> str:
        if dead_letter_target:
            # Before the start: a crash in between leaves a target without an execution, and never loses an event.
            self._store.add_dead_letter_target(start, dead_letter_target)
        return str(self._executor.start_execution(start).execution_arn)
