"""Rights of a handler that are wider than one needs: AWS takes them, so each is told and not refused."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import pulumi

_NARROWER = {
    "iam:PassRole": "it may hand any role of the account to a service; name the role's ARN, with the condition "
    "iam:PassedToService",
    "sts:AssumeRole": "it may become whoever trusts the account; name the role's ARN",
    "lambda:InvokeFunction": "it may invoke every function; use grant_invoke, or name the alias's ARN",
    "secretsmanager:GetSecretValue": "it may read every secret; use allow_secret",
    "ssm:GetParameter": "it may read every parameter; use allow_secret, or name the parameter's ARN",
    "kms:Decrypt": "it may decrypt by every key; name the key's ARN",
}
"""What leads to all the rest, or to secrets, where it is allowed on everything; and the narrower way."""

_MANAGED = {
    "AdministratorAccess*": "everything in the account",
    "PowerUserAccess": "everything but to administer users",
    "*FullAccess*": "everything in the service, on every resource",
    "job-function/*Administrator": "what a person of that job needs",
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
    """Warn of statements that allow much on everything, each once.

    Args:
        component: whose argument it is.
        key: the argument.
        statements: what it holds. One with a condition may be narrow; ARNs that are not known yet are passed over.
    """
    for number, statement in enumerate(statements):
        wide = [each for each in statement.resources if isinstance(each, str) and _is_everything(each)]
        if wide and not statement.condition and statement.effect == "Allow":
            for what in _told(statement.actions):
                _warn(component, f"{key}.{number}", f"{what} (on {wide[0]})")


def warn_of_policies(component: pulumi.Resource, key: str, policies: Sequence[str]) -> None:
    """Warn of AWS's policies for administrators, each once."""
    for policy in policies:
        path = policy.partition(":policy/")[2] or policy
        name = path if path.startswith("job-function/") else path.rpartition("/")[2]
        what = next((told for pattern, told in _MANAGED.items() if fnmatch.fnmatchcase(name, pattern)), None)
        if what:
            fix = "name what the handler does, and on which ARNs, in statements"
            _warn(component, key, f"{policy} allows the handler {what}; {fix}")


def _is_everything(resource: str) -> bool:
    """Tell whether a pattern leaves nothing of its kind out, as * and arn:aws:s3:::* do."""
    return set(resource.split(":", 5)[-1]) <= {"*"}


def _told(actions: Sequence[str]) -> Iterator[str]:
    for action in actions:
        if action == "*":
            yield "* allows the handler everything in the account; name the actions and ARNs that it uses"
            continue
        narrower = next((fix for each, fix in _NARROWER.items() if _takes_in(action, each)), None)
        if narrower:
            yield f"{action}: {narrower}"
        elif action.endswith(":*"):
            yield f"{action} allows the handler everything in the service; name the actions and ARNs that it uses"


def _takes_in(pattern: str, action: str) -> bool:
    return fnmatch.fnmatchcase(action.lower(), pattern.lower())


def _warn(component: pulumi.Resource, key: str, what: str) -> None:
    title = f"{component.pulumi_resource_type.rpartition(':')[2]} {component.pulumi_resource_name!r}"
    pulumi.log.warn(f"{title}: {key}: {what}")
