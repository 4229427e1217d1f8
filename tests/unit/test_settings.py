from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
import yaml
from pulumi_durable_functions import (
    DurableFunction,
    DurableFunctionArgs,
    Prices,
    Workload,
    cost_hint,
    cost_of,
    public_prices,
)

from stacks import Settings
from stacks.settings import PROFILES
from tables.account import TOPIC, Recorder, Registrations, declare
from tables.invalid_inputs import FUNCTION_ARGS

PROJECT = Path(__file__).resolve().parents[2]
REQUIRED = {"executionTimeout": "15m", "retention": "2d"}
OPS = f"{TOPIC}:ops"


def settings(*, stack: str = "test", **said: str) -> Settings:
    """Return the settings of a file that says these keys and what every file has to."""
    given = {"profile": "dev", **REQUIRED, **said}
    return Settings.from_config({f"shop:{key}": value for key, value in given.items()}, "shop", stack)


def keys() -> dict[str, bool]:
    """Return every key of a stack file, and whether it may be absent from file and profile."""
    return {str(field.alias): not field.is_required() for field in Settings.model_fields.values()}


@pytest.mark.parametrize(("said", "kept"), [({}, ["name"]), ({"aliasName": "live"}, [])])
def test_an_alias_that_is_named_after_the_stack_keeps_its_name_when_the_stack_gets_another(
    said: Mapping[str, str], kept: list[str]
) -> None:
    cloud = Recorder()
    registered = Registrations(cloud)
    pulumi.runtime.set_mocks(cloud, project="shop", stack="test", monitor=registered)
    given = settings(**said)
    args = cast(DurableFunctionArgs, {**FUNCTION_ARGS, **given.function_args("orders", None)})
    declare(lambda: DurableFunction("orders", args, given.naming()))
    assert list(registered.requests["Alias orders"].ignoreChanges) == kept
    assert list(registered.requests["Alias orders"].hooks.before_delete)


# The profiles.

SAME: Mapping[str, Any] = {
    "execution_timeout_seconds": 900,
    "retention_days": 2,
    "memory_size_mb": 512,
    "architecture": "arm64",
    "alias_name": "test",
    "errors_alarm": True,
    "errors_alarm_threshold": 5,
}


def test_development_is_short_cheap_and_leaves_nothing() -> None:
    assert settings(profile="dev").function_args("orders", None) == {
        **SAME,
        "application_log_level": "DEBUG",
        "retain_logs": False,
        "durable_alarms": False,
        "dead_letter_queue": False,
        # A stack file says so itself, so that a change of the profile deletes nothing.
        "deletion_protection": True,
    }


def test_production_is_watched_and_guarded() -> None:
    assert settings(profile="prod").function_args("orders", OPS) == {
        **SAME,
        "application_log_level": "INFO",
        "retain_logs": True,
        "durable_alarms": True,
        "dead_letter_queue": True,
        "deletion_protection": True,
        "alarm_actions": [OPS],
        "failure_topic_arn": OPS,
    }


@pytest.mark.parametrize(
    ("profile", "dashboard", "topic", "environment"),
    [
        ("dev", False, None, {"ENVIRONMENT": "development", "LOG_LEVEL": "DEBUG"}),
        ("prod", True, {"emails": []}, {"ENVIRONMENT": "production", "LOG_LEVEL": "INFO"}),
    ],
)
def test_what_a_profile_says_beside_the_functions(
    profile: str, dashboard: bool, topic: object, environment: dict[str, str]
) -> None:
    given = settings(profile=profile)
    assert given.dashboard is dashboard
    assert given.alarm_topic_args() == topic
    assert given.function_environment() == environment
    assert (given.settlement_time, given.approval_timeout, given.approval_threshold) == (5, 600, 10_000)
    assert given.reconcile_schedule == "cron(0 3 * * ? *)"


OVERRIDES: dict[str, tuple[str, Any]] = {
    "memorySize": ("1024", 1024),
    "architecture": ("x86_64", "x86_64"),
    "errorsAlarm": ("false", False),
    "errorsAlarmThreshold": ("0", 0),
    "settlementTime": ("1m", 60),
    "approvalTimeout": ("5m", 300),
    "approvalThreshold": ("0", 0),
    "reconcileSchedule": ("rate(1 hour)", "rate(1 hour)"),
    "costOperations": ("3", 3),
    "costKilobytes": ("0.5", 0.5),
    "environment": ("staging", "staging"),
    "logLevel": ("ERROR", "ERROR"),
    "retainLogs": ("true", True),
    "durableAlarms": ("true", True),
    "alarmTopic": ("true", True),
    "dashboard": ("true", True),
    "deadLetterQueue": ("true", True),
    "deletionProtection": ("false", False),
}


