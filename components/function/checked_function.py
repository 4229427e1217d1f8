"""The arguments of DurableFunction, checked: what its constructor works with."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

import pulumi
from pydantic import AliasChoices, Field

from .. import iam
from ..checks import rules, runtimes
from ..checks.args import Args, exactly_one
from ..checks.errors import Problem
from ..execution_role import CheckedStatement
from ..monitoring.alarms import DURABLE_ALARMS, Alarm
from ..packaging import host
from ..packaging.archive import CodeSource, build_archive

_CODE = ("code_path", "code_inline", "s3_bucket", "image_uri")
_RUNTIME = ("runtime", "handler")
_ALARM = ("errors_alarm_threshold", "errors_alarm_period_seconds", "errors_alarm_evaluation_periods")
_PAIRS = {
    ("s3_bucket", "s3_key"): "an archive in S3 needs both",
    ("subnet_ids", "security_group_ids"): "a VPC needs both",
    ("file_system_arn", "file_system_path"): "a file system needs both",
}
_NEEDS = (
    ("s3_object_version", "s3_key", "is the version of the object at s3_key; pass s3_key too"),
    (
        "file_system_arn",
        "subnet_ids",
        "can only be reached through a VPC; pass subnet_ids and security_group_ids",
    ),
    (
        "ipv6_allowed_for_dual_stack",
        "subnet_ids",
        "only applies in a VPC; pass subnet_ids and security_group_ids",
    ),
    (
        "new_version_weight",
        "alias_version",
        "is the newest version's share beside alias_version; pass alias_version too",
    ),
)
_EXCLUSIVE = (
    # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, "Supported features and limitations"
    ("snap_start", "provisioned_concurrency"),
    ("snap_start", "file_system_arn"),
    ("snap_start", "image_uri"),
    # https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html, "Considerations and limitations"
    ("tenancy_config", "provisioned_concurrency"),
    ("tenancy_config", "snap_start"),
)
"""Arguments that Lambda does not support together."""
_IMAGE = ("image_command", "image_entry_point", "image_working_directory")
_NO_DESTINATION = (
    "durable functions have no destinations; use a last step, or a dead letter queue for failed executions"
)
_USE_A_TRANSFORM = "set it by a transform on the resource that the component makes; see docs/recipes.md"
_UNSUPPORTED = {
    "on_success_arn": _NO_DESTINATION,
    "on_failure_arn": _NO_DESTINATION,
    "destination_config": _NO_DESTINATION,
    "maximum_retry_attempts": "Lambda does not apply it to durable functions; retry in the workflow's steps",
    "log_format": "durable functions log as JSON, which is always set",
    "publish": "a version is always published, since only qualified ARNs can be invoked",
    "allow_invoke_latest": "the Lambda API has no such setting; invoke the alias",
    "response_streaming": _USE_A_TRANSFORM,
    "capacity_provider_config": _USE_A_TRANSFORM,
    "source_kms_key_arn": _USE_A_TRANSFORM,
}


class CheckedTenancy(Args):
    """How tenants are isolated, checked."""

    tenant_isolation_mode: Annotated[
        str,
        rules.one_of(("PER_TENANT",), "Lambda has no other isolation mode"),
        # Keys of a map are spelled as in the author's language.
        Field(validation_alias=AliasChoices("tenant_isolation_mode", "tenantIsolationMode")),
    ]


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
    image_command: rules.AtLeastOne | None = None
    image_entry_point: rules.AtLeastOne | None = None
    image_working_directory: rules.TextInput | None = None
    timeout_seconds: rules.InvocationTimeout | None = None
    memory_size_mb: rules.MemorySize = 512
    architecture: rules.Architecture = "arm64"
    build_for: rules.BuildFor | None = None
    ephemeral_storage_mb: rules.EphemeralStorage = 512
    layers: rules.Layers = Field(default_factory=list)
    reserved_concurrency: rules.ReservedConcurrency | None = None
    provisioned_concurrency: rules.ProvisionedConcurrency | None = None
    snap_start: bool = False
    tenancy_config: CheckedTenancy | None = None
    subnet_ids: rules.AtLeastOne | None = None
    security_group_ids: rules.AtLeastOne | None = None
    ipv6_allowed_for_dual_stack: bool = False
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
    maximum_event_age_seconds: rules.AsynchronousEventAge | None = None
    role_arn: rules.RoleArn | None = None
    execution_policy: rules.ExecutionPolicy = "scoped"
    role_statements: list[CheckedStatement] = Field(default_factory=list)
    managed_policy_arns: list[rules.ManagedPolicyArn] = Field(default_factory=list)
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
                "the image contains its own",
            ),
            (
                "role_arn" in given,
                ("permissions_boundary_arn", "role_path"),
                "role_arn names a role of your own",
            ),
            (
                "s3_bucket" in given or "image_uri" in given,
                ("allowed_secret_files",),
                "an archive in S3 or an image is not searched for secrets",
            ),
            (given.get("errors_alarm") is False, _ALARM, "there is no alarm with errors_alarm = False"),
        ):
            if is_so:
                yield from (Problem(key, f"has no effect: {why}", given[key]) for key in keys if key in given)
        yield from runtimes.handler_without_function(given)
        yield from _start_conflicts(given)
        yield from _role_conflicts(given)
        if given.get("dead_letter_queue") and "dead_letter_arn" in given:
            yield Problem(
                "dead_letter_queue | dead_letter_arn",
                "Lambda supports one target; leave one out",
                given=False,
            )
        aliases, alias = given.get("additional_aliases"), given.get("alias_name", "live")
        if isinstance(aliases, Mapping) and alias in aliases:
            yield Problem(
                "additional_aliases", f"contains {alias!r}, which is alias_name already", given=False
            )

    def unusual(self) -> Iterable[Problem]:
        """Find values that Lambda accepts but that are probably mistakes."""
        yield from runtimes.unusual_runtime(self.runtime)
        if self.timeout_seconds is not None and self.timeout_seconds > self.execution_timeout_seconds:
            yield Problem(
                "timeout_seconds",
                f"is above execution_timeout_seconds = {self.execution_timeout_seconds}, which ends the execution earlier; "
                "lower it, or raise execution_timeout_seconds",
                self.timeout_seconds,
            )
        if self.snap_start and not runtimes.has_snap_start(self.runtime or ""):
            why = "is documented for Java 11, Python 3.12, .NET 8 and newer; Lambda may refuse it for this runtime"
            yield Problem("snap_start", why, given=False)
        if self.provisioned_concurrency is not None and self.new_version_weight is not None:
            # https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
            yield Problem(
                "provisioned_concurrency",
                "cannot be set or changed while new_version_weight splits the alias; deploy it first, or leave "
                "new_version_weight out",
                self.provisioned_concurrency,
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
        """Return the inputs of aws.lambda_.Function that depend on the arguments only; builds the archive.

        Raises:
            PackagingError: the code cannot be packaged as an archive.
        """
        vpc = {
            "subnet_ids": self.subnet_ids,
            "security_group_ids": self.security_group_ids,
            # Left out unless it is set, so that functions that are already deployed do not change.
            **({"ipv6_allowed_for_dual_stack": True} if self.ipv6_allowed_for_dual_stack else {}),
        }
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
            "snap_start": {"apply_on": "PublishedVersions"} if self.snap_start else None,
            "tenancy_config": self.tenancy_config and self.tenancy_config.model_dump(),
            "kms_key_arn": self.kms_key_arn,
            "code_signing_config_arn": self.code_signing_config_arn,
            "publish": True,
            "tags": self.tags,
            **self._code(),
        }

    def _code(self) -> dict[str, Any]:
        if self.image_uri is not None:
            config = {
                "commands": self.image_command,
                "entry_points": self.image_entry_point,
                "working_directory": self.image_working_directory,
            }
            return {
                "package_type": "Image",
                "image_uri": self.image_uri,
                "image_config": config if any(each is not None for each in config.values()) else None,
            }
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
            for_host=self.build_for == "host" if self.build_for else host.runs_handlers(),
            has_layers=bool(self.layers),
            allowed_secret_files=tuple(self.allowed_secret_files),
        )
        return {**runtime, "code": pulumi.FileArchive(str(build_archive(source)))}


def _start_conflicts(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find conflicts between arguments on how Lambda starts the function."""
    for one, other in _EXCLUSIVE:
        if given.get(one) and given.get(other):
            yield Problem(f"{one} | {other}", "Lambda does not support both; leave one out", given=False)
    storage = given.get("ephemeral_storage_mb")
    if given.get("snap_start") and isinstance(storage, int) and storage > 512:
        # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, "Supported features and limitations"
        yield Problem("ephemeral_storage_mb", "must be 512 with snap_start; Lambda supports no more", storage)
    ready, reserved = given.get("provisioned_concurrency"), given.get("reserved_concurrency")
    if isinstance(ready, int) and isinstance(reserved, int) and ready > reserved:
        # https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
        why = f"must not exceed reserved_concurrency = {reserved}, of which it is a part"
        yield Problem("provisioned_concurrency", why, ready)
    if "image_uri" not in given:
        # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: ImageConfig
        yield from (Problem(key, "only applies to image_uri", given[key]) for key in _IMAGE if key in given)


def _role_conflicts(given: Mapping[str, Any]) -> Iterable[Problem]:
    if given.get("execution_policy") == "none":
        if "role_arn" not in given:
            yield Problem(
                "execution_policy", "is only possible with a role of your own; pass role_arn", "none"
            )
        for key in ("role_statements", "managed_policy_arns"):
            if key in given:
                why = "has no effect: execution_policy = 'none' attaches nothing to your role"
                yield Problem(key, why, given=False)
