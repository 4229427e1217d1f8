"""The target of a trigger, and the execution timeouts that Lambda refuses."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from ..checks import rules
from ..checks.args import Args
from ..checks.arns import FunctionArn
from ..checks.errors import Problem


class TargetArgs(TypedDict):
    """The target of a trigger."""

    qualified_arn: pulumi.Input[str]
    """The ARN of the alias (alias_arn of a DurableFunction or StandardFunction) or version to invoke."""


class SynchronousTargetArgs(TargetArgs):
    """The target of a trigger that waits for the execution to end."""

    execution_timeout_seconds: int
    """The target's execution timeout in seconds, at most 900: Lambda refuses to wait for a longer execution. It does not
    wait longer than the function's own timeout either; of a standard function, pass that."""


class EventSourceTargetArgs(SynchronousTargetArgs):
    """The target of an event source mapping; with `intermediary`, any execution timeout is allowed."""

    role_name: NotRequired[pulumi.Input[str]]
    """The target's execution role, which gets the permission to read the source; not used with an intermediary.
    Default: nothing is attached, because the role already has the permission."""


class Target(Args):
    """A target, checked."""

    qualified_arn: rules.QualifiedArn

    def parsed_arn(self) -> pulumi.Output[FunctionArn]:
        """Return the parsed ARN."""
        return pulumi.Output.from_input(self.qualified_arn).apply(FunctionArn.parse_qualified)


class SynchronousTarget(Target):
    """The target of a synchronous trigger, checked."""

    execution_timeout_seconds: rules.ExecutionTimeout

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find an execution timeout that is longer than Lambda waits."""
        return waits_too_long(given, "invoke it asynchronously instead, with the invocation type Event")


def waits_too_long(given: Mapping[str, Any], fix: str) -> Iterable[Problem]:
    """Find a synchronous trigger for an execution timeout above 900 seconds."""
    seconds = given.get("execution_timeout_seconds")
    if isinstance(seconds, int | float) and seconds > rules.MAX_INVOCATION_SECONDS:
        yield Problem(
            "execution_timeout_seconds",
            f"must not exceed {rules.MAX_INVOCATION_SECONDS} here: this trigger waits for the execution, and Lambda "
            f"refuses to wait longer; {fix}",
            seconds,
        )
