"""Messages to the user, through the engine: what the provider itself prints is not shown."""

import contextlib
import threading
from functools import cached_property

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineLog:
    """Warnings about resources; dropped where there is no engine, as in tests."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self._shown: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def warn(self, urn: str, message: str) -> None:
        """Show a warning once."""
        with self._lock:
            if not self.address or (urn, message) in self._shown:
                return
            self._shown.add((urn, message))
        request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn)
        # The operation does not fail because a warning cannot be shown.
        with contextlib.suppress(grpc.RpcError):
            self._stub.Log(request, timeout=5)

    @cached_property
    def _stub(self) -> engine_pb2_grpc.EngineStub:
        return engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address))
