"""What is asked before a resource is deleted or changed, and what is refused."""

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

from . import older_roles, standing
from .declared import Declared
from .executions import (
    ALLOWED,
    Execution,
    ExecutionsInFlightError,
    counted,
    end,
    in_flight,
    is_there,
    may_end,
)
from .named_versions import refuse_versions
from .places import CannotAskError, Place, Places
from .standing import Need, Right, State
from .versions import LATEST, Version, all_versions

RIGHTS = (
    "lambda:ListDurableExecutionsByFunction",
    "lambda:ListFunctions",
    "lambda:GetFunctionConfiguration",
    "sts:GetCallerIdentity",
)
"""What the guard asks for, beside what the AWS provider itself needs."""
IDLE_SECONDS = 10.0
MOVE_SECONDS = 3.0
"""How long a policy that is to give what another one loses is waited for, before that is refused."""
_REPLAY = (
    "  Their next replay would meet the new code, and fail where it differs: see `durable replay-check`.\n"
)


@dataclass(frozen=True)
class Question:
    """One resource that is to be deleted, changed or set.

    Attributes:
        kind: its type token.
        urn: its URN.
        id: its physical id.
        state: its outputs; of an alias that is set, its inputs.
        is_preview: whether this is a preview, in which nothing may be ended.
        tell: is given what a person may want to know.
        warn: is given what a person should know.
    """

    kind: str
    urn: str
    id: str
    state: State
    is_preview: bool
    tell: Callable[[str], None]
    warn: Callable[[str], None]

    @property
    def title(self) -> str:
        """What it is, by its outputs."""
        return standing.title_of(self.kind, self.state)


