"""Whether the versions of every alias exist, and may share an alias."""

from collections.abc import Iterator

from .dependencies import dead_letter_target
from .deployed_function import Alias, DeployedFunction, Finding, version_list


def aliases(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check the function's own alias, and the others."""
    own = deployed.alias
    if own is None:
        message = f"{deployed.function.name} has no alias {deployed.function.alias}"
        yield Finding("alias", "problem", message, "pulumi up --refresh creates it again")
    for alias in deployed.aliases:
        broken = [*_missing(deployed, alias), *_unlike(deployed, alias)]
        yield from broken or (_current(deployed, alias) if alias is own else ())


def _missing(deployed: DeployedFunction, alias: Alias) -> Iterator[Finding]:
    existing = (
        f"published: {version_list(deployed.published)}" if deployed.published else "no version is published"
    )
    own = alias is deployed.alias
    for version in alias.versions:
        if version in deployed.versions:
            continue
        setting = "alias_version" if own else f"additional_aliases for {alias.name}"
        fix = f"set a published version in {setting}, or remove it; pulumi up"
        share = ""
        if version != alias.version:
            share = f" for {alias.weights[version]:.0%} of new executions"
            fix = "remove new_version_weight; pulumi up"
        message = f"the alias {alias.name} names version {version}{share}, which does not exist; {existing}"
        yield Finding("alias", "problem", message, fix)


def _unlike(deployed: DeployedFunction, alias: Alias) -> Iterator[Finding]:
    """Check what Lambda demands of weighted versions: the same role, and the same dead letter configuration.

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
                f"the alias {alias.name} splits new executions between versions with different {what}, which Lambda "
                f"refuses: {shown}",
                f"remove new_version_weight, or publish a version without different {what}; pulumi up",
            )


def _current(deployed: DeployedFunction, alias: Alias) -> Iterator[Finding]:
    number, released = alias.version, deployed.function.release
    if number == "$LATEST":
        yield Finding(
            "alias",
            "problem",
            f"the alias {alias.name} names $LATEST: a change of the code also changes executions in flight",
            "point the alias to a published version (publish=True); pulumi up",
        )
        return
    if released and number not in released:
        yield Finding(
            "alias",
            "problem",
            f"the alias names version {number}, but the stack has released {', '.join(released)}",
            "somebody has moved it: pulumi up --refresh moves it back; to keep it there, set alias_version",
        )
        return
    extra = "".join(f", {share:.0%} on version {other}" for other, share in alias.weights.items())
    yield Finding("alias", "ok", f"new executions run on version {number}{extra}")
