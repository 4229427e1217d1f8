"""The methods of a durable function that make grants on its executions."""

from ..checks import rules
from ..grants.callback_grant import CallbackGrant, CallbackGrantArgs
from ..grants.execution_grant import ExecutionGrant, ExecutionGrantArgs
from .function_grants import FunctionGrants, Grantee, grantee_args


class ExecutionGrants(FunctionGrants):
    """The methods of a durable function that make grants on its executions. Each is a child resource of the function."""

    def grant_callback(self, name: str, grantee: Grantee) -> CallbackGrant:
        """Let a grantee complete the callbacks of this function's executions."""
        args: CallbackGrantArgs = {
            **grantee_args(f"CallbackGrant {name!r}", grantee),
            "function_arn": self.function_arn,
        }
        return CallbackGrant(f"{self.pulumi_resource_name}-{name}", args, self._grant_options(grantee))

    def grant_read(self, name: str, grantee: Grantee) -> ExecutionGrant:
        """Let a grantee get and list this function's executions, and read their history."""
        return self._grant_access(name, grantee, "read")

    def grant_operate(self, name: str, grantee: Grantee) -> ExecutionGrant:
        """Let a grantee read this function's executions, and stop them."""
        return self._grant_access(name, grantee, "operate")

    def grant_pause(self, name: str, grantee: Grantee) -> ExecutionGrant:
        """Let a grantee pause this function's executions, and resume them."""
        return self._grant_access(name, grantee, "pause")

    def grant_delete(self, name: str, grantee: Grantee) -> ExecutionGrant:
        """Let a grantee delete this function's executions that have ended, with their data."""
        return self._grant_access(name, grantee, "delete")

    def _grant_access(self, name: str, grantee: Grantee, access: rules.Access) -> ExecutionGrant:
        args: ExecutionGrantArgs = {
            **grantee_args(f"ExecutionGrant {name!r}", grantee),
            "function_arn": self.function_arn,
            "access": access,
        }
        return ExecutionGrant(f"{self.pulumi_resource_name}-{name}", args, self._grant_options(grantee))