class Inquiry:
    """Asks Lambda on behalf of one run of a program; may be used by several threads."""

    def __init__(self, places: Places, declared: Declared) -> None:
        self._places = places
        self._declared = declared
        self._versions: dict[tuple[int, str], list[Version]] = {}
        self._listing = threading.Lock()
        self._gone: set[tuple[int, str]] = set()
        self._idle: dict[str, float] = {}

    def before_deletion(self, question: Question) -> None:
        """Ask for the executions in flight that need a resource.

        Raises:
            ExecutionsInFlightError: there are some, or it could not be found out.
        """
        title = f"{question.title} is not deleted"
        with _asking(title, question):
            needs, revoked = self._needs(question)
            if self._declared.has(question.urn, question.id) and question.kind in standing.GO_LATER:
                # In a destroy their function has gone before them, and was asked about then.
                needs = [each for each in needs if not self._was_idle(each)]
            self._refuse(title, question, needs)
            self._warn_of_callbacks(question, revoked)
            self._warn_of_kept_versions(question, needs)
            if question.kind == standing.ROLE and not question.is_preview:
                for place, region in self._places.of(str(question.state["arn"])):
                    older_roles.empty(place, region, question.state, needs)

    def before_update(self, question: Question, before: State, after: State) -> None:
        """Ask for the executions in flight from which an update takes what they need.

        Raises:
            ExecutionsInFlightError: there are some, or it could not be found out.
        """
        title = f"{question.title} is not updated"
        if question.kind == standing.FUNCTION:
            if question.state.get("durableConfig") and not _same_code(question.state, before, after):
                arn = str(question.state["arn"])
                with _asking(title, question):
                    self._refuse(
                        title, question, [Need(arn, frozenset({LATEST}), f"in flight on {LATEST}")], _REPLAY
                    )
            return
        policies = before.get("policy"), after.get("policy")
        gone = standing.lost(*policies)
        bounded = after.get("permissionsBoundary") not in (None, before.get("permissionsBoundary"))
        if not gone and not (question.kind == standing.ROLE and bounded):
            return
        with _asking(title, question):
            needs, revoked = self._losing(question, gone)
            if gone and any(self._found([*needs, *revoked])):
                gone = self._lost(question, *policies, seconds=MOVE_SECONDS)
                needs, revoked = self._losing(question, gone) if gone else ([], [])
            lost = (
                ", ".join(dict.fromkeys(action for action, _, _ in gone)) or "what the new boundary forbids"
            )
            self._refuse(title, question, needs, f"  They would lose {lost}.\n")
            self._warn_of_callbacks(question, revoked)

    def before_naming(self, question: Question) -> None:
        """Ask for the versions that an alias names by their numbers.

        Raises:
            ExecutionsInFlightError: one of them cannot be used, or it could not be found out.
        """
        alias, name = question.state, str(question.state.get("functionName"))
        with _asking(f"alias {alias.get('name')} of {name} is not set", question):
            for arn, newest in list(self._declared.functions.items()):
                if name in (arn, arn.rpartition(":")[2]):
                    for place, region in self._places.of(arn):
                        refuse_versions(place, region, arn, alias, newest)

    def _needs(self, question: Question) -> tuple[list[Need], list[Need]]:
        """Return who needs a resource, and whose callbacks somebody may complete no longer, which is no reason to refuse."""
        kind, state, functions = question.kind, question.state, self._declared.functions
        destroyed = self._declared.has(question.urn, question.id)
        if kind == standing.FUNCTION:
            if not state.get("durableConfig"):
                return [], []
            arn = str(state["arn"])
            return [standing.own(arn), *standing.callers(self._versions_of(state), arn)], []
        if kind == standing.ALIAS:
            arn = standing.function_of(state)
            # A function goes on without an alias that is renamed or removed; in a destroy nothing is to be touched.
            own = [standing.own(arn)] if destroyed or arn not in functions else []
            return [*own, *standing.callers(self._versions_of(state), arn, str(state.get("name")))], []
        rights = standing.rights_of(state.get("policy"))
        if rights and not destroyed:
            rights = self._lost(question, state["policy"], standing.NO_POLICY)
            if not rights:
                return [], []
        return self._losing(question, rights, whole=destroyed)

    def _losing(
        self, question: Question, rights: Sequence[Right], *, whole: bool = False
    ) -> tuple[list[Need], list[Need]]:
        """Return, as above, who needs these rights, or a resource that gives none."""
        state = {**question.state, "policy": standing.policy_of(rights)} if rights else question.state
        needs = standing.of_what_versions_name(question.kind, state, self._versions_of(state))
        waiting, revoked = self._waiting(rights, whole=whole)
        return [*needs, *waiting], revoked

    def _lost(self, question: Question, before: Any, after: Any, *, seconds: float = 0) -> list[Right]:
        """Return what a role loses with a policy: not what another one gives, which may be made at the same time."""
        # In two accounts two roles may have the same name.
        role = str(question.state.get("role")) if len(self._places.of("")) == 1 else ""
        deadline = time.monotonic() + seconds
        while True:
            gone = standing.lost(before, after, self._declared.policies_in(role))
            if not gone or time.monotonic() >= deadline:
                return gone
            time.sleep(0.1)

    def _waiting(self, rights: Iterable[Right], *, whole: bool) -> tuple[list[Need], list[Need]]:
        """Return who may wait for a callback that these rights let complete, and of whom they are merely revoked."""
        found = standing.callbacks(rights)
        revoked = [each for each in found if not whole and each.function_arn in self._declared.functions]
        return [each for each in found if each not in revoked], revoked

    def _warn_of_callbacks(self, question: Question, revoked: Iterable[Need]) -> None:
        for found, need in self._found(revoked):
            question.warn(f"{question.title} goes: {counted(found, need.how)}")

    def _versions_of(self, state: State) -> list[Version]:
        """Return all versions of functions that may name what has this state; asked once in a run."""
        found = []
        for place, region in self._places.of(str(state.get("arn", ""))):
            with self._listing:
                key = (id(place), region)
                if key not in self._versions:
                    self._versions[key] = list(all_versions(place.client("lambda", region)))
                found += self._versions[key]
        return found

    def _found(self, needs: Iterable[Need]) -> Iterator[tuple[list[Execution], Need]]:
        """Yield the executions in flight of each of these needs that has some."""
        for need in needs:
            for place, region in self._places.of(need.function_arn):
                if found := self._in_flight(place, region, need):
                    yield found, need

    def _in_flight(self, place: Place, region: str, need: Need) -> list[Execution]:
        key = (id(place), need.function_arn)
        if key in self._gone:
            return []
        client = place.client("lambda", region)
        asked = time.monotonic()
        found = in_flight(client, need.function_arn, need.numbers)
        if found == [] and need.numbers is None:
            self._idle[need.function_arn] = asked
        if found is None:
            # Deleted before its role and its log group are, which name it as well.
            self._gone.add(key)
        return found or []

    def _was_idle(self, need: Need) -> bool:
        """Tell whether a function had nothing in flight when it was asked about itself, a moment ago."""
        return time.monotonic() - self._idle.get(need.function_arn, -IDLE_SECONDS) < IDLE_SECONDS

    def _refuse(self, title: str, question: Question, needs: Iterable[Need], consequence: str = "") -> None:
        """Refuse while there are executions of these needs, but for those that this run may end: they are ended."""
        refused: dict[str, str] = {}
        ending: list[tuple[list[Execution], Need]] = []
        own = {*self._declared.functions, str(question.state.get("arn"))}
        for found, need in self._found(needs):
            name = need.function_arn.rpartition(":")[2]
            if not may_end(name, is_own=need.function_arn in own):
                refused[f"{title}: {counted(found, need.how)}"] = name
            elif need.function_arn in self._declared.protected:
                refused[f"{title}: {name} is protected, and its executions are not ended for nothing"] = name
            else:
                ending.append((found, need))
        if refused:
            names = ",".join(dict.fromkeys(refused.values()))
            raise ExecutionsInFlightError(
                "\n".join(refused)
                + f"\n{consequence}"
                + "  Wait for them: durable drain. Or stop them: durable stop <execution>. Then run this again.\n"
                + f"  To end them first, once: {ALLOWED}={names} before the command."
            )
        for found, need in ending:
            name = need.function_arn.rpartition(":")[2]
            if question.is_preview:
                question.tell(f"{name}: {counted(found, need.how)}; {ALLOWED} ends them")
                continue
            for place, region in self._places.of(need.function_arn):
                client = place.client("lambda", region)
                if is_there(client, need.function_arn):
                    end(client, need.function_arn, need.numbers, question.tell)

    def _warn_of_kept_versions(self, question: Question, needs: Iterable[Need]) -> None:
        if question.kind not in (standing.ROLE, standing.LOG_GROUP, standing.QUEUE):
            return
        if self._declared.has(question.urn, question.id):
            return
        staying = [each for each in needs if each.function_arn in self._declared.functions]
        for name, numbers in standing.kept_versions(staying):
            them = ", ".join(numbers)
            question.warn(
                f"{question.title} goes, and {name} cannot go back to version {them}, which needs it"
            )


