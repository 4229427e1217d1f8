"""A standard function beside durable ones: a webhook, an API's handler, a worker."""

from typing import ClassVar

import pulumi

from ..execution_role import ExecutionRole, make_role
from .checked_function import CheckedFunction
from .checked_standard_function import CheckedStandardFunction
from .function_args import StandardFunctionArgs
from .lambda_function import LambdaFunction

_NO_EXECUTIONS = "the same method of the durable function; a standard function has no executions"


class StandardFunction(LambdaFunction):
    """A function that is not durable: role, log group, function, published version, alias and alarms.

    It runs for at most 15 minutes and keeps nothing: the webhook that answers a callback, the handler of an API that
    starts executions, the worker that a workflow calls by `context.invoke`. Invoke it by `alias_arn`. Each change of code
    or configuration publishes a version, and the alias moves to it, after the role's permissions are in place.

    Deleting it is refused while executions in flight call it. One that answers callbacks is not destroyed while executions
    may wait for them; removing it from the program is allowed, with a warning. `pulumi destroy` needs the flag
    `--run-program` for these checks.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        PackagingError: the code cannot be packaged as an archive; raised before anything is made.
    """

    _is_durable = False
    _meant: ClassVar[dict[str, str]] = {
        **LambdaFunction._meant,
        **dict.fromkeys(
            ("grant_callback", "grant_read", "grant_operate", "grant_pause", "grant_delete"), _NO_EXECUTIONS
        ),
    }

    def __init__(
        self, name: str, args: StandardFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `StandardFunctionArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = CheckedStandardFunction.parse_named("StandardFunction", name, args)
        super().__init__("StandardFunction", name, checked, opts)
        self.register_outputs(self.outputs())

    def _make_own_role(self, checked: CheckedFunction) -> tuple[ExecutionRole, list[pulumi.Resource]]:
        name = self.pulumi_resource_name
        resource = make_role(self, name, checked.role_path, checked.permissions_boundary_arn, checked.tags)
        role = ExecutionRole(resource.name, resource)
        self.role_arn, self.role_name = resource.arn, resource.name
        return role, role.attach(self, name, checked.managed_policies, checked.managed_policy_arns)
