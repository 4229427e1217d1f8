"""The executions of the local cloud, in one SQLite file that survives the server."""

import base64
import dataclasses
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python_testing import execution as runner
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore

from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.execution import Execution, status_of

PURGE_SECONDS = 3600.0
"""The pause between two removals of executions whose retention period has passed, while new ones are started."""
SPACE_SECONDS = 1.0
"""The pause between two attempts to write to a full disk."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Query:
    """What ListDurableExecutionsByFunction filters by. Times are seconds since the epoch."""

    function: str
    account: str
    version: str | None = None
    name: str | None = None
    statuses: Sequence[str] = ()
    started_after: float | None = None
    started_before: float | None = None
    oldest_first: bool = False
    limit: int = 100
    after_time: float | None = None
    after_arn: str | None = None
    """The last execution of the page before."""

    @classmethod
    def marked(cls, marker: str | None, **filters: Any) -> "Query":
        """The page that a marker of `ExecutionTable.page` leads to; ValueError for anything else."""
        if not marker:
            return cls(**filters)
        time, arn = json.loads(base64.urlsafe_b64decode(marker.encode()))
        if not (isinstance(time, float) and isinstance(arn, str)):
            raise ValueError(marker)
        return cls(**filters, after_time=time, after_arn=arn)


# A filter that is not set is NULL. One row more than the limit shows whether another page follows. A page begins after
# the last execution of the one before, whatever has started since.
PAGE = """
SELECT durable_execution_arn, execution_name, status, start_timestamp, end_timestamp
FROM executions
WHERE function_name = :function
  AND instr(durable_execution_arn, ':' || :account || ':function:')
  AND (:version IS NULL
       OR instr(durable_execution_arn, ':function:' || :function || ':' || :version || '/'))
  AND (:name IS NULL OR execution_name = :name)
  AND (:statuses = '[]' OR status IN (SELECT value FROM json_each(:statuses)))
  AND (:started_after IS NULL OR start_timestamp > :started_after)
  AND (:started_before IS NULL OR start_timestamp < :started_before)
  AND (:after_arn IS NULL
       OR (start_timestamp * iif(:oldest_first, 1, -1), durable_execution_arn)
          > (:after_time * iif(:oldest_first, 1, -1), :after_arn))
