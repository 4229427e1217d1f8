"""Which roles a caller may give to a service, and which the service may assume."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from server import PYTHON, ROLE, Server, allowing, zipped

ROLES = ROLE.rpartition("/")[0]
OTHER_ACCOUNTS = "arn:aws:iam::111111111111:role/any"
TARGET = "arn:aws:lambda:us-east-1:000000000000:function:none:live"
TEMPLATE = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
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
    """The keys of a user who may do everything with what takes a role, and pass none."""
    iam = cloud.client("iam")
    iam.create_user(UserName="deployer")
    services = ("lambda", "scheduler", "events", "pipes", "cloudformation")
    policy = allowing([f"{service}:*" for service in services], Resource="*")
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
        Target={"Arn": TARGET, "RoleArn": role},
    )
    client.delete_schedule(Name="passed")


def target(client: Any, role: str) -> None:
    client.put_rule(Name="passed", ScheduleExpression="rate(1 day)")
    client.put_targets(
        Rule="passed", Targets=[{"Id": "1", "Arn": TARGET}, {"Id": "2", "Arn": TARGET, "RoleArn": role}]
    )
    client.remove_targets(Rule="passed", Ids=["1", "2"])


def rule(client: Any, role: str) -> None:
    client.put_rule(Name="passed", ScheduleExpression="rate(1 day)", RoleArn=role)
    client.delete_rule(Name="passed")


def pipe(client: Any, role: str) -> None:
    queue = "arn:aws:sqs:us-east-1:000000000000:none"
    client.create_pipe(Name="passed", Source=queue, Target=TARGET, RoleArn=role, DesiredState="STOPPED")
    client.delete_pipe(Name="passed")


def stack(client: Any, role: str) -> None:
    client.create_stack(StackName="passed", TemplateBody=json.dumps(TEMPLATE), RoleARN=role)
    client.get_waiter("stack_create_complete").wait(StackName="passed", WaiterConfig={"Delay": 1})
    client.delete_stack(StackName="passed")


def allow(cloud: Server, service: str) -> None:
    """Let the user pass roles to one service."""
    policy = allowing(
        ["iam:PassRole"], Resource=f"{ROLES}/any", Condition={"StringEquals": {PASSED: service}}
    )
    cloud.client("iam").put_user_policy(UserName="deployer", PolicyName="pass", PolicyDocument=policy)


TAKERS = [
    ("lambda", create),
    ("scheduler", schedule),
    ("events", target),
    ("events", rule),
    ("pipes", pipe),
    ("cloudformation", stack),
]
"""What takes a role: the service, and a call that gives it one."""


@pytest.mark.parametrize(("service", "call"), TAKERS)
def test_a_role_is_passed_by_those_who_may(
    cloud: Server, user: dict[str, str], service: str, call: Any
) -> None:
    client = cloud.client(service, **user)
    for allowed in (None, "ec2.amazonaws.com"):
        if allowed:
            allow(cloud, allowed)
        with pytest.raises(ClientError) as refused:
            call(client, ROLE)
        assert refused.value.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied")
        assert (
            f"User: arn:aws:iam::000000000000:user/deployer is not authorized to perform: iam:PassRole "
            f"on resource: {ROLE} because no identity-based policy allows the iam:PassRole action"
        ) in refused.value.response["Error"]["Message"]
    allow(cloud, f"{service}.amazonaws.com")
    call(client, ROLE)
    with pytest.raises(ClientError, match="Cross-account pass role is not allowed"):
        call(cloud.client(service), OTHER_ACCOUNTS)


@pytest.mark.parametrize(
    ("service", "call", "code", "message"),
    [
        (
            *TAKERS[0],
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
        ),
        (*TAKERS[1], "ValidationException", "must allow AWS EventBridge Scheduler to assume the role"),
        (*TAKERS[2], "ValidationException", "cannot be assumed by principal 'events.amazonaws.com'"),
        (*TAKERS[3], "ValidationException", "cannot be assumed by principal 'events.amazonaws.com'"),
        (*TAKERS[4], "ValidationException", "cannot be assumed by pipes.amazonaws.com"),
        (*TAKERS[5], "ValidationError", "is invalid or cannot be assumed"),
    ],
)
def test_a_role_has_to_trust_its_service(
    cloud: Server, untrusting: str, service: str, call: Any, code: str, message: str
) -> None:
    for role in (untrusting, f"{ROLES}/nobody"):
        with pytest.raises(ClientError) as refused:
            call(cloud.client(service), role)
        assert refused.value.response["Error"]["Code"] == code
        assert message in refused.value.response["Error"]["Message"]


def test_a_function_is_given_another_role(cloud: Server, untrusting: str) -> None:
    function = cloud.deploy(zipped(index__py=PYTHON))
    with pytest.raises(cloud.aws.exceptions.InvalidParameterValueException):
        cloud.aws.update_function_configuration(FunctionName=function, Role=untrusting)
    cloud.aws.update_function_configuration(FunctionName=function, Role=f"{ROLES}/runner")
    cloud.aws.update_function_configuration(FunctionName=function, MemorySize=256)
