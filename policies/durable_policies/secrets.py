"""The policy on secrets in environment variables, with a few patterns that hardly ever match anything else."""

import re
from collections.abc import Iterator

from .lambda_ import FUNCTION
from .model import GUIDE, Resource, ResourcePolicy, Settings

_VALUES = {
    "an AWS access key": r"\b(AKIA|ASIA)[A-Z2-7]{16}\b",
    "a private key": r"-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----",
    "a password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s:/@]*:[^\s:/@]+@",
    "a token of GitHub": r"\b(gh[pousr]_\w{36,}|github_pat_\w{22,})",
    "a token of GitLab": r"\bglpat-[\w-]{20,}",
    "a token of Slack": r"\bxox[abeoprs]-[\w-]{10,}",
    "a key of Stripe": r"\b[rs]k_(live|test)_\w{16,}",
    "a key of Google": r"\bAIza[\w-]{35}",
    "a JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+",
    "a password": r"(?i)\b(password|passwd|pwd|secret|api_?key|token)(\s*=\s*|\"\s*:\s*\")[^\s;,&\"]{6,}",
}
_NAME = re.compile(
    r"(?i)(.*_)?(password|passwd|pwd|passphrase|secret|secret_?key|api_?key|private_?key|(auth|access)_?token|token)"
)
_ELSEWHERE = re.compile(
    r"arn:aws|/|ssm:|secretsmanager:|\{\{resolve:|https?://|(true|false|\d*)$", re.IGNORECASE
)
"""What a variable that is named like a secret may hold: where the secret is kept, a flag, a number, or nothing."""


def secret_kind(name: str, value: str) -> str | None:
    """Return the kind of secret that a variable holds, or None; never the value."""
    for kind, pattern in _VALUES.items():
        if re.search(pattern, value):
            return kind
    if _NAME.fullmatch(name) and not _ELSEWHERE.match(value):
        return "what its name says"
    return None


def _hard_coded(function: Resource, _settings: Settings) -> Iterator[str]:
    variables = function.at("environment", "variables")
    for name, value in variables.items() if isinstance(variables, dict) else ():
        kind = secret_kind(name, value) if isinstance(value, str) else None
        if kind:
            yield f"{name} holds {kind}"


POLICIES = (
    ResourcePolicy(
        name="no-secrets-in-environment",
        requirement="No environment variable of a function holds a secret.",
        why="Anyone who may read the function's configuration can read it, in each version that was ever published.",
        fix="Keep the secret in Secrets Manager or SSM, pass its name or ARN, and read it in the handler.",
        source=f"{GUIDE}/configuration-envvars.html",
        types=frozenset({FUNCTION}),
        check=_hard_coded,
    ),
)
