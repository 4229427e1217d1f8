"""Lambda: functions, their layers, aliases and who may invoke them."""

import re

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    block,
    call,
    output,
    prefix,
    prop,
)
from aws_provider.services import Handle
from aws_provider.types.lambda_function import FUNCTION, FUNCTION_NAME, invoke_arn, one_of

_QUALIFIED = {"FunctionName": "functionName", "Qualifier": "qualifier"}

LAYER_VERSION = ResourceType(
    "aws:lambda/layerVersion:LayerVersion",
    noun="Lambda layer version",
    service="lambda",
    keys=("layerName", "version"),
    id="{arn}",
    form="<layer's ARN>:<version>",
    imports=r"(?P<arn>arn:[\w-]+:lambda:[\w-]+:\d+:layer:(?P<layerName>[\w-]+):(?P<version>\d+))",
    # A version never changes: whatever does makes a new one.
    props=(
        prop("layerName", "LayerName", required=True, replace=ALWAYS, kept=True, pattern=r"[\w-]+", high=140),
        prop("code", "Content.ZipFile", Kind.ARCHIVE, replace=ALWAYS, kept=True, digest="codeSha256"),
        prop("s3Bucket", "Content.S3Bucket", replace=ALWAYS, kept=True),
        prop("s3Key", "Content.S3Key", replace=ALWAYS, kept=True),
        prop("s3ObjectVersion", "Content.S3ObjectVersion", replace=ALWAYS, kept=True),
        prop("sourceCodeHash", sticky=True, replace=ALWAYS),
        prop("description", "Description", replace=ALWAYS, high=256),
        prop("licenseInfo", "LicenseInfo", replace=ALWAYS, high=512),
        prop("compatibleRuntimes", "CompatibleRuntimes", Kind.SET, replace=ALWAYS),
        prop(
            "compatibleArchitectures",
            "CompatibleArchitectures",
            Kind.SET,
            replace=ALWAYS,
            allowed=("x86_64", "arm64"),
        ),
        prop("skipDestroy", kind=Kind.FLAG, default=False),
        output("arn", "LayerVersionArn"),
        output("layerArn", "LayerArn"),
        output("version", "Version"),
        output("createdDate", "CreatedDate"),
        output("codeSha256", "Content.CodeSha256"),
        output("sourceCodeSize", "Content.CodeSize", Kind.WHOLE),
        output("signingJobArn", "Content.SigningJobArn", default=""),
        output("signingProfileVersionArn", "Content.SigningProfileVersionArn", default=""),
    ),
    checks=(lambda inputs: one_of(inputs, "code", "s3Bucket"),),
    create=call("publish_layer_version"),
    read=(call("get_layer_version_by_arn", {"Arn": "arn"}),),
    complete=lambda _, known: {"sourceCodeHash": known.get("sourceCodeHash") or known.get("codeSha256")},
    delete=call(
        "delete_layer_version",
        {"LayerName": "layerName", "VersionNumber": lambda known: int(known["version"])},
    ),
)

ALIAS = ResourceType(
    "aws:lambda/alias:Alias",
    noun="Lambda alias",
    service="lambda",
    name="name",
    name_limit=128,
    keys=("functionName", "name"),
    id="{arn}",
    form="<functionName>/<name>",
    imports=rf"(?P<functionName>{FUNCTION_NAME})[/:](?P<name>[\w-]+)",
    props=(
        prop("name", "Name", replace=ALWAYS, pattern=r"(?!\d+$)[\w-]+", high=128),
        prop("functionName", "FunctionName", required=True, replace=ALWAYS, kept=True),
        prop("functionVersion", "FunctionVersion", required=True),
        prop("description", "Description", reset=""),
        block(
            "routingConfig",
            "RoutingConfig",
            prop("additionalVersionWeights", "AdditionalVersionWeights", Kind.MAP),
            reset={"AdditionalVersionWeights": {}},
        ),
        output("arn", "AliasArn"),
        output("invokeArn"),
    ),
    create=call("create_alias"),
    read=(call("get_alias", {"FunctionName": "functionName", "Name": "name"}),),
    update=(
        call(
            "update_alias",
            {"FunctionName": "functionName", "Name": "name"},
            sends=("functionVersion", "description", "routingConfig"),
        ),
    ),
    complete=lambda handle, known: {"invokeArn": invoke_arn(handle, known["arn"])},
    delete=call("delete_alias", {"FunctionName": "functionName", "Name": "name"}),
)


