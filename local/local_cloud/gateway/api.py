"""The durable execution APIs, answered by the runner in the form botocore's model gives them."""

import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.exceptions import AwsApiException, ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.model import CheckpointDurableExecutionRequest
from aws_durable_execution_sdk_python_testing.token import CallbackToken
from aws_durable_execution_sdk_python_testing.web.serialization import JSONSerializer

from local_cloud.gateway.asgi import Reply, Request
from local_cloud.gateway.aws_errors import AwsError, failed_constraint, invalid_parameter, not_found
from local_cloud.gateway.execution import Execution, Pause, status_of
from local_cloud.gateway.executor import DurableExecutor
from local_cloud.gateway.functions import Function, FunctionDirectory
from local_cloud.gateway.history import complete, page
from local_cloud.gateway.store import ExecutionTable, Query

InThread = Callable[..., Awaitable[Any]]

ARN = re.compile(
    r"arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+:(\$LATEST|\d+)/durable-execution/[\w-]+/[\w-]+"
)
STATUSES = ("RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "DELETING", "PAUSING", "PAUSED")
MAX_CALLBACK_BYTES = 1024 * 1024
MAX_REASON = 1024
CLIENT_TOKEN = re.compile(r"[\x21-\x7e]{1,64}")
MALFORMED = (KeyError, ValueError, TypeError, AttributeError)


class DurableApi:
    """Everything under /2025-12-01/."""

    def __init__(
        self, store: ExecutionTable, executor: DurableExecutor, functions: FunctionDirectory
    ) -> None:
        self._store = store
        self._executor = executor
        self._functions = functions

    async def answer(self, in_thread: InThread, request: Request) -> Reply:
        """Answer a request whose body has been read; what blocks runs by `in_thread`."""
        try:
            match request.method, request.segments[1:]:
                case "GET", ["functions", reference, "durable-executions"]:
                    function = await self._functions.resolve(
                        reference, request.value("Qualifier"), request.root_authorization
                    )
                    if function is None:
                        raise not_found(f"Function not found: {reference}")
                    query = _query(function, request)
                    # Executions run in one region only; a function of the same name elsewhere has none.
                    here = function.region == self._executor.region
                    summaries, marker = await in_thread(self._store.page, query) if here else ([], None)
                    answer = {"DurableExecutions": summaries, "NextMarker": marker}
                case _:
                    answer = await in_thread(self._call, request)
        except AwsApiException as error:
            code = error.to_dict().get("Type") or type(error).__name__
            raise AwsError(error.http_status_code, str(code), str(error)) from error
        filled = {key: value for key, value in answer.items() if value is not None}
        accepted = request.method == "DELETE" or request.segments[-1] in ("pause", "resume")
        code = 202 if accepted else 200
        return code, {"content-type": "application/json"}, JSONSerializer().to_bytes(filled)

    def _call(self, request: Request) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = {}
        body = request.content
        match request.method, request.segments[1:]:
            case "GET", ["durable-executions", arn]:
                answer = self._details(arn, with_data=_flag(request, "IncludeExecutionData", default=True))
            case "DELETE", ["durable-executions", arn]:
                answer = self._delete(arn)
            case "GET", ["durable-executions", arn, "history"]:
                answer = self._history(arn, request)
            case "GET", ["durable-executions", arn, "state"]:
                answer = self._state(arn, request)
            case "POST", ["durable-executions", arn, "checkpoint"]:
                answer = self._checkpoint(arn, body)
            case "POST", ["durable-executions", arn, "stop"]:
                answer = self._stop(arn, body)
            case "POST", ["durable-executions", arn, "pause"]:
                self._known(arn)
                self._executor.pause(arn, _pause(_object(body)))
            case "POST", ["durable-executions", arn, "resume"]:
                self._known(arn)
                self._executor.resume(arn, *_reason_and_token(_object(body)))
            case "POST", ["durable-execution-callbacks", callback, "succeed"]:
                self._open_callback(callback)
                self._executor.send_callback_success(callback, _text(body))
            case "POST", ["durable-execution-callbacks", callback, "fail"]:
                self._open_callback(callback)
                self._executor.send_callback_failure(callback, _error(body))
            case "POST", ["durable-execution-callbacks", callback, "heartbeat"]:
                self._open_callback(callback)
                self._executor.send_callback_heartbeat(callback)
            case _:
                raise AwsError(
                    404, "UnknownOperationException", "The local cloud does not serve this operation."
                )
        return answer

    def _known(self, arn: str, missing: Callable[[str], AwsError] = not_found) -> Execution:
        """The execution of this ARN. Checked first, because the runner starts a thread for any ARN."""
        if not ARN.fullmatch(arn):
            raise invalid_parameter("Invalid Durable Execution ARN")
        try:
            return self._store.load(arn)
        except ResourceNotFoundException as error:
            raise missing(f"Durable execution not found: {arn}") from error

    def _details(self, arn: str, *, with_data: bool) -> Mapping[str, Any]:
        execution = self._known(arn)
        details = self._executor.get_execution_details(arn).to_dict()
        start = execution.start_input
        details |= {
            "Status": status_of(execution),
            "ExecutionDataIncluded": with_data,
            "DurableConfig": {
                "ExecutionTimeout": start.execution_timeout_seconds,
                "RetentionPeriodInDays": start.execution_retention_period_days,
            },
        }
        if not execution.is_complete:
            details["ExpectedExecutionTimeoutTimestamp"] = execution.times_out_at()
        if pause := execution.pause_in_force:
            reason = {"Reason": pause.reason} if with_data and pause.reason is not None else {}
            details["PauseDetails"] = {
                "PauseRequestTimestamp": pause.requested,
                "ExecutionTimeoutPaused": pause.stops_timeout,
                **reason,
            }
        if not with_data:
            for payload in ("InputPayload", "Result", "Error"):
                details.pop(payload, None)
        return details

    def _history(self, arn: str, request: Request) -> Mapping[str, Any]:
        # Not _known for one that exists, because reading a long execution takes time.
        if not ARN.fullmatch(arn) or not self._store.exists(arn):
            self._known(arn)
        history = self._executor.get_execution_history(
            arn, include_execution_data=True, max_items=sys.maxsize
        )
        # Read after its events, so that nothing that they tell is missing here.
        execution = self._known(arn)
        with_data = _flag(request, "IncludeExecutionData", default=True)
        events = complete(history.to_dict()["Events"], execution, with_data=with_data)
        newest_first = _flag(request, "ReverseOrder")
        try:
            shown, marker = page(
                events, request.value("Marker"), _count(request) or 100, newest_first=newest_first
            )
        except ValueError as error:
            raise invalid_parameter("Invalid Marker") from error
        return {"Events": shown, "NextMarker": marker}

    def _state(self, arn: str, request: Request) -> Mapping[str, Any]:
        self._known(arn, invalid_parameter)
        return self._executor.get_execution_state(
            arn, request.value("CheckpointToken"), request.value("Marker"), _count(request)
        ).to_dict()

    def _checkpoint(self, arn: str, body: bytes) -> Mapping[str, Any]:
        self._known(arn, invalid_parameter)
        try:
            request = CheckpointDurableExecutionRequest.from_dict(_object(body), arn)
        except MALFORMED as error:
            raise invalid_parameter(f"Invalid checkpoint: {error}") from error
        return self._executor.checkpoint_execution(
            arn, request.checkpoint_token, request.updates, request.client_token
        ).to_dict()

    def _stop(self, arn: str, body: bytes) -> Mapping[str, Any]:
        execution = self._known(arn)
        if execution.is_complete:
            return {"StopTimestamp": execution.get_operation_execution_started().end_timestamp}
        return self._executor.stop_execution(arn, _error(body)).to_dict()

    def _delete(self, arn: str) -> Mapping[str, Any]:
        if not self._known(arn).is_complete:
            raise AwsError(409, "ResourceConflictException", "A running durable execution cannot be deleted.")
        self._store.delete(arn)
        return {"DeletionRequestTimestamp": datetime.now(UTC)}

    def _open_callback(self, callback_id: str) -> None:
        """Refuse a callback that is unknown or closed; the runner does not distinguish them."""
        unknown = not_found("Callback not found.")
        try:
            arn = CallbackToken.from_str(callback_id).execution_arn
            execution = self._known(arn)
            _, operation = execution.find_callback_operation(callback_id)
        except (*MALFORMED, AwsError, AwsApiException) as error:
            raise unknown from error
        if execution.is_complete or operation.status.value != "STARTED":
            raise AwsError(
                400,
                "CallbackTimeoutException",
                "The callback ID token has either expired or the callback associated with the token "
                "has already been closed.",
            )


def _flag(request: Request, name: str, *, default: bool = False) -> bool:
    value = request.value(name)
    return default if value is None else value.lower() == "true"


def _count(request: Request) -> int | None:
    """MaxItems, or None for the default, which 0 means as well."""
    value = request.value("MaxItems")
    if value is None:
        return None
    if not value.isdecimal() or int(value) > 1000:
        raise failed_constraint("maxItems", value[:20], "have value less than or equal to 1000")
    return int(value) or None


def _time(request: Request, name: str) -> float | None:
    value = request.value(name)
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError as error:
        raise invalid_parameter(f"Invalid {name}: {value[:40]}") from error


def _text(body: bytes) -> bytes:
    """The body, if it is UTF-8 within a callback's limit."""
    if len(body) > MAX_CALLBACK_BYTES:
        raise invalid_parameter(f"Payload size must be less than or equal to {MAX_CALLBACK_BYTES} bytes.")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise invalid_parameter("The payload is not UTF-8.") from error
    return body


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise AwsError(
            400, "InvalidRequestContentException", f"Could not parse request body: {error}"
        ) from error
    if not isinstance(value, dict):
        raise AwsError(400, "InvalidRequestContentException", "The request body is not a JSON object.")
    return value


def _error(body: bytes) -> ErrorObject | None:
    """The error that is the whole body, if there is a body."""
    value = _object(_text(body))
    return ErrorObject.from_dict(value) if value else None


def _pause(body: Mapping[str, Any]) -> Pause:
    """The pause that is requested; the execution's timeout stands still unless the request says otherwise."""
    reason, token = _reason_and_token(body)
    stops_timeout = body.get("ExecutionTimeoutPaused", True)
    if not isinstance(stops_timeout, bool):
        raise invalid_parameter("ExecutionTimeoutPaused must be a boolean.")
    return Pause(datetime.now(UTC), stops_timeout, reason, token)


def _reason_and_token(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    reason, token = body.get("Reason"), body.get("ClientToken")
    if reason is not None and not (isinstance(reason, str) and len(reason) <= MAX_REASON):
        raise failed_constraint("reason", str(reason)[:80], f"have length less than or equal to {MAX_REASON}")
    if token is not None and not (isinstance(token, str) and CLIENT_TOKEN.fullmatch(token)):
        raise failed_constraint(
            "clientToken", str(token)[:80], f"satisfy regular expression pattern: {CLIENT_TOKEN.pattern}"
        )
    return reason, token


def _query(function: Function, request: Request) -> Query:
    statuses = request.values("Statuses")
    for status in statuses:
        if status not in STATUSES:
            raise failed_constraint("statuses", status, f"satisfy enum value set: [{', '.join(STATUSES)}]")
    filters: dict[str, Any] = {
        "function": function.name,
        "account": function.account_id,
        "version": function.version if function.qualified else None,
        "name": request.value("DurableExecutionName"),
        "statuses": statuses,
        "started_after": _time(request, "StartedAfter"),
        "started_before": _time(request, "StartedBefore"),
        "oldest_first": _flag(request, "ReverseOrder"),
        "limit": _count(request) or 100,
    }
    try:
        return Query.marked(request.value("Marker"), **filters)
    except (*MALFORMED, RecursionError) as error:
        raise invalid_parameter("Invalid Marker") from error
