"""What is wrong with an IAM document, judged by AWS's own list of actions, resources and condition keys."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from policy_sentry.querying.actions import get_action_data

NEWER = {
    "lambda:PauseDurableExecution": "lambda:StopDurableExecution",
    "lambda:ResumeDurableExecution": "lambda:StopDurableExecution",
    "lambda:DeleteDurableExecution": "lambda:StopDurableExecution",
}
"""Actions that are newer than the list, with one that AWS authorizes on the same resource."""

UNSCOPED = {
    f"ec2:{action}": "Lambda's check of a function in a VPC asks for it without naming an interface"
    for action in (
        "AssignPrivateIpAddresses",
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "UnassignPrivateIpAddresses",
    )
}
"""Actions that may be allowed on `*` although a scope exists, and why."""

_VERBS = {"Effect", "Action", "Resource", "Condition", "Principal"}


def faults(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with a document: an identity's, a role's trust, or a resource's."""
    if set(document) != {"Version", "Statement"} or document["Version"] != "2012-10-17":
        return ["is no document of version 2012-10-17 with statements"]
    return [fault for each in document["Statement"] for fault in _of_statement(each)]


def _of_statement(statement: dict[str, Any]) -> Iterator[str]:
    actions, resources = _listed(statement.get("Action")), _listed(statement.get("Resource"))
    if statement.get("Effect") != "Allow" or not actions or set(statement) - _VERBS:
        yield f"allows no list of actions: {sorted(statement)}"
        return
    unknown = [action for action in actions if not _scopes(action)]
    yield from (f"{action} is no action of AWS" for action in unknown)
    if "Principal" in statement:
        yield from _of_principal(statement["Principal"])
    if actions != ["sts:AssumeRole"] and not resources:
        yield "names no resource"
    for action in set(actions) - set(unknown):
        yield from _of_action(action, resources)
    for resource in resources:
        if unknown or any(_fits(action, resource) for action in actions):
            continue
        yield f"{resource} is nothing that {', '.join(actions)} is authorized on"
    for key in (key for keys in statement.get("Condition", {}).values() for key in keys):
        if not key.startswith("aws:") and not any(key in _conditions(action) for action in actions):
            yield f"{key} is no condition of {', '.join(actions)}"


def _of_action(action: str, resources: list[str]) -> Iterator[str]:
    if "*" in resources:
        if _scopes(action) != {"*"} and action not in UNSCOPED:
            yield f"{action} is allowed on *, and has a scope"
    elif resources and not any(_fits(action, resource) for resource in resources):
        yield f"{action} is authorized on none of {', '.join(resources)}"


def _of_principal(principal: Any) -> Iterator[str]:
    if not isinstance(principal, dict) or "*" in [
        each for value in principal.values() for each in _listed(value)
    ]:
        yield "is for everybody"


@cache
def _data(action: str) -> tuple[dict[str, Any], ...]:
    service, _, name = NEWER.get(action, action).partition(":")
    return tuple(row for rows in (get_action_data(service, name) or {}).values() for row in rows)


def _scopes(action: str) -> set[str]:
    """Return the forms of what an action is authorized on; `*` alone if it takes no other."""
    forms = {row["resource_arn_format"] for row in _data(action)}
    return forms - {"*"} or forms


def _conditions(action: str) -> set[str]:
    return {key for row in _data(action) for key in row["condition_keys"]}


def _fits(action: str, resource: str) -> bool:
    return any(overlap(resource, _pattern(form)) for form in _scopes(action))


def _pattern(form: str) -> str:
    return "".join(
        piece.partition("}")[2] if index else piece
        for index, piece in enumerate(form.replace("${", "*${").split("${"))
    )


@cache
def overlap(one: str, other: str) -> bool:
    """Tell whether some text matches both patterns, in which `*` stands for any text."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(other, one)
    return one[0] == other[0] and overlap(one[1:], other[1:])


def _listed(value: Any) -> list[Any]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def documents(value: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every document in a value, at whatever depth, with its place."""
    if isinstance(value, dict) and "Statement" in value:
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from documents(item, f"{where}.{key}" if where else key)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for index, item in enumerate(value):
            yield from documents(item, f"{where}.{index}")
