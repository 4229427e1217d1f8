"""The guard: no deployment deletes or changes what executions in flight need.

A durable function can wait for a year, and a version depends on more than its code: the role and its permissions, the
log group, the dead letter target, the functions that it calls. A deployment that removes one of these makes waiting
executions fail. So hooks ask Lambda before each deletion, and before each update that removes something. An error that
a hook raises stops the deletion or update: in previews, in `pulumi up` and in `pulumi destroy --run-program`, whatever
order the engine goes in.

    providers         the accounts and regions that the program deploys to
    versions          what each version of a function depends on
    executions        executions in flight: listed, summarized, ended on request
    dependents        whose executions depend on a resource
    alias_versions    whether an alias may name a version
    legacy_roles      roles made by 0.1.0, emptied before they are deleted
    declarations      what this run of the program declares
    change_check      checks one change with all of these
    hooks             what the engine calls
"""

from collections.abc import Sequence

import pulumi

from .executions import ExecutionsInFlightError
from .hooks import hooks_below, is_guarded, the_guard

__all__ = ["ExecutionsInFlightError", "hooks_below", "is_guarded", "register_guard", "the_guard"]


def register_guard(providers: Sequence[pulumi.ProviderResource] = ()) -> pulumi.ResourceHookBinding:
    """Register the guard for this run of the program, once, and return its hooks.

    Every component does this. Also call it at the top of a program: once the last function is removed from the program,
    nothing else registers the hooks, and the engine refuses to delete a resource whose hook is not registered.

    Args:
        providers: AWS providers of your own whose functions may have left the program. The guard asks the accounts and
            regions that they deploy to. It already knows the providers of functions that are in the program. Default:
            the default provider only.
    """
    for provider in providers:
        the_guard().providers.add(provider)
    return the_guard().hooks_of_function
