"""What the command finds in a stack's state, whatever the program exports."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import stack as stacks
from cli.__main__ import app
from cli.state import ALIAS, COMPONENT, FUNCTION, ROOT, functions_in

ARN = "arn:aws:lambda:eu-west-1:1:function:"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:secret"}
TOP = f"urn:pulumi:s::p::{ROOT}::p-s"


def resource(type_: str, title: str, parent: str = TOP, /, **outputs: Any) -> dict[str, Any]:
    return {"urn": f"urn:pulumi:s::p::{type_}::{title}", "type": type_, "parent": parent, "outputs": outputs}


def function(title: str, parent: str = TOP, /, **outputs: Any) -> dict[str, Any]:
    durable = {"executionTimeout": 60}
    physical = f"{title}-1a2b"
    found = {"arn": f"{ARN}{physical}", "name": physical, "durableConfig": durable, "version": "3"}
    return resource(FUNCTION, title, parent, **{**found, **outputs})


def state(*resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
    return {"deployment": {"resources": [{"urn": TOP, "type": ROOT, "outputs": outputs}, *resources]}}


def test_a_function_is_found_where_its_alias_arn_alone_is_exported() -> None:
    component = resource(COMPONENT, "orders", alias_name="live", release={"live": {"3": 0.9, "2": 0.1}})
    found = functions_in(
        state(
            component,
            function("orders", component["urn"]),
            resource(ALIAS, "orders-canary", functionName="orders-1a2b", name="canary", functionVersion="4"),
            resource(ALIAS, "orders", functionName="orders-1a2b", name="live", functionVersion="3"),
            invoke=f"{ARN}orders-1a2b:live",
        )
    )
    expected = stacks.Function("orders", "orders-1a2b", f"{ARN}orders-1a2b", "live", ("3", "2"))
    assert found == {"orders": expected}


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ({"functionName": f"{ARN}orders-1a2b", "name": "live", "functionVersion": "3"}, ("live", ("3",))),
        (
            {
                "functionName": "orders-1a2b",
                "name": "live",
                "functionVersion": "3",
                "routingConfig": {"additionalVersionWeights": {"2": 0.1}},
            },
            ("live", ("3", "2")),
        ),
        ({"functionName": "others", "name": "live", "functionVersion": "3"}, ("3", ())),
    ],
)
def test_without_the_components_the_alias_is_the_functions_own(
    alias: dict[str, Any], expected: tuple[str, tuple[str, ...]]
) -> None:
    (found,) = functions_in(state(function("orders"), resource(ALIAS, "a", **alias))).values()
    assert (found.alias, found.release) == expected


def test_outputs_that_name_a_function_name_it_and_others_are_no_functions() -> None:
    named = {"function_name": "orders-1a2b", "function_arn": f"{ARN}orders-1a2b", "alias_name": "live"}
    outputs = {"shop": {**named, "release": None}, "other": {"function_arn": "arn", "url": "https://x"}}
    expected = stacks.Function("shop", "orders-1a2b", f"{ARN}orders-1a2b", "live")
    assert functions_in(state(function("orders"), **outputs)) == {"shop": expected}


def test_a_standard_function_that_is_exported_like_a_durable_one_is_left_out() -> None:
    named = {
        title: {"function_name": f"{title}-1a2b", "function_arn": f"{ARN}{title}-1a2b", "alias_name": "live"}
        for title in ("orders", "resume")
    }
    resources = function("orders"), function("resume", durableConfig=None)
    assert list(functions_in(state(*resources, **named))) == ["orders"]


def test_what_is_not_durable_deleted_or_secret_is_left_out() -> None:
    deleted = {**function("old"), "delete": True}
    assert not functions_in(state(function("plain", durableConfig=None), deleted, function("a", arn=SECRET)))
    assert not functions_in(state(output=SECRET, other={"function_name": SECRET}))
    assert not functions_in({})


def test_two_functions_of_one_name_have_two_titles() -> None:
    twin = {**function("orders"), "outputs": {**function("orders")["outputs"], "arn": f"{ARN}b", "name": "b"}}
    assert set(functions_in(state(function("orders"), twin))) == {"orders", "b"}


def test_a_stack_without_any_says_so_and_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stacks, "run_pulumi", lambda *_: json.dumps(state(password=SECRET)))
    with pytest.raises(
        stacks.CommandError, match=r"has no durable function .* run pulumi up first"
    ) as caught:
        stacks.functions_of(None)
    assert "v1:secret" not in str(caught.value)


def test_the_stack_is_taken_from_the_environment_and_the_folder_from_an_option(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def answer(stack: str | None, *_: str) -> str:
        asked.append((stack, Path.cwd()))
        return "{}"

    monkeypatch.chdir("/")
    monkeypatch.setattr(stacks, "run_pulumi", answer)
    CliRunner().invoke(app, ["-C", str(tmp_path), "list"], env={"DURABLE_STACK": "prod"})
    assert asked == [("prod", tmp_path)]
    refused = CliRunner().invoke(app, ["-C", str(tmp_path / "nowhere"), "list"])
    assert refused.exit_code == 2
    assert "--help" in refused.output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.startswith("durable 0.")
