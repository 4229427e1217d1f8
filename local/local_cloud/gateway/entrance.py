"""The entrance of the local cloud, which admits only requests of its owner, and of others with credentials from it.

Every user of the machine and every page in a browser can reach the loopback interface. So these checks come before
anything else:

- The Host is a name of this machine with the cloud's port, since the name of a page's own host may lead here.
- Origin and Sec-Fetch-Site do not show a page of another origin.
- The path is one that AWS serves: the control plane's internal routes are refused, whatever the Host.
- The request is signed with the cloud's own secret, or with credentials that the cloud has issued.

Function URLs and HTTP APIs decide by themselves whom they admit. A request to one of them by its name is rewritten to its
path, because the control plane checks many paths before it checks the name. Access-Control headers of the control plane are
removed, except those from the CORS settings of a function URL.
"""

import re
import uuid
from dataclasses import dataclass

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import (
    Handler,
    Message,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    answer,
    fault,
    refusal,
)
from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.emulator import iam_evaluator, lambda_svc
from local_cloud.gateway.signatures import SignatureError, check, check_readable, names_a_key
from local_cloud.process import HEALTH

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
URL_ID = r"([a-z0-9]{32}|[0-9a-f-]{36})"
# DNS has AWS's addresses for these names, so only a client that sets the header itself arrives with one, without a port.
FUNCTION_URL_HOST = re.compile(rf"{URL_ID}\.lambda-url\.[a-z0-9-]+\.(on\.aws|localhost)")
FUNCTION_URL_PATH = re.compile(rf"/_aws/lambda-url/{URL_ID}(/.*)?", re.DOTALL)
HTTP_API_HOST = re.compile(r"[a-f0-9]{8}\.execute-api\.localhost")
HTTP_API_PATH = re.compile(r"/_aws/execute-api/[a-f0-9]+/.*", re.DOTALL)
# CloudFormation waits there for a PUT; only those that it has sent the token to know the path. Any other method would lead
# to whatever service the headers name.
ANSWER_PATH = re.compile(r"/_ministack/cfn-(response|signal)/[\w-]{16,}")
# The code of a function or a layer; Lambda gives out URLs for it, which the cloud itself has signed.
DOWNLOAD_PATH = re.compile(r"/_ministack/lambda-(code|layers)/.+")


@dataclass(frozen=True)
class Route:
    """What a request is for, as far as admission depends on it."""

    unsigned: bool = False
    """Whether it is admitted without a signature."""
    function_url: str | None = None
    """The id of the function URL that it is for."""
    owner_only: bool = False
    inner_path: str | None = None
    """Where the function URL or HTTP API is by its path, if the request names it by its Host."""


class Entrance:
    """The ASGI app in front of the gateway, which refuses what it does not admit."""

    def __init__(self, inside: Handler, port: int) -> None:
        self._inside = inside
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            # The control plane has a lifespan of its own, which server.py runs.
            for event in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{event}.complete"})
            return
        if scope["type"] != "http":
            # Browsers open WebSockets across origins, and nothing here needs one.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        try:
            route = await self._admit(request)
        except AwsError as error:
            await answer(send, refusal(error))
        except SignatureError as error:
            await answer(send, _unauthenticated(request, error))
        except Exception:
            await answer(send, fault(request))
        else:
            if route.inner_path and not names_a_key(request):
                request = self._to_its_api(request, route.inner_path)
            await self._inside(request, send if route.function_url else _without_cors(send))

    def _to_its_api(self, request: Request, inner_path: str) -> Request:
        """Return a request to a function URL or HTTP API by its name as the one by its path, which leads nowhere else."""
        host = f"127.0.0.1:{self._port}".encode()
        headers = [(name, value) for name, value in request.scope["headers"] if name.lower() != b"host"]
        path = inner_path + request.path
        raw_path = (inner_path + request.raw_path).encode("latin-1")
        scope = {
            **request.scope,
            "path": path,
            "raw_path": raw_path,
            "headers": [*headers, (b"host", host)],
        }
        return Request(scope, request.receive)

    async def _admit(self, request: Request) -> Route:
        check_readable(request)
        host = request.headers.get("host", "").lower()
        name, _, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
        route = _route(name, request.method, request.path)
        by_name = FUNCTION_URL_HOST.fullmatch(name) and not port
        if not by_name and (
            port != str(self._port) or not (name in LOOPBACK or route.function_url or _is_local(name))
        ):
            raise _forbidden(
                f"The local cloud answers to 127.0.0.1:{self._port} and localhost:{self._port}, not to {host[:80]!r}."
            )
        _check_origin(request, host, route.function_url)
        if route.unsigned and not names_a_key(request):
            return route
        credential = await check(request)
        if route.owner_only and credential.principal_type != "Root":
            raise _forbidden(f"{credential.principal_arn} may not read {request.path[:80]!r}.")
        return route


