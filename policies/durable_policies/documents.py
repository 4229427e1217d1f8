"""Reads IAM policy documents, as far as the policies need it."""

import fnmatch
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Statement = Mapping[str, Any]


def statements(document: Any) -> Iterator[Statement]:
    """Yield the statements that allow something; nothing if the document is unknown, or is not a document."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return
    entries = document.get("Statement") if isinstance(document, Mapping) else None
    for statement in listed(entries):
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
            yield statement


def listed(value: Any) -> list[Any]:
    """Return a value that may be a single item or a list as a list; None is an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def allows(statement: Statement, action: str) -> bool:
    """Return whether a statement's actions include this one."""
    if "NotAction" in statement:
        return not _matches(action, listed(statement["NotAction"]))
    return _matches(action, listed(statement.get("Action")))


def _matches(action: str, patterns: Iterable[Any]) -> bool:
    # Brackets have no meaning in IAM's patterns, but fnmatch would read them as a set.
    return any(
        fnmatch.fnmatchcase(action.lower(), pattern.lower().replace("[", "[[]"))
        for pattern in patterns
        if isinstance(pattern, str)
    )


def every_function(statement: Statement) -> bool:
    """Return whether a statement's resources include functions of any name, and no tag narrows them."""
    conditions = statement.get("Condition")
    keys = (
        [key for condition in conditions.values() for key in condition]
        if isinstance(conditions, Mapping)
        else []
    )
    if any(key.lower().startswith("aws:resourcetag/") for key in keys):
        return False
    if "NotResource" in statement:
        return True
    return any(
        isinstance(resource, str) and _any_function(resource.split(":"))
        for resource in listed(statement.get("Resource"))
    )


def _any_function(parts: list[str]) -> bool:
    """Return whether an ARN's parts match any function; a short pattern, such as `arn:aws:lambda:*`, matches the rest."""
    if len(parts) <= 6:
        return parts[-1].endswith("*")
    return set(parts[6]) <= {"*"}
