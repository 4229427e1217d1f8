"""Settings of an alias, besides the versions that it names."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from .checked_function import CheckedFunction


def make_alias_settings(
    parent: pulumi.Resource,
    name: str,
    checked: CheckedFunction,
    alias: aws.lambda_.Alias,
    sending: Sequence[pulumi.Resource] = (),
) -> None:
    """Make the settings in the arguments: how asynchronous events are handled, and provisioned concurrency.

    Args:
        parent: the parent of what is made.
        name: its name.
        checked: the arguments.
        alias: the alias.
        sending: the permissions to send to destinations, without which Lambda refuses them.
    """
    inputs = checked.asynchronous_inputs()
    if inputs:
        aws.lambda_.FunctionEventInvokeConfig(
            name,
            function_name=alias.function_name,
            qualifier=alias.name,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=sending),
            **inputs,
        )
    if checked.provisioned_concurrency is not None:
        aws.lambda_.ProvisionedConcurrencyConfig(
            name,
            function_name=alias.function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=checked.provisioned_concurrency,
            opts=pulumi.ResourceOptions(parent=parent),
        )
