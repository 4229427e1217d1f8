"""The arguments of DurableFunction, checked: what its constructor works with."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import pulumi
from pydantic import Field

from . import iam, rules, runtimes
from .alarms import DURABLE_ALARMS, Alarm
from .archive import CodeSource, build_archive
from .args import Args, exactly_one
from .errors import Problem
from .execution_role import CheckedStatement

_CODE = ("code_path", "code_inline", "s3_bucket", "image_uri")
_RUNTIME = ("runtime", "handler")
_ALARM = ("errors_alarm_threshold", "errors_alarm_period_seconds", "errors_alarm_evaluation_periods")
_PAIRS = {
    ("s3_bucket", "s3_key"): "an archive in S3 needs both",
    ("subnet_ids", "security_group_ids"): "a VPC needs both",
    ("file_system_arn", "file_system_path"): "a file system needs both",
}
_NEEDS = (
    ("s3_object_version", "s3_key", "is the version of s3_key, which is missing"),
    (
        "file_system_arn",
        "subnet_ids",
        "is reached through a VPC only; pass subnet_ids and security_group_ids",
    ),
    (
        "new_version_weight",
        "alias_version",
        "is the newest version's share beside alias_version, which is missing",
    ),
)
_NO_DESTINATION = (
    "durable functions have no destinations; use a last step, or a dead letter queue for what fails"
)
_UNDOCUMENTED = "AWS does not document it for durable functions"
_UNSUPPORTED = {
    "on_success_arn": _NO_DESTINATION,
    "on_failure_arn": _NO_DESTINATION,
    "destination_config": _NO_DESTINATION,
    "maximum_retry_attempts": "Lambda does not apply it to durable functions; retry in the workflow's steps",
    "log_format": "durable functions log as JSON, which is always set",
    "publish": "a version is always published, since only qualified ARNs can be invoked",
    "allow_invoke_latest": "the Lambda API has no such setting; invoke the alias",
    "maximum_event_age_seconds": "an execution is tried until its execution timeout; set execution_timeout_seconds",
    "snap_start": _UNDOCUMENTED,
    "provisioned_concurrency": _UNDOCUMENTED,
    "tenancy_config": _UNDOCUMENTED,
    "response_streaming": _UNDOCUMENTED,
}


class CheckedFunction(Args):
    """The arguments as the constructor uses them."""

    execution_timeout_seconds: rules.ExecutionTimeout
    retention_days: rules.Retention = 14
    runtime: runtimes.Runtime | None = None
    handler: runtimes.Handler | None = None
    code_path: str | None = None
    code_inline: str | None = None
    allowed_secret_files: list[str] = Field(default_factory=list)
    s3_bucket: rules.TextInput | None = None
    s3_key: rules.TextInput | None = None
    s3_object_version: rules.TextInput | None = None
    image_uri: rules.TextInput | None = None
    timeout_seconds: rules.InvocationTimeout | None = None
    memory_size_mb: rules.MemorySize = 512
    architecture: rules.Architecture = "arm64"
    build_for: rules.BuildFor = "lambda"
    ephemeral_storage_mb: rules.EphemeralStorage = 512
    layers: rules.Layers = Field(default_factory=list)
    reserved_concurrency: rules.ReservedConcurrency | None = None
    subnet_ids: rules.AtLeastOne | None = None
    security_group_ids: rules.AtLeastOne | None = None
    file_system_arn: rules.TextInput | None = None
    file_system_path: rules.MountPath | None = None
    tracing: bool = False
    kms_key_arn: rules.TextInput | None = None
    code_signing_config_arn: rules.TextInput | None = None
    environment: rules.Environment = Field(default_factory=dict)
    description: rules.Description | None = None
    function_name: rules.FunctionName | None = None
    alias_name: rules.AliasName = "live"
    alias_version: rules.Version | None = None
    new_version_weight: rules.Share | None = None
    additional_aliases: rules.Aliases = Field(default_factory=dict)
    role_arn: rules.RoleArn | None = None
    execution_policy: rules.ExecutionPolicy = "scoped"
    role_statements: list[CheckedStatement] = Field(default_factory=list)
    permissions_boundary_arn: rules.TextInput | None = None
    role_path: rules.RolePath = "/"
    application_log_level: rules.LogLevel = "INFO"
    system_log_level: rules.SystemLogLevel = "INFO"
    log_group_name: rules.LogGroupName | None = None
    log_retention_days: rules.LogRetention | None = None
    retain_logs: bool = False
    errors_alarm: bool = True
    errors_alarm_threshold: rules.AlarmThreshold = 5
    errors_alarm_period_seconds: rules.AlarmPeriod = 300
    errors_alarm_evaluation_periods: rules.AlarmPeriods = 1
    durable_alarms: bool = True
    alarm_actions: list[rules.ArnInput] = Field(default_factory=list)
    failure_topic_arn: rules.StandardTopicArn | None = None
    dead_letter_queue: bool = False
    dead_letter_arn: rules.DeadLetterArn | None = None
    execution_guard: bool = True
    deletion_protection: bool = False
    tags: rules.Tags = Field(default_factory=dict)

    unsupported: ClassVar[Mapping[str, str]] = _UNSUPPORTED

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find the arguments that exclude or need each other."""
        yield from exactly_one(given, _CODE)
        if "image_uri" not in given:
            yield from (Problem(key, "is required", given=False) for key in _RUNTIME if key not in given)
        yield from rules.alarm_span(given)
        for (one, other), why in _PAIRS.items():
            if (one in given) != (other in given):
                yield Problem(f"{one} | {other}", why, given=False)
        for key, needed, why in _NEEDS:
            if key in given and needed not in given:
                yield Problem(key, why, given[key])
        for is_so, keys, why in (
            (
                "image_uri" in given,
                (*_RUNTIME, "layers", "code_signing_config_arn"),
                "an image brings its own",
            ),
            (
                "role_arn" in given,
                ("permissions_boundary_arn", "role_path"),
                "role_arn names a role of your own",
            ),
            (
                "s3_bucket" in given or "image_uri" in given,
                ("allowed_secret_files",),
                "what was built before is not looked into",
            ),
            (given.get("errors_alarm") is False, _ALARM, "errors_alarm = False makes no alarm"),
        ):
            if is_so:
                yield from (Problem(key, f"has no effect: {why}", given[key]) for key in keys if key in given)
        yield from runtimes.handler_without_function(given)
        yield from _role_conflicts(given)
        if given.get("dead_letter_queue") and "dead_letter_arn" in given:
            yield Problem(
                "dead_letter_queue | dead_letter_arn", "events go to one target; leave one out", given=False
            )
        aliases, alias = given.get("additional_aliases"), given.get("alias_name", "live")
        if isinstance(aliases, Mapping) and alias in aliases:
            yield Problem("additional_aliases", f"names {alias!r}, which is alias_name", given=False)

    def unusual(self) -> Iterable[Problem]:
        """Find what Lambda takes, and what hardly does what is meant."""
        yield from runtimes.unusual_runtime(self.runtime)
        if self.timeout_seconds is not None and self.timeout_seconds > self.execution_timeout_seconds:
            whole = f"execution_timeout_seconds = {self.execution_timeout_seconds}"
            yield Problem(
                "timeout_seconds",
                f"is above {whole}, which ends an invocation before; lower it, or lengthen the execution",
                self.timeout_seconds,
            )

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms to make."""
        errors = Alarm(
            "errors",
            "Errors",
            "Invocations end with errors, those that are retried included",
            self.errors_alarm_threshold,
            period_seconds=self.errors_alarm_period_seconds,
            periods=self.errors_alarm_evaluation_periods,
        )
        return [*([errors] if self.errors_alarm else []), *(DURABLE_ALARMS if self.durable_alarms else [])]

    @property
    def managed_policies(self) -> list[str]:
        """The AWS managed policies that the role needs."""
        needed = {
            iam.EXECUTION_POLICY: self.execution_policy == "managed",
            iam.VPC_POLICY: self.execution_policy == "managed" and bool(self.subnet_ids),
            iam.TRACING_POLICY: self.execution_policy != "none" and self.tracing,
        }
        return [policy for policy, is_needed in needed.items() if is_needed]

    def function_inputs(self) -> dict[str, Any]:
        """Return the inputs of aws.lambda_.Function that follow from the arguments alone; an archive is built.

        Raises:
            PackagingError: the code cannot become an archive.
        """
        vpc = {"subnet_ids": self.subnet_ids, "security_group_ids": self.security_group_ids}
        files = {"arn": self.file_system_arn, "local_mount_path": self.file_system_path}
        return {
            "name": self.function_name,
            "description": self.description,
            "architectures": [self.architecture],
            "memory_size": self.memory_size_mb,
            "timeout": self.timeout_seconds
            or min(rules.MAX_INVOCATION_SECONDS, self.execution_timeout_seconds),
            "durable_config": {
                "execution_timeout": self.execution_timeout_seconds,
                "retention_period": self.retention_days,
            },
            "environment": {"variables": self.environment} if self.environment else None,
            "ephemeral_storage": {"size": self.ephemeral_storage_mb},
            "layers": self.layers or None,
            "reserved_concurrent_executions": self.reserved_concurrency,
            "vpc_config": vpc if self.subnet_ids else None,
            "file_system_config": files if self.file_system_path else None,
            "tracing_config": {"mode": "Active"} if self.tracing else None,
            "kms_key_arn": self.kms_key_arn,
            "code_signing_config_arn": self.code_signing_config_arn,
            "publish": True,
            "tags": self.tags,
            **self._code(),
        }

    def _code(self) -> dict[str, Any]:
        if self.image_uri is not None:
            return {"package_type": "Image", "image_uri": self.image_uri}
        runtime = {"runtime": self.runtime, "handler": self.handler}
        if self.s3_bucket is not None:
            location = {"s3_bucket": self.s3_bucket, "s3_key": self.s3_key}
            return {**runtime, **location, "s3_object_version": self.s3_object_version}
        source = CodeSource(
            handler=self.handler or "",
            runtime=self.runtime or "",
            architecture=self.architecture,
            path=self.code_path,
            inline=self.code_inline,
            for_host=self.build_for == "host",
            has_layers=bool(self.layers),
            allowed_secret_files=tuple(self.allowed_secret_files),
        )
        return {**runtime, "code": pulumi.FileArchive(str(build_archive(source)))}


def _role_conflicts(given: Mapping[str, Any]) -> Iterable[Problem]:
    if given.get("execution_policy") == "none":
        if "role_arn" not in given:
            yield Problem("execution_policy", "leaves a role of your own alone; pass role_arn", "none")
        if "role_statements" in given:
            why = "has no effect: execution_policy = 'none' attaches nothing to your role"
            yield Problem("role_statements", why, given=False)
