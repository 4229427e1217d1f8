"""Checks a change before the engine makes it: whether executions in flight need what is deleted or changed."""

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi

from . import dependents, legacy_roles
from .alias_versions import refuse_unusable_versions
from .callbacks import CallbackWaiters
from .declarations import Declarations
from .dependents import Dependent, Permission, State
from .executions import (
    END_VARIABLE,
    Execution,
    ExecutionsInFlightError,
    end,
    function_exists,
    in_flight,
    may_end,
    summary,
)
from .providers import AwsProvider, AwsProviders, UnreachableAccountError
from .versions import LATEST, Version, all_versions

REQUIRED_ACTIONS = (
    "lambda:ListDurableExecutionsByFunction",
    "lambda:ListFunctions",
    "lambda:GetFunctionConfiguration",
    "sts:GetCallerIdentity",
)
"""The IAM actions that the guard uses, besides what the AWS provider itself needs."""
IDLE_SECONDS = 10.0
"""How long a function counts as idle after it had no execution in flight."""
MOVED_PERMISSION_SECONDS = 3.0
"""How long no resource must have become known, before a permission is lost that another policy might still grant."""
_REPLAY = (
    "  Their next replay would run the new code, and fail where it differs: see `durable replay-check`.\n"
)
_REVOKE = "  Or remove what answers the callbacks from the program, and run `pulumi up`, which only warns.\n"


@dataclass(frozen=True)
class Change:
    """One resource that is about to be deleted, updated, or, if it is an alias, set.

    Attributes:
        kind: its type token.
        urn: its URN.
        id: its physical id.
        state: its outputs; of an alias that is set, its inputs.
        is_preview: whether this is a preview, in which nothing may be ended.
        info: logs an information.
        warn: logs a warning.
    """

    kind: str
    urn: str
    id: str
    state: State
    is_preview: bool
    info: Callable[[str], None]
    warn: Callable[[str], None]

    @property
    def title(self) -> str:
        """The resource's name for a person."""
        return dependents.title_of(self.kind, self.state)


