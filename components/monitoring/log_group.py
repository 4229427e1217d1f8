"""The log group of a function, which has a name of its own: Lambda would make one that keeps logs forever."""

from typing import Any

import pulumi
import pulumi_aws as aws


def make_log_group(
    parent: pulumi.Resource,
    name: str,
    retention_days: int,
    *,
    fixed_name: str | None = None,
    hooks: pulumi.ResourceHookBinding | None = None,
    **inputs: Any,
) -> aws.cloudwatch.LogGroup:
    """Make the log group, by default with a name that Pulumi generates; `inputs` are further inputs of the resource."""
    return aws.cloudwatch.LogGroup(
        name,
        name=fixed_name,
        name_prefix=None if fixed_name else f"/aws/lambda/{name}-{pulumi.get_stack()}-",
        retention_in_days=retention_days,
        opts=pulumi.ResourceOptions(
            parent=parent,
            hooks=hooks,
            # The prefix changes if the component or the stack is renamed; the log group must stay.
            ignore_changes=None if fixed_name else ["namePrefix"],
        ),
        **inputs,
    )
