"""Identity and Access Management."""

import json

from differential.reasons import EARLIER, MISSING
from differential.subject import Request, Subject, change, differing, each, to
from differential.world import BOUNDARY, OTHER_TRUST, READS, TRUST, WRITES, document, of_role

_TAGS = ({"a": "1"}, {"a": "2", "b": "3"})
_SPACED = json.dumps(json.loads(READS), indent=2)
_OTHER_BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def _in_any_order(action: str, other: str) -> tuple[str, str]:
    return document(Effect="Allow", Action=[action, other], Resource="*"), document(
        Effect="Allow", Action=[other, action], Resource=["*"]
    )


_ORDER, _REORDERED = _in_any_order("s3:GetObject", "s3:PutObject")

ROLE = Subject(
    "aws:iam/role:Role",
    "aws_iam_role",
    base={"name": "NAME", "assumeRolePolicy": TRUST},
    reads=(
        Request("iam", "get_role", {"RoleName": "{name}"}, "Role"),
        Request("iam", "list_role_policies", {"RoleName": "{name}"}, "PolicyNames"),
    ),
    changes=(
        to("name", "NAME-2", "a b", "n" * 65, ""),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 39}),
        change("namePrefix changed", {"namePrefix": "NAME-y-"}, {"name": None, "namePrefix": "NAME-x-"}),
        change("namePrefix removed", {"namePrefix": None}, {"name": None, "namePrefix": "NAME-x-"}),
        each("path", "/one/", "/two/"),
        to("path", "one", explained=EARLIER),
        to("assumeRolePolicy", OTHER_TRUST, json.dumps(json.loads(TRUST), indent=1), "", "{", "[]"),
        each("description", "one", "two"),
        to("description", "d" * 1001),
        each("maxSessionDuration", 7200, 43200),
        to("maxSessionDuration", 3600, 3599, 43201),
        each("permissionsBoundary", BOUNDARY, _OTHER_BOUNDARY),
        to("permissionsBoundary", "boundary"),
        each("forceDetachPolicies", True, False),
        each("tags", *_TAGS),
        change(
            "description, changed by somebody else",
            {},
            {"description": "one"},
            behind=(Request("iam", "update_role", {"RoleName": "NAME", "Description": "x"}),),
        ),
        change(
            "boundary, put by somebody else",
            {},
            behind=(
                Request(
                    "iam",
                    "put_role_permissions_boundary",
                    {"RoleName": "NAME", "PermissionsBoundary": BOUNDARY},
                ),
            ),
        ),
        change(
            "tags, changed by somebody else",
            {},
            {"tags": {"a": "1"}},
            behind=(Request("iam", "tag_role", {"RoleName": "NAME", "Tags": [{"Key": "b", "Value": "2"}]}),),
        ),
        change("gone", {}, behind=(Request("iam", "delete_role", {"RoleName": "NAME"}),)),
    ),
)


def _inline(owner: str) -> Subject:
    return Subject(
        f"aws:iam/{owner}Policy:{owner.capitalize()}Policy",
        f"aws_iam_{owner}_policy",
        base={"name": "NAME", owner: "shared", "policy": READS},
        reads=(
            Request(
                "iam",
                f"get_{owner}_policy",
                {f"{owner.capitalize()}Name": f"{{{owner}}}", "PolicyName": "{name}"},
            ),
        ),
        changes=(
            to("name", "NAME-2"),
            # Terraform looks at the names of a role's policies only.
            to("name", "a b", "n" * 129, explained="" if owner == "role" else EARLIER),
            change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
            change("name with namePrefix", {"namePrefix": "NAME-"}),
            change(
                "namePrefix too long",
                {"name": None, "namePrefix": "n" * 103},
                explained="" if owner == "role" else EARLIER,
            ),
            to(owner, "other"),
            to("policy", WRITES, _SPACED, "", "{"),
            change("policy reordered", {"policy": _REORDERED}, {"policy": _ORDER}),
        ),
    )


def _attachment(owner: str) -> Subject:
    title = owner.capitalize()
    make = of_role("NAME") if owner == "role" else Request("iam", "create_user", {"UserName": "NAME"})
    return Subject(
        f"aws:iam/{owner}PolicyAttachment:{title}PolicyAttachment",
        f"aws_iam_{owner}_policy_attachment",
        base={owner: "NAME", "policyArn": BOUNDARY},
        reads=(
            Request(
                "iam", f"list_attached_{owner}_policies", {f"{title}Name": f"{{{owner}}}"}, "AttachedPolicies"
            ),
        ),
        world=(make,),
        changes=(
            to(owner, "shared"),
            to("policyArn", _OTHER_BOUNDARY, "ReadOnlyAccess"),
        ),
    )


USER = Subject(
    "aws:iam/user:User",
    "aws_iam_user",
    base={"name": "NAME"},
    reads=(Request("iam", "get_user", {"UserName": "{name}"}, "User"),),
    changes=(
        to("name", "NAME-2", "NAME=,.@-_+", "a b"),
        to("name", "n" * 65, explained=EARLIER),
        each("path", "/one/", "/two/"),
        each("permissionsBoundary", BOUNDARY, _OTHER_BOUNDARY),
        to("permissionsBoundary", "boundary"),
        differing(each("forceDestroy", True, False), MISSING, "forceDestroy set"),
        each("tags", *_TAGS),
    ),
)

GROUP = Subject(
    "aws:iam/group:Group",
    "aws_iam_group",
    base={"name": "NAME"},
    reads=(Request("iam", "get_group", {"GroupName": "{name}"}, "Group"),),
    changes=(
        to("name", "NAME-2", "a b"),
        to("name", "n" * 129, explained=EARLIER),
        each("path", "/one/", "/two/"),
    ),
)

POLICY = Subject(
    "aws:iam/policy:Policy",
    "aws_iam_policy",
    base={"name": "NAME", "policy": READS},
    reads=(
        Request("iam", "get_policy", {"PolicyArn": "{arn}"}, "Policy"),
        Request("iam", "list_policy_versions", {"PolicyArn": "{arn}"}, "Versions"),
    ),
    changes=(
        to("name", "NAME-2", "a b", "n" * 129),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 103}),
        each("path", "/one/", "/two/"),
        each("description", "one", "two"),
        to("policy", WRITES, _SPACED, "", "{"),
        change("policy reordered", {"policy": _REORDERED}, {"policy": _ORDER}),
        each("tags", *_TAGS),
    ),
)

SUBJECTS = (
    ROLE,
    _inline("role"),
    _attachment("role"),
    USER,
    _inline("user"),
    _attachment("user"),
    GROUP,
    _inline("group"),
    POLICY,
)
