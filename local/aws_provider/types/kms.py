"""Key Management Service: keys, aliases and grants."""

from collections.abc import Iterator

from aws_provider.failures import NotFoundError
from aws_provider.model import (
    ALWAYS,
    Kind,
    Param,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    computed,
    output,
    prefix,
    prop,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.wire import receive, send

_KEY: dict[str, Param] = {"KeyId": "keyId"}
_POLICY: dict[str, Param] = {**_KEY, "PolicyName": lambda _: "default"}


def _rotation(inputs: Props) -> Iterator[tuple[str, str]]:
    if inputs.get("rotationPeriodInDays") is not None and inputs.get("enableKeyRotation") is not True:
        yield "rotationPeriodInDays", "is for a key that is rotated: set enableKeyRotation"


def _pending(_: Handle, known: Props) -> Props:
    if known.get("KeyState") in {"PendingDeletion", "PendingReplicaDeletion"}:
        raise NotFoundError(f"the key {known['keyId']} is scheduled for deletion")
    return {}


def _switch(handle: Handle, known: Props, changed: set[str]) -> None:
    key = known["keyId"]
    if changed & {"enableKeyRotation", "rotationPeriodInDays"}:
        if known.get("enableKeyRotation") is True:
            days = known.get("rotationPeriodInDays")
            period = {} if days is None else {"RotationPeriodInDays": days}
            handle.call("enable_key_rotation", KeyId=key, **period)
        else:
            handle.call("disable_key_rotation", KeyId=key)
    if "isEnabled" in changed and known.get("isEnabled") is False:
        handle.call("disable_key", KeyId=key)


KEY = ResourceType(
    "aws:kms/key:Key",
    noun="KMS key",
    service="kms",
    keys=("keyId",),
    id="{keyId}",
    imports=r"(?P<keyId>[\w-]+)",
    props=(
        prop("description", sticky=True),
        prop("keyUsage", default="ENCRYPT_DECRYPT", replace=ALWAYS),
        prop("customerMasterKeySpec", aws="KeySpec", default="SYMMETRIC_DEFAULT", replace=ALWAYS),
        prop("customKeyStoreId", replace=ALWAYS),
        prop("xksKeyId", replace=ALWAYS, kept=True),
        prop("multiRegion", Kind.FLAG, replace=ALWAYS, sticky=True),
        prop("policy", Kind.DOCUMENT, sticky=True),
        prop("bypassPolicyLockoutSafetyCheck", Kind.FLAG, default=False, kept=True),
        prop("isEnabled", Kind.FLAG, aws="Enabled", default=True),
        prop("enableKeyRotation", Kind.FLAG, aws="KeyRotationEnabled", default=False),
        prop("rotationPeriodInDays", Kind.WHOLE, sticky=True),
        unmapped("deletionWindowInDays", Kind.WHOLE, default=30, low=7, high=30),
        output("arn"),
        output("keyId"),
    ),
    checks=(_rotation,),
    create=call(
        "create_key",
        sends=(
            "description",
            "keyUsage",
            "customerMasterKeySpec",
            "customKeyStoreId",
            "xksKeyId",
            "multiRegion",
            "policy",
            "bypassPolicyLockoutSafetyCheck",
        ),
    ),
    read=(
        call("describe_key", _KEY, at=("KeyMetadata",)),
        call("get_key_policy", _POLICY),
        call("get_key_rotation_status", _KEY),
    ),
    update=(
        # A disabled key takes no other change; `_switch` disables it again.
        call("enable_key", _KEY, also=("isEnabled",)),
        call("update_key_description", _KEY, sends=("description",)),
        call(
            "put_key_policy",
            {**_POLICY, "BypassPolicyLockoutSafetyCheck": "bypassPolicyLockoutSafetyCheck"},
            sends=("policy",),
        ),
    ),
    created=_switch,
    updated=_switch,
    complete=_pending,
    delete=call("schedule_key_deletion", {**_KEY, "PendingWindowInDays": "deletionWindowInDays"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key=_KEY,
        entry=("TagKey", "TagValue"),
        read=call("list_resource_tags", at=("Tags",)),
    ),
)


def _key_id(text: str) -> str:
    return text.rpartition("/")[2]


ALIAS = ResourceType(
    "aws:kms/alias:Alias",
    noun="alias of a KMS key",
    service="kms",
    name="name",
    name_begins="alias/",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>alias/.+)",
    props=(
        prop("name", aws="AliasName", replace=ALWAYS, pattern=r"alias/[\w/-]+"),
        prefix("namePrefix"),
        # An id or an ARN; the service reports the id.
        prop("targetKeyId", required=True, plain=_key_id),
        output("arn", aws="AliasArn"),
        computed("targetKeyArn"),
    ),
    create=call("create_alias"),
    read=(call("list_aliases", at=("Aliases",), match={"AliasName": "name"}),),
    update=(call("update_alias", {"AliasName": "name"}, sends=("targetKeyId",)),),
    complete=lambda handle, known: {"targetKeyArn": handle.arn(f"key/{_key_id(known['targetKeyId'])}")},
    unsettled=lambda _, changed: {"targetKeyArn"} if "targetKeyId" in changed else set(),
    delete=call("delete_alias", {"AliasName": "name"}),
)

_CONSTRAINTS = block(
    "constraints",
    prop("encryptionContextEquals", Kind.MAP),
    prop("encryptionContextSubset", Kind.MAP),
    aws="",
    kind=Kind.BLOCK_SET,
    replace=ALWAYS,
)


def _constraints(known: Props) -> Props | None:
    # The service has one object instead of a list.
    merged: Props = {}
    for entry in send(_CONSTRAINTS, known.get("constraints") or []):
        merged |= entry
    return merged or None


def _granted(_: Handle, known: Props) -> Props:
    constraints = known.get("Constraints")
    return {"constraints": receive(_CONSTRAINTS, [constraints]) if constraints else None}


def _withdraw(handle: Handle, state: Props) -> None:
    operation = "retire_grant" if state.get("retireOnDelete") is True else "revoke_grant"
    handle.call(operation, KeyId=state["keyId"], GrantId=state["grantId"])


GRANT = ResourceType(
    "aws:kms/grant:Grant",
    noun="grant on a KMS key",
    service="kms",
    name="name",
    keys=("keyId", "grantId"),
    id="{keyId}:{grantId}",
    imports=r"(?P<keyId>.+):(?P<grantId>\w+)",
    props=(
        prop("name", replace=ALWAYS),
        unmapped("keyId", required=True, replace=ALWAYS),
        prop("granteePrincipal", required=True, replace=ALWAYS),
        prop("retiringPrincipal", replace=ALWAYS),
        prop("operations", Kind.SET, required=True, replace=ALWAYS),
        _CONSTRAINTS,
        prop("grantCreationTokens", Kind.SET, aws="GrantTokens", replace=ALWAYS, kept=True),
        unmapped("retireOnDelete", Kind.FLAG, default=False, replace=ALWAYS),
        output("grantId"),
        # The service returns it once.
        output("grantToken", kept=True),
    ),
    create=call("create_grant", {"KeyId": "keyId", "Constraints": _constraints}),
    read=(
        call(
            "list_grants",
            {"KeyId": "keyId", "GrantId": "grantId"},
            at=("Grants",),
            match={"GrantId": "grantId"},
        ),
    ),
    complete=_granted,
    clear=_withdraw,
)

ROWS = (KEY, ALIAS, GRANT)
