"""API Gateway: the routes of HTTP and WebSocket APIs, their integrations and authorizers."""

from typing import Any

from aws_provider.model import ALWAYS, Kind, Prop, Props, ResourceType, block, call, output, prop, unmapped
from aws_provider.services import Handle
from aws_provider.wire import receive, request_of


def keyed(prop_: Prop, key: str, entries: Any) -> Props:
    """Return the service's map for a list of objects with a key."""
    return {entry[key]: request_of(prop_.fields, entry) for entry in entries or []}


def listed(prop_: Prop, key: str, found: Any) -> Props:
    """Return the list of objects for the service's map."""
    entries = [{key: name, **(receive(prop_, each) or {})} for name, each in (found or {}).items()]
    return {prop_.name: entries}


def _by_status(known: Props) -> Props:
    # The service has a map by status code.
    entries = known.get("responseParameters") or []
    return {entry["statusCode"]: entry["mappings"] for entry in entries}


def _statuses(_: Handle, known: Props) -> Props:
    found = known.get("ResponseParameters") or {}
    return {"responseParameters": [{"statusCode": code, "mappings": each} for code, each in found.items()]}


_INTEGRATION = (
    prop("connectionType", default="INTERNET"),
    # The emulator does not report these.
    prop("connectionId", kept=True),
    prop("credentialsArn", kept=True),
    prop("passthroughBehavior", default="WHEN_NO_MATCH", kept=True),
    prop("templateSelectionExpression", kept=True),
    block("tlsConfig", prop("serverNameToVerify"), kept=True),
    prop("contentHandlingStrategy", reset=""),
    prop("description", reset=""),
    prop("integrationMethod", sticky=True),
    prop("integrationUri", reset=""),
    prop("payloadFormatVersion", default="1.0"),
    prop("requestParameters", Kind.MAP, reset={}),
    prop("requestTemplates", Kind.MAP, reset={}),
    prop("timeoutMilliseconds", Kind.WHOLE, aws="TimeoutInMillis", sticky=True),
)
_OF_API = {"ApiId": "apiId", "IntegrationId": "id"}

INTEGRATION = ResourceType(
    "aws:apigatewayv2/integration:Integration",
    noun="integration of an API",
    service="apigatewayv2",
    keys=("apiId", "id"),
    id="{id}",
    form="<apiId>/<integration's id>",
    imports=r"(?P<apiId>\w+)/(?P<id>\w+)",
    props=(
        unmapped("apiId", required=True, replace=ALWAYS),
        prop("integrationType", required=True, replace=ALWAYS),
        prop("integrationSubtype", replace=ALWAYS, kept=True),
        *_INTEGRATION,
        block(
            "responseParameters",
            prop("statusCode", required=True),
            prop("mappings", Kind.MAP, required=True),
            aws="",
            kind=Kind.BLOCK_SET,
        ),
        output("id", aws="IntegrationId"),
        output("integrationResponseSelectionExpression"),
    ),
    # The default of the AWS provider is not that of the service.
    create=call(
        "create_integration",
        {
            "ApiId": "apiId",
            "ResponseParameters": _by_status,
            "PayloadFormatVersion": lambda known: known.get("payloadFormatVersion", "1.0"),
        },
    ),
    read=(call("get_integration", _OF_API),),
    update=(
        call(
            "update_integration",
            {**_OF_API, "ResponseParameters": _by_status},
            sends=_INTEGRATION,
            also=("responseParameters",),
        ),
    ),
    complete=_statuses,
    delete=call("delete_integration", _OF_API),
)


_PARAMETER = block("requestParameters", prop("required", Kind.FLAG, required=True))
_ROUTE = (
    prop("routeKey", required=True),
    prop("target", reset=""),
    prop("authorizationType", default="NONE"),
    prop("authorizerId", reset=""),
    prop("authorizationScopes", Kind.SET, reset=[]),
    prop("apiKeyRequired", Kind.FLAG, default=False),
    prop("operationName", reset=""),
    prop("modelSelectionExpression", reset=""),
    prop("routeResponseSelectionExpression", reset=""),
    prop("requestModels", Kind.MAP, reset={}),
)
_ROUTES = {"ApiId": "apiId", "RouteId": "id"}


def _required(known: Props) -> Props:
    return keyed(_PARAMETER, "requestParameterKey", known.get("requestParameters"))


ROUTE = ResourceType(
    "aws:apigatewayv2/route:Route",
    noun="route of an API",
    service="apigatewayv2",
    keys=("apiId", "id"),
    id="{id}",
    form="<apiId>/<route's id>",
    imports=r"(?P<apiId>\w+)/(?P<id>\w+)",
    props=(
        unmapped("apiId", required=True, replace=ALWAYS),
        *_ROUTE,
        block(
            "requestParameters",
            prop("requestParameterKey", required=True),
            *_PARAMETER.fields,
            aws="",
            kind=Kind.BLOCK_SET,
        ),
        output("id", aws="RouteId"),
    ),
    create=call("create_route", {"ApiId": "apiId", "RequestParameters": _required}),
    read=(call("get_route", _ROUTES),),
    update=(
        call(
            "update_route",
            {**_ROUTES, "RequestParameters": _required},
            sends=_ROUTE,
            also=("requestParameters",),
        ),
    ),
    complete=lambda _, known: listed(_PARAMETER, "requestParameterKey", known.get("RequestParameters")),
    delete=call("delete_route", _ROUTES),
)

_AUTHORIZER = (
    prop("name"),
    prop("authorizerUri", reset=""),
    prop("authorizerCredentialsArn", reset=""),
    prop("authorizerPayloadFormatVersion", sticky=True),
    prop("authorizerResultTtlInSeconds", Kind.WHOLE, sticky=True),
    prop("enableSimpleResponses", Kind.FLAG, default=False),
    block("jwtConfiguration", prop("audiences", Kind.SET, aws="Audience"), prop("issuer"), reset={}),
)
_AUTHORIZERS = {"ApiId": "apiId", "AuthorizerId": "id"}

AUTHORIZER = ResourceType(
    "aws:apigatewayv2/authorizer:Authorizer",
    noun="authorizer of an API",
    service="apigatewayv2",
    name="name",
    keys=("apiId", "id"),
    id="{id}",
    form="<apiId>/<authorizer's id>",
    imports=r"(?P<apiId>\w+)/(?P<id>\w+)",
    props=(
        unmapped("apiId", required=True, replace=ALWAYS),
        # The emulator cannot change it.
        prop("authorizerType", required=True, replace=ALWAYS),
        prop("identitySources", Kind.LIST, aws="IdentitySource", reset=[]),
        *_AUTHORIZER,
        output("id", aws="AuthorizerId"),
    ),
    create=call(
        "create_authorizer",
        {"ApiId": "apiId", "IdentitySource": lambda known: known.get("identitySources", [])},
    ),
    read=(call("get_authorizer", _AUTHORIZERS),),
    update=(call("update_authorizer", _AUTHORIZERS, sends=("identitySources", *_AUTHORIZER)),),
    delete=call("delete_authorizer", _AUTHORIZERS),
)

ROWS = (INTEGRATION, ROUTE, AUTHORIZER)
