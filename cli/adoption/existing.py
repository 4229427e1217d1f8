"""Reads existing functions, roles, log groups and alarms from AWS."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from .. import services
from ..service_errors import error_code
from .cloudformation import own_tags

_PUBLISHED = (
    *("CodeSha256", "Environment", "EphemeralStorage", "FileSystemConfigs", "Handler"),
    *("ImageConfigResponse", "KMSKeyArn", "Layers", "LoggingConfig", "MemorySize", "Role", "Runtime"),
    *(
        "SnapStart",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
        "DeadLetterConfig",
        "DurableConfig",
        "Architectures",
    ),
)
"""What a version records of the function: if the function differs now, publishing creates another version."""


@dataclass(frozen=True)
class ExistingFunction:
    """A durable function with its aliases and its newest version."""

    config: Mapping[str, Any]
    code: Mapping[str, Any]
    tags: Mapping[str, str]
    reserved_concurrency: int | None
    code_signing: str | None
    aliases: tuple[Mapping[str, Any], ...]
    newest: Mapping[str, Any] | None
    """The version that was published last."""

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.config["FunctionName"])

    @property
    def log_group(self) -> str:
        """The log group that it writes to."""
        configured = self.config.get("LoggingConfig", {}).get("LogGroup")
        return str(configured or f"/aws/lambda/{self.name}")

    @property
    def changed_since_published(self) -> bool:
        """Whether publishing it now would create a new version."""
        now, then = self.config, self.newest or {}
        return any(_plain(now.get(key)) != _plain(then.get(key)) for key in _PUBLISHED)


@dataclass(frozen=True)
class ExistingRole:
    """A role with its policies."""

    role: Mapping[str, Any]
    attached: tuple[str, ...]
    """ARNs."""
    inline: Mapping[str, Any] = field(default_factory=dict)
    """Documents by name."""


@dataclass(frozen=True)
class ExistingLogGroup:
    """A log group."""

    group: Mapping[str, Any]
    tags: Mapping[str, str]


def read_function(name: str) -> ExistingFunction | None:
    """Return a function, or None if it is not durable."""
    lambda_ = services.client("lambda")
    response = lambda_.get_function(FunctionName=name)
    config = response["Configuration"]
    if not config.get("DurableConfig"):
        return None
    versions = [
        version
        for page in lambda_.get_paginator("list_versions_by_function").paginate(FunctionName=name)
        for version in page["Versions"]
        if version["Version"] != "$LATEST"
    ]
    newest = max((version["Version"] for version in versions), key=int, default=None)
    aliases = [
        alias
        for page in lambda_.get_paginator("list_aliases").paginate(FunctionName=name)
        for alias in page["Aliases"]
    ]
    return ExistingFunction(
        config,
        response["Code"],
        own_tags(response.get("Tags", {})),
        response.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
        _code_signing(lambda_, name, config),
        tuple(sorted(aliases, key=lambda alias: str(alias["Name"]))),
        # The list leaves out some of a version's configuration.
        lambda_.get_function_configuration(FunctionName=name, Qualifier=newest) if newest else None,
    )


def read_role(name: str) -> ExistingRole:
    """Return a role."""
    iam = services.client("iam")
    attached = [
        policy["PolicyArn"]
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
        for policy in page["AttachedPolicies"]
    ]
    inline = [
        policy_name
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=name)
        for policy_name in page["PolicyNames"]
    ]
    documents = {
        policy_name: iam.get_role_policy(RoleName=name, PolicyName=policy_name)["PolicyDocument"]
        for policy_name in inline
    }
    return ExistingRole(iam.get_role(RoleName=name)["Role"], tuple(attached), documents)


def read_log_group(name: str) -> ExistingLogGroup | None:
    """Return a log group, or None if it does not exist: Lambda creates it when the function first logs."""
    logs = services.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    for group in (group for page in pages for group in page["logGroups"]):
        if group["logGroupName"] == name:
            # This call takes the ARN without the :* at its end.
            tags = logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
            return ExistingLogGroup(group, own_tags(tags))
    return None


def read_alarms(names: list[str]) -> Iterator[Mapping[str, Any]]:
    """Yield the alarms with these names that watch a single metric."""
    cloudwatch = services.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNames=names, AlarmTypes=["MetricAlarm"])
    for alarm in (alarm for page in pages for alarm in page["MetricAlarms"]):
        if alarm.get("MetricName"):
            tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
            yield {**alarm, "Tags": own_tags(tags)}


def _code_signing(lambda_: Any, name: str, config: Mapping[str, Any]) -> str | None:
    if config.get("PackageType") == "Image":
        return None
    try:
        response = lambda_.get_function_code_signing_config(FunctionName=name)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    arn: str | None = response.get("CodeSigningConfigArn")
    return arn


def _plain(value: Any) -> str:
    return json.dumps(value or None, sort_keys=True, default=str)
