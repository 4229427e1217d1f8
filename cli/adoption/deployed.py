"""A CloudFormation stack: its template, and what it has deployed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import cfn_flip
from botocore.config import Config
from botocore.exceptions import ClientError

from ..stack import OpsError

_LIMITS = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})
_RETAINED = {"Retain", "RetainExceptOnCreate"}
FUNCTION = "AWS::Lambda::Function"
VERSION = "AWS::Lambda::Version"
ALIAS = "AWS::Lambda::Alias"
ROLE = "AWS::IAM::Role"
ROLE_POLICY = "AWS::IAM::Policy"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"


def client(service: str) -> Any:
    """Return a client with the credentials and the region of the environment."""
    return boto3.client(service, config=_LIMITS)


@dataclass(frozen=True)
class Resource:
    """One resource of a stack."""

    logical: str
    type: str
    physical: str
    """What the service knows it by: a name, or an ARN."""


@dataclass(frozen=True)
class DeployedStack:
    """A stack as it stands; SAM's transform is expanded."""

    name: str
    region: str
    account: str
    template: Mapping[str, Any]
    resources: tuple[Resource, ...]

    def of_type(self, kind: str) -> list[Resource]:
        """Return the resources of this type, in the template's order."""
        return [each for each in self.resources if each.type == kind]

    def properties(self, resource: Resource) -> Mapping[str, Any]:
        """Return what the template says of a resource."""
        found: Mapping[str, Any] = self.template["Resources"].get(resource.logical, {}).get("Properties", {})
        return found

    @property
    def unretained(self) -> list[str]:
        """The logical ids of what would be deleted with the stack."""
        declared = self.template["Resources"]
        return [name for name, each in declared.items() if each.get("DeletionPolicy") not in _RETAINED]

    def retaining_template(self) -> dict[str, Any]:
        """Return the same template, with nothing deleted when the stack is."""
        keep = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        resources = {name: {**each, **keep} for name, each in self.template["Resources"].items()}
        return {**self.template, "Resources": resources}

    def is_secret(self, value: Any) -> bool:
        """Whether the template takes a value from where secrets are kept."""
        hidden = {name for name, each in self.template.get("Parameters", {}).items() if _is_true(each)}
        return any(
            text in hidden or "{{resolve:" in text or any(f"${{{name}}}" in text for name in hidden)
            for text in _texts(value)
        )


def read(name: str) -> DeployedStack:
    """Return a stack of this account and region.

    Raises:
        OpsError: there is no such stack, or it is being changed.
    """
    cloudformation = client("cloudformation")
    region = cloudformation.meta.region_name
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise OpsError(
            f"there is no CloudFormation stack {name!r} in {region}; `aws cloudformation list-stacks` shows those "
            "there are, and AWS_PROFILE and AWS_REGION say where to look"
        ) from None
    if not found["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE")):
        raise OpsError(
            f"the CloudFormation stack {name!r} is {found['StackStatus']}; let it end in CREATE_COMPLETE or "
            "UPDATE_COMPLETE first"
        )
    body = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    template = cfn_flip.load(body)[0] if isinstance(body, str) else body
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    resources = tuple(
        Resource(each["LogicalResourceId"], each["ResourceType"], each["PhysicalResourceId"])
        for page in pages
        for each in page["StackResourceSummaries"]
        if each.get("PhysicalResourceId") and not each["ResourceStatus"].startswith("DELETE_")
    )
    return DeployedStack(name, region, found["StackId"].split(":")[4], template, resources)


def own_tags(tags: Mapping[str, str] | Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags without those that AWS sets itself, in whichever form a service has them."""
    pairs = tags.items() if isinstance(tags, Mapping) else [(each["Key"], each["Value"]) for each in tags]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


def _is_true(parameter: Mapping[str, Any]) -> bool:
    return str(parameter.get("NoEcho", False)).lower() == "true"


def _texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
