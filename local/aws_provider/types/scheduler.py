"""EventBridge Scheduler: schedules."""

from collections.abc import Iterator

from aws_provider.model import ALWAYS, Kind, Props, ResourceType, block, call, output, prefix, prop


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
    prop("name", "Name", replace=ALWAYS, pattern=r"[\w.-]+", high=64),
    prop("groupName", "GroupName", default="default", replace=ALWAYS, pattern=r"[\w.-]+", high=64),
    prop("description", "Description", high=512),
    prop("scheduleExpression", "ScheduleExpression", required=True, low=1, high=256),
    prop("scheduleExpressionTimezone", "ScheduleExpressionTimezone", default="UTC", low=1, high=50),
    prop("startDate", "StartDate", Kind.TIME),
    prop("endDate", "EndDate", Kind.TIME),
    prop("state", "State", default="ENABLED", allowed=("ENABLED", "DISABLED")),
    prop("actionAfterCompletion", "ActionAfterCompletion", sticky=True, allowed=("NONE", "DELETE")),
    prop("kmsKeyArn", "KmsKeyArn", pattern=r"arn:.+"),
    block(
        "flexibleTimeWindow",
        "FlexibleTimeWindow",
        prop("mode", "Mode", required=True, allowed=("OFF", "FLEXIBLE")),
        prop("maximumWindowInMinutes", "MaximumWindowInMinutes", Kind.WHOLE, low=1, high=1440),
        required=True,
    ),
    # All but ECS, which the local cloud does not run.
    block(
        "target",
        "Target",
        prop("arn", "Arn", required=True, pattern=r"arn:.+"),
        prop("roleArn", "RoleArn", required=True, pattern=r"arn:.+"),
        prop("input", "Input", low=1),
        block("deadLetterConfig", "DeadLetterConfig", prop("arn", "Arn", required=True, pattern=r"arn:.+")),
        block(
            "retryPolicy",
            "RetryPolicy",
            prop(
                "maximumEventAgeInSeconds",
                "MaximumEventAgeInSeconds",
                Kind.WHOLE,
                default=86_400,
                low=60,
                high=86_400,
            ),
            prop("maximumRetryAttempts", "MaximumRetryAttempts", Kind.WHOLE, default=185, low=0, high=185),
            sticky=True,
        ),
        block(
            "eventbridgeParameters",
            "EventBridgeParameters",
            prop("detailType", "DetailType", required=True, low=1, high=128),
            prop("source", "Source", required=True, low=1, high=256),
        ),
        block(
            "kinesisParameters",
            "KinesisParameters",
            prop("partitionKey", "PartitionKey", required=True, low=1, high=256),
        ),
        block("sqsParameters", "SqsParameters", prop("messageGroupId", "MessageGroupId", low=1, high=128)),
        block(
            "sagemakerPipelineParameters",
            "SageMakerPipelineParameters",
            block(
                "pipelineParameters",
                "PipelineParameterList",
                prop("name", "Name", required=True),
                prop("value", "Value", required=True),
                kind=Kind.BLOCK_SET,
            ),
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
    props=(*_INPUTS, prefix("namePrefix"), output("arn", "Arn")),
    checks=(_window,),
    create=call("create_schedule"),
    read=(call("get_schedule", _NAMED),),
    # What the call is not given it takes away.
    update=(call("update_schedule", sends=tuple(item.name for item in _INPUTS)),),
    delete=call("delete_schedule", _NAMED),
)

ROWS = (SCHEDULE,)
