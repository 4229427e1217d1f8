"""The server process of the local cloud: gateway, control plane and durable runner on one event loop."""

import asyncio
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
    additions,
    bounds,
    control_plane,
    emulator,
    issued,
    lambda_actions,
    log_filters,
    metrics,
    operations,
    renames,
    simulation,
    status_events,
    templates,
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
from local_cloud.terminal import PrintableFormatter

# control_plane wraps the handlers of all services, whatever another part has put into them.
PARTS = (
    additions,
    templates,
    lambda_actions,
    operations,
    issued,
    simulation,
    control_plane,
    workers,
    log_filters,
    bounds,
    renames,
)
PENDING_SECONDS = POLL_SECONDS = 0.05

log = logging.getLogger("local_cloud.server")


class Lifespan:
    """Runs an ASGI app's startup and shutdown, as a server would if it served this app alone."""

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
    # Functions are Pending at first, as on AWS, but only briefly.
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
        control_plane.guarded(workers.naming_invocations(emulator.app.app)),
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
        # Before any connection is closed: a handler's call that fails because of that is not a result.
        await asyncio.to_thread(runner.close)
        gateway.release()

    async def recover() -> None:
        # Handlers must be able to reach the server.
        while await asyncio.to_thread(cloud.health) is None:
            await asyncio.sleep(POLL_SECONDS)
        await asyncio.to_thread(runner.recovery.run)
        changes.submit(dead_letters.recover)
        triggers.open()

    config = Config()
    config.bind = [f"127.0.0.1:{cloud.port}"]
    config.graceful_timeout = 2
    config.keep_alive_timeout = 75
    config.include_server_header = False
    async with Lifespan(emulator.app.app):
        for part in PARTS:
            part.install()
        runner.start()
        saving = asyncio.create_task(snapshots.run(), name="saving the resources")
        entrance: Any = Entrance(gateway, cloud.port)
        serving = asyncio.create_task(serve(entrance, config, shutdown_trigger=ended))
        recovering = asyncio.create_task(recover(), name="resuming the executions")
        for task in (saving, recovering):
            task.add_done_callback(_log_failure)
        try:
            await serving
        finally:
            await asyncio.to_thread(changes.stop)
            await asyncio.to_thread(runner.stop)
            for task in (saving, recovering):
                task.cancel()
                await asyncio.wait([task])


def _log_failure(task: asyncio.Task[None]) -> None:
    """Log the failure of a background task at once: nothing awaits the task before the server ends."""
    if not task.cancelled() and (error := task.exception()):
        log.error("%s failed", task.get_name(), exc_info=error)


def _end_with(lock: Path) -> None:
    """End this process when no process locks the file any more; a lock ends with its process, however that ends."""
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
    log.info("no process locks %s any more", lock)
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Run the server that the environment describes."""
    logging.basicConfig(level=logging.WARNING, force=True)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(PrintableFormatter("%(asctime)s %(levelname)s [%(name)s] %(message)s"))
    logging.getLogger("local_cloud").setLevel(logging.INFO)
    # It warns whenever more handlers run than it keeps connections for.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    cloud = LocalCloud.from_environment()
    try:
        claim = cloud.claim()
    except CloudError as error:
        sys.exit(str(error))
    # Removed from the environment, which handlers inherit.
    if lock := os.environ.pop("LOCAL_ENDS_WITH", ""):
        threading.Thread(target=_end_with, args=(Path(lock),), daemon=True).start()
    asyncio.run(run(cloud))
    # Held until the process ends: `stop` waits for that, and after it no thread starts a handler.
    log.info("ended; the claim on %s goes with the process", claim.name)
    if os.getpgrp() == os.getpid():
        # The handlers that still run belong to its process group; it is killed with them, so it starts no other.
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
