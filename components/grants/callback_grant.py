"""Who may complete a durable function's callbacks."""

import pulumi

from .. import iam
from ..checks import rules
from ..checks.component import Component
from .grantee import CheckedGrantee, GranteeArgs


class CallbackGrantArgs(GranteeArgs):
    """Arguments of CallbackGrant: the function, and exactly one grantee."""

    function_arn: pulumi.Input[str]
    """The function whose executions' callbacks may be completed; a qualifier in the ARN is ignored."""


class _Callback(CheckedGrantee):
    function_arn: rules.FunctionArnInput


class CallbackGrant(Component):
    """Lets a role, user or group complete a durable function's callbacks: success, failure and heartbeat.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        InvalidArnError: an ARN that is only known during the deployment is not a function ARN.
    """

    def __init__(
        self, name: str, args: CallbackGrantArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `CallbackGrantArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Callback.parse_named("CallbackGrant", name, args)
        super().__init__("durable-functions:index:CallbackGrant", name, {}, opts)
        checked.attach(self, opts, checked.function_arn, iam.callback_document)
        self.register_outputs({})
