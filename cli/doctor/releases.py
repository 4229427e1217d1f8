"""Whether every alias names versions that are there, and that may stand beside each other."""

from collections.abc import Iterator

from .foundations import dead_letter_target
from .patient import Alias, Finding, Patient, numbered


def aliases(patient: Patient) -> Iterator[Finding]:
    """Check the function's own alias, and the others."""
    own = patient.alias
    if own is None:
        said = f"{patient.function.name} has no alias {patient.function.alias}"
        yield Finding("alias", "problem", said, "pulumi up --refresh makes it again")
    for alias in patient.aliases:
        broken = [*_missing(patient, alias), *_unlike(patient, alias)]
        yield from broken or (_names(patient, alias) if alias is own else ())


def _missing(patient: Patient, alias: Alias) -> Iterator[Finding]:
    there = f"there: {numbered(patient.published)}" if patient.published else "no version is published"
    own = alias is patient.alias
    for version in alias.versions:
        if version in patient.versions:
            continue
        setting = "alias_version" if own else f"additional_aliases for {alias.name}"
        fix = f"name one that is there in {setting}, or take it out; pulumi up"
        share = ""
        if version != alias.version:
            share = f" for {alias.weights[version]:.0%} of new executions"
            fix = "take new_version_weight out; pulumi up"
        said = f"the alias {alias.name} names version {version}{share}, which is not there; {there}"
        yield Finding("alias", "problem", said, fix)


def _unlike(patient: Patient, alias: Alias) -> Iterator[Finding]:
    """Lambda demands of weighted versions the same role and the same dead letter configuration.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    named = [patient.versions[each] for each in alias.versions if each in patient.versions]
    for what, values in (
        ("roles", {each.get("Role") for each in named}),
        ("dead letter targets", {dead_letter_target(each) for each in named}),
    ):
        if len(values) > 1:
            shown = ", ".join(sorted(str(each or "none") for each in values))
            yield Finding(
                "alias",
                "problem",
                f"the alias {alias.name} splits new executions over versions with different {what}, which Lambda "
                f"refuses: {shown}",
                "take new_version_weight out, or publish a version with the same; pulumi up",
            )


def _names(patient: Patient, alias: Alias) -> Iterator[Finding]:
    number, known = alias.version, patient.function.release
    if number == "$LATEST":
        yield Finding(
            "alias",
            "problem",
            f"the alias {alias.name} names $LATEST: executions meet every change of the code",
            "let the alias name a published version (publish=True); pulumi up",
        )
        return
    if known and number not in known:
        yield Finding(
            "alias",
            "problem",
            f"the alias names version {number}, and the stack has released {', '.join(known)}",
            "somebody has moved it: pulumi up --refresh, or hold it there by alias_version",
        )
        return
    extra = "".join(f", {share:.0%} version {other}" for other, share in alias.weights.items())
    yield Finding("alias", "ok", f"new executions take version {number}{extra}")
