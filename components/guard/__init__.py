"""The guard: what an execution in flight needs outlives it, whatever is deployed.

A durable function can wait for a year, and a version stands on more than its code: the role and its rights, the log
group, the dead letter target, the functions that it calls. A deployment that takes one of these away fails what waits.
So hooks ask Lambda before each deletion, and before each update that takes something away; what they raise stops it, in
previews, in `pulumi up` and in `pulumi destroy --run-program`, in whatever order the engine goes.

    places            the accounts and regions that the program's providers deploy to
    versions          what the versions of functions stand on
    executions        executions in flight: found, told of, ended on purpose
    standing          which of them need a resource
    named_versions    whether an alias may name a version
    older_roles       roles of 0.1.0, emptied before they are deleted
    declared          what this run of the program declares
    inquiry           what is asked, and refused, put together from these
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
    nothing else registers the hooks, and the engine deletes nothing whose hook is not registered.

    Args:
        providers: AWS providers of the program's own whose functions may have left the program; the guard asks the
            accounts and regions to which they deploy. It knows the providers of functions that are in the program.
            Default: the default provider only.
    """
    for each in providers:
        the_guard().places.add(each)
    return the_guard().hooks_of_function
