"""A parcel that a warehouse packs: a workflow waits for it, a webhook takes the answer, and a worker prices it."""

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, StandardFunction, register_guard

register_guard()
jobs = aws.sqs.Queue("jobs")

postage = StandardFunction(
    "postage", {"code_path": "postage", "runtime": "python3.13", "handler": "postage.handler"}
)
parcels = DurableFunction(
    "parcels",
    {
        "execution_timeout_seconds": 7 * 86_400,
        "retention_days": 30,
        "runtime": "python3.13",
        "handler": "parcel.handler",
        "code_path": "handler",
        "environment": {"JOBS_URL": jobs.url, "POSTAGE_FUNCTION": postage.alias_arn},
        "role_statements": [{"actions": ["sqs:SendMessage"], "resources": [jobs.arn]}],
    },
)
postage.grant_invoke("parcels", parcels)

webhook = StandardFunction(
    "packed", {"code_path": "packed", "runtime": "python3.13", "handler": "packed.handler"}
)
parcels.grant_callback("packed", webhook)
# Everybody may call the URL; only who knows a callback's ID can answer, once.
url = webhook.add_url("url", {"authorization": "NONE"})

pulumi.export("parcels", parcels.outputs())
pulumi.export("jobs", jobs.url)
pulumi.export("webhook_url", url.url)
