"""Makes the components as generated classes do: by their tokens, from another process than this."""

from typing import Any

import pulumi
import pulumi_aws as aws

HANDLER = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    if event == "wait":
        context.wait_for_callback(lambda *_: None, name="approval")
    return event
"""
FUNCTION: dict[str, Any] = {
    "executionTimeoutSeconds": 60,
    "runtime": "python3.13",
    "handler": "index.handler",
    "codeInline": HANDLER,
}


class Remote(pulumi.ComponentResource):
    """A component of the package."""

    def __init__(self, kind: str, name: str, args: dict[str, Any], *outputs: str) -> None:
        super().__init__(
            f"durable-functions:index:{kind}", name, {**dict.fromkeys(outputs), **args}, options, remote=True
        )

    def output(self, name: str) -> pulumi.Output[Any]:
        """Return one of the outputs that were named."""
        found: pulumi.Output[Any] = getattr(self, name)
        return found


own = aws.Provider("own", region="us-east-1", default_tags={"tags": {"team": "shop"}})
options = pulumi.ResourceOptions(providers=[own])
caller = Remote("DurableExecutionRole", "caller", {}, "roleArn", "roleName")
pulumi.export("callerName", caller.output("roleName"))

if not pulumi.Config().get_bool("withoutFunctions"):
    payments = Remote("DurableFunction", "payments", FUNCTION, "aliasArn")
    environment = {"PAYMENTS": payments.output("aliasArn")}
    orders = Remote(
        "DurableFunction",
        "orders",
        {**FUNCTION, "environment": environment},
        *("aliasArn", "functionArn", "functionName", "executionTimeoutSeconds", "deadLetterArn"),
    )
    alias, arn = orders.output("aliasArn"), orders.output("functionArn")
    grantee = {"roleArn": caller.output("roleArn")}
    Remote("InvokeGrant", "invokes", {"qualifiedArn": alias, **grantee})
    Remote("CallbackGrant", "answers", {"functionArn": arn, **grantee})
    Remote("ScheduleTrigger", "nightly", {"qualifiedArn": alias, "schedule": "rate(1 day)"})
    pulumi.export("payments", payments.output("aliasArn"))
    for key in ("aliasArn", "functionArn", "functionName", "executionTimeoutSeconds", "deadLetterArn"):
        pulumi.export(key, orders.output(key))
