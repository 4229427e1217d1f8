"""What the layers of the server have in common: requests that are read and passed on, and answers."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from local_cloud.gateway.aws_errors import AwsError, too_large

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Reply = tuple[int, dict[str, str], bytes]

log = logging.getLogger(__name__)


class Request:
    """A request's body, which the next layer can still receive after it was read here."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._body: bytes | None = None
        self._handed_on = False

    async def body(self, limit: int | None) -> bytes:
        """The whole body; 413 beyond `limit` bytes, without a limit for None."""
        if self._body is None:
            self._body = await self._read(limit)
        if limit is not None and len(self._body) > limit:
            raise too_large(limit)
        return self._body

    async def _read(self, limit: int | None) -> bytes:
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise AwsError(400, "InvalidRequestContentException", "The request ended before its body.")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if limit is not None and size > limit:
                raise too_large(limit)
            more = bool(message.get("more_body"))
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def receive(self) -> Message:
        """The next message, from the start."""
        if self._body is None or self._handed_on:
            return await self._receive()
        self._handed_on = True
        return {"type": "http.request", "body": self._body, "more_body": False}


async def answer(send: Send, reply: Reply) -> None:
    """Send a whole answer."""
    status, headers, body = reply
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def refusal(error: AwsError) -> Reply:
    """An error as an answer."""
    return error.status, error.headers(), error.body()


def fault(scope: Scope) -> Reply:
    """The answer to a request that an exception of the cloud's own broke off; call it where that is handled."""
    log.exception("%s %s failed", scope["method"], scope["path"])
    return refusal(AwsError(500, "ServiceException", "The local cloud failed; see its log."))
