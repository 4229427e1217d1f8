"""Simple Storage Service: buckets, their notifications, and objects."""

import base64
from typing import Any

from aws_provider import archive
from aws_provider.model import (
    ALWAYS,
    ARN,
    Kind,
    Prop,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    computed,
    prefix,
    prop,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.wire import receive, send


def _location(known: Props) -> dict[str, str] | None:
    region = known.get("region", "us-east-1")
    return None if region == "us-east-1" else {"LocationConstraint": region}


def _domains(handle: Handle, known: Props) -> Props:
    name, partition, region = known["bucket"], handle.services.settings.partition, handle.region
    return {
        "arn": f"arn:{partition}:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": region,
        "bucketRegionalDomainName": f"{name}.s3.{region}.amazonaws.com",
    }


def _empty(handle: Handle, state: Props) -> None:
    if state.get("forceDestroy") is True:
        _remove(handle, state["bucket"], "")


def _remove(handle: Handle, bucket: str, key: str) -> None:
    for page in handle.pages("list_object_versions", Bucket=bucket, Prefix=key):
        for item in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if not key or item["Key"] == key:
                handle.call("delete_object", Bucket=bucket, Key=item["Key"], VersionId=item["VersionId"])


_BUCKET = {"Bucket": "bucket"}

BUCKET = ResourceType(
    "aws:s3/bucket:Bucket",
    noun="S3 bucket",
    service="s3",
    name="bucket",
    name_lower=True,
    keys=("bucket",),
    id="{bucket}",
    imports=r"(?P<bucket>[a-z0-9.-]{3,63})",
    props=(
        # The model has no limits for it.
        prop("bucket", replace=ALWAYS, kept=True, pattern=r"[a-z0-9][a-z0-9.-]+[a-z0-9]", low=3, high=63),
        prefix("bucketPrefix"),
        unmapped("forceDestroy", Kind.FLAG, default=False),
        prop(
            "objectLockEnabled",
            Kind.FLAG,
            aws="ObjectLockEnabledForBucket",
            replace=ALWAYS,
            kept=True,
            sticky=True,
        ),
        block(
            "versioning",
            prop("enabled", Kind.SWITCH, aws="Status", default=False),
            sticky=True,
            aws="VersioningConfiguration",
        ),
        computed("arn"),
        computed("bucketDomainName"),
        computed("bucketRegion"),
        computed("bucketRegionalDomainName"),
    ),
    create=call("create_bucket", {"CreateBucketConfiguration": _location}),
    read=(
        call("head_bucket", _BUCKET),
        call("get_bucket_versioning", _BUCKET, under="VersioningConfiguration"),
    ),
    settings=(call("put_bucket_versioning", _BUCKET, sends=("versioning",)),),
    complete=_domains,
    clear=_empty,
    delete=call("delete_bucket", _BUCKET),
    tagging=Tagging(
        tag="put_bucket_tagging",
        untag="delete_bucket_tagging",
        key={"Bucket": "bucket"},
        tags="Tagging.TagSet",
        whole=True,
        on_create=False,
        read=call("get_bucket_tagging", at=("TagSet",)),
    ),
)


def _body(known: Props) -> bytes:
    if known.get("content") is not None:
        return str(known["content"]).encode()
    if known.get("contentBase64") is not None:
        return base64.b64decode(known["contentBase64"])
    return archive.asset_bytes(known["source"]) if known.get("source") else b""


def _one_body(inputs: Props) -> list[tuple[str, str]]:
    names = [name for name in ("source", "content", "contentBase64") if inputs.get(name) is not None]
    return [] if len(names) < 2 else [("source", f"{' and '.join(names)} are given; at most one is allowed")]


def _lowercase(inputs: Props) -> list[tuple[str, str]]:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    metadata = inputs.get("metadata")
    upper = [key for key in metadata if key != key.lower()] if isinstance(metadata, dict) else []
    return [("metadata", f"has the key {key!r}; S3 keeps keys in lowercase only") for key in upper]


def _object(handle: Handle, known: Props) -> Props:
    outputs: dict[str, Any] = {
        "arn": f"arn:{handle.services.settings.partition}:s3:::{known['bucket']}/{known['key']}",
        "etag": str(known.get("ETag", "")).strip('"'),
    }
    version = known.get("VersionId")
    return outputs if version in {None, "null"} else outputs | {"versionId": version}


_KEY = {"Bucket": "bucket", "Key": "key"}
_WRITE = call(
    "put_object",
    {**_KEY, "Body": _body},
    sends=("contentType", "cacheControl", "contentDisposition", "contentEncoding", "metadata"),
    also=("source", "content", "contentBase64", "sourceHash"),
)


def _object_row(name: str) -> ResourceType:
    return ResourceType(
        f"aws:s3/{name}:{name[0].upper()}{name[1:]}",
        noun="S3 object",
        service="s3",
        name="key",
        name_random=False,
        keys=("bucket", "key"),
        id="{bucket}/{key}",
        imports=r"(?:s3://)?(?P<bucket>[^/]+)/(?P<key>.+)",
        props=(
            unmapped("bucket", required=True, replace=ALWAYS),
            unmapped("key", replace=ALWAYS, high=1024),
            unmapped("source", Kind.ASSET),
            unmapped("content"),
            unmapped("contentBase64"),
            unmapped("sourceHash"),
            unmapped("forceDestroy", Kind.FLAG, default=False),
            prop("contentType", sticky=True),
            prop("cacheControl"),
            prop("contentDisposition"),
            prop("contentEncoding"),
            prop("metadata", Kind.MAP),
            unmapped("etag", sticky=True),
            computed("arn"),
            computed("versionId"),
        ),
        checks=(_one_body, _lowercase),
        create=_WRITE,
        read=(call("head_object", _KEY),),
        update=(_WRITE,),
        complete=_object,
        unsettled=lambda _, changed: {"etag", "versionId"} if changed else set(),
        clear=lambda handle, state: _remove(handle, state["bucket"], state["key"]),
        tagging=Tagging(
            tag="put_object_tagging",
            untag="delete_object_tagging",
            key=_KEY,
            tags="Tagging.TagSet",
            whole=True,
            lost=True,
            on_create=False,
            read=call("get_object_tagging", at=("TagSet",)),
        ),
    )


def _listeners(name: str, arn: str) -> Prop:
    return block(
        name,
        prop("id", sticky=True),
        prop(arn, required=True, pattern=ARN),
        prop("events", Kind.SET, required=True),
        # The service has a list of rules instead of these two.
        unmapped("filterPrefix"),
        unmapped("filterSuffix"),
        aws="",
        kind=Kind.BLOCKS,
        kept=False,
    )


_LISTENERS = {
    "LambdaFunctionConfigurations": _listeners("lambdaFunctions", "lambdaFunctionArn"),
    "QueueConfigurations": _listeners("queues", "queueArn"),
    "TopicConfigurations": _listeners("topics", "topicArn"),
}


def _filtered(props: Props, request: Props) -> Props:
    ends = {"prefix": props.get("filterPrefix"), "suffix": props.get("filterSuffix")}
    rules = [{"Name": name, "Value": value} for name, value in ends.items() if value]
    return {**request, "Filter": {"Key": {"FilterRules": rules}}} if rules else request


def _unfiltered(props: Props, answer: Props) -> Props:
    rules = answer.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    # The service capitalises the names or not.
    return {**props, **{f"filter{rule['Name'].capitalize()}": rule["Value"] for rule in rules}}


def _notifications(known: Props) -> Props:
    request: Props = {"EventBridgeConfiguration": {}} if known.get("eventbridge") is True else {}
    for aws, listeners in _LISTENERS.items():
        entries = known.get(listeners.name) or []
        if entries:
            request[aws] = [_filtered(*pair) for pair in zip(entries, send(listeners, entries), strict=True)]
    return request


def _notified(_: Handle, known: Props) -> Props:
    outputs: Props = {"eventbridge": "EventBridgeConfiguration" in known}
    for aws, listeners in _LISTENERS.items():
        answer = known.get(aws, [])
        entries = receive(listeners, answer) or []
        outputs[listeners.name] = [_unfiltered(*pair) for pair in zip(entries, answer, strict=True)] or None
    return outputs


_PUT_NOTIFICATIONS = call(
    "put_bucket_notification_configuration",
    {**_BUCKET, "NotificationConfiguration": _notifications},
    also=("eventbridge", *(listeners.name for listeners in _LISTENERS.values())),
)

NOTIFICATION = ResourceType(
    "aws:s3/bucketNotification:BucketNotification",
    noun="notification configuration of an S3 bucket",
    service="s3",
    keys=("bucket",),
    id="{bucket}",
    imports=r"(?P<bucket>[a-z0-9.-]{3,63})",
    # A bucket has one configuration, which a put replaces.
    props=(
        unmapped("bucket", required=True, replace=ALWAYS),
        unmapped("eventbridge", Kind.FLAG, default=False, kept=False),
        *_LISTENERS.values(),
    ),
    create=_PUT_NOTIFICATIONS,
    read=(call("get_bucket_notification_configuration", _BUCKET),),
    update=(_PUT_NOTIFICATIONS,),
    complete=_notified,
    delete=call(
        "put_bucket_notification_configuration", {**_BUCKET, "NotificationConfiguration": lambda _: {}}
    ),
)

ROWS = (BUCKET, NOTIFICATION, _object_row("bucketObject"), _object_row("bucketObjectv2"))
