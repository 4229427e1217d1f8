"""Status changes as the CloudWatch metrics that Lambda has for durable executions.

DurableExecutionStorageWrittenBytes is missing: the runner does not measure it.
"""

from local_cloud.gateway import emulator
from local_cloud.gateway.changes import StatusChange

OUTCOMES = {
    "RUNNING": "DurableExecutionStarted",
    "SUCCEEDED": "DurableExecutionSucceeded",
    "FAILED": "DurableExecutionFailed",
    "TIMED_OUT": "DurableExecutionTimedOut",
    "STOPPED": "DurableExecutionStopped",
}


def record(change: StatusChange) -> None:
    """Record the change in the namespace AWS/Lambda."""
    function = {"FunctionName": change.function_name}
    values: list[tuple[str, float, str, dict[str, str]]] = [
        (OUTCOMES[change.status], 1, "Count", function),
        ("ApproximateRunningDurableExecutions", change.running, "Count", {}),
    ]
    if change.started and change.ended:
        milliseconds = (change.ended - change.started).total_seconds() * 1000
        values += [
            ("DurableExecutionDuration", milliseconds, "Milliseconds", function),
            ("DurableExecutionOperations", change.operations, "Count", function),
        ]
    with emulator.responses.request_scope(*change.scope):
        for name, value, unit, dimensions in values:
            emulator.cloudwatch.record_metric("AWS/Lambda", name, value, unit, dimensions)
