"""The hooks: what the engine asks before it deletes or changes something that executions in flight need."""

import asyncio
import base64
import hashlib
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pulumi

from . import older_roles, standing
from .executions import ALLOWED, ExecutionsInFlightError, Tell, counted, end, in_flight, may_end
from .named_versions import Deployed, refuse_versions
from .places import CannotAskError, Places, default_place
from .standing import Need, State
from .versions import LATEST, Version, all_versions

# Hooks run on the program's event loop, and its own pool of threads is busy waiting for them.
_threads = ThreadPoolExecutor(8, thread_name_prefix="executions-in-flight")


class _Package:
    """Stands for the run of a program that uses the component package: its process serves one, with no stack resource."""


_PACKAGE = _Package()
_guards: "weakref.WeakKeyDictionary[Any, Guard]" = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class _Question:
    """One resource that is to be deleted or changed."""

    kind: str
    urn: str
    id: str
    state: State


class Guard:
    """What one run of a program knows: its providers, what it declares, and the hooks that ask Lambda."""

    def __init__(self) -> None:
        self.places = Places(default_place())
        self._declared: dict[str, str] = {}
        self._functions: dict[str, Deployed] = {}
        self._versions: dict[tuple[int, str], list[Version]] = {}
        self._listing = threading.Lock()
        self._told: set[str] = set()
        # In previews too: there nothing has been touched yet.
        options = pulumi.ResourceHookOptions(on_dry_run=True)
        self.hooks = pulumi.ResourceHookBinding(
            before_delete=[
                pulumi.ResourceHook("durable-functions:executions-in-flight", self._before_delete, options)
            ],
            before_update=[
                pulumi.ResourceHook("durable-functions:executions-of-latest", self._before_update, options)
            ],
        )
        """For everything that executions need."""
        named = pulumi.ResourceHook("durable-functions:named-versions", self._named_versions, options)
        self.hooks_of_held_alias = pulumi.ResourceHookBinding(
            before_create=[named], before_update=[named], before_delete=self.hooks.before_delete
        )
        """For an alias that names versions by their numbers."""

    def declare(self, *resources: pulumi.CustomResource) -> None:
        """Note what the program makes, so that its end in a destroy is told from its removal from the program."""
        for each in resources:
            pulumi.Output.all(each.urn, each.id).apply(lambda both: self._declared.__setitem__(*both))

    def declare_function(self, function: Any, provider: pulumi.ProviderResource | None) -> None:
        """Note a function, with the provider that deploys it."""
        self.places.add(provider)
        self.declare(function)
        function.arn.apply(lambda arn: self._functions.setdefault(arn, Deployed()))
        pulumi.Output.all(function.arn, function.role, function.dead_letter_config).apply(
            lambda known: self._functions.__setitem__(
                known[0], Deployed(known[1], known[2] and known[2]["target_arn"], is_known=True)
            )
        )

    async def _before_delete(self, args: pulumi.ResourceHookArgs) -> None:
        question = _Question(args.type, args.urn, args.id, await _plain(args.old_outputs))
        await self._in_thread(self.refuse_deletion, question)

    async def _before_update(self, args: pulumi.ResourceHookArgs) -> None:
        question = _Question(args.type, args.urn, args.id, await _plain(args.old_outputs))
        before, after = await _plain(args.old_inputs), await _plain(args.new_inputs)
        await self._in_thread(self.refuse_update, question, before, after)

    async def _named_versions(self, args: pulumi.ResourceHookArgs) -> None:
        after = await _plain(args.new_inputs)
        await self._in_thread(self._refuse_versions, _Question(args.type, args.urn, args.id, after))

    async def _in_thread(self, check: Callable[..., None], *args: Any) -> None:
        loop = asyncio.get_running_loop()

        def say(log: Callable[[str], None], text: str) -> None:
            if text not in self._told:
                self._told.add(text)
                loop.call_soon_threadsafe(log, text)

        tell, warn = partial(say, pulumi.log.info), partial(say, pulumi.log.warn)
        await loop.run_in_executor(_threads, partial(check, *args, tell=tell, warn=warn))

    def refuse_deletion(self, question: _Question, *, tell: Tell, warn: Tell) -> None:
        """Ask for the executions in flight that need a resource.

        Raises:
            ExecutionsInFlightError: there are some, or it could not be found out.
        """
        title = f"{standing.title_of(question.kind, question.state)} is not deleted"
        with _asking(title, question, warn):
            needs, merely_wait = self._needs(question)
            self._refuse(title, needs, tell)
            if merely_wait:
                self._warn_of_callbacks(question, merely_wait, warn)
            self._warn_of_kept_versions(question, needs, warn)
            if question.kind == standing.ROLE and not pulumi.runtime.is_dry_run():
                for place, region in self.places.of(str(question.state["arn"])):
                    older_roles.empty(place, region, question.state, needs)

    def refuse_update(
        self, question: _Question, before: State, after: State, *, tell: Tell, warn: Tell
    ) -> None:
        """Ask for the executions in flight from which an update takes what they need.

        Raises:
            ExecutionsInFlightError: there are some, or it could not be found out.
        """
        kind, state = question.kind, question.state
        title = f"{standing.title_of(kind, state)} is not updated"
        if kind == standing.FUNCTION:
            if state.get("durableConfig") and not _same_code(state, before, after):
                latest = Need(str(state["arn"]), frozenset({LATEST}), f"in flight on {LATEST}")
                with _asking(title, question, warn):
                    self._refuse(title, [latest], tell, _REPLAY)
            return
        gone = standing.lost(before.get("policy"), after.get("policy"))
        bounded = after.get("permissionsBoundary") not in (None, before.get("permissionsBoundary"))
        if not gone and not (kind == standing.ROLE and bounded):
            return
        with _asking(title, question, warn):
            needs = [
                *standing.of_what_versions_name(kind, state, self._versions_of(state)),
                *standing.callbacks(gone),
            ]
            what = (
                ", ".join(dict.fromkeys(action for action, _, _ in gone)) or "what the new boundary forbids"
            )
            self._refuse(title, needs, tell, f"  They would lose {what}.\n")

    def _refuse_versions(self, question: _Question, *, tell: Tell, warn: Tell) -> None:
        alias = question.state
        name = str(alias.get("functionName"))
        arns = [arn for arn in self._functions if name in (arn, arn.rpartition(":")[2])]
        with _asking(f"alias {alias.get('name')} of {name} is not set", question, warn):
            for arn in arns:
                for place, region in self.places.of(arn):
                    refuse_versions(place, region, arn, alias, self._functions[arn])

    def _needs(self, question: _Question) -> tuple[list[Need], list[Need]]:
        """Return who needs a resource, and who merely may wait for callbacks that it lets complete."""
        kind, state = question.kind, question.state
        destroyed = self._declared.get(question.urn) == question.id
        if kind == standing.FUNCTION:
            if not state.get("durableConfig"):
                return [], []
            arn = str(state["arn"])
            return [standing.own(arn), *standing.callers(self._versions_of(state), arn)], []
        if kind == standing.ALIAS:
            arn = standing.function_of(state)
            # A function goes on without an alias that is renamed or removed; in a destroy nothing is to be touched.
            mine = [standing.own(arn)] if destroyed or arn not in self._functions else []
            return [*mine, *standing.callers(self._versions_of(state), arn, str(state.get("name")))], []
        needs = standing.of_what_versions_name(kind, state, self._versions_of(state))
        waiting = standing.callbacks(standing.rights_of(state.get("policy")))
        if destroyed:
            return [*needs, *waiting], []
        revoked = [each for each in waiting if each.function_arn in self._functions]
        return [*needs, *(each for each in waiting if each not in revoked)], revoked

    def _versions_of(self, state: State) -> list[Version]:
        """Return all versions of functions that may name what has this state; asked once in a run."""
        found = []
        for place, region in self.places.of(str(state.get("arn", ""))):
            with self._listing:
                key = (id(place), region)
                if key not in self._versions:
                    self._versions[key] = list(all_versions(place.client("lambda", region)))
                found += self._versions[key]
        return found

    def _refuse(self, title: str, needs: Iterable[Need], tell: Tell, consequence: str = "") -> None:
        """Refuse while there are executions of these needs, but for those that this run may end: they are ended."""
        lines, names = [], []
        for need in needs:
            name = need.function_arn.rpartition(":")[2]
            for place, region in self.places.of(need.function_arn):
                client = place.client("lambda", region)
                found = in_flight(client, need.function_arn, need.numbers)
                if not found:
                    continue
                if not may_end(name):
                    lines.append(counted(found, need.how))
                    names.append(name)
                elif pulumi.runtime.is_dry_run():
                    tell(f"{name}: {counted(found, need.how)}; {ALLOWED} ends them")
                else:
                    end(client, need.function_arn, need.numbers, tell)
        if lines:
            raise ExecutionsInFlightError(
                f"{title}: "
                + f"\n{title}: ".join(dict.fromkeys(lines))
                + f"\n{consequence}{_ways_out(names)}"
            )

    def _warn_of_callbacks(self, question: _Question, needs: Sequence[Need], warn: Tell) -> None:
        for need in needs:
            for place, region in self.places.of(need.function_arn):
                if found := in_flight(place.client("lambda", region), need.function_arn):
                    title = standing.title_of(question.kind, question.state)
                    warn(f"{title} goes: {counted(found, need.how)}")

    def _warn_of_kept_versions(self, question: _Question, needs: Iterable[Need], warn: Tell) -> None:
        if question.kind not in (standing.ROLE, standing.LOG_GROUP, standing.QUEUE):
            return
        if self._declared.get(question.urn) == question.id:
            return
        staying = [each for each in needs if each.function_arn in self._functions]
        for name, numbers in standing.kept_versions(staying):
            title = standing.title_of(question.kind, question.state)
            warn(f"{title} goes, and {name} cannot go back to version {', '.join(numbers)}, which needs it")


