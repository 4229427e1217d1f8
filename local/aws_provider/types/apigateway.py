"""API Gateway: REST APIs, their deployments and stages."""

import json
from dataclasses import replace

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
from aws_provider.types.api_patches import patches


def _size(known: Props) -> int | None:
    size = known.get("minimumCompressionSize")
    return None if size is None else int(size)


def _rest_api(handle: Handle, known: Props) -> Props:
    partition, api = handle.services.settings.partition, known["id"]
    policy = known.get("policy")
    return {
        "arn": f"arn:{partition}:apigateway:{handle.region}::/restapis/{api}",
        "executionArn": handle.arn(api, "execute-api"),
        # The service escapes the quotes.
        "policy": json.loads(f'"{policy}"') if policy and policy.startswith('{\\"') else policy,
    }


_API = {"restApiId": "id"}
_SETTINGS = (
    prop("name", aws="name"),
    prop("description", aws="description", sticky=True),
    prop("apiKeySource", aws="apiKeySource", default="HEADER"),
    prop("binaryMediaTypes", Kind.SET, aws="binaryMediaTypes", sticky=True),
    prop("disableExecuteApiEndpoint", Kind.FLAG, aws="disableExecuteApiEndpoint", default=False),
    prop("policy", Kind.DOCUMENT, aws="policy", sticky=True),
)
_COMPRESSION = prop("minimumCompressionSize", aws="minimumCompressionSize", sticky=True)
_ENDPOINT = block(
    "endpointConfiguration",
    prop("types", Kind.ONE, aws="types", required=True),
    prop("ipAddressType", aws="ipAddressType", sticky=True),
    prop("vpcEndpointIds", Kind.SET, aws="vpcEndpointIds"),
    aws="endpointConfiguration",
    sticky=True,
)
# The emulator does not report these two.
_UNREPORTED = (
    prop("endpointAccessMode", aws="endpointAccessMode", kept=True),
    prop("securityPolicy", aws="securityPolicy", kept=True),
)
_TAGGING = Tagging(
    tag="tag_resource",
    untag="untag_resource",
    key={"resourceArn": "arn"},
    tags="tags",
    keys="tagKeys",
    pairs=False,
    read=call("get_tags", at=("tags",)),
)

REST_API = ResourceType(
    "aws:apigateway/restApi:RestApi",
    noun="REST API",
    service="apigateway",
    name="name",
    keys=("id",),
    id="{id}",
    imports=r"(?P<id>\w+)",
    props=(
        *_SETTINGS,
        *_UNREPORTED,
        _COMPRESSION,
        _ENDPOINT,
        unmapped("body"),
        unmapped("parameters", Kind.MAP),
        unmapped("putRestApiMode"),
        unmapped("failOnWarnings", Kind.FLAG),
        output("id", aws="id"),
        output("rootResourceId", aws="rootResourceId"),
        output("createdDate", Kind.TIME, aws="createdDate"),
        computed("arn"),
        computed("executionArn"),
    ),
    checks=(
        refused(
            "the local cloud makes no API of an OpenAPI document: declare its resources, methods and integrations",
            "body",
        ),
    ),
    create=call(
        "create_rest_api",
        {"minimumCompressionSize": _size},
        sends=(*_SETTINGS, *_UNREPORTED, _ENDPOINT),
    ),
    read=(call("get_rest_api", _API),),
    updated=patches("rest_api", _API, (*_SETTINGS, *_UNREPORTED, _COMPRESSION, _ENDPOINT)),
    complete=_rest_api,
    delete=call("delete_rest_api", _API),
    tagging=_TAGGING,
)

_DEPLOYMENTS = {"restApiId": "restApi", "deploymentId": "id"}
_DESCRIPTION = prop("description", aws="description")

