"""A deployed function as the checks read it, and what a check finds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from botocore.exceptions import ClientError

from ..executions import IN_FLIGHT
from ..service_errors import error_code
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
"""The codes by which Lambda, CloudWatch Logs, IAM, SNS and SQS say that something does not exist."""
PAGE = 1000
MOST_PAGES = 10


@dataclass(frozen=True)
class Finding:
    """One result of a check."""

    check: str
    level: Level
    message: str
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the keys that scripts read."""
        return {"check": self.check, "level": self.level, "said": self.message, "fix": self.fix}


@dataclass(frozen=True)
class Alias:
    """An alias, with the versions on which new executions by it run."""

    name: str
    version: str
    weights: Mapping[str, float]

    @property
    def versions(self) -> tuple[str, ...]:
        """Its version, and those that have a weight."""
        return self.version, *self.weights


@dataclass
class DeployedFunction:
    """A function as it is deployed."""

    function: Function
    client: Any
    aliases: list[Alias]
    """The function's own first, if it exists."""
    versions: dict[str, Config]
    """Every version including $LATEST, as ListVersionsByFunction returns it."""
    config: Config
    """Of the version of the function's own alias, with its state; empty if that does not exist."""
    missing: set[str] = field(default_factory=set)
    """What was looked up and does not exist."""

    @property
    def alias(self) -> Alias | None:
        """The function's own alias."""
        return next((alias for alias in self.aliases if alias.name == self.function.alias), None)

    @property
    def published(self) -> list[str]:
        """The numbers of the published versions, oldest first."""
        return sorted((version for version in self.versions if version != "$LATEST"), key=int)

    @property
    def timeout(self) -> int:
        """The execution timeout in seconds; 0 for a function that is not durable."""
        return execution_timeout(self.config)

    def invoked(self, arn: str) -> Config:
        """Return the version that an ARN of the function invokes; empty if it does not exist."""
        qualifier = arn.removeprefix(self.function.arn).removeprefix(":") or "$LATEST"
        alias = next((alias for alias in self.aliases if alias.name == qualifier), None)
        return self.versions.get(alias.version if alias else qualifier, {})

    @cached_property
    def mappings(self) -> list[Mapping[str, Any]]:
        """The event source mappings of the function and its aliases."""
        found: dict[str, Mapping[str, Any]] = {}
        # Lambda lists mappings by the ARN that they name.
        for arn in (self.function.arn, *(f"{self.function.arn}:{alias.name}" for alias in self.aliases)):
            pages = self.client.get_paginator("list_event_source_mappings").paginate(FunctionName=arn)
            found |= {mapping["UUID"]: mapping for page in pages for mapping in page["EventSourceMappings"]}
        return list(found.values())

    @cached_property
    def in_flight(self) -> dict[str, list[str]]:
        """The names of executions in flight by version: of the oldest executions, which run on the oldest versions."""
        names_by_version: dict[str, list[str]] = {}
        pages = self.client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=self.function.arn,
            Statuses=list(IN_FLIGHT),
            ReverseOrder=True,
            PaginationConfig={"PageSize": PAGE, "MaxItems": PAGE * MOST_PAGES},
        )
        for page in pages:
            for execution in page["DurableExecutions"]:
                version = execution["DurableExecutionArn"].partition("/")[0].split(":")[-1]
                names_by_version.setdefault(version, []).append(execution["DurableExecutionName"])
        return names_by_version


def read_deployed(function: Function) -> DeployedFunction | None:
    """Return a function with its aliases and versions; None if it does not exist."""
    client = function.client()
    try:
        aliases = [
            Alias(
                alias["Name"],
                alias["FunctionVersion"],
                (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {},
            )
            for page in client.get_paginator("list_aliases").paginate(FunctionName=function.name)
            for alias in page["Aliases"]
        ]
        versions = {
            version["Version"]: version
            for page in client.get_paginator("list_versions_by_function").paginate(FunctionName=function.name)
            for version in page["Versions"]
        }
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    aliases.sort(key=lambda alias: (alias.name != function.alias, alias.name))
    deployed = DeployedFunction(function, client, aliases, versions, {})
    if deployed.alias and deployed.alias.version in versions:
        # The list leaves out the state of a version.
        deployed.config = client.get_function_configuration(
            FunctionName=function.name, Qualifier=deployed.alias.version
        )
    return deployed


def execution_timeout(config: Config) -> int:
    """Return the execution timeout of a version in seconds; 0 for one that is not durable."""
    return int((config.get("DurableConfig") or {}).get("ExecutionTimeout", 0))


def is_missing(error: ClientError) -> bool:
    """Whether an error says that what was looked up does not exist."""
    return error_code(error) in MISSING


def in_days(number: Any) -> str:
    """Return a number of days in words."""
    return f"{number} day{'s' if number != 1 else ''}"


def summarized(names: Iterable[str], most: int = 3) -> str:
    """Return the first few names, and how many more there are."""
    names = list(names)
    shown, more = names[:most], len(names) - most
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def version_list(versions: Iterable[str]) -> str:
    """Return versions in words, newest first."""
    ordered = sorted(versions, key=lambda version: int(version) if version.isdigit() else 0, reverse=True)
    return f"version{'s' if len(ordered) > 1 else ''} {summarized(ordered, 5)}"
