"""The executions of the local cloud, in one SQLite file that survives the server."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python_testing.execution import Execution
from aws_durable_execution_sdk_python_testing.stores.sqlite import SQLiteExecutionStore


@dataclass(frozen=True)
class Query:
    """What ListDurableExecutionsByFunction filters by. Times are seconds since the epoch."""

    function: str
    version: str | None = None
    name: str | None = None
    statuses: Sequence[str] = ()
    started_after: float | None = None
    started_before: float | None = None
    oldest_first: bool = False
    limit: int = 100
    offset: int = 0


class ExecutionTable(SQLiteExecutionStore):
    """The runner's store, which gives each execution its AWS ARN and tells when one has ended.

    The runner saves an execution once before it uses its ARN, so that is where the ARN is set: the
    version in it pins the execution, and the handler, the callbacks and the history all carry it.
    """

    def __init__(self, db_path: Path, region: str) -> None:
        super().__init__(SQLiteExecutionStore.create_and_initialize(db_path).db_path)
        self._region = region
        # The parent opens a connection for every call. As long as another one is open, closing it does
        # not write the whole log back to the file, which took most of the time of an execution.
        self._held = sqlite3.connect(self.db_path, check_same_thread=False)
        self._write("CREATE INDEX IF NOT EXISTS idx_name ON executions(function_name, execution_name)")
        self.on_closed: Callable[[str], None] = lambda arn: None

    def save(self, execution: Execution) -> None:
        """Write the execution; called for every change."""
        if not execution.durable_execution_arn.startswith("arn:"):
            start = execution.start_input
            execution.durable_execution_arn = (
                f"{execution.function_arn(self._region)}/durable-execution/"
                f"{start.execution_name}/{start.invocation_id}"
            )
        super().save(execution)
        if execution.is_complete:
            self.on_closed(execution.durable_execution_arn)

    def named(self, function: str, name: str) -> Execution | None:
        """The execution of this name, closed ones too: names are unique within a function."""
        rows = self._select(
            "durable_execution_arn FROM executions WHERE function_name = ? AND execution_name = ?",
            (function, name),
        )
        return self.load(rows[0][0]) if rows else None

    def running(self) -> list[Execution]:
        """Every execution that has not ended."""
        rows = self._select("durable_execution_arn FROM executions WHERE status = 'RUNNING'")
        return [self.load(arn) for (arn,) in rows]

    def count_running(self) -> int:
        """How many executions have not ended."""
        return int(self._select("COUNT(*) FROM executions WHERE status = 'RUNNING'")[0][0])

    def page(self, query: Query) -> tuple[list[dict[str, Any]], str | None]:
        """One page of summaries and the marker of the next."""
        where = ["function_name = ?"]
        values: list[str | float] = [query.function]
        for condition, value in (
            (
                "durable_execution_arn LIKE ?",
                query.version and f"%:function:{query.function}:{query.version}/%",
            ),
            ("execution_name = ?", query.name),
            ("start_timestamp > ?", query.started_after),
            ("start_timestamp < ?", query.started_before),
        ):
            if value is not None:
                where.append(condition)
                values.append(value)
        if query.statuses:
            where.append(f"status IN ({','.join('?' * len(query.statuses))})")
            values.extend(query.statuses)
        rows = self._select(
            "durable_execution_arn, execution_name, status, start_timestamp, end_timestamp FROM executions "
            f"WHERE {' AND '.join(where)} ORDER BY start_timestamp {'ASC' if query.oldest_first else 'DESC'}, "
            "durable_execution_arn LIMIT ? OFFSET ?",
            (*values, query.limit + 1, query.offset),
        )
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
        return page, str(query.offset + query.limit) if len(rows) > query.limit else None

    def close(self) -> None:
        """Write everything back to the file."""
        self._held.close()

    def delete(self, arn: str) -> None:
        """Forget one execution."""
        self._write("DELETE FROM executions WHERE durable_execution_arn = ?", (arn,))

    def purge(self) -> None:
        """Forget the executions whose retention has passed."""
        self._write(
            "DELETE FROM executions WHERE end_timestamp + 86400 * "
            "json_extract(data, '$.StartInput.ExecutionRetentionPeriodDays') < ?",
            (datetime.now(UTC).timestamp(),),
        )

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.db_path, timeout=30.0)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def _select(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._connect() as connection:
            return connection.execute(f"SELECT {sql}", values).fetchall()

    def _write(self, sql: str, values: Sequence[Any] = ()) -> None:
        with self._connect() as connection:
            connection.execute(sql, values)
