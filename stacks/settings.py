"""A stack file as the program uses it: parsed once, every mistake shown at once."""

import dataclasses
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Any, Self

import pulumi
import pydantic
from pulumi_durable_functions import (
    AlarmTopicArgs,
    Args,
    DurableFunctionOptions,
    InvalidArgsError,
    Prices,
    Problem,
    Workload,
    rules,
)
from pydantic.alias_generators import to_camel

from stacks.profiles import PROFILES

FUNCTIONS = ("orders", "payments")
"""The program's durable functions."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": rules.DAY_SECONDS}
_DURATION = re.compile(r"(\d{1,9})([smhd])")


def _seconds(value: object) -> object:
    """Read `90s`, `15m`, `24h`, `30d` or a plain number of seconds."""
    if isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        return int(match[1]) * _UNITS[match[2]]
    if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()):
        return value
    raise ValueError("must be a duration: a number of seconds, or a number with s, m, h or d such as 15m")


def _days(value: object) -> object:
    """Read `30d` or a plain number of days."""
    if isinstance(value, str) and (match := re.fullmatch(r"(\d{1,9})d?", value)):
        return int(match[1])
    if isinstance(value, int):
        return value
    raise ValueError("must be a number of days, such as 30d")


def _truth(value: object) -> object:
    """Read true and false, and nothing else that pydantic takes for them."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value


