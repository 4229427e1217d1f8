"""A durable function, with everything that it needs in production."""

import json
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..execution_role import DurableExecutionRole, DurableExecutionRoleArgs, ExecutionRole
from ..grants.grantee import in_this_account, principal_name
from ..guard import hooks_below, the_guard
from ..monitoring.alarms import make_alarms
from ..monitoring.failure_events import make_failure_events
from .alias_settings import make_alias_settings
from .aliases import Release, arn_unless_protected, make_aliases
from .checked_function import CheckedFunction
from .dead_letters import make_dead_letters
from .function_args import DurableFunctionArgs
from .function_grants import FunctionGrants
from .function_triggers import FunctionTriggers

_MEANT = {
    "arn": "alias_arn to invoke it, or function_arn for the function itself, which cannot be invoked",
    "invoke_arn": "alias_arn",
    "qualified_arn": "alias_arn",
    "name": "function_name",
    "role": "role_arn or role_name",
    "log_group": "log_group_name",
    "alias": "alias_name or alias_arn",
}


class DurableFunction(FunctionGrants, FunctionTriggers):
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

    function_name: pulumi.Output[str]
    """The function's physical name."""
    function_arn: pulumi.Output[str]
    """The function's bare ARN, which cannot be invoked."""
    version: pulumi.Output[str]
    """The newest published version."""
    alias_name: pulumi.Output[str]
    """The alias's name."""
    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    release: pulumi.Output[Release]
    """The versions of new executions: {alias: {version: share}}, such as {"live": {"7": 1.0}}."""
    role_arn: pulumi.Output[str]
    """The execution role's ARN."""
    role_name: pulumi.Output[str]
    """The execution role's name, to attach policies that the handler needs."""
    log_group_name: pulumi.Output[str]
    """The log group's name."""
    dead_letter_arn: pulumi.Output[str] | None
    """The ARN of the queue or topic that gets the events of failed executions; None if there is none."""

    def __init__(
        self, name: str, args: DurableFunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `DurableFunctionArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = CheckedFunction.parse_named("DurableFunction", name, args)
        inputs = checked.function_inputs()
        if checked.deletion_protection:
            # Children inherit it, so the queue, triggers and permissions of a protected function are protected too.
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=True))
        super().__init__("durable-functions:index:DurableFunction", name, {}, opts)
        self.guarded = checked.execution_guard
        guard, hooks = the_guard(), hooks_below(self)

        role, permissions = self._make_role(checked)
        log_group = aws.cloudwatch.LogGroup(
            name,
            name=checked.log_group_name,
            name_prefix=None if checked.log_group_name else f"/aws/lambda/{name}-{pulumi.get_stack()}-",
            retention_in_days=checked.log_retention_days or rules.log_retention_for(checked.retention_days),
            skip_destroy=checked.retain_logs,
            tags=checked.tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=hooks,
                # The prefix changes if the component or the stack is renamed; the log group must stay.
                ignore_changes=None if checked.log_group_name else ["namePrefix"],
            ),
        )
        self.dead_letter_arn, sending = make_dead_letters(self, name, checked, role)
        permissions += sending
        function = aws.lambda_.Function(
            name,
            role=self.role_arn,
            logging_config={
                "log_format": "JSON",
                "log_group": log_group.name,
                "application_log_level": checked.application_log_level,
                "system_log_level": checked.system_log_level,
            },
            dead_letter_config={"target_arn": self.dead_letter_arn} if self.dead_letter_arn else None,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[log_group, *permissions],
                hooks=guard.hooks_of_function if self.guarded else None,
                # The AWS provider stops running executions, and Lambda may take an hour to drain them.
                custom_timeouts=pulumi.CustomTimeouts(delete="60m"),
            ),
            **inputs,
        )
        protect = bool(opts is not None and opts.protect)
        guard.declare(log_group)
        guard.declare_function(function, self.get_provider("aws:lambda/function:Function"), protect=protect)
        if checked.execution_policy == "scoped":
            document = pulumi.Output.all(function.arn, log_group.arn).apply(
                lambda arns: json.dumps(iam.execution_document(*arns))
            )
            # If the function is replaced, the old one keeps its policy until it is deleted, so the new one gets its own.
            scoped = role.put_policy(self, f"{name}-execution", document, replace_with=[function])
            permissions = [*permissions, scoped]
        make_alarms(
            self,
            name,
            checked.alarms,
            {"FunctionName": function.name},
            actions=checked.alarm_actions,
            tags=checked.tags,
        )
        if checked.failure_topic_arn is not None:
            make_failure_events(self, name, function.arn, checked.failure_topic_arn, checked.tags)
        aliases, self.release = make_aliases(
            self, name, checked, function, self._with_grants(permissions), protect=protect
        )
        role.keep_statements(self, name, checked.role_statements, aliases)
        alias = aliases[0]
        make_alias_settings(self, name, checked, alias)

        self.function_name = function.name
        self.function_arn = function.arn
        self.version = function.version
        self.alias_name = alias.name
        self.alias_arn = arn_unless_protected(alias, name, protect=protect)
        self.log_group_name = log_group.name
        self.execution_timeout_seconds = checked.execution_timeout_seconds
        self.timeout_seconds = inputs["timeout"]
        self.isolates_tenants = checked.tenancy_config is not None
        self.fed_role_name = None if checked.execution_policy == "none" else self.role_name
        self.register_outputs(self.outputs())

    def _make_role(self, checked: CheckedFunction) -> tuple[ExecutionRole, list[pulumi.Resource]]:
        """Make the role, or attach policies to the author's own; return it, and what must be made before the alias."""
        name, policies = self.pulumi_resource_name, checked.managed_policies
        resources: list[pulumi.Resource]
        if checked.role_arn is not None:
            self.role_arn = in_this_account(self, checked.role_arn, "role")
            self.role_name = principal_name(self.role_arn, "role")
            role = ExecutionRole(self.role_name)
            resources = role.attach(self, name, policies, checked.managed_policy_arns)
        else:
            args: DurableExecutionRoleArgs = {
                "managed_policies": policies,
                "managed_policy_arns": list(checked.managed_policy_arns),
                "path": checked.role_path,
                "tags": checked.tags,
            }
            if checked.permissions_boundary_arn is not None:
                args["permissions_boundary_arn"] = checked.permissions_boundary_arn
            component = DurableExecutionRole(name, args, pulumi.ResourceOptions(parent=self))
            self.role_arn, self.role_name = component.role_arn, component.role_name
            role, resources = component.role, [component]
        self._role = role
        resources += role.put_statements(self, name, checked.role_statements)
        if checked.execution_policy == "scoped" and checked.subnet_ids:
            # Lambda checks these permissions when it creates the function, so they cannot wait for its ARN.
            resources.append(role.put_policy(self, f"{name}-vpc", json.dumps(iam.vpc_document())))
        return role, resources

    if not TYPE_CHECKING:  # a type checker finds it by itself

        def __getattr__(self, name: str) -> Any:
            """Say which attribute a name that does not exist stands for, in pulumi-aws or other components."""
            hint = _MEANT.get(name)
            raise AttributeError(
                f"DurableFunction has no attribute {name!r}" + (f"; use {hint}" if hint else ""),
                name=name,
                obj=None if hint else self,  # from which Python makes a hint of its own
            )

    def outputs(self) -> dict[str, pulumi.Output[Any]]:
        """Return every output by its name, ready for `pulumi.export`."""
        outputs: dict[str, pulumi.Output[Any]] = {
            "function_name": self.function_name,
            "function_arn": self.function_arn,
            "version": self.version,
            "alias_name": self.alias_name,
            "alias_arn": self.alias_arn,
            "release": self.release,
            "role_arn": self.role_arn,
            "role_name": self.role_name,
            "log_group_name": self.log_group_name,
        }
        if self.dead_letter_arn is not None:
            outputs["dead_letter_arn"] = self.dead_letter_arn
        return outputs
