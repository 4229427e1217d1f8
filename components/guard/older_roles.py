"""Roles that 0.1.0 has made: they do not take their policies with them.

Policies are left in a role that is deleted, and go with it, because it is made with force_detach_policies. In the state
of an older release it is not, and a destroy that comes before the next deployment finds it so.
"""

import contextlib

from .executions import is_there
from .places import Place
from .standing import Need, State


def empty(place: Place, region: str, role: State, needs: list[Need]) -> None:
    """Take everything out of a role that is about to be deleted, if no function that has named it is there any more.

    Args:
        place: where the role is.
        region: the region to ask in; a role has none.
        role: its outputs.
        needs: the functions that have named it.

    Raises:
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: IAM refuses it.
    """
    functions = place.client("lambda", region)
    if role.get("forceDetachPolicies") or any(is_there(functions, each.function_arn) for each in needs):
        return
    iam, name = place.client("iam", region), str(role["name"])
    with contextlib.suppress(iam.exceptions.NoSuchEntityException):  # somebody has deleted it already
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=name):
            for policy in page["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
            for attached in page["AttachedPolicies"]:
                iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
