"""A durable function with everything it needs to be deployed right."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from components import rules
from components.archive import CodeSource, build_archive
from components.args import Args, exactly_one
from components.arns import PrincipalArn
from components.errors import InvalidArgsError, Problem
from components.execution_role import DurableExecutionRole
from components.grants import CallbackGrant, CallbackGrantArgs, InvokeGrant, InvokeGrantArgs, principal_name


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


class _Function(Args):
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
        return self.timeout_seconds or min(rules.MAX_INVOCATION_SECONDS, self.execution_timeout_seconds)

    def code(self) -> dict[str, Any]:
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


class DurableFunction(pulumi.ComponentResource):
    """A durable function: role, log group, function with DurableConfig, published version, alias and alarm.

    Everything that starts executions uses `alias_arn`: durable functions take qualified ARNs only, and an
    execution stays on the version that the alias named when it started. Each change of code or configuration
    publishes a version; old ones stay for the executions that run on them. The alias is made last, so nobody
    can invoke before the permissions stand.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        PackagingError: the code cannot become an archive, before anything is made.
    """

    function_name: pulumi.Output[str]
    """The function's physical name."""
    function_arn: pulumi.Output[str]
    """The function's bare ARN, which cannot be invoked."""
    version: pulumi.Output[str]
    """The version that was published last, which the alias names."""
    alias_name: pulumi.Output[str]
    """The alias's name."""
    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    role_arn: pulumi.Output[str]
    """The execution role's ARN."""
    role_name: pulumi.Output[str]
    """The execution role's name, to attach policies for what the handler uses."""
    log_group_name: pulumi.Output[str]
    """The log group's name."""

    def __init__(
        self, name: str, args: DurableFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("durable-functions:index:DurableFunction", name, {}, opts)
        checked = _Function.parse(f"DurableFunction {name!r}", args)
        code = checked.code()
        child = pulumi.ResourceOptions(parent=self)
        self._name = name

        role = None
        if checked.role_arn is None:
            role = DurableExecutionRole(name, {"tags": checked.tags}, child)
        self.role_arn = pulumi.Output.from_input(role.role_arn if role else checked.role_arn or "")
        self.role_name = role.role_name if role else principal_name(self.role_arn, "role")

        log_group = aws.cloudwatch.LogGroup(
            name,
            name=checked.log_group_name,
            name_prefix=None if checked.log_group_name else f"/aws/lambda/{name}-",
            retention_in_days=checked.log_retention_days or rules.log_retention_for(checked.retention_days),
            skip_destroy=checked.retain_logs,
            tags=checked.tags,
            opts=child,
        )
        function = aws.lambda_.Function(
            name,
            name=checked.function_name,
            description=checked.description,
            role=self.role_arn,
            runtime=checked.runtime,
            handler=checked.handler,
            architectures=[checked.architecture],
            memory_size=checked.memory_size_mb,
            timeout=checked.invocation_seconds,
            durable_config={
                "execution_timeout": checked.execution_timeout_seconds,
                "retention_period": checked.retention_days,
            },
            environment={"variables": checked.environment} if checked.environment else None,
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            publish=True,
            tags=checked.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[log_group, *([role] if role else [])],
                # Lambda may wait up to an hour for executions that run when a function is deleted.
                custom_timeouts=pulumi.CustomTimeouts(delete="60m"),
            ),
            **code,
        )
        if checked.errors_alarm:
            aws.cloudwatch.MetricAlarm(
                f"{name}-errors",
                alarm_description=f"Errors of the durable function {name}",
                namespace="AWS/Lambda",
                metric_name="Errors",
                dimensions={"FunctionName": function.name},
                statistic="Sum",
                period=checked.errors_alarm_period_seconds,
                evaluation_periods=checked.errors_alarm_evaluation_periods,
                threshold=checked.errors_alarm_threshold,
                comparison_operator="GreaterThanThreshold",
                # A function that nobody invokes reports no errors, and that is no alarm.
                treat_missing_data="notBreaching",
                alarm_actions=checked.alarm_actions,
                ok_actions=checked.alarm_actions,
                tags=checked.tags,
                opts=child,
            )
        alias = aws.lambda_.Alias(
            name,
            name=checked.alias_name,
            function_name=function.name,
            function_version=function.version,
            opts=child,
        )

        self.function_name = function.name
        self.function_arn = function.arn
        self.version = function.version
        self.alias_name = alias.name
        self.alias_arn = alias.arn
        self.log_group_name = log_group.name
        self.register_outputs(self.outputs())

    def outputs(self) -> dict[str, pulumi.Output[str]]:
        """Return every output by its name, ready for `pulumi.export`."""
        return {
            "function_name": self.function_name,
            "function_arn": self.function_arn,
            "version": self.version,
            "alias_name": self.alias_name,
            "alias_arn": self.alias_arn,
            "role_arn": self.role_arn,
            "role_name": self.role_name,
            "log_group_name": self.log_group_name,
        }

    def grant_invoke(self, name: str, grantee: "Grantee", *, all_versions: bool = False) -> InvokeGrant:
        """Let a role, user or function invoke this function by its alias.

        Args:
            name: makes the grant's name, `<function>-<name>`.
            grantee: a role or user, or its ARN as text; or a function, for a chained invoke.
            all_versions: allow every alias and version instead of the alias alone.

        Raises:
            InvalidArgsError: the grantee is none of these.
        """
        args: InvokeGrantArgs = {"qualified_arn": self.alias_arn, "all_versions": all_versions}
        args.update(_grantee(f"InvokeGrant {name!r}", grantee))  # type: ignore[typeddict-item]
        return InvokeGrant(f"{self._name}-{name}", args, pulumi.ResourceOptions(parent=self))

    def grant_callback(self, name: str, grantee: "Grantee") -> CallbackGrant:
        """Let a role, user or function complete the callbacks of this function's executions.

        Args:
            name: makes the grant's name, `<function>-<name>`.
            grantee: a role or user, or its ARN as text; or a function.

        Raises:
            InvalidArgsError: the grantee is none of these.
        """
        args: CallbackGrantArgs = {"function_arn": self.function_arn}
        args.update(_grantee(f"CallbackGrant {name!r}", grantee))  # type: ignore[typeddict-item]
        return CallbackGrant(f"{self._name}-{name}", args, pulumi.ResourceOptions(parent=self))


Grantee = str | DurableFunction | DurableExecutionRole | aws.iam.Role | aws.iam.User | aws.lambda_.Function
"""Whom a grant may be for. An ARN that is not known yet goes to InvokeGrant or CallbackGrant directly, which ask
whether it is a role's or a user's."""


def _grantee(title: str, grantee: Grantee) -> dict[str, pulumi.Input[str]]:
    match grantee:
        case DurableFunction() | DurableExecutionRole():
            return {"role_arn": grantee.role_arn}
        case aws.iam.Role():
            return {"role_arn": grantee.arn}
        case aws.iam.User():
            return {"user_arn": grantee.arn}
        case aws.lambda_.Function():
            return {"role_arn": grantee.role}
        case str():
            try:
                return {f"{PrincipalArn.parse(grantee, 'role', 'user').kind}_arn": grantee}
            except ValueError as error:
                raise InvalidArgsError(title, [Problem("grantee", str(error), given=False)]) from None
        case _:
            raise InvalidArgsError(
                title,
                [
                    Problem(
                        "grantee",
                        "must be a role, a user, a function, or the ARN of a role or user as text; for an ARN "
                        f"that is an output make an {title.split(maxsplit=1)[0]} with role_arn or user_arn",
                        grantee,
                    )
                ],
            )
