"""What the runner invokes: handlers, and the functions that they invoke themselves."""

import errno
import json
import os
import re
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.child_dispatcher import (
    FUNCTION_NOT_FOUND_ERROR_TYPE,
    ChainedInvokeRequest,
    ChildOutcome,
    DispatchResult,
    FunctionTarget,
    KnownOutcome,
    RunInvocation,
    StartChild,
    failed_to_start,
    function_not_found,
    invoke_function,
)
from aws_durable_execution_sdk_python_testing.invoker import INVOCATION_MARKER_HEADER, LambdaInvoker
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from botocore.config import Config

from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.functions import DurableConfig, Function
from local_cloud.gateway.lambda_actions import function_arn
from local_cloud.gateway.permissions import INVOKE, role_refusal

HANDLER_TIMEOUT = 900
MARK = secrets.token_hex(16)
NO_SPACE = re.compile(
    rf'{{"errorMessage": "\[Errno ({errno.ENOSPC}|{errno.EDQUOT})\] .*", "errorType": "OSError"}}$'
)
FUNCTION_ERROR = re.compile(r"Lambda invocation failed with status \d+: (\{.*\})$", re.DOTALL)
UNQUALIFIED = "You cannot invoke a durable function using an unqualified ARN."

Resolve = Callable[[str, str | None], Function | None]


@dataclass(frozen=True)
class RunnerSettings:
    """Where the runner finds the handlers, and how many of them may run at once."""

    endpoint: str
    region: str
    concurrency: int


class Invoker(LambdaInvoker):
    """Invokes handlers, each in its account. Each is a process of this machine, so those above the limit wait."""

    def __init__(self, settings: RunnerSettings) -> None:
        super().__init__(None, endpoint_url=settings.endpoint, region_name=settings.region)
        self._settings = settings
        self._slots = threading.BoundedSemaphore(settings.concurrency)
        self._clients: dict[tuple[str, bool], Any] = {}
        self._making = threading.Lock()
        self._answered = threading.local()
        self._failed: dict[str, str] = {}

    def invoke(self, *args: Any, **kwargs: Any) -> Any:
        """Invoke a handler as soon as fewer than the limit run."""
        arn = args[1].durable_execution_arn
        self._failed.pop(arn, None)
        with self._slots:
            self._answered.request_id = None
            try:
                return super().invoke(*args, **kwargs)
            except Exception:
                # The runner's exceptions do not say which invocation it was.
                if self._answered.request_id:
                    self._failed[arn] = self._answered.request_id
                raise

    def take_failed_request(self, execution_arn: str) -> str:
        """The request ID of the execution's invocation that has failed."""
        return self._failed.pop(execution_arn, None) or str(uuid.uuid4())

    def _get_client_for_execution(self, durable_execution_arn: str, *_: Any, **__: Any) -> Any:
        return self._client(durable_execution_arn, marked=True)

    def unmarked_client_for(self, durable_execution_arn: str) -> Any:
        """The client that invokes plain functions for an execution."""
        return self._client(durable_execution_arn, marked=False)

    def _client(self, execution_arn: str, *, marked: bool) -> Any:
        """The client of an account, whose id is its root's access key. The runner's own clients are for one account."""
        account = execution_arn.split(":")[4]
        with self._making:
            if (account, marked) not in self._clients:
                settings = Config(read_timeout=HANDLER_TIMEOUT + 60, retries={"max_attempts": 0})
                client = boto3.client(
                    "lambda",
                    endpoint_url=self._settings.endpoint,
                    region_name=self._settings.region,
                    aws_access_key_id=account,
                    aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
                    config=settings,
                )
                if marked:
                    client.meta.events.register("before-call.lambda.Invoke", _mark)
                    client.meta.events.register("after-call.lambda.Invoke", self._note_answer)
                self._clients[account, marked] = client
            return self._clients[account, marked]

    def _note_answer(self, parsed: dict[str, Any], **_: Any) -> None:
        """Note the invocation's ID; called on the thread of the call."""
        self._answered.request_id = (parsed.get("ResponseMetadata") or {}).get("RequestId")


def _mark(params: dict[str, Any], **_: Any) -> None:
    params.setdefault("headers", {})[INVOCATION_MARKER_HEADER] = MARK


