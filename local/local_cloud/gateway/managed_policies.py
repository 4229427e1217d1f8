"""AWS's own policies that the control plane does not know: without them, simulated permissions would be missing."""

import json

from local_cloud.gateway import emulator

BASIC_DURABLE = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
ACTIONS = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "lambda:CheckpointDurableExecution",
    "lambda:GetDurableExecutionState",
]


def install() -> None:
    """Add them. The control plane has no public way to; this is what its own are added by."""
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    description = "Provides permissions for durable functions to write logs and to checkpoint."
    policy = emulator.managed_policy(BASIC_DURABLE, document, description)
    emulator.managed_policies.value[f"arn:aws:iam::aws:policy/{BASIC_DURABLE}"] = policy
