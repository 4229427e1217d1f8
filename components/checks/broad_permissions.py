"""Permissions that are broader than a handler needs. AWS accepts them, so each causes a warning and no error."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pulumi

from .messages import warn

_SSM_FIX = "it can read every parameter; use allow_secret, or name the parameter's ARN"
_POLICY_FIX = "it can give itself every permission; change policies in the program that deploys it"
_DANGEROUS = {
    "iam:PassRole": (
        "role/{}",
        "it can pass any role in the account to a service; name the role's ARN, with the condition iam:PassedToService",
    ),
    **{f"iam:{name}": ("role/{}", _POLICY_FIX) for name in ("PutRolePolicy", "AttachRolePolicy")},
    "iam:DeleteRolePermissionsBoundary": ("role/{}", _POLICY_FIX),
    **{f"iam:{name}": ("user/{}", _POLICY_FIX) for name in ("PutUserPolicy", "AttachUserPolicy")},
    "iam:DeleteUserPermissionsBoundary": ("user/{}", _POLICY_FIX),
    **{f"iam:{name}": ("group/{}", _POLICY_FIX) for name in ("PutGroupPolicy", "AttachGroupPolicy")},
    "iam:AddUserToGroup": ("group/{}", _POLICY_FIX),
    **{
        f"iam:{name}": ("policy/{}", _POLICY_FIX)
        for name in ("CreatePolicyVersion", "SetDefaultPolicyVersion")
    },
    "iam:UpdateAssumeRolePolicy": ("role/{}", "it can let anyone assume every role; name the role's ARN"),
    **{
        f"iam:{name}": ("user/{}", "it can become every user; name the user's ARN")
        for name in ("CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile")
    },
    "sts:AssumeRole": (
        "role/{}",
        "it can assume every role that trusts the account; name the role's ARN",
    ),
    "lambda:InvokeFunction": (
        "function:{}",
        "it can invoke every function; use grant_invoke, or name the alias's ARN",
    ),
    "lambda:UpdateFunctionCode": (
        "function:{}",
        "it can run code as every function's role; name the function's ARN",
    ),
    "lambda:AddPermission": (
        "function:{}",
        "it can let anyone invoke every function; use grant_invoke in the program that deploys it",
    ),
    "secretsmanager:GetSecretValue": ("secret:{}", "it can read every secret; use allow_secret"),
    "ssm:GetParameter": ("parameter/{}", _SSM_FIX),
    "ssm:GetParameters": ("parameter/{}", _SSM_FIX),
    "ssm:GetParametersByPath": ("parameter/{}", _SSM_FIX),
    "ssm:GetParameterHistory": ("parameter/{}", _SSM_FIX),
    "kms:Decrypt": ("key/{}", "it can decrypt with every key; name the key's ARN"),
    **{
        f"kms:{name}": ("key/{}", "it can let anyone use every key; name the key's ARN")
        for name in ("CreateGrant", "PutKeyPolicy")
    },
}
"""Actions that give access to secrets or to further permissions if they are allowed on every resource of their kind: what
its ARN ends with, and the fix."""
_ANY = "0-any-name-0"
"""A name that a pattern only matches if it matches all names."""
_HARMLESS = ("describe", "list")
"""Many actions that begin like this support no resource but `*`."""

_ADMINISTRATOR_POLICIES = {
    "AdministratorAccess*": "everything in the account",
    "PowerUserAccess": "everything except user administration",
    "*FullAccess*": "everything in the service, on every resource",
    "job-function/*Administrator": "what a person in that job needs",
    "SecretsManagerReadWrite": "to read and change every secret",
    "AmazonSSMReadOnlyAccess": "to read every parameter",
}

_NARROWS_NOTHING = {
    *("aws:securetransport", "aws:requestedregion", "aws:currenttime", "aws:epochtime", "aws:tokenissuetime"),
    *("aws:useragent", "aws:referer", "aws:viaawsservice", "aws:principalaccount", "aws:principalarn"),
    *("aws:principalorgid", "aws:principaltype", "aws:sourceip", "aws:sourcevpc", "aws:sourcevpce"),
}
"""Keys of conditions that say from where and how a request comes, and not what it does:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""


