"""A stack file as the program uses it: parsed once, every mistake shown at once."""

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
class Usual:
    """What a setting is where the stack file leaves it out, by the file's profile."""

    dev: str
    prod: str


PROFILES = tuple(field.name for field in dataclasses.fields(Usual))
"""Short and cheap for development, guarded for production."""


def _always(value: str) -> Usual:
    return Usual(dev=value, prod=value)


class Settings(Args):
    """What one stack file says, above its profile. Pulumi.yaml and docs/settings.md are written from this."""

    model_config = pydantic.ConfigDict(alias_generator=to_camel)

    profile: Annotated[str, rules.one_of(PROFILES, "a stack of another name takes one of these too")]
    """What the stack gets where its file says nothing: dev or prod."""
    execution_timeout: values.ExecutionTimeout
    """The whole execution's limit, waits included: a duration such as 900, 15m or 24h; at most 366d."""
    retention: values.Retention
    """How long a closed execution's history is kept: days, such as 1d; at most 90d."""
    environment: Annotated[values.Environment, Usual(dev="development", prod="production")]
    """What handlers find in the variable ENVIRONMENT, such as development or production."""
    log_level: Annotated[rules.LogLevel, Usual(dev="DEBUG", prod="INFO")]
    """What handlers log: TRACE, DEBUG, INFO, WARN, ERROR or FATAL."""
    timeout: values.InvocationTimeout | None = None
    """The limit of one invocation: a duration, at most 15m. Left out: 15m, or the execution timeout if that is less."""
    memory_size: Annotated[rules.MemorySize, _always("512")]
    """Memory in MB: 128 to 10240."""
    architecture: Annotated[rules.Architecture, _always("arm64")]
    """The processor: arm64 or x86_64."""
    alias_name: rules.AliasName
    """The alias to invoke. Left out: the stack's name."""
    alias_versions: values.Versions = pydantic.Field(default_factory=dict)
    """Versions that aliases are kept on instead of the newest, by function: `pulumi config set --path
    aliasVersions.orders 7`."""
    log_retention: values.LogRetention | None = None
    """How long logs are kept: days, such as 30d. Left out: as long as the histories, rounded up to what CloudWatch
    takes."""
    retain_logs: Annotated[values.Truth, Usual(dev="false", prod="true")]
    """Whether log groups stay in the account when the stack is destroyed."""
    errors_alarm: Annotated[values.Truth, _always("true")]
    """Whether to make an alarm on each function's errors."""
    errors_alarm_threshold: Annotated[rules.AlarmThreshold, _always("5")]
    """The errors in five minutes above which the alarm goes off."""
    durable_alarms: Annotated[values.Truth, Usual(dev="false", prod="true")]
    """Whether to make alarms on failed and timed out executions, throttles, executions near Lambda's limits, and dead
    letters."""
    alarm_topic: Annotated[values.Truth, Usual(dev="false", prod="true")]
    """Whether to make an SNS topic that alarms and failed executions are sent to, unless alarmTopicArn names one."""
    alarm_topic_arn: values.TopicArn | None = None
    """An SNS topic of your own for that, whose policy lets cloudwatch.amazonaws.com and events.amazonaws.com publish."""
    alarm_email: values.Email | None = None
    """An address that the topic which is made sends to; it gets a mail to confirm with first."""
    dashboard: Annotated[values.Truth, Usual(dev="false", prod="true")]
    """Whether to make a CloudWatch dashboard, and an alarm on the account's limit of running executions."""
    dead_letter_queue: Annotated[values.Truth, Usual(dev="false", prod="true")]
    """Whether to make queues for the events of executions that fail, time out or are stopped."""
    deletion_protection: Annotated[values.Truth, Usual(dev="false", prod="true")]
    """Whether nothing of the stack can be deleted until this is set to false, in a deployment of its own."""
    settlement_time: Annotated[values.Delay, _always("5s")]
    """How long the order workflow waits after the charge: a duration."""
    approval_timeout: Annotated[values.ExecutionTimeout, _always("10m")]
    """How long the order workflow waits for a person's approval: a duration."""
    approval_threshold: Annotated[values.Cents, _always("10000")]
    """The total in cents from which an order needs approval."""
    reconcile_schedule: Annotated[rules.Schedule, _always("cron(0 3 * * ? *)")]
    """When payments are compared with the provider's, such as rate(1 hour) or cron(0 3 * * ? *), in UTC."""
    build_for: Annotated[rules.BuildFor, _always("lambda")]
    """Where handlers run: lambda, or host for the local cloud."""
    cost_operations: Annotated[values.Operations, _always("12")]
    """How many durable operations an execution has, for the cost hint."""
    cost_kilobytes: Annotated[values.Kilobytes, _always("20")]
    """How many KB an execution writes, for the cost hint."""
    price_of_million_operations: values.Price | None = None
    """The price of a million durable operations in your region, for the cost hint. Left out: no amount is shown."""
    price_of_gigabyte_written: values.Price | None = None
    """The price of a GB written, likewise."""
    price_of_gigabyte_month_kept: values.Price | None = None
    """The price of a GB kept for a month, likewise."""
    _alias_is_computed: bool = False

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _one_value(cls, value: object, info: pydantic.ValidationInfo) -> object:
        """Refuse a list or a map, whose JSON may look like a text that is allowed."""
        found = values.structure(value)
        if found is not None and info.field_name != "alias_versions":
            raise ValueError(f"must be one value, not a {'map' if isinstance(found, dict) else 'list'}")
        return value

    @classmethod
    def usual(cls, profile: str) -> dict[str, str]:
        """Return what a profile gives, by the keys of a stack file."""
        return {
            str(field.alias): getattr(default, profile)
            for field in cls.model_fields.values()
            for default in field.metadata
            if isinstance(default, Usual)
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
        """Parse a configuration as the engine hands it over; an empty text counts as left out.

        Where the file says nothing, the profile does; the alias is named after the stack.

        Args:
            config: the values by key, with its namespace.
            project: the project's name, which is the namespace of its keys.
            stack: the stack's name.
            secret_keys: the keys whose values are not shown.
            title: what an error calls the configuration. Default: the stack's file.
            problems: what is known to be wrong, by key without the namespace.

        Raises:
            InvalidArgsError: lists every mistake; the value of a secret is not shown.
        """
        title = title or f"stacks/Pulumi.{stack}.yaml"
        said = {
            key.removeprefix(f"{project}:"): value
            for key, value in config.items()
            if key.startswith(f"{project}:") and value != ""
        }
        # Without a profile that exists, one problem is enough.
        profile = name if (name := said.get("profile")) in PROFILES else PROFILES[0]
        misspelt = list(cls._misspelt(config, project))
        try:
            settings = cls.parse(
                title, {"aliasName": stack, **cls.usual(profile), **said}, [*problems, *misspelt]
            )
        except InvalidArgsError as error:
            named = [
                problem if problem in misspelt else _in_file(problem, project, secret_keys)
                for problem in error.problems
            ]
            raise InvalidArgsError(title, named) from None
        settings._alias_is_computed = "aliasName" not in said
        return settings

    @classmethod
    def _misspelt(cls, config: Mapping[str, Any], project: str) -> Iterable[Problem]:
        """Find known keys in a namespace that is nearly the project's: nobody would read them."""
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
        """Find durations that do not fit into the execution, and values that need others."""
        if "alarmEmail" in given and ("alarmTopicArn" in given or str(given.get("alarmTopic")) != "true"):
            yield Problem(
                "alarmEmail",
                "is for the topic that is made: set alarmTopic to true and leave alarmTopicArn out",
                given["alarmEmail"],
            )
        prices = [key for key in _PRICES if key in given]
        if 0 < len(prices) < len(_PRICES):
            yield Problem(
                " | ".join(_PRICES), f"all are needed, or none; got {' and '.join(prices)}", given=False
            )
        whole, settlement, approval = (
            values.duration(given.get(key), values.SECONDS)
            for key in ("executionTimeout", "settlementTime", "approvalTimeout")
        )
        waits = (settlement or 0) + (approval or 0)
        if whole is not None and approval is not None and waits >= whole:
            yield Problem(
                "approvalTimeout",
                f"with settlementTime it is {waits} s and leaves nothing of executionTimeout = {whole} s; "
                "lengthen the execution or shorten the wait",
                given["approvalTimeout"],
            )

    def naming(self) -> pulumi.ResourceOptions:
        """Return the options of a function by which its alias keeps a name that the file does not say.

        The name is the stack's, and a stack may be renamed while others call its functions.
        """
        return pulumi.ResourceOptions(transformations=[_keep_alias_name] if self._alias_is_computed else None)

    def alarm_topic_args(self) -> AlarmTopicArgs | None:
        """Return the arguments of the topic that is to be made; None where the file names one, or wants none."""
        if not self.alarm_topic or self.alarm_topic_arn:
            return None
        return {"emails": [self.alarm_email] if self.alarm_email else []}

    def function_args(self, function: str, topic: pulumi.Input[str] | None) -> DurableFunctionArgs:
        """Return what the file says of a function; its alarms and failures go to the topic."""
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
            "build_for": self.build_for,
        }
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
        """Return what so many executions would do and keep."""
        return Workload(executions, self.cost_operations, self.cost_kilobytes, self.retention)

    def prices(self) -> Prices | None:
        """Return the prices, if the file gives them."""
        operations, written = self.price_of_million_operations, self.price_of_gigabyte_written
        kept = self.price_of_gigabyte_month_kept
        if operations is None or written is None or kept is None:
            return None
        return Prices(operations, written, kept)

    def function_environment(self) -> dict[str, pulumi.Input[str]]:
        """Return the environment variables that every handler finds."""
        return {"ENVIRONMENT": self.environment, "LOG_LEVEL": self.log_level}


def _keep_alias_name(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    if args.type_ != "aws:lambda/alias:Alias":
        return None
    kept = pulumi.ResourceOptions(ignore_changes=["name"])
    return pulumi.ResourceTransformationResult(args.props, pulumi.ResourceOptions.merge(args.opts, kept))


def _in_file(problem: Problem, project: str, secret_keys: Collection[str]) -> Problem:
    setting = problem.key.partition(".")[0]
    secret = f"{project}:{setting}" in secret_keys
    return dataclasses.replace(
        problem, key=f"{project}:{problem.key}", value="[secret]" if secret else problem.value
    )
