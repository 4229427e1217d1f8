"""API Gateway: HTTP and WebSocket APIs, and their stages."""

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    computed,
    output,
    prop,
    refused,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.types.apigatewayv2_routes import keyed, listed


def _api_arns(handle: Handle, known: Props) -> Props:
    partition, api = handle.services.settings.partition, known["id"]
    return {
        "arn": f"arn:{partition}:apigateway:{handle.region}::/apis/{api}",
        "executionArn": handle.arn(api, "execute-api"),
    }


_CORS = block(
    "corsConfiguration",
    prop("allowCredentials", Kind.FLAG, default=False),
    prop("allowHeaders", Kind.SET),
    prop("allowMethods", Kind.SET),
    prop("allowOrigins", Kind.SET),
    prop("exposeHeaders", Kind.SET),
    prop("maxAge", Kind.WHOLE, default=0),
)
_API = {"ApiId": "id"}
_SETTINGS = (
    prop("name"),
    prop("description", reset=""),
    prop("version", reset=""),
    prop("disableExecuteApiEndpoint", Kind.FLAG, default=False),
    prop("apiKeySelectionExpression", default="$request.header.x-api-key"),
    prop("routeSelectionExpression", default="$request.method $request.path"),
    # The emulator does not report it.
    prop("ipAddressType", kept=True),
)

API = ResourceType(
    "aws:apigatewayv2/api:Api",
    noun="HTTP or WebSocket API",
    service="apigatewayv2",
    name="name",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>\w+)",
    props=(
        *_SETTINGS,
        prop("protocolType", required=True, replace=ALWAYS),
        _CORS,
        unmapped("target"),
        unmapped("routeKey"),
        unmapped("credentialsArn"),
        unmapped("body"),
        unmapped("failOnWarnings", Kind.FLAG),
        output("id", aws="ApiId"),
        output("apiEndpoint"),
        computed("arn"),
        computed("executionArn"),
    ),
    checks=(
        refused(
            "the local cloud makes no route, integration and stage of it: declare them as resources",
            "target",
            "routeKey",
            "credentialsArn",
        ),
        refused(
            "the local cloud makes no API of an OpenAPI document: declare its routes and integrations", "body"
        ),
    ),
    create=call("create_api"),
    read=(call("get_api", _API),),
    update=(
        call("update_api", _API, sends=_SETTINGS),
        call("update_api", _API, sends=(_CORS,), absent=call("delete_cors_configuration", _API)),
    ),
    complete=_api_arns,
    delete=call("delete_api", _API),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceArn": "arn"},
        pairs=False,
        read=call("get_tags", at=("Tags",)),
    ),
)


_LIMITS = (
    prop("dataTraceEnabled", Kind.FLAG, default=False),
    prop("detailedMetricsEnabled", Kind.FLAG, default=False),
    prop("loggingLevel", sticky=True),
    prop("throttlingBurstLimit", Kind.WHOLE, default=0),
    prop("throttlingRateLimit", Kind.NUMBER, default=0),
)
_OF_ROUTE = block("routeSettings", *_LIMITS)
_STAGE = (
    prop("description", reset=""),
    prop("autoDeploy", Kind.FLAG, default=False),
    prop("clientCertificateId", reset=""),
    prop("deploymentId", sticky=True),
    prop("stageVariables", Kind.MAP, reset={}),
    block(
        "accessLogSettings", prop("destinationArn", required=True), prop("format", required=True), reset={}
    ),
    block("defaultRouteSettings", *_LIMITS, reset={}),
)
_STAGES = {"ApiId": "apiId", "StageName": "name"}


def _route_settings(known: Props) -> Props:
    return keyed(_OF_ROUTE, "routeKey", known.get("routeSettings"))


def _stage_urls(handle: Handle, known: Props) -> Props:
    partition, api, name = handle.services.settings.partition, known["apiId"], known["name"]
    endpoint = handle.services.settings.endpoint_of("apigatewayv2")
    return {
        "arn": f"arn:{partition}:apigateway:{handle.region}::/apis/{api}/stages/{name}",
        "executionArn": handle.arn(f"{api}/{name}", "execute-api"),
        "invokeUrl": f"{endpoint}/_aws/execute-api/{api}/{name}",
        **listed(_OF_ROUTE, "routeKey", known.get("RouteSettings")),
    }


STAGE = ResourceType(
    "aws:apigatewayv2/stage:Stage",
    noun="stage of an API",
    service="apigatewayv2",
    name="name",
    keys=("apiId", "name"),
    id="{name}",
    form="<apiId>/<name>",
    imports=r"(?P<apiId>\w+)/(?P<name>[\w$-]+)",
    props=(
        unmapped("apiId", required=True, replace=ALWAYS),
        prop("name", aws="StageName", replace=ALWAYS),
        *_STAGE,
        block(
            "routeSettings",
            prop("routeKey", required=True),
            *_LIMITS,
            aws="",
            kind=Kind.BLOCK_SET,
        ),
        computed("arn"),
        computed("executionArn"),
        computed("invokeUrl"),
    ),
    create=call("create_stage", {"ApiId": "apiId", "RouteSettings": _route_settings}),
    read=(call("get_stage", _STAGES),),
    update=(
        call(
            "update_stage",
            {**_STAGES, "RouteSettings": _route_settings},
            sends=_STAGE,
            also=("routeSettings",),
        ),
    ),
    complete=_stage_urls,
    delete=call("delete_stage", _STAGES),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceArn": "arn"},
        pairs=False,
        read=call("get_tags", at=("Tags",)),
    ),
)

ROWS = (API, STAGE)
