"""Whose executions depend on a resource that is to be deleted or changed.

A published version is more than its code: it has a role and that role's permissions, a log group, a dead letter target,
and functions that it calls. Each of these is needed for as long as an execution is in flight on a version that uses it.
"""

import fnmatch
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

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

NEEDS_IT = "in flight on a version that needs it"
CALLS_IT = "in flight on a version that calls it"
WAITS_FOR_CALLBACK = "in flight, and may wait for a callback that this permission completes"
WAITS_FOR_ANSWER = "in flight, and may wait for a callback that this function completes"

CODE_INPUTS = (
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
"""The inputs of a function that decide which code a replay runs."""

DELETED_AFTER_FUNCTION = (ROLE, LOG_GROUP)
"""What the function depends on when it is made, so that it is deleted after the function."""

EMPTY_POLICY = "{}"
"""What is left of a policy that is deleted."""

State = Mapping[str, Any]


class Permission(NamedTuple):
    """One action on one resource, as a policy allows or denies it."""

    action: str
    resource: str
    condition: str
    """The condition as JSON; `null` if there is none."""


@dataclass(frozen=True)
class Dependent:
    """A function whose executions depend on a resource, on some of its versions or on any."""

    function_arn: str
    version_numbers: frozenset[str] | None
    reason: str
    """How its executions depend on it, to follow "executions are"."""


def title_of(kind: str, state: State) -> str:
    """Name a resource for a person, by its outputs."""
    names = {key: str(state.get(key)) for key in ("name", "role", "user", "group")}
    if kind == ALIAS:
        names["function"] = function_of(state).rpartition(":")[2]
    if kind == ATTACHMENT:
        names["name"] = str(state.get("policyArn")).rpartition("/")[2]
    return _TITLES.get(kind, "{name}").format(**names)


def function_of(alias: State) -> str:
    """Return the bare ARN of an alias's function."""
    return str(alias["arn"]).rpartition(":")[0]


def function_itself(function_arn: str) -> Dependent:
    """Return a function as the dependent of itself: all of its own executions."""
    return Dependent(function_arn, None, "in flight")


def callers(versions: Iterable[Version], function_arn: str, alias: str | None = None) -> Iterator[Dependent]:
    """Yield the functions that call a function, or one alias of it."""
    calling = (version for version in versions if version.calls(function_arn, alias))
    yield from _dependents(calling, CALLS_IT)


def users_of(kind: str, state: State, versions: Iterable[Version]) -> list[Dependent]:
    """Return the functions that use a role, a policy in a role, a log group or a dead letter queue."""
    uses = _USES.get(kind)
    if uses is None:
        return []
    return list(_dependents((version for version in versions if uses(version, state)), NEEDS_IT))


def published_versions(dependents: Iterable[Dependent]) -> Iterator[tuple[str, list[str]]]:
    """Yield the published versions among these, by their functions' names."""
    for dependent in dependents:
        if numbers := sorted((dependent.version_numbers or frozenset()) - {LATEST}, key=int):
            yield dependent.function_arn.rpartition(":")[2], numbers


def callback_waiters(permissions: Iterable[Permission], reason: str = WAITS_FOR_CALLBACK) -> list[Dependent]:
    """Return the functions whose executions may wait for a callback that these permissions complete."""
    arns: dict[str, None] = {}
    for permission in permissions:
        if permission.action in iam.CALLBACK_ACTIONS:
            try:
                arns[FunctionArn.parse(permission.resource.removesuffix(":*")).unqualified] = None
            except InvalidArnError:
                continue
    return [Dependent(arn, None, reason) for arn in arns]


def allowed_by(policy: Any) -> list[Permission]:
    """Return what a policy allows; nothing if its text is not known."""
    return _permissions(policy, "Allow")


def policy_allowing(permissions: Iterable[Permission]) -> str:
    """Return a policy that grants these permissions."""
    statements = (iam.statement(each.action, each.resource) for each in permissions)
    return json.dumps(iam.document(*statements))


def lost_permissions(before: Any, after: Any, others: Iterable[str] = ()) -> list[Permission]:
    """Return the permissions that a change of a policy takes away.

    Args:
        before: the policy before the change.
        after: the policy after it. While either is not known, nothing is lost.
        others: the other policies of the role: what one of them grants is not lost.
    """
    if not isinstance(before, str) or not isinstance(after, str):
        return []
    remaining = [permission for policy in (after, *others) for permission in allowed_by(policy)]
    removed = [each for each in allowed_by(before) if not any(_covers(other, each) for other in remaining)]
    denied = _permissions(before, "Deny")
    return removed + [each for each in _permissions(after, "Deny") if each not in denied]


def _permissions(policy: Any, effect: str) -> list[Permission]:
    if not isinstance(policy, str):
        return []
    statements = json.loads(policy).get("Statement", [])
    return [
        Permission(action, resource, json.dumps(statement.get("Condition"), sort_keys=True))
        for statement in (statements if isinstance(statements, list) else [statements])
        if statement["Effect"] == effect
        for action in _as_list(statement.get("Action", []))
        for resource in _as_list(statement.get("Resource", []))
    ]


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _covers(other: Permission, permission: Permission) -> bool:
    return (
        fnmatch.fnmatchcase(permission.action.lower(), other.action.lower())
        and fnmatch.fnmatchcase(permission.resource, other.resource.replace("[", "[[]"))
        and other.condition in (permission.condition, "null")
    )


def _uses_policy(version: Version, state: State) -> bool:
    """Tell whether a version may need a policy in its role; a shared role also holds policies of other functions."""
    if not version.has_role(str(state.get("role"))):
        return False
    permissions = allowed_by(state.get("policy"))
    return not permissions or any(_may_need(version, permission) for permission in permissions)


def _may_need(version: Version, permission: Permission) -> bool:
    resource = permission.resource.removesuffix(":*")
    if permission.action in iam.CHECKPOINT_ACTIONS and ":function:" in resource and "*" not in resource:
        return resource == version.function_arn
    if permission.action.startswith("logs:") and ":log-group:" in resource and "*" not in resource:
        return resource.partition(":log-group:")[2] == version.log_group
    return True


def _dependents(versions: Iterable[Version], reason: str) -> Iterator[Dependent]:
    for arn, numbers in by_function(versions).items():
        yield Dependent(arn, frozenset(numbers), reason)


_USES: Mapping[str, Callable[[Version, State], bool]] = {
    ROLE: lambda version, state: version.role_arn == state.get("arn"),
    ATTACHMENT: lambda version, state: version.has_role(str(state.get("role"))),
    POLICY: _uses_policy,
    LOG_GROUP: lambda version, state: version.log_group == state.get("name"),
    QUEUE: lambda version, state: version.dead_letter_arn == state.get("arn"),
}
