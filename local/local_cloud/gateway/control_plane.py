"""The control plane, with error responses for requests of unexpected form.

It does not check the types of a request's members, and raises an exception for a list in place of an object, or a number
in place of a name. The caller gets AWS's form of an error, and the log has the place instead of a traceback.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import App, Handler, Message, Request, Send, answer, refusal, refusal_of
from local_cloud.gateway.aws_errors import AwsError

UNEXPECTED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python raises for a value of another type, and not for a failure of the machine."""

Answer = tuple[int, dict[str, str], Any]
ServiceHandler = Callable[..., Awaitable[Answer]]

log = logging.getLogger(__name__)


def guarded(control_plane: App) -> Handler:
    """The control plane, with a response also if it fails before it has found the service."""

    async def serve(request: Request, send: Send) -> None:
        responding = False

        async def note_and_send(message: Message) -> None:
            nonlocal responding
            responding = True
            await send(message)

        try:
            await control_plane(request.scope, request.receive, note_and_send)
        except UNEXPECTED as error:
            if responding:
                raise
            await answer(send, refusal(AwsError(400, "SerializationException", _described(error))))

    return serve


def install() -> None:
    """Give each service error responses in its own form."""
    handlers = emulator.service_handlers.value
    for service, handler in handlers.items():
        handlers[service] = _answering(service, handler)


def _answering(service: str, handler: ServiceHandler) -> ServiceHandler:
    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Answer:
        try:
            if _is_json(headers) and body and not isinstance(json.loads(body), dict):
                return _refusal(service, headers, "The request body is not a JSON object.")
            return await handler(method, path, headers, body, query)
        except UNEXPECTED as error:
            return _refusal(service, headers, _described(error))

    return handle


def _is_json(headers: dict[str, str]) -> bool:
    """Whether the body is a JSON document for the service, and not a caller's data."""
    return "x-amz-target" in headers and "json" in headers.get("content-type", "json")


def _refusal(service: str, headers: dict[str, str], message: str) -> Answer:
    return refusal_of(service, headers, AwsError(400, "SerializationException", message))


def _described(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    problem = f"{type(error).__name__}: {error}"[:200]
    log.warning("a request was not understood at %s: %s", place, problem)
    return f"The request could not be understood by the local cloud ({problem})."
