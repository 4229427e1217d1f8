"""Lambda: functions."""

import re
from collections.abc import Iterator

from aws_provider.failures import ProviderError
from aws_provider.model import (
    ALWAYS,
    ARN,
    PRESENCE,
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

_CODE = ("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "sourceCodeHash", "architectures")
FUNCTION_NAME = r"(?:arn:[\w-]+:lambda:[\w-]+:\d+:function:)?[\w-]+"
"""A regular expression over a function's name or unqualified ARN."""


def bare_name(function: str) -> str:
    """Return a function's name, with its qualifier, from a name or any form of its ARN."""
    return re.sub(r"^(?:.*:)?function:", "", function)


def one_of(inputs: Props, *sources: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong unless exactly one of these has the code."""
    names = [name for name in sources if inputs.get(name) is not None]
    if len(names) != 1:
        number = " and ".join(names) + " are given" if names else "none is given"
        yield "code", f"exactly one of {', '.join(sources[:-1])} and {sources[-1]} is needed; {number}"
    if inputs.get("s3Bucket") is not None and inputs.get("s3Key") is None:
        yield "s3Key", "is required with s3Bucket"


def _one_source(inputs: Props) -> Iterator[tuple[str, str]]:
    yield from one_of(inputs, "code", "s3Bucket", "imageUri")
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
    if known.get("publish") is True and changed & _PUBLISHED:
        handle.call("publish_version", FunctionName=known["name"])
        _settled(handle, known)


def _unsettled(news: Props, changed: set[str]) -> set[str]:
    outputs: set[str] = set()
    if changed & {*_CODE}:
        outputs |= {"codeSha256", "sourceCodeHash", "sourceCodeSize"}
    if changed & _PUBLISHED - {"publish"}:
        outputs |= {"lastModified"}
    if news.get("publish") is True and changed & _PUBLISHED:
        outputs |= {"version", "qualifiedArn", "qualifiedInvokeArn"}
    return outputs


def invoke_arn(handle: Handle, arn: str, path: str = "2015-03-31", verb: str = "invocations") -> str:
    """Return the ARN by which API Gateway invokes a function or alias."""
    partition = handle.services.settings.partition
    return f"arn:{partition}:apigateway:{handle.region}:lambda:path/{path}/functions/{arn}/{verb}"


def _file_systems(known: Props) -> list[Props]:
    config = known.get("fileSystemConfig")
    return [{"Arn": config["arn"], "LocalMountPath": config["localMountPath"]}] if config else []


def _file_system(known: Props) -> Props | None:
    for config in known.get("FileSystemConfigs") or ():
        return {"arn": config["Arn"], "localMountPath": config["LocalMountPath"]}
    return None


def _outputs(handle: Handle, known: Props) -> Props:
    arn = known["arn"]
    pages = handle.pages("list_versions_by_function", FunctionName=known["name"])
    numbers = [item["Version"] for page in pages for item in page["Versions"] if item["Version"] != "$LATEST"]
    version = max(numbers, key=int) if numbers else "$LATEST"
    return {
        "version": version,
        "qualifiedArn": f"{arn}:{version}",
        "qualifiedInvokeArn": invoke_arn(handle, f"{arn}:{version}"),
        "invokeArn": invoke_arn(handle, arn),
        "responseStreamingInvokeArn": invoke_arn(handle, arn, "2021-11-15", "response-streaming-invocations"),
        "sourceCodeHash": known.get("sourceCodeHash") or known.get("codeSha256"),
        "fileSystemConfig": _file_system(known),
    }


def _stop_executions(handle: Handle, known: Props) -> None:
    """Stop a durable function's executions, as the AWS provider does before it deletes the function."""
    if not known.get("durableConfig"):
        return
    running = {"FunctionName": known["name"], "Statuses": ["RUNNING"]}
    pages = handle.pages("list_durable_executions_by_function", **running)
    for execution in (execution for page in pages for execution in page["DurableExecutions"]):
        arn = execution["DurableExecutionArn"]
        handle.call("stop_durable_execution", DurableExecutionArn=arn)
        while handle.call("get_durable_execution", DurableExecutionArn=arn)["Status"] == "RUNNING":
            handle.pause(f"durable execution {arn} stopping")


_CONFIGURATION = (
    prop("role", required=True),
    prop("handler"),
    prop("runtime", allowed=()),  # there may be newer ones than the model's
    prop("description", reset=""),
    prop("memorySize", Kind.WHOLE, default=128),
    # The model's 5,400 s are for managed instances.
    prop("timeout", Kind.WHOLE, default=3, low=1, high=900),
    # The emulator stores it, but runs the function as any other.
    block(
        "capacityProviderConfig",
        block(
            "lambdaManagedInstancesCapacityProviderConfig",
            prop("capacityProviderArn", required=True),
            prop(
                "executionEnvironmentMemoryGibPerVcpu",
                Kind.NUMBER,
                aws="ExecutionEnvironmentMemoryGiBPerVCpu",
                sticky=True,
            ),
            prop("perExecutionEnvironmentMaxConcurrency", Kind.WHOLE, sticky=True),
            required=True,
        ),
    ),
    block(
        "durableConfig",
        prop("executionTimeout", Kind.WHOLE, required=True),
        prop("retentionPeriod", Kind.WHOLE, aws="RetentionPeriodInDays", default=14),
        replace=PRESENCE,
    ),
    block("environment", prop("variables", Kind.MAP), reset={"Variables": {}}),
    # The model's 32,768 MB are for accelerators.
    block("ephemeralStorage", prop("size", Kind.WHOLE, default=512, low=512, high=10240), sticky=True),
    block(
        "loggingConfig",
        prop("logFormat", required=True),
        prop("logGroup", sticky=True),
        prop("applicationLogLevel", sticky=True, sticky_while="logFormat"),
        prop("systemLogLevel", sticky=True, sticky_while="logFormat"),
        sticky=True,
    ),
    block("tracingConfig", prop("mode", required=True), sticky=True),
    block("deadLetterConfig", prop("targetArn", required=True, pattern=ARN), reset={"TargetArn": ""}),
    block(
        "vpcConfig",
        prop("subnetIds", Kind.SET, required=True),
        prop("securityGroupIds", Kind.SET, required=True),
        prop("ipv6AllowedForDualStack", Kind.FLAG, default=False),
        output("vpcId"),
        reset={"SubnetIds": [], "SecurityGroupIds": []},
    ),
    block(
        "imageConfig",
        prop("commands", Kind.LIST, aws="Command"),
        prop("entryPoints", Kind.LIST, aws="EntryPoint"),
        prop("workingDirectory"),
        reads="ImageConfigResponse.ImageConfig",
    ),
    block(
        "snapStart",
        prop("applyOn", required=True),
        computed("optimizationStatus"),
        reset={"ApplyOn": "None"},
        kept=True,
    ),
    prop("layers", Kind.LIST, reset=[], item="Arn", pattern=ARN, most=5),
    prop("kmsKeyArn", aws="KMSKeyArn", reset=""),
)

# A file system is a list of one in the service, so it is sent separately.
_PUBLISHED = {*_CODE, *(item.name for item in _CONFIGURATION), "fileSystemConfig", "publish"}

FUNCTION = ResourceType(
    "aws:lambda/function:Function",
    noun="Lambda function",
    service="lambda",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w-]+)",
    props=(
        # In the model it may be an ARN.
        prop("name", aws="FunctionName", replace=ALWAYS, pattern=r"[\w-]+", high=64),
        prop("packageType", default="Zip", replace=ALWAYS),
        *_CONFIGURATION,
        prop("architectures", Kind.LIST, sticky=True),
        prop("code", Kind.ARCHIVE, aws="Code.ZipFile", kept=True, digest="codeSha256"),
        prop("imageUri", aws="Code.ImageUri"),
        prop("s3Bucket", aws="Code.S3Bucket", kept=True),
        prop("s3Key", aws="Code.S3Key", kept=True),
        prop("s3ObjectVersion", aws="Code.S3ObjectVersion", kept=True),
        prop("sourceKmsKeyArn", aws="Code.SourceKMSKeyArn", kept=True),
        unmapped("sourceCodeHash", sticky=True),
        block("tenancyConfig", prop("tenantIsolationMode", required=True), replace=ALWAYS),
        block(
            "fileSystemConfig",
            unmapped("arn", required=True, pattern=ARN),
            unmapped("localMountPath", required=True, pattern=r"/mnt/[\w.-]+", high=160),
            kept=False,
            aws="",
        ),
        prop("codeSigningConfigArn"),
        prop("publish", Kind.FLAG, default=False, kept=True),
        unmapped("skipDestroy", Kind.FLAG, default=False),
        # In pulumi-aws, -1 means none.
        prop("reservedConcurrentExecutions", Kind.WHOLE, default=-1, low=-1),
        output("arn", aws="FunctionArn"),
        output("codeSha256"),
        output("sourceCodeSize", Kind.WHOLE, aws="CodeSize"),
        output("lastModified"),
        computed("version"),
        computed("qualifiedArn"),
        computed("qualifiedInvokeArn"),
        computed("invokeArn"),
        computed("responseStreamingInvokeArn"),
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
                "SourceKMSKeyArn": "sourceKmsKeyArn",
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
        # The emulator accepts it here, but not in a create.
        call(
            "put_function_code_signing_config",
            {"FunctionName": "name"},
            sends=("codeSigningConfigArn",),
            absent=call("delete_function_code_signing_config", {"FunctionName": "name"}),
        ),
    ),
    ready=_settled,
    complete=_outputs,
    updated=_publish,
    unsettled=_unsettled,
    clear=_stop_executions,
    delete=call("delete_function", {"FunctionName": "name"}),
    tagging=Tagging(tag="tag_resource", untag="untag_resource", key={"Resource": "arn"}, pairs=False),
)
