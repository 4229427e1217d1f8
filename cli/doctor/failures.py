"""Whether executions of the last day have failed."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..executions import in_flight, of_statuses
from .deployed_function import DeployedFunction, Finding


def executions(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether executions have failed, or run on code that can change meanwhile."""
    since = datetime.now(UTC) - timedelta(days=1)
    ended = of_statuses(deployed.client, deployed.function, ["FAILED", "TIMED_OUT"])
    recent = []
    for execution in ended:
        if execution["StartTimestamp"] < since:
            break
        recent.append(execution["DurableExecutionName"])
    latest = next(in_flight(deployed.client, deployed.function, "$LATEST"), None)
    if latest:
        yield Finding(
            "executions",
            "warning",
            f"{latest['DurableExecutionName']} runs on $LATEST, whose code can change meanwhile",
            "invoke the alias",
        )
    if recent:
        names = ", ".join(recent[:3]) + (f" and {len(recent) - 3} more" if len(recent) > 3 else "")
        yield Finding(
            "executions",
            "warning",
            f"{len(recent)} of the last day have failed or timed out: {names}",
            f"durable show {recent[0]}; durable retry {recent[0]}",
        )
    elif not latest:
        yield Finding("executions", "ok", "none of the last day has failed")
