"""What several checks look at, and what one of them finds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from botocore.exceptions import ClientError

from ..executions import IN_FLIGHT
from ..refusals import code_of
from ..stack import Function

Level = Literal["ok", "warning", "problem"]
Config = Mapping[str, Any]
MISSING = {
    "ResourceNotFoundException",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
}
"""How Lambda, CloudWatch Logs, IAM, SNS and SQS say that something is not there."""
PAGE = 1000
MOST_PAGES = 10


@dataclass(frozen=True)
class Finding:
    """What one check has found."""

    check: str
    level: Level
    said: str
    fix: str = ""


@dataclass(frozen=True)
class Alias:
    """An alias, with the versions that new executions by it take."""

    name: str
    version: str
    weights: Mapping[str, float]

    @property
    def versions(self) -> tuple[str, ...]:
        """The version it names, and those that take a share."""
        return self.version, *self.weights


@dataclass
class Patient:
    """A function as it is deployed."""

    function: Function
    client: Any
    aliases: list[Alias]
    """The function's own first, if it is there."""
    versions: dict[str, Config]
    """Every version, $LATEST among them, as ListVersionsByFunction says it."""
    config: Config
    """Of the version that the function's own alias names, with its state; empty if that is not there."""
    gone: set[str] = field(default_factory=set)
    """What was looked for and is not there."""

    @property
    def alias(self) -> Alias | None:
        """The function's own alias."""
        return next((each for each in self.aliases if each.name == self.function.alias), None)

    @property
    def published(self) -> list[str]:
        """The numbers of the versions, the oldest first."""
        return sorted((each for each in self.versions if each != "$LATEST"), key=int)

    @property
    def timeout(self) -> int:
        """The execution timeout in seconds; 0 for a function that is not durable."""
        return int((self.config.get("DurableConfig") or {}).get("ExecutionTimeout", 0))

    @cached_property
    def in_flight(self) -> dict[str, list[str]]:
        """The names of executions in flight by their version: of the oldest, whose versions are the oldest."""
        found: dict[str, list[str]] = {}
        pages = self.client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=self.function.arn,
            Statuses=list(IN_FLIGHT),
            ReverseOrder=True,
            PaginationConfig={"PageSize": PAGE, "MaxItems": PAGE * MOST_PAGES},
        )
        for page in pages:
            for each in page["DurableExecutions"]:
                version = each["DurableExecutionArn"].partition("/")[0].split(":")[-1]
                found.setdefault(version, []).append(each["DurableExecutionName"])
        return found


def admitted(function: Function) -> Patient | None:
    """Return a function with its aliases and versions; None if it is not there."""
    client = function.client()
    try:
        aliases = [
            Alias(
                each["Name"],
                each["FunctionVersion"],
                (each.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
            )
            for page in client.get_paginator("list_aliases").paginate(FunctionName=function.name)
            for each in page["Aliases"]
        ]
        versions = {
            each["Version"]: each
            for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=function.name)
            for each in page["Versions"]
        }
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    aliases.sort(key=lambda alias: (alias.name != function.alias, alias.name))
    patient = Patient(function, client, aliases, versions, {})
    if patient.alias and patient.alias.version in versions:
        # The list leaves out whether a version is ready.
        patient.config = client.get_function_configuration(
            FunctionName=function.name, Qualifier=patient.alias.version
        )
    return patient


def is_missing(error: ClientError) -> bool:
    """Whether an error says that the thing asked for is not there."""
    return code_of(error) in MISSING


def in_days(number: Any) -> str:
    """Return a number of days in words."""
    return f"{number} day{'s' if number != 1 else ''}"


def listed(names: Iterable[str], most: int = 3) -> str:
    """Return the first of several names, and how many more there are."""
    names = list(names)
    shown, more = names[:most], len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def numbered(versions: Iterable[str]) -> str:
    """Return versions in words, the newest first."""
    ordered = sorted(versions, key=lambda each: int(each) if each.isdigit() else 0, reverse=True)
    return f"version{'s' if len(ordered) > 1 else ''} {listed(ordered, 5)}"
