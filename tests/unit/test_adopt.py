"""Reading what CloudFormation has deployed, and the program that says the same: odd functions, secrets, wrong use."""

import ast
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli import services
from cli.__main__ import app
from cli.adoption import cloudformation, existing, functions, import_hook
from cli.adoption.cloudformation import DeployedStack, StackResource
from cli.adoption.program import Program
from cli.adoption.secret_values import looks_secret
from cli.adoption.source import Expression, Json, as_source, title_of, variable_of
from cli.adoption.writing import source_of
from cli.stack import CommandError
from components.function.checked_durable_function import CheckedDurableFunction

ARN = "arn:aws:lambda:us-east-1:123456789012:function:orders"
ROLE_ARN = "arn:aws:iam::123456789012:role/service/orders-role"
TEMPLATE = """
AWSTemplateFormatVersion: '2010-09-09'
Parameters:
  Token: {Type: String, NoEcho: true}
Resources:
  Orders:
    Type: AWS::Lambda::Function
    DeletionPolicy: Retain
    Properties:
      Role: !GetAtt OrdersRole.Arn
      Environment:
        Variables:
          LEVEL: INFO
          SHORT: !Ref Token
          JOINED: !Sub 'a-${Token}'
          RESOLVED: '{{resolve:secretsmanager:card}}'
  OrdersRole:
    Type: AWS::IAM::Role
"""


class CloudFormation:
    """A service with one stack."""

    class meta:  # noqa: N801
        region_name = "us-east-1"

    def __init__(self, status: str = "CREATE_COMPLETE", template: Any = TEMPLATE) -> None:
        self.status, self.template = status, template

    def describe_stacks(self, **_: str) -> Any:
        account = "arn:aws:cloudformation:us-east-1:123456789012:stack/old/1"
        return {"Stacks": [{"StackStatus": self.status, "StackId": account}]}

    def get_template(self, **request: str) -> Any:
        assert request == {"StackName": "old", "TemplateStage": "Processed"}
        return {"TemplateBody": self.template}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_stack_resources"
        return self

    def paginate(self, **_: str) -> Any:
        def summary(
            logical: str, kind: str, physical: str, status: str = "CREATE_COMPLETE"
        ) -> dict[str, str]:
            return {
                "LogicalResourceId": logical,
                "ResourceType": kind,
                "PhysicalResourceId": physical,
                "ResourceStatus": status,
            }

        yield {"StackResourceSummaries": [summary("Orders", "AWS::Lambda::Function", "orders")]}
        yield {
            "StackResourceSummaries": [
                summary("OrdersRole", "AWS::IAM::Role", "orders-role"),
                summary("Gone", "AWS::SQS::Queue", "gone", "DELETE_COMPLETE"),
            ]
        }


def stack(*resources: StackResource, template: Any = None) -> DeployedStack:
    base = (StackResource("Orders", "AWS::Lambda::Function", "orders"),)
    return DeployedStack(
        "old", "us-east-1", "123456789012", template or {"Resources": {}}, (*base, *resources)
    )


def function(**changes: Any) -> existing.ExistingFunction:
    config = {
        "FunctionName": "orders",
        "FunctionArn": ARN,
        "Runtime": "nodejs24.x",
        "Handler": "index.handler",
        "Role": ROLE_ARN,
        "Timeout": 30,
        "MemorySize": 256,
        "Architectures": ["arm64"],
        "CodeSha256": "x",
        "DurableConfig": {"ExecutionTimeout": 3600, "RetentionPeriodInDays": 7},
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"},
        **changes.pop("config", {}),
    }
    parts: dict[str, Any] = {
        "code": {},
        "tags": {},
        "reserved_concurrency": None,
        "code_signing": None,
        "aliases": (alias("live", "1"),),
        "newest": {**config, "Version": "1"},
        **changes,
    }
    return existing.ExistingFunction(config, **parts)


