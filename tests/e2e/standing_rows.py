"""The changes of what a version stands on, that tests/e2e/test_standing.py deploys while an execution waits."""

from dataclasses import dataclass, field
from typing import Any

HANDLER = """
import os

import boto3
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    if event.get("now"):
        return "now"
    answer = context.wait_for_callback(lambda callback_id, _: None, name="approval")
    if event.get("last"):
        return answer
    if name := event.get("read"):
        read = lambda _: boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        context.step(read, name="read")
    if event.get("list"):
        context.step(lambda _: len(boto3.client("sqs").list_queues().get("QueueUrls", [])), name="list")
    if target := os.environ.get("TARGET"):
        return context.invoke(target, {event.get("pass", "last"): True}, name="call")
    return answer
"""
CALLED = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    return "called"
"""
# In no step, which would be tried again.
LISTING = """
import boto3
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    return len(boto3.client("sqs").list_queues().get("QueueUrls", []))
"""
CARD = "/card-of-everything"
CARD_ARN = f"arn:aws:ssm:us-east-1:000000000000:parameter{CARD}"
ITSELF = "arn:aws:lambda:us-east-1:000000000000:function:orders-of-itself"
PROGRAM = f"""
import json

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import CallbackGrant, DurableFunction, register_guard

HANDLER = {HANDLER!r}
CALLED = {CALLED!r}
LISTING = {LISTING!r}
TRUST = json.dumps({{"Version": "2012-10-17", "Statement": [
    {{"Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole"}}
]}})
LIST = {{"actions": ["sqs:ListQueues"], "resources": ["*"]}}
SEND = {{"actions": ["sqs:SendMessage"], "resources": ["*"]}}
CALL_ITSELF = {{"actions": ["lambda:InvokeFunction"], "resources": ["{ITSELF}:*"]}}
suffix = ""


def make(name="orders", opts=None, code=HANDLER, **more):
    usual = {{
        "execution_timeout_seconds": 7200,
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": code,
        "durable_alarms": False,
        "errors_alarm": False,
    }}
    made = DurableFunction(name + suffix, {{**usual, **more}}, opts)
    pulumi.export(name + suffix, made.outputs())
    return made


def role(name):
    return aws.iam.Role(name + suffix, assume_role_policy=TRUST)


register_guard()
"""


UPDATE, DELETION = "update", "deletion"


@dataclass(frozen=True)
class Row:
    """A change of what a version stands on.

    Attributes:
        before: what is deployed when the execution starts.
        after: what is deployed while it waits.
        says: what the deployments say; ORDERS, PAYMENTS and OWN stand for the names of the row's resources.
        refused_at: where the engine meets the refusal in a preview and in a deployment: at an update, after which it comes
            to no deletion, or at a deletion.
        event: the execution's event, by which its handler uses what it stands on.
        qualifier: what the execution is started on; the alias by default.
    """

    before: str
    after: str
    says: str = ""
    refused_at: tuple[str, str] = (DELETION, DELETION)
    event: dict[str, Any] = field(default_factory=dict)
    qualifier: str = ""


def own_role(more: str = "") -> str:
    return f'make(role_arn=role("own").arn{more})'


def two(payments: str = "", grant: str = 'payments.grant_invoke("orders", orders)') -> str:
    return f"""payments = make("payments", code=CALLED{payments})
orders = make(environment={{"TARGET": payments.alias_arn}})
{grant}"""


def itself(alias: str) -> str:
    environment = {"TARGET": f"{ITSELF}:{alias}"}
    return (
        f'make(function_name="orders-of-itself", alias_name="{alias}", environment={environment}, '
        "role_statements=[CALL_ITSELF])"
    )


def approvers(*numbers: int) -> str:
    grants = [f"orders.grant_callback('approver-{each}', approvers[{each}])" for each in numbers]
    return "\n".join(
        ["approvers = [role(f'approver-{each}') for each in (0, 1)]", "orders = make()", *grants]
    )


def suffixed(row: str, name: str) -> str:
    """Return a row's program, whose resources have names of their own."""
    return f"suffix = {name!r}\n{row}\n"


