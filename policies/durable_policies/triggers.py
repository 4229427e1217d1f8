"""Policies on aliases and triggers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .lambda_ import (
    LATEST,
    MAX_WAIT_SECONDS,
    Reference,
    aliases,
    durable_functions,
    execution_timeout,
    reference,
)
from .model import UNKNOWN, Finding, Level, Resource, Settings, Stack, StackPolicy


@dataclass(frozen=True)
class Trigger:
    """The path of the function that a resource starts, in its properties; `*` stands for every item of a list."""

    path: tuple[str, ...]
    qualifier: str | None = None
    waits: bool = False
    """Whether Lambda waits until the execution ends."""


TRIGGERS = {
    "aws:lambda/eventSourceMapping:EventSourceMapping": Trigger(("functionName",), waits=True),
    "aws:lambda/functionUrl:FunctionUrl": Trigger(("functionName",), "qualifier", waits=True),
    "aws:lambda/permission:Permission": Trigger(("function",), "qualifier"),
    "aws:scheduler/schedule:Schedule": Trigger(("target", "arn")),
    "aws:cloudwatch/eventTarget:EventTarget": Trigger(("arn",)),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": Trigger(("destinationArn",)),
    "aws:sns/topicSubscription:TopicSubscription": Trigger(("endpoint",)),
    "aws:s3/bucketNotification:BucketNotification": Trigger(("lambdaFunctions", "*", "lambdaFunctionArn")),
    "aws:apigateway/integration:Integration": Trigger(("uri",)),
    "aws:apigatewayv2/integration:Integration": Trigger(("integrationUri",)),
}


def _values(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path or value is UNKNOWN:
        yield value
    elif path[0] == "*":
        for item in value if isinstance(value, list) else []:
            yield from _values(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def started(stack: Stack) -> Iterator[tuple[Resource, Trigger, Reference]]:
    """Yield each trigger of the stack, with the durable function that it starts and the qualifier."""
    for resource in stack.all(*TRIGGERS):
        trigger = TRIGGERS[resource.type]
        properties = [trigger.path[0], *([trigger.qualifier] if trigger.qualifier else [])]
        for value in _values(resource.props, trigger.path):
            target = reference(stack, resource, value, *properties)
            if target is None:
                continue
            separate_qualifier = resource.at(trigger.qualifier) if trigger.qualifier else None
            yield (
                resource,
                trigger,
                target if separate_qualifier is None else replace(target, qualifier=separate_qualifier),
            )


def _without_alias(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function in durable_functions(stack):
        if not any(aliases(stack, function)):
            yield Finding(f"no alias of {function.name} is in this stack", function)


def _latest_alias(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function in durable_functions(stack):
        for alias in aliases(stack, function):
            if alias.at("functionVersion") == LATEST:
                yield Finding(f"the alias {alias.name} of {function.name} points to {LATEST}", alias)


def _past_alias(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for resource, _trigger, target in started(stack):
        name, qualifier = target.function.name, target.qualifier
        if qualifier is None:
            yield Finding(f"it starts {name} by an unqualified ARN or name", resource)
        elif qualifier == LATEST:
            yield Finding(f"it starts {name} on {LATEST}", resource)
        elif isinstance(qualifier, str) and qualifier.isdecimal():
            yield Finding(f"it starts version {qualifier} of {name}, not an alias", resource)
        elif qualifier is UNKNOWN and not target.by_alias:
            yield Finding(f"it starts {name}, but not by an alias", resource)


def _waits_too_long(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for resource, trigger, target in started(stack):
        seconds = execution_timeout(target.function)
        if trigger.waits and seconds is not None and seconds > MAX_WAIT_SECONDS:
            yield Finding(
                f"it waits for {target.function.name}, whose execution may last {seconds:,} seconds", resource
            )


POLICIES = (
    StackPolicy(
        name="alias",
        requirement="A durable function has an alias.",
        why="Only a qualified ARN can be invoked, and only an alias stays the same across deployments.",
        fix="Make an aws.lambda_.Alias with function_version=function.version.",
        check=_without_alias,
    ),
    StackPolicy(
        name="alias-on-version",
        requirement="An alias of a durable function names a published version.",
        why="$LATEST changes while executions run on it, and then their replay fails.",
        fix="Set publish=True, and function_version=function.version.",
        check=_latest_alias,
    ),
    StackPolicy(
        name="trigger-by-alias",
        requirement="Everything that starts a durable function names its alias.",
        why="Lambda refuses an unqualified ARN, $LATEST cannot have permissions, and a version cannot be rolled back.",
        fix="Pass the alias's ARN, and to a Permission or FunctionUrl the alias's name as qualifier.",
        check=_past_alias,
    ),
    StackPolicy(
        name="synchronous-trigger",
        requirement="A trigger that waits for its executions starts none that may take longer than 900 seconds.",
        why="Lambda refuses such an event source mapping, and each request to such a URL.",
        fix="Lower durableConfig.executionTimeout, or put a function in between that invokes asynchronously.",
        check=_waits_too_long,
        dev=Level.MANDATORY,
    ),
)
