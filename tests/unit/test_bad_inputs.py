import json
import pydoc
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_durable_functions as durable
import pytest
from pulumi_durable_functions import DurableFunction, InvalidArgsError

from stacks import Settings
from tables.account import QUEUE, TOPIC, Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS, STACK, STACK_FILES, TABLES
from tables.invalid_triggers import BETWEEN
from tables.sources import FORM, SOURCES, source_of


def refused(cloud: Recorder, program: Callable[[], object]) -> InvalidArgsError:
    """Return the error of a program, of which nothing was registered."""
    with pytest.raises(InvalidArgsError) as caught:
        declare(program)
    assert cloud.made == []
    return caught.value


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [(table, changes, message) for table, _, cases in TABLES for changes, message in cases],
)
def test_what_is_wrong_is_told_and_nothing_made(
    cloud: Recorder, table: str, changes: Mapping[str, Any], message: str
) -> None:
    usual = next(usual for title, usual, _ in TABLES if title == table)
    given = {**usual, **changes}
    if table == STACK_FILES:
        config = {f"shop:{key}": value for key, value in given.items() if value is not None}
        error = refused(cloud, lambda: Settings.from_config(config, "shop", "dev"))
        assert str(error) == f"stacks/Pulumi.dev.yaml has 1 problem:\n  shop:{message}"
    else:
        error = refused(cloud, lambda: getattr(durable, table)("orders", given))
        assert str(error) == f"{table} 'orders' has 1 problem:\n  {message}"


def test_every_rule_has_a_source_and_every_source_a_rule() -> None:
    messages = [message for _, _, cases in TABLES for _, message in cases] + list(BETWEEN.values())
    assert {source_of(message) for message in messages} == {FORM} | {source for _, source in SOURCES}
    with pytest.raises(LookupError):
        source_of("memory_size_mb = 300: must be even")


def test_every_component_that_takes_arguments_is_told_what_is_wrong() -> None:
    taking = {name.removesuffix("Args") for name in durable.__all__ if name.endswith("Args")} - {""}
    assert {title for title, _, _ in TABLES} == taking | {STACK_FILES}


@pytest.mark.parametrize(
    ("table", "usual"),
    [(title, usual) for title, usual, _ in TABLES if "Grant" not in title and title != STACK_FILES],
)
def test_what_stands_beside_a_wrong_value_is_right(
    cloud: Recorder, table: str, usual: Mapping[str, Any]
) -> None:
    declare(lambda: getattr(durable, table)("orders", usual))
    assert cloud.made


def test_every_problem_is_shown_at_once(cloud: Recorder) -> None:
    args: Any = {**FUNCTION_ARGS, "runtime": "COBOL", "memory_size_mb": 1, "colour": "red", "code_path": "x"}
    error = refused(cloud, lambda: DurableFunction("orders", args))
    assert str(error).startswith("DurableFunction 'orders' has 4 problems:\n  runtime = 'COBOL': ")
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
    assert {"shop:timeout", "shop:retention", "shop:logLevel", "shop:profile"} <= set(keys)


def test_the_value_of_a_secret_is_not_shown(cloud: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    config = {f"shop:{key}": value for key, value in STACK.items()} | {"shop:environment": "hush hush"}
    # As the engine hands them over.
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(config))
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", json.dumps(["shop:environment"]))
    with pytest.raises(InvalidArgsError) as caught:
        Settings.load()
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


@pytest.mark.parametrize("grantee", ["orders", 5, None])
def test_a_grantee_that_is_nobody_is_refused(cloud: Recorder, grantee: Any) -> None:
    args: Any = FUNCTION_ARGS
    with pytest.raises(InvalidArgsError, match="InvokeGrant 'x' has 1 problem"):
        declare(lambda: DurableFunction("orders", args).grant_invoke("x", grantee))
    assert cloud.role_grants() == []