ORDER BY start_timestamp * iif(:oldest_first, 1, -1), durable_execution_arn
LIMIT :limit + 1
"""


# Of an execution that has ended, when its retention period has passed.
EXPIRY = "end_timestamp + 86400 * json_extract(data, '$.StartInput.ExecutionRetentionPeriodDays')"


def _is_full(error: sqlite3.OperationalError) -> bool:
    # If the database's write-ahead log cannot grow, the error is one of I/O.
    return (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)


class ExecutionTable(SQLiteExecutionStore):
    """The runner's store, which gives each execution its AWS ARN and announces changes of its status.

    The runner saves an execution once before it uses its ARN, so that is where the ARN is set: the
    version in it pins the execution, and the handler, the callbacks and the history all carry it.
    """

    def __init__(self, db_path: Path, region: str) -> None:
        super().__init__(SQLiteExecutionStore.create_and_initialize(db_path).db_path)
        self._region = region
        # One connection for all threads: the parent opens and closes one for each call, some dozens
        # for an execution, and each close writes the whole log back to the file.
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._database = sqlite3.connect(self.db_path, check_same_thread=False, isolation_level=None)
        self._sql("PRAGMA synchronous=NORMAL")
        self._sql("CREATE INDEX IF NOT EXISTS idx_name ON executions(function_name, execution_name)")
        self._sql(
            f"CREATE INDEX IF NOT EXISTS idx_expiry ON executions({EXPIRY}) WHERE end_timestamp IS NOT NULL"
        )
        self._sql(
            "CREATE TABLE IF NOT EXISTS dead_letter_targets "
            "(durable_execution_arn TEXT PRIMARY KEY, target_arn TEXT NOT NULL)"
        )
        self._running = set(self.running())
        self._purged = -PURGE_SECONDS
        self.on_closed: Callable[[str], None] = lambda arn: None
        self.on_status: Callable[[runner.Execution], None] = lambda execution: None

    def save(self, execution: runner.Execution) -> None:
        """Write the execution; called for every change."""
        start = execution.start_input
        opens = not execution.durable_execution_arn.startswith("arn:")
        if opens:
            execution.durable_execution_arn = self._arn(execution)
        arn = execution.durable_execution_arn
        operation = execution.get_operation_execution_started()
        row = (
            arn,
            start.function_name,
            start.execution_name,
            status_of(execution),
            operation.start_timestamp and operation.start_timestamp.timestamp(),
            operation.end_timestamp and operation.end_timestamp.timestamp(),
            json.dumps(execution.to_json_dict()),
        )
        self._write("INSERT OR REPLACE INTO executions VALUES (?, ?, ?, ?, ?, ?, ?)", row, waits=not opens)
        if opens:
            if time.monotonic() - self._purged >= PURGE_SECONDS:
                self.purge()
            self._running.add(arn)
            self.on_status(execution)
        if execution.is_complete:
            self.on_closed(arn)
            # An execution may be saved again after its end, which is announced once.
            if arn in self._running:
                self._running.discard(arn)
                self.on_status(execution)

    def load(self, execution_arn: str) -> Execution:
        """Read the execution; ResourceNotFoundException if there is none."""
        rows = self._sql("SELECT data FROM executions WHERE durable_execution_arn = ?", (execution_arn,))
        if not rows:
            raise ResourceNotFoundException(f"Durable execution not found: {execution_arn}")
        return Execution.from_json_dict(json.loads(rows[0][0]))

    def exists(self, execution_arn: str) -> bool:
        """Whether there is such an execution."""
        return bool(self._sql("SELECT 1 FROM executions WHERE durable_execution_arn = ?", (execution_arn,)))

    def by_name(self, account: str, function: str, name: str) -> Execution | None:
        """The execution of this name, running or ended: names are unique within a function."""
        rows = self._sql(
            "SELECT durable_execution_arn FROM executions WHERE function_name = ? AND execution_name = ? "
            "AND instr(durable_execution_arn, ?)",
            (function, name, f":{account}:function:"),
        )
        return self.load(rows[0][0]) if rows else None

    def running(self) -> list[str]:
        """The ARN of every execution that has not ended, paused ones included."""
        rows = self._sql("SELECT durable_execution_arn FROM executions WHERE end_timestamp IS NULL")
        return [arn for (arn,) in rows]

    def count_running(self) -> int:
        """The number of executions that have not ended."""
        return len(self._running)

    def page(self, query: Query) -> tuple[list[dict[str, Any]], str | None]:
        """One page of summaries and the marker of the next."""
        rows = self._sql(PAGE, dataclasses.asdict(query) | {"statuses": json.dumps(query.statuses)})
        page = [
            {
                "DurableExecutionArn": arn,
                "DurableExecutionName": name,
                "FunctionArn": arn.partition("/")[0],
                "Status": status,
                "StartTimestamp": start,
                **({} if end is None else {"EndTimestamp": end}),
            }
            for arn, name, status, start, end in rows[: query.limit]
        ]
        if len(rows) <= query.limit:
            return page, None
        arn, _, _, start, _ = rows[query.limit - 1]
        return page, base64.urlsafe_b64encode(json.dumps([start, arn]).encode()).decode()

    def delete(self, arn: str) -> None:
        """Delete one execution."""
        self._running.discard(arn)
        self._write("DELETE FROM executions WHERE durable_execution_arn = ?", (arn,), waits=True)

    def purge(self) -> None:
        """Delete the executions whose retention period has passed."""
        self._purged = time.monotonic()
        statement = f"DELETE FROM executions WHERE end_timestamp IS NOT NULL AND {EXPIRY} < ?"  # noqa: S608  a constant
        try:
            self._sql(statement, (datetime.now(UTC).timestamp(),))
        except sqlite3.OperationalError as error:
            if not _is_full(error):
                raise
            log.error("no space to remove old executions from %s (%s)", self.db_path, error)

    def add_dead_letter_target(self, start: StartDurableExecutionInput, target_arn: str) -> None:
        """Note where the event of the execution to be started goes if it does not succeed."""
        arn = self._arn(runner.Execution.new(start))
        self._write("INSERT INTO dead_letter_targets VALUES (?, ?)", (arn, target_arn), waits=False)

    def dead_letter_target(self, arn: str) -> str | None:
        """Where this execution's event goes if it does not succeed; None if nowhere, or it went."""
        rows = self._sql("SELECT target_arn FROM dead_letter_targets WHERE durable_execution_arn = ?", (arn,))
        return rows[0][0] if rows else None

    def delete_dead_letter_target(self, arn: str) -> None:
        """Its event is sent, or need not be."""
        self._write("DELETE FROM dead_letter_targets WHERE durable_execution_arn = ?", (arn,), waits=True)

    def ended_with_dead_letter_target(self) -> list[str]:
        """The executions that have ended, or were never started, and still have a dead letter target."""
        rows = self._sql(
            "SELECT durable_execution_arn FROM dead_letter_targets WHERE durable_execution_arn NOT IN "
            "(SELECT durable_execution_arn FROM executions WHERE end_timestamp IS NULL)"
        )
        return [arn for (arn,) in rows]

    def stop_waiting(self) -> None:
        """Wait no longer for space. What is not written yet is lost; the next start resumes from what is stored."""
        self._ending.set()

    def close(self) -> None:
        """Write everything back to the file."""
        with self._lock:
            self._database.close()

    def _arn(self, execution: runner.Execution) -> str:
        start = execution.start_input
        return (
            f"{execution.function_arn(self._region)}/durable-execution/"
            f"{start.execution_name}/{start.invocation_id}"
        )

    def _write(self, statement: str, values: Sequence[Any], *, waits: bool) -> None:
        """Run a writing statement. On a full disk, an accepted execution waits for space; a new one is refused."""
        while True:
            try:
                self._sql(statement, values)
                return
            except sqlite3.OperationalError as error:
                if not _is_full(error):
                    raise
                log.error(
                    "no space for %s (%s); %s",
                    self.db_path,
                    error,
                    "its executions go on when there is" if waits else "a new execution is refused",
                )
                if not waits or self._ending.wait(SPACE_SECONDS):
                    raise AwsError(
                        503, "ServiceException", f"No space is left for {self.db_path}."
                    ) from error

    def _sql(self, statement: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()
