"""The hooks: what the engine calls before it deletes or changes something that executions in flight need."""

import asyncio
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pulumi

from ..checks.messages import info, warn
from .change_check import Change, ChangeCheck
from .declarations import Declarations
from .providers import AwsProviders, default_provider

# Hooks run on the program's event loop, and all threads of its own pool may be busy waiting for them.
_threads = ThreadPoolExecutor(8, thread_name_prefix="executions-in-flight")


class _Package:
    """Stands for the run of a program in another language: the package's process serves one run, with no stack resource."""


_PACKAGE = _Package()
_guards: "weakref.WeakKeyDictionary[Any, Guard]" = weakref.WeakKeyDictionary()


class Guard:
    """What one run of a program has: its providers, what it declares, and the hooks that ask Lambda."""

    def __init__(self) -> None:
        self.providers = AwsProviders(default_provider())
        self.declarations = Declarations()
        self._check = ChangeCheck(self.providers, self.declarations)
        self._logged: set[str] = set()
        # In previews too, where nothing has been changed yet.
        options = pulumi.ResourceHookOptions(on_dry_run=True)
        deletion, latest_update, update, alias = (
            pulumi.ResourceHook(f"durable-functions:{name}", hook, options)
            for name, hook in (
                ("executions-in-flight", self._before_delete),
                ("executions-of-latest", self._before_update),
                ("what-executions-need", self._before_update),
                ("named-versions", self._before_alias),
            )
        )
        self.hooks_of_function = pulumi.ResourceHookBinding(
            before_delete=[deletion], before_update=[latest_update]
        )
        """For a function."""
        self.hooks = pulumi.ResourceHookBinding(before_delete=[deletion], before_update=[update])
        """For everything that its executions need."""
        self.hooks_of_pinned_alias = pulumi.ResourceHookBinding(
            before_create=[alias], before_update=[alias], before_delete=[deletion]
        )
        """For an alias that names versions by their numbers."""

    def declare(self, *resources: pulumi.CustomResource) -> None:
        """Record resources of the program."""
        self.declarations.add(*resources)

    def declare_function(
        self, function: pulumi.CustomResource, provider: pulumi.ProviderResource | None, *, protect: bool
    ) -> None:
        """Record a function, with the provider that deploys it, and whether it is protected."""
        self.providers.add(provider)
        self.declarations.add_function(function, protect=protect)

    async def _before_delete(self, args: pulumi.ResourceHookArgs) -> None:
        await self._run(self._check.before_deletion, args, args.old_outputs)

    async def _before_update(self, args: pulumi.ResourceHookArgs) -> None:
        inputs = await _plain(args.old_inputs), await _plain(args.new_inputs)
        await self._run(self._check.before_update, args, args.old_outputs, *inputs)

    async def _before_alias(self, args: pulumi.ResourceHookArgs) -> None:
        await self._run(self._check.before_alias, args, args.new_inputs)

    async def _run(
        self,
        check: Callable[..., None],
        args: pulumi.ResourceHookArgs,
        state: Mapping[str, Any] | None,
        *inputs: Any,
    ) -> None:
        loop = asyncio.get_running_loop()

        def log_once(log: Callable[[str], None], text: str) -> None:
            if text not in self._logged:
                self._logged.add(text)
                loop.call_soon_threadsafe(log, text)

        change = Change(
            args.type,
            args.urn,
            args.id,
            await _plain(state),
            is_preview=pulumi.runtime.is_dry_run(),
            info=partial(log_once, info),
            warn=partial(log_once, warn),
        )
        await loop.run_in_executor(_threads, partial(check, change, *inputs))


async def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the values of a resource, secrets in plain text; an unknown value is None."""
    return {
        key: await value.future() if isinstance(value, pulumi.Output) else value
        for key, value in (values or {}).items()
    }


def the_guard() -> Guard:
    """Return the guard of this run of the program; it is created once, and registers its hooks."""
    run = pulumi.runtime.get_root_resource() or _PACKAGE
    if run not in _guards:
        _guards[run] = Guard()
    return _guards[run]


def is_guarded(parent: pulumi.Resource | None) -> bool:
    """Tell whether resources below a component are guarded: all are, except below a function with the guard turned off."""
    return bool(getattr(parent, "guarded", True))


def hooks_below(parent: pulumi.Resource | None) -> pulumi.ResourceHookBinding:
    """Return the hooks for resources below a component."""
    guard = the_guard()
    return guard.hooks if is_guarded(parent) else pulumi.ResourceHookBinding()
