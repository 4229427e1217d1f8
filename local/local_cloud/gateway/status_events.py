"""Status changes as EventBridge events, in the form AWS documents for durable executions."""

import json
from datetime import UTC, datetime

from local_cloud.gateway import emulator
from local_cloud.gateway.changes import StatusChange


def put_event(change: StatusChange) -> None:
    """Put the change on the default bus of the function's account and region."""
    detail = {
        "durableExecutionArn": change.execution_arn,
        "durableExecutionName": change.execution_name,
        "functionArn": change.function_arn,
        "status": change.status,
        **_timestamp("startTimestamp", change.started),
        **_timestamp("endTimestamp", change.ended),
    }
    entry = {
        "Source": "aws.lambda",
        "DetailType": "Durable Execution Status Change",
        "Detail": json.dumps(detail),
    }
    with emulator.responses.request_scope(*change.scope):
        # The API refuses events whose source is AWS.
        emulator.put_events({"Entries": [entry]}, allow_aws_source=True)


def _timestamp(name: str, time: datetime | None) -> dict[str, str]:
    if time is None:
        return {}
    text = time.astimezone(UTC).isoformat(timespec="milliseconds")
    return {name: text.replace("+00:00", "Z")}
