"""Reads IAM policy documents, as far as the policies need it."""

import fnmatch
import json
import re
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
    return any(_like(action.lower(), pattern.lower()) for pattern in patterns if isinstance(pattern, str))


def _like(text: str, pattern: str) -> bool:
    # Brackets have no meaning in IAM's patterns, but fnmatch would read them as a set.
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


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


def reaches_executions(statement: Statement, function_name: Any = None) -> bool:
    """Return whether a statement's resources include executions, of this function if its name is known."""
    if "NotResource" in statement:
        return True
    return any(
        not isinstance(resource, str) or _execution_like(resource, function_name)
        for resource in listed(statement.get("Resource"))
    )


def _execution_like(pattern: str, function_name: Any) -> bool:
    """Return whether a pattern matches an execution's ARN, which has a version, and never an alias."""
    parts = pattern.split(":")
    if len(parts) <= 6:
        return pattern.endswith("*")
    name = function_name if isinstance(function_name, str) else parts[6]
    version = re.match(r"\d+|\$LATEST", parts[7]) if len(parts) > 7 else None
    # What the pattern leaves open is in this ARN as it stands in the pattern: `*` matches `*`.
    execution = f"{version[0] if version else 1}/durable-execution/name/id"
    return _like(":".join([*parts[:6], name, execution]), pattern)