def test_each_key_of_a_profile_has_an_override_in_the_table() -> None:
    assert set(Settings.defaults("dev")) == set(Settings.defaults("prod")) == set(OVERRIDES)


@pytest.mark.parametrize("key", OVERRIDES)
def test_the_file_wins_over_its_profile(key: str) -> None:
    field = next(name for name, each in Settings.model_fields.items() if each.alias == key)
    said, read = OVERRIDES[key]
    given, usual = settings(**{key: said}).model_dump(), settings().model_dump()
    assert given[field] == read
    assert {name for name in given if given[name] != usual[name]} == {field}


@pytest.mark.parametrize("key", OVERRIDES)
def test_a_key_that_the_engine_gives_as_empty_is_left_out(key: str) -> None:
    assert settings(**{key: ""}) == settings()


def test_the_alias_is_named_after_the_stack_or_as_the_file_says() -> None:
    assert settings(stack="prod").function_args("orders", None)["alias_name"] == "prod"
    assert settings(stack="prod", aliasName="live").function_args("orders", None)["alias_name"] == "live"


def test_keys_of_other_projects_and_packages_are_not_looked_at() -> None:
    said = {f"shop:{key}": value for key, value in {"profile": "dev", **REQUIRED}.items()}
    others = {"aws:region": "eu-west-1", "bakery:executionTimeout": "soon"}
    assert Settings.from_config({**said, **others}, "shop", "test") == settings()


# What a function gets.


@pytest.mark.parametrize("profile", PROFILES)
def test_what_a_stack_file_may_say_is_what_a_function_takes(cloud: Recorder, profile: str) -> None:
    options = settings(profile=profile).function_args("orders", OPS)
    args = cast(DurableFunctionArgs, {**FUNCTION_ARGS, **options})
    declare(lambda: DurableFunction("orders", args))
    assert len(cloud.all("aws:cloudwatch/metricAlarm:MetricAlarm")) == {"dev": 1, "prod": 4}[profile]


@pytest.mark.parametrize(
    ("said", "option", "value"),
    [
        ({"timeout": "30s"}, "timeout_seconds", 30),
        ({"logRetention": "60d"}, "log_retention_days", 60),
        ({"buildFor": "host"}, "build_for", "host"),
        ({"errorsAlarmThreshold": "7"}, "errors_alarm_threshold", 7),
    ],
)
def test_what_the_file_may_leave_out_is_left_out(said: dict[str, str], option: str, value: object) -> None:
    without: Mapping[str, Any] = (
        {} if option == "errors_alarm_threshold" else settings().function_args("orders", None)
    )
    assert option not in without
    assert cast(dict[str, Any], settings(**said).function_args("orders", None))[option] == value


def test_a_threshold_of_no_alarm_is_not_passed_on() -> None:
    options = settings(errorsAlarm="false", errorsAlarmThreshold="7").function_args("orders", None)
    assert options["errors_alarm"] is False
    assert "errors_alarm_threshold" not in options


def test_a_version_holds_the_alias_of_its_function_alone() -> None:
    given = settings(aliasVersions='{"orders": 7}')
    assert given.function_args("orders", None)["alias_version"] == "7"
    assert "alias_version" not in given.function_args("payments", None)


@pytest.mark.parametrize("nothing", ["", "{}"])
def test_no_alias_is_held_unless_the_file_says_so(nothing: str) -> None:
    assert "alias_version" not in settings(aliasVersions=nothing).function_args("orders", None)


@pytest.mark.parametrize(
    ("said", "made"),
    [
        ({}, None),
        ({"alarmTopic": "true"}, {"emails": []}),
        ({"alarmTopic": "true", "alarmEmail": "ops@shop.example"}, {"emails": ["ops@shop.example"]}),
        ({"alarmTopicArn": OPS}, None),
        ({"alarmTopic": "true", "alarmTopicArn": OPS}, None),
    ],
)
def test_a_topic_is_made_unless_the_file_names_one_or_wants_none(
    said: dict[str, str], made: dict[str, list[str]] | None
) -> None:
    assert settings(**said).alarm_topic_args() == made


# The files.


