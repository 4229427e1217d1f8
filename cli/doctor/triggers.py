"""Whether what starts executions is fit for them."""

import json
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from ..executions import SYNC_SECONDS
from ..refusals import code_of
from .patient import Finding, Patient


def triggers(patient: Patient) -> Iterator[Finding]:
    """Check what waits for executions, and who may start them."""
    ok = 0
    pages = patient.client.get_paginator("list_event_source_mappings").paginate(
        FunctionName=patient.function.name
    )
    for mapping in (each for page in pages for each in page["EventSourceMappings"]):
        # A Kafka of one's own has no ARN.
        source = mapping.get("EventSourceArn", mapping["UUID"]).split(":")[-1]
        target = mapping["FunctionArn"]
        if target.count(":") == patient.function.arn.count(":"):
            yield Finding(
                "triggers",
                "problem",
                f"{source} names no version or alias",
                "map it to the alias: on_queue, on_stream",
            )
        elif patient.timeout > SYNC_SECONDS:
            yield Finding(
                "triggers",
                "problem",
                f"{source} would wait for executions of up to {patient.timeout:,} s; a mapping waits {SYNC_SECONDS} s",
                'put an intermediary between: {"intermediary": True}',
            )
        else:
            ok += 1
    if any(each["Resource"] == patient.function.arn for each in _statements(patient)):
        yield Finding(
            "triggers",
            "warning",
            "permissions stand on the bare ARN, which nobody can invoke",
            "give them to the alias: the on_... methods and InvokeGrant do",
        )
    mappings = f"{ok} event source mapping{'s' if ok > 1 else ''}, fit for the execution timeout"
    yield Finding("triggers", "ok", mappings if ok else "no event source mapping waits for its executions")


def _statements(patient: Patient) -> list[dict[str, Any]]:
    try:
        policy = json.loads(patient.client.get_policy(FunctionName=patient.function.name)["Policy"])
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return []
    found: list[dict[str, Any]] = policy["Statement"]
    return found
