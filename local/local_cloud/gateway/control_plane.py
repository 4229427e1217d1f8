"""The control plane, made to answer where it does not expect what a request says.

It takes a request's members for what they should be, and breaks off where one is something else: a list for an object, a
number for a name. Callers are told so, in AWS's form, and the log has the place; a traceback is of use to nobody.
"""

import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import App, Handler, Message, Request, Send, answer, refusal
from local_cloud.gateway.aws_errors import AwsError

UNEXPECTED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python raises for a value of another kind; not what a fault of the machine raises."""

Answer = tuple[int, dict[str, str], Any]
ServiceHandler = Callable[..., Awaitable[Answer]]

log = logging.getLogger(__name__)


def guarded(control_plane: App) -> Handler:
    """The control plane, which answers as well where it breaks off before it has found the service."""

    async def serve(request: Request, send: Send) -> None:
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await control_plane(request.scope, request.receive, noted)
        except UNEXPECTED as error:
            if begun:
                raise
            await answer(send, refusal(AwsError(400, "SerializationException", _told(error))))

    return serve


def install() -> None:
    """Let each service answer for itself."""
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
            return _refusal(service, headers, _told(error))

    return handle


def _is_json(headers: dict[str, str]) -> bool:
    """Whether the service reads the body as JSON, and not as somebody's data."""
    return "x-amz-target" in headers and "json" in headers.get("content-type", "json")


def _refusal(service: str, headers: dict[str, str], message: str) -> Answer:
    """The refusal in the form that the service's clients read."""
    _, answered, body = emulator.access_denied_response(
        service,
        "",
        "",
        str(uuid.uuid4()),
        error_code="SerializationException",
        message=message,
        headers=headers,
    )
    return 400, answered, body


def _told(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"
    what = f"{type(error).__name__}: {error}"[:200]
    log.warning("a request was not understood at %s: %s", place, what)
    return f"The request could not be understood by the local cloud ({what})."
