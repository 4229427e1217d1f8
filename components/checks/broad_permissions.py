"""Permissions that are broader than a handler needs. AWS accepts them, so each causes a warning and no error."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pulumi

_FIXES = {
    "iam:PassRole": "it can pass any role in the account to a service; name the role's ARN, with the condition "
    "iam:PassedToService",
    "sts:AssumeRole": "it can assume every role that trusts the account; name the role's ARN",
    "lambda:InvokeFunction": "it can invoke every function; use grant_invoke, or name the alias's ARN",
    "secretsmanager:GetSecretValue": "it can read every secret; use allow_secret",
    "ssm:GetParameter": "it can read every parameter; use allow_secret, or name the parameter's ARN",
    "kms:Decrypt": "it can decrypt with every key; name the key's ARN",
}
"""Actions that give access to secrets or to further permissions if they are allowed on everything, and the fix."""

_ADMINISTRATOR_POLICIES = {
    "AdministratorAccess*": "everything in the account",
    "PowerUserAccess": "everything except user administration",
    "*FullAccess*": "everything in the service, on every resource",
    "job-function/*Administrator": "what a person in that job needs",
}


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
        statements: its value. Statements with a condition, and ARNs that are not known yet, are ignored.
    """
    for number, statement in enumerate(statements):
        broad = [each for each in statement.resources if isinstance(each, str) and _is_everything(each)]
        if broad and not statement.condition and statement.effect == "Allow":
            for message in _messages(statement.actions):
                _warn(component, f"{key}.{number}", f"{message} (on {broad[0]})")


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


def _is_everything(resource: str) -> bool:
    """Tell whether a pattern matches every resource of its kind, as * and arn:aws:s3:::* do."""
    return set(resource.split(":", 5)[-1]) <= {"*"}


def _messages(actions: Sequence[str]) -> Iterator[str]:
    for action in actions:
        if action == "*":
            yield "* allows the handler everything in the account; name the actions and ARNs that it uses"
            continue
        fix = next((fix for each, fix in _FIXES.items() if _matches(action, each)), None)
        if fix:
            yield f"{action}: {fix}"
        elif action.endswith(":*"):
            yield f"{action} allows the handler everything in the service; name the actions and ARNs that it uses"


def _matches(pattern: str, action: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())


def _warn(component: pulumi.Resource, key: str, message: str) -> None:
    title = f"{component.pulumi_resource_type.rpartition(':')[2]} {component.pulumi_resource_name!r}"
    pulumi.log.warn(f"{title}: {key}: {message}")
