"""API Gateway: the resources of REST APIs, their methods and integrations."""

from aws_provider.model import ALWAYS, Kind, ResourceType, block, call, output, prop, unmapped
from aws_provider.types.api_patches import patches

_RESOURCE = (
    prop("parentId", aws="parentId", required=True),
    prop("pathPart", aws="pathPart", required=True),
)
_OF_API = {"restApiId": "restApi", "resourceId": "id"}

RESOURCE = ResourceType(
    "aws:apigateway/resource:Resource",
    noun="resource of a REST API",
    service="apigateway",
    keys=("restApi", "id"),
    id="{id}",
    form="<restApi>/<resource's id>",
    imports=r"(?P<restApi>\w+)/(?P<id>\w+)",
    props=(
        unmapped("restApi", required=True, replace=ALWAYS),
        *_RESOURCE,
        output("id", aws="id"),
        output("path", aws="path"),
    ),
    create=call("create_resource", {"restApiId": "restApi"}, sends=_RESOURCE),
    read=(call("get_resource", _OF_API),),
    updated=patches("resource", _OF_API, _RESOURCE),
    unsettled=lambda _, changed: {"path"} if changed else set(),
    delete=call("delete_resource", _OF_API),
)

_IDENTITY = (
    unmapped("restApi", required=True, replace=ALWAYS),
    unmapped("resourceId", required=True, replace=ALWAYS),
    unmapped("httpMethod", required=True, replace=ALWAYS),
)
_METHODS: dict[str, str] = {"restApiId": "restApi", "resourceId": "resourceId", "httpMethod": "httpMethod"}
_METHOD_IMPORT = r"(?P<restApi>\w+)/(?P<resourceId>\w+)/(?P<httpMethod>\w+)"
_METHOD = (
    prop("authorization", aws="authorizationType", required=True),
    prop("authorizerId", aws="authorizerId"),
    prop("authorizationScopes", Kind.SET, aws="authorizationScopes"),
    prop("apiKeyRequired", Kind.FLAG, aws="apiKeyRequired", default=False),
    prop("operationName", aws="operationName"),
    prop("requestModels", Kind.MAP, aws="requestModels"),
    prop("requestParameters", Kind.MAP, aws="requestParameters"),
    prop("requestValidatorId", aws="requestValidatorId"),
)

METHOD = ResourceType(
    "aws:apigateway/method:Method",
    noun="method of a REST API",
    service="apigateway",
    keys=("restApi", "resourceId", "httpMethod"),
    id="agm-{restApi}-{resourceId}-{httpMethod}",
    form="<restApi>/<resourceId>/<httpMethod>",
    imports=_METHOD_IMPORT,
    props=(*_IDENTITY, *_METHOD),
    create=call("put_method", _METHODS, sends=_METHOD),
    read=(call("get_method", _METHODS),),
    updated=patches("method", _METHODS, _METHOD),
    delete=call("delete_method", _METHODS),
)

_METHOD_RESPONSE = (
    prop("responseModels", Kind.MAP, aws="responseModels"),
    prop("responseParameters", Kind.MAP, aws="responseParameters"),
)
_RESPONSES = {**_METHODS, "statusCode": "statusCode"}
# The AWS provider tries to change it, which the service refuses.
_STATUS = unmapped("statusCode", required=True, replace=ALWAYS)
# The emulator has no update, but takes a second put.
_PUT_METHOD_RESPONSE = call("put_method_response", _RESPONSES, sends=_METHOD_RESPONSE)

METHOD_RESPONSE = ResourceType(
    "aws:apigateway/methodResponse:MethodResponse",
    noun="response of a method of a REST API",
    service="apigateway",
    keys=("restApi", "resourceId", "httpMethod", "statusCode"),
    id="agmr-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
    form="<restApi>/<resourceId>/<httpMethod>/<statusCode>",
    imports=rf"{_METHOD_IMPORT}/(?P<statusCode>\d+)",
    props=(*_IDENTITY, _STATUS, *_METHOD_RESPONSE),
    create=_PUT_METHOD_RESPONSE,
    read=(call("get_method_response", _RESPONSES),),
    update=(_PUT_METHOD_RESPONSE,),
    delete=call("delete_method_response", _RESPONSES),
)

