"""New names and paths for users and groups, which the control plane cannot give them."""

from collections.abc import Mapping, MutableMapping
from typing import Any
from xml.sax.saxutils import escape

from local_cloud.gateway import emulator


def install() -> None:
    """Add the two operations."""
    emulator.iam_handlers.value.update(UpdateUser=_update_user, UpdateGroup=_update_group)


def _update_user(params: Mapping[str, Any]) -> Any:
    old, new = _names("User", params)
    refusal = _moved("User", params, emulator.users.value, emulator.user_policies.value)
    if refusal:
        return refusal
    for group in emulator.groups.value.values():
        group["Users"] = [new if name == old else name for name in group["Users"]]
    for key in emulator.access_keys.value.values():
        if key["UserName"] == old:
            key["UserName"] = new
    return emulator.iam_answer(200, "UpdateUserResponse", "")


def _update_group(params: Mapping[str, Any]) -> Any:
    refusal = _moved("Group", params, emulator.groups.value, emulator.group_policies.value)
    return refusal or emulator.iam_answer(200, "UpdateGroupResponse", "")


def _names(kind: str, params: Mapping[str, Any]) -> tuple[str, str]:
    old = emulator.iam_parameter(params, f"{kind}Name")
    return old, emulator.iam_parameter(params, f"New{kind}Name") or old


def _moved(
    kind: str,
    params: Mapping[str, Any],
    entities: MutableMapping[str, dict[str, Any]],
    policies: MutableMapping[str, Any],
) -> Any:
    """Move an entity and its inline policies; return AWS's refusal, if it is one."""
    old, new = _names(kind, params)
    if old not in entities:
        message = f"The {kind.lower()} with name {escape(old)} cannot be found."
        return emulator.iam_error(404, "NoSuchEntity", message)
    if new != old and new in entities:
        message = f"{kind} with name {escape(new)} already exists."
        return emulator.iam_error(409, "EntityAlreadyExists", message)
    entity = entities.pop(old)
    path = emulator.iam_parameter(params, "NewPath") or entity["Path"]
    account, _, _ = entity["Arn"].partition(f":{kind.lower()}/")
    arn = f"{account}:{kind.lower()}{path}{new}"
    entities[new] = entity | {f"{kind}Name": new, "Path": path, "Arn": arn}
    if kept := policies.pop(old, None):
        policies[new] = kept
    return None
