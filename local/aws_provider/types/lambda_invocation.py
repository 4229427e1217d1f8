"""Lambda: what invokes functions: event source mappings, function URLs, and how asynchronous invocations are kept."""

import re
from collections.abc import Iterator

from aws_provider.failures import ProviderError
from aws_provider.model import ALWAYS, Kind, Props, ResourceType, Tagging, block, call, output, prop
from aws_provider.services import Handle
from aws_provider.types.lambda_function import FUNCTION_NAME


def _bare(name: str) -> str:
    """Give a function's name, with its qualifier, from any of the ways to write its ARN."""
    return re.sub(r"^(?:.*:)?function:", "", name)


def _is_stream(inputs: Props) -> bool:
    return bool(re.match(r"arn:[\w-]+:(?:kinesis|dynamodb):", str(inputs.get("eventSourceArn"))))


def _source(inputs: Props) -> Iterator[tuple[str, str]]:
    if _is_stream(inputs) and inputs.get("startingPosition") is None:
        yield "startingPosition", "is required for a stream: LATEST, TRIM_HORIZON or AT_TIMESTAMP"
    at, moment = inputs.get("startingPosition") == "AT_TIMESTAMP", inputs.get("startingPositionTimestamp")
    if at != (moment is not None):
        yield "startingPositionTimestamp", "goes with the startingPosition AT_TIMESTAMP, and with no other"
    age = inputs.get("maximumRecordAgeInSeconds")
    if isinstance(age, int) and -1 < age < 60:
        yield "maximumRecordAgeInSeconds", f"is {age}; allowed: 60 to 604,800, or -1 for no limit"


def _steady(handle: Handle, known: Props) -> None:
    while True:
        now = handle.call("get_event_source_mapping", UUID=known["uuid"])
        if now["State"] in {"Enabled", "Disabled"}:
            return
        handle.pause(f"event source mapping {known['uuid']} coming to rest (State {now['State']})")


def _unsettled(_: Props, changed: set[str]) -> set[str]:
    outputs = {"lastModified"} if changed - {"tags", "tagsAll"} else set()
    outputs |= {"functionArn"} if "functionName" in changed else set()
    return outputs | ({"state"} if "enabled" in changed else set())


