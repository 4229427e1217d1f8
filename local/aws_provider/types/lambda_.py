"""Lambda: functions, their layers, aliases and who may invoke them."""

import re
from typing import Any

from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    block,
    call,
    computed,
    output,
    prefix,
    prop,
    unmapped,
)
from aws_provider.types.lambda_function import FUNCTION, FUNCTION_NAME, bare_name, invoke_arn, one_of

_QUALIFIED = {"FunctionName": "functionName", "Qualifier": "qualifier"}

LAYER_VERSION = ResourceType(
    "aws:lambda/layerVersion:LayerVersion",
    noun="Lambda layer version",
    service="lambda",
    keys=("layerName", "version"),
    id="{arn}",
    form="<layer's ARN>:<version>",
    imports=r"(?P<arn>arn:[\w-]+:lambda:[\w-]+:\d+:layer:(?P<layerName>[\w-]+):(?P<version>\d+))",
    # A version never changes: any change makes a new one.
    props=(
        # In the model it may be an ARN.
        prop("layerName", required=True, replace=ALWAYS, kept=True, pattern=r"[\w-]+", high=140),
        prop("code", Kind.ARCHIVE, aws="Content.ZipFile", replace=ALWAYS, kept=True, digest="codeSha256"),
        prop("s3Bucket", aws="Content.S3Bucket", replace=ALWAYS, kept=True),
        prop("s3Key", aws="Content.S3Key", replace=ALWAYS, kept=True),
        prop("s3ObjectVersion", aws="Content.S3ObjectVersion", replace=ALWAYS, kept=True),
        unmapped("sourceCodeHash", sticky=True, replace=ALWAYS),
        prop("description", replace=ALWAYS),
        prop("licenseInfo", replace=ALWAYS),
        prop("compatibleRuntimes", Kind.SET, replace=ALWAYS, allowed=()),  # there may be newer ones
        prop("compatibleArchitectures", Kind.SET, replace=ALWAYS),
        unmapped("skipDestroy", Kind.FLAG, default=False, replace=ALWAYS),
        output("arn", aws="LayerVersionArn"),
        output("layerArn"),
        output("version"),
        output("createdDate"),
        output("codeSha256", aws="Content.CodeSha256"),
        output("sourceCodeSize", Kind.WHOLE, aws="Content.CodeSize"),
        output("signingJobArn", aws="Content.SigningJobArn", default=""),
        output("signingProfileVersionArn", aws="Content.SigningProfileVersionArn", default=""),
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
    keys=("functionName", "name"),
    id="{arn}",
    form="<functionName>/<name>",
    imports=rf"(?P<functionName>{FUNCTION_NAME})[/:](?P<name>[\w-]+)",
    props=(
        prop("name", replace=ALWAYS),
        prop("functionName", required=True, replace=ALWAYS, kept=True, plain=bare_name),
        prop("functionVersion", required=True),
        prop("description", reset=""),
        block(
            "routingConfig",
            prop("additionalVersionWeights", Kind.MAP),
            reset={"AdditionalVersionWeights": {}},
        ),
        output("arn", aws="AliasArn"),
        computed("invokeArn"),
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


def _principal(statement: Props) -> Any:
    # A service or an account is in an object.
    principal = statement.get("Principal")
    return next(iter(principal.values())) if isinstance(principal, dict) else principal


def _account(principal: str) -> str:
    # The service reports an account as the ARN of its root.
    account = principal.removesuffix(":root").rpartition(":")[2]
    return account if re.fullmatch(r"\d{12}", account) else principal


PERMISSION = ResourceType(
    "aws:lambda/permission:Permission",
    noun="Lambda permission",
    service="lambda",
    name="statementId",
    keys=("function", "statementId"),
    id="{statementId}",
    form="<function>/<statementId> or <function>:<qualifier>/<statementId>",
    imports=rf"(?P<function>{FUNCTION_NAME})(?::(?P<qualifier>[\w$-]+))?/(?P<statementId>[\w-]+)",
    props=(
        prop("statementId", reads="Sid", replace=ALWAYS),
        prefix("statementIdPrefix"),
        prop(
            "function",
            aws="FunctionName",
            required=True,
            replace=ALWAYS,
            kept=True,
            identity=bare_name,
        ),
        prop("qualifier", replace=ALWAYS, kept=True),
        prop("action", required=True, replace=ALWAYS),
        prop("principal", required=True, replace=ALWAYS, reads=_principal, identity=_account),
        prop("sourceArn", reads="Condition.ArnLike.AWS:SourceArn", replace=ALWAYS),
        prop("sourceAccount", reads="Condition.StringEquals.AWS:SourceAccount", replace=ALWAYS),
        prop("eventSourceToken", replace=ALWAYS, kept=True),
        prop("functionUrlAuthType", replace=ALWAYS, kept=True),
        prop("principalOrgId", aws="PrincipalOrgID", replace=ALWAYS, kept=True),
        prop("invokedViaFunctionUrl", Kind.FLAG, replace=ALWAYS, kept=True),
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
        unmapped("functionName", required=True, replace=ALWAYS, identity=bare_name),
        unmapped("qualifier", required=True, replace=ALWAYS),
        prop(
            "provisionedConcurrentExecutions",
            Kind.WHOLE,
            required=True,
            reads="RequestedProvisionedConcurrentExecutions",
        ),
        unmapped("skipDestroy", Kind.FLAG, default=False),
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
        unmapped("functionName", required=True, replace=ALWAYS),
        prop("recursiveLoop", required=True),
    ),
    create=call("put_function_recursion_config", _NAMED),
    read=(call("get_function_recursion_config", _NAMED),),
    update=(call("put_function_recursion_config", _NAMED, sends=("recursiveLoop",)),),
    # A function always has one: the delete restores Lambda's default.
    delete=call("put_function_recursion_config", {**_NAMED, "RecursiveLoop": lambda _: "Terminate"}),
)

ROWS = (FUNCTION, LAYER_VERSION, ALIAS, PERMISSION, PROVISIONED_CONCURRENCY, RECURSION_CONFIG)