def _statement(handle: Handle, known: Props) -> Props:
    # The service writes an account as its root user, and a service under its kind.
    principal = known.get("Principal")
    if isinstance(principal, dict):
        principal = next(iter(principal.values()))
    account = str(principal).removesuffix(":root").rpartition(":")[2]
    return {"principal": account if re.fullmatch(r"\d{12}", account) else principal}


PERMISSION = ResourceType(
    "aws:lambda/permission:Permission",
    noun="Lambda permission",
    service="lambda",
    name="statementId",
    name_limit=100,
    keys=("function", "statementId"),
    id="{statementId}",
    form="<function>/<statementId> or <function>:<qualifier>/<statementId>",
    imports=rf"(?P<function>{FUNCTION_NAME})(?::(?P<qualifier>[\w$-]+))?/(?P<statementId>[\w-]+)",
    props=(
        prop("statementId", "StatementId", reads="Sid", replace=ALWAYS, pattern=r"[\w-]+", high=100),
        prefix("statementIdPrefix"),
        prop("function", "FunctionName", required=True, replace=ALWAYS, kept=True),
        prop("qualifier", "Qualifier", replace=ALWAYS, kept=True),
        prop("action", "Action", required=True, replace=ALWAYS),
        prop("principal", "Principal", required=True, replace=ALWAYS),
        prop("sourceArn", "SourceArn", reads="Condition.ArnLike.AWS:SourceArn", replace=ALWAYS),
        prop(
            "sourceAccount",
            "SourceAccount",
            reads="Condition.StringEquals.AWS:SourceAccount",
            replace=ALWAYS,
        ),
        prop("eventSourceToken", "EventSourceToken", replace=ALWAYS, kept=True),
        prop("functionUrlAuthType", "FunctionUrlAuthType", replace=ALWAYS, kept=True),
        prop("principalOrgId", "PrincipalOrgID", replace=ALWAYS, kept=True),
        prop("invokedViaFunctionUrl", "InvokedViaFunctionUrl", Kind.FLAG, replace=ALWAYS, kept=True),
    ),
    create=call("add_permission"),
    read=(
        call(
            "get_policy",
            {"FunctionName": "function", "Qualifier": "qualifier"},
            at=("Policy.Statement",),
            match={"Sid": "statementId"},
        ),
    ),
    complete=_statement,
    delete=call(
        "remove_permission",
        {"FunctionName": "function", "StatementId": "statementId", "Qualifier": "qualifier"},
    ),
)

PROVISIONED_CONCURRENCY = ResourceType(
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    noun="Lambda provisioned concurrency",
    service="lambda",
    keys=("functionName", "qualifier"),
    id="{functionName},{qualifier}",
    imports=rf"(?P<functionName>{FUNCTION_NAME}),(?P<qualifier>[\w-]+)",
    props=(
        prop("functionName", required=True, replace=ALWAYS),
        prop("qualifier", required=True, replace=ALWAYS),
        prop(
            "provisionedConcurrentExecutions",
            "ProvisionedConcurrentExecutions",
            Kind.WHOLE,
            required=True,
            reads="RequestedProvisionedConcurrentExecutions",
            low=1,
        ),
        prop("skipDestroy", kind=Kind.FLAG, default=False),
    ),
    create=call("put_provisioned_concurrency_config", _QUALIFIED),
    read=(call("get_provisioned_concurrency_config", _QUALIFIED),),
    update=(
        call("put_provisioned_concurrency_config", _QUALIFIED, sends=("provisionedConcurrentExecutions",)),
    ),
    delete=call("delete_provisioned_concurrency_config", _QUALIFIED),
)

_NAMED = {"FunctionName": "functionName"}
RECURSION_CONFIG = ResourceType(
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    noun="Lambda recursion configuration",
    service="lambda",
    keys=("functionName",),
    id="{functionName}",
    imports=rf"(?P<functionName>{FUNCTION_NAME})",
    props=(
        prop("functionName", required=True, replace=ALWAYS),
        prop("recursiveLoop", "RecursiveLoop", required=True, allowed=("Allow", "Terminate")),
    ),
    create=call("put_function_recursion_config", _NAMED),
    read=(call("get_function_recursion_config", _NAMED),),
    update=(call("put_function_recursion_config", _NAMED, sends=("recursiveLoop",)),),
    # A function always has one, so that deleting it gives the function Lambda's own again.
    delete=call("put_function_recursion_config", {**_NAMED, "RecursiveLoop": lambda _: "Terminate"}),
)

ROWS = (FUNCTION, LAYER_VERSION, ALIAS, PERMISSION, PROVISIONED_CONCURRENCY, RECURSION_CONFIG)
