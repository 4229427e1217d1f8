"""Whose executions may wait for a callback that nobody could complete any more."""

from collections.abc import Collection, Iterable

from . import dependents
from .declarations import Declarations
from .dependents import Dependent, Permission
from .providers import AwsProviders


class CallbackWaiters:
    """Finds the functions whose executions may wait for a callback, by the permissions to complete it."""

    def __init__(self, providers: AwsProviders, declarations: Declarations) -> None:
        self._providers = providers
        self._declarations = declarations

    def for_function(self, function_arn: str, role_arns: Collection[str]) -> list[Dependent]:
        """Return whose callbacks a function completes, by the policies in its roles."""
        roles = [name for arn in sorted(role_arns) if (name := arn.rpartition("/")[2])]
        if not roles or not self._providers.is_single:
            return []
        policies = [each for role in roles for each in self._declarations.policies_in(role)]
        permissions = [each for policy in policies for each in dependents.allowed_by(policy)]
        waiters = dependents.callback_waiters(permissions, dependents.WAITS_FOR_ANSWER)
        return [each for each in waiters if each.function_arn != function_arn]

    def for_permissions(
        self, permissions: Iterable[Permission], *, is_destroy: bool
    ) -> tuple[list[Dependent], list[Dependent]]:
        """Return whose callbacks these permissions complete.

        First those that would wait forever, then those for which a permission is merely revoked.
        """
        waiters = dependents.callback_waiters(permissions)
        functions = self._declarations.functions
        revoked_from = [each for each in waiters if not is_destroy and each.function_arn in functions]
        return [each for each in waiters if each not in revoked_from], revoked_from

    def is_revocable(self, dependent: Dependent) -> bool:
        """Tell whether a function only loses who answers its callbacks, and an update may take that from it."""
        return (
            dependent.reason in (dependents.WAITS_FOR_ANSWER, dependents.WAITS_FOR_CALLBACK)
            and dependent.function_arn in self._declarations.functions
        )
