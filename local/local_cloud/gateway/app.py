"""The gateway: AWS's rules for durable functions, in front of the control plane.

Invokes of durable functions and the durable execution APIs end here, if the caller may make them
(permissions.py); every other request passes to the control plane untouched, and so does the invocation of
a handler by the runner, which a header marks. What would make a durable function a trigger's target is
checked on the way (admission.py).
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from aws_durable_execution_sdk_python_testing.execution import Execution, ExecutionStatus

from local_cloud.gateway import admission, function_urls, operations
from local_cloud.gateway.api import DurableApi
from local_cloud.gateway.asgi import MAX_API_BYTES, Handler, Reply, Request, Send, answer, fault, refusal
from local_cloud.gateway.aws_errors import AwsError, failed_constraint, invalid_parameter
from local_cloud.gateway.executor import DurableExecutor
from local_cloud.gateway.functions import Function, FunctionDirectory
from local_cloud.gateway.invocations import is_of_runner
from local_cloud.gateway.permissions import request_refusal
from local_cloud.gateway.starts import Starts
from local_cloud.gateway.store import ExecutionTable
from local_cloud.process import HEALTH

P = ParamSpec("P")
T = TypeVar("T")
DURABLE_API = "2025-12-01"
EXECUTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")

MAX_SYNC_BYTES = 6 * 1024 * 1024
MAX_RESULT_BYTES = 6_291_556
"""The size limit of a response: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and its error."""
MAX_ASYNC_BYTES = 1024 * 1024


class Gateway:
    """Serves the local cloud's requests.

    `control_plane` takes what is not durable; `on_change` is called after a request that may have
    changed it; `health` gives the body of the health endpoint.
    """

    def __init__(
        self,
        control_plane: Handler,
        functions: FunctionDirectory,
        store: ExecutionTable,
        executor: DurableExecutor,
        *,
        on_change: Callable[[], None] = lambda: None,
        health: Callable[[], Awaitable[dict[str, Any]]],
    ) -> None:
        self._control_plane = control_plane
        self._functions = functions
        self._store = store
        self._starts = Starts(store, executor)
        self._api = DurableApi(store, executor, functions)
        self._on_change = on_change
        self._health = health
        self._closed: dict[str, asyncio.Future[None]] = {}
        # The runner's calls block for milliseconds each; in a pool of their own they do not wait for the control plane's.
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="durable-api")
        store.on_closed = self._announce

    async def __call__(self, request: Request, send: Send) -> None:
        """Serve one request."""
        try:
            # The cloud's own paths are no operations of AWS's, and what a function's URL gets is its handler's.
            if not request.path.startswith("/_"):
                await operations.check(request)
            reply = function_urls.refusal(request)
            if request.is_foreign:
                await request.body(None)
                reply = request_refusal(request) or await admission.refused_role(request)
                request = request.of_owner()
            reply = reply or await self._route(request)
        except AwsError as error:
            reply = refusal(error)
        except Exception:
            reply = fault(request)
        if reply is None:
            await self._control_plane(request, send)
            if _may_change(request):
                self._on_change()
            return
        await answer(send, reply)

    async def _route(self, request: Request) -> Reply | None:
        """The response, or None for a request that the control plane serves."""
        if request.path == HEALTH:
            return 200, {"content-type": "application/json"}, json.dumps(await self._health()).encode()
        if request.segments[:1] == [DURABLE_API]:
            await request.body(MAX_API_BYTES)
            return request_refusal(request) or await self._api.answer(self._in_thread, request)
        if request.is_of_lambda and (
            request.action is None or any(not each or "/" in each for each in request.segments)
        ):
            # The control plane would serve many a path that looks like one of Lambda's, and authorize none of them.
            raise AwsError(
                404, "UnknownOperationException", f"{request.path[:80]!r} is no operation of Lambda."
            )
        if request.is_of_lambda and request.action == "InvokeFunction" and _invoked(request) is None:
            await self._refuse_durable(request)
        if refused := await admission.check(request, self._functions):
            return refused
        reference = _invoked(request)
        if reference is None or is_of_runner(request.headers):
            return None
        function = await self._functions.resolve(
            reference, request.value("Qualifier"), request.root_authorization
        )
        if function is None or function.durable is None:
            return None
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        await request.body(MAX_ASYNC_BYTES if kind == "Event" else MAX_SYNC_BYTES)
        return request_refusal(request) or await self._serve_invoke(function, kind, request)

    async def _refuse_durable(self, request: Request) -> None:
        """Refuse to stream a durable function's response, and the old way to invoke it: no execution would be started."""
        function = await self._functions.resolve(
            request.segments[2], request.value("Qualifier"), request.root_authorization
        )
        if function is not None and function.durable is not None:
            raise invalid_parameter("Durable functions are invoked by Invoke only.")

    async def _serve_invoke(self, function: Function, kind: str, request: Request) -> Reply:
        name = request.headers.get("x-amz-durable-execution-name")
        if kind not in ("Event", "RequestResponse", "DryRun"):
            raise failed_constraint(
                "invocationType", kind, "satisfy enum value set: [Event, RequestResponse, DryRun]"
            )
        if name is not None and not EXECUTION_NAME.fullmatch(name):
            raise failed_constraint(
                "durableExecutionName", name[:80], "satisfy regular expression pattern: [a-zA-Z0-9-_]{1,64}"
            )
        return await self.invoke(function, kind, _payload(request.content), name)

    async def invoke(self, function: Function, kind: str, payload: str, name: str | None = None) -> Reply:
        """Start an execution of a durable function, and for a synchronous caller wait until it has ended.

        `kind` is AWS's invocation type. Triggers call this as well as Invoke requests.
        """
        durable = self._starts.check(function, kind)
        headers = {"x-amz-executed-version": function.version}
        if kind == "DryRun":
            return 204, headers, b""
        asynchronous = kind == "Event"
        arn = await self._in_thread(self._starts.start, function, durable, name, payload, asynchronous)
        headers["x-amz-durable-execution-arn"] = arn
        if asynchronous:
            return 202, headers, b""
        return _result(await self._ended(arn), headers)

    async def _ended(self, arn: str) -> Execution:
        """Wait until the execution has ended, without a thread: the store announces the end."""
        closed = self._closed.setdefault(arn, asyncio.get_running_loop().create_future())
        execution = await self._in_thread(self._store.load, arn)
        if not execution.is_complete:
            await asyncio.wait([closed])
            execution = await self._in_thread(self._store.load, arn)
        self._closed.pop(arn, None)
        if not execution.is_complete:
            raise AwsError(
                503,
                "ServiceException",
                f"The local cloud is stopping; {arn} resumes when it is started again.",
            )
        return execution

    def release(self) -> None:
        """Respond to all that wait for an execution, before the server ends."""
        for arn in list(self._closed):
            self._announce(arn)

    def _announce(self, arn: str) -> None:
        """Wake all that wait for this execution; called on the runner's threads."""
        if closed := self._closed.pop(arn, None):
            closed.get_loop().call_soon_threadsafe(closed.set_result, None)

    async def _in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: call(*args, **kwargs))


