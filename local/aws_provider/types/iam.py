"""Identity and Access Management: roles, users, groups, policies and what attaches them."""

from collections.abc import Callable

from aws_provider.model import (
    ALWAYS,
    ARN,
    Call,
    Kind,
    Props,
    ResourceType,
    Tagging,
    call,
    output,
    prefix,
    prop,
    unmapped,
)
from aws_provider.services import Handle
from aws_provider.wire import document

_ARN = r"arn:[\w-]+:iam::\w+:"
_MAX_POLICY_VERSIONS = 5


def _detach_role(handle: Handle, state: Props) -> None:
    # The service refuses to delete a role that still has policies.
    if state.get("forceDetachPolicies") is not True:
        return
    role = state["name"]
    for page in handle.pages("list_attached_role_policies", RoleName=role):
        for item in page["AttachedPolicies"]:
            handle.call("detach_role_policy", RoleName=role, PolicyArn=item["PolicyArn"])
    for page in handle.pages("list_role_policies", RoleName=role):
        for name in page["PolicyNames"]:
            handle.call("delete_role_policy", RoleName=role, PolicyName=name)


def _boundary(owner: str, parameter: str) -> Call:
    return call(
        f"put_{owner}_permissions_boundary",
        {parameter: "name"},
        sends=("permissionsBoundary",),
        absent=call(f"delete_{owner}_permissions_boundary", {parameter: "name"}),
    )


ROLE = ResourceType(
    "aws:iam/role:Role",
    noun="IAM role",
    service="iam",
    regional=False,
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w+=,.@-]+)",
    props=(
        prop("name", aws="RoleName", replace=ALWAYS),
        prefix("namePrefix"),
        prop("path", default="/", replace=ALWAYS),
        prop("assumeRolePolicy", Kind.DOCUMENT, aws="AssumeRolePolicyDocument", required=True),
        prop("description", reset=""),
        prop("maxSessionDuration", Kind.WHOLE, default=3600),
        prop("permissionsBoundary", reads="PermissionsBoundary.PermissionsBoundaryArn"),
        unmapped("forceDetachPolicies", Kind.FLAG, default=False),
        output("arn"),
        output("createDate"),
        output("uniqueId", aws="RoleId"),
    ),
    create=call("create_role"),
    read=(call("get_role", {"RoleName": "name"}, at=("Role",)),),
    update=(
        call("update_assume_role_policy", {"RoleName": "name", "PolicyDocument": "assumeRolePolicy"}),
        # `update_role` takes no empty description.
        call("update_role_description", {"RoleName": "name"}, sends=("description",)),
        call("update_role", {"RoleName": "name"}, sends=("maxSessionDuration",)),
        _boundary("role", "RoleName"),
    ),
    clear=_detach_role,
    delete=call("delete_role", {"RoleName": "name"}),
    tagging=Tagging(
        tag="tag_role",
        untag="untag_role",
        key={"RoleName": "name"},
        read=call("list_role_tags", at=("Tags",)),
    ),
)


def _inline(owner: str, parameter: str) -> ResourceType:
    """Return the row of an inline policy of a role, user or group."""
    key = {parameter: owner, "PolicyName": "name"}
    write = call(f"put_{owner}_policy", key, sends=("policy",))
    return ResourceType(
        f"aws:iam/{owner}Policy:{owner.capitalize()}Policy",
        noun=f"inline policy of an IAM {owner}",
        service="iam",
        regional=False,
        name="name",
        keys=(owner, "name"),
        id=f"{{{owner}}}:{{name}}",
        imports=rf"(?P<{owner}>[^:]+):(?P<name>[^:]+)",
        props=(
            prop("name", aws="PolicyName", replace=ALWAYS),
            prefix("namePrefix"),
            prop(owner, aws=parameter, required=True, replace=ALWAYS),
            prop("policy", Kind.DOCUMENT, aws="PolicyDocument", required=True),
        ),
        create=write,
        read=(call(f"get_{owner}_policy", key),),
        update=(write,),
        delete=call(f"delete_{owner}_policy", key),
    )


def _attachment(owner: str, parameter: str) -> ResourceType:
    """Return the row of a managed policy's attachment to a role or user."""
    key = {parameter: owner, "PolicyArn": "policyArn"}
    return ResourceType(
        f"aws:iam/{owner}PolicyAttachment:{owner.capitalize()}PolicyAttachment",
        noun=f"policy attachment of an IAM {owner}",
        service="iam",
        regional=False,
        keys=(owner, "policyArn"),
        id=f"{{{owner}}}/{{policyArn}}",
        imports=rf"(?P<{owner}>[^/]+)/(?P<policyArn>arn:.+)",
        props=(
            unmapped(owner, required=True, replace=ALWAYS),
            prop("policyArn", required=True, replace=ALWAYS, pattern=ARN),
        ),
        create=call(f"attach_{owner}_policy", key),
        read=(
            call(
                f"list_attached_{owner}_policies",
                {parameter: owner},
                at=("AttachedPolicies",),
                match={"PolicyArn": "policyArn"},
            ),
        ),
        delete=call(f"detach_{owner}_policy", key),
    )


