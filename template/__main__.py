"""Deploys the workflow: a durable function with its role, log group, version, alias and alarms."""

import pulumi
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
workflow = DurableFunction(
    "workflow",
    {
        "code_path": "handler",
        "runtime": "python3.13",
        "handler": "workflow.handler",
        "execution_timeout_seconds": 24 * 3600,
        "retention_days": 7,
    },
)
pulumi.export("workflow", workflow.outputs())