_LONGEST_MILLISECONDS = 300_000

_INTEGRATION = (
    prop("uri", aws="uri"),
    prop("connectionType", aws="connectionType", default="INTERNET"),
    prop("connectionId", aws="connectionId"),
    prop("contentHandling", aws="contentHandling"),
    prop("requestParameters", Kind.MAP, aws="requestParameters"),
    prop("requestTemplates", Kind.MAP, aws="requestTemplates"),
    prop("cacheKeyParameters", Kind.SET, aws="cacheKeyParameters"),
    prop("cacheNamespace", aws="cacheNamespace", sticky=True),
    # The model has no bounds for it.
    prop(
        "timeoutMilliseconds",
        Kind.WHOLE,
        aws="timeoutInMillis",
        default=29_000,
        low=50,
        high=_LONGEST_MILLISECONDS,
    ),
    block(
        "tlsConfig",
        prop("insecureSkipVerification", Kind.FLAG, aws="insecureSkipVerification"),
        aws="tlsConfig",
    ),
    prop("responseTransferMode", aws="responseTransferMode", sticky=True),
    prop("integrationTarget", aws="integrationTarget"),
)
_FIXED = (
    prop("type", aws="type", required=True, replace=ALWAYS),
    prop("integrationHttpMethod", aws="integrationHttpMethod", reads="httpMethod", replace=ALWAYS),
    prop("credentials", aws="credentials", replace=ALWAYS),
    prop("passthroughBehavior", aws="passthroughBehavior", replace=ALWAYS, sticky=True),
)

INTEGRATION = ResourceType(
    "aws:apigateway/integration:Integration",
    noun="integration of a REST API",
    service="apigateway",
    keys=("restApi", "resourceId", "httpMethod"),
    id="agi-{restApi}-{resourceId}-{httpMethod}",
    form="<restApi>/<resourceId>/<httpMethod>",
    imports=_METHOD_IMPORT,
    props=(*_IDENTITY, *_FIXED, *_INTEGRATION),
    create=call("put_integration", _METHODS, sends=(*_FIXED, *_INTEGRATION)),
    read=(call("get_integration", _METHODS),),
    created=patches("integration", _METHODS, _INTEGRATION),
    updated=patches("integration", _METHODS, _INTEGRATION),
    delete=call("delete_integration", _METHODS),
)

_PUT_INTEGRATION_RESPONSE = call(
    "put_integration_response",
    _RESPONSES,
    sends=("selectionPattern", "contentHandling", "responseParameters", "responseTemplates"),
)

INTEGRATION_RESPONSE = ResourceType(
    "aws:apigateway/integrationResponse:IntegrationResponse",
    noun="response of an integration of a REST API",
    service="apigateway",
    keys=("restApi", "resourceId", "httpMethod", "statusCode"),
    id="agir-{restApi}-{resourceId}-{httpMethod}-{statusCode}",
    form="<restApi>/<resourceId>/<httpMethod>/<statusCode>",
    imports=rf"{_METHOD_IMPORT}/(?P<statusCode>\d+)",
    props=(
        *_IDENTITY,
        _STATUS,
        prop("selectionPattern", aws="selectionPattern"),
        prop("contentHandling", aws="contentHandling"),
        prop("responseParameters", Kind.MAP, aws="responseParameters"),
        prop("responseTemplates", Kind.MAP, aws="responseTemplates"),
    ),
    create=_PUT_INTEGRATION_RESPONSE,
    read=(call("get_integration_response", _RESPONSES),),
    update=(_PUT_INTEGRATION_RESPONSE,),
    delete=call("delete_integration_response", _RESPONSES),
)

ROWS = (RESOURCE, METHOD, METHOD_RESPONSE, INTEGRATION, INTEGRATION_RESPONSE)