class _Statement(Protocol):
    @property
    def actions(self) -> Sequence[str]: ...

    @property
    def resources(self) -> Sequence[Any]: ...

    @property
    def condition(self) -> Mapping[str, Any] | None: ...

    @property
    def effect(self) -> str: ...


def warn_of_statements(component: pulumi.Resource, key: str, statements: Sequence[_Statement]) -> None:
    """Warn of statements that allow too much on everything, once for each action.

    Args:
        component: the component that has the argument.
        key: the argument.
        statements: its value. Statements with a condition on what a request does, and ARNs that are not known yet, are
            ignored.
    """
    for number, statement in enumerate(statements):
        resources = [each for each in statement.resources if isinstance(each, str)]
        if not _narrows(statement.condition) and statement.effect == "Allow":
            for action in statement.actions:
                for message in _messages(action, resources):
                    _warn(component, f"{key}.{number}", message)


def warn_of_policies(component: pulumi.Resource, key: str, policies: Sequence[str]) -> None:
    """Warn of AWS managed policies for administrators, once for each."""
    for policy in policies:
        path = policy.partition(":policy/")[2] or policy
        name = path if path.startswith("job-function/") else path.rpartition("/")[2]
        allowed = next(
            (each for pattern, each in _ADMINISTRATOR_POLICIES.items() if fnmatch.fnmatchcase(name, pattern)),
            None,
        )
        if allowed:
            fix = "allow only what the handler does, on the ARNs that it uses, as statements"
            _warn(component, key, f"{policy} allows the handler {allowed}; {fix}")


def _narrows(condition: Mapping[str, Any] | None) -> bool:
    """Tell whether a condition may leave less than everything; one that is not known yet may."""
    return any(
        key.lower() not in _NARROWS_NOTHING
        and "*" not in (values if isinstance(values, Sequence) and not isinstance(values, str) else [values])
        for operator, keys in (condition or {}).items()
        if operator != "Null" and "Not" not in operator
        for key, values in keys.items()
    )


def _messages(action: str, resources: Sequence[str]) -> Iterator[str]:
    """Yield what an action allows too much of; at most one message."""
    service, _, name = action.lower().partition(":")
    everything = _every(resources, service, _ANY)
    fix = f"name the actions and ARNs that it uses (on {everything})"
    if everything and action == "*":
        where = "account" if _is_star(everything) else "service"
        yield f"* allows the handler everything in the {where}; {fix}"
        return
    for dangerous, (end, narrower) in _DANGEROUS.items():
        every = _every(resources, dangerous.partition(":")[0], end.format(_ANY))
        if every and _matches(action.lower(), dangerous.lower()):
            yield f"{action}: {narrower} (on {every})"
            return
    if everything and set(name) <= {"*", "?"}:
        yield f"{action} allows the handler everything in the service; {fix}"
    elif everything and set(name) & {"*", "?"} and not name.startswith(_HARMLESS):
        yield f"{action} allows the handler all such actions on every resource; {fix}"


def _every(resources: Sequence[str], service: str, end: str) -> str | None:
    """Return the first of these patterns that matches every resource of a kind.

    Args:
        resources: ARNs with * and ?, or `*`.
        service: the service of the kind, or `*` for any.
        end: what follows the account in the ARN of a resource of that kind.
    """
    for each in resources:
        parts = each.split(":", 5)
        if _is_star(each) or (
            len(parts) == 6
            and (service == "*" or _matches(parts[2], service))
            and (_matches(parts[5], end) or parts[5] == "*/*")
        ):
            return each
    return None


def _is_star(resource: str) -> bool:
    return set(resource) == {"*"}


def _matches(pattern: str, text: str) -> bool:
    """Tell whether a pattern of IAM's, with * and ?, matches a text."""
    return fnmatch.fnmatchcase(text, pattern.replace("[", "[[]"))


def _warn(component: pulumi.Resource, key: str, message: str) -> None:
    title = f"{component.pulumi_resource_type.rpartition(':')[2]} {component.pulumi_resource_name!r}"
    warn(f"{title}: {key}: {message}")
