"""Authorization, by the control plane's evaluator, of what does not pass through the control plane.

With `AUTH=true` the control plane checks the signature of each request that reaches it, and authorizes it by the
policies of users, groups and roles, by permissions boundaries and session policies, and by the policies of resources.
The key `test` and the id of an account stand for an account's root, which may do everything. This module does the same
for what the gateway itself serves, for functions that invoke others, and for services that deliver to functions.
Without `AUTH=true` everything is allowed.
"""

from collections.abc import Callable, Mapping
from contextvars import Context
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import Reply, Request, refusal
from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.emulator import iam_actions, iam_evaluator, lambda_svc, responses, router
from local_cloud.gateway.functions import Function

INVOKE = "lambda:InvokeFunction"
# operations.py puts a stricter one in its place, for what the control plane serves.
_AUTHENTICATE = emulator.authenticate_only.value

P = ParamSpec("P")
T = TypeVar("T")


def _in_new_context(function: Callable[P, T]) -> Callable[P, T]:
    """Let the function set context variables of the control plane, without effect on its caller."""
    return wraps(function)(lambda *args, **kwargs: Context().run(function, *args, **kwargs))


def role_refusal(function: Function, action: str, resource: str) -> str | None:
    """AWS's message of why a function's execution role may not do something; None if it may."""
    return session_refusal(function.role_arn, function.name, action, resource)


@_in_new_context
def request_refusal(request: Request) -> Reply | None:
    """The response to a request that its caller may not make, or None. The request's body must have been read.

    Without an action and a resource, only the signature is checked. Another account's function or execution has to be
    allowed by the function's own policy too:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    """
    action, resource = request.action and f"lambda:{request.action}", request.resource
    reply = _refusal(request, action, resource)
    if reply or action is None or resource is None or not request.is_foreign:
        return reply
    verdict = caller_verdict(request, action, resource)
    if verdict.allows:
        return None
    reason = (
        "with an explicit deny in a resource-based policy"
        if verdict.denies
        else f"because no resource-based policy allows the {action} action"
    )
    message = f"User: {verdict.principal_arn} is not authorized to perform: {action} on resource: {resource} {reason}"
    return refusal(AwsError(403, "AccessDeniedException", message))


@dataclass(frozen=True)
class Verdict:
    """What the policies say about a principal."""

    principal_arn: str
    allows: bool
    denies: bool = False
    """Whether a policy denies it explicitly."""


@_in_new_context
def caller_verdict(
    request: Request, action: str, function_arn: str, keys: Mapping[str, str] | None = None
) -> Verdict:
    """What the policies of a request's caller and the function's own say. The signature must have been checked."""
    if not emulator.authorizes.value:
        return Verdict("*", allows=True)
    key = router.extract_access_key_id(request.headers, request.query)
    with responses.request_scope(*request.caller):
        principal = iam_evaluator.resolve_principal(key, responses.get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return Verdict("*", allows=False)
    _pin_origin(request)
    asked = _asked(action, function_arn, keys, principal)
    # Without policies, it is an account's root.
    own = (
        iam_evaluator.EvalResult("Allow")
        if principal.policies is None
        else iam_evaluator.evaluate(asked, principal.policies, *principal.limits)
    )
    policy, owner = _policy_of(function_arn), function_arn.split(":")[4]
    decision = iam_evaluator.combine_resource_policy(
        own, asked, policy, owner, limits=principal.limits
    ).decision
    return Verdict(principal.arn, decision == "Allow", decision == "Deny")


@_in_new_context
def anybodys_verdict(request: Request, action: str, function_arn: str, keys: Mapping[str, str]) -> Verdict:
    """What the function's own policy says about everybody."""
    if not emulator.authorizes.value:
        return Verdict("*", allows=True)
    _pin_origin(request)
    asked = _asked(action, function_arn, keys, iam_evaluator.PrincipalInfo("*", "Anonymous", "", None))
    decision = iam_evaluator.evaluate_resource_policy(_policy_of(function_arn), asked).decision
    return Verdict("*", decision == "Allow", decision == "Deny")


def _asked(action: str, function_arn: str, keys: Mapping[str, str] | None, principal: Any) -> Any:
    return iam_evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=function_arn,
        region=function_arn.split(":")[3],
        service_context={name.lower(): value for name, value in (keys or {}).items()},
        principal_keys=principal.keys,
    )