EVENT_SOURCE_MAPPING = ResourceType(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    noun="Lambda event source mapping",
    service="lambda",
    keys=("uuid",),
    id="{uuid}",
    imports=r"(?P<uuid>[\w-]+)",
    # The emulator keeps some settings to itself (those that are `kept`), and polls no Kafka, MQ or DocumentDB.
    props=(
        prop("functionName", "FunctionName", required=True, reads="FunctionArn", plain=_bare),
        prop("eventSourceArn", "EventSourceArn", required=True, replace=ALWAYS, pattern=r"arn:.+"),
        prop("enabled", "Enabled", Kind.FLAG, default=True),
        prop("batchSize", "BatchSize", Kind.WHOLE, sticky=True, low=1, high=10_000),
        prop("bisectBatchOnFunctionError", "BisectBatchOnFunctionError", Kind.FLAG, default=False),
        block(
            "destinationConfig",
            "DestinationConfig",
            block(
                "onFailure",
                "OnFailure",
                prop("destinationArn", "Destination", required=True, pattern=r"(arn:|kafka://).+"),
            ),
            sticky=True,
        ),
        block(
            "filterCriteria",
            "FilterCriteria",
            block("filters", "Filters", prop("pattern", "Pattern", Kind.JSON), kind=Kind.BLOCK_SET),
            reset={},
        ),
        prop(
            "functionResponseTypes",
            "FunctionResponseTypes",
            Kind.SET,
            reset=[],
            allowed=("ReportBatchItemFailures",),
        ),
        prop("kmsKeyArn", "KMSKeyArn", reset="", kept=True, pattern=r"arn:.+"),
        prop(
            "maximumBatchingWindowInSeconds",
            "MaximumBatchingWindowInSeconds",
            Kind.WHOLE,
            default=0,
            low=0,
            high=300,
        ),
        prop(
            "maximumRecordAgeInSeconds",
            "MaximumRecordAgeInSeconds",
            Kind.WHOLE,
            sticky=True,
            low=-1,
            high=604_800,
        ),
        prop("maximumRetryAttempts", "MaximumRetryAttempts", Kind.WHOLE, sticky=True, low=-1, high=10_000),
        block(
            "metricsConfig",
            "MetricsConfig",
            prop("metrics", "Metrics", Kind.SET, required=True, allowed=("EventCount", "ErrorCount")),
            reset={"Metrics": []},
            kept=True,
        ),
        prop("parallelizationFactor", "ParallelizationFactor", Kind.WHOLE, sticky=True, low=1, high=10),
        block(
            "provisionedPollerConfig",
            "ProvisionedPollerConfig",
            prop("minimumPollers", "MinimumPollers", Kind.WHOLE, low=1, high=200),
            prop("maximumPollers", "MaximumPollers", Kind.WHOLE, low=1, high=2000),
            prop("pollerGroupName", "PollerGroupName", high=128),
            reset={},
            kept=True,
        ),
        block(
            "scalingConfig",
            "ScalingConfig",
            prop("maximumConcurrency", "MaximumConcurrency", Kind.WHOLE, low=2, high=1000),
            reset={},
        ),
        prop(
            "startingPosition",
            "StartingPosition",
            replace=ALWAYS,
            allowed=("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
        ),
        prop("startingPositionTimestamp", "StartingPositionTimestamp", Kind.TIME, replace=ALWAYS, kept=True),
        prop(
            "tumblingWindowInSeconds",
            "TumblingWindowInSeconds",
            Kind.WHOLE,
            reset=0,
            kept=True,
            low=0,
            high=900,
        ),
        output("arn", "EventSourceMappingArn"),
        output("functionArn", "FunctionArn"),
        output("lastModified", "LastModified", Kind.TIME),
        output("lastProcessingResult", "LastProcessingResult"),
        output("state", "State"),
        output("stateTransitionReason", "StateTransitionReason"),
        output("uuid", "UUID"),
    ),
    checks=(_source,),
    # The emulator would take a stream for a queue, whose batches are smaller when nothing is said.
    create=call(
        "create_event_source_mapping", {"BatchSize": lambda known: 100 if _is_stream(known) else None}
    ),
    read=(call("get_event_source_mapping", {"UUID": "uuid"}),),
    update=(
        call(
            "update_event_source_mapping",
            {"UUID": "uuid"},
            sends=(
                "functionName",
                "enabled",
                "batchSize",
                "bisectBatchOnFunctionError",
                "destinationConfig",
                "filterCriteria",
                "functionResponseTypes",
                "kmsKeyArn",
                "maximumBatchingWindowInSeconds",
                "maximumRecordAgeInSeconds",
                "maximumRetryAttempts",
                "metricsConfig",
                "parallelizationFactor",
                "provisionedPollerConfig",
                "scalingConfig",
                "tumblingWindowInSeconds",
            ),
            partial=True,
        ),
    ),
    ready=_steady,
    # Whether it is enabled only its state tells.
    complete=lambda _, known: {"enabled": known.get("state") in {"Enabled", "Enabling", "Creating"}},
    unsettled=_unsettled,
    delete=call("delete_event_source_mapping", {"UUID": "uuid"}),
    lingers=True,
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"Resource": "arn"},
        pairs=False,
        read=call("list_tags", at=("Tags",)),
    ),
)

_QUALIFIED = {"FunctionName": "functionName", "Qualifier": "qualifier"}
_PUT_INVOKE_CONFIG = call(
    "put_function_event_invoke_config",
    _QUALIFIED,
    # One call does both, and what it is not given it takes away.
    sends=("destinationConfig", "maximumEventAgeInSeconds", "maximumRetryAttempts"),
)

