"""What AWS takes is deployed by the real engine on the local cloud, in one stack; the table below says what."""

import json
import re
import time
from typing import Any

import pytest

from docs.snippets import blocks
from tables.invalid_triggers import BETWEEN, VISIBILITY
from tests.e2e.conftest import PROJECT, Engine, LocalCloud
from tests.e2e.stack import refused

PROGRAM = '''
import json
from pathlib import Path

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, InvokeGrant, register_guard
from pulumi_durable_functions.iam import lambda_trust_policy

HANDLER = """
import os

from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    return context.invoke(os.environ["PLAIN"], {"net": 100}, name="tax") if event.get("tax") else event
"""
BASE = {
    "runtime": "python3.13",
    "handler": "index.handler",
    "code_inline": HANDLER,
    "execution_timeout_seconds": 3600,
    "execution_guard": False,
    "errors_alarm": False,
    "durable_alarms": False,
}
register_guard()


def function(name, **more):
    return DurableFunction(name, {key: value for key, value in {**BASE, **more}.items() if value is not None})


def built(name, **files):
    folder = Path(name)
    folder.mkdir(exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text)
    return {"code_inline": None, "code_path": str(folder.absolute())}


role = aws.iam.Role("plain", assume_role_policy=json.dumps(lambda_trust_policy()))
code = pulumi.AssetArchive({"i.py": pulumi.StringAsset("def h(event, context):\\n    return event['net'] * 0.19\\n")})
logs = aws.cloudwatch.LogGroup("plain")
plain = aws.lambda_.Function(
    "plain",
    role=role.arn,
    runtime="python3.13",
    handler="i.h",
    code=code,
    logging_config={"log_format": "JSON", "log_group": logs.name},
)
own = aws.iam.Policy("own", policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/*"}],
}))

base = function(
    "base",
    environment={"PLAIN": plain.arn},
    maximum_event_age_seconds=60,
    provisioned_concurrency=1,
    managed_policy_arns=["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess", own.arn],
    role_statements=[
        {
            "actions": ["ec2:CreateTags"],
            "resources": ["*"],
            "condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team", "owner"]}},
        },
        {"effect": "Deny", "actions": ["s3:*"], "resources": [pulumi.Output.concat("arn:aws:s3:::", "private/*")]},
    ],
)
InvokeGrant("tax", {"function_arn": plain.arn, "role_arn": base.role_arn})
InvokeGrant("tax-too", {"qualified_arn": plain.arn, "role_arn": base.role_arn})
InvokeGrant("partner", {"qualified_arn": base.alias_arn, "principal_arn": "arn:aws:iam::111122223333:role/partner"})
InvokeGrant("company", {"qualified_arn": base.alias_arn, "organization_id": "o-a1b2c3d4e5"})
InvokeGrant("skill", {
    "qualified_arn": base.alias_arn, "service": "alexa-appkit.amazon.com", "event_source_token": "skill-1"
})
base.allow_secret("by-name", "arn:aws:secretsmanager:us-east-1:000000000000:secret:card-key-??????")
base.on_schedule("often", {"schedule": "rate(10 minutes)", "timezone": "Europe/Berlin", "enabled": False})
base.on_schedule("nightly", {"schedule": "cron(0  3 * * ? *)", "enabled": False})

function("short", execution_timeout_seconds=60, timeout_seconds=120, snap_start=True)
function("tenants", tenancy_config={"tenant_isolation_mode": "PER_TENANT"})
function(
    "image",
    code_inline=None,
    runtime=None,
    handler=None,
    image_uri="000000000000.dkr.ecr.us-east-1.amazonaws.com/app:1",
    image_command=["orders.handler"],
)
function("go", **built("go", bootstrap="#!/bin/sh\\n"), runtime="provided.al2023", handler="bootstrap")
function("java", **built("java", **{"Handler.class": "x"}), runtime="java17.al2023", handler="Handler")
function("dotnet", **built("dotnet", **{"Shop.dll": "x"}), runtime="dotnet10", handler="MyDurableFunction")

stream = aws.kinesis.Stream("clicks", shard_count=1)
lost = aws.s3.Bucket("lost", force_destroy=True)
fed = function("fed", execution_timeout_seconds=60)
fed.on_stream("clicks", {
    "kinesis_stream_arn": stream.arn,
    "starting_position": "AT_TIMESTAMP",
    "starting_position_timestamp": "2026-01-31T03:00:00Z",
    "tumbling_window_seconds": 60,
    "discarded_arn": lost.arn,
    "filter_patterns": [{"data": {"kind": [str(number)]}} for number in range(6)],
})
consumer = aws.kinesis.StreamConsumer("fan-out", stream_arn=stream.arn)
fed.on_stream("fan-out", {"kinesis_stream_arn": consumer.arn, "starting_position": "TRIM_HORIZON"})


def isolated(args):
    if args.type_ == "aws:lambda/function:Function":
        tenants = {"tenancyConfig": {"tenantIsolationMode": "PER_TENANT"}}
        return pulumi.ResourceTransformResult({**args.props, **tenants}, None)


blue = DurableFunction(
    "blue", {**BASE, "execution_timeout_seconds": 60}, pulumi.ResourceOptions(transforms=[isolated])
)
blue.add_url("api")
pulumi.export("base", base.outputs())
'''

