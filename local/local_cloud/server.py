"""The server process of the local cloud: gateway, control plane and durable runner on one event loop."""

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
from hypercorn.asyncio import serve
from hypercorn.config import Config

from local_cloud.errors import CloudError
from local_cloud.gateway import (
    control_plane,
    emulator,
    handed_out,
    lambda_actions,
    managed_policies,
    metrics,
    stack_functions,
    status_events,
    version_listing,
    workers,
)
from local_cloud.gateway.app import Gateway
from local_cloud.gateway.asgi import App
from local_cloud.gateway.changes import StatusChanges
from local_cloud.gateway.dead_letters import DeadLetters
from local_cloud.gateway.entrance import Entrance
from local_cloud.gateway.functions import Function, FunctionDirectory
from local_cloud.gateway.invocations import RunnerSettings
from local_cloud.gateway.runner import DurableRunner
from local_cloud.gateway.snapshots import Snapshots
from local_cloud.gateway.store import ExecutionTable
from local_cloud.gateway.triggers import Triggers
from local_cloud.process import REGION, LocalCloud

PENDING_SECONDS = 0.05

log = logging.getLogger("local_cloud.server")


class Lifespan:
    """Runs an ASGI app's start and shutdown, which a server would do if the app were its only one."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._answers: asyncio.Queue[Any] = asyncio.Queue()

    async def __aenter__(self) -> None:
        self._task = asyncio.ensure_future(
            self._app({"type": "lifespan"}, self._events.get, self._answers.put)
        )
        await self._send("startup")

    async def __aexit__(self, *exc: object) -> None:
        await self._send("shutdown")
        await self._task

    async def _send(self, event: str) -> None:
        await self._events.put({"type": f"lifespan.{event}"})
        answer = await self._answers.get()
        if answer["type"] != f"lifespan.{event}.complete":
            raise RuntimeError(f"The control plane failed to {event}: {answer.get('message')}")


async def run(cloud: LocalCloud) -> None:
    """Serve until a signal to end."""
    emulator.hypercorn_compat.install()
    # Functions pass through Pending as on AWS, for no longer than it takes to see it.
    emulator.pending_seconds.replace(PENDING_SECONDS)
    loop = asyncio.get_running_loop()
    functions = FunctionDirectory(httpx.ASGITransport(emulator.app.app), REGION)

    def resolve(name: str, qualifier: str | None) -> Function | None:
        return asyncio.run_coroutine_threadsafe(functions.resolve(name, qualifier), loop).result(30)

    store = ExecutionTable(cloud.executions, REGION)
    concurrency = int(os.environ["LOCAL_CONCURRENCY"])
    runner = DurableRunner(store, resolve, RunnerSettings(cloud.endpoint, REGION, concurrency))
    snapshots = Snapshots()

    async def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "pid": os.getpid(),
            "port": cloud.port,
            "state": str(cloud.state),
            "iam": cloud.iam,
            "functions": await functions.count(),
            "running_executions": store.count_running(),
        }

    gateway = Gateway(
        control_plane.guarded(emulator.app.app),
        functions,
        store,
        runner.executor,
        on_change=snapshots.changed,
        health=health,
    )
    triggers = Triggers(gateway, functions, loop)
    triggers.install()
    dead_letters = DeadLetters(store, resolve, cloud.endpoint)
    changes = StatusChanges(store, [status_events.put_event, metrics.record, dead_letters.listen])
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)

    async def ended() -> None:
        await ending.wait()
        triggers.close()
        # Before any connection is cut: a handler's call that breaks off then is no result.
        await asyncio.to_thread(runner.close)
        gateway.release()

    async def take_up() -> None:
        await _reachable(cloud)
        await asyncio.to_thread(runner.recovery.take_up)
        changes.submit(dead_letters.take_up)
        triggers.open()

    config = Config()
    config.bind = [f"127.0.0.1:{cloud.port}"]
    config.graceful_timeout = 2
    config.keep_alive_timeout = 75
    config.include_server_header = False
    async with Lifespan(emulator.app.app):
        for part in (
            *(managed_policies, stack_functions, version_listing, lambda_actions),
            *(handed_out, control_plane, workers),
        ):
            part.install()
        runner.start()
        saving = asyncio.create_task(snapshots.run(), name="saving the resources")
        serving = asyncio.create_task(
            serve(_without_lifespan(Entrance(gateway, cloud.port)), config, shutdown_trigger=ended)
        )
        taking_up = asyncio.create_task(take_up(), name="taking up the executions")
        for task in (saving, taking_up):
            task.add_done_callback(_log_failure)
        try:
            await serving
        finally:
            await asyncio.to_thread(changes.stop)
            await asyncio.to_thread(runner.stop)
            for task in (saving, taking_up):
                task.cancel()
                await asyncio.wait([task])


def _log_failure(task: asyncio.Task[None]) -> None:
    """Say at once that a task of the background has broken off: nobody waits for it before the end."""
    if not task.cancelled() and (error := task.exception()):
        log.error("%s broke off", task.get_name(), exc_info=error)


async def _reachable(cloud: LocalCloud) -> None:
    """Wait until handlers can reach the server."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                await client.get(f"{cloud.endpoint}/_local/health")
                break
            await asyncio.sleep(0.05)


def _without_lifespan(entrance: Entrance) -> Any:
    """The entrance for the server, which asks every app for a lifespan; the control plane has its own."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await entrance(scope, receive, send)

    return app


def _end_with(held: Path) -> None:
    """End this process once nobody holds a lock on a file: a lock goes with its process, however that ends."""
    with held.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
    log.info("nobody holds a lock on %s", held)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the server that the environment describes."""
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s [%(name)s] %(message)s", force=True
    )
    logging.getLogger("local_cloud").setLevel(logging.INFO)
    # It warns whenever more handlers run than it keeps connections.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    cloud = LocalCloud.from_environment()
    try:
        claim = cloud.claim()
    except CloudError as error:
        sys.exit(str(error))
    # Taken out of the environment, which handlers inherit.
    if held := os.environ.pop("LOCAL_ENDS_WITH", ""):
        threading.Thread(target=_end_with, args=(Path(held),), daemon=True).start()
    asyncio.run(run(cloud))
    # Held to the very end: whoever stops the cloud waits for that, and no thread starts a handler after it.
    log.info("ended; the claim on %s goes with the process", claim.name)
    if os.getpgrp() == os.getpid():
        # The handlers that are left are of its group; killed with them, it starts no other.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
