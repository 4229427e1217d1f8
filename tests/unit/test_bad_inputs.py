from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pulumi
import pytest

from components import CallbackGrant, DurableFunction, ExecutionGrant, InvalidArgsError, InvokeGrant
from stacks import Settings
from tests.unit.bad_inputs import (
    CALLBACK_CASES,
    EXECUTION_CASES,
    FUNCTION_ARGS,
    FUNCTION_CASES,
    INVOKE_CASES,
    STACK,
    STACK_CASES,
)
from tests.unit.mocks import Recorder, declare


def refused(cloud: Recorder, program: Callable[[], object]) -> InvalidArgsError:
    """Return the error of a program, of which nothing was registered."""
    with pytest.raises(InvalidArgsError) as caught:
        declare(program)
    assert cloud.made == []
    return caught.value


@pytest.mark.parametrize(("changes", "message"), FUNCTION_CASES)
def test_function_refuses(cloud: Recorder, changes: Mapping[str, Any], message: str) -> None:
    args: Any = {**FUNCTION_ARGS, **changes}
    error = refused(cloud, lambda: DurableFunction("orders", args))
    assert str(error) == f"DurableFunction 'orders' has 1 problem:\n  {message}"


@pytest.mark.parametrize(("args", "message"), INVOKE_CASES)
def test_invoke_grant_refuses(cloud: Recorder, args: Any, message: str) -> None:
    error = refused(cloud, lambda: InvokeGrant("g", args))
    assert message in [str(problem) for problem in error.problems]


@pytest.mark.parametrize(("args", "message"), CALLBACK_CASES)
def test_callback_grant_refuses(cloud: Recorder, args: Any, message: str) -> None:
    error = refused(cloud, lambda: CallbackGrant("g", args))
    assert str(error) == f"CallbackGrant 'g' has 1 problem:\n  {message}"


@pytest.mark.parametrize(("args", "message"), EXECUTION_CASES)
def test_execution_grant_refuses(cloud: Recorder, args: Any, message: str) -> None:
    error = refused(cloud, lambda: ExecutionGrant("g", args))
    assert str(error) == f"ExecutionGrant 'g' has 1 problem:\n  {message}"


@pytest.mark.parametrize(("changes", "message"), STACK_CASES)
def test_stack_file_refuses(changes: Mapping[str, Any], message: str) -> None:
    given = {**STACK, **changes}
    config = {f"shop:{key}": value for key, value in given.items() if value is not None}
    with pytest.raises(InvalidArgsError) as caught:
        Settings.from_config(config, "shop", "dev")
    assert str(caught.value) == f"stacks/Pulumi.dev.yaml has 1 problem:\n  shop:{message}"


def test_every_problem_is_shown_at_once(cloud: Recorder) -> None:
    args: Any = {**FUNCTION_ARGS, "runtime": "cobol", "memory_size_mb": 1, "colour": "red", "code_path": "x"}
    error = refused(cloud, lambda: DurableFunction("orders", args))
    assert str(error).startswith("DurableFunction 'orders' has 4 problems:\n  runtime = 'cobol': ")
    assert [problem.key for problem in error.problems] == [
        "runtime",
        "memory_size_mb",
        "colour",
        "code_path | code_inline | s3_bucket | image_uri",
    ]


def test_every_problem_of_a_stack_file_is_shown_at_once() -> None:
    with pytest.raises(InvalidArgsError) as caught:
        Settings.from_config(
            {"shop:timeout": "1h", "shop:executionTimeout": "30m", "shop:logLevel": "?"}, "shop", "dev"
        )
    keys = [problem.key for problem in caught.value.problems]
    assert keys.count("shop:timeout") == 2
    assert {"shop:retention", "shop:logLevel", "shop:profile"} < set(keys)


