"""Resources as policies see them, and what policies find in them."""

from typing import Any

from durable_policies.model import UNKNOWN, Resource, ResourcePolicy, Stack, StackPolicy
from durable_policies.policies import POLICIES

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders-1a2b3c4"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"
BY_NAME = {policy.name: policy for policy in POLICIES}


def resource(kind: str, called: str = "it", /, **props: Any) -> Resource:
    return Resource(f"aws:{kind}", called, props, f"urn:pulumi:prod::shop::aws:{kind}::{called}")


def function(called: str = "orders", /, **props: Any) -> Resource:
    """A durable function that keeps to every policy; `None` leaves a property out."""
    usual = {
        "name": f"{called}-1a2b3c4",
        "runtime": "python3.13",
        "durableConfig": {"executionTimeout": 900, "retentionPeriod": 14},
        "timeout": 60,
        "publish": True,
        "role": ROLE,
        "loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/orders"},
    }
    given = {key: value for key, value in (usual | props).items() if value is not None}
    return resource("lambda/function:Function", called, **given)


def made_from(which: Resource, name: str, *origins: Resource, **props: Any) -> Resource:
    """The same resource, with a property that only the deployment tells, made from others."""
    comes_from = {**which.comes_from, name: tuple(each.urn for each in origins)}
    return Resource(which.type, which.name, {**which.props, name: UNKNOWN, **props}, which.urn, comes_from)


def alias(name: str = "live", function_name: str = "orders-1a2b3c4", version: str = "7") -> Resource:
    return resource(
        "lambda/alias:Alias", name, name=name, functionName=function_name, functionVersion=version
    )


def found(policy: str, *resources: Resource, **settings: Any) -> list[str]:
    """Return what a policy finds in these resources."""
    asked = BY_NAME[policy]
    told = {**asked.settings, **settings}
    if isinstance(asked, StackPolicy):
        return [f"{each.resource.name}: {each.message}" for each in asked.check(Stack(resources), told)]
    assert isinstance(asked, ResourcePolicy)
    return [message for each in resources if each.type in asked.types for message in asked.check(each, told)]
