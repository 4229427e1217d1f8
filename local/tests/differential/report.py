"""The table of the comparison, for the terminal and for the documentation."""

from collections.abc import Iterable, Sequence

from differential.comparison import Trial
from differential.subject import Case, Subject
from differential.terraform import VERSION

_HEAD = f"""# The provider, compared with Terraform's

The local cloud's provider stands in for pulumi-aws. Whether it plans and does what pulumi-aws would is judged by a
program that neither of them is made of: Terraform, with its AWS provider {VERSION}. Both get the same configuration and
then the same change, for each row below on resources of their own in the same cloud. Compared are the plan (no change,
an update in place, a replacement, or a refusal), the state before and after as boto3 reads it, whether the next plan has
no change, and that nothing is left after the deletion. Changes are properties that are set, changed and removed, also
inside objects; names in each of their forms; values that are refused; and what somebody else changes. What that version
does not have, above all `durableConfig`, is not compared. What Terraform finds out only when it applies a change may be
refused in the preview here; times, generated identifiers, and flags that are off are left out of the states.

The types of the [list](local-types.md) that have no row here are not compared. Each of their inputs is in a scene of
`local/tests/e2e/scenes`, which is made, changed, imported and removed against the local cloud.

`make differential` compares, in about half an hour on two cores. It needs `terraform` on PATH and the provider: from a
mirror in the folder `TF_PLUGIN_MIRROR`, as Terraform's own settings say (`TF_CLI_CONFIG_FILE`), or from its registry.
`make differential ONLY=sqs` compares the types and changes with this text in their names, and `KEEP=file` keeps what
Terraform makes of each change for the next time. A difference that is not explained below is an error, and so is an
explanation of what does not differ.

| Type | Changes | Agree | Explained below |
| --- | --- | --- | --- |
"""


def summary(trials: Sequence[Trial]) -> tuple[str, bool]:
    """Return the table with what differs, and whether nothing differs that is not explained."""
    faults: list[str] = []
    rows: list[tuple[str, int, int, int]] = []
    for token in dict.fromkeys(trial.subject.token for trial in trials):
        of_type = [(trial, list(trial.differences())) for trial in trials if trial.subject.token == token]
        agree = sum(not found for _, found in of_type)
        explained = sum(bool(found and trial.case.explained) for trial, found in of_type)
        rows.append((token, len(of_type), agree, explained))
        for trial, found in of_type:
            if bool(found) is not bool(trial.case.explained):
                faults.append(_fault(trial, found))
    rows.append(
        ("all", sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows))
    )
    width = max(len(row[0]) for row in rows)
    lines = [f"{'type':{width}}  changes  agree  explained\n"]
    lines += [
        f"{token:{width}}  {changes:7}  {agree:5}  {explained:9}\n"
        for token, changes, agree, explained in rows
    ]
    return "".join(lines) + "".join(f"\n{fault}" for fault in faults), not faults


def _fault(trial: Trial, found: Iterable[str]) -> str:
    found = list(found) or ["is explained, but does not differ"]
    return f"{trial.subject.token}: {trial.case.label}\n" + "".join(f"    {text}\n" for text in found)


def page(subjects: Sequence[Subject]) -> str:
    """Return the page of the documentation: what is compared, and what is explained, as the table says it."""
    lines: list[str] = []
    reasons: dict[str, list[str]] = {}
    for subject in subjects:
        explained = [case for case in subject.cases if case.explained]
        agree = len(subject.cases) - len(explained)
        lines.append(f"| `{subject.token}` | {len(subject.cases)} | {agree} | {len(explained)} |\n")
        for reason in dict.fromkeys(
            [*filter(None, [subject.restless]), *(case.explained for case in explained)]
        ):
            cases = [case for case in explained if case.explained == reason]
            reasons.setdefault(reason, []).append(_cases(subject, cases))
    total = sum(len(subject.cases) for subject in subjects)
    differ = sum(bool(case.explained) for subject in subjects for case in subject.cases)
    lines.append(f"| all | {total:,} | {total - differ:,} | {differ} |\n\n## What differs, and why\n")
    for reason, where in reasons.items():
        lines += [f"\n{reason}\n\n", *(f"- {text}\n" for text in where)]
    return _HEAD + "".join(lines)


def _cases(subject: Subject, cases: Sequence[Case]) -> str:
    labels = ", ".join(f"`{case.label}`" for case in cases)
    return f"`{subject.token}`: {labels or 'all plans'}"
