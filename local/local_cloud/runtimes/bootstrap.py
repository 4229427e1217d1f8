"""A process that runs a Python handler, with AWS's own runtime interface client, as in Lambda.

`gateway/environments.py` starts it with these arguments: its folder, the descriptor of a socket, and the handler. In
Lambda, the client asks an HTTP API for events; here it gets them from the socket, as described in `gateway/channel.py`.
"""

import json
import logging
import os
import site
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The native client of the HTTP API needs the API's address, and there is none.
sys.modules["runtime_client"] = None  # type: ignore[assignment]  # how Python is told that there is none

from awslambdaric import bootstrap  # noqa: E402 - after what it must not find
from awslambdaric.lambda_runtime_client import BaseLambdaRuntimeClient, InvocationRequest  # noqa: E402 - as above


class _Client(BaseLambdaRuntimeClient):  # type: ignore[misc]  # it has no types
    """Lambda's API for runtimes, on a socket."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._received = connection.makefile("rb")
        self._ready = False
        self.headers: dict[str, str] = {}
        """What calls of AWS carry that the current invocation makes."""

    def wait_next_invocation(self) -> InvocationRequest:
        if not self._ready:
            self._ready = True
            self._send("ready")
        head = self._received.readline()
        if not head:
            # Not by an exception, which handlers' threads and exit hooks could delay.
            os._exit(0)
        request: dict[str, Any] = json.loads(head)
        body = self._received.read(request["length"])
        self.headers = request["headers"]
        return InvocationRequest(
            invoke_id=request["request_id"],
            x_amzn_trace_id=request["trace_id"],
            invoked_function_arn=request["function_arn"],
            deadline_time_in_ms=request["deadline"],
            client_context=None,
            cognito_identity=None,
            tenant_id=None,
            content_type="application/json",
            event_body=body,
            invocation_id=None,
        )

    def post_invocation_result(
        self, _invoke_id: str, result_data: str | bytes, content_type: str = "", _invocation_id: object = None
    ) -> None:
        self._send("result", result_data)

    def post_invocation_error(
        self, _invoke_id: str, error: str, _xray_fault: str, _invocation_id: object = None
    ) -> None:
        self._send("error", error)

    def post_init_error(self, error: Mapping[str, Any], _error_type: str | None = None) -> None:
        self._send("error", json.dumps(error))

    def _send(self, kind: str, body: str | bytes = b"") -> None:
        content = body.encode(errors="surrogatepass") if isinstance(body, str) else body
        head = json.dumps({"kind": kind, "length": len(content)})
        self._connection.sendall(head.encode() + b"\n" + content)


def _find_modules(root: Path) -> None:
    """Let imports find the code first, then the layers, then what the runtime brings, as in Lambda."""
    brought = sys.path[:]
    sys.path[:] = [str(root / "code")]
    for layer in sorted(root.glob("layer-*")):
        for packages in sorted(layer.glob("python/lib/python*/site-packages")):
            site.addsitedir(str(packages))
        sys.path.append(str(layer / "python"))
    sys.path += brought


def _mark_calls(client: _Client) -> None:
    """Let calls of AWS carry the invocation's headers, by which the control plane finds functions that call themselves."""
    try:
        import botocore.handlers  # noqa: PLC0415 - the code's own, if it brings one
    except ImportError:
        return

    def add(params: dict[str, Any], **_: Any) -> None:
        params["headers"].update(client.headers)

    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", add))


def _hide_endpoint() -> None:
    """Leave out what botocore logs of the endpoint that the environment names: in Lambda, it names none."""
    logging.getLogger("botocore.configprovider").addFilter(
        lambda record: not str(record.msg).startswith("Found endpoint for")
    )


def main(root: str, descriptor: str, handler: str) -> None:
    """Run the handler for one event after the other."""
    client = _Client(socket.socket(fileno=int(descriptor)))
    # Processes that the handler starts must not keep it open.
    os.set_inheritable(int(descriptor), False)
    os.set_inheritable(int(os.environ["_LAMBDA_TELEMETRY_LOG_FD"]), False)
    _find_modules(Path(root))
    _mark_calls(client)
    _hide_endpoint()
    sys.argv[1:] = []
    bootstrap.run(handler, client)


if __name__ == "__main__":
    main(*sys.argv[1:])
