"""The arguments that every Lambda function takes, checked: what the constructors work with."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar

import pulumi
from pydantic import AliasChoices, Field

from .. import iam
from ..checks import rules, runtimes
from ..checks.args import Args
from ..checks.errors import Problem
from ..execution_role import CheckedStatement
from ..monitoring.alarms import Alarm
from ..packaging import host
from ..packaging.archive import CodeSource, build_archive
from . import argument_conflicts

_USE_A_TRANSFORM = "set it by a transform on the resource that the component makes; see docs/recipes.md"
UNSUPPORTED = {
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


class CheckedFunction(Args, ABC):
    """The arguments that a durable function and a standard function have in common, as their constructors use them."""

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
    alarm_actions: list[rules.ArnInput] = Field(default_factory=list)
    dead_letter_queue: bool = False
    dead_letter_arn: rules.DeadLetterArn | None = None
    deletion_protection: bool = False
    tags: rules.Tags = Field(default_factory=dict)

    unsupported: ClassVar[Mapping[str, str]] = UNSUPPORTED
    logging_policy: ClassVar[str]
    """The AWS managed policy with which such a function can run."""

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find the arguments that exclude or need each other."""
        return argument_conflicts.conflicts(given)

    def unusual(self) -> Iterable[Problem]:
        """Find values that Lambda accepts but that are probably mistakes."""
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
    @abstractmethod
    def default_timeout_seconds(self) -> int:
        """The limit of one invocation, unless the author sets one."""

    @property
    @abstractmethod
    def default_log_retention_days(self) -> int:
        """How long logs are kept, unless the author says so."""

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms on the function's own metrics."""
        errors = Alarm(
            "errors",
            "Errors",
            "Invocations end with errors, those that are retried included",
            self.errors_alarm_threshold,
            period_seconds=self.errors_alarm_period_seconds,
            periods=self.errors_alarm_evaluation_periods,
        )
        return [errors] if self.errors_alarm else []

    @property
    @abstractmethod
    def dead_letters_alarm(self) -> Alarm | None:
        """The alarm on the dead letter queue that is made; None for none."""

    @property
    def managed_policies(self) -> list[str]:
        """The AWS managed policies that the role needs."""
        needed = {
            self.logging_policy: self.execution_policy == "managed",
            iam.VPC_POLICY: self.execution_policy == "managed" and bool(self.subnet_ids),
            iam.TRACING_POLICY: self.execution_policy != "none" and self.tracing,
        }
        return [policy for policy, is_needed in needed.items() if is_needed]

    @property
    def destinations(self) -> dict[str, pulumi.Input[str]]:
        """Where Lambda sends a record of each asynchronous invocation, by how it ends; a durable function has none."""
        return {}

    @abstractmethod
    def execution_document(self, function_arn: str, log_group_arn: str) -> iam.Document:
        """Return what the function needs to run, on its own resources only."""

    def asynchronous_inputs(self) -> dict[str, Any]:
        """Return the inputs of aws.lambda_.FunctionEventInvokeConfig that the author has set."""
        age = self.maximum_event_age_seconds
        return {} if age is None else {"maximum_event_age_in_seconds": age}

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
            "timeout": self.timeout_seconds or self.default_timeout_seconds,
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
