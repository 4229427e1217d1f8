"""The aliases of a function, which decide the version of new executions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from ..checks.errors import DurableFunctionsError
from ..checks.origins import known_value
from ..checks.rules import NEWEST
from ..guard import hooks_below, is_guarded, the_guard
from .checked_function import CheckedFunction

PROTECTED = "Deletion protection is on"
"""The description of a protected function's alias: what of the protection the engine leaves alone in a destroy."""

Release = dict[str, dict[str, float]]
"""For each alias, the versions that it names, with each version's share of new executions."""


class StillProtectedError(DurableFunctionsError):
    """A function is to be destroyed that is deployed with deletion protection."""


def make_aliases(
    parent: pulumi.Resource,
    name: str,
    checked: CheckedFunction,
    function: aws.lambda_.Function,
    depends_on: pulumi.Input[Sequence[pulumi.Input[pulumi.Resource]]],
    *,
    protect: bool,
) -> tuple[list[aws.lambda_.Alias], pulumi.Output[Release]]:
    """Make the alias and the additional ones; return all, the alias first, and the versions that they name."""
    guard, default_hooks = the_guard(), hooks_below(parent)

    def options(*, pinned: bool) -> pulumi.ResourceOptions:
        hooks = guard.hooks_of_pinned_alias if pinned and is_guarded(parent) else default_hooks
        return pulumi.ResourceOptions(parent=parent, depends_on=depends_on, hooks=hooks)

    split = partial(_split, pinned=checked.alias_version, weight=checked.new_version_weight)
    shares = function.version.apply(split)
    weighted = checked.new_version_weight is not None
    alias = aws.lambda_.Alias(
        name,
        name=checked.alias_name,
        function_name=function.name,
        function_version=checked.alias_version or function.version,
        routing_config=shares.apply(_routing) if weighted else None,
        description=PROTECTED if protect else None,
        opts=options(pinned=checked.alias_version is not None),
    )
    aliases, releases = [alias], [pulumi.Output.all(alias.name, shares)]
    for other, target in checked.additional_aliases.items():
        version = function.version if target == NEWEST else pulumi.Output.from_input(target)
        additional = aws.lambda_.Alias(
            f"{name}-{other}",
            name=other,
            function_name=function.name,
            function_version=version,
            opts=options(pinned=target != NEWEST),
        )
        aliases.append(additional)
        releases.append(pulumi.Output.all(additional.name, version.apply(_only)))
    guard.declare(*aliases)
    # By the aliases' actual names: a computed name stays when the stack is renamed.
    return aliases, pulumi.Output.all(*releases).apply(dict)


def arn_unless_protected(alias: aws.lambda_.Alias, title: str, *, protect: bool) -> pulumi.Output[str]:
    """Return the alias's ARN; it raises StillProtectedError in a destroy of a function that is deployed as protected.

    The engine applies the program's options to the state before it destroys it, so it forgets the protection if the
    program no longer sets it. But a destroy leaves the description as it was deployed.
    """

    async def checked(arn: str) -> str:
        # Awaited here: unknown, as in the preview of an update, it must not make the ARN unknown.
        if not protect and await known_value(alias.description) == PROTECTED:
            raise StillProtectedError(
                f"{title} is deployed with deletion protection. Deploy it without first: pulumi up. "
                "Then run this again."
            )
        return arn

    return alias.arn.apply(checked)


def _only(version: str) -> dict[str, float]:
    return {version: 1.0}


def _split(newest: str, pinned: str | None, weight: float | None) -> dict[str, float]:
    if pinned is None or weight is None or pinned == newest:
        return {pinned or newest: 1.0}
    return {pinned: round(1 - weight, 10), newest: weight}


def _routing(shares: dict[str, float]) -> Any:
    # Lambda refuses to split between a version and itself.
    _, *others = shares.items()
    return {"additional_version_weights": dict(others)} if others else None