def _rename(owner: str) -> Callable[[Handle, Props, Props], None]:
    def rename(handle: Handle, olds: Props, known: Props) -> None:
        title, path = owner.capitalize(), known.get("path") or "/"
        if (olds["name"], olds.get("path") or "/") != (known["name"], path):
            new = {f"New{title}Name": known["name"], "NewPath": path}
            handle.call(f"update_{owner}", **{f"{title}Name": olds["name"]}, **new)

    return rename


def _identity(_: Props, changed: set[str]) -> set[str]:
    return {"arn"} if changed & {"name", "path"} else set()


def _empty_user(handle: Handle, state: Props) -> None:
    if state.get("forceDestroy") is not True:
        return
    for page in handle.pages("list_access_keys", UserName=state["name"]):
        for item in page["AccessKeyMetadata"]:
            handle.call("delete_access_key", UserName=state["name"], AccessKeyId=item["AccessKeyId"])


USER = ResourceType(
    "aws:iam/user:User",
    noun="IAM user",
    service="iam",
    regional=False,
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w+=,.@-]+)",
    props=(
        prop("name", aws="UserName"),
        prop("path", default="/"),
        prop("permissionsBoundary", reads="PermissionsBoundary.PermissionsBoundaryArn"),
        unmapped("forceDestroy", Kind.FLAG, default=False),
        output("arn"),
        output("uniqueId", aws="UserId"),
    ),
    create=call("create_user"),
    read=(call("get_user", {"UserName": "name"}, at=("User",)),),
    update=(_boundary("user", "UserName"),),
    renamed=_rename("user"),
    unsettled=_identity,
    clear=_empty_user,
    delete=call("delete_user", {"UserName": "name"}),
    tagging=Tagging(
        tag="tag_user",
        untag="untag_user",
        key={"UserName": "name"},
        read=call("list_user_tags", at=("Tags",)),
    ),
)


GROUP = ResourceType(
    "aws:iam/group:Group",
    noun="IAM group",
    service="iam",
    regional=False,
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>[\w+=,.@-]+)",
    props=(
        prop("name", aws="GroupName"),
        prop("path", default="/"),
        output("arn"),
        output("uniqueId", aws="GroupId"),
    ),
    create=call("create_group"),
    read=(call("get_group", {"GroupName": "name"}, at=("Group",)),),
    renamed=_rename("group"),
    unsettled=_identity,
    delete=call("delete_group", {"GroupName": "name"}),
)


def _make_room(handle: Handle, state: Props, keep: int) -> None:
    versions = handle.call("list_policy_versions", PolicyArn=state["arn"])["Versions"]
    old = sorted((item for item in versions if not item["IsDefaultVersion"]), key=lambda v: v["CreateDate"])
    for item in old[: max(0, len(versions) - keep)]:
        handle.call("delete_policy_version", PolicyArn=state["arn"], VersionId=item["VersionId"])


def _publish_policy(handle: Handle, known: Props, changed: set[str]) -> None:
    if "policy" in changed:
        _make_room(handle, known, _MAX_POLICY_VERSIONS - 1)
        text = document(known["policy"])
        handle.call("create_policy_version", PolicyArn=known["arn"], PolicyDocument=text, SetAsDefault=True)


POLICY = ResourceType(
    "aws:iam/policy:Policy",
    noun="IAM policy",
    service="iam",
    regional=False,
    name="name",
    keys=("name",),
    id="{arn}",
    imports=rf"(?P<arn>{_ARN}policy/.+)",
    props=(
        prop("name", aws="PolicyName", replace=ALWAYS),
        prefix("namePrefix"),
        prop("path", default="/", replace=ALWAYS),
        prop("description", replace=ALWAYS),
        prop("policy", Kind.DOCUMENT, aws="PolicyDocument", required=True, reads="Document"),
        unmapped("delayAfterPolicyCreationInMs", Kind.WHOLE),
        output("arn"),
        output("attachmentCount", Kind.WHOLE),
        output("policyId"),
    ),
    create=call("create_policy"),
    read=(
        call("get_policy", {"PolicyArn": "arn"}, at=("Policy",)),
        call(
            "get_policy_version", {"PolicyArn": "arn", "VersionId": "DefaultVersionId"}, at=("PolicyVersion",)
        ),
    ),
    updated=_publish_policy,
    clear=lambda handle, state: _make_room(handle, state, 1),
    delete=call("delete_policy", {"PolicyArn": "arn"}),
    tagging=Tagging(
        tag="tag_policy",
        untag="untag_policy",
        key={"PolicyArn": "arn"},
        read=call("list_policy_tags", at=("Tags",)),
    ),
)

ROWS = (
    ROLE,
    _inline("role", "RoleName"),
    _attachment("role", "RoleName"),
    USER,
    _inline("user", "UserName"),
    _attachment("user", "UserName"),
    GROUP,
    _inline("group", "GroupName"),
    POLICY,
)
