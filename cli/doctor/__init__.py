"""What is wrong with a durable function as it is deployed, and how it is mended."""

from collections.abc import Callable, Iterator

from botocore.exceptions import ClientError

from ..stack import Function
from .code import bundle
from .configuration import durable, log_format, state
from .failures import executions
from .foundations import dead_letters, logs, role
from .patient import Finding, Patient, admitted
from .releases import aliases
from .rights import rights
from .triggers import triggers

__all__ = ["Finding", "examine"]

CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (
    durable,
    state,
    aliases,
    log_format,
    logs,
    role,
    # After the role itself: one that is gone has no rights to be looked at.
    rights,
    dead_letters,
    triggers,
    bundle,
    executions,
)
OF_CURRENT = {durable, state, log_format, rights, bundle}
"""What looks at the version that new executions take, which may not be there."""


def examine(function: Function) -> list[Finding]:
    """Check a function from its configuration to its triggers, and what each kept version stands on."""
    patient = admitted(function)
    if patient is None:
        fix = "pulumi up --refresh makes it again"
        return [Finding("function", "problem", f"{function.name} is not there", fix)]
    return [
        finding
        for check in CHECKS
        if patient.config or check not in OF_CURRENT
        for finding in _checked(check, patient)
    ]


def _checked(check: Callable[[Patient], Iterator[Finding]], patient: Patient) -> Iterator[Finding]:
    """Yield what a check finds, or that these credentials do not let it look."""
    try:
        yield from check(patient)
    except ClientError as error:
        name, fix = check.__name__.replace("_", " "), "grant the permission, or ask who has it"
        yield Finding(name, "warning", f"could not be checked: {error}", fix)
