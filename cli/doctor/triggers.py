"""Whether triggers are fit for the function's executions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ..executions import SYNC_SECONDS
from ..service_errors import error_code
from .deployed_function import DeployedFunction, Finding, execution_timeout

MANAGED_SECONDS = 5_400
"""How long a mapping waits, at most, for a function on Lambda Managed Instances.

https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html
"""


def triggers(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check event source mappings, which wait for executions, and permissions to start them."""
    ok = 0
    for mapping in deployed.mappings:
        source, target = source_name(mapping), mapping["FunctionArn"]
        config = deployed.invoked(target)
        seconds = execution_timeout(config)
        most = MANAGED_SECONDS if config.get("CapacityProviderConfig") else SYNC_SECONDS
        if target.count(":") == deployed.function.arn.count(":"):
            yield Finding(
                "triggers",
                "problem",
                f"the mapping of {source} names no version or alias",
                "map it to the alias, as on_queue and on_stream do",
            )
        elif seconds > most:
            yield Finding(
                "triggers",
                "problem",
                f"the mapping of {source} would wait for executions of up to {seconds:,} s; it can wait for {most} s",
                'put an intermediary in between: {"intermediary": True}',
            )
        else:
            ok += 1
    if any(statement["Resource"] == deployed.function.arn for statement in _statements(deployed)):
        yield Finding(
            "triggers",
            "warning",
            "there are permissions on the unqualified ARN, which nobody can invoke",
            "grant them on the alias, as the on_... methods and InvokeGrant do",
        )
    mappings = f"{ok} event source mapping{'s' if ok > 1 else ''}, fit for the execution timeout"
    yield Finding("triggers", "ok", mappings if ok else "no event source mapping waits for its executions")


def source_name(mapping: Mapping[str, Any]) -> str:
    """Return what a mapping reads: its topics or queues, or the name in the source's ARN; its UUID if it has none."""
    if names := [*mapping.get("Topics", []), *mapping.get("Queues", [])]:
        return ", ".join(names)
    arn = mapping.get("EventSourceArn")
    return str(arn.split(":", 5)[-1] if arn else mapping["UUID"])


def _statements(deployed: DeployedFunction) -> list[dict[str, Any]]:
    try:
        policy = json.loads(deployed.client.get_policy(FunctionName=deployed.function.name)["Policy"])
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return []
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements
