"""IAM policy documents, as far as the policies look into them."""

import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Statement = Mapping[str, Any]


def statements(document: Any) -> Iterator[Statement]:
    """Give the statements that allow something; none of a document that is not known, or is none."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    given = document.get("Statement") if isinstance(document, Mapping) else None
    for each in listed(given):
        if isinstance(each, Mapping) and each.get("Effect") == "Allow":
            yield each


def listed(value: Any) -> list[Any]:
    """Return what may be one thing or a list as a list; none is an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def allows(statement: Statement, action: str) -> bool:
    """Tell whether a statement's actions take in this one."""
    if "NotAction" in statement:
        return not _matches(action, listed(statement["NotAction"]))
    return _matches(action, listed(statement.get("Action")))


def _matches(action: str, patterns: Iterable[Any]) -> bool:
    # IAM's patterns know no brackets, which fnmatch would take for a set.
    return any(
        fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))
        for pattern in patterns
        if isinstance(pattern, str)
    )


def every_function(statement: Statement) -> bool:
    """Tell whether a statement's resources take in functions of whatever name, and no tag narrows them."""
    conditions = statement.get("Condition")
    keys = [key for each in conditions.values() for key in each] if isinstance(conditions, Mapping) else []
    if any(key.lower().startswith("aws:resourcetag/") for key in keys):
        return False
    if "NotResource" in statement:
        return True
    return any(
        isinstance(each, str) and _any_function(each.split(":")) for each in listed(statement.get("Resource"))
    )


def _any_function(parts: list[str]) -> bool:
    """A pattern of too few parts, such as `*` or `arn:aws:lambda:*`, takes in what would follow."""
    if len(parts) <= 6:
        return parts[-1].endswith("*")
    return set(parts[6]) <= {"*"}
