"""AWS's rules for what CloudFormation makes from a template, which the control plane makes without a request.

Checked are roles that a service may not assume, and aliases. Whether the stack's caller or role may make a resource is not.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_cloud.gateway import aliases, emulator, roles
from local_cloud.gateway.aws_errors import not_found
from local_cloud.gateway.emulator import responses
from local_cloud.gateway.functions import Function, described

Properties = Mapping[str, Any]
Check = Callable[[Properties, str], None]
"""Refuses properties; the second argument is the resource's name if the template gives none."""


def install() -> None:
    """Check each resource of these types before it is made or changed, and keep the last newline of inline code."""
    parse = emulator.parse_template.value
    # It strips the text, and with it the newline with which code in a block at its end ends.
    emulator.parse_template.replace(
        lambda body: parse(body if body.lstrip().startswith("{") else f"{body}\n#")
    )
    for kind, check in CHECKS.items():
        handlers = emulator.stack_resource_handlers.value[kind]
        handlers["create"] = _creating(handlers["create"], check)
        handlers["update"] = _updating(handlers["update"], check)


def _creating(create: Callable[..., Any], check: Check) -> Callable[..., Any]:
    def create_checked(logical_id: str, props: Properties, stack_name: str) -> Any:
        check(props, f"{stack_name}-{logical_id}")
        return create(logical_id, props, stack_name)

    return create_checked


def _updating(update: Callable[..., Any], check: Check) -> Callable[..., Any]:
    def update_checked(
        physical_id: str, old: Properties, new: Properties, stack_name: str, logical_id: str | None = None
    ) -> Any:
        check(new, physical_id)
        return update(physical_id, old, new, stack_name, logical_id)

    return update_checked


def _scope() -> tuple[str, str]:
    return responses.get_account_id(), responses.get_region()


def _check_roles(passed: Iterator[roles.Passed]) -> None:
    for each in passed:
        each.check(responses.get_account_id())


def _check_function(props: Properties, name: str) -> None:
    _check_roles(roles.of_function(props.get("FunctionName") or name, props.get("Role"), *_scope()))


def _check_schedule(props: Properties, _: str) -> None:
    _check_roles(roles.of_schedule(props, *_scope()))


def _check_rule(props: Properties, name: str) -> None:
    _check_roles(roles.of_rule(props, props.get("Name") or name, *_scope()))


def _check_pipe(props: Properties, name: str) -> None:
    _check_roles(roles.of_pipe(props.get("Name") or name, props.get("RoleArn"), *_scope()))


def _check_alias(props: Properties, _: str) -> None:
    reference = str(props.get("FunctionName", ""))
    function, _, _ = emulator.function_of_reference(reference)
    if function is None:
        raise not_found(f"Function not found: {reference}")
    weights = (props.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or []
    shares = {str(each.get("FunctionVersion")): _number(each.get("FunctionWeight")) for each in weights}
    named = aliases.named_versions(str(props.get("FunctionVersion", "$LATEST")), shares)
    aliases.check_alike([_version(function, each) for each in named])


def _number(weight: object) -> object:
    """A weight, which a template may give as text."""
    try:
        return float(str(weight))
    except ValueError:
        return weight


def _version(function: Mapping[str, Any], version: str) -> Function:
    record = function if version == "$LATEST" else function["versions"].get(version)
    if record is None:
        raise not_found(f"Function not found: {function['config']['FunctionArn']}:{version}")
    return described(record["config"], qualified=True)


CHECKS: Mapping[str, Check] = {
    "AWS::Lambda::Function": _check_function,
    "AWS::Lambda::Alias": _check_alias,
    "AWS::Scheduler::Schedule": _check_schedule,
    "AWS::Events::Rule": _check_rule,
    "AWS::Pipes::Pipe": _check_pipe,
}
