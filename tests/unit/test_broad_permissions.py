"""Permissions that are broader than a handler needs cause a warning, once each, with the argument and the fix."""

from typing import Any

import pulumi
import pytest

from components import DurableExecutionRole, DurableFunction
from tables.account import ACCOUNT, ROLE, Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS

TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/carts"


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch, cloud: Recorder) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_, **__: told.append(message))
    assert cloud.made == []
    return told


def role(**args: Any) -> None:
    declare(lambda: DurableExecutionRole("reports", args))  # type: ignore[arg-type]


def allow(*actions: str, on: Any = "*", **more: Any) -> dict[str, Any]:
    return {"actions": list(actions), "resources": [on], **more}


@pytest.mark.parametrize(
    ("action", "on", "narrower"),
    [
        ("iam:PassRole", "*", "name the role's ARN, with the condition iam:PassedToService (on *)"),
        ("iam:*", "*", "it can pass any role in the account to a service"),
        ("iam:pass*", "*", "it can pass any role in the account to a service"),
        ("sts:AssumeRole", "*", "name the role's ARN"),
        ("lambda:InvokeFunction", "*", "use grant_invoke, or name the alias's ARN"),
        ("secretsmanager:GetSecretValue", "*", "use allow_secret"),
        ("*", "*", "allows the handler everything in the account"),
        (
            "s3:*",
            "*",
            "allows the handler everything in the service; name the actions and ARNs that it uses (on *)",
        ),
        ("s3:*", "arn:aws:s3:::*", "name the actions and ARNs that it uses (on arn:aws:s3:::*)"),
        ("s3:*", "arn:aws:s3:::*/*", "allows the handler everything in the service"),
        ("s3:?*", "*", "allows the handler everything in the service"),
        ("s3:G*", "*", "allows the handler all such actions on every resource; name the actions and ARNs"),
        ("dynamodb:?etItem", "*", "allows the handler all such actions on every resource"),
        ("iam:PassRole", "arn:aws:iam::*:role/*", "it can pass any role in the account to a service"),
        ("iam:P*", "arn:aws:iam::*:r*", "it can pass any role in the account to a service"),
        ("*", "arn:aws:iam::*:role/*", "it can pass any role in the account to a service"),
        ("iam:Put*", "*", "it can give itself every permission"),
        ("iam:Create*", f"arn:aws:iam::{ACCOUNT}:user/*", "it can become every user"),
        ("lambda:Invoke*", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:*", "it can invoke every function"),
        ("lambda:Update*", "*", "it can run code as every function's role"),
        ("secretsmanager:Get*", "arn:aws:secretsmanager:*:*:secret:*", "it can read every secret"),
        ("ssm:GetParameters", "arn:aws:ssm:*:*:parameter/*", "it can read every parameter"),
        ("kms:*", "arn:aws:kms:*:*:key/*", "it can decrypt with every key"),
        *(
            (f"iam:{name}", on, "it can give itself every permission")
            for kind, names in {
                "role": "PutRolePolicy AttachRolePolicy DeleteRolePermissionsBoundary",
                "user": "PutUserPolicy AttachUserPolicy DeleteUserPermissionsBoundary",
                "group": "PutGroupPolicy AttachGroupPolicy AddUserToGroup",
                "policy": "CreatePolicyVersion SetDefaultPolicyVersion",
            }.items()
            for name in names.split()
            for on in ("*", f"arn:aws:iam::{ACCOUNT}:{kind}/*")
        ),
        ("iam:CreateAccessKey", "*", "it can become every user"),
        ("iam:CreateLoginProfile", "*", "it can become every user"),
        ("iam:UpdateLoginProfile", "*", "it can become every user"),
        ("lambda:AddPermission", "*", "it can let anyone invoke every function"),
        ("ssm:GetParameterHistory", "*", "it can read every parameter"),
        ("kms:CreateGrant", "*", "it can let anyone use every key"),
        ("kms:PutKeyPolicy", "*", "it can let anyone use every key"),
    ],
)
def test_much_on_everything_is_told(warnings: list[str], action: str, on: str, narrower: str) -> None:
    role(statements=[allow("dynamodb:PutItem", on=TABLE), allow(action, on=on)])
    (told,) = warnings
    assert told.startswith(f"DurableExecutionRole 'reports': statements.1: {action}")
    assert narrower in told


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringEquals": {"aws:RequestedRegion": "eu-west-1", "AWS:PrincipalAccount": ACCOUNT}},
        {"StringLike": {"iam:PassedToService": "*"}},
        {"StringLike": {"iam:PassedToService": ["ecs.amazonaws.com", "*"]}},
        {"StringNotEquals": {"iam:PassedToService": "ecs.amazonaws.com"}},
        {"Null": {"iam:PassedToService": "false"}},
    ],
)
def test_a_condition_that_narrows_nothing_hides_nothing(
    warnings: list[str], condition: dict[str, Any]
) -> None:
    role(statements=[allow("iam:PassRole", condition=condition)])
    (told,) = warnings
    assert "it can pass any role in the account" in told


