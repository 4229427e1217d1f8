"""What executions of the last day say."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..executions import in_flight, of_statuses
from .deployed_function import DeployedFunction, Finding


def executions(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether executions fail, or run where the code changes under them."""
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
            f"{latest['DurableExecutionName']} runs on $LATEST, whose code changes under it",
            "invoke the alias",
        )
    if recent:
        names = ", ".join(recent[:3]) + (f" and {len(recent) - 3} more" if len(recent) > 3 else "")
        yield Finding(
            "executions",
            "warning",
            f"{len(recent)} of the last day failed or timed out: {names}",
            f"durable show {recent[0]}",
        )
    elif not latest:
        yield Finding("executions", "ok", "none of the last day has failed")