class ChangeCheck:
    """Checks the changes of one run of a program; may be used by several threads."""

    def __init__(self, providers: AwsProviders, declarations: Declarations) -> None:
        self._providers = providers
        self._declarations = declarations
        self._waiters = CallbackWaiters(providers, declarations)
        self._versions: dict[tuple[int, str], list[Version]] = {}
        self._listing = threading.Lock()
        self._deleted: set[tuple[int, str]] = set()
        self._idle_since: dict[str, float] = {}

    def before_deletion(self, change: Change) -> None:
        """Refuse to delete a resource that executions in flight need.

        Raises:
            ExecutionsInFlightError: there are some, or it could not be determined.
        """
        title = f"{change.title} is not deleted"
        with _refuse_unless_known(title, change):
            needed_by, revoked_from = self._dependents(change)
            if (
                self._declarations.has(change.urn, change.id)
                and change.kind in dependents.DELETED_AFTER_FUNCTION
            ):
                # In a destroy, their function was deleted before them, and was checked then.
                needed_by = [each for each in needed_by if not self._was_idle(each)]
            self._refuse(title, change, needed_by)
            self._warn_of_callbacks(change, revoked_from)
            self._warn_of_lost_versions(change, needed_by)
            if change.kind == dependents.ROLE and not change.is_preview:
                for provider, region in self._providers.of(str(change.state["arn"])):
                    legacy_roles.empty_role(provider, region, change.state, needed_by)

    def before_update(self, change: Change, before: State, after: State) -> None:
        """Refuse an update that takes from executions in flight what they need.

        Raises:
            ExecutionsInFlightError: there are some, or it could not be determined.
        """
        title = f"{change.title} is not updated"
        if change.kind == dependents.FUNCTION:
            if change.state.get("durableConfig") and not _same_code(change.state, before, after):
                on_latest = Dependent(str(change.state["arn"]), frozenset({LATEST}), f"in flight on {LATEST}")
                with _refuse_unless_known(title, change):
                    self._refuse(title, change, [on_latest], _REPLAY)
            return
        policies = before.get("policy"), after.get("policy")
        lost = dependents.lost_permissions(*policies)
        boundary_changes = after.get("permissionsBoundary") not in (None, before.get("permissionsBoundary"))
        if not lost and not (change.kind == dependents.ROLE and boundary_changes):
            return
        with _refuse_unless_known(title, change):
            needed_by, revoked_from = self._dependents_on(change, lost)
            if lost and any(self._executions([*needed_by, *revoked_from])):
                lost = self._lost_permissions(change, *policies, seconds=MOVED_PERMISSION_SECONDS)
                needed_by, revoked_from = self._dependents_on(change, lost) if lost else ([], [])
            actions = ", ".join(dict.fromkeys(each.action for each in lost))
            self._refuse(
                title,
                change,
                needed_by,
                f"  They would lose {actions or 'what the new permissions boundary forbids'}.\n",
            )
            self._warn_of_callbacks(change, revoked_from)

    def before_alias(self, change: Change) -> None:
        """Refuse an alias that names a version by a number that cannot be used.

        Raises:
            ExecutionsInFlightError: a version cannot be used, or it could not be determined.
        """
        alias, name = change.state, str(change.state.get("functionName"))
        with _refuse_unless_known(f"alias {alias.get('name')} of {name} is not set", change):
            for arn, newest in list(self._declarations.functions.items()):
                if name in (arn, arn.rpartition(":")[2]):
                    for provider, region in self._providers.of(arn):
                        refuse_unusable_versions(provider, region, arn, alias, newest)

    def _dependents(self, change: Change) -> tuple[list[Dependent], list[Dependent]]:
        """Return who needs a resource that is deleted; and whose callbacks can no longer be completed by some principal.

        The latter is no reason to refuse the deletion.
        """
        kind, state, functions = change.kind, change.state, self._declarations.functions
        is_destroy = self._declarations.has(change.urn, change.id)
        if kind == dependents.FUNCTION:
            arn = str(state["arn"])
            itself = [dependents.function_itself(arn)] if state.get("durableConfig") else []
            calling = dependents.callers(self._versions_near(state), arn)
            answered = self._waiters.for_function(arn, {str(state.get("role"))}) if is_destroy else []
            return [*itself, *calling, *answered], []
        if kind == dependents.ALIAS:
            arn = dependents.function_of(state)
            # A function continues without an alias that is renamed or removed; a destroy must not touch anything.
            itself = [dependents.function_itself(arn)] if is_destroy or arn not in functions else []
            versions = self._versions_near(state)
            calling = dependents.callers(versions, arn, str(state.get("name")))
            # In a destroy, an alias is deleted before its function, which nothing could start then to answer.
            roles = {each.role_arn for each in versions if each.function_arn == arn}
            answered = self._waiters.for_function(arn, roles) if is_destroy else []
            return [
                *itself,
                *(each for each in calling if not itself or each.function_arn != arn),
                *answered,
            ], []
        permissions = dependents.allowed_by(state.get("policy"))
        if permissions and not is_destroy:
            permissions = self._lost_permissions(change, state["policy"], dependents.EMPTY_POLICY)
            if not permissions:
                return [], []
        return self._dependents_on(change, permissions, is_destroy=is_destroy)

    def _dependents_on(
        self, change: Change, permissions: Sequence[Permission], *, is_destroy: bool = False
    ) -> tuple[list[Dependent], list[Dependent]]:
        """Return, as above, who needs these permissions, or a resource that grants none."""
        state = change.state
        if permissions:
            state = {**state, "policy": dependents.policy_allowing(permissions)}
        needed_by = dependents.users_of(change.kind, state, self._versions_near(state))
        waiting, revoked_from = self._waiters.for_permissions(permissions, is_destroy=is_destroy)
        return [*needed_by, *waiting], revoked_from

    def _lost_permissions(
        self, change: Change, before: Any, after: Any, *, seconds: float = 0
    ) -> list[Permission]:
        """Return what a role loses: not what another policy grants, which may be created at the same time."""
        role = str(change.state.get("role"))
        role = role if self._providers.is_single else ""
        known, deadline = -1, 0.0
        while True:
            lost = dependents.lost_permissions(before, after, self._declarations.policies_in(role))
            if known != self._declarations.known:
                known, deadline = self._declarations.known, time.monotonic() + seconds
            if not lost or time.monotonic() >= deadline:
                return lost
            time.sleep(0.1)

    def _warn_of_callbacks(self, change: Change, revoked_from: Iterable[Dependent]) -> None:
        for executions, dependent in self._executions(revoked_from):
            change.warn(
                f"{change.title} no longer grants callback permissions: "
                f"{summary(executions, dependent.reason)}"
            )

    def _versions_near(self, state: State) -> list[Version]:
        """Return all versions of all functions in the account and region of a resource; listed once in a run."""
        versions = []
        for provider, region in self._providers.of(str(state.get("arn", ""))):
            with self._listing:
                key = (id(provider), region)
                if key not in self._versions:
                    self._versions[key] = list(all_versions(provider.client("lambda", region)))
                versions += self._versions[key]
        return versions

    def _executions(self, needed_by: Iterable[Dependent]) -> Iterator[tuple[list[Execution], Dependent]]:
        """Yield the executions in flight of each dependent that has some."""
        for dependent in needed_by:
            for provider, region in self._providers.of(dependent.function_arn):
                if executions := self._in_flight(provider, region, dependent):
                    yield executions, dependent

    def _in_flight(self, provider: AwsProvider, region: str, dependent: Dependent) -> list[Execution]:
        key = (id(provider), dependent.function_arn)
        if key in self._deleted:
            return []
        client = provider.client("lambda", region)
        now = time.monotonic()
        executions = in_flight(client, dependent.function_arn, dependent.version_numbers)
        if executions == [] and dependent.version_numbers is None:
            self._idle_since[dependent.function_arn] = now
        if executions is None:
            # Deleted before its role and its log group, which would ask for it again.
            self._deleted.add(key)
        return executions or []

    def _was_idle(self, dependent: Dependent) -> bool:
        """Tell whether a function had nothing in flight when it was itself checked, a moment ago."""
        idle_since = self._idle_since.get(dependent.function_arn, -IDLE_SECONDS)
        return time.monotonic() - idle_since < IDLE_SECONDS

    def _refuse(
        self, title: str, change: Change, needed_by: Iterable[Dependent], consequence: str = ""
    ) -> None:
        """Refuse a change while its dependents have executions in flight; end those that this run may end."""
        refused: dict[str, str] = {}
        to_end: list[tuple[list[Execution], Dependent]] = []
        only_answered = True
        own = {*self._declarations.functions, str(change.state.get("arn"))}
        for executions, dependent in self._executions(needed_by):
            name = dependent.function_arn.rpartition(":")[2]
            if not may_end(name, is_own=dependent.function_arn in own):
                refused[f"{title}: {summary(executions, dependent.reason)}"] = name
                only_answered &= self._waiters.is_revocable(dependent)
            elif dependent.function_arn in self._declarations.protected:
                why = "is protected, so its deletion is refused anyway and its executions are not ended"
                refused[f"{title}: {name} {why}"] = name
                only_answered = False
            else:
                to_end.append((executions, dependent))
        if refused:
            names = ",".join(dict.fromkeys(refused.values()))
            raise ExecutionsInFlightError(
                "\n".join(refused)
                + f"\n{consequence}{_REVOKE if only_answered else ''}"
                + "  Wait for them: durable drain. Or stop them: durable stop <execution>. Then run this again.\n"
                + f"  To end them first, once: {END_VARIABLE}={names} before the command."
            )
        for executions, dependent in to_end:
            name = dependent.function_arn.rpartition(":")[2]
            if change.is_preview:
                change.info(f"{name}: {summary(executions, dependent.reason)}; {END_VARIABLE} ends them")
                continue
            for provider, region in self._providers.of(dependent.function_arn):
                client = provider.client("lambda", region)
                if function_exists(client, dependent.function_arn):
                    end(client, dependent.function_arn, dependent.version_numbers, change.info)

    def _warn_of_lost_versions(self, change: Change, needed_by: Iterable[Dependent]) -> None:
        """Warn of published versions that aliases can no longer name after this deletion."""
        if change.kind not in (dependents.ROLE, dependents.LOG_GROUP, dependents.QUEUE):
            return
        if self._declarations.has(change.urn, change.id):
            return
        remaining = [each for each in needed_by if each.function_arn in self._declarations.functions]
        for name, numbers in dependents.published_versions(remaining):
            versions = f"version{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"
            change.warn(f"{change.title} is deleted, so {name} cannot go back to {versions}")


