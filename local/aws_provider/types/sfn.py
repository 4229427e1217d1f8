"""Step Functions: state machines."""

from aws_provider.model import (
    ALWAYS,
    ARN,
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

_LOGGING = "loggingConfiguration"


def _logging(known: Props) -> Props | None:
    # The program has one destination, the service a list.
    wanted = known.get(_LOGGING)
    if not wanted:
        return None
    request = {name: wanted[name] for name in ("level", "includeExecutionData") if name in wanted}
    if wanted.get("logDestination"):
        request["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": wanted["logDestination"]}}]
    return request


def _described(handle: Handle, known: Props) -> Props:
    outputs: Props = {"stateMachineVersionArn": ""}
    if known.get("publish") is True:
        versions = handle.call("list_state_machine_versions", stateMachineArn=known["arn"])
        outputs["stateMachineVersionArn"] = versions["stateMachineVersions"][0]["stateMachineVersionArn"]
    return outputs


def _logged(answer: Props) -> Props:
    """Return the program's form of a logging configuration."""
    destinations = answer.get("destinations") or [{}]
    group = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn")
    return {
        "level": answer.get("level", "OFF"),
        "includeExecutionData": answer.get("includeExecutionData", False),
        **({"logDestination": group} if group else {}),
    }


_INPUTS = (
    prop("definition", Kind.JSON, aws="definition", required=True),
    prop("roleArn", aws="roleArn", required=True, pattern=ARN),
    block(
        "encryptionConfiguration",
        prop("type", aws="type", default="AWS_OWNED_KEY"),
        prop("kmsKeyId", aws="kmsKeyId"),
        prop("kmsDataKeyReusePeriodSeconds", Kind.WHOLE, aws="kmsDataKeyReusePeriodSeconds", sticky=True),
        aws="encryptionConfiguration",
        sticky=True,
    ),
    # The emulator does not report it.
    block(
        "tracingConfiguration",
        prop("enabled", Kind.FLAG, aws="enabled", default=False),
        aws="tracingConfiguration",
        reset={"enabled": False},
        kept=True,
    ),
)
_UNSETTLED = {"revisionId", "stateMachineVersionArn"}

STATE_MACHINE = ResourceType(
    "aws:sfn/stateMachine:StateMachine",
    noun="state machine",
    service="stepfunctions",
    name="name",
    keys=("arn",),
    id="{arn}",
    form="the state machine's ARN",
    imports=r"(?P<arn>arn:[\w-]+:states:[\w-]+:\d+:stateMachine:[\w-]+)",
    props=(
        prop("name", aws="name", replace=ALWAYS),
        prefix("namePrefix"),
        prop("type", aws="type", default="STANDARD", replace=ALWAYS),
        *_INPUTS,
        block(
            _LOGGING,
            prop("level", aws="level", default="OFF"),
            prop("includeExecutionData", Kind.FLAG, aws="includeExecutionData", default=False),
            unmapped("logDestination"),
            aws="",
            sticky=True,
        ),
        unmapped("publish", Kind.FLAG, default=False),
        output("arn", aws="stateMachineArn"),
        output("creationDate", Kind.TIME, aws="creationDate"),
        output("description", aws="description", default=""),
        output("revisionId", aws="revisionId"),
        output("status", aws="status"),
        computed("stateMachineVersionArn"),
        computed("versionDescription", default=""),
    ),
    create=call("create_state_machine", {_LOGGING: _logging, "publish": "publish"}),
    read=(
        call("describe_state_machine", {"stateMachineArn": "arn"}),
        # Under a key of its own, because the property has another form.
        call("describe_state_machine", {"stateMachineArn": "arn"}, under="found"),
    ),
    update=(
        call(
            "update_state_machine",
            {"stateMachineArn": "arn", _LOGGING: _logging, "publish": "publish"},
            sends=_INPUTS,
            also=(_LOGGING,),
        ),
    ),
    complete=lambda handle, known: (
        _described(handle, known) | {_LOGGING: _logged(known["found"].get(_LOGGING, {}))}
    ),
    unsettled=lambda _, changed: _UNSETTLED if changed - {"tags", "tagsAll"} else set(),
    delete=call("delete_state_machine", {"stateMachineArn": "arn"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"resourceArn": "arn"},
        tags="tags",
        keys="tagKeys",
        entry=("key", "value"),
        read=call("list_tags_for_resource", at=("tags",)),
    ),
)

ROWS = (STATE_MACHINE,)
