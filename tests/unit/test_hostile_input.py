"""Hostile input: whatever is given, either it is taken, or it is refused in words and nothing has been made.

Each test runs a fixed number of examples, which add up to more than 10,000.
"""

import json
import string
from typing import Any

import pulumi
import pulumi_durable_functions
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

import components
from cli.commands.start import read_payload
from components import DurableFunctionsError, InvalidArgsError, InvalidArnError
from components.checks.args import Args
from components.checks.arns import FunctionArn, PrincipalArn
from components.function.checked_durable_function import CheckedDurableFunction
from stacks import Settings
from tables.account import ACCOUNT, FUNCTION, ROLE, Recorder, declare
from tests.unit.hostile_trials import FEW, MANY, refused_in_words

# Picked from a list and not composed, since most of a run would go into composing.
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 15, 900, 901, 31_622_401, 2**63, -(2**63), 10**400),
    *(0.0, -0.0, 0.5, 1e308, float("nan"), float("inf"), -float("inf")),
    *(
        "",
        " ",
        "-1",
        "1e9",
        "NaN",
        "true",
        "$LATEST",
        "live",
        "arn:",
        "../..",
        "/etc/passwd",
        "%s{{}}",
        "a" * 5_000,
    ),
    *(
        "\x00",
        "\ud800",
        "°",
        "\u202e",
        "x\ny",
        "<script>",
        "[red]",
        "15m",
        "400d",
        "rate(1 day)",
        "python3.13",
    ),
    *(
        [],
        [None],
        [[]],
        [""],
        ["a"] * 50,
        [{}],
        {},
        {"": ""},
        {"a": None},
        {"a": {"b": []}},
        {None: 1},
        {1: 2},
        (),
        (1,),
    ),
    *(
        b"",
        b"\xff",
        object(),
        int,
        frozenset(),
        pulumi.FileArchive("."),
        FUNCTION,
        f"{FUNCTION}:orders:$LATEST",
    ),
    *(f"{ROLE}/a", f"{ROLE}/", f"{ROLE}/{'a' * 65}", "arn:aws:iam::1:role/a"),
)
VALUES = st.sampled_from(HOSTILE) | st.text(max_size=40) | st.integers() | st.floats()
ARN_LIKE = st.lists(
    st.one_of(
        st.sampled_from(
            ["arn", "aws", "aws-cn", "lambda", "iam", "us-east-1", ACCOUNT, "function", "role/x", "$LATEST"]
        ),
        st.text(string.printable, max_size=12),
    ),
    max_size=10,
).map(":".join)
FUNCTION_KEYS = sorted(CheckedDurableFunction.model_fields)
SETTING_KEYS = sorted(field.alias or name for name, field in Settings.model_fields.items())
WORKS: dict[str, Any] = {
    "code_inline": "def handler(event, context): ...",
    "runtime": "python3.13",
    "handler": "index.handler",
    "execution_timeout_seconds": 3600,
}
STACK = {"profile": "dev", "executionTimeout": "15m", "retention": "1d"}


@MANY
@given(st.dictionaries(st.sampled_from(FUNCTION_KEYS) | st.text(max_size=20), VALUES, max_size=6))
def test_arguments_of_a_function(given_args: dict[str, Any]) -> None:
    # Its code is built by other tests; here every argument but that is hostile.
    args = {**WORKS, **{key: value for key, value in given_args.items() if key != "code_path"}}
    try:
        CheckedDurableFunction.parse_named("DurableFunction", "orders", args)
    except DurableFunctionsError as error:
        refused_in_words(error)


@MANY
@given(
    st.dictionaries(
        st.sampled_from(SETTING_KEYS) | st.text(max_size=20),
        st.one_of(
            st.text(max_size=60), VALUES.map(lambda value: json.dumps(value, default=str, skipkeys=True))
        ),
        max_size=6,
    )
)
def test_stack_files(given_keys: dict[str, str]) -> None:
    config = {f"shop:{key}": value for key, value in {**STACK, **given_keys}.items()}
    try:
        Settings.from_config(config, "shop", "local")
    except pulumi_durable_functions.DurableFunctionsError as error:
        refused_in_words(error)


@MANY
@given(ARN_LIKE)
def test_arns(text: str) -> None:
    for parse in (
        FunctionArn.parse,
        FunctionArn.parse_qualified,
        lambda arn: PrincipalArn.parse(arn, "role"),
    ):
        try:
            parse(text)
        except InvalidArnError as error:
            refused_in_words(error)


@MANY
@given(st.text(max_size=60) | st.text(string.ascii_letters + string.digits + "-_", max_size=50))
def test_names_of_components(name: str) -> None:
    try:
        CheckedDurableFunction.parse_named("DurableFunction", name, WORKS)
    except DurableFunctionsError as error:
        refused_in_words(error)
    else:
        assert name.isascii()
        assert 1 <= len(name) <= 40


@MANY
@given(st.text(max_size=200) | VALUES.map(lambda value: json.dumps(value, default=str, skipkeys=True)))
def test_payloads(text: str) -> None:
    try:
        assert isinstance(read_payload(text) if text != "-" else "", str)
    except typer.BadParameter:
        return


COMPONENTS = sorted(
    name.removesuffix("Args") for name in components.__all__ if name.endswith("Args") and name != "Args"
)
RIGHT: dict[str, dict[str, Any]] = {
    "CallbackGrant": {"function_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/a"},
    "InvokeGrant": {"qualified_arn": f"{FUNCTION}:orders:live", "role_arn": f"{ROLE}/a"},
    "ScheduleTrigger": {"qualified_arn": f"{FUNCTION}:orders:live", "schedule": "rate(1 day)"},
}


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_that_is_refused_has_made_nothing(component: str) -> None:
    declared = getattr(components, f"{component}Args")
    keys = sorted(declared.__required_keys__ | declared.__optional_keys__)

    @FEW
    @given(st.dictionaries(st.sampled_from(keys) | st.text(max_size=12), VALUES, min_size=1, max_size=4))
    def runs(args: dict[str, Any]) -> None:
        cloud = Recorder()
        pulumi.runtime.set_mocks(cloud, project="shop", stack="test")
        try:
            declare(lambda: getattr(components, component)("orders", {**RIGHT.get(component, {}), **args}))
        except InvalidArgsError as error:
            refused_in_words(error)
            assert cloud.made == []
        except DurableFunctionsError as error:
            refused_in_words(error)

    runs()


def test_what_is_no_dict_is_refused() -> None:
    for value in (None, 5, "orders", [("code_inline", "")], object()):
        with pytest.raises(InvalidArgsError):
            Args.parse("DurableFunction 'orders'", value)  # type: ignore[arg-type]