def alias(name: str, version: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "FunctionVersion": version, "AliasArn": f"{ARN}:{name}", **more}


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the program that takes over a function; there is neither log group nor alarm."""
    monkeypatch.setattr(existing, "read_log_group", lambda name: None)

    def made(found: existing.ExistingFunction | None, *resources: StackResource, **more: Any) -> Program:
        def named(name: str) -> existing.ExistingFunction | None:
            return found and replace(found, config={**found.config, "FunctionName": name})

        monkeypatch.setattr(existing, "read_function", named)
        return functions.program_of(stack(*resources, template=more.pop("template", None)), **more)

    return made


def arguments(program: Program) -> dict[str, Any]:
    (made,) = (each for _, each in program.statements if getattr(each, "component", False))
    return dict(made.arguments)


def imported(program: Program, kind: str) -> dict[str, dict[str, Any]]:
    return {each.id: each.entry for each in program.imports if each.type.endswith(f":{kind}")}


def test_a_stack_is_read_with_the_short_form_of_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "client", lambda service: CloudFormation())
    read = cloudformation.read_stack("old")
    assert (read.region, read.account) == ("us-east-1", "123456789012")
    assert [each.physical for each in read.resources] == ["orders", "orders-role"]
    assert read.unretained == ["OrdersRole"]
    retaining = read.retaining_template()
    assert retaining["AWSTemplateFormatVersion"] == "2010-09-09"
    assert retaining["Resources"]["Orders"]["Properties"]["Role"] == {"Fn::GetAtt": ["OrdersRole", "Arn"]}
    for each in retaining["Resources"].values():
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")
    variables = read.properties(read.resources[0])["Environment"]["Variables"]
    assert {name for name, value in variables.items() if read.is_secret(value)} == {
        "SHORT",
        "JOINED",
        "RESOLVED",
    }


def test_a_stack_that_is_being_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "client", lambda service: CloudFormation("UPDATE_IN_PROGRESS"))
    with pytest.raises(
        CommandError, match="'old' is UPDATE_IN_PROGRESS; wait until it is CREATE_COMPLETE or UPDATE_"
    ):
        cloudformation.read_stack("old")


def test_a_function_that_is_not_durable_is_named(program: Any) -> None:
    with pytest.raises(
        CommandError, match=r"'old' has no durable function \(without DurableConfig: orders\)"
    ):
        program(None)


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    done = CliRunner().invoke(app, ["adopt", "old", "--into", str(tmp_path)], env={"COLUMNS": "300"})
    assert done.exit_code == 2
    assert "is not an empty folder; name a new or an empty one" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_everything_that_a_function_is_configured_with_is_said(program: Any) -> None:
    config = {
        "Description": "Orders",
        "EphemeralStorage": {"Size": 1024},
        "Layers": [{"Arn": f"{ARN}-layer:1", "CodeSize": 1}],
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"},
        "FileSystemConfigs": [{"Arn": "arn:aws:efs:x", "LocalMountPath": "/mnt/x"}],
        "TracingConfig": {"Mode": "Active"},
        "KMSKeyArn": "arn:aws:kms:x",
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:x"},
        "LoggingConfig": {
            "LogFormat": "JSON",
            "LogGroup": "/orders",
            "ApplicationLogLevel": "WARN",
            "SystemLogLevel": "DEBUG",
        },
    }
    found = program(function(config=config, reserved_concurrency=0, code_signing="csc", tags={"team": "a"}))
    assert arguments(found) == {
        "function_name": "orders",
        "code_path": "code/orders.zip",
        "runtime": "nodejs24.x",
        "handler": "index.handler",
        "architecture": "arm64",
        "execution_timeout_seconds": 3600,
        "retention_days": 7,
        "timeout_seconds": 30,
        "memory_size_mb": 256,
        "ephemeral_storage_mb": 1024,
        "description": "Orders",
        "layers": [f"{ARN}-layer:1"],
        "subnet_ids": ["subnet-1"],
        "security_group_ids": ["sg-1"],
        "file_system_arn": "arn:aws:efs:x",
        "file_system_path": "/mnt/x",
        "tracing": True,
        "kms_key_arn": "arn:aws:kms:x",
        "code_signing_config_arn": "csc",
        "dead_letter_arn": "arn:aws:sqs:x",
        "application_log_level": "WARN",
        "system_log_level": "DEBUG",
        "reserved_concurrency": 0,
        "tags": {"team": "a"},
        "role_arn": ROLE_ARN,
        "execution_policy": "none",
        "alias_name": "live",
        "log_group_name": "/orders",
        "errors_alarm": False,
        "durable_alarms": False,
    }
    assert imported(found, "Function") == {"orders": {"id": "orders", "archive": "code/orders.zip"}}
    assert (
        f"{ROLE_ARN} does not belong to this stack: the program refers to it, and does not change it"
        in found.notes
    )
    compile(source_of(found), "__main__.py", "exec")


def test_what_the_component_cannot_say_stays_with_its_reason(program: Any) -> None:
    config = {
        "PackageType": "Image",
        "LoggingConfig": {"LogFormat": "Text"},
        "CapacityProviderConfig": {"LambdaManagedInstancesCapacityProviderConfig": {}},
        "Timeout": 1800,
        "DurableConfig": {"ExecutionTimeout": 60, "RetentionPeriodInDays": 1, "KMSKeyArn": "arn:aws:kms:y"},
    }
    found = program(function(config=config, code={"ImageUri": "1.dkr.ecr/x@sha256:1"}))
    assert arguments(found)["image_uri"] == "1.dkr.ecr/x@sha256:1"
    assert not {"runtime", "handler", "code_path"} & set(arguments(found))
    kept = imported(found, "Function")["orders"]["keep"]
    assert set(kept) == {"capacityProviderConfig", "loggingConfig", "timeout"}
    assert "timeout_seconds" not in arguments(found)
    for name, why in kept.items():
        assert f"orders: {name} of the function is kept: {why}" in found.notes
    assert (
        "orders: executions are encrypted with arn:aws:kms:y, for which pulumi-aws has no property"
        in found.notes
    )


_OF_IMAGE = {"Command": ["orders.handler"], "EntryPoint": ["/run"], "WorkingDirectory": "/var/task"}
_VPC = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"Runtime": "dotnet10", "Handler": "MyDurableFunction"}, {"handler": "MyDurableFunction"}),
        ({"Runtime": "java17.al2023", "Handler": "Handler"}, {"runtime": "java17.al2023"}),
        ({"Runtime": "provided.al2023", "Handler": "bootstrap"}, {"handler": "bootstrap"}),
        ({"SnapStart": {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}}, {"snap_start": True}),
        (
            {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}},
            {"tenancy_config": {"tenant_isolation_mode": "PER_TENANT"}},
        ),
        ({"VpcConfig": {**_VPC, "Ipv6AllowedForDualStack": True}}, {"ipv6_allowed_for_dual_stack": True}),
        (
            {"PackageType": "Image", "ImageConfigResponse": {"ImageConfig": _OF_IMAGE}},
            {
                "image_command": ["orders.handler"],
                "image_entry_point": ["/run"],
                "image_working_directory": "/var/task",
            },
        ),
        ({"Timeout": 900, "DurableConfig": {"ExecutionTimeout": 60}}, {"timeout_seconds": 900}),
        ({"Timeout": 5400}, {}),
    ],
)
def test_what_is_written_is_what_the_component_takes(program: Any, config: Any, said: Any) -> None:
    written = arguments(program(function(config=config, code={"ImageUri": "1.dkr.ecr/x@sha256:1"})))
    assert {key: written[key] for key in said} == said
    CheckedDurableFunction.parse("DurableFunction", written)


def test_aliases_stay_on_their_versions(program: Any) -> None:
    weights = {"AdditionalVersionWeights": {"2": 0.1}}
    aliases = (alias("beta", "2"), alias("prod", "1", Description="Main", RoutingConfig=weights))
    found = program(
        function(aliases=aliases, newest={**function().config, "Version": "2"}),
        StackResource("Alias", "AWS::Lambda::Alias", f"{ARN}:prod"),
        StackResource("Version", "AWS::Lambda::Version", f"{ARN}:1"),
    )
    said = arguments(found)
    assert (said["alias_name"], said["alias_version"]) == ("prod", "1")
    assert said["additional_aliases"] == {"beta": "2"}
    listed = imported(found, "Alias")
    assert set(listed) == {"orders/prod", "orders/beta"}
    assert set(listed["orders/prod"]["keep"]) == {"description", "routingConfig"}
    assert found.not_taken_over == []


def test_an_alias_is_not_moved_to_what_was_never_published(program: Any) -> None:
    found = program(function(newest={**function().config, "Timeout": 3, "Version": "1"}))
    assert arguments(found)["alias_version"] == "1"
    assert any("so one is published; aliases stay on their versions" in note for note in found.notes)
    same = program(function())
    assert "alias_version" not in arguments(same)


def test_a_function_without_an_alias_gets_one(program: Any) -> None:
    found = program(function(aliases=(), newest=None))
    assert "alias_name" not in arguments(found)
    assert imported(found, "Alias") == {}
    assert any("so the alias `live` is created" in note for note in found.notes)


@pytest.mark.parametrize(
    ("group", "tags", "said", "kept"),
    [
        ({"retentionInDays": 7}, {}, {"log_retention_days": 7}, set[str]()),
        ({}, {"team": "logs"}, {}, {"retentionInDays", "tags"}),
        (
            {"retentionInDays": 1, "kmsKeyId": "k", "logGroupClass": "INFREQUENT_ACCESS"},
            {},
            {"log_retention_days": 1},
            {"kmsKeyId", "logGroupClass"},
        ),
    ],
)
def test_logs_are_kept_as_long_as_before(
    program: Any,
    monkeypatch: pytest.MonkeyPatch,
    group: dict[str, Any],
    tags: dict[str, str],
    said: dict[str, Any],
    kept: set[str],
) -> None:
    monkeypatch.setattr(existing, "read_log_group", lambda name: existing.ExistingLogGroup(group, tags))
    found = program(function())
    assert {key: value for key, value in arguments(found).items() if key == "log_retention_days"} == said
    assert set(imported(found, "LogGroup")["/aws/lambda/orders"].get("keep", {})) == kept


def test_a_role_of_the_stack_is_said_once_for_all_its_functions(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = {
        "RoleName": "orders-role",
        "Path": "/service/",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17"},
        "Description": "Runs orders",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::1:policy/bound"},
        "Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "old"}, {"Key": "team", "Value": "a"}],
    }
    document = {"Version": "2012-10-17", "Statement": []}
    monkeypatch.setattr(
        existing,
        "read_role",
        lambda name: existing.ExistingRole(role, ("arn:aws:iam::aws:policy/P",), {"old-In": document}),
    )

    def policy(roles: list[Any], name: Any) -> dict[str, Any]:
        return {"Type": "AWS::IAM::Policy", "Properties": {"Roles": roles, "PolicyName": name}}

    found = program(
        function(),
        StackResource("Other", "AWS::Lambda::Function", "other"),
        StackResource("OrdersRole", "AWS::IAM::Role", "orders-role"),
        StackResource("OrdersRoleDefaultPolicy", "AWS::IAM::Policy", "old-Orde-1"),
        StackResource("Others", "AWS::IAM::Policy", "old-Othe-1"),
        StackResource("Unknown", "AWS::IAM::Policy", "old-Unkn-1"),
        StackResource("Queue", "AWS::SQS::Queue", "queue"),
        template={
            "Resources": {
                "OrdersRoleDefaultPolicy": policy(
                    [{"Ref": "OrdersRole"}], {"Fn::Sub": "${AWS::StackName}-In"}
                ),
                # One of the same name in another role, and one whose name is not known.
                "Others": policy(["others"], "old-In"),
                "Unknown": policy([{"Ref": "OrdersRole"}], {"Fn::GetAtt": ["Named", "Name"]}),
            }
        },
    )
    assert found.functions == ["orders", "other"]
    (made,) = (each for name, each in found.statements if name == "orders_role")
    assert made.arguments == {
        "name": "orders-role",
        "path": "/service/",
        "description": "Runs orders",
        "assume_role_policy": Json({"Version": "2012-10-17"}),
        "max_session_duration": 7200,
        "permissions_boundary": "arn:aws:iam::1:policy/bound",
        "tags": {"team": "a"},
    }
    assert set(imported(found, "Role")) == {"orders-role"}
    assert set(imported(found, "RolePolicyAttachment")) == {"orders-role/arn:aws:iam::aws:policy/P"}
    assert set(imported(found, "RolePolicy")) == {"orders-role:old-In"}
    assert [each.logical for each in found.not_taken_over] == ["Others", "Unknown", "Queue"]
    source = source_of(found)
    assert source.count('role_arn": orders_role.arn') == 2
    compile(source, "__main__.py", "exec")


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("LOG_LEVEL", "INFO", False),
        ("TABLE", "orders-prod", False),
        ("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/orders", False),
        ("SECRET_ARN", "arn:aws:secretsmanager:us-east-1:1:secret:card", False),
        ("USE_TOKEN", "true", False),
        ("TOKEN_SECONDS", "3600", True),
        ("DB_PASSWORD", "x", True),
        ("apiKey", "abc", True),
        ("STRIPE", "AKIAABCDEFGHIJKLMNOP", True),
        ("DATABASE_URL", "postgres://app:pw@db/orders", True),
        ("SETTINGS", '{"password": "x"}', True),
        ("BLOB", "c2VjcmV0LXZhbHVlLTEyMzQ1Njc4OTA", True),
        ("PEM", "-----BEGIN EC PRIVATE KEY-----", True),
    ],
)
def test_secrets_are_recognized(name: str, value: str, is_secret: bool) -> None:
    assert looks_secret(name, value) is is_secret


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (5, "5"),
        ({"Ref": "AWS::StackName"}, "old"),
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Orders"}, "orders"),
        ({"Fn::Sub": "${AWS::StackName}-${Stage}-${!kept}"}, "old-prod-${kept}"),
        (
            {"Fn::Join": ["-", [{"Ref": "AWS::Region"}, "x", {"Ref": "AWS::AccountId"}]]},
            "us-east-1-x-123456789012",
        ),
        ({"Fn::Sub": "${Nowhere}"}, None),
        ({"Fn::Sub": ["${a}", {"a": "b"}]}, None),
        ({"Fn::Join": ["-", [{"Fn::GetAtt": ["Orders", "Arn"]}]]}, None),
        ({"Fn::If": ["Prod", "a", "b"]}, None),
        (["list"], None),
    ],
)
def test_a_text_of_the_template_is_resolved_or_not_known(value: Any, text: str | None) -> None:
    assert replace(stack(), parameters={"Stage": "prod"}).text(value) == text


def test_the_name_of_a_resource_of_the_stack_is_no_secret(program: Any) -> None:
    name = "old-InvoicesTable-1B2C3D4E5F6G7H8"
    assert looks_secret("INVOICES", name)
    variables = {
        "INVOICES": {"Ref": "Table"},
        "KEY_TABLE": {"Ref": "Table"},
        "KEY": {"Ref": "Key"},
        "OTHER": name,
    }
    template = {
        "Resources": {
            "Orders": {"Properties": {"Environment": {"Variables": variables}}},
            "Table": {"Type": "AWS::DynamoDB::Table"},
            "Key": {"Type": "AWS::IAM::AccessKey"},
        }
    }
    values = dict.fromkeys(variables, name)
    found = program(function(config={"Environment": {"Variables": values}}), template=template)
    assert [each.key for each in found.secrets] == ["orders-KEY", "orders-OTHER"]


def test_no_secret_is_in_the_source(program: Any) -> None:
    variables = {"LEVEL": "INFO", "DB_PASSWORD": "hunter2", "PLAIN": "mine"}
    found = program(
        function(config={"Environment": {"Variables": variables}}), secret_variables=frozenset({"PLAIN"})
    )
    source = source_of(found)
    assert "hunter2" not in source
    assert "mine" not in source
    assert 'config.require_secret("orders-DB_PASSWORD")' in source
    assert [each.key for each in found.secrets] == ["orders-DB_PASSWORD", "orders-PLAIN"]


@pytest.mark.parametrize(
    ("logical", "title", "variable"),
    [
        ("DurableFunction", "durable-function", "durable_function"),
        ("DurableFunction8FC9485F", "durable-function", "durable_function"),
        ("Lambda", "lambda", "lambda_"),
        ("aws", "aws", "aws_"),
        ("2ndOrder", "r-2nd-order", "r_2nd_order"),
        ("A" * 60, "a" * 36, "a" * 36),
    ],
)
def test_logical_ids_become_names(logical: str, title: str, variable: str) -> None:
    assert title_of(logical, ()) == title
    assert title_of(logical, {title}) == f"{title}-2"
    assert variable_of(title) == variable


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_any_value_is_written_as_python_reads_it(value: Any) -> None:
    assert ast.literal_eval(as_source(value)) == value
    assert as_source(Json(value)) == f"json.dumps({as_source(value)})"
    assert as_source(Expression("role.arn")) == "role.arn"


def archive(path: Path, files: dict[str, str], year: int) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content)
    return path


@pytest.mark.parametrize(("content", "is_deployed"), [("return 1", True), ("return 2", False)])
def test_the_deployed_archive_stands_for_the_same_files_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, is_deployed: bool
) -> None:
    deployed_archive = archive(tmp_path / "deployed.zip", {"index.py": "return 1"}, 2020)
    built = archive(tmp_path / "built.zip", {"index.py": content}, 1980)
    key = "aws:lambda/function:Function orders"
    (tmp_path / "adopted.json").write_text(json.dumps({key: {"id": "orders", "archive": "deployed.zip"}}))
    monkeypatch.setattr(import_hook, "FOLDER", tmp_path)
    registered: list[Any] = []
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", registered.append)
    import_hook.register()
    (take,) = registered

    def offered(name: str) -> Any:
        opts = pulumi.ResourceOptions(ignore_changes=["tags"])
        props: dict[str, Any] = {"code": pulumi.FileArchive(str(built))}
        resource: Any = None
        args = pulumi.ResourceTransformationArgs(resource, "aws:lambda/function:Function", name, props, opts)
        return take(args)

    assert offered("other") is None
    taken = offered("orders")
    assert taken.opts.import_ == "orders"
    assert taken.opts.ignore_changes == ["tags"]
    assert taken.props["code"].path == str(deployed_archive if is_deployed else built)
