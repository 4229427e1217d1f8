"""EventBridge: buses and archives."""

from aws_provider.model import ALWAYS, ARN, Kind, ResourceType, Tagging, block, call, output, prop

_BUS = (
    prop("name", replace=ALWAYS),
    prop("description", reset=""),
    prop("kmsKeyIdentifier", reset=""),
    block("deadLetterConfig", prop("arn", pattern=ARN), reset={}),
    block("logConfig", prop("includeDetail"), prop("level"), reset={}),
)

EVENT_BUS = ResourceType(
    "aws:cloudwatch/eventBus:EventBus",
    noun="event bus",
    service="events",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w./-]+)",
    props=(*_BUS, prop("eventSourceName", replace=ALWAYS, kept=True), output("arn")),
    create=call("create_event_bus"),
    read=(call("describe_event_bus", {"Name": "name"}),),
    update=(call("update_event_bus", sends=_BUS),),
    delete=call("delete_event_bus", {"Name": "name"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceARN": "arn"},
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)

_ARCHIVE = {"ArchiveName": "name"}
_RULES = (
    prop("description", reset=""),
    prop("eventPattern", Kind.JSON, reset=""),
    prop("retentionDays", Kind.WHOLE, default=0),
    prop("kmsKeyIdentifier", reset=""),
)

ARCHIVE = ResourceType(
    "aws:cloudwatch/eventArchive:EventArchive",
    noun="archive of an event bus",
    service="events",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w.-]+)",
    props=(
        prop("name", aws="ArchiveName", replace=ALWAYS),
        prop("eventSourceArn", required=True, replace=ALWAYS, pattern=ARN),
        *_RULES,
        output("arn", aws="ArchiveArn"),
    ),
    create=call("create_archive"),
    read=(call("describe_archive", _ARCHIVE),),
    update=(call("update_archive", _ARCHIVE, sends=_RULES),),
    delete=call("delete_archive", _ARCHIVE),
)

ROWS = (EVENT_BUS, ARCHIVE)
