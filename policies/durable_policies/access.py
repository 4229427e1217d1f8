"""Policies on permissions: grants, and what the execution role needs."""

import re
from collections.abc import Iterator
from typing import Any

from .documents import allows, every_function, listed, reaches_executions, statements
from .lambda_ import durable_functions
from .model import GUIDE, UNKNOWN, Finding, Resource, ResourcePolicy, Settings, Stack, StackPolicy

ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
MANAGED = "aws:iam/policy:Policy"
PERMISSION = "aws:lambda/permission:Permission"
_ATTACHMENTS = frozenset(
    {
        ATTACHMENT,
        "aws:iam/userPolicyAttachment:UserPolicyAttachment",
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
        "aws:iam/policyAttachment:PolicyAttachment",
    }
)
DOCUMENTS = frozenset(
    {ROLE_POLICY, MANAGED, "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"}
)

STARTS = (
    "lambda:InvokeFunction",
    "lambda:SendDurableExecutionCallbackSuccess",
    "lambda:SendDurableExecutionCallbackFailure",
    "lambda:SendDurableExecutionCallbackHeartbeat",
)
"""The actions that start executions, or complete their callbacks."""
NEEDED = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
EXECUTION_POLICY = "AWSLambdaBasicDurableExecutionRolePolicy"
_WITHOUT_CHECKPOINT = tuple(
    f"/{name}"
    for name in (
        *("AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSXRayDaemonWriteAccess"),
        *(
            "AWSLambdaSQSQueueExecutionRole",
            "AWSLambdaKinesisExecutionRole",
            "AWSLambdaDynamoDBExecutionRole",
        ),
    )
)
"""AWS's managed policies that are easily taken for the right one, but do not allow checkpoints."""
_INVOKES_EVERY_FUNCTION = ("AWSLambda_FullAccess", "service-role/AWSLambdaRole")
_CONDITIONS = ("sourceAccount", "principalOrgId", "functionUrlAuthType", "invokedViaFunctionUrl")


def documents_in(resource: Resource) -> Iterator[Any]:
    """Yield the policy documents in a resource."""
    if resource.type in DOCUMENTS:
        yield resource.at("policy")
    if resource.type == ROLE:
        for policy in listed(resource.at("inlinePolicies")):
            yield policy.get("policy") if isinstance(policy, dict) else policy


def _too_wide(resource: Resource, _settings: Settings) -> Iterator[str]:
    for document in documents_in(resource):
        for statement in statements(document):
            wide = [action for action in STARTS if allows(statement, action) and every_function(statement)]
            if wide:
                yield f"{', '.join(wide)} is allowed on every function"
    attached = "policyArn" if resource.type in _ATTACHMENTS else "managedPolicyArns"
    for arn in listed(resource.at(attached)):
        if isinstance(arn, str) and arn.endswith(
            tuple(f":policy/{name}" for name in _INVOKES_EVERY_FUNCTION)
        ):
            yield f"{arn} allows lambda:InvokeFunction on every function"
    if resource.type == PERMISSION:
        yield from _open_permission(resource)


def _open_permission(permission: Resource) -> Iterator[str]:
    principal = permission.at("principal")
    if not isinstance(principal, str) or any(permission.at(name) is not None for name in _CONDITIONS):
        return
    if principal != "*" and not principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return
    if (source := permission.at("sourceArn")) is not None:
        if isinstance(source, str) and not _names_account(source):
            yield f"{principal} may invoke it for any owner of {source}, which names no account; pass source_account"
    elif principal == "*":
        yield "everybody may invoke it"
    else:
        yield f"{principal} may invoke it on behalf of anybody; pass source_arn or source_account"


def _names_account(arn: str) -> bool:
    """Return whether an ARN names one account; a bucket's names none, and a pattern may match any."""
    return re.fullmatch(r"arn:[^:]+:[^:]*:[^:]*:\d{12}:.+", arn) is not None


def _cannot_checkpoint(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function in durable_functions(stack):
        role = _role(stack, function)
        if role is None:
            continue
        documents = list(_role_documents(stack, role))
        missing = [
            action
            for action in NEEDED
            if not any(
                allows(statement, action) and reaches_executions(statement, function.at("name"))
                for document in documents
                for statement in statements(document)
            )
        ]
        if missing and UNKNOWN not in documents:
            yield Finding(f"the role {role.name} of {function.name} lacks {' and '.join(missing)}", role)


def _role(stack: Stack, function: Resource) -> Resource | None:
    """Return the function's role, if it belongs to this stack."""
    created = [origin for origin in stack.origins(function, "role") if origin.type == ROLE]
    arn = function.at("role")
    by_arn = [
        candidate for candidate in stack.all(ROLE) if isinstance(arn, str) and candidate.at("arn") == arn
    ]
    return next(iter(created + by_arn), None)


def _role_documents(stack: Stack, role: Resource) -> Iterator[Any]:
    """Yield the policy documents of a role; UNKNOWN for one that is not in this stack."""
    yield from documents_in(role)
    for arn in listed(role.at("managedPolicyArns")):
        yield from _managed(stack, [], arn)
    for attachment in stack.all(ROLE_POLICY, *_ATTACHMENTS):
        property_name = "roles" if "roles" in attachment.props else "role"
        names = [name for name in listed(attachment.at(property_name)) if name is not UNKNOWN]
        if role not in stack.origins(attachment, property_name) and role.at("name") not in names:
            continue
        if attachment.type == ROLE_POLICY:
            yield attachment.at("policy")
        else:
            yield from _managed(stack, stack.origins(attachment, "policyArn"), attachment.at("policyArn"))


def _managed(stack: Stack, origins: list[Resource], arn: Any) -> Iterator[Any]:
    own_policies = [policy for policy in origins if policy.type == MANAGED]
    own_policies = own_policies or [
        policy for policy in stack.all(MANAGED) if arn is not UNKNOWN and policy.at("arn") == arn
    ]
    if own_policies:
        yield own_policies[0].at("policy")
    elif isinstance(arn, str) and arn.endswith(f"/{EXECUTION_POLICY}"):
        yield {"Statement": [{"Effect": "Allow", "Action": list(NEEDED), "Resource": "*"}]}
    elif not isinstance(arn, str) or not arn.endswith(_WITHOUT_CHECKPOINT):
        yield UNKNOWN


POLICIES = (
    ResourcePolicy(
        name="scoped-grants",
        requirement="Permissions to invoke, and to complete callbacks, name the functions that they apply to.",
        why="On * they cover every function of the account, including those that are made later.",
        fix="Grant lambda:InvokeFunction on the alias's ARN, callbacks on <function ARN>:*, and a service with "
        "source_arn or source_account, a bucket with both.",
        source=f"{GUIDE}/durable-security.html",
        types=DOCUMENTS | _ATTACHMENTS | {ROLE, PERMISSION},
        check=_too_wide,
    ),
    StackPolicy(
        name="checkpoint-permissions",
        requirement="A durable function's role may checkpoint executions and read their state.",
        why="Otherwise the first step ends in AccessDeniedException. A function's ARN without :* matches no execution.",
        fix=f"Attach service-role/{EXECUTION_POLICY}, or allow {' and '.join(NEEDED)} on <function ARN>:*.",
        source=f"{GUIDE}/durable-security.html",
        check=_cannot_checkpoint,
    ),
)
