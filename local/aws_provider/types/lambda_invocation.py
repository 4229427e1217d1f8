"""Lambda: event source mappings, function URLs, and the settings of asynchronous invocations."""

import re
from collections.abc import Iterator
from typing import Any

from aws_provider.failures import ProviderError
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
    prop,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.types.lambda_function import FUNCTION_NAME, bare_name


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
        handle.pause(
            f"event source mapping {known['uuid']} becoming Enabled or Disabled (State {now['State']})"
        )


def _unsettled(_: Props, changed: set[str]) -> set[str]:
    outputs = {"lastModified"} if changed - {"tags", "tagsAll"} else set()
    outputs |= {"functionArn"} if "functionName" in changed else set()
    return outputs | ({"state"} if "enabled" in changed else set())


_CHANGEABLE = (
    prop("functionName", required=True, reads="FunctionArn", plain=bare_name),
    prop("enabled", Kind.FLAG, default=True),
    prop("batchSize", Kind.WHOLE, sticky=True),
    prop("bisectBatchOnFunctionError", Kind.FLAG, default=False),
    block(
        "destinationConfig",
        block("onFailure", prop("destinationArn", aws="Destination", required=True, pattern=ARN)),
        reset={"OnFailure": {}},
    ),
    block("filterCriteria", block("filters", prop("pattern", Kind.JSON_TEXT), kind=Kind.BLOCK_SET), reset={}),
    prop("functionResponseTypes", Kind.SET, reset=[]),
    prop("kmsKeyArn", aws="KMSKeyArn", reset="", kept=True),
    prop("maximumBatchingWindowInSeconds", Kind.WHOLE, default=0),
    prop("maximumRecordAgeInSeconds", Kind.WHOLE, sticky=True),
    prop("maximumRetryAttempts", Kind.WHOLE, sticky=True),
    block("metricsConfig", prop("metrics", Kind.SET, required=True), reset={"Metrics": []}, kept=True),
    prop("parallelizationFactor", Kind.WHOLE, sticky=True),
    block(
        "provisionedPollerConfig",
        prop("minimumPollers", Kind.WHOLE),
        prop("maximumPollers", Kind.WHOLE),
        prop("pollerGroupName"),
        reset={},
        kept=True,
    ),
    block("scalingConfig", prop("maximumConcurrency", Kind.WHOLE), reset={}),
    prop("tumblingWindowInSeconds", Kind.WHOLE, reset=0, kept=True),
)

EVENT_SOURCE_MAPPING = ResourceType(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    noun="Lambda event source mapping",
    service="lambda",
    keys=("uuid",),
    id="{uuid}",
    imports=r"(?P<uuid>[\w-]+)",
    # The emulator does not report some settings (those that are `kept`), and polls no Kafka, MQ or DocumentDB.
    props=(
        *_CHANGEABLE,
        prop("eventSourceArn", required=True, replace=ALWAYS),
        prop("startingPosition", replace=ALWAYS),
        prop("startingPositionTimestamp", Kind.TIME, replace=ALWAYS, kept=True),
        output("arn", aws="EventSourceMappingArn"),
        output("functionArn"),
        output("lastModified", Kind.TIME),
        output("lastProcessingResult"),
        output("state"),
        output("stateTransitionReason"),
        output("uuid", aws="UUID"),
    ),
    checks=(_source,),
    # The emulator would give a stream a queue's default, which is smaller.
    create=call(
        "create_event_source_mapping", {"BatchSize": lambda known: 100 if _is_stream(known) else None}
    ),
    read=(call("get_event_source_mapping", {"UUID": "uuid"}),),
    update=(
        call(
            "update_event_source_mapping",
            {"UUID": "uuid"},
            sends=_CHANGEABLE,
            partial=True,
        ),
    ),
    ready=_steady,
    # Only the state shows whether it is enabled.
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
    # One call creates and updates; it removes what it does not get.
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
        unmapped("functionName", required=True, replace=ALWAYS, identity=bare_name),
        unmapped("qualifier", replace=ALWAYS),
        block(
            "destinationConfig",
            block("onFailure", prop("destination", required=True, pattern=ARN)),
            block("onSuccess", prop("destination", required=True, pattern=ARN)),
        ),
        prop("maximumEventAgeInSeconds", Kind.WHOLE, default=21_600),
        prop("maximumRetryAttempts", Kind.WHOLE, default=2),
    ),
    create=_PUT_INVOKE_CONFIG,
    read=(call("get_function_event_invoke_config", _QUALIFIED),),
    update=(_PUT_INVOKE_CONFIG,),
    delete=call("delete_function_event_invoke_config", _QUALIFIED),
)


_PUBLIC_URL: dict[str, dict[str, Any]] = {
    "FunctionURLAllowPublicAccess": {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"},
    "FunctionURLAllowInvokeAction": {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True},
}
"""The statements of the function's policy that let everybody call a URL, by their ids."""


def _allow_everybody(handle: Handle, known: Props, _: set[str]) -> None:
    """Allow anonymous requests, as the AWS provider does when it creates a URL without authorization."""
    if known["authorizationType"] != "NONE":
        return
    qualifier = {"Qualifier": known["qualifier"]} if known.get("qualifier") else {}
    for name, statement in _PUBLIC_URL.items():
        try:
            handle.call(
                "add_permission",
                FunctionName=known["functionName"],
                StatementId=name,
                Principal="*",
                **statement,
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
        unmapped("functionName", required=True, replace=ALWAYS, plain=bare_name),
        # pulumi-aws allows $LATEST too, which the model does not.
        unmapped("qualifier", replace=ALWAYS, pattern=""),
        prop("authorizationType", aws="AuthType", required=True),
        prop("invokeMode", default="BUFFERED"),
        block(
            "cors",
            prop("allowCredentials", Kind.FLAG, default=False),
            prop("allowHeaders", Kind.SET),
            prop("allowMethods", Kind.SET),
            prop("allowOrigins", Kind.SET),
            prop("exposeHeaders", Kind.SET),
            prop("maxAge", Kind.WHOLE),
            reset={},
        ),
        output("functionArn"),
        output("functionUrl"),
        computed("urlId"),
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
    created=_allow_everybody,
    complete=lambda _, known: {"urlId": re.sub(r"^https?://", "", known["functionUrl"]).partition(".")[0]},
    delete=call("delete_function_url_config", _QUALIFIED),
)

ROWS = (EVENT_SOURCE_MAPPING, EVENT_INVOKE_CONFIG, FUNCTION_URL)
