"""Policies on aliases and triggers."""

from collections.abc import Iterator

from .lambda_ import (
    LATEST,
    MAX_MAPPING_WAIT_SECONDS,
    MAX_WAIT_SECONDS,
    aliases,
    durable_functions,
    execution_timeout,
)
from .model import GUIDE, UNKNOWN, Finding, Level, Resource, Settings, Stack, StackPolicy
from .targets import MAPPING, started


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
    for resource, _, found in started(stack):
        name, qualifier = found.function.name, found.qualifier
        if qualifier is None:
            yield Finding(f"it starts {name} by an unqualified ARN or name", resource)
        elif qualifier == LATEST:
            yield Finding(f"it starts {name} on {LATEST}", resource)
        elif isinstance(qualifier, str) and qualifier.isdecimal():
            yield Finding(f"it starts version {qualifier} of {name}, not an alias", resource)
        elif qualifier is UNKNOWN and found.alias is None:
            yield Finding(f"it starts {name}, but not by an alias", resource)


def _waiting(stack: Stack) -> Iterator[tuple[Resource, Resource, float, int, int]]:
    """Yield what waits for a function: for how long, how long the execution may last, and what Lambda allows."""
    for resource, target, found in started(stack):
        seconds = execution_timeout(found.function)
        if target.wait_seconds is None or seconds is None or not found.certain:
            continue
        managed_instances = found.function.at("capacityProviderConfig") is not None
        longer = resource.type == MAPPING and managed_instances
        most = MAX_MAPPING_WAIT_SECONDS if longer else MAX_WAIT_SECONDS
        yield resource, found.function, target.wait_seconds, seconds, most


def _waits_too_long(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for resource, function, _, seconds, most in _waiting(stack):
        if seconds > most:
            message = f"it waits for {function.name}, whose execution may last {seconds:,} seconds"
            yield Finding(message, resource)


def _gives_up(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for resource, function, waits, seconds, most in _waiting(stack):
        if waits < seconds <= most and waits < MAX_WAIT_SECONDS:
            message = f"it waits {waits:g} seconds for {function.name}, whose execution may last {seconds:,}"
            yield Finding(message, resource)


POLICIES = (
    StackPolicy(
        name="alias",
        requirement="A durable function has an alias.",
        why="Only a qualified ARN can be invoked, and only an alias stays the same across deployments.",
        fix="Make an aws.lambda_.Alias with function_version=function.version.",
        source=f"{GUIDE}/durable-invoking.html",
        check=_without_alias,
    ),
    StackPolicy(
        name="alias-on-version",
        requirement="An alias of a durable function names a published version.",
        why="$LATEST changes while executions run on it, and then their replay fails.",
        fix="Set publish=True, and function_version=function.version.",
        source=f"{GUIDE}/durable-best-practices.html",
        check=_latest_alias,
    ),
    StackPolicy(
        name="trigger-by-alias",
        requirement="Everything that starts a durable function names its alias.",
        why="Lambda refuses an unqualified ARN, $LATEST cannot have permissions, and a version cannot be rolled back.",
        fix="Pass the alias's ARN, and to a Permission or FunctionUrl the alias's name as qualifier.",
        source=f"{GUIDE}/durable-invoking.html",
        check=_past_alias,
    ),
    StackPolicy(
        name="synchronous-trigger",
        requirement="A trigger that waits for its executions starts none that may take longer than 900 seconds.",
        why="Lambda refuses such an event source mapping, and each synchronous invocation. Only a mapping to a function "
        "on Lambda Managed Instances may wait 5,400 seconds.",
        fix="Lower durableConfig.executionTimeout, invoke asynchronously where the trigger can, or put a function in "
        "between that does.",
        source=f"{GUIDE}/durable-invoking-esm.html",
        check=_waits_too_long,
        dev=Level.MANDATORY,
    ),
    StackPolicy(
        name="answer-in-time",
        requirement="An API or user pool waits as long as the executions that it starts may last.",
        why="An HTTP API waits 30 seconds, a REST API 29 and Cognito 5. Then its caller gets an error, while the "
        "execution goes on; a second try starts a second execution.",
        fix="Lower durableConfig.executionTimeout, set the header X-Amz-Invocation-Type to 'Event' in a REST API's "
        "integration, or put a function in between that invokes asynchronously.",
        source="https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html",
        check=_gives_up,
        prod=Level.ADVISORY,
    ),
)