def test_every_key_is_declared_and_described() -> None:
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text())["config"]
    own = {key: entry for key, entry in declared.items() if ":" not in key}
    assert set(own) == set(keys())
    for key, entry in own.items():
        required = key in {"profile", "executionTimeout", "retention"}
        # At another type, and at what is missing, the engine would stop with an error of its own.
        assert "type" not in entry, key
        assert entry["default"] == "", key
        assert entry["description"].startswith("Required. ") == required, key


def test_what_neither_file_nor_profile_says_may_be_left_out_or_is_asked_for() -> None:
    unsaid = {key for key, optional in keys().items() if not optional} - set(Settings.defaults("dev"))
    assert unsaid == {"profile", "executionTimeout", "retention", "aliasName"}


@pytest.mark.parametrize("file", sorted(PROJECT.glob("stacks/Pulumi.*.yaml")), ids=lambda file: file.stem)
def test_every_file_here_is_right(file: Path) -> None:
    config = yaml.safe_load(file.read_text())["config"]
    stack = file.stem.removeprefix("Pulumi.")
    read = Settings.from_config(config, "durable-functions", stack)
    assert read.profile == ("prod" if stack == "prod" else "dev")


# The cost.

WORKLOAD = Workload(executions=1_000, operations=12, kilobytes=20, retention_days=30)
PRICES = Prices(million_operations=8, gigabyte_written=0.25, gigabyte_month_kept=0.15)


def test_cost_is_operations_and_what_is_written_and_kept() -> None:
    assert (WORKLOAD.gigabytes, WORKLOAD.gigabyte_months) == (0.02, 0.02)
    assert cost_of(WORKLOAD, PRICES) == pytest.approx(
        {"operations": 0.096, "written": 0.005, "kept": 0.003, "total": 0.104}
    )


def test_what_is_kept_grows_with_the_retention_and_nothing_else_does() -> None:
    longer = cost_of(Workload(1_000, 12, 20, 90), PRICES)
    assert longer == pytest.approx({"operations": 0.096, "written": 0.005, "kept": 0.009, "total": 0.11})


@pytest.mark.parametrize(
    ("workload", "prices", "hint"),
    [
        (WORKLOAD, None, ""),
        (
            Workload(2_500_000, 7, 1.5, 1),
            Prices(0, 0, 8, currency="EUR"),
            "2,500,000 executions of 7 operations and 1.5 KB keep 3.75 GB for 1 day: 0.125 GB-months; "
            "cost 1 EUR (operations 0, written 0, kept 1)",
        ),
        (
            Workload(3_000_000_000, 5, 0.001, 30),
            Prices(1, 0.000_1, 0),
            "3,000,000,000 executions of 5 operations and 0.001 KB keep 3 GB for 30 days: 3 GB-months; "
            "cost 15,000 (operations 15,000, written 0.0003, kept 0)",
        ),
        (
            WORKLOAD,
            PRICES,
            "1,000 executions of 12 operations and 20 KB keep 0.02 GB for 30 days: 0.02 GB-months; "
            "cost 0.104 (operations 0.096, written 0.005, kept 0.003)",
        ),
    ],
)
def test_the_hint_is_a_line_for_a_person(workload: Workload, prices: Prices | None, hint: str) -> None:
    assert cost_hint(workload, prices) == hint


@pytest.mark.parametrize("region", ["us-east-1", "us-east-2"])
def test_awss_public_prices_are_told_with_their_region_and_date(region: str) -> None:
    prices = public_prices(region)
    assert prices is not None
    assert (prices.million_operations, prices.gigabyte_written, prices.gigabyte_month_kept) == (8, 0.25, 0.15)
    assert cost_hint(WORKLOAD, prices).endswith(
        f"cost 0.104 USD (operations 0.096, written 0.005, kept 0.003; AWS's prices for {region}, November 2026)"
    )


@pytest.mark.parametrize("region", ["eu-west-1", "", None])
def test_where_no_price_is_known_nothing_is_told(region: str | None) -> None:
    assert public_prices(region) is None


def test_the_file_says_what_executions_do_and_cost() -> None:
    given = settings(
        costOperations="7",
        costKilobytes="1.5",
        priceOfMillionOperations="8",
        priceOfGigabyteWritten="0.25",
        priceOfGigabyteMonthKept="0",
    )
    assert given.workload(executions=3) == Workload(3, 7, 1.5, 2)
    assert given.prices() == Prices(8, 0.25, 0)
    assert settings().prices() is None
