"""Which execution environment runs an invocation: a warm one of the function's version if there is one, else a new one.

This takes the place of the control plane's own processes for handlers in Python and Node.js.
"""

import contextvars
import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

from local_cloud.gateway import emulator, handler_logs
from local_cloud.gateway.asgi import App, Message, Receive, Scope, Send
from local_cloud.gateway.environments import OWN_LOG, Environment, Invocation

MAX_IDLE = 16
"""How many environments stay warm, of all functions together, with their memory and unpacked code."""

Record = Mapping[str, Any]
Result = dict[str, Any]
Key = tuple[str, str, str, str]
"""Account, region, function and version."""

_invoked: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("invoked", default=None)
"""Takes the ID of the invocation that a request makes."""

log = logging.getLogger(__name__)


class Workers:
    """The environments of all functions."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[Key, str, Environment]] = []
        """With the revision of their configuration; the one used last is the last."""
        self._busy: dict[Environment, Key] = {}

    def install(self) -> None:
        """Take the place of the control plane's own processes."""
        self._run_without_code = emulator.run_in_worker.replace(self.run)
        emulator.forget_workers.replace(self.forget)
        # It would start one for each version with SnapStart, which has no effect here.
        emulator.start_worker.replace(lambda worker: None)
        write_logs = emulator.write_logs.value

        def write_other_logs(*arguments: Any, log_source: str | None = None) -> None:
            if log_source != OWN_LOG:
                write_logs(*arguments, log_source=log_source)

        emulator.write_logs.replace(write_other_logs)
        handler_logs.load()

    def run(self, func: Record, event: Any, request_id: str) -> Result:
        """Run an invocation; called on a thread of its own."""
        config, code = func.get("config") or func, func.get("code_zip")
        if not code:
            result: Result = self._run_without_code(func, event, request_id)
            return result
        if (taking := _invoked.get()) is not None:
            taking.append(request_id)
        invocation = Invocation(
            request_id,
            json.dumps(event).encode(),
            config.get("FunctionArn", ""),
            emulator.trace_id(config),
            emulator.invoke_depth.value.get(),
        )
        environment = None
        try:
            environment = self._take(config, code)
            return environment.invoke(invocation)
        except Exception as error:
            # The machine's, as a full disk: what the handler and its runtime do wrong is a result.
            log.warning("%s could not be run: %s: %s", invocation.function_arn, type(error).__name__, error)
            if environment is not None:
                environment.ended = True
            body = {"errorMessage": str(error), "errorType": type(error).__name__}
            return {"body": body, "error": True, "log": ""}
        finally:
            if environment is not None:
                self._give_back(environment, config)

    def forget(
        self,
        func_name: str,
        qualifier: str | None = None,
        account: str | None = None,
        region: str | None = None,
    ) -> None:
        """End the environments of a function or a version that is gone; one that runs ends after its invocation."""
        wanted = (account, region, func_name, qualifier)

        def is_gone(key: Key) -> bool:
            return all(want in (None, have) for want, have in zip(wanted, key, strict=True))

        with self._lock:
            for environment, key in self._busy.items():
                if is_gone(key):
                    environment.ended = True
            gone = [each for each in self._idle if is_gone(each[0])]
            self._idle = [each for each in self._idle if not is_gone(each[0])]
        for _, _, environment in gone:
            environment.end()

    def _take(self, config: Record, code: bytes) -> Environment:
        key, revision = _key(config), config.get("RevisionId", "")
        with self._lock:
            ready = [each for each in self._idle if each[0] == key and each[1] == revision]
            # $LATEST has changed.
            old = [each for each in self._idle if each[0] == key and each[1] != revision]
            used = {id(each) for each in [*old, *ready[-1:]]}
            self._idle = [each for each in self._idle if id(each) not in used]
            if ready:
                self._busy[ready[-1][2]] = key
        for _, _, environment in old:
            environment.end()
        if ready:
            return ready[-1][2]
        environment = Environment(config, code)
        with self._lock:
            self._busy[environment] = key
        return environment

    def _give_back(self, environment: Environment, config: Record) -> None:
        with self._lock:
            key = self._busy.pop(environment)
            ending = [environment]
            if not environment.ended:
                self._idle.append((key, config.get("RevisionId", ""), environment))
                ending = [each for _, _, each in self._idle[:-MAX_IDLE]]
                del self._idle[:-MAX_IDLE]
        for each in ending:
            # Removing the code of another function takes time that this invocation's caller need not wait for.
            threading.Thread(target=each.end, name="ending-environment").start()


def install() -> None:
    """Take the place of the control plane's own processes."""
    Workers().install()


def _key(config: Record) -> Key:
    _, _, _, region, account, _, name, *_ = config["FunctionArn"].split(":")
    return account, region, name, config.get("Version", "$LATEST")


def naming_invocations(control_plane: App) -> App:
    """The control plane, with the ID of the invocation, which its log has, as the request ID of an invoke's response."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        invoked: list[str] = []

        async def send_with_id(message: Message) -> None:
            if invoked and message["type"] == "http.response.start":
                others = [each for each in message["headers"] if each[0].lower() != b"x-amzn-requestid"]
                message = {**message, "headers": [*others, (b"x-amzn-requestid", invoked[0].encode())]}
            await send(message)

        token = _invoked.set(invoked)
        try:
            await control_plane(scope, receive, send_with_id)
        finally:
            _invoked.reset(token)

    return serve
