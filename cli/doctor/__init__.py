"""Finds out what is wrong with a deployed durable function, and how to fix it."""

from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

from ..stack import Function
from .aliases import aliases
from .code import bundle
from .configuration import durable, log_format, state
from .dependencies import dead_letters, logs, role
from .deployed_function import DeployedFunction, Finding, read_deployed
from .failures import executions
from .queues import queues
from .rights import rights
from .triggers import triggers

__all__ = ["Finding", "examine"]

CHECKS: tuple[Callable[[DeployedFunction], Iterator[Finding]], ...] = (
    durable,
    state,
    aliases,
    log_format,
    logs,
    role,
    # After the role itself: one that does not exist has no permissions to check.
    rights,
    dead_letters,
    triggers,
    queues,
    bundle,
    executions,
)
OF_CURRENT = {durable, state, log_format, rights, bundle}
"""Checks of the version on which new executions run, which may not exist."""


def examine(function: Function) -> list[Finding]:
    """Check a function from its configuration to its triggers, and what each of its versions depends on."""
    deployed = read_deployed(function)
    if deployed is None:
        fix = "pulumi up --refresh creates it again"
        return [Finding("function", "problem", f"{function.name} does not exist", fix)]
    return [
        finding
        for check in CHECKS
        if deployed.config or check not in OF_CURRENT
        for finding in _checked(check, deployed)
    ]


def _checked(
    check: Callable[[DeployedFunction], Iterator[Finding]], deployed: DeployedFunction
) -> Iterator[Finding]:
    """Yield a check's findings; if these credentials do not allow it, one that says so."""
    try:
        yield from check(deployed)
    except ClientError as error:
        name, fix = check.__name__.replace("_", " "), "grant the permission, or ask somebody who has it"
        yield Finding(name, "warning", f"could not be checked: {error}", fix)
