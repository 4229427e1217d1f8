"""A refund that waits for a person: a message in a chat with buttons, and a webhook that handles a press."""

import json

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
config = pulumi.Config()

refunds = DurableFunction(
    "refunds",
    {
        "execution_timeout_seconds": 7 * 86_400,
        "retention_days": 30,
        "runtime": "python3.13",
        "handler": "refund.handler",
        "code_path": "handler",
        "environment": {
            "CHAT_URL": config.require_secret("chatUrl"),
            "ANSWER_WITHIN_SECONDS": str(config.require_int("answerWithin")),
        },
    },
)

# The webhook is a plain function. It may write its log and complete the callbacks of `refunds`, and nothing else.
webhook_role = aws.iam.Role(
    "webhook",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
logging = aws.iam.RolePolicyAttachment(
    "webhook-logging",
    role=webhook_role.name,
    policy_arn=pulumi.Output.format(
        "arn:{}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        aws.get_partition_output().partition,
    ),
)
webhook_log = aws.cloudwatch.LogGroup("webhook", name_prefix="/aws/lambda/webhook-", retention_in_days=30)
webhook = aws.lambda_.Function(
    "webhook",
    role=webhook_role.arn,
    runtime="python3.13",
    architectures=["arm64"],
    handler="webhook.handler",
    code=pulumi.FileArchive("webhook"),
    timeout=10,
    environment={"variables": {"SIGNING_SECRET": config.require_secret("signingSecret")}},
    logging_config={"log_format": "JSON", "log_group": webhook_log.name},
    opts=pulumi.ResourceOptions(depends_on=[logging]),
)
refunds.grant_callback("webhook", webhook)

# Everybody may call the URL; the webhook itself checks the chat's signature.
url = aws.lambda_.FunctionUrl("webhook", function_name=webhook.name, authorization_type="NONE")
aws.lambda_.Permission(
    "webhook-url",
    action="lambda:InvokeFunctionUrl",
    function=webhook.name,
    principal="*",
    function_url_auth_type="NONE",
)
aws.lambda_.Permission(
    "webhook-invoke",
    action="lambda:InvokeFunction",
    function=webhook.name,
    principal="*",
    invoked_via_function_url=True,
)

pulumi.export("refunds", refunds.outputs())
pulumi.export("webhook_url", url.function_url)
