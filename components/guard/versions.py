"""What each version of a function depends on, as Lambda describes it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

LATEST = "$LATEST"


@dataclass(frozen=True)
class Version:
    """A function's version, or `$LATEST`, with the other resources that an execution on it needs."""

    function_arn: str
    """The function's bare ARN."""
    number: str
    role_arn: str
    log_group: str
    dead_letter_arn: str | None
    environment: tuple[str, ...]
    """The values of its environment variables, which name the functions that it calls."""

    @property
    def function_name(self) -> str:
        """The function's name."""
        return self.function_arn.rpartition(":")[2]

    @classmethod
    def of(cls, configuration: dict[str, Any]) -> "Version":
        """Read a FunctionConfiguration from Lambda's API."""
        name, number = configuration["FunctionName"], configuration["Version"]
        logging = configuration.get("LoggingConfig") or {}
        dead_letters = configuration.get("DeadLetterConfig") or {}
        variables = (configuration.get("Environment") or {}).get("Variables") or {}
        return cls(
            configuration["FunctionArn"].removesuffix(f":{number}"),
            number,
            configuration["Role"],
            logging.get("LogGroup") or f"/aws/lambda/{name}",
            dead_letters.get("TargetArn") or None,
            tuple(variables.values()),
        )

    def has_role(self, name: str) -> bool:
        """Tell whether this is the version's role, by its name, which is unique in an account."""
        return self.role_arn.rpartition("/")[2] == name

    def calls(self, function_arn: str, alias: str | None = None) -> bool:
        """Tell whether the environment names a function, or one alias of it, by its ARN or its name.

        A function that is deleted does not wait for itself as a caller, but one that calls itself waits for its alias.
        """
        if alias is None and self.function_arn == function_arn:
            return False
        *_, account, _, name = function_arn.split(":")
        # Lambda accepts the whole ARN, a part of it, or the name.
        named = rf"(?<![\w:-])({account}:function:|function:)?{re.escape(name)}"
        if alias:
            pattern = rf"({re.escape(function_arn)}|{named}):{re.escape(alias)}(?![\w-])"
        else:
            pattern = rf"{re.escape(function_arn)}(?![\w-])|^{named}(:[\w$-]+)?$"
        return any(re.search(pattern, value) for value in self.environment)


def all_versions(client: Any) -> Iterator[Version]:
    """Yield every version of every function in a region, including `$LATEST`."""
    for page in client.get_paginator("list_functions").paginate(FunctionVersion="ALL"):
        for configuration in page["Functions"]:
            yield Version.of(configuration)


def by_function(versions: Iterable[Version]) -> dict[str, set[str]]:
    """Return the versions' numbers by their functions' ARNs."""
    numbers: dict[str, set[str]] = {}
    for version in versions:
        numbers.setdefault(version.function_arn, set()).add(version.number)
    return numbers
