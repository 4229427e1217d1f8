"""A durable function with everything that it needs to be invoked: role, log group, version, alias, alarms."""

import pulumi
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
hello = DurableFunction(
    "hello",
    {
        "execution_timeout_seconds": 300,
        "retention_days": 1,
        "runtime": "python3.13",
        "handler": "hello.handler",
        "code_path": "handler",
    },
)
pulumi.export("hello", hello.outputs())
