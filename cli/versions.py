"""Finds and deletes published versions that nobody needs any more."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from .executions import in_flight
from .service_errors import error_code
from .stack import Function


@dataclass(frozen=True)
class Version:
    """A published version."""

    number: int
    published: datetime
    code_bytes: int


@dataclass(frozen=True)
class PruneDecision:
    """Whether a version can be deleted, and why not."""

    version: Version
    keep_reason: str | None

    @property
    def is_unneeded(self) -> bool:
        """Whether nobody needs it."""
        return self.keep_reason is None


def decide(
    versions: Iterable[Version],
    aliases: Mapping[int, list[str]],
    *,
    current: int,
    keep: int,
    since: timedelta,
    now: datetime,
    in_use: Callable[[int], str | None],
) -> list[PruneDecision]:
    """Decide on every version, newest first.

    Args:
        versions: all published versions.
        aliases: the names of the aliases of each version, including those that give it a weight.
        current: the version of the alias that starts new executions.
        keep: how many of the newest to keep.
        since: how long ago a version must have been superseded: an invoke may still be on its way to it.
        now: the present.
        in_use: returns why a version is needed now; called only if nothing else keeps it.
    """
    ordered = sorted(versions, key=lambda version: version.number, reverse=True)
    previous = max((version.number for version in ordered if version.number < current), default=None)
    decisions: list[PruneDecision] = []
    for position, version in enumerate(ordered):
        reason = None
        if names := aliases.get(version.number):
            reason = f"used by {_alias_names(names)}"
        elif version.number == previous:
            reason = "the version before the current one"
        elif position < keep:
            reason = f"one of the newest {keep}"
        elif now - ordered[position - 1].published < since:
            reason = f"superseded less than {_words(since)} ago"
        else:
            reason = in_use(version.number)
        decisions.append(PruneDecision(version, reason))
    return decisions


def versions_of(client: Any, function: Function) -> list[Version]:
    """Return every published version of a function."""
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function.name)
    return [
        Version(
            int(version["Version"]), datetime.fromisoformat(version["LastModified"]), int(version["CodeSize"])
        )
        for page in pages
        for version in page["Versions"]
        if version["Version"] != "$LATEST"
    ]


def aliases_of(client: Any, function: Function) -> dict[int, list[str]]:
    """Return the names of the aliases of each version."""
    aliases_by_version: dict[int, list[str]] = {}
    for page in client.get_paginator("list_aliases").paginate(FunctionName=function.name):
        for alias in page["Aliases"]:
            weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            for version in (alias["FunctionVersion"], *weights):
                if version != "$LATEST":
                    aliases_by_version.setdefault(int(version), []).append(alias["Name"])
    return aliases_by_version


def decisions_for(client: Any, function: Function, *, keep: int, since: timedelta) -> list[PruneDecision]:
    """Decide on a function's versions as they are now."""
    aliases = aliases_of(client, function)
    numbers = [number for number, names in aliases.items() if function.alias in names]
    versions = versions_of(client, function)
    return decide(
        versions,
        aliases,
        # While an alias is split between two versions, the older one is the newer one's rollback target.
        current=min(numbers, default=max((version.number for version in versions), default=0)),
        keep=keep,
        since=since,
        now=datetime.now(UTC),
        in_use=lambda number: in_use(client, function, number),
    )


def in_use(client: Any, function: Function, number: int) -> str | None:
    """Return why a version without an alias is needed now; None if it is not, or does not exist."""
    arn = f"{function.arn}:{number}"
    try:
        if count := sum(1 for _ in in_flight(client, function, str(number))):
            return f"{count} execution{'s' if count > 1 else ''} in flight"
        pages = client.get_paginator("list_event_source_mappings").paginate(FunctionName=arn)
        for mapping in (mapping for page in pages for mapping in page["EventSourceMappings"]):
            if mapping["FunctionArn"] == arn:
                return f"the event source mapping {mapping['UUID']} invokes it"
        client.get_policy(FunctionName=function.name, Qualifier=str(number))
    except ClientError as error:
        # The version or its policy does not exist.
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    return "its resource policy lets others invoke it"


def delete(client: Any, function: Function, version: Version) -> str | None:
    """Delete a version after checking it again; if it is needed by now, return why instead."""
    if names := aliases_of(client, function).get(version.number):
        return f"by now used by {_alias_names(names)}"
    if reason := in_use(client, function, version.number):
        return f"by now {reason}"
    try:
        client.delete_function(FunctionName=function.name, Qualifier=str(version.number))
    except ClientError as error:
        match error_code(error):
            case "ResourceNotFoundException":
                return None
            # Lambda itself refuses to delete a version that an alias uses, so there is no race with that.
            case "ResourceConflictException":
                return f"Lambda refuses: {error.response['Error']['Message']}"
            case _:
                raise
    return None


def started_meanwhile(client: Any, function: Function, deleted: Container[int]) -> dict[str, int]:
    """Return the executions in flight on deleted versions: those that started after the last check."""
    if not deleted:
        return {}
    versions = {
        execution["DurableExecutionName"]: execution["DurableExecutionArn"]
        .partition("/")[0]
        .rpartition(":")[2]
        for execution in in_flight(client, function)
    }
    return {
        name: int(version)
        for name, version in versions.items()
        if version.isdigit() and int(version) in deleted
    }


def _alias_names(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return f"the alias{'es' if len(ordered) > 1 else ''} {', '.join(ordered)}"


def _words(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