EDGES: dict[str, list[tuple[dict[str, Any], str, list[Any]]]] = {
    "DurableFunction": [
        ({}, "execution_timeout_seconds", [900, 31_622_400]),
        ({"timeout_seconds": 1}, "execution_timeout_seconds", [1]),
        ({}, "retention_days", [1, 90]),
        ({}, "timeout_seconds", [1, 900]),
        ({}, "memory_size_mb", [128, 10_240]),
        ({}, "errors_alarm_threshold", [0, 1_000_000_000]),
        ({}, "errors_alarm_evaluation_periods", [1, 288]),
        ({"errors_alarm_period_seconds": 60}, "errors_alarm_evaluation_periods", [1440]),
        ({"errors_alarm_period_seconds": 3600}, "errors_alarm_evaluation_periods", [168]),
        ({}, "errors_alarm_period_seconds", [60, 86_400]),
        ({}, "log_retention_days", [1, 3653]),
        ({}, "ephemeral_storage_mb", [512, 10_240]),
        ({}, "reserved_concurrency", [0, 1_000_000]),
        ({}, "layers", [[], ["layer"] * 5]),
        ({}, "alias_name", ["a", "a" * 128]),
        ({"alias_version": "3"}, "new_version_weight", [0.0001, 0.9999]),
        ({}, "alias_version", ["1", "9" * 19]),
        ({}, "additional_aliases", [{}, {"a" * 128: "1"}]),
        ({}, "function_name", ["a", "a" * 64]),
        ({}, "handler", ["a.handler", "a" * 120 + ".handler", "shop.orders.handler"]),
        ({}, "description", ["", "a" * 256]),
        ({}, "environment", [{}, {"BIG": "x" * 4093}]),
        ({}, "tags", [{}, {f"key{number}": "v" * 256 for number in range(50)}]),
        ({}, "log_group_name", ["a", "a" * 512]),
        ({}, "dead_letter_arn", [f"{QUEUE}:lost", f"{TOPIC}:lost"]),
        ({}, "role_path", ["/", "/a/b/"]),
        ({}, "maximum_event_age_seconds", [60, 21_600]),
        ({}, "provisioned_concurrency", [1, 1_000_000]),
        ({"snap_start": True}, "ephemeral_storage_mb", [512]),
    ],
    "DurableMonitoring": [({}, "utilization_threshold_percent", [1, 99])],
    "ScheduleTrigger": [
        ({}, "schedule", ["rate(1 minute)", "rate(999999999 days)", "at(2027-01-31T03:00:00)"]),
        ({}, "flexible_minutes", [1, 1440]),
        ({}, "maximum_retry_attempts", [0, 185]),
        ({}, "maximum_event_age_seconds", [60, 86_400]),
        ({}, "description", ["", "a" * 512]),
    ],
    "EventTrigger": [
        ({}, "maximum_retry_attempts", [0, 185]),
        ({}, "maximum_event_age_seconds", [60, 86_400]),
        ({}, "description", ["", "a" * 512]),
    ],
    "BucketTrigger": [({}, "events", [["s3:ObjectRestore:*", "s3:LifecycleTransition"]])],
    "QueueTrigger": [
        ({}, "execution_timeout_seconds", [1, 900]),
        ({"intermediary": True}, "execution_timeout_seconds", [901, 31_622_400]),
        ({}, "batch_size", [1, 10]),
        ({"maximum_batching_window_seconds": 1}, "batch_size", [11, 10_000]),
        ({"maximum_batching_window_seconds": 1, "intermediary": True}, "batch_size", [1000]),
        ({"queue_arn": f"{QUEUE}:inbox.fifo"}, "batch_size", [1, 10]),
        ({}, "maximum_batching_window_seconds", [0, 300]),
        ({"queue_arn": f"{QUEUE}:inbox.fifo"}, "maximum_batching_window_seconds", [0]),
        ({}, "filter_patterns", [[{}], [{}] * 10]),
        ({}, "maximum_concurrency", [2, 1000]),
    ],
    "StreamTrigger": [
        ({}, "execution_timeout_seconds", [1, 900]),
        ({"intermediary": True}, "execution_timeout_seconds", [901, 31_622_400]),
        ({}, "batch_size", [1, 10_000]),
        ({"intermediary": True}, "batch_size", [1000]),
        ({}, "parallelization_factor", [1, 10]),
        ({}, "maximum_retry_attempts", [-1, 10_000]),
        ({}, "maximum_record_age_seconds", [-1, 60, 604_800]),
        ({}, "tumbling_window_seconds", [1, 900]),
    ],
    "UrlTrigger": [({}, "execution_timeout_seconds", [1, 900])],
}


@pytest.mark.parametrize(
    ("component", "beside", "key", "edge"),
    [
        (component, beside, key, edge)
        for component, rows in EDGES.items()
        for beside, key, edges in rows
        for edge in edges
    ],
)
def test_both_edges_are_allowed(
    cloud: Recorder, component: str, beside: dict[str, Any], key: str, edge: Any
) -> None:
    usual = next(usual for title, usual, _ in TABLES if title == component)
    declare(lambda: getattr(durable, component)("orders", {**usual, **beside, key: edge}))
    assert cloud.made


