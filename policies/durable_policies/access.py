"""Policies on who may do what: grants, and what the execution role needs."""

import re
from collections.abc import Iterator
from typing import Any

from .documents import allows, every_function, listed, statements
from .lambda_ import durable_functions
from .model import UNKNOWN, Finding, Resource, ResourcePolicy, Settings, Stack, StackPolicy

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
_DOCUMENTS = frozenset(
    {ROLE_POLICY, MANAGED, "aws:iam/userPolicy:UserPolicy", "aws:iam/groupPolicy:GroupPolicy"}
)

STARTS = (
    "lambda:InvokeFunction",
    "lambda:SendDurableExecutionCallbackSuccess",
    "lambda:SendDurableExecutionCallbackFailure",
    "lambda:SendDurableExecutionCallbackHeartbeat",
)
"""What starts executions, and what moves them on."""
NEEDED = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
EXECUTION_POLICY = "AWSLambdaBasicDurableExecutionRolePolicy"
_LACKING = tuple(
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
"""AWS's managed policies that are taken for the right one."""
_INVOKES_ALL = ("AWSLambda_FullAccess", "service-role/AWSLambdaRole")
_BOUNDS = ("sourceAccount", "principalOrgId", "functionUrlAuthType", "invokedViaFunctionUrl")


def _documents(resource: Resource) -> Iterator[Any]:
    """Give the policy documents in a resource."""
    if resource.type in _DOCUMENTS:
        yield resource.at("policy")
    if resource.type == ROLE:
        for each in listed(resource.at("inlinePolicies")):
            yield each.get("policy") if isinstance(each, dict) else each


def _too_wide(resource: Resource, _settings: Settings) -> Iterator[str]:
    for document in _documents(resource):
        for statement in statements(document):
            wide = [action for action in STARTS if allows(statement, action) and every_function(statement)]
            if wide:
                yield f"{', '.join(wide)} is allowed on every function"
    attached = "policyArn" if resource.type in _ATTACHMENTS else "managedPolicyArns"
    for arn in listed(resource.at(attached)):
        if isinstance(arn, str) and arn.endswith(tuple(f":policy/{name}" for name in _INVOKES_ALL)):
            yield f"{arn} allows lambda:InvokeFunction on every function"
    if resource.type == PERMISSION:
        yield from _open_permission(resource)


def _open_permission(permission: Resource) -> Iterator[str]:
    principal = permission.at("principal")
    if not isinstance(principal, str) or any(permission.at(name) is not None for name in _BOUNDS):
        return
    if principal != "*" and not principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return
    if (source := permission.at("sourceArn")) is not None:
        if isinstance(source, str) and not _names_account(source):
            yield f"{principal} may invoke it for whoever owns {source}, which names no account; pass source_account"
    elif principal == "*":
        yield "everybody may invoke it"
    else:
        yield f"{principal} may invoke it for whomever it acts; pass source_arn or source_account"


def _names_account(arn: str) -> bool:
    """Tell whether an ARN is of one account; a bucket's names none, and a pattern's may be any."""
    return re.fullmatch(r"arn:[^:]+:[^:]*:[^:]*:\d{12}:.+", arn) is not None


def _cannot_checkpoint(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function in durable_functions(stack):
        role = _role(stack, function)
        if role is None:
            continue
        held = list(_held(stack, role))
        missing = [
            action
            for action in NEEDED
            if not any(allows(each, action) for document in held for each in statements(document))
        ]
        if missing and UNKNOWN not in held:
            yield Finding(f"the role {role.name} of {function.name} lacks {' and '.join(missing)}", role)


def _role(stack: Stack, function: Resource) -> Resource | None:
    """Return the function's role, if it is of this stack."""
    made = [each for each in stack.origins(function, "role") if each.type == ROLE]
    arn = function.at("role")
    named = [each for each in stack.all(ROLE) if isinstance(arn, str) and each.at("arn") == arn]
    return next(iter(made + named), None)


def _held(stack: Stack, role: Resource) -> Iterator[Any]:
    """Give the documents that a role has; UNKNOWN for one that this stack does not show."""
    yield from _documents(role)
    for arn in listed(role.at("managedPolicyArns")):
        yield from _managed(stack, [], arn)
    for each in stack.all(ROLE_POLICY, *_ATTACHMENTS):
        holder = "roles" if "roles" in each.props else "role"
        names = [name for name in listed(each.at(holder)) if name is not UNKNOWN]
        if role not in stack.origins(each, holder) and role.at("name") not in names:
            continue
        if each.type == ROLE_POLICY:
            yield each.at("policy")
        else:
            yield from _managed(stack, stack.origins(each, "policyArn"), each.at("policyArn"))


def _managed(stack: Stack, origins: list[Resource], arn: Any) -> Iterator[Any]:
    own = [each for each in origins if each.type == MANAGED]
    own = own or [each for each in stack.all(MANAGED) if arn is not UNKNOWN and each.at("arn") == arn]
    if own:
        yield own[0].at("policy")
    elif isinstance(arn, str) and arn.endswith(f"/{EXECUTION_POLICY}"):
        yield {"Statement": [{"Effect": "Allow", "Action": list(NEEDED)}]}
    elif not isinstance(arn, str) or not arn.endswith(_LACKING):
        yield UNKNOWN


POLICIES = (
    ResourcePolicy(
        name="scoped-grants",
        demands="Permissions to invoke, and to complete callbacks, name the functions that they apply to.",
        why="On * they cover every function of the account, including those that are made later.",
        fix="Grant lambda:InvokeFunction on the alias's ARN, callbacks on <function ARN>:*, and a service with "
        "source_arn or source_account, a bucket with both.",
        types=_DOCUMENTS | _ATTACHMENTS | {ROLE, PERMISSION},
        check=_too_wide,
    ),
    StackPolicy(
        name="checkpoint-permissions",
        demands="A durable function's role may checkpoint executions and read their state.",
        why="Otherwise the first step ends in AccessDeniedException.",
        fix=f"Attach service-role/{EXECUTION_POLICY}, or allow {' and '.join(NEEDED)} on <function ARN>:*.",
        check=_cannot_checkpoint,
    ),
)
