"""IAM's policy simulation, with every resource, role path, boundary and context key that the request names.

The control plane's own finds no role or user that has a path, and looks at the first resource only.
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from collections.abc import Iterator, Mapping
from itertools import count, product, takewhile
from typing import Any
from xml.sax.saxutils import escape

from local_cloud.gateway import emulator
from local_cloud.gateway.emulator import iam_evaluator, responses

Parameters = Mapping[str, Any]
Policies = list[Any]
"""A policy is a list of its statements, as the control plane's evaluator has them."""

DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


def install() -> None:
    """Take the place of the control plane's own."""
    handlers = emulator.iam_handlers.value
    handlers["SimulatePrincipalPolicy"] = _simulate_principal
    handlers["SimulateCustomPolicy"] = _simulate_custom


def _simulate_principal(parameters: Parameters) -> Any:
    arn = _first(parameters, "PolicySourceArn")
    kind, _, path = arn.rpartition(":")[2].partition("/")
    name, account = path.rpartition("/")[2], responses.get_account_id()
    kinds: Mapping[str, tuple[Any, Any]] = {
        "role": (emulator.roles.value, emulator.policies_of_role),
        "user": (emulator.users.value, emulator.policies_of_user),
    }
    if kind not in kinds:
        return emulator.iam_error(400, "InvalidInput", f"Invalid Entity Arn: {escape(arn)}")
    principals, policies_of = kinds[kind]
    if (principals.get(name) or {}).get("Arn") != arn:
        return emulator.iam_error(404, "NoSuchEntity", f"The {kind} {escape(arn)} cannot be found.")
    policies: Policies = policies_of(name, account)
    limits = emulator.boundary_of(principals, name, account)
    return _answer("SimulatePrincipalPolicy", parameters, arn, policies, limits)


def _simulate_custom(parameters: Parameters) -> Any:
    root = f"arn:aws:iam::{responses.get_account_id()}:root"
    return _answer("SimulateCustomPolicy", parameters, root, [], [])


def _answer(operation: str, parameters: Parameters, arn: str, policies: Policies, limits: Policies) -> Any:
    actions, resources = (list(_members(parameters, name)) for name in ("ActionNames", "ResourceArns"))
    policies = policies + _documents(parameters, "PolicyInputList")
    if boundary := _documents(parameters, "PermissionsBoundaryPolicyInputList"):
        limits = [boundary]
    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{_decision(parameters, arn, (action, resource), policies, limits)}</EvalDecision>"
        "<MatchedStatements/><MissingContextValues/></member>"
        for action, resource in product(actions, resources or ["*"])
    )
    result = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return emulator.iam_answer(
        200, f"{operation}Response", f"<{operation}Result>{result}</{operation}Result>"
    )


def _decision(
    parameters: Parameters, arn: str, asked: tuple[str, str], policies: Policies, limits: Policies
) -> str:
    action, resource = asked
    account = responses.get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=_first(parameters, "CallerArn") or arn,
        principal_type="User",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context=dict(_context(parameters)),
    )
    result = iam_evaluator.evaluate(context, policies, *limits)
    if policy := _first(parameters, "ResourcePolicy"):
        owner = (_first(parameters, "ResourceOwner") or resource).split(":")[4:5] or [account]
        result = iam_evaluator.combine_resource_policy(
            result, context, policy, owner[0] or account, limits=limits
        )
    return DECISIONS[result.decision]


def _context(parameters: Parameters) -> Iterator[tuple[str, Any]]:
    """The condition keys that the request gives, each with its value or values."""
    for number in count(1):
        entry = f"ContextEntries.member.{number}"
        name = _first(parameters, f"{entry}.ContextKeyName")
        if not name:
            return
        values = list(_members(parameters, f"{entry}.ContextKeyValues"))
        yield name.lower(), values[0] if len(values) == 1 else values


def _documents(parameters: Parameters, name: str) -> Policies:
    return [iam_evaluator.parse_policy_document(each) for each in _members(parameters, name)]


def _members(parameters: Parameters, name: str) -> Iterator[str]:
    return takewhile(bool, (_first(parameters, f"{name}.member.{number}") for number in count(1)))


def _first(parameters: Parameters, name: str) -> str:
    value = parameters.get(name) or ""
    return str(value[0] if isinstance(value, list) else value)
