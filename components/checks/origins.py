"""The resources of a Python program from which outputs come, and what is known of them during a preview.

The SDK does not document `Output.resources` and `Output.future`, of which this is the only place besides the guard's
hooks: end-to-end tests show that both still work. Where they tell nothing, as in programs in other languages, nothing is
refused.
"""

from typing import Any, TypeVar

import pulumi

AnyResource = TypeVar("AnyResource", bound=pulumi.Resource)


async def origin_of(value: pulumi.Input[Any], kind: type[AnyResource]) -> AnyResource | None:
    """Return the one resource of a kind from which an output comes; None if there is none, or more than one."""
    if not isinstance(value, pulumi.Output):
        return None
    found = [made for made in await value.resources() if isinstance(made, kind)]
    return found[0] if len(found) == 1 else None


async def known_value(output: pulumi.Output[Any]) -> Any:
    """Return the value of an output; None if it is not known yet."""
    return await output.future()