def _is_local(name: str) -> bool:
    """Whether a name never leads anywhere but to this machine (RFC 6761, section 6.3)."""
    return name.endswith(".localhost")


def _route(name: str, method: str, path: str) -> Route:
    """The route of a request.

    Raises:
        AwsError: the cloud does not serve it.
    """
    url, api = FUNCTION_URL_HOST.fullmatch(name), HTTP_API_HOST.fullmatch(name)
    # Another name of this machine may be one by which the control plane knows a service.
    known = None if url or api or name not in LOOPBACK else _route_by_path(method, path)
    if known is not None:
        return known
    # AWS has no such path, since no bucket's name begins like this. All but one of the control plane's own do.
    if path.startswith("/_") or path == "/health":
        raise _forbidden(f"{path[:80]!r} is not a path of AWS's, and the local cloud serves no others.")
    if url:
        return Route(unsigned=True, function_url=url[1], inner_path=f"/_aws/lambda-url/{url[1]}")
    if api:
        return Route(unsigned=True, inner_path=f"/_aws/execute-api/{name.partition('.')[0]}")
    return Route()


def _route_by_path(method: str, path: str) -> Route | None:
    """The route of a path that is the local cloud's own; None for any other."""
    if url := FUNCTION_URL_PATH.fullmatch(path):
        return Route(unsigned=True, function_url=url[1])
    if HTTP_API_PATH.fullmatch(path) or (method == "PUT" and ANSWER_PATH.fullmatch(path)):
        return Route(unsigned=True)
    if DOWNLOAD_PATH.fullmatch(path):
        return Route(owner_only=True)
    return Route() if path == HEALTH else None


def _check_origin(request: Request, host: str, function_url: str | None) -> None:
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "none")
    if origin in (None, f"http://{host}") and site in ("none", "same-origin"):
        return
    if function_url and origin is None:
        # Somebody follows a link; the page with the link cannot read the response.
        if request.headers.get("sec-fetch-mode") == "navigate" and request.method == "GET":
            return
    elif function_url:
        url = lambda_svc.resolve_function_url(function_url)
        if url and emulator.cors_headers(url[4], request.headers):
            return
    raise _forbidden(
        f"The local cloud accepts no requests from pages of another origin ({(origin or site)[:80]!r})"
        + (", unless the URL's CORS settings name it." if function_url else ".")
    )


def _forbidden(message: str) -> AwsError:
    return AwsError(403, "AccessDeniedException", message)


def _unauthenticated(request: Request, error: SignatureError) -> Reply:
    """The refusal in the form that the service's clients read."""
    service = "lambda" if request.path.startswith("/20") else request.service
    failure = iam_evaluator.AuthError(error.code, error.message)
    status, headers, body = emulator.credential_failure(
        service, "", str(uuid.uuid4()), failure, request.headers
    )
    return status, headers, body


def _without_cors(send: Send) -> Send:
    async def send_without_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            every = message["headers"]
            kept = [each for each in every if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    return send_without_cors
