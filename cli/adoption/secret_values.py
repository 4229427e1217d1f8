"""Decides which environment variables are treated as secrets: rather one too many than one too few."""

import re

_NAME = re.compile(
    r"pass(word|wd|phrase)?|pwd|secret|token|key|credential|private|auth|salt|signature|cert|dsn|cookie|webhook",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\b(AKIA|ASIA)[A-Z2-7]{16}\b"
    r"|-----BEGIN "
    r"|://[^\s/@]+@"
    r"|\beyJ[\w-]{10,}\."
    r"|(?i:password|pwd|secret|token|key)[\"']?\s*[=:]"
)
_PLACE = re.compile(r"arn:[\w-]+:\S+|true|false|", re.IGNORECASE)
"""Values that say where a secret is, or whether there is one, and are not secrets themselves."""
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/=_-]{24,}")


def looks_secret(name: str, value: str) -> bool:
    """Whether a variable may hold a secret, by its name or by what it holds."""
    if _PLACE.fullmatch(value):
        return False
    return bool(_VALUE.search(value) or _NAME.search(name) or _RANDOM.fullmatch(value))
