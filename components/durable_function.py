"""A durable function with everything it needs to be deployed right."""

import json
from typing import cast

import pulumi
import pulumi_aws as aws

from components import iam, rules
from components.alarms import make_alarms
from components.arns import InvalidArnError, PrincipalArn
from components.checked_function import CheckedFunction
from components.errors import InvalidArgsError, Problem
from components.execution_role import (
    DurableExecutionRole,
    DurableExecutionRoleArgs,
    attach_managed_policies,
)
from components.function_args import DurableFunctionArgs
from components.grants import (
    CallbackGrant,
    CallbackGrantArgs,
    ExecutionGrant,
    ExecutionGrantArgs,
    GranteeArgs,
    InvokeGrant,
    InvokeGrantArgs,
    principal_name,
)


class DurableFunction(pulumi.ComponentResource):
    """A durable function: role, log group, function with DurableConfig, published version, alias and alarms.

    Everything that starts executions uses `alias_arn`: durable functions take qualified ARNs only, and an
    execution stays on the version that the alias named when it started. Each change of code or configuration
    publishes a version; old ones stay for the executions that run on them. The alias is made after the role's
    permissions, so nobody can invoke before they stand.

    Deleting or replacing the function ends its executions: the AWS provider stops those that run.

    Raises:
        InvalidArgsError: lists every argument that is wrong, before anything is made.
        PackagingError: the code cannot become an archive, before anything is made.
    """

    function_name: pulumi.Output[str]
    """The function's physical name."""
    function_arn: pulumi.Output[str]
    """The function's bare ARN, which cannot be invoked."""
    version: pulumi.Output[str]
    """The version that was published last, which the alias names."""
    alias_name: pulumi.Output[str]
    """The alias's name."""
    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    role_arn: pulumi.Output[str]
    """The execution role's ARN."""
    role_name: pulumi.Output[str]
    """The execution role's name, to attach policies for what the handler uses."""
    log_group_name: pulumi.Output[str]
    """The log group's name."""

    def __init__(
        self, name: str, args: DurableFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        checked = CheckedFunction.parse_named("DurableFunction", name, args)
        inputs = checked.function_inputs()
        super().__init__("durable-functions:index:DurableFunction", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        permissions = self._role(checked)
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=checked.log_group_name,
            name_prefix=None if checked.log_group_name else f"/aws/lambda/{name}-{pulumi.get_stack()}-",
            retention_in_days=checked.log_retention_days or rules.log_retention_for(checked.retention_days),
            skip_destroy=checked.retain_logs,
            tags=checked.tags,
            opts=child,
        )
        function = aws.lambda_.Function(
            name,
            role=self.role_arn,
            logging_config={
                "log_format": "JSON",
                "log_group": log_group.name,
                "application_log_level": checked.application_log_level,
                "system_log_level": checked.system_log_level,
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[log_group, *permissions],
                # The AWS provider stops the executions that run, and Lambda may take an hour to drain them.
                custom_timeouts=pulumi.CustomTimeouts(delete="60m"),
            ),
            **inputs,
        )
        if checked.execution_policy == "scoped":
            scoped = aws.iam.RolePolicy(
                f"{name}-execution",
                role=self.role_name,
                policy=pulumi.Output.all(function.arn, log_group.arn).apply(
                    lambda arns: json.dumps(iam.execution_document(*arns))
                ),
                opts=child,
            )
            permissions = [*permissions, scoped]
        make_alarms(
            self, name, function.name, checked.alarms, actions=checked.alarm_actions, tags=checked.tags
        )
        alias = aws.lambda_.Alias(
            name,
            name=checked.alias_name,
            function_name=function.name,
            function_version=function.version,
            opts=pulumi.ResourceOptions(parent=self, depends_on=permissions),
        )

        self.function_name = function.name
        self.function_arn = function.arn
        self.version = function.version
        self.alias_name = alias.name
        self.alias_arn = alias.arn
        self.log_group_name = log_group.name
        self.register_outputs(self.outputs())

    def _role(self, checked: CheckedFunction) -> list[pulumi.Resource]:
        """Make the role, or attach to the author's own what it needs; return what must stand before the alias."""
        policies = checked.managed_policies
        made: list[pulumi.Resource]
        if checked.role_arn is not None:
            self.role_arn = pulumi.Output.from_input(checked.role_arn)
            self.role_name = principal_name(self.role_arn, "role")
            made = attach_managed_policies(self, self.pulumi_resource_name, self.role_name, policies)
        else:
            args: DurableExecutionRoleArgs = {
                "managed_policies": policies,
                "path": checked.role_path,
                "tags": checked.tags,
            }
            if checked.permissions_boundary_arn is not None:
                args["permissions_boundary_arn"] = checked.permissions_boundary_arn
            role = DurableExecutionRole(self.pulumi_resource_name, args, pulumi.ResourceOptions(parent=self))
            self.role_arn, self.role_name = role.role_arn, role.role_name
            made = [role]
        if checked.execution_policy == "scoped" and checked.subnet_ids:
            # Lambda looks for these when it makes the function, so they cannot wait for its ARN.
            made.append(
                aws.iam.RolePolicy(
                    f"{self.pulumi_resource_name}-vpc",
                    role=self.role_name,
                    policy=json.dumps(iam.vpc_document()),
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        return made

    def outputs(self) -> dict[str, pulumi.Output[str]]:
        """Return every output by its name, ready for `pulumi.export`."""
        return {
            "function_name": self.function_name,
            "function_arn": self.function_arn,
            "version": self.version,
            "alias_name": self.alias_name,
            "alias_arn": self.alias_arn,
            "role_arn": self.role_arn,
            "role_name": self.role_name,
            "log_group_name": self.log_group_name,
        }

    def grant_invoke(self, name: str, grantee: "Grantee", *, all_versions: bool = False) -> InvokeGrant:
        """Let a role, user, group or function invoke this function by its alias.

        Services and other accounts are granted by an InvokeGrant itself.

        Args:
            name: makes the grant's name, `<function>-<name>`.
            grantee: a role, user or group, or its ARN as text; or a function, for a chained invoke.
            all_versions: allow every alias and version instead of the alias alone.

        Raises:
            InvalidArgsError: the grantee is none of these.
        """
        args = {
            **_grantee(f"InvokeGrant {name!r}", grantee),
            "qualified_arn": self.alias_arn,
            "all_versions": all_versions,
        }
        return InvokeGrant(
            f"{self.pulumi_resource_name}-{name}",
            cast(InvokeGrantArgs, args),
            pulumi.ResourceOptions(parent=self),
        )

    def grant_callback(self, name: str, grantee: "Grantee") -> CallbackGrant:
        """Let a role, user, group or function complete the callbacks of this function's executions.

        Names and errors are those of `grant_invoke`.
        """
        args: CallbackGrantArgs = {
            **_grantee(f"CallbackGrant {name!r}", grantee),
            "function_arn": self.function_arn,
        }
        return CallbackGrant(f"{self.pulumi_resource_name}-{name}", args, pulumi.ResourceOptions(parent=self))

    def grant_read(self, name: str, grantee: "Grantee") -> ExecutionGrant:
        """Let a grantee get and list this function's executions, and read their histories."""
        return self._grant_access(name, grantee, "read")

    def grant_operate(self, name: str, grantee: "Grantee") -> ExecutionGrant:
        """Let a grantee read this function's executions, and stop them."""
        return self._grant_access(name, grantee, "operate")

    def grant_pause(self, name: str, grantee: "Grantee") -> ExecutionGrant:
        """Let a grantee pause this function's executions, and resume them."""
        return self._grant_access(name, grantee, "pause")

    def _grant_access(self, name: str, grantee: "Grantee", access: str) -> ExecutionGrant:
        args: ExecutionGrantArgs = {
            **_grantee(f"ExecutionGrant {name!r}", grantee),
            "function_arn": self.function_arn,
            "access": access,
        }
        return ExecutionGrant(
            f"{self.pulumi_resource_name}-{name}", args, pulumi.ResourceOptions(parent=self)
        )


Grantee = (
    str
    | DurableFunction
    | DurableExecutionRole
    | aws.iam.Role
    | aws.iam.User
    | aws.iam.Group
    | aws.lambda_.Function
)
"""Whom a grant may be for. An ARN that is not known yet goes to the grant's own component, which asks whether it is
a role's, a user's or a group's."""


def _grantee(title: str, grantee: Grantee) -> GranteeArgs:
    match grantee:
        case DurableFunction() | DurableExecutionRole():
            return {"role_arn": grantee.role_arn}
        case aws.iam.Role():
            return {"role_arn": grantee.arn}
        case aws.iam.User():
            return {"user_arn": grantee.arn}
        case aws.iam.Group():
            return {"group_arn": grantee.arn}
        case aws.lambda_.Function():
            return {"role_arn": grantee.role}
        case str():
            return _grantee_of(title, grantee)
        case _:
            raise InvalidArgsError(
                title,
                [
                    Problem(
                        "grantee",
                        "must be a role, a user, a group, a function, or an ARN as text; for an ARN that is an output "
                        f"make an {title.split(maxsplit=1)[0]} with role_arn, user_arn or group_arn",
                        grantee,
                    )
                ],
            )


def _grantee_of(title: str, arn: str) -> GranteeArgs:
    try:
        principal = PrincipalArn.parse(arn, "role", "user", "group")
    except InvalidArnError as error:
        raise InvalidArgsError(title, [Problem("grantee", error.reason, arn)]) from None
    if principal.kind == "role":
        return {"role_arn": arn}
    return {"user_arn": arn} if principal.kind == "user" else {"group_arn": arn}