@contextmanager
def _asking(title: str, question: _Question, warn: Tell) -> Iterator[None]:
    """Refuse where nobody says what is in flight, unless this run may end it all the same."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - most deployments need none

    try:
        yield
    except (ClientError, BotoCoreError, CannotAskError) as error:
        of_function = question.kind == standing.FUNCTION
        name = str(question.state.get("name")) if of_function else "all"
        reason = f"whether executions in flight need it could not be found out: {error}"
        if may_end(name):
            warn(f"{title.removesuffix(' is not deleted')}: {reason}")
            return
        raise ExecutionsInFlightError(
            f"{title}: {reason}\n"
            f"  Whoever deploys needs {', '.join(RIGHTS)}.\n"
            f"  To do it all the same, once: {ALLOWED}={name} before the command."
        ) from None


RIGHTS = (
    "lambda:ListDurableExecutionsByFunction",
    "lambda:ListFunctions",
    "lambda:GetFunctionConfiguration",
    "sts:GetCallerIdentity",
)
"""What the guard asks for, beside what the AWS provider itself needs."""

_REPLAY = (
    "  Their next replay would meet the new code, and fail where it differs: see `durable replay-check`.\n"
)


def _ways_out(names: Iterable[str]) -> str:
    functions = ",".join(dict.fromkeys(names))
    return (
        "  Wait for them: durable drain. Or stop them: durable stop <execution>. Then run this again.\n"
        f"  To end them first, once: {ALLOWED}={functions} before the command."
    )


def _same_code(state: State, before: State, after: State) -> bool:
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


async def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values of a resource with those that are secret in clear; what is not known is None."""
    return {
        key: await value.future() if isinstance(value, pulumi.Output) else value
        for key, value in (values or {}).items()
    }


def the_guard() -> Guard:
    """Return the guard of this run of the program; made once, with its hooks registered."""
    run = pulumi.runtime.get_root_resource() or _PACKAGE
    if run not in _guards:
        _guards[run] = Guard()
    return _guards[run]


def is_guarded(parent: pulumi.Resource | None) -> bool:
    """Tell whether what is made below a component is guarded: not below a function without a guard."""
    return bool(getattr(parent, "guarded", True))


def hooks_below(parent: pulumi.Resource | None) -> pulumi.ResourceHookBinding:
    """Return the hooks for what is made below a component."""
    guard = the_guard()
    return guard.hooks if is_guarded(parent) else pulumi.ResourceHookBinding()
