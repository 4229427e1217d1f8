"""Reads a CloudFormation stack: its template and the resources that it has deployed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

import cfn_flip
from botocore.exceptions import ClientError

from .. import services
from ..stack import CommandError

_RETAINED = {"Retain", "RetainExceptOnCreate"}
_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_REF_IS_NO_NAME = {"AWS::IAM::AccessKey", "AWS::CloudFormation::CustomResource"}
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
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Their values; what is NoEcho is masked."""

    def of_type(self, kind: str) -> list[StackResource]:
        """Return the resources of this type, in the template's order."""
        return [resource for resource in self.resources if resource.type == kind]

    def properties(self, resource: StackResource) -> Mapping[str, Any]:
        """Return a resource's properties in the template."""
        properties: Mapping[str, Any] = (
            self.template["Resources"].get(resource.logical, {}).get("Properties", {})
        )
        return properties

    def text(self, value: Any) -> str | None:
        """Return a text of the template, with `Ref`, `Fn::Sub` and `Fn::Join` resolved; None for any other value."""
        match value:
            case str() | int() | float():
                return str(value)
            case {"Ref": str(name), **rest} if not rest:
                return self._names.get(name)
            case {"Fn::Sub": str(text), **rest} if not rest:
                parts = _VARIABLE.split(text)
                # Between the texts are the names; `${!name}` is a text.
                named = [
                    "${" + part[1:] + "}" if part[0] == "!" else self._names.get(part) for part in parts[1::2]
                ]
                return (
                    None if None in named else "".join(_alternated(parts[::2], [str(each) for each in named]))
                )
            case {"Fn::Join": [str(separator), list(items)], **rest} if not rest:
                texts = [self.text(item) for item in items]
                return None if None in texts else separator.join(str(text) for text in texts)
        return None

    def is_own_name(self, value: Any) -> bool:
        """Whether a value of the template is the `Ref` of a resource of the stack's own, which gives the resource's name."""
        match value:
            case {"Ref": str(name), **rest} if not rest:
                kind = self.template["Resources"].get(name, {}).get("Type", "")
                return kind.startswith("AWS::") and kind not in _REF_IS_NO_NAME
        return False

    @cached_property
    def _names(self) -> dict[str, str]:
        """What `Ref` gives for each name, as far as it is known."""
        pseudo = {
            "AWS::StackName": self.name,
            "AWS::Region": self.region,
            "AWS::AccountId": self.account,
        }
        return {**self.parameters, **{each.logical: each.physical for each in self.resources}, **pseudo}

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
    account = description["StackId"].split(":")[4]
    given = {
        each["ParameterKey"]: each["ParameterValue"]
        for each in description.get("Parameters", [])
        if "ParameterValue" in each
    }
    return DeployedStack(name, region, account, template, resources, given)


def own_tags(tags: Mapping[str, str] | Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags without those that AWS sets itself, from either format that services use."""
    pairs = tags.items() if isinstance(tags, Mapping) else [(tag["Key"], tag["Value"]) for tag in tags]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


def _alternated(first: list[str], second: list[str]) -> Iterator[str]:
    return (each for pair in zip_longest(first, second, fillvalue="") for each in pair)


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
