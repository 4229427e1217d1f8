"""Whether what starts executions is fit for them."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from ..executions import SYNC_SECONDS
from ..service_errors import error_code
from .deployed_function import DeployedFunction, Finding


def triggers(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check what waits for executions, and who may start them."""
    ok = 0
    pages = deployed.client.get_paginator("list_event_source_mappings").paginate(
        FunctionName=deployed.function.name
    )
    for mapping in (mapping for page in pages for mapping in page["EventSourceMappings"]):
        # A Kafka of one's own has no ARN.
        source = mapping.get("EventSourceArn", mapping["UUID"]).split(":")[-1]
        target = mapping["FunctionArn"]
        if target.count(":") == deployed.function.arn.count(":"):
            yield Finding(
                "triggers",
                "problem",
                f"{source} names no version or alias",
                "map it to the alias: on_queue, on_stream",
            )
        elif deployed.timeout > SYNC_SECONDS:
            yield Finding(
                "triggers",
                "problem",
                f"{source} would wait for executions of up to {deployed.timeout:,} s; a mapping waits {SYNC_SECONDS} s",
                'put an intermediary between: {"intermediary": True}',
            )
        else:
            ok += 1
    if any(statement["Resource"] == deployed.function.arn for statement in _statements(deployed)):
        yield Finding(
            "triggers",
            "warning",
            "permissions stand on the bare ARN, which nobody can invoke",
            "give them to the alias: the on_... methods and InvokeGrant do",
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
