"""The settings in a stack file: parsed once, with all mistakes shown together."""

import dataclasses
import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

import pulumi
import pydantic
from pulumi_durable_functions import (
    AlarmTopicArgs,
    Args,
    DurableFunctionArgs,
    InvalidArgsError,
    Prices,
    Problem,
    Workload,
    rules,
)
from pydantic.alias_generators import to_camel

from stacks import values
from stacks.stack_file import origin

_PRICES = ("priceOfMillionOperations", "priceOfGigabyteWritten", "priceOfGigabyteMonthKept")


@dataclass(frozen=True)
class Default:
    """The value of a setting that the stack file leaves out, by the file's profile."""

    dev: str
    prod: str


PROFILES = tuple(field.name for field in dataclasses.fields(Default))
"""The profiles: short and cheap for development, watched and kept for production."""


def _always(value: str) -> Default:
    return Default(dev=value, prod=value)


class Settings(Args):
    """The values of one stack file, and of its profile. Pulumi.yaml and docs/settings.md are generated from this class."""

    model_config = pydantic.ConfigDict(alias_generator=to_camel)

    profile: Annotated[str, rules.one_of(PROFILES, "every stack uses one of these, whatever its name")]
    """Which defaults the stack uses: dev or prod."""
    execution_timeout: values.ExecutionTimeout
    """The limit of a whole execution, including waits: a duration such as 900, 15m or 24h; at most 366d."""
    retention: values.Retention
    """How long a closed execution's history is kept: days, such as 1d; at most 90d."""
    environment: Annotated[values.Environment, Default(dev="development", prod="production")]
    """The handlers' environment variable ENVIRONMENT, such as development or production."""
    log_level: Annotated[rules.LogLevel, Default(dev="DEBUG", prod="INFO")]
    """The lowest level that handlers log: TRACE, DEBUG, INFO, WARN, ERROR or FATAL."""
    timeout: values.InvocationTimeout | None = None
    """The limit of one invocation: a duration, at most 15m. Default: 15m, or the execution timeout if that is less."""
    memory_size: Annotated[rules.MemorySize, _always("512")]
    """Memory in MB: 128 to 10240."""
    architecture: Annotated[rules.Architecture, _always("arm64")]
    """The processor: arm64 or x86_64."""
    alias_name: rules.AliasName
    """The alias to invoke. Default: the stack's name."""
    alias_versions: values.Versions = pydantic.Field(default_factory=dict)
    """The versions that aliases stay on instead of the newest one, by function: `pulumi config set --path
    aliasVersions.orders 7`."""
    log_retention: values.LogRetention | None = None
    """How long logs are kept: days, such as 30d. Default: as long as the histories, rounded up to a value that CloudWatch
    accepts."""
    retain_logs: Annotated[values.Boolean, Default(dev="false", prod="true")]
    """Whether log groups are kept when the stack is destroyed."""
    errors_alarm: Annotated[values.Boolean, _always("true")]
    """Whether to make an alarm on each function's errors."""
    errors_alarm_threshold: Annotated[rules.AlarmThreshold, _always("5")]
    """The errors in five minutes above which the alarm goes off."""
    durable_alarms: Annotated[values.Boolean, Default(dev="false", prod="true")]
    """Whether to make alarms on failed and timed out executions, throttles, and dead letters."""
    alarm_topic: Annotated[values.Boolean, Default(dev="false", prod="true")]
    """Whether to make an SNS topic that gets alarms and failed executions, unless alarmTopicArn names one."""
    alarm_topic_arn: values.TopicArn | None = None
    """An SNS topic of your own for this, whose policy lets cloudwatch.amazonaws.com and events.amazonaws.com publish."""
    alarm_email: values.Email | None = None
    """An email address that the stack's own topic notifies. It gets an email, and must first confirm the subscription."""
    dashboard: Annotated[values.Boolean, Default(dev="false", prod="true")]
    """Whether to make a CloudWatch dashboard, and an alarm on the account's limit of running executions."""
    dead_letter_queue: Annotated[values.Boolean, Default(dev="false", prod="true")]
    """Whether to make queues for the events of executions that fail, time out or are stopped."""
    deletion_protection: Annotated[values.Boolean, _always("true")]
    """Whether to refuse to delete any resource of the stack, until a deployment has set this to false. It does not depend
    on the profile, so that a change of the profile deletes nothing."""
    settlement_time: Annotated[values.Delay, _always("5s")]
    """How long the order workflow waits after the charge: a duration."""
    approval_timeout: Annotated[values.ExecutionTimeout, _always("10m")]
    """How long the order workflow waits for a person's approval: a duration."""
    approval_threshold: Annotated[values.Cents, _always("10000")]
    """The order total, in cents, from which an order needs approval."""
    reconcile_schedule: Annotated[rules.Schedule, _always("cron(0 3 * * ? *)")]
    """When payments are compared with the payment provider's, such as rate(1 hour) or cron(0 3 * * ? *), in UTC."""
    build_for: rules.BuildFor | None = None
    """Where handlers run: lambda, or host for the local cloud. Default: host in a shell with the local cloud's exports,
    else lambda."""
    cost_operations: Annotated[values.Operations, _always("12")]
    """The number of durable operations in one execution, for the cost hint."""
    cost_kilobytes: Annotated[values.Kilobytes, _always("20")]
    """The KB that one execution writes, for the cost hint."""
    price_of_million_operations: values.Price | None = None
    """The price of a million durable operations in your region, for the cost hint. Default: AWS's public price where this
    repository has it (us-east-1, us-east-2); without a price there is no hint."""
    price_of_gigabyte_written: values.Price | None = None
    """The price of a GB written, likewise."""
    price_of_gigabyte_month_kept: values.Price | None = None
    """The price of a GB kept for a month, likewise."""
    _alias_is_computed: bool = False

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _one_value(cls, value: object, info: pydantic.ValidationInfo) -> object:
        """Refuse a list or a map, whose JSON may look like an allowed string."""
        structure = values.structure(value)
        if structure is not None and info.field_name != "alias_versions":
            raise ValueError(
                f"must be a single value, not a {'map' if isinstance(structure, dict) else 'list'}"
            )
        return value

    @classmethod
    def defaults(cls, profile: str) -> dict[str, str]:
        """Return a profile's defaults, by the keys of a stack file."""
        return {
            str(field.alias): getattr(default, profile)
            for field in cls.model_fields.values()
            for default in field.metadata
            if isinstance(default, Default)
        }

    @classmethod
    def load(cls) -> Self:
        """Parse the configuration of the stack that is being deployed.

        Raises:
            InvalidArgsError: lists every mistake in the stack file.
        """
        config, secrets = pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env()
        project, stack = pulumi.get_project(), pulumi.get_stack()
        title, problems = origin(config, project, stack)
        return cls.from_config(config, project, stack, secrets, title=title, problems=problems)

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        project: str,
        stack: str,
        secret_keys: Collection[str] = (),
        *,
        title: str | None = None,
        problems: Collection[Problem] = (),
    ) -> Self:
        """Parse a configuration as the engine passes it; an empty string counts as left out.

        The profile has the defaults of keys that are left out; the alias is named after the stack.

        Args:
            config: the values, by keys with namespace.
            project: the project's name, which is the namespace of its keys.
            stack: the stack's name.
            secret_keys: keys with secret values.
            title: the name of the configuration in an error. Default: the stack's file.
            problems: problems that are already known, with keys without namespace.

        Raises:
            InvalidArgsError: lists every mistake; secret values are not shown.
        """
        title = title or f"stacks/Pulumi.{stack}.yaml"
        own = {
            key.removeprefix(f"{project}:"): value
            for key, value in config.items()
            if key.startswith(f"{project}:") and value != ""
        }
        # An unknown profile is one problem, not one for each missing default.
        profile = name if (name := own.get("profile")) in PROFILES else PROFILES[0]
        misspelled = list(cls._misspelled(config, project))
        try:
            settings = cls.parse(
                title, {"aliasName": stack, **cls.defaults(profile), **own}, [*problems, *misspelled]
            )
        except InvalidArgsError as error:
            in_file = [
                problem if problem in misspelled else _in_file(problem, project, secret_keys)
                for problem in error.problems
            ]
            raise InvalidArgsError(title, in_file) from None
        settings._alias_is_computed = "aliasName" not in own
        return settings

    @classmethod
    def _misspelled(cls, config: Mapping[str, Any], project: str) -> Iterable[Problem]:
        """Find known keys in a namespace that is nearly the project's: the program would ignore them."""
        keys = {field.alias for field in cls.model_fields.values()}
        for full in config:
            namespace, _, key = full.partition(":")
            if (
                namespace != project
                and key in keys
                and difflib.get_close_matches(namespace, [project], cutoff=0.8)
            ):
                yield Problem(full, f"is not known; did you mean {project}:{key}?", given=False)

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find waits that are longer than the execution, and values that need other values."""
        if "alarmEmail" in given and ("alarmTopicArn" in given or str(given.get("alarmTopic")) != "true"):
            yield Problem(
                "alarmEmail",
                "is for the stack's own topic: set alarmTopic to true and leave alarmTopicArn out",
                given["alarmEmail"],
            )
        prices = [key for key in _PRICES if key in given]
        if 0 < len(prices) < len(_PRICES):
            yield Problem(
                " | ".join(_PRICES), f"set all of them or none; got {' and '.join(prices)}", given=False
            )
        whole, settlement, approval = (
            values.duration(given.get(key), values.SECONDS)
            for key in ("executionTimeout", "settlementTime", "approvalTimeout")
        )
        waits = (settlement or 0) + (approval or 0)
        if whole is not None and approval is not None and waits >= whole:
            yield Problem(
                "approvalTimeout",
                f"together with settlementTime it is {waits} s, which leaves nothing of executionTimeout = {whole} s; "
                "raise executionTimeout or lower a wait",
                given["approvalTimeout"],
            )

    def naming(self) -> pulumi.ResourceOptions:
        """Return options for a function so that its alias keeps its name, unless the file sets the name.

        The default is the stack's name, and a stack may be renamed while others call its functions.
        """
        return pulumi.ResourceOptions(transformations=[_keep_alias_name] if self._alias_is_computed else None)

    def alarm_topic_args(self) -> AlarmTopicArgs | None:
        """Return the arguments of the stack's own topic; None if the file names another one, or wants none."""
        if not self.alarm_topic or self.alarm_topic_arn:
            return None
        return {"emails": [self.alarm_email] if self.alarm_email else []}

    def function_args(self, function: str, topic: pulumi.Input[str] | None) -> DurableFunctionArgs:
        """Return the arguments of a function that are settings; its alarms and failures go to the topic."""
        args: DurableFunctionArgs = {
            "execution_timeout_seconds": self.execution_timeout,
            "retention_days": self.retention,
            "memory_size_mb": self.memory_size,
            "architecture": self.architecture,
            "alias_name": self.alias_name,
            "application_log_level": self.log_level,
            "retain_logs": self.retain_logs,
            "errors_alarm": self.errors_alarm,
            "durable_alarms": self.durable_alarms,
            "dead_letter_queue": self.dead_letter_queue,
            "deletion_protection": self.deletion_protection,
        }
        if self.build_for is not None:
            args["build_for"] = self.build_for
        if function in self.alias_versions:
            args["alias_version"] = self.alias_versions[function]
        if topic is not None:
            args |= {"alarm_actions": [topic], "failure_topic_arn": topic}
        if self.errors_alarm:
            args["errors_alarm_threshold"] = self.errors_alarm_threshold
        if self.timeout is not None:
            args["timeout_seconds"] = self.timeout
        if self.log_retention is not None:
            args["log_retention_days"] = self.log_retention
        return args

    def workload(self, executions: int) -> Workload:
        """Return the workload of this many executions."""
        return Workload(executions, self.cost_operations, self.cost_kilobytes, self.retention)

    def prices(self) -> Prices | None:
        """Return the prices, if the file sets them."""
        operations, written = self.price_of_million_operations, self.price_of_gigabyte_written
        kept = self.price_of_gigabyte_month_kept
        if operations is None or written is None or kept is None:
            return None
        return Prices(operations, written, kept)

    def function_environment(self) -> dict[str, pulumi.Input[str]]:
        """Return the environment variables of every handler."""
        return {"ENVIRONMENT": self.environment, "LOG_LEVEL": self.log_level}


def _keep_alias_name(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if args.type_ != "aws:lambda/alias:Alias":
        return None
    keep_name = pulumi.ResourceOptions(ignore_changes=["name"])
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, keep_name))


def _in_file(problem: Problem, project: str, secret_keys: Collection[str]) -> Problem:
    setting = problem.key.partition(".")[0]
    secret = f"{project}:{setting}" in secret_keys
    return dataclasses.replace(
        problem, key=f"{project}:{problem.key}", value="[secret]" if secret else problem.value
    )