EVENT_INVOKE_CONFIG = ResourceType(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    noun="Lambda event invoke configuration",
    service="lambda",
    keys=("functionName", "qualifier"),
    id="{functionName}[:{qualifier}]",
    imports=rf"(?P<functionName>{FUNCTION_NAME})(?::(?P<qualifier>[\w$-]+))?",
    props=(
        prop("functionName", required=True, replace=ALWAYS),
        prop("qualifier", replace=ALWAYS),
        block(
            "destinationConfig",
            "DestinationConfig",
            block("onFailure", "OnFailure", prop("destination", "Destination", required=True)),
            block("onSuccess", "OnSuccess", prop("destination", "Destination", required=True)),
        ),
        prop(
            "maximumEventAgeInSeconds",
            "MaximumEventAgeInSeconds",
            Kind.WHOLE,
            default=21_600,
            low=60,
            high=21_600,
        ),
        prop("maximumRetryAttempts", "MaximumRetryAttempts", Kind.WHOLE, default=2, low=0, high=2),
    ),
    create=_PUT_INVOKE_CONFIG,
    read=(call("get_function_event_invoke_config", _QUALIFIED),),
    update=(_PUT_INVOKE_CONFIG,),
    delete=call("delete_function_event_invoke_config", _QUALIFIED),
)


def _let_everybody_in(handle: Handle, known: Props, _: set[str]) -> None:
    """Allow anonymous requests, as the AWS provider does when it makes a URL that asks for no signature."""
    if known["authorizationType"] != "NONE":
        return
    qualifier = {"Qualifier": known["qualifier"]} if known.get("qualifier") else {}
    try:
        handle.call(
            "add_permission",
            FunctionName=known["functionName"],
            StatementId="FunctionURLAllowPublicAccess",
            Action="lambda:InvokeFunctionUrl",
            Principal="*",
            FunctionUrlAuthType="NONE",
            **qualifier,
        )
    except ProviderError as error:
        if "ResourceConflictException" not in str(error):  # an earlier URL's, which outlives it
            raise


FUNCTION_URL = ResourceType(
    "aws:lambda/functionUrl:FunctionUrl",
    noun="Lambda function URL",
    service="lambda",
    keys=("functionName", "qualifier"),
    id="{functionName}[/{qualifier}]",
    imports=rf"(?P<functionName>{FUNCTION_NAME})(?:/(?P<qualifier>[\w$-]+))?",
    props=(
        prop("functionName", required=True, replace=ALWAYS, plain=_bare),
        prop("qualifier", replace=ALWAYS),
        prop("authorizationType", "AuthType", required=True, allowed=("AWS_IAM", "NONE")),
        prop("invokeMode", "InvokeMode", default="BUFFERED", allowed=("BUFFERED", "RESPONSE_STREAM")),
        block(
            "cors",
            "Cors",
            prop("allowCredentials", "AllowCredentials", Kind.FLAG, default=False),
            prop("allowHeaders", "AllowHeaders", Kind.SET),
            prop("allowMethods", "AllowMethods", Kind.SET),
            prop("allowOrigins", "AllowOrigins", Kind.SET),
            prop("exposeHeaders", "ExposeHeaders", Kind.SET),
            prop("maxAge", "MaxAge", Kind.WHOLE, low=0, high=86_400),
            reset={},
        ),
        output("functionArn", "FunctionArn"),
        output("functionUrl", "FunctionUrl"),
        output("urlId"),
    ),
    create=call("create_function_url_config", _QUALIFIED),
    read=(call("get_function_url_config", _QUALIFIED),),
    update=(
        call(
            "update_function_url_config",
            _QUALIFIED,
            sends=("authorizationType", "cors", "invokeMode"),
            partial=True,
        ),
    ),
    made=_let_everybody_in,
    complete=lambda _, known: {"urlId": re.sub(r"^https?://", "", known["functionUrl"]).partition(".")[0]},
    delete=call("delete_function_url_config", _QUALIFIED),
)

ROWS = (EVENT_SOURCE_MAPPING, EVENT_INVOKE_CONFIG, FUNCTION_URL)
