"""Secrets Manager: secrets and their versions."""

import base64
from collections.abc import Iterator

from aws_provider.failures import NotFoundError, ProviderError
from aws_provider.model import (
    ALWAYS,
    Kind,
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
from aws_provider.wire import send

_ARN = r"arn:[\w-]+:secretsmanager:[\w-]+:\d+:secret:[\w/+=.@-]+"
_SECRET = {"SecretId": "arn"}
_NEVER_RECOVERED = 0


def _window(inputs: Props) -> Iterator[tuple[str, str]]:
    days = inputs.get("recoveryWindowInDays")
    if isinstance(days, int) and days != _NEVER_RECOVERED and not 7 <= days <= 30:
        yield "recoveryWindowInDays", f"is {days}; allowed: 0 (delete at once), or 7 to 30"


def _present(_: Handle, known: Props) -> Props:
    # A deleted secret can be read until the end of its recovery window.
    if known.get("DeletedDate"):
        raise NotFoundError(f"the secret {known['name']} is scheduled for deletion")
    return {}


def _force(known: Props) -> bool | None:
    return known.get("recoveryWindowInDays") == _NEVER_RECOVERED or None


def _days(known: Props) -> int | None:
    return None if _force(known) else known.get("recoveryWindowInDays", 30)


_REPLICAS = block(
    "replicas",
    prop("region", required=True),
    prop("kmsKeyId", sticky=True),
    output("status"),
    output("statusMessage"),
    output("lastAccessedDate"),
    kind=Kind.BLOCK_SET,
    aws="AddReplicaRegions",
    reads="ReplicationStatus",
    sticky=True,
)


def _replicate(handle: Handle, known: Props, changed: set[str]) -> None:
    if "replicas" not in changed:
        return
    secret = handle.call("describe_secret", SecretId=known["arn"])
    there = {each["Region"] for each in secret.get("ReplicationStatus") or ()}
    wanted = {each["Region"]: each for each in send(_REPLICAS, known["replicas"])}
    if gone := sorted(there - wanted.keys()):
        raise ProviderError(
            f"the local cloud cannot remove the replica in {', '.join(gone)}: make another secret"
        )
    if added := [each for region, each in wanted.items() if region not in there]:
        overwrite = known.get("forceOverwriteReplicaSecret") is True
        handle.call(
            "replicate_secret_to_regions",
            SecretId=known["arn"],
            AddReplicaRegions=added,
            ForceOverwriteReplicaSecret=overwrite,
        )


SECRET = ResourceType(
    "aws:secretsmanager/secret:Secret",
    noun="secret",
    service="secretsmanager",
    name="name",
    keys=("arn",),
    id="{arn}",
    form="the secret's ARN",
    imports=rf"(?P<arn>{_ARN})",
    props=(
        prop("name", replace=ALWAYS, pattern=r"[\w/+=.@-]+"),
        prefix("namePrefix"),
        prop("description", reset=""),
        prop("kmsKeyId", reset=""),
        # Its absence leaves the policy to a resource of its own; only this document removes it.
        prop("policy", Kind.DOCUMENT, aws="ResourcePolicy", sticky=True, default="{}"),
        unmapped("recoveryWindowInDays", Kind.WHOLE, default=30),
        unmapped("forceOverwriteReplicaSecret", Kind.FLAG, default=False),
        prop("type", replace=ALWAYS, kept=True),
        _REPLICAS,
        output("arn", aws="ARN"),
    ),
    checks=(_window,),
    create=call("create_secret", sends=("name", "description", "kmsKeyId", "type")),
    # The emulator makes no replicas with a secret.
    created=_replicate,
    updated=_replicate,
    read=(call("describe_secret", _SECRET), call("get_resource_policy", _SECRET)),
    update=(call("update_secret", _SECRET, sends=("description", "kmsKeyId")),),
    settings=(
        call(
            "put_resource_policy", _SECRET, sends=("policy",), absent=call("delete_resource_policy", _SECRET)
        ),
    ),
    complete=_present,
    delete=call(
        "delete_secret", {**_SECRET, "ForceDeleteWithoutRecovery": _force, "RecoveryWindowInDays": _days}
    ),
    tagging=Tagging(tag="tag_resource", untag="untag_resource", key={"SecretId": "arn"}),
)


def _one_value(inputs: Props) -> Iterator[tuple[str, str]]:
    names = ("secretString", "secretStringWo", "secretBinary")
    given = [name for name in names if inputs.get(name) is not None]
    if len(given) > 1:
        yield given[0], f"{' and '.join(given)} are given; at most one is allowed"


def _text(known: Props) -> str | None:
    return known.get("secretString") or known.get("secretStringWo")


def _bytes(known: Props) -> bytes | None:
    encoded = known.get("secretBinary")
    return None if encoded is None else base64.b64decode(encoded)


def _version(_: Handle, known: Props) -> Props:
    outputs: Props = {"secretArn": known["arn"], "hasSecretStringWo": "secretStringWo" in known}
    if known.get("secretStringWo") is not None:
        outputs["secretString"] = None  # is in no output
    if known.get("SecretBinary") is not None:
        outputs["secretBinary"] = base64.b64encode(known["SecretBinary"]).decode()
    return outputs


def _move(handle: Handle, known: Props, changed: set[str]) -> None:
    if "versionStages" not in changed:
        return
    version, wanted = known["versionId"], set(known.get("versionStages") or ())
    stages = handle.call("describe_secret", SecretId=known["secretId"])["VersionIdsToStages"]
    holders = {stage: holder for holder, names in stages.items() for stage in names}
    for stage in sorted(wanted - set(stages.get(version, ()))):
        before = {"RemoveFromVersionId": holders[stage]} if stage in holders else {}
        handle.call(
            "update_secret_version_stage",
            SecretId=known["secretId"],
            VersionStage=stage,
            MoveToVersionId=version,
            **before,
        )
    _withdraw(handle, known, set(stages.get(version, ())) - wanted)


def _withdraw(handle: Handle, known: Props, stages: set[str]) -> None:
    # The current version stays: a secret has one until it is deleted.
    for stage in sorted(stages - {"AWSCURRENT"}):
        handle.call(
            "update_secret_version_stage",
            SecretId=known["secretId"],
            VersionStage=stage,
            RemoveFromVersionId=known["versionId"],
        )


def _retire(handle: Handle, state: Props) -> None:
    secret = handle.call("describe_secret", SecretId=state["secretId"])
    if not secret.get("DeletedDate"):
        _withdraw(handle, state, set(secret["VersionIdsToStages"].get(state["versionId"], ())))


_VALUE = ("secretString", "secretStringWo", "secretBinary")

SECRET_VERSION = ResourceType(
    "aws:secretsmanager/secretVersion:SecretVersion",
    noun="version of a secret",
    service="secretsmanager",
    keys=("secretId", "versionId"),
    id="{secretId}|{versionId}",
    imports=r"(?P<secretId>[^|]+)\|(?P<versionId>[^|]+)",
    props=(
        unmapped("secretId", required=True, replace=ALWAYS),
        prop("secretString", replace=ALWAYS),
        unmapped("secretBinary", replace=ALWAYS, kept=False),
        unmapped("secretStringWo"),
        unmapped("secretStringWoVersion", Kind.WHOLE, replace=ALWAYS),
        prop("versionStages", Kind.SET, sticky=True),
        output("arn", aws="ARN"),
        output("versionId"),
        computed("secretArn"),
        computed("hasSecretStringWo", Kind.FLAG),
    ),
    checks=(_one_value,),
    create=call(
        "put_secret_value",
        {"SecretId": "secretId", "SecretString": _text, "SecretBinary": _bytes},
        sends=("versionStages",),
    ),
    read=(call("get_secret_value", {"SecretId": "secretId", "VersionId": "versionId"}),),
    complete=_version,
    updated=_move,
    clear=_retire,
)

ROWS = (SECRET, SECRET_VERSION)
