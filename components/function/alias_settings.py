"""Settings of an alias, besides the versions that it names."""

import pulumi
import pulumi_aws as aws

from .checked_function import CheckedFunction


def make_alias_settings(
    parent: pulumi.Resource, name: str, checked: CheckedFunction, alias: aws.lambda_.Alias
) -> None:
    """Make the settings in the arguments: the maximum age of asynchronous events, and provisioned concurrency."""
    child = pulumi.ResourceOptions(parent=parent)
    if checked.maximum_event_age_seconds is not None:
        aws.lambda_.FunctionEventInvokeConfig(
            name,
            function_name=alias.function_name,
            qualifier=alias.name,
            maximum_event_age_in_seconds=checked.maximum_event_age_seconds,
            opts=child,
        )
    if checked.provisioned_concurrency is not None:
        aws.lambda_.ProvisionedConcurrencyConfig(
            name,
            function_name=alias.function_name,
            qualifier=alias.name,
            provisioned_concurrent_executions=checked.provisioned_concurrency,
            opts=child,
        )
