"""The arguments of DurableFunction: as an author writes them, and as they are checked."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from components import rules
from components.archive import CodeSource, build_archive
from components.args import Args, exactly_one
from components.errors import Problem


class DurableFunctionOptions(TypedDict):
    """The arguments of DurableFunction that may be left out: what several functions may share."""

    retention_days: NotRequired[int]
    """How long a closed execution's history is kept: 1 to 90 days. Default: 14. A change affects new executions
    only."""
    code_path: NotRequired[str]
    """A folder or a .zip. A folder's requirements.txt, pyproject.toml or package.json is installed into the
    archive for Lambda's platform."""
    code_inline: NotRequired[str]
    """The handler's source as text, for Python and Node.js."""
    s3_bucket: NotRequired[pulumi.Input[str]]
    """The bucket of an archive that was uploaded before, with `s3_key`: for more than 50 MB."""
    s3_key: NotRequired[pulumi.Input[str]]
    """The archive's key in `s3_bucket`."""
    s3_object_version: NotRequired[pulumi.Input[str]]
    """The archive's version in `s3_bucket`. Default: the newest; then a new upload alone is not noticed."""
    timeout_seconds: NotRequired[int]
    """The limit of one invocation: 1 to 900 seconds. Default: 900, or the execution timeout if that is less."""
    memory_size_mb: NotRequired[int]
    """128 to 10,240 MB. Default: 512."""
    architecture: NotRequired[str]
    """arm64 or x86_64. Default: arm64, which costs less for the same work."""
    build_for: NotRequired[str]
    """Where a folder's dependencies must run: lambda, or host, for a local cloud that runs handlers on this very
    machine. Default: lambda."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables. Default: none."""
    description: NotRequired[str]
    """What the function does, at most 256 characters. Default: none."""
    function_name: NotRequired[str]
    """A fixed physical name. Default: named by Pulumi, so that a replacement is made before the old one goes;
    with a fixed name the old one is deleted first."""
    alias_name: NotRequired[str]
    """The alias that new executions are started through. Default: live."""
    role_arn: NotRequired[pulumi.Input[str]]
    """An execution role of your own, which is left as it is: it must allow
    AWSLambdaBasicDurableExecutionRolePolicy. Default: a DurableExecutionRole is made."""
    log_group_name: NotRequired[str]
    """A fixed name for the log group. Default: /aws/lambda/<name>-<unique>."""
    log_retention_days: NotRequired[int]
    """How long logs are kept, one of CloudWatch's numbers of days. Default: the shortest that is not below
    `retention_days`."""
    retain_logs: NotRequired[bool]
    """Leave the log group, with its logs, in the account when the function is destroyed. Default: False."""
    errors_alarm: NotRequired[bool]
    """Make an alarm on the Errors metric. Default: True."""
    errors_alarm_threshold: NotRequired[int]
    """The number of errors in a period above which the alarm rings. Default: 5."""
    errors_alarm_period_seconds: NotRequired[int]
    """The alarm's period: 10, 20, 30 or a multiple of 60 seconds. Default: 300."""
    errors_alarm_evaluation_periods: NotRequired[int]
    """How many periods in a row are above the threshold when the alarm rings. Default: 1."""
    alarm_actions: NotRequired[list[pulumi.Input[str]]]
    """ARNs that are told when the alarm rings and when it stops, such as an SNS topic's. Default: none."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything that is made, beside the provider's default tags. Default: none."""


class DurableFunctionArgs(DurableFunctionOptions):
    """Arguments of DurableFunction, in Lambda's own words with the unit in the name.

    The code is exactly one of `code_path`, `code_inline` and `s3_bucket` with `s3_key`.
    """

    runtime: str
    """A managed runtime that runs durable functions: nodejs22.x, python3.13 and their like."""
    handler: str
    """What Lambda calls: `module.function`."""
    execution_timeout_seconds: int
    """The whole execution's limit, waits included: 1 to 31,622,400 seconds (366 days). Above 900 the function
    cannot be invoked synchronously, and no event source mapping can feed it."""


class FunctionArgs(Args):
    """The arguments as the constructor uses them."""

    runtime: rules.Runtime
    handler: rules.Handler
    execution_timeout_seconds: rules.ExecutionTimeout
    retention_days: rules.Retention = 14
    code_path: str | None = None
    code_inline: str | None = None
    s3_bucket: rules.TextInput | None = None
    s3_key: rules.TextInput | None = None
    s3_object_version: rules.TextInput | None = None
    timeout_seconds: rules.InvocationTimeout | None = None
    memory_size_mb: rules.MemorySize = 512
    architecture: rules.Architecture = "arm64"
    build_for: rules.BuildFor = "lambda"
    environment: rules.Environment = Field(default_factory=dict)
    description: rules.Description | None = None
    function_name: rules.FunctionName | None = None
    alias_name: rules.AliasName = "live"
    role_arn: rules.RoleArn | None = None
    log_group_name: rules.LogGroupName | None = None
    log_retention_days: rules.LogRetention | None = None
    retain_logs: bool = False
    errors_alarm: bool = True
    errors_alarm_threshold: rules.AlarmThreshold = 5
    errors_alarm_period_seconds: rules.AlarmPeriod = 300
    errors_alarm_evaluation_periods: rules.AlarmPeriods = 1
    alarm_actions: list[rules.TextInput] = Field(default_factory=list)
    tags: rules.Tags = Field(default_factory=dict)

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find code given twice or not at all, timeouts out of order, and settings of an alarm that is off."""
        yield from exactly_one(given, ("code_path", "code_inline", "s3_bucket"))
        if ("s3_bucket" in given) != ("s3_key" in given):
            yield Problem("s3_bucket | s3_key", "an archive in S3 needs both", given=False)
        yield from rules.timeouts_in_order(
            given, invocation="timeout_seconds", execution="execution_timeout_seconds"
        )
        if given.get("errors_alarm") is False:
            for key in (
                "errors_alarm_threshold",
                "errors_alarm_period_seconds",
                "errors_alarm_evaluation_periods",
            ):
                if key in given:
                    yield Problem(
                        key, "has no effect with errors_alarm = False; leave one of them out", given[key]
                    )

    @property
    def invocation_seconds(self) -> int:
        """The limit of one invocation, the default filled in."""
        return self.timeout_seconds or min(rules.MAX_INVOCATION_SECONDS, self.execution_timeout_seconds)

    def code(self) -> dict[str, Any]:
        """Return the arguments of aws.lambda_.Function that say where the code is; an archive is built.

        Raises:
            PackagingError: the code cannot become an archive.
        """
        if self.s3_bucket is not None:
            return {
                "s3_bucket": self.s3_bucket,
                "s3_key": self.s3_key,
                "s3_object_version": self.s3_object_version,
            }
        source = CodeSource(
            handler=self.handler,
            runtime=self.runtime,
            architecture=self.architecture,
            path=self.code_path,
            inline=self.code_inline,
            for_host=self.build_for == "host",
        )
        return {"code": pulumi.FileArchive(str(build_archive(source)))}
