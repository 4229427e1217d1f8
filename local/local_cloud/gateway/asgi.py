"""What the layers of the server have in common: the request, which is decoded once, and responses."""

import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import Context
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, quote, unquote

from local_cloud.gateway import emulator, lambda_actions
from local_cloud.gateway.aws_errors import AwsError, too_large
from local_cloud.gateway.emulator import iam_evaluator, responses, router, sigv4
from local_cloud.gateway.functions import own_authorization

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Reply = tuple[int, dict[str, str], bytes]

MAX_API_BYTES = 8 * 1024 * 1024
OWNED_ARN = re.compile(r"arn:[\w-]+:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:")
SIGNING_HEADERS = (b"authorization", b"x-amz-date", b"x-amz-security-token", b"x-amz-content-sha256")
SIGNING_PARAMETERS = b"x-amz-"

log = logging.getLogger(__name__)


class Request:
    """An HTTP request. A layer may read the body, and the next one still receives it."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        raw_path = scope.get("raw_path") or self.path.encode()
        self.raw_path = raw_path.decode("latin-1").partition("?")[0]
        """The path as sent: an ARN in it keeps its encoded slashes."""
        self.query = parse_qs(scope["query_string"].decode(errors="replace"), keep_blank_values=True)
        self.headers: dict[str, str] = {}
        """By lower-case names; a header that is sent twice has both values, separated by a comma."""
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1").lower(), sigv4.decode_header_value(raw_value)
            self.headers[name] = f"{self.headers[name]},{value}" if name in self.headers else value
        self.content = b""
        """The body, once `body` has read it."""
        self._receive = receive
        self._read = False
        self._handed_on = False

    @cached_property
    def segments(self) -> list[str]:
        """The segments of the path, decoded; a slash at its end adds none."""
        return [unquote(segment) for segment in self.raw_path.removesuffix("/").split("/")[1:]]

    @cached_property
    def canonical_path(self) -> str:
        """The path with each segment encoded in one way, so that it cannot be authorized as one thing and served as another."""
        return "/" + "/".join(quote(segment, safe="") for segment in self.segments)

    @cached_property
    def service(self) -> str:
        """The service that it is for, as the control plane names services."""
        return str(router.detect_service(self.method, self.raw_path, self.headers, self.query))

    @cached_property
    def function_url(self) -> str | None:
        """The id of the function URL that it is for, by its Host or by its path."""
        url = emulator.url_of_request(self.headers.get("host", ""), self.path)
        return url and str(url[0])

    @property
    def is_of_lambda(self) -> bool:
        """Whether Lambda's API serves it; the cloud's own paths begin with an underscore."""
        return self.service == "lambda" and not (self.path.startswith("/_") or self.function_url)

    @cached_property
    def caller(self) -> tuple[str, str]:
        """The caller's account and region, by the access key that the request is signed with."""
        return Context().run(self._caller)

    def _caller(self) -> tuple[str, str]:
        key = router.extract_access_key_id(self.headers, self.query)
        owner = iam_evaluator.find_iam_access_key_account(key) if emulator.authorizes.value else None
        responses.set_request_account_id(owner or key)
        responses.set_request_region(router.extract_region(self.headers, self.query))
        return responses.get_account_id(), responses.get_region()

    @cached_property
    def root_authorization(self) -> str:
        """The header with which the gateway calls the control plane as the root of the caller's account."""
        return own_authorization(*self.caller)

    @cached_property
    def action(self) -> str | None:
        """Lambda's action for IAM, without its prefix; None for what is not an operation of Lambda."""
        return lambda_actions.action_of(self.method, self.canonical_path)

    @cached_property
    def resource(self) -> str | None:
        """The ARN that Lambda's action is authorized on; None where the request names none.

        Raises:
            AwsError: the function's name is not valid.
        """
        return lambda_actions.resource_of(self.canonical_path, self.query, *self.caller)

    @cached_property
    def is_foreign(self) -> bool:
        """Whether it is for a function or an execution of another account than the caller's."""
        named = self.is_of_lambda and self.action
        owner = OWNED_ARN.match(self.resource or "") if named else None
        return owner is not None and owner["account"] != self.caller[0]

    def of_owner(self) -> "Request":
        """The same request by the root of the account whose function or execution it is for, which is let in here only."""
        owner = OWNED_ARN.match(self.resource or "")
        if owner is None:
            return self
        authorization = own_authorization(owner["account"], owner["region"]).encode()
        others = [each for each in self.scope["headers"] if each[0].lower() not in SIGNING_HEADERS]
        query = b"&".join(
            each
            for each in self.scope["query_string"].split(b"&")
            if not each.lower().startswith(SIGNING_PARAMETERS)
        )
        scope = {
            **self.scope,
            "headers": [*others, (b"authorization", authorization)],
            "query_string": query,
        }
        return Request(scope, self.receive)

    def values(self, parameter: str) -> list[str]:
        """The values of a query parameter that are not empty."""
        return [value for value in self.query.get(parameter, []) if value]

    def value(self, parameter: str) -> str | None:
        """The first value of a query parameter; None if it has none."""
        return next(iter(self.values(parameter)), None)

    async def members(self, limit: int = MAX_API_BYTES) -> dict[str, Any]:
        """The JSON object that is the body; empty for any other body, which the control plane refuses."""
        try:
            members = json.loads(await self.body(limit))
        except (ValueError, RecursionError):
            return {}
        return members if isinstance(members, dict) else {}

    async def body(self, limit: int | None) -> bytes:
        """The whole body; 413 beyond `limit` bytes, without a limit for None."""
        if not self._read:
            self.content = await self._whole(limit)
            self._read = True
        if limit is not None and len(self.content) > limit:
            raise too_large(limit)
        return self.content

    async def _whole(self, limit: int | None) -> bytes:
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
        """The next ASGI message; the body comes from the start."""
        if not self._read or self._handed_on:
            return await self._receive()
        self._handed_on = True
        return {"type": "http.request", "body": self.content, "more_body": False}


Handler = Callable[[Request, Send], Awaitable[None]]


async def answer(send: Send, reply: Reply) -> None:
    """Send a whole response."""
    status, headers, body = reply
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def refusal(error: AwsError) -> Reply:
    """An error as a response."""
    return error.status, error.headers(), error.body()


def refusal_of(service: str, headers: Mapping[str, str], error: AwsError) -> Reply:
    """An error as a response in the form that the service's clients read."""
    form = {"error_code": error.code, "message": error.message, "headers": headers}
    _, response_headers, body = emulator.access_denied_response(service, "", "", str(uuid.uuid4()), **form)
    return error.status, response_headers, body


def fault(request: Request) -> Reply:
    """The response to a request that failed by an exception of the cloud's own; call it in the exception's handler."""
    log.exception("%s %s failed", request.method, request.path)
    return refusal(AwsError(500, "ServiceException", "The local cloud failed; see its log."))
