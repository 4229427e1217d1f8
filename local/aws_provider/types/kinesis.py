"""Kinesis Data Streams: streams and their consumers."""

from collections.abc import Callable, Iterator
from typing import Any

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
    prop,
    unmapped,
)
from aws_provider.services import Handle

_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)
_RETENTION_HOURS = 24
_Step = tuple[str, dict[str, Any]] | None


def _mode(props: Props) -> str:
    details = props.get("streamModeDetails")
    return str(details.get("streamMode", "PROVISIONED")) if isinstance(details, dict) else "PROVISIONED"


def _capacity(inputs: Props) -> Iterator[tuple[str, str]]:
    shards = inputs.get("shardCount") is not None
    if _mode(inputs) == "ON_DEMAND" and shards:
        yield "shardCount", "must not be given with the stream mode ON_DEMAND"
    if _mode(inputs) == "PROVISIONED" and not shards:
        yield "shardCount", "is required with the stream mode PROVISIONED, which is the default"
    if inputs.get("encryptionType") == "KMS" and inputs.get("kmsKeyId") is None:
        yield "kmsKeyId", "is required with the encryption type KMS"


def _summary(handle: Handle, known: Props) -> dict[str, Any]:
    while True:
        answer = handle.call("describe_stream_summary", StreamName=known["name"])
        now: dict[str, Any] = answer["StreamDescriptionSummary"]
        if now["StreamStatus"] == "ACTIVE":
            return now
        handle.pause(f"Kinesis stream {known['name']!r} becoming ACTIVE (now {now['StreamStatus']})")


def _active(handle: Handle, known: Props) -> None:
    _summary(handle, known)


def _switch(known: Props, now: Props) -> _Step:
    if _mode(known) == now["StreamModeDetails"]["StreamMode"]:
        return None
    mode = {"StreamModeDetails": {"StreamMode": _mode(known)}}
    return "update_stream_mode", {"StreamARN": now["StreamARN"], **mode}


def _reshard(known: Props, now: Props) -> _Step:
    count = known.get("shardCount")
    if _mode(known) == "ON_DEMAND" or count in {None, now["OpenShardCount"]}:
        return None
    shards = {"TargetShardCount": count, "ScalingType": "UNIFORM_SCALING"}
    return "update_shard_count", {"StreamName": known["name"], **shards}


def _retain(known: Props, now: Props) -> _Step:
    hours = known.get("retentionPeriod") or _RETENTION_HOURS
    if hours == now["RetentionPeriodHours"]:
        return None
    verb = "increase" if hours > now["RetentionPeriodHours"] else "decrease"
    return f"{verb}_stream_retention_period", {"StreamName": known["name"], "RetentionPeriodHours": hours}


def _encrypt(known: Props, now: Props) -> _Step:
    encryption, key = known.get("encryptionType") or "NONE", known.get("kmsKeyId")
    stream = {"StreamName": known["name"], "EncryptionType": "KMS"}
    if encryption == "KMS" and (now["EncryptionType"], now.get("KeyId")) != (encryption, key):
        return "start_stream_encryption", {**stream, "KeyId": key}
    if encryption == "NONE" and now["EncryptionType"] == "KMS":
        return "stop_stream_encryption", {**stream, "KeyId": now["KeyId"]}
    return None


_STEPS: tuple[Callable[[Props, Props], _Step], ...] = (_switch, _reshard, _retain, _encrypt)


def _shape(handle: Handle, known: Props, changed: set[str]) -> None:
    """Make the calls that bring the stream to its settings."""
    for step in _STEPS:
        difference = step(known, _summary(handle, known))
        if difference:
            handle.call(difference[0], **difference[1])
    if "shardLevelMetrics" in changed:
        metrics = known.get("shardLevelMetrics") or []
        others = [name for name in _METRICS if name not in metrics and "ALL" not in metrics]
        for verb, names in (("disable", others), ("enable", metrics)):
            if names:
                _active(handle, known)
                handle.call(f"{verb}_enhanced_monitoring", StreamName=known["name"], ShardLevelMetrics=names)
    _active(handle, known)


STREAM = ResourceType(
    "aws:kinesis/stream:Stream",
    noun="Kinesis stream",
    service="kinesis",
    name="name",
    keys=("name",),
    id="{arn}",
    form="<name>",
    imports=r"(?P<name>[\w.-]+)",
    props=(
        prop("name", aws="StreamName", replace=ALWAYS),
        prop("shardCount", Kind.WHOLE, reads="OpenShardCount"),
        block("streamModeDetails", prop("streamMode", required=True), sticky=True),
        prop(
            "retentionPeriod",
            Kind.WHOLE,
            aws="RetentionPeriodHours",
            default=_RETENTION_HOURS,
            low=24,
            high=8760,
        ),
        prop("encryptionType", default="NONE", allowed=("NONE", "KMS")),
        prop("kmsKeyId", aws="KeyId"),
        # The emulator accepts them, but does not report them.
        unmapped("shardLevelMetrics", Kind.SET, allowed=(*_METRICS, "ALL")),
        unmapped("enforceConsumerDeletion", Kind.FLAG, default=False),
        output("arn", aws="StreamARN"),
    ),
    checks=(_capacity,),
    create=call("create_stream", sends=("name", "shardCount", "streamModeDetails")),
    read=(call("describe_stream_summary", {"StreamName": "name"}, at=("StreamDescriptionSummary",)),),
    ready=_active,
    created=_shape,
    updated=_shape,
    # The service decides how many shards an on-demand stream has.
    complete=lambda _, known: {} if _mode(known) == "PROVISIONED" else {"shardCount": None},
    delete=call(
        "delete_stream", {"StreamName": "name", "EnforceConsumerDeletion": "enforceConsumerDeletion"}
    ),
    lingers=True,
    tagging=Tagging(
        tag="add_tags_to_stream",
        untag="remove_tags_from_stream",
        key={"StreamName": "name"},
        pairs=False,
        on_create=False,  # the emulator loses the tags of a create
        read=call("list_tags_for_stream", at=("Tags",)),
    ),
)


def _reading(handle: Handle, known: Props) -> None:
    while True:
        answer = handle.call("describe_stream_consumer", ConsumerARN=known["arn"])["ConsumerDescription"]
        if answer["ConsumerStatus"] == "ACTIVE":
            return
        handle.pause(f"Kinesis consumer {known['name']!r} becoming ACTIVE (now {answer['ConsumerStatus']})")


STREAM_CONSUMER = ResourceType(
    "aws:kinesis/streamConsumer:StreamConsumer",
    noun="Kinesis stream consumer",
    service="kinesis",
    name="name",
    keys=("arn",),
    id="{arn}",
    form="<ARN>",
    imports=r"(?P<arn>arn:.+)",
    props=(
        prop("name", aws="ConsumerName", replace=ALWAYS),
        prop("streamArn", aws="StreamARN", required=True, replace=ALWAYS),
        # The emulator keeps no tags of consumers.
        unmapped("tags", Kind.MAP),
        computed("tagsAll", Kind.MAP),
        output("arn", aws="ConsumerARN"),
        output("creationTimestamp", Kind.TIME, aws="ConsumerCreationTimestamp"),
    ),
    create=call("register_stream_consumer"),
    read=(call("describe_stream_consumer", {"ConsumerARN": "arn"}, at=("ConsumerDescription",)),),
    ready=_reading,
    complete=lambda _, known: {"tagsAll": known.get("tags") or {}},
    delete=call("deregister_stream_consumer", {"ConsumerARN": "arn"}),
)

ROWS = (STREAM, STREAM_CONSUMER)