def _versions(value: object) -> object:
    """Read a structured value, which the engine hands over as JSON; numbers in it become text."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        parsed = value
    if not isinstance(parsed, dict):
        raise ValueError("must be versions by function: pulumi config set --path 'aliasVersions.orders' 7")
    if strangers := sorted(set(parsed) - set(FUNCTIONS)):
        raise ValueError(f"names {', '.join(strangers)}; the program's functions are {', '.join(FUNCTIONS)}")
    return {key: str(item) for key, item in parsed.items()}


_Versions = pydantic.BeforeValidator(_versions)
_Seconds = pydantic.BeforeValidator(_seconds)
_Days = pydantic.BeforeValidator(_days)
_Truth = Annotated[bool, pydantic.BeforeValidator(_truth)]
_Environment = Annotated[str, rules.matching(r"\S{1,64}", "1 to 64 characters without spaces")]
_TopicArn = Annotated[
    str,
    rules.matching(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9-_]{1,256}",
        "the ARN of a standard SNS topic: arn:<partition>:sns:<region>:<account>:<name>",
    ),
]
_Email = Annotated[str, rules.matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address such as ops@shop.example")]
_Operations = Annotated[
    int, rules.bounded(1, 3_000, "operations", "Lambda ends an execution that needs more")
]
_Kilobytes = Annotated[float, rules.bounded(0, 100_000, "KB", "Lambda ends an execution that writes more")]
_Price = Annotated[float, rules.bounded(0, 1_000_000, "a unit", "see AWS's price list of the region")]
_PRICES = ("priceOfMillionOperations", "priceOfGigabyteWritten", "priceOfGigabyteMonthKept")
_Delay = Annotated[int, rules.bounded(0, rules.MAX_EXECUTION_SECONDS, "seconds", "write 5s, 15m or 24h")]
_Cents = Annotated[int, rules.bounded(0, 10**12, "cents", "0 asks for every order's approval")]


class Settings(Args):
    """What one stack file says, above its profile; the keys are described in Pulumi.yaml."""

    model_config = pydantic.ConfigDict(alias_generator=to_camel)

    profile: Annotated[str, rules.one_of(PROFILES, "a stack of another name takes one of these too")]
    execution_timeout: Annotated[rules.ExecutionTimeout, _Seconds]
    retention: Annotated[rules.Retention, _Days]
    environment: _Environment
    log_level: rules.LogLevel
    timeout: Annotated[rules.InvocationTimeout, _Seconds] | None = None
    memory_size: rules.MemorySize
    architecture: rules.Architecture
    alias_name: rules.AliasName
    alias_versions: Annotated[dict[str, rules.Version], _Versions] = pydantic.Field(default_factory=dict)
    log_retention: Annotated[rules.LogRetention, _Days] | None = None
    retain_logs: _Truth
    errors_alarm: _Truth
    errors_alarm_threshold: rules.AlarmThreshold
    durable_alarms: _Truth
    alarm_topic: _Truth
    alarm_topic_arn: _TopicArn | None = None
    alarm_email: _Email | None = None
    dashboard: _Truth
    dead_letter_queue: _Truth
    deletion_protection: _Truth
    settlement_time: Annotated[_Delay, _Seconds]
    approval_timeout: Annotated[rules.ExecutionTimeout, _Seconds]
    approval_threshold: _Cents
    reconcile_schedule: rules.Schedule
    build_for: rules.BuildFor
    cost_operations: _Operations
    cost_kilobytes: _Kilobytes
    price_of_million_operations: _Price | None = None
    price_of_gigabyte_written: _Price | None = None
    price_of_gigabyte_month_kept: _Price | None = None
    _alias_is_computed: bool = False

    @classmethod
    def load(cls) -> Self:
        """Parse the configuration of the stack that is being deployed.

        Raises:
            InvalidArgsError: lists every mistake in the stack file.
        """
        secrets = pulumi.runtime.get_config_secret_keys_env()
        return cls.from_config(
            pulumi.runtime.get_config_env(), pulumi.get_project(), pulumi.get_stack(), secrets
        )

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], project: str, stack: str, secret_keys: Collection[str] = ()
    ) -> Self:
        """Parse a configuration as the engine hands it over; an empty text counts as left out.

        Where the file says nothing, the profile does; the alias is named after the stack.

        Raises:
            InvalidArgsError: lists every mistake; the value of a secret is not shown.
        """
        own = {
            key.removeprefix(f"{project}:"): value
            for key, value in config.items()
            if key.startswith(f"{project}:")
        }
        said = {key: value for key, value in own.items() if value != ""}
        # Without a profile that exists, one problem is enough.
        profile = PROFILES.get(said.get("profile", ""), PROFILES["dev"])
        given = {"aliasName": stack, **profile, **said}
        try:
            settings = cls.parse(f"stacks/Pulumi.{stack}.yaml", given)
        except InvalidArgsError as error:
            raise InvalidArgsError(
                f"stacks/Pulumi.{stack}.yaml",
                [_in_file(problem, f"{project}:{problem.key}", secret_keys) for problem in error.problems],
            ) from None
        settings._alias_is_computed = "aliasName" not in said
        return settings

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find durations that do not fit into the execution."""
        seconds = {
            key: _seconds_or_none(given.get(key))
            for key in ("executionTimeout", "settlementTime", "approvalTimeout")
        }
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
        whole, approval = seconds["executionTimeout"], seconds["approvalTimeout"]
        waits = (seconds["settlementTime"] or 0) + (approval or 0)
        if whole is not None and approval is not None and waits >= whole:
            yield Problem(
                "approvalTimeout",
                f"with settlementTime it is {waits} s and leaves nothing of executionTimeout = {whole} s; "
                "lengthen the execution or shorten the wait",
                given["approvalTimeout"],
            )

    def release_of(self, function: str) -> DurableFunctionOptions:
        """Return the version that a function's alias is kept on, if the file names one."""
        held = self.alias_versions.get(function)
        return {} if held is None else {"alias_version": held}

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

    def function_options(self, topic: pulumi.Input[str] | None) -> DurableFunctionOptions:
        """Return the arguments that are the same for every function of the stack; alarms and failures go to the topic."""
        options: DurableFunctionOptions = {
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
        if topic is not None:
            options |= {"alarm_actions": [topic], "failure_topic_arn": topic}
        if self.errors_alarm:
            options["errors_alarm_threshold"] = self.errors_alarm_threshold
        if self.timeout is not None:
            options["timeout_seconds"] = self.timeout
        if self.log_retention is not None:
            options["log_retention_days"] = self.log_retention
        return options

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


def _seconds_or_none(value: object) -> int | None:
    try:
        return int(str(_seconds(value)))
    except ValueError:
        return None


def _in_file(problem: Problem, key: str, secret_keys: Collection[str]) -> Problem:
    return dataclasses.replace(problem, key=key, value="[secret]" if key in secret_keys else problem.value)
