"""A durable function in Node.js, with its packages locked and bundled."""

import pulumi
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
config = pulumi.Config()

onboarding = DurableFunction(
    "onboarding",
    {
        "execution_timeout_seconds": 30 * 86_400,
        "retention_days": 30,
        "runtime": "nodejs22.x",
        "handler": "index.handler",
        # Its package-lock.json is installed into the archive, for Lambda's platform.
        "code_path": "handler",
        "environment": {"SECONDS_PER_DAY": str(config.require_int("secondsPerDay"))},
    },
)
pulumi.export("onboarding", onboarding.outputs())