def test_a_function_tells_it_of_its_own_argument(warnings: list[str]) -> None:
    args: Any = {**FUNCTION_ARGS, "role_statements": [allow("s3:*", "iam:PassRole", "s3:GetObject")]}
    declare(lambda: DurableFunction("orders", args))
    assert [each.partition(": role_statements.0: ")[::2] for each in warnings] == [
        (
            "DurableFunction 'orders'",
            "s3:* allows the handler everything in the service; name the actions and ARNs that it uses (on *)",
        ),
        (
            "DurableFunction 'orders'",
            "iam:PassRole: it can pass any role in the account to a service; name the role's ARN, with the condition "
            "iam:PassedToService (on *)",
        ),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        allow("dynamodb:*", on=TABLE),
        allow("*", on="arn:aws:s3:::private/*", effect="Deny"),
        allow("*", effect="Deny"),
        allow("iam:PassRole", on=f"{ROLE}/reports"),
        allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}}),
        allow("kms:Decrypt", condition={"StringLike": {"kms:ViaService": ["s3.*.amazonaws.com"]}}),
        allow(
            "iam:PassRole", condition={"StringEquals": {"iam:PassedToService": pulumi.Output.from_input("*")}}
        ),
        allow("cloudwatch:PutMetricData", "xray:PutTraceSegments"),
        allow("s3:*", on=pulumi.Output.from_input("*")),
        allow("s3:G*", on="arn:aws:s3:::uploads/*"),
        allow("iam:PassRole", on=f"{ROLE}/reports-*"),
        allow("lambda:InvokeFunction", on=f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:carts:*"),
        allow(
            "secretsmanager:GetSecretValue", on=f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:carts-*"
        ),
        allow("ec2:Describe*", "s3:List*"),
    ],
)
def test_what_is_narrow_or_has_no_other_way_is_not_told(
    warnings: list[str], statement: dict[str, Any]
) -> None:
    role(statements=[statement])
    assert warnings == []


@pytest.mark.parametrize(
    ("policy", "what"),
    [
        ("AdministratorAccess", "everything in the account"),
        ("AdministratorAccess-Amplify", "everything in the account"),
        ("PowerUserAccess", "everything except user administration"),
        ("AmazonS3FullAccess", "everything in the service, on every resource"),
        ("AWSLambda_FullAccess", "everything in the service, on every resource"),
        ("SecretsManagerReadWrite", "to read and change every secret"),
        ("AmazonSSMReadOnlyAccess", "to read every parameter"),
        ("job-function/SystemAdministrator", "what a person in that job needs"),
    ],
)
def test_policies_for_administrators_are_told(warnings: list[str], policy: str, what: str) -> None:
    role(managed_policies=["service-role/AWSLambdaBasicDurableExecutionRolePolicy", policy])
    assert warnings == [
        f"DurableExecutionRole 'reports': managed_policies: {policy} allows the handler {what}; allow only what the "
        "handler does, on the ARNs that it uses, as statements"
    ]


def test_policies_by_their_arns_are_told_too(warnings: list[str]) -> None:
    args: Any = {**FUNCTION_ARGS, "managed_policy_arns": ["arn:aws:iam::aws:policy/AmazonBedrockFullAccess"]}
    declare(lambda: DurableFunction("orders", args))
    assert warnings == [
        "DurableExecutionRole 'orders': managed_policy_arns: arn:aws:iam::aws:policy/AmazonBedrockFullAccess allows the "
        "handler everything in the service, on every resource; allow only what the handler does, on the ARNs that it "
        "uses, as statements"
    ]


def test_the_rights_of_a_function_as_it_is_made_are_not_told(warnings: list[str]) -> None:
    args: Any = {**FUNCTION_ARGS, "execution_policy": "managed", "tracing": True}
    declare(lambda: DurableFunction("orders", args))
    assert warnings == []
