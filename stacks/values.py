"""How the values of a stack file are parsed: the engine passes strings, and lists and maps as JSON."""

import json
import re
from collections.abc import Mapping
from typing import Annotated

from pulumi_durable_functions import rules
from pydantic import BeforeValidator

FUNCTIONS = ("orders", "payments")
"""The program's durable functions."""

SECONDS: Mapping[str, int] = {"": 1, "s": 1, "m": 60, "h": 3600, "d": rules.DAY_SECONDS}
DAYS: Mapping[str, int] = {"": 1, "d": 1}


def duration(value: object, units: Mapping[str, int]) -> int | None:
    """Return a duration such as `15m` in the unit of a plain number; None if the value is not a duration."""
    match = re.fullmatch(r"([0-9]{1,18})([a-z]?)", str(value))
    return int(match[1]) * units[match[2]] if match and match[2] in units else None


def structure(value: object) -> object:
    """Return the list or map that a value contains; None if it is a single value."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict | list) else None


def _duration(units: Mapping[str, int], allowed: str) -> BeforeValidator:
    def read(value: object) -> int:
        parsed = duration(value, units)
        if parsed is None:
            raise ValueError(f"must be {allowed}")
        return parsed

    return BeforeValidator(read)


def _boolean(value: object) -> object:
    """Accept true and false, and nothing else that pydantic accepts for them."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value


def _versions(value: object) -> dict[str, str]:
    """Parse versions by function; numbers become strings."""
    versions = structure(value)
    if not isinstance(versions, dict):
        raise ValueError("must map functions to versions: pulumi config set --path 'aliasVersions.orders' 7")
    if unknown := sorted(set(versions) - set(FUNCTIONS)):
        raise ValueError(f"contains {', '.join(unknown)}; the program's functions are {', '.join(FUNCTIONS)}")
    return {key: str(item) for key, item in versions.items()}


Seconds = _duration(SECONDS, "a duration: a number of seconds, or a number with s, m, h or d such as 15m")
Days = _duration(DAYS, "a number of days, such as 30d")
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Versions = Annotated[dict[str, rules.Version], BeforeValidator(_versions)]
Environment = Annotated[str, rules.matching(r"\S{1,64}", "1 to 64 characters without spaces")]
TopicArn = Annotated[
    str,
    rules.matching(
        r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9-_]{1,256}",
        "the ARN of a standard SNS topic: arn:<partition>:sns:<region>:<account>:<name>",
    ),
]
Email = Annotated[
    str, rules.matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address, such as ops@shop.example")
]
Operations = Annotated[int, rules.bounded(1, 3_000, "operations", "Lambda ends an execution that has more")]
Kilobytes = Annotated[float, rules.bounded(0, 100_000, "KB", "Lambda ends an execution that writes more")]
Price = Annotated[float, rules.bounded(0, 1_000_000, "per unit", "see AWS's price list for your region")]
Delay = Annotated[
    int, rules.bounded(0, rules.MAX_EXECUTION_SECONDS, "seconds", "write 5s, 15m or 24h"), Seconds
]
ExecutionTimeout = Annotated[rules.ExecutionTimeout, Seconds]
InvocationTimeout = Annotated[rules.InvocationTimeout, Seconds]
Retention = Annotated[rules.Retention, Days]
LogRetention = Annotated[rules.LogRetention, Days]
Cents = Annotated[int, rules.bounded(0, 10**12, "cents", "0 means that every order needs approval")]
