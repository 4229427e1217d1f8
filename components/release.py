"""Which version new executions take: the aliases of a function."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from .checked_function import CheckedFunction
from .rules import NEWEST

Release = dict[str, dict[str, float]]
"""For each alias the versions that it names, with the share of new executions that each takes."""


def make_aliases(
    parent: pulumi.Resource,
    name: str,
    checked: CheckedFunction,
    function: aws.lambda_.Function,
    depends_on: Sequence[pulumi.Resource],
) -> tuple[aws.lambda_.Alias, pulumi.Output[Release]]:
    """Make the alias and the additional ones; return the alias, and what all of them say."""
    opts = pulumi.ResourceOptions(
        parent=parent, depends_on=depends_on, protect=checked.deletion_protection or None
    )
    split = partial(_split, held=checked.alias_version, weight=checked.new_version_weight)
    shares = {checked.alias_name: function.version.apply(split)}
    weighted = checked.new_version_weight is not None
    alias = aws.lambda_.Alias(
        name,
        name=checked.alias_name,
        function_name=function.name,
        function_version=checked.alias_version or function.version,
        routing_config=shares[checked.alias_name].apply(_routing) if weighted else None,
        opts=opts,
    )
    for other, wanted in checked.additional_aliases.items():
        version = function.version if wanted == NEWEST else pulumi.Output.from_input(wanted)
        aws.lambda_.Alias(
            f"{name}-{other}", name=other, function_name=function.name, function_version=version, opts=opts
        )
        shares[other] = version.apply(_whole)
    return alias, pulumi.Output.all(**shares)


def _whole(version: str) -> dict[str, float]:
    return {version: 1.0}


def _split(newest: str, held: str | None, weight: float | None) -> dict[str, float]:
    if held is None or weight is None or held == newest:
        return {held or newest: 1.0}
    return {held: round(1 - weight, 10), newest: weight}


def _routing(shares: dict[str, float]) -> Any:
    # Lambda refuses a version beside itself, so a split with nothing new is none.
    _, *others = shares.items()
    return {"additional_version_weights": dict(others)} if others else None
