"""The hooks: what the engine calls before it deletes or changes something that executions in flight need."""

import asyncio
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pulumi

from .declared import Declared
from .inquiry import Inquiry, Question
from .places import Places, default_place

# Hooks run on the program's event loop, and its own pool of threads is busy waiting for them.
_threads = ThreadPoolExecutor(8, thread_name_prefix="executions-in-flight")


class _Package:
    """Stands for the run of a program that uses the component package: its process serves one, with no stack resource."""


_PACKAGE = _Package()
_guards: "weakref.WeakKeyDictionary[Any, Guard]" = weakref.WeakKeyDictionary()


class Guard:
    """What one run of a program has: its providers, what it declares, and the hooks that ask Lambda."""

    def __init__(self) -> None:
        self.places = Places(default_place())
        self.declared = Declared()
        self._inquiry = Inquiry(self.places, self.declared)
        self._told: set[str] = set()
        # In previews too: there nothing has been touched yet.
        options = pulumi.ResourceHookOptions(on_dry_run=True)
        deleted, of_latest, changed, named = (
            pulumi.ResourceHook(f"durable-functions:{name}", hook, options)
            for name, hook in (
                ("executions-in-flight", self._before_delete),
                ("executions-of-latest", self._before_update),
                ("what-executions-need", self._before_update),
                ("named-versions", self._before_naming),
            )
        )
        self.hooks_of_function = pulumi.ResourceHookBinding(
            before_delete=[deleted], before_update=[of_latest]
        )
        """For a function."""
        self.hooks = pulumi.ResourceHookBinding(before_delete=[deleted], before_update=[changed])
        """For everything that its executions need."""
        self.hooks_of_held_alias = pulumi.ResourceHookBinding(
            before_create=[named], before_update=[named], before_delete=[deleted]
        )
        """For an alias that names versions by their numbers."""

    def declare(self, *resources: pulumi.CustomResource) -> None:
        """Note what the program makes."""
        self.declared.add(*resources)

    def declare_function(
        self, function: pulumi.CustomResource, provider: pulumi.ProviderResource | None, *, protect: bool
    ) -> None:
        """Note a function, with the provider that deploys it, and whether it is protected."""
        self.places.add(provider)
        self.declared.add_function(function, protect=protect)

    async def _before_delete(self, args: pulumi.ResourceHookArgs) -> None:
        await self._ask(self._inquiry.before_deletion, args, args.old_outputs)

    async def _before_update(self, args: pulumi.ResourceHookArgs) -> None:
        changes = await _plain(args.old_inputs), await _plain(args.new_inputs)
        await self._ask(self._inquiry.before_update, args, args.old_outputs, *changes)

    async def _before_naming(self, args: pulumi.ResourceHookArgs) -> None:
        await self._ask(self._inquiry.before_naming, args, args.new_inputs)

    async def _ask(
        self,
        check: Callable[..., None],
        args: pulumi.ResourceHookArgs,
        state: Mapping[str, Any] | None,
        *more: Any,
    ) -> None:
        loop = asyncio.get_running_loop()

        def say(log: Callable[[str], None], text: str) -> None:
            if text not in self._told:
                self._told.add(text)
                loop.call_soon_threadsafe(log, text)

        question = Question(
            args.type,
            args.urn,
            args.id,
            await _plain(state),
            is_preview=pulumi.runtime.is_dry_run(),
            tell=partial(say, pulumi.log.info),
            warn=partial(say, pulumi.log.warn),
        )
        await loop.run_in_executor(_threads, partial(check, question, *more))


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
