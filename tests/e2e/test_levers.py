"""Every lever and grant of the durable function, deployed by the real engine: what stands in the cloud then."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from components import DurableFunction, DurableFunctionArgs, InvokeGrant, rules
from components.iam import lambda_trust_policy
from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.programs import HANDLER, MINIMAL

RULE = "arn:aws:events:us-east-1:000000000000:rule/nightly"
ACCOUNT = "111122223333"
SIGNING = "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdef0"
FILES = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0"
BASIC, TRACING = "AWSLambdaBasicDurableExecutionRolePolicy", "AWSXRayDaemonWriteAccess"


def levers(execution_policy: rules.ExecutionPolicy) -> Callable[[], None]:
    """Give a program with a function that has every lever pulled, and every sort of grant."""

    def program() -> None:
        layer = aws.lambda_.LayerVersion(
            "greetings",
            layer_name="greetings",
            code=pulumi.AssetArchive({"python/greetings.py": pulumi.StringAsset("HELLO = 'hello'\n")}),
            compatible_runtimes=["python3.13"],
        )
        function = DurableFunction(
            "levers",
            {
                **MINIMAL,
                # The handler fails unless the layer is there.
                "code_inline": f"import greetings\n{HANDLER}",
                "execution_policy": execution_policy,
                "layers": [layer.arn],
                "ephemeral_storage_mb": 1024,
                "tracing": True,
                "reserved_concurrency": 5,
                "application_log_level": "DEBUG",
            },
        )
        role = aws.iam.Role("caller", assume_role_policy=json.dumps(lambda_trust_policy()))
        user = aws.iam.User("caller")
        group = aws.iam.Group("caller")
        function.grant_invoke("by-role", role)
        function.grant_invoke("by-user", user)
        function.grant_invoke("by-group", group, all_versions=True)
        InvokeGrant(
            "by-rule",
            {
                "qualified_arn": function.alias_arn,
                "service": "events.amazonaws.com",
                "source_arn": RULE,
            },
        )
        InvokeGrant("by-account", {"qualified_arn": function.alias_arn, "account_id": ACCOUNT})
        function.grant_callback("callback", role)
        function.grant_read("read", role)
        function.grant_operate("operate", role)
        function.grant_pause("pause", role)
        pulumi.export("function", function.outputs())
        pulumi.export("callers", {"role": role.name, "user": user.name, "group": group.name})
        pulumi.export("layer", layer.arn)

    return program


def inline(cloud: LocalCloud, kind: str, name: str) -> dict[str, Any]:
    """Give the policies inside a role, user or group, by their names without the random end."""
    iam = cloud.client("iam")
    owner = {f"{kind.capitalize()}Name": name}
    names = getattr(iam, f"list_{kind}_policies")(**owner)["PolicyNames"]
    get = getattr(iam, f"get_{kind}_policy")
    return {each.rpartition("-")[0]: get(**owner, PolicyName=each)["PolicyDocument"] for each in names}


def attached(cloud: LocalCloud, role: str) -> set[str]:
    answer = cloud.client("iam").list_attached_role_policies(RoleName=role)
    return {policy["PolicyName"] for policy in answer["AttachedPolicies"]}


def document(*statements: tuple[Any, Any]) -> dict[str, Any]:
    allowed = [{"Effect": "Allow", "Action": action, "Resource": on} for action, on in statements]
    return {"Version": "2012-10-17", "Statement": allowed}


def actions(*names: str) -> list[str]:
    return [f"lambda:{name}" for name in names]


def test_every_lever_and_grant_stands_in_the_cloud(engine: Engine, cloud: LocalCloud) -> None:
    outputs = engine.program(levers("scoped")).up().outputs
    function, callers = outputs["function"].value, outputs["callers"].value
    client = cloud.client("lambda")
    name, arn, alias = function["function_name"], function["function_arn"], function["alias_arn"]

    for qualifier in ("$LATEST", "live"):
        found = client.get_function_configuration(FunctionName=name, Qualifier=qualifier)
        assert found["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
        assert found["Timeout"] == 60
        assert [layer["Arn"] for layer in found["Layers"]] == [outputs["layer"].value]
        assert found["EphemeralStorage"] == {"Size": 1024}
        assert found["TracingConfig"] == {"Mode": "Active"}
        assert found["LoggingConfig"] == {
            "LogFormat": "JSON",
            "LogGroup": function["log_group_name"],
            "ApplicationLogLevel": "DEBUG",
            "SystemLogLevel": "INFO",
        }
    assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 5

    log_group = f"arn:aws:logs:us-east-1:000000000000:log-group:{function['log_group_name']}"
    assert attached(cloud, function["role_name"]) == {TRACING}
    assert inline(cloud, "role", function["role_name"]) == {
        "levers-execution": document(
            (actions("CheckpointDurableExecution", "GetDurableExecutionState"), f"{arn}:*"),
            (["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group}:*"),
        )
    }

    read = actions("GetDurableExecution", "GetDurableExecutionHistory")
    listing = ("lambda:ListDurableExecutionsByFunction", [arn, f"{arn}:*"])
    callback = [f"SendDurableExecutionCallback{end}" for end in ("Failure", "Heartbeat", "Success")]
    assert inline(cloud, "role", callers["role"]) == {
        "levers-by-role": document(("lambda:InvokeFunction", alias)),
        "levers-callback": document((actions(*callback), f"{arn}:*")),
        "levers-read": document((read, f"{arn}:*"), listing),
        "levers-operate": document(([*read, "lambda:StopDurableExecution"], f"{arn}:*"), listing),
        "levers-pause": document(
            (actions("PauseDurableExecution", "ResumeDurableExecution"), f"{arn}:*"),
        ),
    }
    assert inline(cloud, "user", callers["user"]) == {
        "levers-by-user": document(("lambda:InvokeFunction", alias))
    }
    assert inline(cloud, "group", callers["group"]) == {
        "levers-by-group": document(("lambda:InvokeFunction", f"{arn}:*"))
    }

    policy = json.loads(client.get_policy(FunctionName=name, Qualifier="live")["Policy"])
    rights = {statement.pop("Sid").rpartition("-")[0]: statement for statement in policy["Statement"]}
    right = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": alias}
    assert rights == {
        "by-rule": {
            **right,
            "Principal": {"Service": "events.amazonaws.com"},
            "Condition": {"ArnLike": {"AWS:SourceArn": RULE}},
        },
        # AWS would write the account as its root user's ARN.
        "by-account": {**right, "Principal": {"AWS": ACCOUNT}},
    }

    answer = client.invoke(FunctionName=alias, Payload=json.dumps({"order": 1}))
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, function["version"])
    assert json.loads(answer["Payload"].read()) == {"order": 1}


def test_a_second_deployment_changes_nothing_and_the_execution_policy_can_be_switched(
    engine: Engine, cloud: LocalCloud
) -> None:
    stack = engine.program(levers("scoped"))
    function = stack.up().outputs["function"].value
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)

    result = engine.program(levers("managed")).up()
    assert result.outputs["function"].value == function
    assert inline(cloud, "role", function["role_name"]) == {}
    assert attached(cloud, function["role_name"]) == {BASIC, TRACING}
    client = cloud.client("lambda")
    answer = client.invoke(FunctionName=function["alias_arn"], Payload=json.dumps("after"))
    assert json.loads(answer["Payload"].read()) == "after"


def test_a_file_system_and_code_signing_come_and_go(engine: Engine, cloud: LocalCloud) -> None:
    mounted: DurableFunctionArgs = {
        **MINIMAL,
        "execution_policy": "scoped",
        "subnet_ids": ["subnet-1"],
        "security_group_ids": ["sg-1"],
    }
    files: DurableFunctionArgs = {
        **mounted,
        "file_system_arn": FILES,
        "file_system_path": "/mnt/orders",
        "code_signing_config_arn": SIGNING,
    }

    def program(args: DurableFunctionArgs) -> Callable[[], None]:
        return lambda: pulumi.export("function", DurableFunction("mounted", args).outputs())

    client = cloud.client("lambda")
    stack = engine.program(program(files), "mounted")
    function = stack.up().outputs["function"].value
    name = function["function_name"]
    found = client.get_function_configuration(FunctionName=name)
    assert found["FileSystemConfigs"] == [{"Arn": FILES, "LocalMountPath": "/mnt/orders"}]
    assert (found["VpcConfig"]["SubnetIds"], found["VpcConfig"]["SecurityGroupIds"]) == (
        ["subnet-1"],
        ["sg-1"],
    )
    assert client.get_function_code_signing_config(FunctionName=name)["CodeSigningConfigArn"] == SIGNING
    assert set(inline(cloud, "role", function["role_name"])) == {"mounted-execution", "mounted-vpc"}
    stack.up(expect_no_changes=True)

    # Behind the program's back both go; a refresh notices, and a deployment brings them again.
    client.update_function_configuration(FunctionName=name, FileSystemConfigs=[])
    client.delete_function_code_signing_config(FunctionName=name)
    stack.refresh()
    stack.up()
    found = client.get_function_configuration(FunctionName=name)
    assert found["FileSystemConfigs"] == [{"Arn": FILES, "LocalMountPath": "/mnt/orders"}]
    assert client.get_function_code_signing_config(FunctionName=name)["CodeSigningConfigArn"] == SIGNING

    after = engine.program(program(mounted), "mounted").up().outputs["function"].value
    assert int(after["version"]) > int(function["version"])
    assert not client.get_function_configuration(FunctionName=name)["FileSystemConfigs"]
    assert not client.get_function_code_signing_config(FunctionName=name)["CodeSigningConfigArn"]