def _policy_of(function_arn: str) -> object:
    """The resource-based policy of a function; None if there is no such function."""
    _, _, _, region, account_id, *_ = function_arn.split(":")
    with responses.request_scope(account_id, region):
        policy, _ = lambda_svc.function_policy_for_arn(function_arn) or (None, account_id)
        return policy


def _pin_origin(request: Request) -> None:
    address = (request.scope.get("client") or ("127.0.0.1",))[0]
    iam_evaluator.pin_request_origin(address, secure_transport=False)


@_in_new_context
def passing_refusal(request: Request, role_arn: str, service: str) -> Reply | None:
    """The response to a caller that may not pass the role to the service, or None. The body must have been read.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
    """
    return _refusal(request, "iam:PassRole", role_arn, {"iam:PassedToService": service})


def _refusal(
    request: Request, action: str | None, resource: str | None, context: dict[str, str] | None = None
) -> Reply | None:
    if not emulator.authorizes.value:
        return None
    _pin_origin(request)
    iam_evaluator.pin_signed_request(
        request.method, request.raw_path, request.query, request.scope["headers"]
    )
    iam_evaluator.pin_signed_body(request.content)
    signed = (request.headers, request.query, "")
    response: Reply | None
    with responses.request_scope(*request.caller):
        if action is None or resource is None:
            response = _AUTHENTICATE("lambda", *signed)
        else:
            response = emulator.enforce_data_plane(
                request.service,
                action,
                *signed,
                resource_arn=resource,
                service_context=context,
                named_resource=resource,
            )
    return response


@_in_new_context
def may_assume(service: str, role_arn: str, source_arn: str) -> bool:
    """Whether the role exists, and its trust policy allows the service to assume it for one of its resources."""
    if not emulator.authorizes.value:
        return True
    region, account = source_arn.split(":")[3:5]
    with responses.request_scope(role_arn.split(":")[4], region):
        role = emulator.roles.value.get(role_arn.rpartition("/")[2])
        if role is None or role["Arn"] != role_arn:
            return False
        # A trust policy has no resource; it applies to its role.
        trust = role["AssumeRolePolicyDocument"]
        return _service_may(service, "sts:AssumeRole", "*", trust, (source_arn, account))


@_in_new_context
def session_refusal(role_arn: str, session: str, action: str, resource: str) -> str | None:
    """Why a service that has assumed a role may not do something with it; None if the role allows it."""
    if not emulator.authorizes.value:
        return None
    account_id, region = role_arn.split(":")[4], resource.split(":")[3]
    # The control plane makes such sessions for handlers only, so the session is one of a function with that name.
    config = {
        "FunctionArn": f"arn:aws:lambda:{region}:{account_id}:function:{session}",
        "FunctionName": session,
        "Role": role_arn,
    }
    with responses.request_scope(account_id, region):
        key = emulator.execution_credentials(config)["AWS_ACCESS_KEY_ID"]
        denial = iam_evaluator.enforce(key, action, resource.split(":")[2], region, resource_arn=resource)
    if denial is None:
        return None
    explicit = denial.decision == "Deny"
    return str(iam_actions.identity_denial_message(action, denial.principal_arn, resource, explicit))


@_in_new_context
def delivery_refusal(service: str, source_arn: str, source_account: str, function_arn: str) -> str | None:
    """Why a service may not invoke a function for one of its resources; None if the function's policy allows it."""
    if not emulator.authorizes.value:
        return None
    _, _, _, region, account_id, *_ = function_arn.split(":")
    with responses.request_scope(account_id, region):
        policy = _policy_of(function_arn)
        if _service_may(service, INVOKE, function_arn, policy, (source_arn, source_account)):
            return None
    return (
        f"{service} is not authorized to perform: {INVOKE} on resource: {function_arn} for {source_arn} "
        f"because no resource-based policy allows the {INVOKE} action"
    )


def _service_may(
    service: str, action: str, resource_arn: str, policy: object, source: tuple[str, str]
) -> bool:
    """Whether a resource's policy allows a service something for one of its own resources, by its ARN and account."""
    source_arn, source_account = source
    context = iam_evaluator.EvalContext(
        # Not a principal of an account, so that a permission of the account does not apply to the service.
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=responses.get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_account},
    )
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=service)
    return bool(result.decision == "Allow")
