"""The program: an order workflow that charges through a second durable function and waits for a person."""

import json

import pulumi
import pulumi_aws as aws

# The folder components/, by the name under which it is installed.
from pulumi_durable_functions import (
    AlarmTopic,
    DurableFunction,
    DurableMonitoring,
    cost_hint,
    cost_of,
    public_prices,
    register_guard,
)

from stacks import Settings

register_guard()
settings = Settings.load()
topic_args = settings.alarm_topic_args()
# In a protected stack, no resource is deleted, whether a component makes it or the program itself.
protected = pulumi.ResourceOptions(protect=settings.deletion_protection or None)
topic = (
    settings.alarm_topic_arn if topic_args is None else AlarmTopic("alarms", topic_args, protected).topic_arn
)


def role_of_this_account(name: str) -> aws.iam.Role:
    """Make a role that the account's own users and roles may assume, if their policies allow it."""
    return aws.iam.Role(
        name,
        assume_role_policy=pulumi.Output.all(
            aws.get_partition_output().partition, aws.get_caller_identity_output().account_id
        ).apply(
            lambda values: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": f"arn:{values[0]}:iam::{values[1]}:root"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            )
        ),
        opts=protected,
    )


payments = DurableFunction(
    "payments",
    {
        **settings.function_args("payments", topic),
        "description": "Charges and refunds cards",
        "code_path": "functions/payments",
        "runtime": "nodejs22.x",
        "handler": "index.handler",
        "environment": settings.function_environment(),
    },
    settings.naming(),
)
orders = DurableFunction(
    "orders",
    {
        **settings.function_args("orders", topic),
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
    settings.naming(),
)

payments.grant_invoke("orders", orders)
orders.grant_invoke("shop", role_of_this_account("shop"))
orders.grant_callback("approver", role_of_this_account("approver"))

# Orders arrive in the queue. If starting an execution fails three times, the message moves to the second queue.
undeliverable = aws.sqs.Queue("undeliverable-orders", message_retention_seconds=14 * 86_400, opts=protected)
inbox = aws.sqs.Queue(
    "new-orders",
    visibility_timeout_seconds=180,
    redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": undeliverable.arn, "maxReceiveCount": 3}),
    opts=protected,
)
orders.on_queue("inbox", {"queue_arn": inbox.arn, "intermediary": True, "body_as_event": True})
payments.on_schedule("reconcile", {"schedule": settings.reconcile_schedule, "event": {"action": "reconcile"}})

if settings.dashboard:
    monitoring = DurableMonitoring(
        "durable",
        {
            "functions": {"orders": orders.function_name, "payments": payments.function_name},
            "alarm_actions": [] if topic is None else [topic],
        },
        protected,
    )
    pulumi.export("dashboard", monitoring.dashboard_name)

workload, prices = settings.workload(executions=1_000), settings.prices() or public_prices(aws.config.region)

pulumi.export("orders", orders.outputs())
pulumi.export("payments", payments.outputs())
pulumi.export(
    "commands",
    {
        "start an order": "durable invoke orders functions/sample-order.json --name order-1 --wait",
        "the same by the AWS CLI": pulumi.Output.concat(
            "aws lambda invoke --function-name ",
            orders.alias_arn,
            " --invocation-type Event --durable-execution-name order-1",
            " --cli-binary-format raw-in-base64-out --payload file://functions/sample-order.json /dev/stdout",
        ),
        "see what runs": "durable list",
        "approve it": "durable approve order-1",
        "examine what is deployed": "durable doctor",
    },
)
pulumi.export("order_queue", inbox.url)
if topic is not None:
    pulumi.export("alarm_topic", topic)
pulumi.export(
    "cost_of_1000_executions",
    {
        "hint": cost_hint(workload, prices),
        "gigabyte_months": workload.gigabyte_months,
        **(cost_of(workload, prices) if prices else {}),
    },
)
