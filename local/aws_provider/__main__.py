"""Serve the provider: print the port, then answer the engine until it ends.

The engine starts this on every command, so what is not needed to answer the first request is imported later.
"""

import importlib.util
import os
import sys
import threading
import time
import types
from concurrent import futures
from pathlib import Path

_KEPT = {"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"}
# Kept only beside AWS_ENDPOINT_URL: without it they may be a real account's.
_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
_MEGABYTES_400 = 400 * 1024 * 1024


def _only_protocol() -> None:
    # `pulumi/__init__` imports the whole SDK in half a second; the protocol's messages do not need it.
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        return
    for name in ("pulumi", "pulumi.runtime"):
        package = types.ModuleType(name)
        package.__path__ = [str(Path(spec.origin).parent.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package


def _forget_account() -> None:
    # A client of the local cloud must not use the user's AWS account or proxy.
    kept = _KEPT | (_CREDENTIALS if os.environ.get("AWS_ENDPOINT_URL") else set())
    for name in list(os.environ):
        if (name.startswith("AWS_") and name not in kept) or name.lower().endswith("_proxy"):
            del os.environ[name]


def _end_with(parent: int) -> None:
    # An engine that is killed sends no message.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main() -> None:
    """Serve on a free port of the loopback interface."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    _only_protocol()
    _forget_account()
    import grpc  # type: ignore[import-untyped]  # noqa: PLC0415 (start-up)
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415 (start-up)

    from aws_provider.protocol import Servicer  # noqa: PLC0415 (start-up)

    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=32),
        options=[
            ("grpc.max_receive_message_length", _MEGABYTES_400),
            ("grpc.max_send_message_length", _MEGABYTES_400),
        ],
    )
    engine = sys.argv[1] if len(sys.argv) > 1 else ""
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