DEPLOYMENT = ResourceType(
    "aws:apigateway/deployment:Deployment",
    noun="deployment of a REST API",
    service="apigateway",
    keys=("restApi", "id"),
    id="{id}",
    form="<restApi>/<deployment's id>",
    imports=r"(?P<restApi>\w+)/(?P<id>\w+)",
    props=(
        unmapped("restApi", required=True, replace=ALWAYS),
        _DESCRIPTION,
        prop("variables", Kind.MAP, aws="variables", replace=ALWAYS, kept=True),
        unmapped("triggers", Kind.MAP, replace=ALWAYS),
        output("id", aws="id"),
        output("createdDate", Kind.TIME, aws="createdDate"),
    ),
    create=call("create_deployment", {"restApiId": "restApi"}, sends=("description", "variables")),
    read=(call("get_deployment", _DEPLOYMENTS),),
    updated=patches("deployment", _DEPLOYMENTS, (_DESCRIPTION,)),
    delete=call("delete_deployment", _DEPLOYMENTS),
)

_CREATED_WITH = (
    prop("deployment", aws="deploymentId", required=True),
    _DESCRIPTION,
    prop("cacheClusterEnabled", Kind.FLAG, aws="cacheClusterEnabled", default=False),
    prop("cacheClusterSize", aws="cacheClusterSize"),
    prop("documentationVersion", aws="documentationVersion"),
    prop("variables", Kind.MAP, aws="variables"),
    prop("xrayTracingEnabled", Kind.FLAG, aws="tracingEnabled", default=False),
)
# A create takes no logs and no certificate, and the emulator no canary.
_PATCHED_LATER = (
    block(
        "accessLogSettings",
        prop("destinationArn", aws="destinationArn", required=True),
        prop("format", aws="format", required=True),
        aws="accessLogSettings",
    ),
    prop("clientCertificateId", aws="clientCertificateId"),
    block(
        "canarySettings",
        prop("deploymentId", aws="deploymentId", required=True),
        prop("percentTraffic", Kind.NUMBER, aws="percentTraffic", default=0),
        prop("stageVariableOverrides", Kind.MAP, aws="stageVariableOverrides"),
        prop("useStageCache", Kind.FLAG, aws="useStageCache", default=False),
        aws="canarySettings",
    ),
)
_STAGES = {"restApiId": "restApi", "stageName": "stageName"}


def _stage(handle: Handle, known: Props) -> Props:
    partition, api, name = handle.services.settings.partition, known["restApi"], known["stageName"]
    endpoint = handle.services.settings.endpoint_of("apigateway")
    return {
        "arn": f"arn:{partition}:apigateway:{handle.region}::/restapis/{api}/stages/{name}",
        "executionArn": handle.arn(f"{api}/{name}", "execute-api"),
        # By path, because not every machine resolves names below localhost.
        "invokeUrl": f"{endpoint}/_aws/execute-api/{api}/{name}",
    }


STAGE = ResourceType(
    "aws:apigateway/stage:Stage",
    noun="stage of a REST API",
    service="apigateway",
    keys=("restApi", "stageName"),
    id="ags-{restApi}-{stageName}",
    form="<restApi>/<stageName>",
    imports=r"(?P<restApi>\w+)/(?P<stageName>[\w-]+)",
    props=(
        unmapped("restApi", required=True, replace=ALWAYS),
        prop("stageName", aws="stageName", required=True, replace=ALWAYS),
        *_CREATED_WITH,
        *_PATCHED_LATER,
        output("webAclArn", aws="webAclArn", default=""),
        computed("arn"),
        computed("executionArn"),
        computed("invokeUrl"),
    ),
    create=call("create_stage", {"restApiId": "restApi"}, sends=("stageName", *_CREATED_WITH)),
    read=(call("get_stage", _STAGES),),
    created=patches("stage", _STAGES, _PATCHED_LATER),
    updated=patches("stage", _STAGES, (*_CREATED_WITH, *_PATCHED_LATER)),
    complete=_stage,
    delete=call("delete_stage", _STAGES),
    # The emulator does not list those of a create.
    tagging=replace(_TAGGING, on_create=False),
)

ROWS = (REST_API, DEPLOYMENT, STAGE)
