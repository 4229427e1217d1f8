"""Runs a Python handler on recorded operations; started by cli.replay, in the folder of the handler's code.

It takes the place of Lambda: no checkpoint is written and no step is run; a thread that comes to either is halted. The
report goes to the real standard output, and what the handler prints to standard error.
"""

import importlib
import json
import os
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

REST_SECONDS = 1.0


class Replay:
    """What all threads of the handler have done so far."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.differs: dict[str, str] | None = None
        self.halted = 0
        self.result: dict[str, Any] | None = None
        self.ended = threading.Event()
        self.last = time.monotonic()

    def halt(self, *_: Any, **__: Any) -> Any:
        """Halt this thread forever: nothing beyond this point was recorded."""
        self.halted += 1
        self.last = time.monotonic()
        threading.Event().wait()

    checkpoint = get_execution_state = halt

    def see(self, current: Any, recorded: Any) -> None:
        """Note an operation that the handler has reached, and whether it is the recorded one."""
        self.last = time.monotonic()
        if recorded is None:
            return
        self.seen.append(recorded.operation_id)
        was = (recorded.operation_type, recorded.sub_type, recorded.name or None)
        now = (current.operation_type, current.sub_type, current.name or None)
        if was != now and self.differs is None:
            kind = str(current.sub_type or current.operation_type.value).lower()
            self.differs = {
                "id": recorded.operation_id,
                "now": f"{kind} {current.name!r}" if current.name else f"a {kind} without a name",
            }
            self.ended.set()

    def at_rest(self) -> bool:
        """Whether nothing has happened for a while because all threads are halted."""
        return bool(self.halted) and time.monotonic() - self.last > REST_SECONDS


def sdk(module: str) -> Any:
    """Import a module of the SDK: the one in the code, or else this machine's."""
    return importlib.import_module(f"aws_durable_execution_sdk_python.{module}")


def watch(replay: Replay) -> None:
    """Report each operation that the SDK reaches to a replay, and halt threads that would run a step."""
    step = sdk("lambda_service").OperationType.STEP
    identifier, state = sdk("identifier").OperationIdentifier, sdk("state").ExecutionState
    validate, wrap = identifier.validate_checkpoint, state.wrap_user_function

    def validated(current: Any, recorded: Any) -> None:
        replay.see(current, recorded)
        validate(current, recorded)

    def wrapped(self: Any, function: Any, current: Any, *args: Any, **kwargs: Any) -> Any:
        return (
            replay.halt if current.operation_type is step else wrap(self, function, current, *args, **kwargs)
        )

    identifier.validate_checkpoint, state.wrap_user_function = validated, wrapped


def handler_of(reference: str) -> Any:
    """Import a handler as Lambda does."""
    module, _, name = reference.rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def run(replay: Replay, handler: Any, event: Any) -> None:
    """Run the handler until it ends or is halted."""
    context = SimpleNamespace(
        aws_request_id="replay",
        function_name="replay",
        function_version="1",
        invoked_function_arn=event.durable_execution_arn.partition("/")[0],
        memory_limit_in_mb=128,
        tenant_id=None,
        identity=None,
        client_context=None,
        log_group_name="replay",
        log_stream_name="replay",
        get_remaining_time_in_millis=lambda: 900_000,
    )
    try:
        replay.result = handler(event, context)
    except BaseException as error:
        replay.result = {
            "Status": "FAILED",
            "Error": {"ErrorType": type(error).__name__, "ErrorMessage": str(error)},
        }
    replay.ended.set()


def report(replay: Replay) -> dict[str, Any]:
    """Return the report that cli.replay reads."""
    if replay.result is None or replay.result["Status"] == "PENDING":
        return {"seen": replay.seen, "differs": replay.differs, "outcome": "SUSPENDED"}
    error = replay.result.get("Error") or {}
    return {
        "seen": replay.seen,
        "differs": replay.differs,
        "outcome": replay.result["Status"],
        "error": f"{error.get('ErrorType')}: {error.get('ErrorMessage')}",
    }


def main() -> None:
    """Run the replay that standard input describes, and exit without waiting for halted threads."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task = json.load(sys.stdin)
    sys.path.insert(0, os.getcwd())
    replay = Replay()
    try:
        watch(replay)
        handler = handler_of(task["handler"])
        execution = sdk("execution")
        event = execution.DurableExecutionInvocationInputWithClient.from_durable_execution_invocation_input(
            execution.DurableExecutionInvocationInput.from_json_dict(task["event"]), replay
        )
    except AttributeError as error:
        message = (
            f"the code's SDK cannot be watched ({error}); a replay needs aws-durable-execution-sdk-python 3"
        )
        result: dict[str, Any] = {"seen": [], "unknown": message}
    except Exception as error:
        result = {"seen": [], "unknown": f"the code cannot be imported here: {type(error).__name__}: {error}"}
    else:
        threading.Thread(target=run, args=(replay, handler, event), daemon=True).start()
        while not replay.ended.wait(0.05) and not replay.at_rest():
            pass
        result = report(replay)
    json.dump(result, out)
    out.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
