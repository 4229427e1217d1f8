"""EventBridge Scheduler: schedules."""

from collections.abc import Iterator

from aws_provider.model import ALWAYS, ARN, Kind, Props, ResourceType, block, call, output, prefix, prop


def _window(inputs: Props) -> Iterator[tuple[str, str]]:
    window = inputs.get("flexibleTimeWindow")
    if isinstance(window, dict) and window.get("mode") in {"OFF", "FLEXIBLE"}:
        minutes = window.get("maximumWindowInMinutes")
        if (window["mode"] == "FLEXIBLE") != (minutes is not None):
            yield (
                "flexibleTimeWindow.maximumWindowInMinutes",
                "goes with the mode FLEXIBLE, and with no other",
            )


_INPUTS = (
    prop("name", replace=ALWAYS),
    prop("groupName", default="default", sticky=True, replace=ALWAYS),
    prop("description"),
    prop("scheduleExpression", required=True),
    prop("scheduleExpressionTimezone", default="UTC"),
    prop("startDate", Kind.TIME),
    prop("endDate", Kind.TIME),
    prop("state", default="ENABLED"),
    prop("actionAfterCompletion", sticky=True),
    prop("kmsKeyArn"),
    block(
        "flexibleTimeWindow",
        prop("mode", required=True),
        prop("maximumWindowInMinutes", Kind.WHOLE),
        required=True,
    ),
    # All but ECS, which the local cloud does not run.
    block(
        "target",
        prop("arn", required=True, pattern=ARN),
        prop("roleArn", required=True),
        prop("input"),
        block("deadLetterConfig", prop("arn", required=True)),
        block(
            "retryPolicy",
            prop("maximumEventAgeInSeconds", Kind.WHOLE, default=86_400),
            prop("maximumRetryAttempts", Kind.WHOLE, default=185),
            default={},
        ),
        block(
            "eventbridgeParameters",
            prop("detailType", required=True),
            prop("source", required=True),
            aws="EventBridgeParameters",
        ),
        block("kinesisParameters", prop("partitionKey", required=True)),
        block("sqsParameters", prop("messageGroupId")),
        block(
            "sagemakerPipelineParameters",
            block(
                "pipelineParameters",
                prop("name", required=True),
                prop("value", required=True),
                kind=Kind.BLOCK_SET,
                aws="PipelineParameterList",
            ),
            aws="SageMakerPipelineParameters",
        ),
        required=True,
    ),
)
_NAMED = {"Name": "name", "GroupName": "groupName"}

SCHEDULE = ResourceType(
    "aws:scheduler/schedule:Schedule",
    noun="schedule",
    service="scheduler",
    name="name",
    keys=("groupName", "name"),
    id="{groupName}/{name}",
    imports=r"(?P<groupName>[\w.-]+)/(?P<name>[\w.-]+)",
    props=(*_INPUTS, prefix("namePrefix"), output("arn")),
    checks=(_window,),
    create=call("create_schedule"),
    read=(call("get_schedule", _NAMED),),
    # The call removes what it does not get.
    update=(call("update_schedule", sends=_INPUTS),),
    delete=call("delete_schedule", _NAMED),
)

ROWS = (SCHEDULE,)
