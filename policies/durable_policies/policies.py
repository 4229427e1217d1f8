"""The policies of the pack, and what each stage enforces."""

import json
from collections.abc import Callable

from . import access, functions, grants, operations, overwrites, queues, secrets, triggers
from .model import Level, Policy, ResourcePolicy, StackPolicy

POLICIES: tuple[ResourcePolicy | StackPolicy, ...] = (
    *functions.POLICIES,
    *triggers.POLICIES,
    *queues.POLICIES,
    *overwrites.POLICIES,
    *access.POLICIES,
    *grants.POLICIES,
    *operations.POLICIES,
    *secrets.POLICIES,
)

STAGES: dict[str, Callable[[Policy], Level]] = {
    "dev": lambda policy: policy.dev,
    "prod": lambda policy: policy.prod,
}


def configuration(stage: str) -> str:
    """Return the file for `--policy-pack-config` with a stage's levels."""
    levels = {policy.name: STAGES[stage](policy).value for policy in POLICIES}
    return json.dumps(levels, indent=2) + "\n"


def page() -> str:
    """Return docs/policies.md."""
    lines = [
        "# Policies",
        "",
        "What the policy pack in `policies/` requires of every program that uses pulumi-aws, whether or not it uses",
        "these components. A configuration file selects the levels of a stage, and may change the level of any policy.",
        "Without a file, the levels of prod apply:",
        "",
        "```console",
        "$ pulumi preview --policy-pack policies --policy-pack-config policies/dev.json",
        "```",
        "",
        "`mandatory` refuses the deployment, `remediate` fixes the resource and says so, `advisory` warns. Do not skip",
        "the preview: when an update is refused, other resources may already have been made.",
        "",
        "| policy | what must hold | why, and the fix | dev | prod |",
        "| --- | --- | --- | --- | --- |",
    ]
    for policy in POLICIES:
        remediation = (
            f" Remediation {policy.remediation_text}."
            if isinstance(policy, ResourcePolicy) and policy.remediation_text
            else ""
        )
        row = (
            f"| `{policy.name}` | {policy.requirement} | {policy.why} {policy.fix}{remediation} [AWS]({policy.source}) "
            f"| {policy.dev.value} | {policy.prod.value} |"
        )
        lines.append(row.replace("<", "&lt;"))  # Markdown would take <function ARN> for HTML
    lines += [
        "",
        "Settings, besides `enforcementLevel`:",
        "",
        "| policy | setting | default |",
        "| --- | --- | --- |",
    ]
    for policy in POLICIES:
        lines += [f"| `{policy.name}` | `{name}` | `{value}` |" for name, value in policy.settings.items()]
    return "\n".join(lines) + "\n"
