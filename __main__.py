"""The program: an order workflow that charges through a second durable function and waits for a person."""

import json

import pulumi
import pulumi_aws as aws

from components import DurableFunction
from stacks import Settings

settings = Settings.load()


def role_of_this_account(name: str) -> aws.iam.Role:
    """Make a role that the account's own users and roles may assume, where their policies allow it."""
    return aws.iam.Role(
        name,
        assume_role_policy=pulumi.Output.all(
            aws.get_partition_output().partition, aws.get_caller_identity_output().account_id
        ).apply(
            lambda own: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": f"arn:{own[0]}:iam::{own[1]}:root"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            )
        ),
    )


payments = DurableFunction(
    "payments",
    {
        **settings.function_options(),
        "execution_timeout_seconds": settings.execution_timeout,
        "description": "Charges and refunds cards",
        "code_path": "functions/payments",
        "runtime": "nodejs22.x",
        "handler": "index.handler",
        "environment": settings.function_environment(),
    },
)
orders = DurableFunction(
    "orders",
    {
        **settings.function_options(),
        "execution_timeout_seconds": settings.execution_timeout,
        "description": "Takes an order from stock to shipping",
        "code_path": "functions/orders",
        "runtime": "python3.13",
        "handler": "order_workflow.handler",
        "environment": {
            **settings.function_environment(),
            "PAYMENTS_FUNCTION": payments.alias_arn,
            "SETTLEMENT_SECONDS": str(settings.settlement_time),
            "APPROVAL_TIMEOUT_SECONDS": str(settings.approval_timeout),
            "APPROVAL_THRESHOLD": str(settings.approval_threshold),
        },
    },
)

payments.grant_invoke("orders", orders)
orders.grant_invoke("shop", role_of_this_account("shop"))
orders.grant_callback("approver", role_of_this_account("approver"))

pulumi.export("orders", orders.outputs())
pulumi.export("payments", payments.outputs())
