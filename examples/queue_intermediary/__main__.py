"""A queue whose messages start executions that last longer than the 15 minutes for which Lambda waits."""

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
config = pulumi.Config()

transcode = DurableFunction(
    "transcode",
    {
        "execution_timeout_seconds": 86_400,
        "retention_days": 14,
        "runtime": "python3.13",
        "handler": "transcode.handler",
        "code_path": "handler",
        "environment": {"POLL_SECONDS": str(config.require_int("pollSeconds"))},
    },
)

# If starting an execution fails three times, the message moves to this queue.
undeliverable = aws.sqs.Queue("undeliverable", message_retention_seconds=14 * 86_400)
uploads = aws.sqs.Queue(
    "uploads",
    visibility_timeout_seconds=180,
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": undeliverable.arn, "maxReceiveCount": 3}),
)
transcode.on_queue("uploads", {"queue_arn": uploads.arn, "intermediary": True, "body_as_event": True})

pulumi.export("transcode", transcode.outputs())
pulumi.export("uploads", uploads.url)
pulumi.export("undeliverable", undeliverable.url)
