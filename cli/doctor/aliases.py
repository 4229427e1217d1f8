"""Whether every alias names versions that are there, and that may stand beside each other."""

from collections.abc import Iterator

from .dependencies import dead_letter_target
from .deployed_function import Alias, DeployedFunction, Finding, version_list


def aliases(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check the function's own alias, and the others."""
    own = deployed.alias
    if own is None:
        message = f"{deployed.function.name} has no alias {deployed.function.alias}"
        yield Finding("alias", "problem", message, "pulumi up --refresh makes it again")
    for alias in deployed.aliases:
        broken = [*_missing(deployed, alias), *_unlike(deployed, alias)]
        yield from broken or (_current(deployed, alias) if alias is own else ())


def _missing(deployed: DeployedFunction, alias: Alias) -> Iterator[Finding]:
    existing = (
        f"there: {version_list(deployed.published)}" if deployed.published else "no version is published"
    )
    own = alias is deployed.alias
    for version in alias.versions:
        if version in deployed.versions:
            continue
        setting = "alias_version" if own else f"additional_aliases for {alias.name}"
        fix = f"name one that is there in {setting}, or take it out; pulumi up"
        share = ""
        if version != alias.version:
            share = f" for {alias.weights[version]:.0%} of new executions"
            fix = "take new_version_weight out; pulumi up"
        message = f"the alias {alias.name} names version {version}{share}, which is not there; {existing}"
        yield Finding("alias", "problem", message, fix)


def _unlike(deployed: DeployedFunction, alias: Alias) -> Iterator[Finding]:
    """Lambda demands of weighted versions the same role and the same dead letter configuration.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    configs = [deployed.versions[version] for version in alias.versions if version in deployed.versions]
    for what, values in (
        ("roles", {config.get("Role") for config in configs}),
        ("dead letter targets", {dead_letter_target(config) for config in configs}),
    ):
        if len(values) > 1:
            shown = ", ".join(sorted(str(value or "none") for value in values))
            yield Finding(
                "alias",
                "problem",
                f"the alias {alias.name} splits new executions over versions with different {what}, which Lambda "
                f"refuses: {shown}",
                "take new_version_weight out, or publish a version with the same; pulumi up",
            )


def _current(deployed: DeployedFunction, alias: Alias) -> Iterator[Finding]:
    number, released = alias.version, deployed.function.release
    if number == "$LATEST":
        yield Finding(
            "alias",
            "problem",
            f"the alias {alias.name} names $LATEST: executions meet every change of the code",
            "let the alias name a published version (publish=True); pulumi up",
        )
        return
    if released and number not in released:
        yield Finding(
            "alias",
            "problem",
            f"the alias names version {number}, and the stack has released {', '.join(released)}",
            "somebody has moved it: pulumi up --refresh, or hold it there by alias_version",
        )
        return
    extra = "".join(f", {share:.0%} version {other}" for other, share in alias.weights.items())
    yield Finding("alias", "ok", f"new executions take version {number}{extra}")
