"""A durable function, with everything that it needs in production."""

from typing import ClassVar

import pulumi

from ..execution_role import DurableExecutionRole, DurableExecutionRoleArgs, ExecutionRole
from ..monitoring.failure_events import make_failure_events
from .checked_durable_function import CheckedDurableFunction
from .checked_function import CheckedFunction
from .execution_grants import ExecutionGrants
from .function_args import DurableFunctionArgs
from .lambda_function import LambdaFunction


class DurableFunction(LambdaFunction, ExecutionGrants):
    """A durable function: role, log group, function with DurableConfig, published version, alias and alarms.

    Start executions with `alias_arn`: durable functions can only be invoked by a qualified ARN. Each change of code or
    configuration publishes a version, and the alias moves to it. An execution stays on the version that it started on,
    so old versions stay. The alias is made after the role's permissions, so nobody can invoke the function before they
    are in place.

    While executions are in flight, deleting or replacing the function, or what they need, is refused, because they would
    fail. `pulumi destroy` needs the flag `--run-program` for this check.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
        PackagingError: the code cannot be packaged as an archive; raised before anything is made.
    """

    execution_timeout_seconds: int
    """The limit of a whole execution, including waits."""

    _meant: ClassVar[dict[str, str]] = {
        **LambdaFunction._meant,
        "arn": "alias_arn to invoke it, or function_arn for the function itself, which cannot be invoked",
    }

    def __init__(
        self, name: str, args: DurableFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `DurableFunctionArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = CheckedDurableFunction.parse_named("DurableFunction", name, args)
        # The AWS provider stops running executions, and Lambda may take an hour to drain them.
        super().__init__(
            "DurableFunction", name, checked, opts, guarded=checked.execution_guard, delete_timeout="60m"
        )
        self.execution_timeout_seconds = checked.execution_timeout_seconds
        if checked.failure_topic_arn is not None:
            make_failure_events(self, name, self.function_arn, checked.failure_topic_arn, checked.tags)
        self.register_outputs(self.outputs())

    def _make_own_role(self, checked: CheckedFunction) -> tuple[ExecutionRole, list[pulumi.Resource]]:
        args: DurableExecutionRoleArgs = {
            "managed_policies": checked.managed_policies,
            "managed_policy_arns": list(checked.managed_policy_arns),
            "path": checked.role_path,
            "tags": checked.tags,
        }
        if checked.permissions_boundary_arn is not None:
            args["permissions_boundary_arn"] = checked.permissions_boundary_arn
        component = DurableExecutionRole(self.pulumi_resource_name, args, pulumi.ResourceOptions(parent=self))
        self.role_arn, self.role_name = component.role_arn, component.role_name
        return component.role, [component]

    @property
    def _longest_seconds(self) -> int:
        return self.execution_timeout_seconds