SHORT_QUEUE = """
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction

waits = DurableFunction(
    "waits",
    {
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": "def handler(event, context): ...",
        "execution_timeout_seconds": 900,
    },
)
waits.on_queue("inbox", {"queue_arn": aws.sqs.Queue("inbox").arn})
"""

TOLD = (
    "stack 'takes' is in the local cloud, http://127.0.0.1:",
    "DurableFunction 'short': timeout_seconds = 120: is above execution_timeout_seconds = 60",
    "DurableFunction 'go': runtime = 'provided.al2023': is not on AWS's list for durable functions",
    "DurableFunction 'java': runtime = 'java17.al2023': is not on AWS's list for durable functions",
    "ScheduleTrigger 'base-often': timezone = 'Europe/Berlin': has no effect",
    "StreamTrigger 'fed-clicks': filter_patterns: has 6 patterns; Lambda allows 5",
)
"""The beginnings of the warnings, each of which is told once."""


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> tuple[dict[str, Any], list[str]]:
    """Deploy the program; return the outputs of the first function, and the warnings."""
    warnings: list[str] = []

    def note(event: Any) -> None:
        if event.diagnostic_event is not None and event.diagnostic_event.severity == "warning":
            warnings.append(event.diagnostic_event.message)

    done = engine.written(PROGRAM, "takes").up(on_event=note)
    return done.outputs["base"].value, warnings


def named(cloud: LocalCloud, name: str) -> list[dict[str, Any]]:
    """Return the functions that have this name in their program."""
    functions = cloud.client("lambda").list_functions()["Functions"]
    return [each for each in functions if each["FunctionName"].rpartition("-")[0] == name]


def test_each_unusual_value_is_told_once(deployed: tuple[dict[str, Any], list[str]]) -> None:
    told = [next((each for each in TOLD if each in warning), warning) for warning in deployed[1]]
    assert sorted(told) == sorted(TOLD)


