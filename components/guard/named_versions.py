"""Whether an alias may name a version: it is there, and so is what it stands on."""

from collections.abc import Callable, Iterator
from typing import Any

from .declared import Deployed
from .executions import ExecutionsInFlightError
from .places import Place
from .standing import State
from .versions import LATEST, Version

_GONE = ("ResourceNotFoundException", "NoSuchEntity", "NotFound", "AWS.SimpleQueueService.NonExistentQueue")
_UNKNOWN = ("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation")


class VersionNotUsableError(ExecutionsInFlightError):
    """An alias names a version that is not there, or without what it stands on: its executions would fail."""


def refuse_versions(place: Place, region: str, function_arn: str, alias: State, newest: Deployed) -> None:
    """Ask for the versions that an alias is to name.

    Args:
        place: where the function is.
        region: its region.
        function_arn: its bare ARN.
        alias: the alias's inputs.
        newest: what the function's newest version stands on.

    Raises:
        VersionNotUsableError: a version is not there; its role, log group or dead letter target is not; or two versions
            that share the executions differ where Lambda demands that they do not.
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: AWS could not be asked.
    """
    routing = alias.get("routingConfig") or {}
    weights = list((routing.get("additionalVersionWeights") or {}) if isinstance(routing, dict) else {})
    numbers = [each for each in (alias.get("functionVersion"), *weights) if _is_number(each)]
    asked = {str(each): _version(place, region, function_arn, str(each)) for each in numbers}
    versions = [each for each in asked.values() if each is not None]
    problems = [problem for each in versions for problem in _missing(place, region, each)]
    if gone := [number for number, version in asked.items() if version is None]:
        there = ", ".join(_published(place, region, function_arn)) or "none"
        problems += [f"version {number} is not there; published are {there}" for number in gone]
    if "routingConfig" in alias:
        # The newest version has no number before it is published, and what it will have is known before.
        problems += _differences(versions, newest if len(versions) == 1 else None)
    if problems:
        name = function_arn.rpartition(":")[2]
        raise VersionNotUsableError(
            f"alias {alias.get('name')} of {name} is not set:\n"
            + "\n".join(f"  {each}" for each in problems)
            + "\n  Name another version, or none to take the newest."
        )


def _version(place: Place, region: str, function_arn: str, number: str) -> Version | None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - not needed by most deployments

    client = place.client("lambda", region)
    try:
        return Version.of(client.get_function_configuration(FunctionName=function_arn, Qualifier=number))
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise


def _published(place: Place, region: str, function_arn: str) -> list[str]:
    client = place.client("lambda", region)
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function_arn)
    numbers = (each["Version"] for page in pages for each in page["Versions"] if each["Version"] != LATEST)
    return sorted(numbers, key=int)


def _missing(place: Place, region: str, version: Version) -> Iterator[str]:
    """Say what a version stands on and is not there; what may not be asked counts as there."""
    target = version.dead_letter_arn or ""
    asked: list[tuple[str, str, Callable[[], bool]]] = [
        ("role", version.role_arn, lambda: _has_role(place, region, version.role_arn)),
        ("log group", version.log_group, lambda: _has_log_group(place, region, version.log_group)),
        ("dead letter target", target, lambda: _has_target(place, region, target)),
    ]
    for noun, name, is_there in asked:
        if name and not _answer(is_there):
            yield f"version {version.number} needs the {noun} {name}, which is not there"


def _differences(versions: list[Version], newest: Deployed | None) -> Iterator[str]:
    """Say in what versions differ that share an alias's executions.

    Lambda demands the same role, and the same dead letter target or none:
    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    roles = {each.role_arn for each in versions}
    targets = {each.dead_letter_arn for each in versions}
    if newest is not None and newest.is_known:
        roles |= {str(newest.role_arn)}
        targets |= {newest.dead_letter_arn}
    for noun, values in (("role", roles), ("dead letter target", targets)):
        if len(values) > 1:
            shown = " and ".join(sorted(str(each or "none") for each in values))
            yield f"versions that share an alias have the same {noun}, as Lambda demands; these have {shown}"


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and value.isdecimal()


def _answer(is_there: Callable[[], bool]) -> bool:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - as above

    try:
        return is_there()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _UNKNOWN:
            return True
        if code in _GONE:
            return False
        raise


def _has_role(place: Place, region: str, arn: str) -> bool:
    found = place.client("iam", region).get_role(RoleName=arn.rpartition("/")[2])["Role"]
    # A role of the same name under another path is another one.
    return bool(found["Arn"] == arn)


def _has_log_group(place: Place, region: str, name: str) -> bool:
    found = place.client("logs", region).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(each["logGroupName"] == name for each in found)


def _has_target(place: Place, region: str, arn: str) -> bool:
    service, account, name = (arn.split(":")[each] for each in (2, 4, 5))
    if service == "sns":
        return bool(place.client("sns", region).get_topic_attributes(TopicArn=arn))
    return bool(place.client("sqs", region).get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account))
