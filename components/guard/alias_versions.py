"""Whether an alias may name a version: the version must exist, and so must what it depends on."""

from collections.abc import Callable, Iterator
from typing import Any

from .declarations import NewestVersion
from .dependents import State
from .executions import ExecutionsInFlightError
from .providers import AwsProvider
from .versions import LATEST, Version

_NOT_FOUND = (
    "ResourceNotFoundException",
    "NoSuchEntity",
    "NotFound",
    "AWS.SimpleQueueService.NonExistentQueue",
)
_ACCESS_DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


class VersionNotUsableError(ExecutionsInFlightError):
    """An alias names a version that does not exist, or whose dependencies do not: its executions would fail."""


def refuse_unusable_versions(
    provider: AwsProvider, region: str, function_arn: str, alias: State, newest: NewestVersion
) -> None:
    """Check the versions that an alias is to name.

    Args:
        provider: the provider of the function's account.
        region: the function's region.
        function_arn: the function's bare ARN.
        alias: the alias's inputs.
        newest: what the function's newest version depends on.

    Raises:
        VersionNotUsableError: a version does not exist; its role, log group or dead letter target does not exist; or
            two versions that share the alias differ where Lambda requires that they do not.
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: AWS could not be asked.
    """
    routing = alias.get("routingConfig") or {}
    weights = list((routing.get("additionalVersionWeights") or {}) if isinstance(routing, dict) else {})
    numbers = [number for number in (alias.get("functionVersion"), *weights) if _is_number(number)]
    named = {str(number): _version(provider, region, function_arn, str(number)) for number in numbers}
    versions = [version for version in named.values() if version is not None]
    problems = [problem for version in versions for problem in _missing(provider, region, version)]
    if unknown := [number for number, version in named.items() if version is None]:
        published = ", ".join(_published(provider, region, function_arn)) or "none"
        problems += [
            f"version {number} does not exist; published versions: {published}" for number in unknown
        ]
    if "routingConfig" in alias:
        # The newest version has no number before it is published, but what it will depend on is known before.
        problems += _differences(versions, newest if len(versions) == 1 else None)
    if problems:
        name = function_arn.rpartition(":")[2]
        raise VersionNotUsableError(
            f"alias {alias.get('name')} of {name} is not set:\n"
            + "\n".join(f"  {problem}" for problem in problems)
            + "\n  Name another version, or leave the version out to take the newest."
        )


def _version(provider: AwsProvider, region: str, function_arn: str, number: str) -> Version | None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - not needed by most deployments

    client = provider.client("lambda", region)
    try:
        return Version.of(client.get_function_configuration(FunctionName=function_arn, Qualifier=number))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def _published(provider: AwsProvider, region: str, function_arn: str) -> list[str]:
    client = provider.client("lambda", region)
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function_arn)
    numbers = (each["Version"] for page in pages for each in page["Versions"] if each["Version"] != LATEST)
    return sorted(numbers, key=int)


def _missing(provider: AwsProvider, region: str, version: Version) -> Iterator[str]:
    """Describe what a version depends on and does not exist; what may not be looked up counts as existing."""
    target = version.dead_letter_arn or ""
    lookups: list[tuple[str, str, Callable[[], bool]]] = [
        ("role", version.role_arn, lambda: _role_exists(provider, region, version.role_arn)),
        ("log group", version.log_group, lambda: _log_group_exists(provider, region, version.log_group)),
        ("dead letter target", target, lambda: _target_exists(provider, region, target)),
    ]
    for noun, name, lookup in lookups:
        if name and not _exists(lookup):
            yield f"version {version.number} needs the {noun} {name}, which does not exist"


def _differences(versions: list[Version], newest: NewestVersion | None) -> Iterator[str]:
    """Describe how versions differ that share an alias.

    Lambda requires the same role, and the same dead letter target or none:
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    roles = {version.role_arn for version in versions}
    targets = {version.dead_letter_arn for version in versions}
    if newest is not None and newest.is_known:
        roles |= {str(newest.role_arn)}
        targets |= {newest.dead_letter_arn}
    for noun, values in (("role", roles), ("dead letter target", targets)):
        if len(values) > 1:
            shown = " and ".join(sorted(str(value or "none") for value in values))
            yield f"Lambda requires that versions that share an alias have the same {noun}; these have {shown}"


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isdecimal()


def _exists(lookup: Callable[[], bool]) -> bool:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    try:
        return lookup()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _ACCESS_DENIED:
            return True
        if code in _NOT_FOUND:
            return False
        raise


def _role_exists(provider: AwsProvider, region: str, arn: str) -> bool:
    role = provider.client("iam", region).get_role(RoleName=arn.rpartition("/")[2])["Role"]
    # A role of the same name under another path is a different role.
    return bool(role["Arn"] == arn)


def _log_group_exists(provider: AwsProvider, region: str, name: str) -> bool:
    groups = provider.client("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)


def _target_exists(provider: AwsProvider, region: str, arn: str) -> bool:
    service, account, name = (arn.split(":")[index] for index in (2, 4, 5))
    if service == "sns":
        return bool(provider.client("sns", region).get_topic_attributes(TopicArn=arn))
    return bool(provider.client("sqs", region).get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account))