def test_the_value_of_a_secret_is_not_shown() -> None:
    config = {f"shop:{key}": value for key, value in STACK.items()} | {"shop:environment": "hush hush"}
    with pytest.raises(InvalidArgsError) as caught:
        Settings.from_config(config, "shop", "dev", secret_keys=["shop:environment"])
    assert "shop:environment = '[secret]': must be" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_what_an_environment_holds_is_not_shown(cloud: Recorder) -> None:
    args: Any = {**FUNCTION_ARGS, "environment": {"PASSWORD": "hush", "1A": "x"}}
    assert "hush" not in str(refused(cloud, lambda: DurableFunction("orders", args)))


def test_an_output_where_the_value_must_be_known_is_refused(cloud: Recorder) -> None:
    args: Any = {**FUNCTION_ARGS, "memory_size_mb": pulumi.Output.from_input(512)}
    error = refused(cloud, lambda: DurableFunction("orders", args))
    assert str(error.problems[0]) == (
        "memory_size_mb: must be known when the program runs; an output cannot be used here"
    )


@pytest.mark.parametrize("name", ["my orders", "1st", "a" * 41, ""])
def test_a_name_of_which_aws_makes_no_names_is_refused(cloud: Recorder, name: str) -> None:
    args: Any = FUNCTION_ARGS
    error = refused(cloud, lambda: DurableFunction(name, args))
    assert [problem.key for problem in error.problems] == ["name"]


@pytest.mark.parametrize("alarm", ["true", "false"])
@pytest.mark.parametrize(("timeout", "logs"), [("", ""), ("30s", "60d")])
def test_what_a_stack_file_may_say_is_what_a_function_takes(
    cloud: Recorder, alarm: str, timeout: str, logs: str
) -> None:
    config = {**STACK, "errorsAlarm": alarm, "timeout": timeout, "logRetention": logs}
    settings = Settings.from_config({f"shop:{key}": value for key, value in config.items()}, "shop", "dev")
    args: Any = {
        **settings.function_options(None),
        "execution_timeout_seconds": settings.execution_timeout,
        "code_inline": "def handler(event, context): ...",
        "runtime": "python3.13",
        "handler": "index.handler",
    }
    declare(lambda: DurableFunction("orders", args))
    assert len(cloud.all("aws:cloudwatch/metricAlarm:MetricAlarm")) == 5 + (alarm == "true")
    assert cloud.one("aws:lambda/function:Function")["timeout"] == (30 if timeout else 900)
    assert cloud.one("aws:cloudwatch/logGroup:LogGroup")["retentionInDays"] == (60 if logs else 1)


@pytest.mark.parametrize("grantee", ["orders", 5, None])
def test_a_grantee_that_is_nobody_is_refused(cloud: Recorder, grantee: Any) -> None:
    args: Any = FUNCTION_ARGS
    with pytest.raises(InvalidArgsError, match="InvokeGrant 'x' has 1 problem"):
        declare(lambda: DurableFunction("orders", args).grant_invoke("x", grantee))
    assert cloud.all("aws:iam/rolePolicy:RolePolicy") == []


@pytest.mark.parametrize(
    ("key", "edges"),
    [
        ("execution_timeout_seconds", [900, 31_622_400]),
        ("retention_days", [1, 90]),
        ("timeout_seconds", [1, 900]),
        ("memory_size_mb", [128, 10_240]),
        ("errors_alarm_threshold", [0, 1_000_000_000]),
        ("errors_alarm_evaluation_periods", [1, 288]),
        ("errors_alarm_period_seconds", [60, 86_400]),
        ("log_retention_days", [1, 3653]),
        ("ephemeral_storage_mb", [512, 10_240]),
        ("reserved_concurrency", [0, 1_000_000]),
        ("layers", [[], ["layer"] * 5]),
        ("alias_name", ["a", "a" * 128]),
        ("function_name", ["a", "a" * 64]),
        ("environment", [{}, {"BIG": "x" * 4093}]),
    ],
)
def test_both_edges_are_allowed(cloud: Recorder, key: str, edges: list[Any]) -> None:
    for edge in edges:
        args: Any = {**FUNCTION_ARGS, key: edge}
        declare(partial(DurableFunction, "orders", args))
