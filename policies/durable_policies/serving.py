"""Serves the policies to the engine, with the policy SDK."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi_policy as sdk
from pulumi_policy import proxy

from .model import UNKNOWN, Policy, Resource, ResourcePolicy, Settings, Stack, StackPolicy
from .policies import POLICIES

_UNKNOWN = frozenset(
    value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_") and isinstance(value, str)
)
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python takes for printable although it shows nothing: fillers, joiners, and selectors of variants."""


def serve() -> None:
    """Serve the pack until the engine ends it."""
    sdk.PolicyPack("durable-functions", [_policy(policy) for policy in POLICIES])


def plain(value: Any) -> Any:
    """Return the SDK's values as plain values, with UNKNOWN for those that are known only after the deployment."""
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWN else value
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence):
        return [_item(value, index) for index in range(len(value))]
    return value


def printable(text: str) -> str:
    """Return text that neither a terminal obeys, nor the engine, which takes what follows `<{%` for a colour."""
    shown = "".join(char if _is_harmless(char) else char.encode("unicode_escape").decode() for char in text)
    return shown.replace("<{%", r"<{\x25")


def _is_harmless(character: str) -> bool:
    # To isprintable(), the spaces of other scripts are not printable. Persian and some emoji need the joiners.
    shown = character.isprintable() or unicodedata.category(character) == "Zs"
    return (shown and not _INVISIBLE.match(character)) or character in "\n\t\u200c\u200d"


def _item(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except proxy.UnknownValueError:
        return UNKNOWN


def _policy(policy: ResourcePolicy | StackPolicy) -> Any:
    level = sdk.EnforcementLevel(policy.prod.value)
    schema = sdk.PolicyConfigSchema(
        {name: {"type": _type(value), "default": value} for name, value in policy.settings.items()}
    )
    common = {
        "name": policy.name,
        "description": policy.description,
        "enforcement_level": level,
        "config_schema": schema if policy.settings else None,
    }
    if isinstance(policy, ResourcePolicy):
        remediation = {"remediate": _remediate(policy)} if policy.remediation else {}
        return sdk.ResourceValidationPolicy(validate=_check(policy), **common, **remediation)
    return sdk.StackValidationPolicy(validate=_check_stack(policy), **common)


def _type(value: Any) -> str:
    return {str: "string", int: "integer"}[type(value)]


def _settings(policy: Policy, args: Any) -> Settings:
    return {**policy.settings, **args.get_config()}


def _resource(args: Any) -> Resource:
    return Resource(args.resource_type, args.name, plain(args.props), args.urn)


def _check(policy: ResourcePolicy) -> Callable[[Any, Any], None]:
    def validate(args: Any, report: Any) -> None:
        if args.resource_type in policy.types:
            for message in policy.check(_resource(args), _settings(policy, args)):
                report(printable(message))

    return validate


def _remediate(policy: ResourcePolicy) -> Callable[[Any], Any]:
    def remediate(args: Any) -> Any:
        if args.resource_type not in policy.types:
            return None
        resource, settings = _resource(args), _settings(policy, args)
        if policy.remediation is None or not any(policy.check(resource, settings)):
            return None
        # Written into the SDK's own object, which keeps secrets and unknown values as they are.
        _write(args.props, policy.remediation(settings))
        return args.props

    return remediate


def _stack_resource(resource: Any) -> Resource:
    comes_from = {
        name: tuple(origin.urn for origin in origins)
        for name, origins in resource.property_dependencies.items()
    }
    props = plain(resource.props)
    # Unknown values that the program has not set are outputs of the service, and say nothing about the program.
    known = {name: value for name, value in props.items() if value is not UNKNOWN or name in comes_from}
    return Resource(resource.resource_type, resource.name, known, resource.urn, comes_from)


def _write(target: Any, properties: Mapping[str, Any]) -> None:
    for name, value in properties.items():
        if isinstance(value, Mapping) and name in target:
            _write(target[name], value)
        else:
            target[name] = value


def _check_stack(policy: StackPolicy) -> Callable[[Any, Any], None]:
    def validate(args: Any, report: Any) -> None:
        stack = Stack(_stack_resource(resource) for resource in args.resources)
        for finding in policy.check(stack, _settings(policy, args)):
            report(printable(finding.message), finding.resource.urn)

    return validate
