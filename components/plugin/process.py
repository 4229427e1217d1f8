"""The component package as a process: what the engine starts, and asks to make components."""

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

_LARGEST_MESSAGE = 400 * 1024 * 1024  # as the SDK's own server has it


def main() -> None:
    """Serve the components to the engine that has started this process, until it ends it."""
    parser = argparse.ArgumentParser(
        description="The durable-functions components for programs in other languages; the Pulumi engine starts it."
    )
    parser.add_argument("engine", help="the engine's address")
    engine = parser.parse_known_args()[0].engine
    # How the engine ends a plugin: at once, and without Python's traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(_serve(engine))


async def _serve(engine: str) -> None:
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


class _Servicer(ProviderServicer):
    """The SDK's, without the traceback that it adds to what an output turns out to be after its component was made."""

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
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, self._package.told(refusal))


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and all that has led to it, each once: the SDK raises errors that lead to themselves."""
    found = [error]
    for each in found:
        found += [cause for cause in (each.__cause__, each.__context__) if cause and cause not in found]
    return found