@contextmanager
def _refuse_unless_known(title: str, change: Change) -> Iterator[None]:
    """Refuse a change if Lambda does not say what is in flight, unless this run may end the executions anyway."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - most deployments need none

    try:
        yield
    except (ClientError, BotoCoreError, UnreachableAccountError) as error:
        name = str(change.state.get("name")) if change.kind == dependents.FUNCTION else "all"
        reason = f"whether executions in flight need it could not be determined: {error}"
        if may_end(name):
            change.warn(f"{change.title}: {reason}")
            return
        raise ExecutionsInFlightError(
            f"{title}: {reason}\n"
            f"  The deployment needs the permissions {', '.join(REQUIRED_ACTIONS)}.\n"
            f"  To continue anyway, once: {END_VARIABLE}={name} before the command."
        ) from None


def _same_code(state: State, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    changed = {
        key for key in dependents.CODE_INPUTS if _identity(before.get(key)) != _identity(after.get(key))
    }
    # An import does not know the archive that is deployed, so the update after it sets one.
    return changed <= {"code"} and (not changed or _digest(after.get("code")) == state.get("codeSha256"))


def _identity(value: Any) -> Any:
    """Return what distinguishes two values of an input: archives are named after their contents."""
    return Path(value.path).name if isinstance(value, pulumi.FileArchive) else value


def _digest(code: Any) -> str:
    """Return the digest by which Lambda knows an archive; empty if it is not a file."""
    if not isinstance(code, pulumi.FileArchive) or not Path(code.path).is_file():
        return ""
    return base64.b64encode(hashlib.sha256(Path(code.path).read_bytes()).digest()).decode()
