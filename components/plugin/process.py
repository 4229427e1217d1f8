"""The component package as a process, which the engine starts and asks to make components."""

import argparse
import asyncio
import signal
import sys
from typing import Any

import grpc  # type: ignore[import-untyped]
from pulumi.provider.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2_grpc

from ..checks.errors import DurableFunctionsError
from .host import ComponentPackage

_MAX_MESSAGE_BYTES = 400 * 1024 * 1024  # the limit of the SDK's own server


def main() -> None:
    """Serve the components to the engine that started this process, until the engine ends it."""
    parser = argparse.ArgumentParser(
        description="The durable-functions components for programs in other languages; the Pulumi engine starts it."
    )
    parser.add_argument("engine", help="the engine's address")
    engine = parser.parse_known_args()[0].engine
    # The engine ends a plugin with SIGINT: end at once, and without Python's traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(_serve(engine))


async def _serve(engine: str) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


class _Servicer(ProviderServicer):
    """The SDK's servicer, without the traceback that it adds to errors of outputs that resolve after Construct."""

    def __init__(self, engine: str) -> None:
        self._package = ComponentPackage()
        super().__init__(self._package, [], engine)

    async def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        try:
            return await super().Construct(request, context)
        except Exception as error:
            refusal = next((each for each in _causes(error) if isinstance(each, DurableFunctionsError)), None)
            if refusal is None:
                raise
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, self._package.message(refusal))


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and its causes, each once: the SDK raises errors that are their own cause."""
    causes = [error]
    for each in causes:
        causes += [cause for cause in (each.__cause__, each.__context__) if cause and cause not in causes]
    return causes
