"""The policies of the pack, and what each stage enforces."""

import json
from collections.abc import Callable

from . import access, functions, operations, secrets, triggers
from .model import Level, Policy, ResourcePolicy, StackPolicy

POLICIES: tuple[ResourcePolicy | StackPolicy, ...] = (
    *functions.POLICIES,
    *triggers.POLICIES,
    *access.POLICIES,
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
        "The policy pack in `policies/` checks every program that uses pulumi-aws, whether it uses these components or",
        "not. A file selects a stage, and may also set the level of single policies; without one, prod's levels apply:",
        "",
        "```console",
        "$ pulumi preview --policy-pack policies --policy-pack-config policies/dev.json",
        "```",
        "",
        "`mandatory` refuses the deployment, `remediate` fixes the resource and reports that, `advisory` warns. Run a",
        "preview first: in an update, other resources may already have been created when one is refused.",
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
            f"| `{policy.name}` | {policy.requirement} | {policy.why} {policy.fix}{remediation} "
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
