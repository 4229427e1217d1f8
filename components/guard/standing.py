"""Which executions need a resource that is to be deleted or changed.

A published version is more than its code: it has a role and that role's rights, a log group, a dead letter target, and
functions that it calls. Each of these is needed for as long as an execution is in flight on a version that names it.
"""

import fnmatch
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .. import iam
from ..checks.arns import FunctionArn, InvalidArnError
from .versions import LATEST, Version, by_function

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
QUEUE = "aws:sqs/queue:Queue"
POLICY = "aws:iam/rolePolicy:RolePolicy"

_TITLES = {
    ALIAS: "alias {name} of {function}",
    ROLE: "role {name}",
    POLICY: "policy {name} of role {role}",
    ATTACHMENT: "policy {name} of role {role}",
    "aws:iam/userPolicy:UserPolicy": "policy {name} of user {user}",
    "aws:iam/groupPolicy:GroupPolicy": "policy {name} of group {group}",
    LOG_GROUP: "log group {name}",
    QUEUE: "queue {name}",
}

STAND_ON_IT = "in flight on a version that needs it"
CALL_IT = "in flight on a version that calls it"
WAIT_FOR_IT = "in flight, and may wait for a callback that this right completes"

REPLAYED = (
    "code",
    "s3Bucket",
    "s3Key",
    "s3ObjectVersion",
    "imageUri",
    "imageConfig",
    "handler",
    "runtime",
    "layers",
)
"""The inputs of a function that decide what a replay meets."""

GO_LATER = (ROLE, LOG_GROUP)
"""What a function waits for when it is made, so that it goes after the function."""

NO_POLICY = "{}"
"""What is left of a policy that is deleted."""

State = Mapping[str, Any]
Right = tuple[str, str, str]
"""An action, a resource, and the condition as JSON."""


@dataclass(frozen=True)
class Need:
    """Executions that need something: those of a function, on some of its versions or on any."""

    function_arn: str
    numbers: frozenset[str] | None
    how: str


def title_of(kind: str, state: State) -> str:
    """Say what a resource is, by its outputs."""
    known = {key: str(state.get(key)) for key in ("name", "role", "user", "group")}
    if kind == ALIAS:
        known["function"] = function_of(state).rpartition(":")[2]
    if kind == ATTACHMENT:
        known["name"] = str(state.get("policyArn")).rpartition("/")[2]
    return _TITLES.get(kind, "{name}").format(**known)


def function_of(alias: State) -> str:
    """Return the bare ARN of an alias's function."""
    return str(alias["arn"]).rpartition(":")[0]


def own(function_arn: str) -> Need:
    """Return the need of a function's own executions."""
    return Need(function_arn, None, "in flight")


def callers(versions: Iterable[Version], function_arn: str, alias: str | None = None) -> Iterator[Need]:
    """Yield who calls a function, or one alias of it."""
    calling = (each for each in versions if each.calls(function_arn, alias))
    yield from _needs(calling, CALL_IT)


def of_what_versions_name(kind: str, state: State, versions: Iterable[Version]) -> list[Need]:
    """Return who needs a role, what is in a role, a log group or a dead letter queue."""
    named = _NAMED.get(kind)
    return (
        [] if named is None else list(_needs((each for each in versions if named(each, state)), STAND_ON_IT))
    )


def kept_versions(needs: Iterable[Need]) -> Iterator[tuple[str, list[str]]]:
    """Yield the published versions among these, by their functions' names."""
    for each in needs:
        if numbers := sorted((each.numbers or frozenset()) - {LATEST}, key=int):
            yield each.function_arn.rpartition(":")[2], numbers


def callbacks(rights: Iterable[Right]) -> list[Need]:
    """Return whose executions may wait for a callback that these rights let complete."""
    found: dict[str, None] = {}
    for action, resource, _ in rights:
        if action in iam.CALLBACK_ACTIONS:
            try:
                found[FunctionArn.parse(resource.removesuffix(":*")).unqualified] = None
            except InvalidArnError:
                continue
    return [Need(arn, None, WAIT_FOR_IT) for arn in found]


def rights_of(policy: Any) -> list[Right]:
    """Return what a policy allows; nothing if its text is not known."""
    return _rights(policy, "Allow")


def policy_of(rights: Iterable[Right]) -> str:
    """Return a policy that gives these rights."""
    return json.dumps(iam.document(*(iam.statement(action, resource) for action, resource, _ in rights)))


def lost(before: Any, after: Any, beside: Iterable[str] = ()) -> list[Right]:
    """Return the rights that a policy gives, and neither its successor nor one beside it; none while it is not known."""
    if not isinstance(before, str) or not isinstance(after, str):
        return []
    kept = [right for policy in (after, *beside) for right in rights_of(policy)]
    gone = [right for right in rights_of(before) if not any(_covers(other, right) for other in kept)]
    denied = _rights(before, "Deny")
    return gone + [right for right in _rights(after, "Deny") if right not in denied]


def _rights(policy: Any, effect: str) -> list[Right]:
    if not isinstance(policy, str):
        return []
    statements = json.loads(policy).get("Statement", [])
    return [
        (action, resource, json.dumps(each.get("Condition"), sort_keys=True))
        for each in (statements if isinstance(statements, list) else [statements])
        if each["Effect"] == effect
        for action in _several(each.get("Action", []))
        for resource in _several(each.get("Resource", []))
    ]


def _several(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _covers(other: Right, right: Right) -> bool:
    return (
        fnmatch.fnmatchcase(right[0].lower(), other[0].lower())
        and fnmatch.fnmatchcase(right[1], other[1].replace("[", "[[]"))
        and other[2] in (right[2], "null")
    )


def _has_policy(version: Version, state: State) -> bool:
    """Tell whether a version may need a policy in its role: not what is another function's, which has that role too."""
    if not version.has_role(str(state.get("role"))):
        return False
    rights = rights_of(state.get("policy"))
    return not rights or any(_may_need(version, *right) for right in rights)


def _may_need(version: Version, action: str, resource: str, _: str) -> bool:
    on = resource.removesuffix(":*")
    if action in iam.CHECKPOINT_ACTIONS and ":function:" in on and "*" not in on:
        return on == version.function_arn
    if action.startswith("logs:") and ":log-group:" in on and "*" not in on:
        return on.partition(":log-group:")[2] == version.log_group
    return True


def _needs(versions: Iterable[Version], how: str) -> Iterator[Need]:
    for arn, numbers in by_function(versions).items():
        yield Need(arn, frozenset(numbers), how)


_NAMED: Mapping[str, Callable[[Version, State], bool]] = {
    ROLE: lambda version, state: version.role_arn == state.get("arn"),
    ATTACHMENT: lambda version, state: version.has_role(str(state.get("role"))),
    POLICY: _has_policy,
    LOG_GROUP: lambda version, state: version.log_group == state.get("name"),
    QUEUE: lambda version, state: version.dead_letter_arn == state.get("arn"),
}
