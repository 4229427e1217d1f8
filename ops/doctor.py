"""What is wrong with a durable function as it is deployed, and how it is mended."""

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import boto3
import urllib3
from botocore.exceptions import ClientError

from .executions import in_flight, of_statuses
from .stack import Function

Level = Literal["ok", "warning", "problem"]
SYNC_SECONDS = 900
CHECKPOINT = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
NETWORK = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")
SDKS = (
    "aws_durable_execution_sdk_python/",
    "@aws/durable-execution-sdk-js/",
    "aws-durable-execution-sdk-java",
)
MAX_BUNDLE_BYTES = 60 * 1024 * 1024
MAX_SCRIPT_BYTES = 20 * 1024 * 1024
"""As much of a script is looked into: a few bytes of an archive may unpack to gigabytes."""
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""What reading an archive ends in that is damaged, encrypted, or compressed as nobody does."""


@dataclass(frozen=True)
class Finding:
    """What one check has found."""

    check: str
    level: Level
    said: str
    fix: str = ""


@dataclass(frozen=True)
class Patient:
    """A function with what several checks look at."""

    function: Function
    client: Any
    config: dict[str, Any]
    """Of the version that the alias names."""
    alias: dict[str, Any]

    @property
    def timeout(self) -> int:
        """The execution timeout in seconds; 0 for a function that is not durable."""
        return int((self.config.get("DurableConfig") or {}).get("ExecutionTimeout", 0))


def examine(function: Function) -> list[Finding]:
    """Check a function from its configuration to its triggers."""
    client = function.client()
    try:
        alias = client.get_alias(FunctionName=function.name, Name=function.alias)
        config = client.get_function_configuration(FunctionName=function.name, Qualifier=function.alias)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        fix = "pulumi up --refresh makes it again"
        return [Finding("alias", "problem", f"{function.name} has no alias {function.alias}", fix)]
    patient = Patient(function, client, config, alias)
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found += check(patient)
        except ClientError as error:
            name = check.__name__.strip("_").replace("_", " ")
            found.append(
                Finding(
                    name,
                    "warning",
                    f"could not be checked: {error}",
                    "grant the permission, or ask who has it",
                )
            )
    return found


def _durable(patient: Patient) -> Iterator[Finding]:
    config = patient.config.get("DurableConfig")
    if not config:
        yield Finding(
            "durable",
            "problem",
            "the version that new executions take is not durable: it has no DurableConfig",
            "it can be set at creation only: deploy it as a DurableFunction, which replaces it",
        )
        return
    days = config.get("RetentionPeriodInDays")
    yield Finding("durable", "ok", f"executions of up to {patient.timeout:,} s, kept for {_days(days)}")


def _state(patient: Patient) -> Iterator[Finding]:
    state, update = (
        patient.config.get("State", "Active"),
        patient.config.get("LastUpdateStatus", "Successful"),
    )
    reason = patient.config.get("StateReason") or patient.config.get("LastUpdateStatusReason") or ""
    if state in {"Active", "Inactive"} and update == "Successful":
        yield Finding("state", "ok", "ready for invocations")
    else:
        yield Finding(
            "state", "problem", f"{state}, last update {update}: {reason}", "mend the reason, and pulumi up"
        )


def _alias(patient: Patient) -> Iterator[Finding]:
    number, known = patient.alias["FunctionVersion"], patient.function.release
    if number == "$LATEST":
        yield Finding(
            "alias",
            "problem",
            f"the alias {patient.function.alias} names $LATEST: executions meet every change of the code",
            "let the alias name a published version (publish=True); pulumi up",
        )
        return
    if known and number not in known:
        yield Finding(
            "alias",
            "problem",
            f"the alias names version {number}, and the stack has released {', '.join(known)}",
            "somebody has moved it: pulumi up --refresh, or hold it there by alias_version",
        )
        return
    shares = (patient.alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    extra = "".join(f", {share:.0%} version {other}" for other, share in shares.items())
    yield Finding("alias", "ok", f"new executions take version {number}{extra}")


def _logging(patient: Patient) -> Iterator[Finding]:
    logging = patient.config.get("LoggingConfig") or {}
    if logging.get("LogFormat") != "JSON":
        yield Finding(
            "log format",
            "problem",
            f"{logging.get('LogFormat', 'Text')}; durable functions work with JSON only",
            'logging_config={"log_format": "JSON"}, as DurableFunction sets it',
        )
    group = logging.get("LogGroup", f"/aws/lambda/{patient.function.name}")
    logs = boto3.client("logs", region_name=patient.function.region)
    named = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    mine = [each for each in named if each["logGroupName"] == group]
    if not mine:
        yield Finding(
            "logs", "problem", f"the log group {group} is not there", "pulumi up --refresh makes it again"
        )
    elif "retentionInDays" not in mine[0]:
        yield Finding("logs", "warning", f"{group} keeps logs for ever", "set log_retention_days")
    else:
        yield Finding("logs", "ok", f"JSON, kept for {_days(mine[0]['retentionInDays'])} in {group}")


def _role(patient: Patient) -> Iterator[Finding]:
    """Whether the role may do what the function needs; for a role that the author brings above all."""
    arn, config = patient.config["Role"], patient.config
    executions = f"{patient.function.arn}:{config['Version']}/durable-execution/*/*"
    group = (config.get("LoggingConfig") or {}).get("LogGroup", f"/aws/lambda/{patient.function.name}")
    partition, region, account = (patient.function.arn.split(":")[each] for each in (1, 3, 4))
    stream = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:any"
    needs: list[tuple[tuple[str, ...], str, str]] = [
        (CHECKPOINT, executions, 'execution_policy="managed" or "scoped"'),
        (LOGS, stream, 'execution_policy="managed" or "scoped"'),
    ]
    if (config.get("VpcConfig") or {}).get("SubnetIds"):
        needs.append((NETWORK, "*", "attach AWSLambdaVPCAccessExecutionRole"))
    if target := (config.get("DeadLetterConfig") or {}).get("TargetArn"):
        action = "sqs:SendMessage" if ":sqs:" in target else "sns:Publish"
        needs.append(((action,), target, "dead_letter_queue=True grants it"))
    if (config.get("TracingConfig") or {}).get("Mode") == "Active":
        needs.append((("xray:PutTraceSegments",), "*", "attach AWSXRayDaemonWriteAccess"))
    iam, missing = boto3.client("iam"), []
    for actions, resource, fix in needs:
        answer = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=list(actions), ResourceArns=[resource]
        )
        denied = [
            each["EvalActionName"]
            for each in answer["EvaluationResults"]
            if each["EvalDecision"] != "allowed"
        ]
        if denied:
            missing.append(
                Finding("role", "problem", f"{arn} may not {', '.join(denied)} on {resource}", fix)
            )
    yield from missing or [
        Finding("role", "ok", "may checkpoint, write logs, and what else the function needs")
    ]


def _triggers(patient: Patient) -> Iterator[Finding]:
    ok = 0
    name = patient.function.name
    for mapping in patient.client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]:
        source, target = mapping["EventSourceArn"].split(":")[-1], mapping["FunctionArn"]
        if target.count(":") == patient.function.arn.count(":"):
            yield Finding(
                "triggers",
                "problem",
                f"{source} names no version or alias",
                "map it to the alias: on_queue, on_stream",
            )
        elif patient.timeout > SYNC_SECONDS:
            yield Finding(
                "triggers",
                "problem",
                f"{source} would wait for executions of up to {patient.timeout:,} s; a mapping waits {SYNC_SECONDS} s",
                'put an intermediary between: {"intermediary": True}',
            )
        else:
            ok += 1
    if any(each["Resource"] == patient.function.arn for each in _statements(patient)):
        yield Finding(
            "triggers",
            "warning",
            "permissions stand on the bare ARN, which nobody can invoke",
            "give them to the alias: the on_... methods and InvokeGrant do",
        )
    mappings = f"{ok} event source mapping{'s' if ok > 1 else ''}, fit for the execution timeout"
    yield Finding("triggers", "ok", mappings if ok else "no event source mapping waits for its executions")


def _statements(patient: Patient) -> list[dict[str, Any]]:
    try:
        policy = json.loads(patient.client.get_policy(FunctionName=patient.function.name)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return []
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def _days(number: Any) -> str:
    return f"{number} day{'s' if number != 1 else ''}"


def _bundle(patient: Patient) -> Iterator[Finding]:
    if patient.config.get("PackageType") == "Image":
        yield Finding("SDK", "ok", "in an image, which is not looked into")
        return
    if patient.config.get("CodeSize", 0) > MAX_BUNDLE_BYTES:
        yield Finding("SDK", "warning", "the code is too large to be looked into")
        return
    found = patient.client.get_function(FunctionName=patient.function.name, Qualifier=patient.function.alias)
    answer = urllib3.request("GET", found["Code"]["Location"], timeout=30)
    try:
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            names = archive.namelist()
            scripts = [
                each
                for each in names
                if each.endswith((".js", ".mjs", ".cjs")) and "node_modules/" not in each
            ]
            bundled = any(b"durable-execution-sdk" in _beginning(archive, each) for each in scripts[:20])
    except _DAMAGED:
        yield Finding("SDK", "warning", f"the code could not be read (HTTP {answer.status})")
        return
    if any(sdk in name for name in names for sdk in SDKS):
        yield Finding("SDK", "ok", "the durable SDK is in the code")
    elif patient.config.get("Layers"):
        yield Finding("SDK", "ok", "not in the code; there are layers, which are not looked into")
    else:
        how = (
            "named in the code, and taken from the runtime"
            if bundled
            else "not in the code: the runtime's own is used"
        )
        yield Finding(
            "SDK",
            "warning",
            how,
            "pin it in requirements.txt or package.json, so that AWS's updates do not change it under executions",
        )


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(MAX_SCRIPT_BYTES)


def _executions(patient: Patient) -> Iterator[Finding]:
    since = datetime.now(UTC) - timedelta(days=1)
    ended = of_statuses(patient.client, patient.function, ["FAILED", "TIMED_OUT"])
    recent = []
    for each in ended:
        if each["StartTimestamp"] < since:
            break
        recent.append(each["DurableExecutionName"])
    latest = next(in_flight(patient.client, patient.function, "$LATEST"), None)
    if latest:
        yield Finding(
            "executions",
            "warning",
            f"{latest['DurableExecutionName']} runs on $LATEST, whose code changes under it",
            "invoke the alias",
        )
    if recent:
        names = ", ".join(recent[:3]) + (f" and {len(recent) - 3} more" if len(recent) > 3 else "")
        yield Finding(
            "executions",
            "warning",
            f"{len(recent)} of the last day failed or timed out: {names}",
            f"durable show {recent[0]}",
        )
    elif not latest:
        yield Finding("executions", "ok", "none of the last day has failed")


CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    _durable,
    _state,
    _alias,
    _logging,
    _role,
    _triggers,
    _bundle,
    _executions,
)
