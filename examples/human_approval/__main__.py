"""A refund that waits for a person: a message in a chat with buttons, and a webhook that handles a press."""

import pulumi
from pulumi_durable_functions import DurableFunction, StandardFunction, register_guard

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

webhook = StandardFunction(
    "webhook",
    {
        "timeout_seconds": 10,
        "runtime": "python3.13",
        "handler": "webhook.handler",
        "code_path": "webhook",
        "environment": {"SIGNING_SECRET": config.require_secret("signingSecret")},
    },
)
refunds.grant_callback("webhook", webhook)
# Everybody may call the URL; the webhook itself checks the chat's signature.
url = webhook.add_url("url", {"authorization": "NONE"})

pulumi.export("refunds", refunds.outputs())
pulumi.export("webhook_url", url.url)
