"""What a durable function and a standard function have in common: what is made around the function, and in which order."""

import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
import pulumi_aws as aws

from .. import iam
from ..execution_role import ExecutionRole
from ..grants.grantee import in_this_account, principal_name
from ..guard import hooks_below, the_guard
from ..monitoring.alarms import make_alarms
from ..monitoring.log_group import make_log_group
from .alias_settings import make_alias_settings
from .aliases import Release, arn_unless_protected, make_aliases
from .checked_function import CheckedFunction
from .dead_letters import make_dead_letters
from .destinations import make_sending
from .function_grants import FunctionGrants
from .function_triggers import FunctionTriggers


class LambdaFunction(FunctionGrants, FunctionTriggers):
    """A function with its role, log group, published version, aliases and alarms; the public components derive from it."""

    function_name: pulumi.Output[str]
    """The function's physical name."""
    function_arn: pulumi.Output[str]
    """The function's bare ARN, by which a durable function cannot be invoked."""
    version: pulumi.Output[str]
    """The newest published version."""
    alias_name: pulumi.Output[str]
    """The alias's name."""
    alias_arn: pulumi.Output[str]
    """The qualified ARN to invoke."""
    release: pulumi.Output[Release]
    """The versions behind each alias: {alias: {version: share}}, such as {"live": {"7": 1.0}}."""
    role_arn: pulumi.Output[str]
    """The execution role's ARN."""
    role_name: pulumi.Output[str]
    """The execution role's name, to attach policies that the handler needs."""
    log_group_name: pulumi.Output[str]
    """The log group's name."""
    dead_letter_arn: pulumi.Output[str] | None
    """The ARN of the queue or topic that gets the events of failed executions or invocations; None if there is none."""

    _meant: ClassVar[dict[str, str]] = {
        "arn": "alias_arn to invoke it, or function_arn for the function itself",
        "invoke_arn": "alias_arn",
        "qualified_arn": "alias_arn",
        "name": "function_name",
        "role": "role_arn or role_name",
        "log_group": "log_group_name",
        "alias": "alias_name or alias_arn",
    }
    """What names in pulumi-aws or other components are called here."""

    def __init__(
        self,
        kind: str,
        name: str,
        checked: CheckedFunction,
        opts: pulumi.ResourceOptions | None,
        *,
        guarded: bool = True,
        delete_timeout: str | None = None,
    ) -> None:
        """Make everything.

        Args:
            kind: the public component's name, which is in its type token.
            name: the component's name.
            checked: the arguments.
            opts: the options of the component.
            guarded: whether what executions in flight need is not deleted.
            delete_timeout: how long the deletion of the function may take. Default: the AWS provider's own limit.
        """
        inputs = checked.function_inputs()
        if checked.deletion_protection:
            # Children inherit it, so the queue, triggers and permissions of a protected function are protected too.
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=True))
        super().__init__(f"durable-functions:index:{kind}", name, {}, opts)
        self.guarded = guarded
        guard, hooks = the_guard(), hooks_below(self)

        role, permissions = self._make_role(checked)
        log_group = make_log_group(
            self,
            name,
            checked.log_retention_days or checked.default_log_retention_days,
            fixed_name=checked.log_group_name,
            hooks=hooks,
            skip_destroy=checked.retain_logs,
            tags=checked.tags,
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
                hooks=guard.hooks_of_function if guarded else None,
                custom_timeouts=pulumi.CustomTimeouts(delete=delete_timeout) if delete_timeout else None,
            ),
            **inputs,
        )
        protect = bool(opts is not None and opts.protect)
        guard.declare(log_group)
        guard.declare_function(function, self.get_provider("aws:lambda/function:Function"), protect=protect)
        if checked.execution_policy == "scoped":
            document = pulumi.Output.all(function.arn, log_group.arn).apply(
                lambda arns: json.dumps(checked.execution_document(*arns))
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
        aliases, self.release = make_aliases(
            self, name, checked, function, self._with_grants(permissions), protect=protect
        )
        role.keep_statements(self, name, checked.role_statements, aliases)
        alias = aliases[0]
        destinations = {} if checked.execution_policy == "none" else checked.destinations
        make_alias_settings(self, name, checked, alias, make_sending(self, name, destinations, role))

        self.function_name = function.name
        self.function_arn = function.arn
        self.version = function.version
        self.alias_name = alias.name
        self.alias_arn = arn_unless_protected(alias, f"{kind} {name!r}", protect=protect)
        self.log_group_name = log_group.name
        self.timeout_seconds = inputs["timeout"]
        self.isolates_tenants = checked.tenancy_config is not None
        self.fed_role_name = None if checked.execution_policy == "none" else self.role_name

    def _make_role(self, checked: CheckedFunction) -> tuple[ExecutionRole, list[pulumi.Resource]]:
        """Make the role, or attach policies to the author's own; return it, and what must be made before the alias."""
        name = self.pulumi_resource_name
        resources: list[pulumi.Resource]
        if checked.role_arn is not None:
            self.role_arn = in_this_account(self, checked.role_arn, "role")
            self.role_name = principal_name(self.role_arn, "role")
            role = ExecutionRole(self.role_name)
            resources = role.attach(self, name, checked.managed_policies, checked.managed_policy_arns)
        else:
            role, resources = self._make_own_role(checked)
        self._role = role
        resources += role.put_statements(self, name, checked.role_statements)
        if checked.execution_policy == "scoped" and checked.subnet_ids:
            # Lambda checks these permissions when it creates the function, so they cannot wait for its ARN.
            resources.append(role.put_policy(self, f"{name}-vpc", json.dumps(iam.vpc_document())))
        return role, resources

    @abstractmethod
    def _make_own_role(self, checked: CheckedFunction) -> tuple[ExecutionRole, list[pulumi.Resource]]:
        """Make a role with its managed policies, and set its ARN and name; return what must be made before the alias."""

    if not TYPE_CHECKING:  # a type checker finds it by itself

        def __getattr__(self, name: str) -> Any:
            """Say which attribute a name that does not exist stands for, in pulumi-aws or other components."""
            hint = self._meant.get(name)
            raise AttributeError(
                f"{type(self).__name__} has no attribute {name!r}" + (f"; use {hint}" if hint else ""),
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
