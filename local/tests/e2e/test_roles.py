"""Which roles a caller may give to Lambda and EventBridge Scheduler, and which these may assume."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from server import PYTHON, ROLE, Server, allowing, zipped

ROLES = ROLE.rpartition("/")[0]
PASSED = "iam:PassedToService"


@pytest.fixture(scope="module")
def untrusting(cloud: Server) -> str:
    """A role that only another service may assume."""
    trust = allowing(["sts:AssumeRole"], Principal={"Service": "ec2.amazonaws.com"})
    return str(
        cloud.client("iam").create_role(RoleName="untrusting", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    )


@pytest.fixture
def user(cloud: Server) -> Iterator[dict[str, str]]:
    """The keys of a user who may do everything with functions and schedules, and pass no role."""
    iam = cloud.client("iam")
    iam.create_user(UserName="deployer")
    policy = allowing(["lambda:*", "scheduler:*"], Resource="*")
    iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=policy)
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    yield {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    iam.delete_access_key(UserName="deployer", AccessKeyId=key["AccessKeyId"])
    for name in iam.list_user_policies(UserName="deployer")["PolicyNames"]:
        iam.delete_user_policy(UserName="deployer", PolicyName=name)
    iam.delete_user(UserName="deployer")


def create(client: Any, role: str) -> None:
    client.create_function(
        FunctionName="passed",
        Role=role,
        Runtime="python3.13",
        Handler="index.handler",
        Code={"ZipFile": zipped(index__py=PYTHON)},
    )
    client.delete_function(FunctionName="passed")


def schedule(client: Any, role: str) -> None:
    client.create_schedule(
        Name="passed",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:lambda:us-east-1:000000000000:function:none:live", "RoleArn": role},
    )
    client.delete_schedule(Name="passed")


def allow(cloud: Server, service: str) -> None:
    """Let the user pass roles to one service."""
    policy = allowing(
        ["iam:PassRole"], Resource=f"{ROLES}/any", Condition={"StringEquals": {PASSED: service}}
    )
    cloud.client("iam").put_user_policy(UserName="deployer", PolicyName="pass", PolicyDocument=policy)


@pytest.mark.parametrize(
    ("service", "call", "principal"),
    [("lambda", create, "lambda.amazonaws.com"), ("scheduler", schedule, "scheduler.amazonaws.com")],
)
def test_a_role_is_passed_by_those_who_may(
    cloud: Server, user: dict[str, str], service: str, call: Any, principal: str
) -> None:
    client = cloud.client(service, **user)
    for allowed in (None, "ec2.amazonaws.com"):
        if allowed:
            allow(cloud, allowed)
        with pytest.raises(ClientError) as refused:
            call(client, ROLE)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
        assert (
            f"User: arn:aws:iam::000000000000:user/deployer is not authorized to perform: iam:PassRole "
            f"on resource: {ROLE} because no identity-based policy allows the iam:PassRole action"
        ) in refused.value.response["Error"]["Message"]
    allow(cloud, principal)
    call(client, ROLE)


def test_a_role_has_to_trust_its_service(cloud: Server, untrusting: str) -> None:
    untrusted = "The role defined for the function cannot be assumed by Lambda."
    for role in (untrusting, f"{ROLES}/nobody"):
        with pytest.raises(ClientError) as refused:
            create(cloud.aws, role)
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
        assert refused.value.response["Error"]["Message"] == untrusted
        with pytest.raises(ClientError) as refused:
            schedule(cloud.client("scheduler"), role)
        assert refused.value.response["Error"]["Code"] == "ValidationException"
        assert "must allow AWS EventBridge Scheduler to assume the role" in str(refused.value)


def test_a_function_is_given_another_role(cloud: Server, untrusting: str) -> None:
    function = cloud.deploy(zipped(index__py=PYTHON))
    with pytest.raises(cloud.aws.exceptions.InvalidParameterValueException):
        cloud.aws.update_function_configuration(FunctionName=function, Role=untrusting)
    cloud.aws.update_function_configuration(FunctionName=function, Role=f"{ROLES}/runner")
    cloud.aws.update_function_configuration(FunctionName=function, MemorySize=256)
