"""Users and groups with new names: what belongs to them goes along."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from local_cloud.gateway import emulator, renames

POLICY = '{"Version": "2012-10-17", "Statement": []}'


@pytest.fixture(autouse=True)
def control_plane() -> Iterator[None]:
    renames.install()
    yield
    for entities in (emulator.users, emulator.groups, emulator.access_keys):
        entities.value.clear()


def iam(action: str, **params: str) -> tuple[int, str]:
    """Give the status and the body of a response."""
    query: dict[str, Any] = {name: [value] for name, value in params.items()}
    status, _, body = emulator.iam_handlers.value[action](query)
    return status, body.decode()


def test_what_a_user_has_goes_along() -> None:
    iam("CreateUser", UserName="ada", Path="/a/")
    iam("CreateGroup", GroupName="admins")
    iam("AddUserToGroup", UserName="ada", GroupName="admins")
    iam("PutUserPolicy", UserName="ada", PolicyName="own", PolicyDocument=POLICY)
    iam("CreateAccessKey", UserName="ada")
    assert iam("UpdateUser", UserName="ada", NewUserName="eve")[0] == 200
    assert ":user/a/eve<" in iam("GetUser", UserName="eve")[1]
    assert iam("GetUser", UserName="ada")[0] == 404
    assert "<UserName>eve<" in iam("GetGroup", GroupName="admins")[1]
    assert "own" in iam("GetUserPolicy", UserName="eve", PolicyName="own")[1]
    assert re.findall("<AccessKeyId>", iam("ListAccessKeys", UserName="eve")[1]) == ["<AccessKeyId>"]


def test_a_group_has_a_new_path_or_name() -> None:
    iam("CreateGroup", GroupName="admins")
    iam("PutGroupPolicy", GroupName="admins", PolicyName="own", PolicyDocument=POLICY)
    iam("UpdateGroup", GroupName="admins", NewPath="/a/")
    assert ":group/a/admins<" in iam("GetGroup", GroupName="admins")[1]
    iam("UpdateGroup", GroupName="admins", NewGroupName="owners")
    assert ":group/a/owners<" in iam("GetGroup", GroupName="owners")[1]
    assert "own" in iam("GetGroupPolicy", GroupName="owners", PolicyName="own")[1]


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_a_name_that_is_taken_or_missing_is_refused(kind: str) -> None:
    for name in ("one", "two"):
        iam(f"Create{kind}", **{f"{kind}Name": name})
    status, body = iam(f"Update{kind}", **{f"{kind}Name": "one", f"New{kind}Name": "two"})
    assert (status, "EntityAlreadyExists" in body) == (409, True)
    status, body = iam(f"Update{kind}", **{f"{kind}Name": "three", f"New{kind}Name": "four"})
    assert (status, "NoSuchEntity" in body) == (404, True)
    _, body = iam(f"Update{kind}", **{f"{kind}Name": "<a&b>"})
    assert f"The {kind.lower()} with name &lt;a&amp;b&gt; cannot be found." in body
