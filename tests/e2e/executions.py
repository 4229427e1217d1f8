"""What the tests ask a cloud about executions, and about the versions that they run on."""

import time
from collections.abc import Callable
from typing import Any

from tests.e2e.conftest import LocalCloud


def callback_of(cloud: LocalCloud, arn: str) -> str:
    """Wait until an execution waits for its callback, and return the callback's id."""

    def found() -> str | None:
        events = cloud.client("lambda").get_durable_execution_history(DurableExecutionArn=arn)["Events"]
        ids = [
            str(event["CallbackStartedDetails"]["CallbackId"])
            for event in events
            if event["EventType"] == "CallbackStarted"
        ]
        return ids[0] if ids else None

    return str(wait_for(found))


def ended(cloud: LocalCloud, arn: str) -> Any:
    """Wait until an execution has ended, and return it."""

    def found() -> Any:
        execution = cloud.client("lambda").get_durable_execution(DurableExecutionArn=arn)
        return execution if execution["Status"] != "RUNNING" else None

    return wait_for(found)


def wait_for(found: Callable[[], Any], seconds: float = 60) -> Any:
    """Poll until something is found or true, with a bound that only a hang reaches; return it."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, "nothing came"
        time.sleep(0.1)
    return result


def versions(cloud: LocalCloud, function: Any) -> set[str]:
    listed = cloud.client("lambda").list_versions_by_function(FunctionName=function["function_name"])
    return {each["Version"] for each in listed["Versions"]} - {"$LATEST"}