STACK_EDGES: list[tuple[dict[str, str], str, list[str]]] = [
    ({}, "executionTimeout", ["11m", "366d", "31622400"]),
    ({}, "retention", ["1d", "90", "90d"]),
    ({}, "timeout", ["1", "15m"]),
    ({}, "memorySize", ["128", "10240"]),
    ({}, "logRetention", ["1d", "3653"]),
    ({}, "errorsAlarmThreshold", ["0", "1000000000"]),
    ({}, "settlementTime", ["0", "299s"]),
    ({}, "approvalTimeout", ["1", "894"]),
    ({}, "approvalThreshold", ["0", "1000000000000"]),
    ({}, "environment", ["a", "a" * 64]),
    ({}, "costOperations", ["1", "3000"]),
    ({}, "costKilobytes", ["0", "0.5", "100000"]),
    (
        {"priceOfGigabyteWritten": "0", "priceOfGigabyteMonthKept": "1000000"},
        "priceOfMillionOperations",
        ["0", "1000000"],
    ),
]


@pytest.mark.parametrize(
    ("beside", "key", "edge"), [(beside, key, edge) for beside, key, edges in STACK_EDGES for edge in edges]
)
def test_both_edges_are_allowed_in_a_stack_file(beside: dict[str, str], key: str, edge: str) -> None:
    config = {f"shop:{name}": value for name, value in {**STACK, **beside, key: edge}.items()}
    assert Settings.from_config(config, "shop", "dev")


# As somebody calls them without a type checker.
CALLED: Any = DurableFunction
GRANTED: Any = durable.CallbackGrant


@pytest.mark.parametrize(
    ("call", "problems"),
    [
        (
            CALLED,
            ["name: is required", "args: is required, a dict with the keys of DurableFunctionArgs"],
        ),
        (lambda: CALLED("orders"), ["args: is required", 'DurableFunction("orders", {...})']),
        (
            lambda: CALLED("orders", code_path="functions/orders", runtime="python3.13"),
            [
                'must be in a dict of arguments, the second parameter: DurableFunction("orders", {"code_path": ...,'
            ],
        ),
        (
            lambda: CALLED({"environment": {"KEY": "secret"}}),
            ["name: must be a string, the first parameter"],
        ),
        (
            lambda: CALLED("orders", {}, {"parent": None}),
            ["opts = {'parent': None}: must be pulumi.Resource"],
        ),
        (
            lambda: GRANTED("approver"),
            ["args: is required, a dict with the keys of CallbackGrantArgs"],
        ),
    ],
    ids=["nothing", "no args", "keywords", "args first", "opts", "a grant"],
)
def test_a_call_of_another_form_is_told_the_right_one(
    cloud: Recorder, call: Callable[[], object], problems: list[str]
) -> None:
    message = str(refused(cloud, call))
    assert [text for text in problems if text not in message] == []
    assert "secret" not in message


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("arn", "; use alias_arn to invoke it, or function_arn"),
        ("name", "; use function_name"),
        ("colour", ""),
    ],
)
def test_an_attribute_by_another_name_is_told_the_right_one(cloud: Recorder, name: str, hint: str) -> None:
    with pytest.raises(AttributeError, match=f"^DurableFunction has no attribute '{name}'{hint}"):
        declare(lambda: getattr(CALLED("orders", FUNCTION_ARGS), name))


def test_a_value_without_words_of_its_own_is_shown_by_its_kind(cloud: Recorder) -> None:
    def program() -> None:
        orders = CALLED("orders", FUNCTION_ARGS)
        orders.grant_invoke("x", pulumi.Output.from_input("arn:aws:iam::123456789012:role/shop"))

    with pytest.raises(InvalidArgsError, match=r'grantee: must be .*say whose it is: {"role_arn": \.\.\.}'):
        declare(program)
    with pytest.raises(InvalidArgsError, match="runtime = CustomResource 'mine': must"):
        declare(lambda: CALLED("a", {**FUNCTION_ARGS, "runtime": pulumi.CustomResource("a:b:c", "mine")}))
    with pytest.raises(InvalidArgsError, match="runtime = <a value of type object>: must"):
        declare(lambda: CALLED("a", {**FUNCTION_ARGS, "runtime": object()}))


def test_an_output_is_a_grantee_if_it_is_said_whose_arn_it_is(cloud: Recorder) -> None:
    arn = pulumi.Output.from_input("arn:aws:iam::123456789012:user/ann")
    declare(lambda: CALLED("orders", FUNCTION_ARGS).grant_callback("ann", {"user_arn": arn}))
    assert cloud.one("aws:iam/userPolicy:UserPolicy")["user"] == "ann"


@pytest.mark.parametrize(
    "name", sorted({name.removesuffix("Args") for name in durable.__all__ if name.endswith("Args")} - {""})
)
def test_help_has_the_components_own_words(name: str) -> None:
    component = getattr(durable, name)
    assert f"`{name}Args` describes" in (component.__init__.__doc__ or "")
    assert ":param" not in pydoc.plain(pydoc.render_doc(component.__init__))
    assert len(component.__doc__.splitlines()[0]) > 30