NEEDED = "1 execution is in flight on a version that needs it"
EXECUTION_POLICY = "policy ORDERS-execution-[0-9a-f]+ of role ORDERS-[0-9a-f]+"
# Whichever the engine comes to first.
CALLED_BY_IT = (
    "PAYMENTS-[0-9a-f]+ is not deleted: 1 execution is in flight on a version that calls it"
    "|policy PAYMENTS-orders-[0-9a-f]+ of role ORDERS-[0-9a-f]+ is not (deleted|updated): 1 execution is"
)
REFUSED = {
    "role path": Row(
        "make()", 'make(role_path="/service/")', f"role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}"
    ),
    "own role": Row("make()", own_role(), f"role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}"),
    "own role left alone": Row(
        own_role(),
        own_role(', execution_policy="none"'),
        f"policy ORDERS-execution-[0-9a-f]+ of role OWN-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "boundary": Row(
        "make()",
        'make(permissions_boundary_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")',
        f"role ORDERS-[0-9a-f]+ is not updated: {NEEDED}",
        (UPDATE, UPDATE),
    ),
    "log group": Row(
        "make()",
        'make(log_group_name="/shop/orders")',
        f"(log group /aws/lambda/ORDERS-.* is not deleted|{EXECUTION_POLICY} is not updated): {NEEDED}",
        (DELETION, UPDATE),
    ),
    "dead letter queue": Row(
        "make(dead_letter_queue=True)",
        "make()",
        f"(queue|policy) ORDERS-dead-letters-[0-9a-f]+ (of role .*)?is not deleted: {NEEDED}",
    ),
    "statements gone": Row(
        "make(role_statements=[LIST])",
        "make()",
        f"policy ORDERS-statements-(kept-)?[0-9a-f]+ of role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}",
        event={"list": True},
    ),
    "statements narrowed": Row(
        "make(role_statements=[LIST])",
        "make(role_statements=[SEND])",
        f"policy ORDERS-statements-[0-9a-f]+ of role ORDERS-[0-9a-f]+ is not updated: {NEEDED}"
        "(?s:.*?)They would lose sqs:ListQueues",
        (UPDATE, UPDATE),
        event={"list": True},
    ),
    "tracing": Row(
        "make(tracing=True)",
        "make()",
        f"policy AWSXRayDaemonWriteAccess of role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "network": Row(
        'make(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])',
        "make()",
        f"policy ORDERS-vpc-[0-9a-f]+ of role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "function": Row(
        "make()", 'make(function_name="orders-anew")', "ORDERS-[0-9a-f]+ is not deleted: 1 execution is"
    ),
    "component": Row("make()", "", "ORDERS-[0-9a-f]+ is not deleted: 1 execution is"),
    "called function": Row(two(), two(', function_name="payments-anew"'), CALLED_BY_IT, (DELETION, UPDATE)),
    "called alias": Row(two(), two(', alias_name="next"'), CALLED_BY_IT, (DELETION, UPDATE)),
    "right to call": Row(
        two(),
        two(grant=""),
        f"policy PAYMENTS-orders-[0-9a-f]+ of role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "called component": Row(two(), "make()", CALLED_BY_IT),
    "alias that it calls itself by": Row(
        itself("live"),
        itself("next"),
        "alias live of orders-of-itself is not deleted: 1 execution is in flight on a version that calls it",
        event={"pass": "now"},
    ),
    "secret": Row(
        f'make().allow_secret("card", "{CARD_ARN}")',
        "make()",
        f"policy ORDERS-card-[0-9a-f]+ of role ORDERS-[0-9a-f]+ is not deleted: {NEEDED}",
        event={"read": CARD},
    ),
}
PASSED = {
    "renamed component": Row(
        "make()", 'make("shop", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="orders" + suffix)]))'
    ),
    "alias that nobody calls": Row("make()", 'make(alias_name="next")'),
    "additional alias": Row('make(additional_aliases={"next": "newest"})', "make()"),
    "wider statements": Row(
        "make(role_statements=[LIST])",
        "make(role_statements=[LIST, SEND])",
        event={"list": True},
    ),
    "renamed secret grant": Row(
        f'make().allow_secret("card", "{CARD_ARN}")',
        f'make().allow_secret("bank-card", "{CARD_ARN}")',
        event={"read": CARD},
    ),
    "statement to grant": Row(
        f'make(role_statements=[LIST, {{"actions": ["ssm:GetParameter"], "resources": ["{CARD_ARN}"]}}])',
        f'make(role_statements=[LIST]).allow_secret("card", "{CARD_ARN}")',
        event={"read": CARD, "list": True},
    ),
    "new code": Row(
        "make(dead_letter_queue=True)", 'make(code=HANDLER + "# changed", dead_letter_queue=True)'
    ),
    "alarm, tags and retention": Row(
        "make()", 'make(errors_alarm=True, tags={"a": "b"}, retention_days=3, log_retention_days=30)'
    ),
    "no code of the newest": Row(
        "make()", 'make(tags={"a": "b"}, reserved_concurrency=5, memory_size_mb=256)', qualifier="$LATEST"
    ),
    "who may answer it": Row(
        approvers(0, 1),
        approvers(0),
        r"policy ORDERS-approver-1-\w+ of role approver-1\S+ no longer grants callback permissions: 1 execution is in "
        "flight, and may wait",
    ),
}
EVERYTHING = f"""payments = make("payments", function_name="payments-of-everything", environment={{"OTHER": "orders-of-everything"}})
orders = make(
    function_name="orders-of-everything",
    environment={{"TARGET": payments.alias_arn}},
    role_statements=[LIST],
    dead_letter_queue=True,
    tracing=True,
)
orders.grant_callback("approver", role("approver"))
orders.allow_secret("card", "{CARD_ARN}")
payments.grant_invoke("orders", orders)
orders.grant_invoke("payments", payments)
"""


def letters(path: str = "/", group: str = "/shop/one", *, queue: bool = True, more: str = "") -> str:
    return f"make(dead_letter_queue={queue}, role_path={path!r}, log_group_name={group!r}, {more})"


SHORT = """
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event, context):
    context.wait(Duration.from_seconds(2))
    return VERSION
"""


def short(version: int, more: str = "") -> str:
    return f"make(code={SHORT.replace('VERSION', repr(str(version)))!r}, {more})"
