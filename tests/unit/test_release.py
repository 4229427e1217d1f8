from typing import Any, cast

import pulumi
import pytest

from components import DurableFunction, DurableFunctionArgs
from tables.account import Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS

NAME = "orders-1a2b3c4"


def released(cloud: Recorder, **args: Any) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, float]]]:
    """Return the aliases that are made, by their Pulumi names, and the output `release`."""
    found: list[dict[str, dict[str, float]]] = []

    def program() -> None:
        DurableFunction("orders", cast(DurableFunctionArgs, {**FUNCTION_ARGS, **args})).release.apply(
            found.append
        )

    declare(program)
    aliases = {name: inputs for name, inputs in cloud.seen().items() if name.startswith("Alias ")}
    return aliases, found[0]


def weights(alias: dict[str, Any]) -> dict[str, float] | None:
    routing: dict[str, dict[str, float]] | None = alias.get("routingConfig")
    return None if routing is None else routing["additionalVersionWeights"]


def test_the_alias_follows_the_newest_version(cloud: Recorder) -> None:
    aliases, release = released(cloud)
    assert aliases == {
        "Alias orders": {"name": "live", "functionName": NAME, "functionVersion": "7"},
    }
    assert release == {"live": {"7": 1.0}}


def test_the_alias_can_be_held(cloud: Recorder) -> None:
    aliases, release = released(cloud, alias_version="3")
    assert aliases["Alias orders"]["functionVersion"] == "3"
    assert weights(aliases["Alias orders"]) is None
    assert release == {"live": {"3": 1.0}}


@pytest.mark.parametrize(("weight", "held"), [(0.1, 0.9), (0.3, 0.7), (0.999, 0.001)])
def test_a_share_takes_the_newest(cloud: Recorder, weight: float, held: float) -> None:
    aliases, release = released(cloud, alias_version="3", new_version_weight=weight)
    assert aliases["Alias orders"]["functionVersion"] == "3"
    assert weights(aliases["Alias orders"]) == {"7": weight}
    assert release == {"live": {"3": held, "7": weight}}


def test_nothing_is_split_while_the_version_that_is_held_is_the_newest(cloud: Recorder) -> None:
    aliases, release = released(cloud, alias_version="7", new_version_weight=0.1)
    assert aliases["Alias orders"]["functionVersion"] == "7"
    assert weights(aliases["Alias orders"]) is None
    assert release == {"live": {"7": 1.0}}


def test_additional_aliases_are_neither_held_nor_split(cloud: Recorder) -> None:
    aliases, release = released(
        cloud,
        alias_version="3",
        new_version_weight=0.5,
        additional_aliases={"stable": "2", "next": "newest"},
    )
    assert aliases == {
        "Alias orders": {
            "name": "live",
            "functionName": NAME,
            "functionVersion": "3",
            "routingConfig": {"additionalVersionWeights": {"7": 0.5}},
        },
        "Alias orders-stable": {"name": "stable", "functionName": NAME, "functionVersion": "2"},
        "Alias orders-next": {"name": "next", "functionName": NAME, "functionVersion": "7"},
    }
    assert release == {"live": {"3": 0.5, "7": 0.5}, "stable": {"2": 1.0}, "next": {"7": 1.0}}


def test_grants_and_outputs_name_the_alias_and_no_additional_one(cloud: Recorder) -> None:
    found: list[str] = []

    def program() -> None:
        args = cast(DurableFunctionArgs, {**FUNCTION_ARGS, "additional_aliases": {"next": "newest"}})
        orders = DurableFunction("orders", args)
        pulumi.Output.all(orders.alias_name, orders.alias_arn).apply(found.extend)

    declare(program)
    assert found == ["live", f"arn:aws:lambda:eu-west-1:123456789012:function:{NAME}:live"]
