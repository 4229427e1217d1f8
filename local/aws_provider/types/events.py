"""EventBridge: rules and their targets."""

import re
from collections.abc import Iterator

from aws_provider.model import (
    ALWAYS,
    ARN,
    Kind,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    output,
    prefix,
    prop,
    unmapped,
)


def _bus(name: str) -> str:
    # The name of a bus, from its ARN too.
    return re.sub(r"^arn:.*:event-bus/", "", name)


def _triggered(inputs: Props) -> Iterator[tuple[str, str]]:
    if inputs.get("eventPattern") is None and inputs.get("scheduleExpression") is None:
        yield "eventPattern", "at least one of eventPattern and scheduleExpression is needed"
    if inputs.get("isEnabled") is not None and inputs.get("state") is not None:
        yield "isEnabled", "isEnabled and state are given; at most one is allowed"


_STATES = ("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
_RULE = (
    prop("name", replace=ALWAYS),
    # If it is an ARN, the service reports only its name.
    prop("eventBusName", default="default", replace=ALWAYS, kept=True, identity=_bus),
    prop("description", reset=""),
    prop("eventPattern", Kind.JSON),
    # The emulator keeps a role that a later call does not have.
    prop("roleArn", pattern=ARN),
    prop("scheduleExpression"),
    prop("state", sticky=True, allowed=_STATES),
)


def _state(known: Props) -> str | None:
    # `isEnabled` is the older way to say it.
    enabled = known.get("isEnabled")
    state: str | None = known.get("state")
    return state if enabled is None else "ENABLED" if enabled else "DISABLED"


# One call creates and updates; it removes what it does not get.
_PUT_RULE = call("put_rule", {"State": _state}, sends=_RULE[:-1], also=("state", "isEnabled"))
_NAMED = {"Name": "name", "EventBusName": "eventBusName"}

RULE = ResourceType(
    "aws:cloudwatch/eventRule:EventRule",
    noun="EventBridge rule",
    service="events",
    name="name",
    keys=("eventBusName", "name"),
    id="[{eventBusName}/]{name}",
    imports=r"(?:(?P<eventBusName>.+)/)?(?P<name>[\w.-]+)",
    props=(
        *_RULE,
        unmapped("isEnabled", Kind.FLAG, sticky=True),
        prefix("namePrefix"),
        unmapped("forceDestroy", Kind.FLAG, default=False),
        output("arn"),
    ),
    checks=(_triggered,),
    create=_PUT_RULE,
    read=(call("describe_rule", _NAMED),),
    update=(_PUT_RULE,),
    # What it has led to is the state.
    complete=lambda *_: {"isEnabled": None},
    delete=call("delete_rule", {**_NAMED, "Force": "forceDestroy"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceARN": "arn"},
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)


def _one_input(inputs: Props) -> Iterator[tuple[str, str]]:
    names = [name for name in ("input", "inputPath", "inputTransformer") if inputs.get(name) is not None]
    if len(names) > 1:
        yield names[0], f"{' and '.join(names)} are given; at most one is allowed"


# All but ECS, which the local cloud does not run.
_TARGET = (
    prop("targetId", aws="Id", replace=ALWAYS),
    prop("arn", required=True, pattern=ARN),
    prop("roleArn", pattern=ARN),
    prop("input", Kind.JSON_TEXT),
    prop("inputPath"),
    block(
        "inputTransformer",
        prop("inputPaths", Kind.MAP, aws="InputPathsMap"),
        prop("inputTemplate", required=True),
    ),
    block(
        "retryPolicy", prop("maximumEventAgeInSeconds", Kind.WHOLE), prop("maximumRetryAttempts", Kind.WHOLE)
    ),
    block("deadLetterConfig", prop("arn", pattern=ARN)),
    block("sqsTarget", prop("messageGroupId"), aws="SqsParameters"),
    block("kinesisTarget", prop("partitionKeyPath"), aws="KinesisParameters"),
    block(
        "httpTarget",
        prop("headerParameters", Kind.MAP),
        prop("pathParameterValues", Kind.LIST),
        prop("queryStringParameters", Kind.MAP),
        aws="HttpParameters",
    ),
    block("appsyncTarget", prop("graphqlOperation", aws="GraphQLOperation"), aws="AppSyncParameters"),
    block(
        "batchTarget",
        prop("jobDefinition", required=True),
        prop("jobName", required=True),
        # The model has no bounds for these two.
        prop("arraySize", Kind.WHOLE, aws="ArrayProperties.Size", low=2, high=10_000),
        prop("jobAttempts", Kind.WHOLE, aws="RetryStrategy.Attempts", low=1, high=10),
        aws="BatchParameters",
    ),
    block(
        "redshiftTarget",
        prop("database", required=True),
        prop("dbUser"),
        prop("secretsManagerArn", aws="SecretManagerArn"),
        prop("sql"),
        prop("statementName"),
        prop("withEvent", Kind.FLAG, default=False),
        aws="RedshiftDataParameters",
    ),
    block(
        "runCommandTargets",
        prop("key", required=True, pattern=""),  # the model's is none that Python can read
        prop("values", Kind.LIST, required=True),
        kind=Kind.BLOCKS,
        aws="RunCommandParameters.RunCommandTargets",
    ),
    block(
        "sagemakerPipelineTarget",
        block(
            "pipelineParameterLists",
            prop("name", required=True),
            prop("value", required=True),
            kind=Kind.BLOCK_SET,
            aws="PipelineParameterList",
        ),
        aws="SageMakerPipelineParameters",
    ),
)
_RULES = {"Rule": "rule", "EventBusName": "eventBusName"}
_PUT_TARGET = call("put_targets", _RULES, sends=_TARGET, entry="Targets")

TARGET = ResourceType(
    "aws:cloudwatch/eventTarget:EventTarget",
    noun="target of an EventBridge rule",
    service="events",
    name="targetId",
    keys=("eventBusName", "rule", "targetId"),
    id="[{eventBusName}-]{rule}-{targetId}",
    form="[<eventBusName>/]<rule>/<targetId>",
    imports=r"(?:(?P<eventBusName>.+)/)?(?P<rule>[\w.-]+)/(?P<targetId>[\w.-]+)",
    props=(
        unmapped("rule", required=True, replace=ALWAYS),
        unmapped("eventBusName", default="default", replace=ALWAYS, identity=_bus),
        unmapped("forceDestroy", Kind.FLAG, default=False),
        *_TARGET,
    ),
    checks=(_one_input,),
    create=_PUT_TARGET,
    read=(call("list_targets_by_rule", _RULES, at=("Targets",), match={"Id": "targetId"}),),
    update=(_PUT_TARGET,),
    delete=call(
        "remove_targets", {**_RULES, "Ids": lambda known: [known["targetId"]], "Force": "forceDestroy"}
    ),
)

ROWS = (RULE, TARGET)
