"""An AI agent whose loop is a durable function: it may wait for days between two turns, and the wait costs nothing."""

import pulumi
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
config = pulumi.Config()

agent = DurableFunction(
    "agent",
    {
        "execution_timeout_seconds": 90 * 86_400,
        "retention_days": 30,
        "log_retention_days": 90,
        "runtime": "python3.13",
        "handler": "agent.handler",
        "code_path": "handler",
        "environment": {
            "SECONDS_PER_DAY": str(config.require_int("secondsPerDay")),
            "MAX_TURNS": str(config.require_int("maxTurns")),
        },
    },
)
pulumi.export("agent", agent.outputs())
