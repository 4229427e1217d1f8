"""The gateway over stubs: of the control plane, and of the executor that ends executions at once."""

import json
import threading
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import parse_qs

import httpx
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from aws_durable_execution_sdk_python_testing.execution import Execution

import in_process
from local_cloud.gateway.app import Gateway
from local_cloud.gateway.asgi import Receive, Request, Scope, Send
from local_cloud.gateway.control_plane import guarded
from local_cloud.gateway.executor import DurableExecutor
from local_cloud.gateway.functions import DurableConfig, Function, FunctionDirectory
from local_cloud.gateway.invocations import start_input
from local_cloud.gateway.store import ExecutionTable

REGION = "us-east-1"
ACCOUNT = "000000000000"
ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:"


class ControlPlane:
    """Knows functions by name and version, and an alias of each; answers the rest with its path."""

    def __init__(self) -> None:
        self.timeouts: dict[str, int | None] = {"orders": 900, "slow": 901, "plain": None}
        self.weights: dict[str, float] = {}
        self.region = REGION
        self.main = "1"
        self.roles: dict[str, str] = {}
        self.dead_letter_target: str | None = None
        self.dead_letter_targets: dict[str, str] = {}
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status, body = self.answer(scope["path"], parse_qs(scope["query_string"].decode()))
        if "control plane" in body and (sent := (await receive()).get("body")):
            body["body"] = sent.decode()
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        self.asked.append(path)
        match path.split("/")[3:]:
            case [reference, "configuration"]:
                name = reference.rpartition(":")[2]
                version = query.get("Qualifier", ["$LATEST"])[0]
                if name not in self.timeouts or version not in ("1", "2", "$LATEST"):
                    return 404, {}
                config = {"FunctionArn": f"arn:aws:lambda:{self.region}:000000000000:function:{name}"}
                if (seconds := self.timeouts[name]) is not None:
                    config["DurableConfig"] = {"ExecutionTimeout": seconds}  # type: ignore[assignment]
                if target := self.dead_letter_targets.get(version, self.dead_letter_target):
                    config["DeadLetterConfig"] = {"TargetArn": target}  # type: ignore[assignment]
                return 200, {**config, "Version": version, "Role": self.roles.get(version, "")}
            case [_, "aliases", "live"]:
                routing = {"RoutingConfig": {"AdditionalVersionWeights": self.weights}}
                return 200, {"FunctionVersion": self.main, **(routing if self.weights else {})}
            case [_, "aliases", _]:
                return 404, {}
        return 200, {"control plane": path}


def a_function(version: str) -> Function:
    return Function("000000000000", REGION, "orders", version, True, DurableConfig(60, 1))


def an_execution(store: ExecutionTable, name: str | None = None, version: str = "1") -> Execution:
    execution = Execution.new(start_input(a_function(version), DurableConfig(60, 1), "{}", name=name))
    execution.start()
    store.save(execution)
    return execution


class Started:
    def __init__(self, arn: str) -> None:
        self.execution_arn = arn


class StubExecutor:
    """Stands for the executor: it saves, and ends the execution on another thread."""

    region = REGION

    def __init__(self, store: ExecutionTable) -> None:
        self.store = store
        self.delay = 0.0
        self.error: ErrorObject | None = None
        self.threads: list[threading.Timer] = []

    def start_execution(self, start: Any) -> Started:
        execution = Execution.new(start)
        execution.start()
        self.store.save(execution)

        def end() -> None:
            if self.error:
                execution.complete_fail(self.error)
            else:
                execution.complete_success(json.dumps({"got": json.loads(start.input)}))
            self.store.save(execution)

        timer = threading.Timer(self.delay, end)
        self.threads.append(timer)
        timer.start()
        return Started(execution.durable_execution_arn)


class Cloudlet:
    """A gateway over the stubs."""

    def __init__(self, folder: Path) -> None:
        self.plane = ControlPlane()
        self.store = ExecutionTable(folder / "executions.sqlite", REGION)
        self.executor = StubExecutor(self.store)
        self.changes = 0
        self.directory = FunctionDirectory(httpx.ASGITransport(self.plane), REGION)

        async def health() -> dict[str, Any]:
            return {"status": "ok"}

        self.gateway = Gateway(
            guarded(self.plane),
            self.directory,
            self.store,
            cast(DurableExecutor, self.executor),
            on_change=self.changed,
            health=health,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.gateway(Request(scope, receive), send)

    def changed(self) -> None:
        self.changes += 1

    def request(self, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return in_process.send(self, method, path, content=content, headers=named)

    def invoke(self, reference: str, content: bytes = b"{}", **headers: str) -> httpx.Response:
        return self.request("POST", f"/2015-03-31/functions/{reference}/invocations", content, **headers)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self.executor.threads:
            thread.join()
        self.store.close()
