"""Who may read, stop, pause, resume and delete a durable function's executions."""

import pulumi

from .. import iam
from ..checks import rules
from ..checks.component import Component
from .grantee import CheckedGrantee, GranteeArgs


class ExecutionGrantArgs(GranteeArgs):
    """Arguments of ExecutionGrant: the function, the access, and exactly one grantee."""

    function_arn: pulumi.Input[str]
    """The function whose executions are accessed; a qualifier in the ARN is ignored."""
    access: rules.Access
    """`read`: get an execution and its history, and list them. `operate`: read, and stop. `pause`: pause and
    resume. `delete`: delete executions that have ended, with their data."""


class _Execution(CheckedGrantee):
    function_arn: rules.FunctionArnInput
    access: rules.Access


class ExecutionGrant(Component):
    """Lets a role, user or group read, operate, pause or delete a durable function's executions.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        InvalidArnError: an ARN that is only known during the deployment is not a function ARN.
    """

    def __init__(
        self, name: str, args: ExecutionGrantArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `ExecutionGrantArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Execution.parse_named("ExecutionGrant", name, args)
        super().__init__("durable-functions:index:ExecutionGrant", name, {}, opts)
        checked.attach(self, opts, checked.function_arn, lambda arn: iam.access_document(arn, checked.access))
        self.register_outputs({})
