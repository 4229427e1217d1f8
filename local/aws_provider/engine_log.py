"""Words to the user, by way of the engine; what the provider prints itself nobody sees."""

import contextlib
import threading
from functools import cached_property

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineLog:
    """Warnings beside a resource. Without an engine, as in tests, they go nowhere."""

    def __init__(self, address: str = "") -> None:
        self.address = address
        self._told: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def warn(self, urn: str, message: str) -> None:
        """Show a warning once."""
        with self._lock:
            if not self.address or (urn, message) in self._told:
                return
            self._told.add((urn, message))
        request = engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn)
        # A warning that cannot be shown is no reason to fail.
        with contextlib.suppress(grpc.RpcError):
            self._stub.Log(request, timeout=5)

    @cached_property
    def _stub(self) -> engine_pb2_grpc.EngineStub:
        return engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address))
