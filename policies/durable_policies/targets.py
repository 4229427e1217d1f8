"""What starts functions: which properties of a resource name one, and how long the resource waits for its result."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .lambda_ import MAX_WAIT_SECONDS, Reference, is_durable, reference
from .model import UNKNOWN, Resource, Stack

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
PERMISSION = "aws:lambda/permission:Permission"
_COGNITO_SECONDS = 5
"""https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html"""
_HTTP_API_SECONDS, _REST_API_SECONDS = 30, 29
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""


@dataclass(frozen=True)
class Target:
    """A function that a resource starts, as its properties name it."""

    value: Any
    """Its name or ARN."""
    properties: tuple[str, ...]
    """The properties whose origins tell which function it is, if the value is unknown."""
    qualifier: Any = None
    """A qualifier that stands beside the name; None if the name has it, or there is none."""
    wait_seconds: float | None = None
    """How long the resource waits for the execution, at most; None if it does not wait, or that is not known."""


Finder = Callable[[Resource], Iterator[Target]]


def _values(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if not path or value is UNKNOWN:
        yield value
    elif path[0] == "*":
        for item in value if isinstance(value, list) else []:
            yield from _values(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _values(value[path[0]], path[1:])


def _at(*path: str, qualifier: str | None = None, wait_seconds: float | None = None) -> Finder:
    """Find functions at a path of the properties; `*` stands for every item of a list."""

    def find(resource: Resource) -> Iterator[Target]:
        for value in _values(resource.props, path):
            if qualifier is None:
                yield Target(value, path[:1], wait_seconds=wait_seconds)
            else:
                yield Target(value, (path[0], qualifier), resource.at(qualifier), wait_seconds)

    return find


def _integration(name: str, default_seconds: float) -> Finder:
    """An API's integration waits unless its request has the header X-Amz-Invocation-Type, which an HTTP API cannot set.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
    """

    def find(integration: Resource) -> Iterator[Target]:
        parameters = integration.at("requestParameters") or {}
        headers = {key.lower() for key in parameters} if isinstance(parameters, Mapping) else set()
        milliseconds = integration.at("timeoutMilliseconds")
        seconds: float | None = default_seconds
        if parameters is UNKNOWN or "integration.request.header.x-amz-invocation-type" in headers:
            seconds = None
        elif milliseconds is not None:
            seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) else MAX_WAIT_SECONDS
        yield from _at(name, wait_seconds=seconds)(integration)

    return find


def _schedule(schedule: Resource) -> Iterator[Target]:
    """A schedule names the function as its target, or in the input of the universal target that calls Lambda's Invoke.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    """
    arn = schedule.at("target", "arn")
    if not isinstance(arn, str) or not arn.endswith(":aws-sdk:lambda:invoke"):
        yield from _at("target", "arn")(schedule)
        return
    request = schedule.at("target", "input")
    if request is UNKNOWN:
        yield Target(UNKNOWN, ("target",))
        return
    try:
        request = json.loads(request)
    except (TypeError, ValueError):
        return
    if isinstance(request, Mapping):
        waits = request.get("InvocationType", "RequestResponse") == "RequestResponse"
        name, qualifier = request.get("FunctionName"), request.get("Qualifier")
        yield Target(name, ("target",), qualifier, MAX_WAIT_SECONDS if waits else None)


def _pipe(pipe: Resource) -> Iterator[Target]:
    """A pipe waits for its enrichment, and for its target unless that is fire and forget.

    https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetLambdaFunctionParameters.html
    """
    kind = pipe.at("targetParameters", "lambdaFunctionParameters", "invocationType")
    yield from _at("enrichment", wait_seconds=MAX_WAIT_SECONDS)(pipe)
    yield from _at("target", wait_seconds=MAX_WAIT_SECONDS if kind in (None, "REQUEST_RESPONSE") else None)(
        pipe
    )


def _user_pool(pool: Resource) -> Iterator[Target]:
    """Cognito waits for all triggers but the senders of messages."""
    for name in (
        *("createAuthChallenge", "defineAuthChallenge", "verifyAuthChallengeResponse", "customMessage"),
        *("preSignUp", "preAuthentication", "preTokenGeneration", "postAuthentication", "postConfirmation"),
        "userMigration",
    ):
        yield from _at("lambdaConfig", name, wait_seconds=_COGNITO_SECONDS)(pool)
    token = _at("lambdaConfig", "preTokenGenerationConfig", "lambdaArn", wait_seconds=_COGNITO_SECONDS)
    yield from token(pool)
    for name in ("customEmailSender", "customSmsSender"):
        yield from _at("lambdaConfig", name, "lambdaArn")(pool)


def _topic_rule(rule: Resource) -> Iterator[Target]:
    yield from _at("lambdas", "*", "functionArn")(rule)
    yield from _at("errorAction", "lambda", "functionArn")(rule)


_attachment = _at("targetId", wait_seconds=MAX_WAIT_SECONDS)
FINDERS: dict[str, Finder] = {
    MAPPING: _at("functionName", wait_seconds=MAX_WAIT_SECONDS),
    "aws:lambda/functionUrl:FunctionUrl": _at(
        "functionName", qualifier="qualifier", wait_seconds=MAX_WAIT_SECONDS
    ),
    PERMISSION: _at("function", qualifier="qualifier"),
    "aws:scheduler/schedule:Schedule": _schedule,
    "aws:cloudwatch/eventTarget:EventTarget": _at("arn"),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": _at("destinationArn"),
    "aws:sns/topicSubscription:TopicSubscription": _at("endpoint"),
    "aws:s3/bucketNotification:BucketNotification": _at("lambdaFunctions", "*", "lambdaFunctionArn"),
    "aws:apigateway/integration:Integration": _integration("uri", _REST_API_SECONDS),
    "aws:apigatewayv2/integration:Integration": _integration("integrationUri", _HTTP_API_SECONDS),
    "aws:pipes/pipe:Pipe": _pipe,
    "aws:iot/topicRule:TopicRule": _topic_rule,
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": _attachment,
    "aws:alb/targetGroupAttachment:TargetGroupAttachment": _attachment,
    "aws:cognito/userPool:UserPool": _user_pool,
    # Whether AppSync waits, each resolver's code says.
    "aws:appsync/dataSource:DataSource": _at("lambdaConfig", "functionArn"),
}


def referred(stack: Stack, resource: Resource, target: Target) -> Reference | None:
    """Return the function of a target with its qualifier; None if it is not in this stack."""
    found = reference(stack, resource, target.value, *target.properties)
    return found if found is None or target.qualifier is None else replace(found, qualifier=target.qualifier)


def started(stack: Stack) -> Iterator[tuple[Resource, Target, Reference]]:
    """Yield each resource that starts a durable function of the stack, as what, and the function with its qualifier."""
    for resource in stack.all(*FINDERS):
        for target in FINDERS[resource.type](resource):
            found = referred(stack, resource, target)
            if found and is_durable(found.function):
                yield resource, target, found
