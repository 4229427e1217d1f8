"""Roles made by 0.1.0, whose policies are not deleted with them.

Policies are left in a role that is deleted, and are deleted with it, because the role is made with
force_detach_policies. A role in the state of an older release does not have this setting yet if a destroy comes before
the next deployment.
"""

import contextlib

from .dependents import Dependent, State
from .executions import function_exists
from .providers import AwsProvider


def empty_role(provider: AwsProvider, region: str, role: State, dependents: list[Dependent]) -> None:
    """Remove all policies from a role that is about to be deleted, if no function that used it exists any more.

    Args:
        provider: the provider of the role's account.
        region: the region for API calls; a role has none.
        role: the role's outputs.
        dependents: the functions that have used it.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: IAM refuses it.
    """
    client = provider.client("lambda", region)
    if role.get("forceDetachPolicies") or any(
        function_exists(client, dependent.function_arn) for dependent in dependents
    ):
        return
    iam, name = provider.client("iam", region), str(role["name"])
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):  # somebody has deleted it already
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
            for policy in page["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
            for attached in page["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
