"""CloudWatch Logs: log groups."""

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    Tagging,
    call,
    output,
    prefix,
    prop,
    unmapped,
)

_DAYS = "0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"
_RETENTION = tuple(map(int, _DAYS.split()))


def _retention(inputs: Props) -> list[tuple[str, str]]:
    days = inputs.get("retentionInDays", 0)
    if not isinstance(days, int) or days in _RETENTION:
        return []
    return [("retentionInDays", f"is {days}; allowed: {', '.join(map(str, _RETENTION))} (0 is forever)")]


_NAMED = {"logGroupName": "name"}

LOG_GROUP = ResourceType(
    "aws:cloudwatch/logGroup:LogGroup",
    noun="CloudWatch log group",
    service="logs",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w./#-]+)",
    props=(
        prop("name", aws="logGroupName", replace=ALWAYS),
        prefix("namePrefix"),
        prop("kmsKeyId", aws="kmsKeyId"),
        prop("logGroupClass", aws="logGroupClass", replace=ALWAYS, sticky=True),
        prop("retentionInDays", Kind.WHOLE, aws="retentionInDays", default=0),
        unmapped("skipDestroy", Kind.FLAG, default=False),
        output("arn", aws="arn"),
    ),
    checks=(_retention,),
    create=call("create_log_group"),
    read=(call("describe_log_groups", {"logGroupNamePrefix": "name"}, at=("logGroups",), match=_NAMED),),
    update=(
        call("associate_kms_key", _NAMED, sends=("kmsKeyId",), absent=call("disassociate_kms_key", _NAMED)),
    ),
    settings=(
        call(
            "put_retention_policy",
            _NAMED,
            sends=("retentionInDays",),
            absent=call("delete_retention_policy", _NAMED),
        ),
    ),
    # The ARN in the answer ends in `:*`; the resource's own does not.
    complete=lambda _, known: {"arn": known["arn"].removesuffix(":*")},
    delete=call("delete_log_group", _NAMED),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"resourceArn": "arn"},
        tags="tags",
        keys="tagKeys",
        pairs=False,
        read=call("list_tags_for_resource", at=("tags",)),
    ),
)

ROWS = (LOG_GROUP,)
