"""BENCH_FUNCTIONS durable functions, each a component; BENCH_CHANGED changes the first one."""

import os

import pulumi
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
for number in range(int(os.environ["BENCH_FUNCTIONS"])):
    name = f"function-{number}"
    function = DurableFunction(
        name,
        {
            "execution_timeout_seconds": 900,
            "retention_days": 1,
            "runtime": "python3.13",
            "handler": "app.handler",
            "code_path": "handler",
            "description": "changed" if os.environ.get("BENCH_CHANGED") and not number else "unchanged",
        },
    )
    pulumi.export(name, function.alias_arn)