def _invoked(request: Request) -> str | None:
    """The function, as it is named, that the request invokes; None for every other request."""
    match request.method, request.segments:
        case "POST", ["2015-03-31", "functions", reference, "invocations"]:
            return reference
        case _:
            return None


def _may_change(request: Request) -> bool:
    """Whether a request that the control plane has served may have changed its resources; an invoke changes none."""
    _, _, operation = request.headers.get("x-amz-target", "").rpartition(".")
    return (
        request.method not in ("GET", "HEAD")
        and _invoked(request) is None
        and not operation.startswith(("Describe", "Filter", "List"))
    )


def _payload(body: bytes) -> str:
    """The event as text: only JSON is accepted, and no payload is an empty object."""
    try:
        text = body.decode()
        if text.strip():
            json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AwsError(
            400, "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error
    return text if text.strip() else "{}"


def _result(execution: Execution, headers: dict[str, str]) -> Reply:
    """The response to a synchronous caller: the result, or the error in Lambda's form."""
    headers["content-type"] = "application/json"
    outcome = execution.result
    succeeded = outcome and execution.current_status() is ExecutionStatus.SUCCEEDED
    result = ((outcome and outcome.result) or "null").encode()
    if succeeded and len(result) <= MAX_RESULT_BYTES:
        return 200, headers, result
    headers["x-amz-function-error"] = "Unhandled"
    error = outcome.error.to_dict() if outcome and outcome.error else {}
    if succeeded:
        # The execution has succeeded and keeps its result, but Lambda cannot return it.
        error = {
            "ErrorType": "Function.ResponseSizeTooLarge",
            "ErrorMessage": f"Response payload size exceeded maximum allowed payload size ({MAX_RESULT_BYTES} bytes).",
        }
    # ErrorMessage becomes errorMessage, and so on.
    body = {name[0].lower() + name[1:]: value for name, value in error.items()}
    return 200, headers, json.dumps(body).encode()
