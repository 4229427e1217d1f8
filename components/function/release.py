"""Which version new executions take: the aliases of a function."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from ..checks.rules import NEWEST
from ..guard import hooks_below, the_guard
from .checked_function import CheckedFunction

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
    guard, guarded = the_guard(), hooks_below(parent)

    def options(*, held: bool) -> pulumi.ResourceOptions:
        hooks = guard.hooks_of_pinned_alias if held and checked.execution_guard else guarded
        return pulumi.ResourceOptions(parent=parent, depends_on=depends_on, hooks=hooks)

    split = partial(_split, held=checked.alias_version, weight=checked.new_version_weight)
    share = function.version.apply(split)
    weighted = checked.new_version_weight is not None
    alias = aws.lambda_.Alias(
        name,
        name=checked.alias_name,
        function_name=function.name,
        function_version=checked.alias_version or function.version,
        routing_config=share.apply(_routing) if weighted else None,
        opts=options(held=checked.alias_version is not None),
    )
    shares = [pulumi.Output.all(alias.name, share)]
    for other, wanted in checked.additional_aliases.items():
        version = function.version if wanted == NEWEST else pulumi.Output.from_input(wanted)
        more = aws.lambda_.Alias(
            f"{name}-{other}",
            name=other,
            function_name=function.name,
            function_version=version,
            opts=options(held=wanted != NEWEST),
        )
        guard.declare(more)
        shares.append(pulumi.Output.all(more.name, version.apply(_whole)))
    guard.declare(alias)
    # By their names as they are: one that was computed stays when what it was computed from changes.
    return alias, pulumi.Output.all(*shares).apply(dict)


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