def is_of_runner(headers: Mapping[str, str]) -> bool:
    """Whether the runner itself invokes a handler, with the state of an execution as its event.

    The mark is this process's own: whoever may start executions could otherwise give a handler a history that never was.
    """
    return secrets.compare_digest(headers.get(INVOCATION_MARKER_HEADER.lower(), "").encode(), MARK.encode())


class Dispatcher:
    """Resolves the targets of chained invokes when they are called, and pins durable ones."""

    def __init__(self, resolve: Resolve, client: Callable[[str], Any]) -> None:
        self._resolve = resolve
        self._client = client

    def preflight(self, target: FunctionTarget) -> ChildOutcome | None:
        """The error with which the checkpoint fails the operation; None if there is none."""
        function = self._find(target.name, target.qualifier, target.account_id)
        if isinstance(function, Function):
            return None
        # A name without an account is one of the caller's account, which is known only when it is called.
        error = function.outcome.error
        unknown = error is not None and error.type == FUNCTION_NOT_FOUND_ERROR_TYPE
        return None if unknown and target.account_id is None else function.outcome

    def dispatch(self, request: ChainedInvokeRequest) -> DispatchResult:
        """Start a child execution, or run a plain function once."""
        function = self._find(request.function_name, request.qualifier, request.account_id)
        if not isinstance(function, Function):
            return function
        if reason := self._refusal(request, function):
            return failed_to_start(reason, "AccessDeniedException")
        if function.durable:
            start = start_input(function, function.durable, request.payload, tenant_id=request.tenant_id)
            return StartChild(start)
        client = self._client(request.parent_execution_arn)
        target, payload, tenant = request.invoke_identifier(), request.payload, request.tenant_id
        return RunInvocation(lambda: invoke_function(client, target, payload, tenant, HANDLER_TIMEOUT))

    def _refusal(self, request: ChainedInvokeRequest, target: Function) -> str | None:
        """Why the calling function's role may not invoke the target by the name in the handler; None if it may."""
        caller = self._resolve(request.parent_execution_arn.partition("/")[0], None)
        if caller is None:
            return f"Function not found: {request.parent_execution_arn}"
        arn = function_arn(request.invoke_identifier(), None, target.account_id, target.region)
        return role_refusal(caller, INVOKE, arn)

    def _find(self, name: str, qualifier: str | None, account: str | None) -> Function | KnownOutcome:
        reference = name if account is None else f"{account}:function:{name}"
        try:
            function = self._resolve(reference, qualifier)
        except AwsError as error:
            return failed_to_start(error.message, error.code)
        if function is None:
            return function_not_found(name)
        if function.durable and not function.qualified:
            return failed_to_start(UNQUALIFIED, "InvalidParameterValueException")
        return function


def is_no_space(error: ErrorObject) -> bool:
    """Whether an invocation failed because the control plane could not unpack the handler's code on a full disk.

    An error of the handler itself has another type.
    """
    return bool(error.message and NO_SPACE.search(error.message))


def function_error(error: ErrorObject) -> ErrorObject | None:
    """The function's own error, which the runner quotes in one of its own; None if the function was not to blame."""
    quoted = FUNCTION_ERROR.search(error.message or "")
    if quoted is None or is_no_space(error):
        return None
    try:
        payload = json.loads(quoted[1])
    except ValueError:
        return None
    return ErrorObject(
        message=payload.get("errorMessage"),
        type=payload.get("errorType"),
        data=None,
        stack_trace=payload.get("stackTrace") or None,
    )


def start_input(
    function: Function,
    durable: DurableConfig,
    payload: str | None,
    *,
    name: str | None = None,
    tenant_id: str | None = None,
) -> StartDurableExecutionInput:
    """The runner's request to start an execution pinned to `function`'s version."""
    return StartDurableExecutionInput(
        account_id=function.account_id,
        function_name=function.name,
        function_qualifier=function.version,
        execution_name=name or str(uuid.uuid4()),
        execution_timeout_seconds=durable.execution_timeout,
        execution_retention_period_days=durable.retention_days,
        invocation_id=str(uuid.uuid4()),
        tenant_id=tenant_id,
        input=payload,
    )
