"""EventBridge: rules and their targets."""

from collections.abc import Iterator

from aws_provider.model import ALWAYS, Kind, Props, ResourceType, Tagging, block, call, output, prefix, prop


def _triggered(inputs: Props) -> Iterator[tuple[str, str]]:
    if inputs.get("eventPattern") is None and inputs.get("scheduleExpression") is None:
        yield "eventPattern", "at least one of eventPattern and scheduleExpression is needed"


_RULE = (
    prop("name", "Name", replace=ALWAYS, pattern=r"[\w.-]+", high=64),
    # It may be an ARN, of which the service reports the name only.
    prop("eventBusName", "EventBusName", default="default", replace=ALWAYS, kept=True),
    prop("description", "Description", reset="", high=512),
    prop("eventPattern", "EventPattern", Kind.JSON),
    # The emulator keeps a role that a later call leaves out.
    prop("roleArn", "RoleArn", pattern=r"arn:.+"),
    prop("scheduleExpression", "ScheduleExpression", high=256),
    prop(
        "state",
        "State",
        sticky=True,
        allowed=("ENABLED", "DISABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
    ),
)
# One call does both, and what it is not given it takes away.
_PUT_RULE = call("put_rule", sends=tuple(item.name for item in _RULE))
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
        prefix("namePrefix"),
        prop("forceDestroy", kind=Kind.FLAG, default=False),
        output("arn", "Arn"),
    ),
    checks=(_triggered,),
    create=_PUT_RULE,
    read=(call("describe_rule", _NAMED),),
    update=(_PUT_RULE,),
    delete=call("delete_rule", {**_NAMED, "Force": "forceDestroy"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceARN": "arn"},
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)


def _one_input(inputs: Props) -> Iterator[tuple[str, str]]:
    given = [name for name in ("input", "inputPath", "inputTransformer") if inputs.get(name) is not None]
    if len(given) > 1:
        yield given[0], f"{' and '.join(given)} are given; at most one is allowed"


# All but ECS, which the local cloud does not run.
_TARGET = (
    prop("targetId", "Id", replace=ALWAYS, pattern=r"[\w.-]+", high=64),
    prop("arn", "Arn", required=True, pattern=r"arn:.+"),
    prop("roleArn", "RoleArn", pattern=r"arn:.+"),
    prop("input", "Input", Kind.JSON),
    prop("inputPath", "InputPath", high=256),
    block(
        "inputTransformer",
        "InputTransformer",
        prop("inputPaths", "InputPathsMap", Kind.MAP),
        prop("inputTemplate", "InputTemplate", required=True, low=1, high=8192),
    ),
    block(
        "retryPolicy",
        "RetryPolicy",
        prop("maximumEventAgeInSeconds", "MaximumEventAgeInSeconds", Kind.WHOLE, low=60, high=86_400),
        prop("maximumRetryAttempts", "MaximumRetryAttempts", Kind.WHOLE, low=0, high=185),
    ),
    block("deadLetterConfig", "DeadLetterConfig", prop("arn", "Arn", pattern=r"arn:.+")),
    block("sqsTarget", "SqsParameters", prop("messageGroupId", "MessageGroupId")),
    block(
        "kinesisTarget",
        "KinesisParameters",
        prop("partitionKeyPath", "PartitionKeyPath", low=1, high=256),
    ),
    block(
        "httpTarget",
        "HttpParameters",
        prop("headerParameters", "HeaderParameters", Kind.MAP),
        prop("pathParameterValues", "PathParameterValues", Kind.LIST),
        prop("queryStringParameters", "QueryStringParameters", Kind.MAP),
    ),
    block("appsyncTarget", "AppSyncParameters", prop("graphqlOperation", "GraphQLOperation")),
    block(
        "batchTarget",
        "BatchParameters",
        prop("jobDefinition", "JobDefinition", required=True),
        prop("jobName", "JobName", required=True),
        prop("arraySize", "ArrayProperties.Size", Kind.WHOLE, low=2, high=10_000),
        prop("jobAttempts", "RetryStrategy.Attempts", Kind.WHOLE, low=1, high=10),
    ),
    block(
        "redshiftTarget",
        "RedshiftDataParameters",
        prop("database", "Database", required=True),
        prop("dbUser", "DbUser"),
        prop("secretsManagerArn", "SecretManagerArn"),
        prop("sql", "Sql"),
        prop("statementName", "StatementName"),
        prop("withEvent", "WithEvent", Kind.FLAG, default=False),
    ),
    block(
        "runCommandTargets",
        "RunCommandParameters.RunCommandTargets",
        prop("key", "Key", required=True),
        prop("values", "Values", Kind.LIST, required=True),
        kind=Kind.BLOCKS,
    ),
    block(
        "sagemakerPipelineTarget",
        "SageMakerPipelineParameters",
        block(
            "pipelineParameterLists",
            "PipelineParameterList",
            prop("name", "Name", required=True),
            prop("value", "Value", required=True),
            kind=Kind.BLOCK_SET,
        ),
    ),
)
_RULES = {"Rule": "rule", "EventBusName": "eventBusName"}
_PUT_TARGET = call("put_targets", _RULES, sends=tuple(item.name for item in _TARGET), entry="Targets")

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
        prop("rule", required=True, replace=ALWAYS, pattern=r"[\w.-]+", high=64),
        prop("eventBusName", default="default", replace=ALWAYS),
        prop("forceDestroy", kind=Kind.FLAG, default=False),
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
