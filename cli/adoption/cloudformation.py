"""Reads a CloudFormation stack: its template and the resources that it has deployed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import cfn_flip
from botocore.exceptions import ClientError

from .. import services
from ..stack import CommandError

_RETAINED = {"Retain", "RetainExceptOnCreate"}
FUNCTION = "AWS::Lambda::Function"
VERSION = "AWS::Lambda::Version"
ALIAS = "AWS::Lambda::Alias"
ROLE = "AWS::IAM::Role"
ROLE_POLICY = "AWS::IAM::Policy"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"


@dataclass(frozen=True)
class StackResource:
    """One resource of a stack."""

    logical: str
    type: str
    physical: str
    """Its physical ID: a name or an ARN."""


@dataclass(frozen=True)
class DeployedStack:
    """A deployed stack; SAM's transform is expanded."""

    name: str
    region: str
    account: str
    template: Mapping[str, Any]
    resources: tuple[StackResource, ...]

    def of_type(self, kind: str) -> list[StackResource]:
        """Return the resources of this type, in the template's order."""
        return [resource for resource in self.resources if resource.type == kind]

    def properties(self, resource: StackResource) -> Mapping[str, Any]:
        """Return a resource's properties in the template."""
        properties: Mapping[str, Any] = (
            self.template["Resources"].get(resource.logical, {}).get("Properties", {})
        )
        return properties

    @property
    def unretained(self) -> list[str]:
        """The logical IDs of resources that would be deleted with the stack."""
        declared = self.template["Resources"]
        return [
            name for name, resource in declared.items() if resource.get("DeletionPolicy") not in _RETAINED
        ]

    def retaining_template(self) -> dict[str, Any]:
        """Return the same template, changed to retain all resources when the stack is deleted."""
        keep = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
        resources = {name: {**resource, **keep} for name, resource in self.template["Resources"].items()}
        return {**self.template, "Resources": resources}

    def is_secret(self, value: Any) -> bool:
        """Whether the template takes a value from a NoEcho parameter or a dynamic reference."""
        secret_parameters = {
            name for name, parameter in self.template.get("Parameters", {}).items() if _is_no_echo(parameter)
        }
        return any(
            text in secret_parameters
            or "{{resolve:" in text
            or any(f"${{{name}}}" in text for name in secret_parameters)
            for text in _texts(value)
        )


def read_stack(name: str) -> DeployedStack:
    """Return a stack of this account and region.

    Raises:
        CommandError: there is no such stack, or it is being changed.
    """
    cloudformation = services.client("cloudformation")
    region = cloudformation.meta.region_name
    try:
        description = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise CommandError(
            f"the CloudFormation stack {name!r} does not exist in {region}; `aws cloudformation list-stacks` shows "
            "which stacks exist, and AWS_PROFILE and AWS_REGION select the account and the region"
        ) from None
    if not description["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE", "ROLLBACK_COMPLETE")):
        raise CommandError(
            f"the CloudFormation stack {name!r} is {description['StackStatus']}; wait until it is CREATE_COMPLETE or "
            "UPDATE_COMPLETE"
        )
    body = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    template = cfn_flip.load(body)[0] if isinstance(body, str) else body
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
    resources = tuple(
        StackResource(summary["LogicalResourceId"], summary["ResourceType"], summary["PhysicalResourceId"])
        for page in pages
        for summary in page["StackResourceSummaries"]
        if summary.get("PhysicalResourceId") and not summary["ResourceStatus"].startswith("DELETE_")
    )
    return DeployedStack(name, region, description["StackId"].split(":")[4], template, resources)


def own_tags(tags: Mapping[str, str] | Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags without those that AWS sets itself, from either format that services use."""
    pairs = tags.items() if isinstance(tags, Mapping) else [(tag["Key"], tag["Value"]) for tag in tags]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


def _is_no_echo(parameter: Mapping[str, Any]) -> bool:
    return str(parameter.get("NoEcho", False)).lower() == "true"


def _texts(value: Any) -> Iterable[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)
