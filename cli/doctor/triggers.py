"""Whether triggers are fit for the function's executions."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from ..executions import SYNC_SECONDS
from ..service_errors import error_code
from .deployed_function import DeployedFunction, Finding


def triggers(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check event source mappings, which wait for executions, and permissions to start them."""
    ok = 0
    pages = deployed.client.get_paginator("list_event_source_mappings").paginate(
        FunctionName=deployed.function.name
    )
    for mapping in (mapping for page in pages for mapping in page["EventSourceMappings"]):
        # A self-managed Kafka cluster has no ARN.
        source = mapping.get("EventSourceArn", mapping["UUID"]).split(":")[-1]
        target = mapping["FunctionArn"]
        if target.count(":") == deployed.function.arn.count(":"):
            yield Finding(
                "triggers",
                "problem",
                f"the mapping of {source} names no version or alias",
                "map it to the alias, as on_queue and on_stream do",
            )
        elif deployed.timeout > SYNC_SECONDS:
            yield Finding(
                "triggers",
                "problem",
                f"the mapping of {source} would wait for executions of up to {deployed.timeout:,} s; it can wait for "
                f"{SYNC_SECONDS} s",
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


def _statements(deployed: DeployedFunction) -> list[dict[str, Any]]:
    try:
        policy = json.loads(deployed.client.get_policy(FunctionName=deployed.function.name)["Policy"])
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise
        return []
    statements: list[dict[str, Any]] = policy["Statement"]
    return statements