def test_functions_stand_as_they_are_written(
    deployed: tuple[dict[str, Any], list[str]], cloud: LocalCloud
) -> None:
    functions = {
        name: named(cloud, name)[0] for name in ("go", "java", "dotnet", "short", "tenants", "image")
    }
    assert {
        name: (functions[name].get("Runtime"), functions[name].get("Handler"))
        for name in ("go", "java", "dotnet")
    } == {
        "go": ("provided.al2023", "bootstrap"),
        "java": ("java17.al2023", "Handler"),
        "dotnet": ("dotnet10", "MyDurableFunction"),
    }
    assert functions["short"]["Timeout"] == 120
    assert functions["short"]["SnapStart"]["ApplyOn"] == "PublishedVersions"
    assert functions["tenants"]["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    assert functions["image"]["ImageConfigResponse"]["ImageConfig"] == {"Command": ["orders.handler"]}


def test_tenant_isolation_by_a_transform_goes_with_a_url(
    deployed: tuple[dict[str, Any], list[str]], cloud: LocalCloud
) -> None:
    (blue,) = named(cloud, "blue")
    assert blue["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    urls = cloud.client("lambda").list_function_url_configs(FunctionName=blue["FunctionName"])
    assert [each["AuthType"] for each in urls["FunctionUrlConfigs"]] == ["AWS_IAM"]


def test_the_alias_has_its_settings(deployed: tuple[dict[str, Any], list[str]], cloud: LocalCloud) -> None:
    alias = {"FunctionName": deployed[0]["function_name"], "Qualifier": "live"}
    client = cloud.client("lambda")
    assert client.get_function_event_invoke_config(**alias)["MaximumEventAgeInSeconds"] == 60
    ready = client.get_provisioned_concurrency_config(**alias)
    assert ready["RequestedProvisionedConcurrentExecutions"] == 1
    policy = json.loads(client.get_policy(**alias)["Policy"])
    principals = [each["Principal"] for each in policy["Statement"]]
    # The emulator writes Alexa under AWS, where AWS writes Service.
    assert {next(iter(each.values())) if isinstance(each, dict) else each for each in principals} == {
        "arn:aws:iam::111122223333:role/partner",
        "*",
        "alexa-appkit.amazon.com",
    }


def test_a_workflow_invokes_a_standard_function_that_it_was_granted(
    deployed: tuple[dict[str, Any], list[str]], cloud: LocalCloud
) -> None:
    client = cloud.client("lambda")
    started = client.invoke(
        FunctionName=deployed[0]["alias_arn"], InvocationType="Event", Payload=json.dumps({"tax": True})
    )
    execution = {"DurableExecutionArn": started["DurableExecutionArn"]}
    while (now := client.get_durable_execution(**execution))["Status"] == "RUNNING":
        time.sleep(0.1)
    assert (now["Status"], now.get("Result")) == ("SUCCEEDED", "19.0")


def test_records_of_a_stream_reach_its_consumer(
    deployed: tuple[dict[str, Any], list[str]], cloud: LocalCloud
) -> None:
    client, kinesis = cloud.client("lambda"), cloud.client("kinesis")
    (fed,) = named(cloud, "fed")
    (stream,) = (name for name in kinesis.list_streams()["StreamNames"] if name.startswith("clicks"))
    # The filters of the mapping that reads the stream itself drop it.
    kinesis.put_record(StreamName=stream, Data=b'{"kind": "sale"}', PartitionKey="1")
    listed = {"FunctionName": fed["FunctionArn"], "Statuses": ["SUCCEEDED"]}
    while not (done := client.list_durable_executions_by_function(**listed)["DurableExecutions"]):
        time.sleep(0.2)
    got = client.get_durable_execution(DurableExecutionArn=done[0]["DurableExecutionArn"])
    assert json.loads(got["Result"])["Records"][0]["eventSource"] == "aws:kinesis"


def test_a_queue_that_lambda_refuses_is_refused_in_the_preview(engine: Engine) -> None:
    message = refused(engine.written(SHORT_QUEUE, "short-queue"), "preview")
    assert f"QueueTrigger 'waits-inbox' has 1 problem:\n  {BETWEEN[VISIBILITY]}" in re.sub(
        r"\n +", "\n  ", message
    )


def test_a_second_deployment_changes_nothing(
    deployed: tuple[dict[str, Any], list[str]], engine: Engine
) -> None:
    summary = engine.written(PROGRAM, "takes").preview().change_summary
    assert set(summary) == {"same"}


def test_what_has_no_argument_is_set_by_the_recipe(engine: Engine, cloud: LocalCloud) -> None:
    (recipe,) = (each for each in blocks(PROJECT / "docs/recipes.md") if "transforms=[" in each.text)
    prelude = (
        "import pulumi\nimport pulumi_aws as aws\nfrom types import SimpleNamespace\n"
        "from pulumi_durable_functions import DurableFunction\n"
        'key = SimpleNamespace(arn="arn:aws:kms:us-east-1:000000000000:key/1")\n'
    )
    folder = engine.folder / "recipe" / "functions" / "orders"
    folder.mkdir(parents=True)
    (folder / "order_workflow.py").write_text("def handler(event, context): ...\n")
    stack = engine.written(f"{prelude}{recipe.text}", "recipe")
    stack.up()
    client = cloud.client("lambda")
    name = named(cloud, "streamed")[0]["FunctionName"]
    assert client.get_function(FunctionName=name)["Code"]["SourceKMSKeyArn"].endswith(":key/1")
    (url,) = client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert url["InvokeMode"] == "RESPONSE_STREAM"
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
    assert set(stack.preview().change_summary) == {"same"}
