"""What a trigger starts, and when Lambda would refuse it."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from ..checks import rules
from ..checks.args import Args
from ..checks.arns import FunctionArn
from ..checks.errors import Problem


class TargetArgs(TypedDict):
    """What a trigger starts."""

    qualified_arn: pulumi.Input[str]
    """The ARN to invoke: of an alias (DurableFunction.alias_arn) or a version."""


class SynchronousTargetArgs(TargetArgs):
    """What a trigger starts that waits for the execution's end."""

    execution_timeout_seconds: int
    """The target's execution timeout in seconds, at most 900: Lambda refuses to wait for a longer execution, and waits no
    longer than the function's own timeout either."""


class FedTargetArgs(SynchronousTargetArgs):
    """What an event source mapping feeds; with `intermediary` the timeout may be any."""

    role_name: NotRequired[pulumi.Input[str]]
    """The target's execution role, which gets the right to read the source; not used with an intermediary.
    Default: nothing is attached, the role has that right already."""


class Target(Args):
    """A target, checked."""

    qualified_arn: rules.QualifiedArn

    def known(self) -> pulumi.Output[FunctionArn]:
        """Return the ARN, parsed as soon as it is known."""
        return pulumi.Output.from_input(self.qualified_arn).apply(FunctionArn.parse_qualified)


class SynchronousTarget(Target):
    """A target that is waited for, checked."""

    execution_timeout_seconds: rules.ExecutionTimeout

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find an execution that lasts longer than Lambda waits."""
        return waits_too_long(given, "let something invoke it asynchronously, with the invocation type Event")


def waits_too_long(given: Mapping[str, Any], way_out: str) -> Iterable[Problem]:
    """Find the problem of a synchronous trigger on an execution of more than 900 seconds."""
    seconds = given.get("execution_timeout_seconds")
    if isinstance(seconds, int | float) and seconds > rules.MAX_INVOCATION_SECONDS:
        yield Problem(
            "execution_timeout_seconds",
            f"must not exceed {rules.MAX_INVOCATION_SECONDS} here: this trigger waits for the execution, and Lambda "
            f"refuses to wait longer; {way_out}",
            seconds,
        )
