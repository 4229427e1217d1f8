"""DynamoDB: tables with streams; without indexes, replicas, backups and time to live."""

from collections.abc import Iterator
from typing import Any

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    output,
    prop,
    unmapped,
)
from aws_provider.services import Handle

_VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")
_CAPACITIES = ("readCapacity", "writeCapacity")


def _consistent(inputs: Props) -> Iterator[tuple[str, str]]:
    on_demand = inputs.get("billingMode", "PROVISIONED") == "PAY_PER_REQUEST"
    for name in _CAPACITIES:
        if on_demand and inputs.get(name):
            yield name, "must not be given with the billing mode PAY_PER_REQUEST"
        if inputs.get("billingMode", "PROVISIONED") == "PROVISIONED" and not inputs.get(name):
            yield name, "is required with the billing mode PROVISIONED, which is the default"
    if inputs.get("streamEnabled") is True and not inputs.get("streamViewType"):
        yield "streamViewType", f"is required with streamEnabled: {', '.join(_VIEWS)}"


def _indexed(inputs: Props) -> Iterator[tuple[str, str]]:
    attributes = inputs.get("attributes")
    if not isinstance(attributes, list) or any(name.endswith("SecondaryIndexes") for name in inputs):
        return
    keys = [inputs[name] for name in ("hashKey", "rangeKey") if inputs.get(name) is not None]
    names = [item.get("name") for item in attributes if isinstance(item, dict)]
    if not all(isinstance(name, str) for name in names + keys):
        return
    for name in names:
        if name not in keys:
            yield "attributes", f"has {name!r}, which is no key; allowed: hashKey and rangeKey"
    for name in keys:
        if name not in names:
            yield "attributes", f"lacks {name!r}, which is a key; add it with its type"


def _keys(known: Props) -> list[dict[str, str]]:
    kinds = {"HASH": known.get("hashKey"), "RANGE": known.get("rangeKey")}
    return [{"AttributeName": name, "KeyType": kind} for kind, name in kinds.items() if name]


def _throughput(known: Props) -> dict[str, int] | None:
    if known.get("billingMode") == "PAY_PER_REQUEST":
        return None
    return {"ReadCapacityUnits": known["readCapacity"], "WriteCapacityUnits": known["writeCapacity"]}


def _stream(known: Props) -> dict[str, Any] | None:
    if not known.get("streamEnabled"):
        return None
    return {"StreamEnabled": True, "StreamViewType": known["streamViewType"]}


def _active(handle: Handle, known: Props) -> None:
    name = known["name"]
    while (now := handle.call("describe_table", TableName=name)["Table"]["TableStatus"]) != "ACTIVE":
        handle.pause(f"DynamoDB table {name!r} becoming ACTIVE (now {now})")


def _restream(handle: Handle, known: Props, changed: set[str]) -> None:
    if not changed & {"streamEnabled", "streamViewType"}:
        return
    stream, off = _stream(known), {"StreamEnabled": False}
    # The view of a stream cannot change: another stream has to begin.
    restarts = "streamEnabled" not in changed and stream is not None
    for specification in [off, stream] if restarts else [stream or off]:
        handle.call("update_table", TableName=known["name"], StreamSpecification=specification)
        _active(handle, known)


def _schema(_: Handle, known: Props) -> Props:
    names = {item["KeyType"]: item["AttributeName"] for item in known["KeySchema"]}
    return {"hashKey": names.get("HASH"), "rangeKey": names.get("RANGE")}


_TABLE = {"TableName": "name"}

TABLE = ResourceType(
    "aws:dynamodb/table:Table",
    noun="DynamoDB table",
    service="dynamodb",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w.-]+)",
    props=(
        # In the model it may be an ARN.
        prop("name", aws="TableName", replace=ALWAYS, pattern=r"[\w.-]+", low=3, high=255),
        # Without indexes all attributes are keys, which no call changes.
        block(
            "attributes",
            prop("name", aws="AttributeName", required=True),
            prop("type", aws="AttributeType", required=True),
            kind=Kind.BLOCK_SET,
            required=True,
            replace=ALWAYS,
            aws="AttributeDefinitions",
        ),
        unmapped("hashKey", required=True, replace=ALWAYS, kept=False),
        unmapped("rangeKey", replace=ALWAYS, kept=False),
        prop("billingMode", reads="BillingModeSummary.BillingMode", default="PROVISIONED"),
        prop("readCapacity", Kind.WHOLE, aws="ProvisionedThroughput.ReadCapacityUnits", sticky=True),
        prop("writeCapacity", Kind.WHOLE, aws="ProvisionedThroughput.WriteCapacityUnits", sticky=True),
        prop("streamEnabled", Kind.FLAG, aws="StreamSpecification.StreamEnabled", default=False),
        prop("streamViewType", aws="StreamSpecification.StreamViewType", sticky=True, allowed=_VIEWS),
        prop("tableClass", reads="TableClassSummary.TableClass", default="STANDARD"),
        prop("deletionProtectionEnabled", Kind.FLAG, default=False),
        output("arn", aws="TableArn"),
        output("streamArn", aws="LatestStreamArn"),
        output("streamLabel", aws="LatestStreamLabel"),
    ),
    checks=(_consistent, _indexed),
    create=call(
        "create_table",
        {"KeySchema": _keys, "ProvisionedThroughput": _throughput, "StreamSpecification": _stream},
        sends=("name", "attributes", "billingMode", "tableClass", "deletionProtectionEnabled"),
    ),
    read=(call("describe_table", _TABLE, at=("Table",)),),
    # The service accepts one kind of change at a time.
    update=(
        call(
            "update_table",
            {**_TABLE, "ProvisionedThroughput": _throughput},
            sends=("billingMode",),
            also=_CAPACITIES,
        ),
        call("update_table", _TABLE, sends=("tableClass",)),
        call("update_table", _TABLE, sends=("deletionProtectionEnabled",)),
    ),
    ready=_active,
    complete=_schema,
    updated=_restream,
    unsettled=lambda _, changed: (
        {"streamArn", "streamLabel"} if changed & {"streamEnabled", "streamViewType"} else set()
    ),
    delete=call("delete_table", _TABLE),
    lingers=True,
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceArn": "arn"},
        read=call("list_tags_of_resource", at=("Tags",)),
    ),
)

ROWS = (TABLE,)