@contextmanager
def _asking(title: str, question: Question) -> Iterator[None]:
    """Refuse where nobody says what is in flight, unless this run may end it all the same."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - most deployments need none

    try:
        yield
    except (ClientError, BotoCoreError, CannotAskError) as error:
        name = str(question.state.get("name")) if question.kind == standing.FUNCTION else "all"
        reason = f"whether executions in flight need it could not be found out: {error}"
        if may_end(name):
            question.warn(f"{question.title}: {reason}")
            return
        raise ExecutionsInFlightError(
            f"{title}: {reason}\n"
            f"  Whoever deploys needs {', '.join(RIGHTS)}.\n"
            f"  To do it all the same, once: {ALLOWED}={name} before the command."
        ) from None


def _same_code(state: State, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    changed = {key for key in standing.REPLAYED if _identity(before.get(key)) != _identity(after.get(key))}
    # An import does not know the archive that is deployed, so the update after it names one.
    return changed <= {"code"} and (not changed or _digest(after.get("code")) == state.get("codeSha256"))


def _identity(value: Any) -> Any:
    """Return what tells two values of an input apart: archives are named after their contents."""
    return Path(value.path).name if isinstance(value, pulumi.FileArchive) else value


def _digest(code: Any) -> str:
    """Return the digest by which Lambda knows an archive; empty if it is no file."""
    if not isinstance(code, pulumi.FileArchive) or not Path(code.path).is_file():
        return ""
    return base64.b64encode(hashlib.sha256(Path(code.path).read_bytes()).digest()).decode()
