"""Checks, by a replay, whether code that is about to be deployed takes recorded executions the same way as before.

After every wait, Lambda runs a handler from its beginning again, with the results of the operations that have finished.
Code that names, orders or nests operations in another way than before fails then. Here the new code is run the same way
on this machine, in a process of its own that can reach no service and runs no step: it stops where the recorded
operations end.
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from aws_durable_execution_sdk_python.lambda_service import Operation, OperationStatus, OperationType
from aws_durable_execution_sdk_python_testing.exceptions import DurableFunctionsTestError
from aws_durable_execution_sdk_python_testing.model import Event, events_to_operations

from .executions import history_events

HARNESS = Path(__file__).parent / "harness"
LIMIT_SECONDS = 60
NO_SERVICE = "http://127.0.0.1:9"
ENDED_WELL = "ExecutionSucceeded"
FAILED = {"ExecutionFailed", "ExecutionTimedOut", "ExecutionStopped"}
RUNNING = {OperationStatus.STARTED, OperationStatus.PENDING, OperationStatus.READY}

Outcome = Literal["same", "differs", "unknown"]


@dataclass(frozen=True)
class HandlerCode:
    """The code that a deployment would give a function."""

    archive: Path
    """A .zip."""
    handler: str
    runtime: str
    environment: dict[str, str]

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """Yield the folder with its files, which exists as long as the context is open."""
        with tempfile.TemporaryDirectory(prefix="replay-") as folder:
            with zipfile.ZipFile(self.archive) as archive:
                archive.extractall(folder)
            yield Path(folder)

    def command(self) -> list[str] | None:
        """Return the command of the harness for its runtime; None if there is none."""
        if self.runtime.startswith("python"):
            # -P: modules of this project must not shadow the handler's own.
            return [sys.executable, "-P", str(HARNESS / "python.py")]
        if self.runtime.startswith("nodejs"):
            return ["node", str(HARNESS / "node.mjs")]
        return None


@dataclass(frozen=True)
class RecordedExecution:
    """The recorded events of an execution, as GetDurableExecutionHistory returns them with their data."""

    name: str
    events: list[dict[str, Any]]

    @classmethod
    def read(cls, path: Path) -> "RecordedExecution":
        """Read what `aws lambda get-durable-execution-history --include-execution-data` wrote.

        Raises:
            ValueError: it is not such a file.
        """
        try:
            return cls(path.stem, json.loads(path.read_text())["Events"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{path} is not a history: {type(error).__name__} {error}") from None

    def write(self, folder: Path) -> Path:
        """Write it into a folder as the AWS CLI would, and return its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps({"Events": self.events}, indent=2, default=datetime.isoformat) + "\n")
        return path

    def operations(self) -> list[Operation]:
        """Return its operations, the execution itself first.

        Raises:
            ValueError: an event is not one of Lambda's.
        """
        try:
            operations = events_to_operations([Event.from_dict(_with_times(event)) for event in self.events])
        except (DurableFunctionsTestError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the history {self.name} cannot be read: {error}") from None
        if not operations or operations[0].operation_type is not OperationType.EXECUTION:
            raise ValueError(f"the history {self.name} does not begin with the start of an execution")
        if operations[0].execution_details is None:
            raise ValueError(f"the history {self.name} has no data; get it with --include-execution-data")
        return operations

    @property
    def has_failed(self) -> bool:
        """Whether the execution ended without success."""
        return bool(self.events) and self.events[-1]["EventType"] in FAILED


@dataclass(frozen=True)
class ReplayResult:
    """The result of replaying a recorded execution on new code."""

    execution: str
    outcome: Outcome
    message: str
    """How far the replay came, the first operation that differs, or why the outcome is unknown."""


def replay(code: HandlerCode, folder: Path, execution: RecordedExecution) -> ReplayResult:
    """Run new code on a recorded execution.

    Args:
        code: the code that would be deployed.
        folder: its files, as `code.unpacked` yields them.
        execution: the recorded execution.
    """
    command = code.command()
    if command is None:
        return ReplayResult(
            execution.name, "unknown", f"{code.runtime} code cannot be replayed: only Python and Node.js can"
        )
    try:
        recorded = execution.operations()
    except ValueError as error:
        return ReplayResult(execution.name, "unknown", str(error))
    task = {"handler": code.handler, "event": _invocation(recorded)}
    try:
        process = subprocess.run(  # noqa: S603 - the harness is ours, and the code is the author's own
            command,
            cwd=folder,
            env=_environment(code, folder),
            input=json.dumps(task),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        return ReplayResult(execution.name, "unknown", f"{command[0]} is not on PATH")
    except subprocess.TimeoutExpired:
        return ReplayResult(
            execution.name, "unknown", f"the code did not come to rest within {LIMIT_SECONDS} s"
        )
    try:
        report = json.loads(process.stdout)
    except ValueError:
        last = process.stderr.strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        return ReplayResult(execution.name, "unknown", f"the code cannot be run here: {last[0]}")
    return _compared(execution, recorded, report)


def _compared(
    execution: RecordedExecution, recorded: list[Operation], report: dict[str, Any]
) -> ReplayResult:
    operations = {operation.operation_id: operation for operation in recorded[1:]}
    seen = [
        operations[identifier] for identifier in dict.fromkeys(report["seen"]) if identifier in operations
    ]
    if report.get("unknown"):
        return ReplayResult(execution.name, "unknown", report["unknown"])
    if (difference := report.get("differs")) is not None:
        was = operations[difference["id"]]
        return ReplayResult(
            execution.name, "differs", f"{described(was)} was recorded, and is now {difference['now']}"
        )
    if report["outcome"] == "FAILED" and not execution.has_failed:
        after = f" after {described(seen[-1])}" if seen else ""
        return ReplayResult(execution.name, "differs", f"the handler now fails{after}: {report['error']}")
    missing = [
        operation
        for operation in operations.values()
        if operation not in seen and _is_replayed(operation, operations)
    ]
    if missing and report["outcome"] != "SUSPENDED":
        message = f"{described(missing[0])} was recorded, and the handler now ends without it"
        return ReplayResult(execution.name, "differs", message)
    count = f"{len(seen)} operation{'s' if len(seen) != 1 else ''} replayed"
    unreached = f", not reached: {', '.join(map(described, missing))}" if missing else ""
    return ReplayResult(execution.name, "same", count + unreached)


def _is_replayed(operation: Operation, operations: dict[str, Operation]) -> bool:
    """Whether a replay reaches an operation: those within a context that has ended are skipped."""
    parent = operations.get(operation.parent_id or "")
    return parent is None or (parent.status in RUNNING and _is_replayed(parent, operations))


def described(operation: Operation) -> str:
    """Return an operation's kind and name, in words."""
    kind = (operation.sub_type or operation.operation_type.value).lower()
    return f"{kind} {operation.name!r}" if operation.name else f"a {kind} without a name"


def _invocation(recorded: list[Operation]) -> dict[str, Any]:
    # The SDKs find the execution's own operation by the last part of its ARN.
    name = f"function:replay:1/durable-execution/replay/{recorded[0].operation_id}"
    return {
        "DurableExecutionArn": f"arn:aws:lambda:us-east-1:000000000000:{name}",
        "CheckpointToken": "replay",
        "InitialExecutionState": {"Operations": [operation.to_json_dict() for operation in recorded]},
    }


def _environment(code: HandlerCode, folder: Path) -> dict[str, str]:
    """Return the environment of the handler's process: its own variables, and neither credentials nor services."""
    inherited = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
    return {
        **inherited,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "replay",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "LAMBDA_TASK_ROOT": str(folder),
        **code.environment,
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "replay",
        "AWS_SECRET_ACCESS_KEY": "replay",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": NO_SERVICE,
    }


def _with_times(value: Any, key: str = "") -> Any:
    """Convert a history's times, which are text in JSON, to what the SDK reads."""
    if isinstance(value, dict):
        return {name: _with_times(item, name) for name, item in value.items()}
    if isinstance(value, str) and key.endswith("Timestamp"):
        return datetime.fromisoformat(value)
    return value


def fetch_execution(client: Any, arn: str) -> RecordedExecution:
    """Return an execution's events so far, with their data."""
    return RecordedExecution(arn.split("/")[-2], list(history_events(client, arn)))


def planned_code(inputs: dict[str, Any]) -> HandlerCode:
    """Return the code in the planned inputs of a function.

    Raises:
        ValueError: it is not on this machine.
    """
    path = Path((inputs.get("code") or {}).get("path", ""))
    if not path.is_file():
        raise ValueError("its code is not an archive on this machine, but an image or in S3")
    environment = (inputs.get("environment") or {}).get("variables", {})
    return HandlerCode(
        path, inputs["handler"], inputs["runtime"], {key: str(value) for key, value in environment.items()}
    )
