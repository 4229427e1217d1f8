"""Lambda: functions, their layers, aliases and who may invoke them."""

import re
from collections.abc import Iterator

from local.provider.cloud import Handle
from local.provider.errors import ProviderError
from local.provider.model import (
    ALWAYS,
    PRESENCE,
    Kind,
    Props,
    ResourceType,
    Tagging,
    block,
    call,
    output,
    prefix,
    prop,
)

_FUNCTION = r"(?:arn:[\w-]+:lambda:[\w-]+:\d+:function:)?[\w-]+"
_CODE = ("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "sourceCodeHash", "architectures")
_CONFIGURATION = (
    "deadLetterConfig",
    "description",
    "durableConfig",
    "environment",
    "ephemeralStorage",
    "handler",
    "imageConfig",
    "kmsKeyArn",
    "layers",
    "loggingConfig",
    "memorySize",
    "role",
    "runtime",
    "snapStart",
    "timeout",
    "tracingConfig",
    "vpcConfig",
)
# A file system is a list of one in the service, so it is sent apart from the rest.
_PUBLISHED = (*_CODE, *_CONFIGURATION, "fileSystemConfig", "publish")
_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def _one_of(inputs: Props, *sources: str) -> Iterator[tuple[str, str]]:
    given = [name for name in sources if inputs.get(name) is not None]
    if len(given) != 1:
        told = " and ".join(given) + " are given" if given else "none is given"
        yield "code", f"exactly one of {', '.join(sources[:-1])} and {sources[-1]} is needed; {told}"
    if inputs.get("s3Bucket") is not None and inputs.get("s3Key") is None:
        yield "s3Key", "is required with s3Bucket"


def _one_source(inputs: Props) -> Iterator[tuple[str, str]]:
    yield from _one_of(inputs, "code", "s3Bucket", "imageUri")
    if inputs.get("packageType", "Zip") == "Zip" and inputs.get("imageUri") is None:
        for name in ("handler", "runtime"):
            if inputs.get(name) is None:
                yield name, "is required for a .zip package (packageType 'Zip')"


def _settled(handle: Handle, known: Props) -> None:
    name = known["name"]
    while True:
        now = handle.call("get_function_configuration", FunctionName=name)
        state, update = now.get("State", "Active"), now.get("LastUpdateStatus", "Successful")
        if state == "Failed" or update == "Failed":
            reason = now.get("StateReason") if state == "Failed" else now.get("LastUpdateStatusReason")
            raise ProviderError(
                f"Lambda could not prepare the function {name!r}: {reason or 'no reason given'}"
            )
        if state in {"Active", "Inactive"} and update == "Successful":
            return
        handle.pause(f"function {name!r} becoming Active (State {state}, LastUpdateStatus {update})")


def _publish(handle: Handle, known: Props, changed: set[str]) -> None:
    if known.get("publish") is True and changed & {*_PUBLISHED}:
        handle.call("publish_version", FunctionName=known["name"])
        _settled(handle, known)


def _unsettled(news: Props, changed: set[str]) -> set[str]:
    outputs: set[str] = set()
    if changed & {*_CODE}:
        outputs |= {"codeSha256", "sourceCodeHash", "sourceCodeSize"}
    if changed & {*_PUBLISHED} - {"publish"}:
        outputs |= {"lastModified"}
    if news.get("publish") is True and changed & {*_PUBLISHED}:
        outputs |= {"version", "qualifiedArn", "qualifiedInvokeArn"}
    return outputs


def _invoke_arn(handle: Handle, arn: str, path: str = "2015-03-31", verb: str = "invocations") -> str:
    partition = handle.cloud.settings.partition
    return f"arn:{partition}:apigateway:{handle.region}:lambda:path/{path}/functions/{arn}/{verb}"


def _file_systems(known: Props) -> list[Props]:
    one = known.get("fileSystemConfig")
    return [{"Arn": one["arn"], "LocalMountPath": one["localMountPath"]}] if one else []


def _file_system(known: Props) -> Props | None:
    for one in known.get("FileSystemConfigs") or ():
        return {"arn": one["Arn"], "localMountPath": one["LocalMountPath"]}
    return None


def _outputs(handle: Handle, known: Props) -> Props:
    arn = known["arn"]
    pages = handle.pages("list_versions_by_function", FunctionName=known["name"])
    numbers = [item["Version"] for page in pages for item in page["Versions"] if item["Version"] != "$LATEST"]
    version = max(numbers, key=int) if numbers else "$LATEST"
    return {
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "qualifiedInvokeArn": _invoke_arn(handle, f"{arn}:{version}"),
        "invokeArn": _invoke_arn(handle, arn),
        "responseStreamingInvokeArn": _invoke_arn(
            handle, arn, "2021-11-15", "response-streaming-invocations"
        ),
        "sourceCodeHash": known.get("sourceCodeHash") or known.get("codeSha256"),
        "fileSystemConfig": _file_system(known),
    }


FUNCTION = ResourceType(
    "aws:lambda/function:Function",
    noun="Lambda function",
    service="lambda",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w-]+)",
    props=(
        prop("name", "FunctionName", replace=ALWAYS, pattern=r"[\w-]+", high=64),
        prop("packageType", "PackageType", default="Zip", replace=ALWAYS, allowed=("Zip", "Image")),
        prop("role", "Role", required=True, pattern=r"arn:[\w-]+:iam::\d{12}:role/.+"),
        prop("handler", "Handler", high=128),
        prop("runtime", "Runtime"),
        prop("description", "Description", reset="", high=256),
        prop("memorySize", "MemorySize", Kind.WHOLE, default=128, low=128, high=32768),
        prop("timeout", "Timeout", Kind.WHOLE, default=3, low=1, high=900),
        prop("architectures", "Architectures", Kind.LIST, sticky=True, allowed=("x86_64", "arm64")),
        prop("code", "Code.ZipFile", Kind.ARCHIVE, kept=True, digest="codeSha256"),
        prop("imageUri", "Code.ImageUri"),
        prop("s3Bucket", "Code.S3Bucket", kept=True),
        prop("s3Key", "Code.S3Key", kept=True),
        prop("s3ObjectVersion", "Code.S3ObjectVersion", kept=True),
        prop("sourceCodeHash", sticky=True),
        block(
            "durableConfig",
            "DurableConfig",
            prop("executionTimeout", "ExecutionTimeout", Kind.WHOLE, required=True, low=1, high=31_622_400),
            prop("retentionPeriod", "RetentionPeriodInDays", Kind.WHOLE, default=14, low=1, high=90),
            replace=PRESENCE,
        ),
        block(
            "environment", "Environment", prop("variables", "Variables", Kind.MAP), reset={"Variables": {}}
        ),
        block(
            "ephemeralStorage",
            "EphemeralStorage",
            prop("size", "Size", Kind.WHOLE, default=512, low=512, high=10240),
            sticky=True,
        ),
        block(
            "loggingConfig",
            "LoggingConfig",
            prop("logFormat", "LogFormat", required=True, allowed=("JSON", "Text")),
            prop("logGroup", "LogGroup", sticky=True),
            prop("applicationLogLevel", "ApplicationLogLevel", sticky=True, allowed=_LEVELS),
            prop("systemLogLevel", "SystemLogLevel", sticky=True, allowed=("DEBUG", "INFO", "WARN")),
            sticky=True,
        ),
        block("tracingConfig", "TracingConfig", prop("mode", "Mode", required=True), sticky=True),
        block(
            "deadLetterConfig",
            "DeadLetterConfig",
            prop("targetArn", "TargetArn", required=True),
            reset={"TargetArn": ""},
        ),
        block(
            "vpcConfig",
            "VpcConfig",
            prop("subnetIds", "SubnetIds", Kind.SET, required=True),
            prop("securityGroupIds", "SecurityGroupIds", Kind.SET, required=True),
            prop("ipv6AllowedForDualStack", "Ipv6AllowedForDualStack", Kind.FLAG, default=False),
            output("vpcId", "VpcId"),
            reset={"SubnetIds": [], "SecurityGroupIds": []},
        ),
        block(
            "fileSystemConfig",
            "",
            prop("arn", required=True, pattern=r"arn:.+"),
            prop("localMountPath", required=True, pattern=r"/mnt/[\w.-]+", high=160),
            kept=False,
        ),
        block(
            "imageConfig",
            "ImageConfig",
            prop("commands", "Command", Kind.LIST),
            prop("entryPoints", "EntryPoint", Kind.LIST),
            prop("workingDirectory", "WorkingDirectory"),
            reads="ImageConfigResponse.ImageConfig",
        ),
        block(
            "snapStart",
            "SnapStart",
            prop("applyOn", "ApplyOn", required=True, allowed=("PublishedVersions", "None")),
            output("optimizationStatus"),
            reset={"ApplyOn": "None"},
            kept=True,
        ),
        prop("layers", "Layers", Kind.LIST, reset=[], item="Arn"),
        prop("kmsKeyArn", "KMSKeyArn", reset=""),
        prop("codeSigningConfigArn", "CodeSigningConfigArn", pattern=r"arn:.+"),
        prop("publish", "Publish", Kind.FLAG, default=False, kept=True),
        prop("skipDestroy", kind=Kind.FLAG, default=False),
        prop("reservedConcurrentExecutions", "ReservedConcurrentExecutions", Kind.WHOLE, default=-1, low=-1),
        output("arn", "FunctionArn"),
        output("codeSha256", "CodeSha256"),
        output("sourceCodeSize", "CodeSize", Kind.WHOLE),
        output("lastModified", "LastModified"),
        output("version"),
        output("qualifiedArn"),
        output("qualifiedInvokeArn"),
        output("invokeArn"),
        output("responseStreamingInvokeArn"),
    ),
    checks=(_one_source,),
    create=call("create_function", {"FileSystemConfigs": _file_systems}),
    read=(
        call("get_function", {"FunctionName": "name"}, at=("", "Configuration", "Concurrency")),
        call("get_function_code_signing_config", {"FunctionName": "name"}),
    ),
    update=(
        call(
            "update_function_code",
            {
                "FunctionName": "name",
                "ZipFile": "code",
                "S3Bucket": "s3Bucket",
                "S3Key": "s3Key",
                "S3ObjectVersion": "s3ObjectVersion",
                "ImageUri": "imageUri",
            },
            sends=("architectures",),
            also=("sourceCodeHash",),
        ),
        call(
            "update_function_configuration",
            {"FunctionName": "name", "FileSystemConfigs": _file_systems},
            sends=_CONFIGURATION,
            also=("fileSystemConfig",),
            partial=True,
        ),
    ),
    settings=(
        call(
            "put_function_concurrency",
            {"FunctionName": "name"},
            sends=("reservedConcurrentExecutions",),
            absent=call("delete_function_concurrency", {"FunctionName": "name"}),
        ),
        # The local service takes it here, but not when the function is made.
        call(
            "put_function_code_signing_config",
            {"FunctionName": "name"},
            sends=("codeSigningConfigArn",),
            absent=call("delete_function_code_signing_config", {"FunctionName": "name"}),
        ),
    ),
    ready=_settled,
    complete=_outputs,
    finish=_publish,
    unsettled=_unsettled,
    delete=call("delete_function", {"FunctionName": "name"}),
    tagging=Tagging(tag="tag_resource", untag="untag_resource", key={"Resource": "arn"}, pairs=False),
)

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
    checks=(lambda inputs: _one_of(inputs, "code", "s3Bucket"),),
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
    imports=rf"(?P<functionName>{_FUNCTION})[/:](?P<name>[\w-]+)",
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
    complete=lambda handle, known: {"invokeArn": _invoke_arn(handle, known["arn"])},
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
    imports=rf"(?P<function>{_FUNCTION})(?::(?P<qualifier>[\w$-]+))?/(?P<statementId>[\w-]+)",
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

ROWS = (FUNCTION, LAYER_VERSION, ALIAS, PERMISSION)
