"""A nightly batch: one execution fans out over all accounts, and writes a statement for each."""

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
config = pulumi.Config()

# An example leaves nothing behind. In a real program, statements in the bucket should prevent its deletion.
statements = aws.s3.Bucket("statements", force_destroy=True)
batch = DurableFunction(
    "batch",
    {
        "execution_timeout_seconds": 6 * 3_600,
        "retention_days": 30,
        "runtime": "python3.13",
        "handler": "batch.handler",
        "code_path": "handler",
        "memory_size_mb": 1024,
        "environment": {"STATEMENTS_BUCKET": statements.bucket},
        "role_statements": [
            {"actions": ["s3:PutObject"], "resources": [pulumi.Output.concat(statements.arn, "/*")]}
        ],
    },
)
batch.on_schedule(
    "nightly",
    {
        "schedule": config.require("schedule"),
        "timezone": "Europe/Berlin",
        "event": {},
        "description": "Writes the statements of the day",
    },
)

pulumi.export("batch", batch.outputs())
pulumi.export("statements", statements.bucket)
