"""CloudFormation templates, as projects that have no Pulumi program deploy them to the local cloud."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server import ROLE, Server, until

HANDLER = """
import os
from aws_durable_execution_sdk_python import durable_execution

@durable_execution
def handler(event, context):
    return {"got": event, "retries": os.environ["RETRIES"], "dry": os.environ["DRY"]}
"""

FUNCTIONS = "arn:aws:lambda:us-east-1:000000000000:function"
RESOURCES: dict[str, Any] = {
    "Jobs": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "template-jobs",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": ROLE,
            "Environment": {"Variables": {"RETRIES": 3, "DRY": False}},
            "LoggingConfig": {"LogGroup": "/jobs"},
            "DurableConfig": {"ExecutionTimeout": 3600, "RetentionPeriodInDays": 1},
            "Code": {"ZipFile": HANDLER},
        },
    },
    "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Jobs"}}},
    "Live": {
        "Type": "AWS::Lambda::Alias",
        "Properties": {
            "FunctionName": {"Ref": "Jobs"},
            "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            "Name": "live",
        },
    },
    "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "jobs"}},
    "Post": {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": "POST",
            "AuthorizationType": "NONE",
            "MethodResponses": [{"StatusCode": "202"}],
            "Integration": {
                "Type": "AWS",
                "IntegrationHttpMethod": "POST",
                "Uri": {
                    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Live}/invocations"
                },
                "RequestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
                "IntegrationResponses": [
                    {"StatusCode": "202", "ResponseTemplates": {"application/json": '{"accepted": true}'}}
                ],
            },
        },
    },
    "Deployment": {
        "Type": "AWS::ApiGateway::Deployment",
        "DependsOn": "Post",
        "Properties": {"RestApiId": {"Ref": "Api"}, "StageName": "prod"},
    },
}
PERMISSION = {
    "Type": "AWS::Lambda::Permission",
    "Properties": {
        "FunctionName": {"Ref": "Live"},
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/POST/"},
    },
}


def body(**more: object) -> str:
    return json.dumps({"Resources": RESOURCES | more, "Outputs": {"Api": {"Value": {"Ref": "Api"}}}})


@pytest.fixture(scope="module")
def api(cloud: Server) -> Iterator[str]:
    """The host of the API of a stack that has no permission yet."""
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="jobs", TemplateBody=body())
    stacks.get_waiter("stack_create_complete").wait(StackName="jobs", WaiterConfig={"Delay": 1})
    [output] = stacks.describe_stacks(StackName="jobs")["Stacks"][0]["Outputs"]
    yield f"{output['OutputValue']}.execute-api.localhost:{cloud.port}"
    stacks.delete_stack(StackName="jobs")


def test_what_cloudformation_and_lambda_fill_in(cloud: Server, api: str) -> None:
    assert api
    configuration = cloud.aws.get_function_configuration(FunctionName="template-jobs")
    assert configuration["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/jobs"}
    assert configuration["Environment"]["Variables"] == {"RETRIES": "3", "DRY": "false"}
    assert configuration["DurableConfig"] == {"ExecutionTimeout": 3600, "RetentionPeriodInDays": 1}


def test_the_same_in_json_changes_nothing(cloud: Server, api: str) -> None:
    assert api
    code = "def handler(event, context):\n    return {}\n"
    properties = {
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": ROLE,
        "FunctionName": "in-yaml",
    }
    given = "".join(f"      {name}: {value}\n" for name, value in properties.items())
    block = "".join(f"          {line}\n" for line in code.splitlines())
    text = f"Resources:\n  Plain:\n    Type: AWS::Lambda::Function\n    Properties:\n{given}      Code:\n        ZipFile: |\n{block}"
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="in-yaml", TemplateBody=text)
    stacks.get_waiter("stack_create_complete").wait(StackName="in-yaml", WaiterConfig={"Delay": 1})
    before = cloud.aws.get_function_configuration(FunctionName="in-yaml")
    plain = {
        "Type": "AWS::Lambda::Function",
        "Properties": properties | {"Code": {"ZipFile": code}},
        "DeletionPolicy": "Delete",
    }
    stacks.update_stack(StackName="in-yaml", TemplateBody=json.dumps({"Resources": {"Plain": plain}}))
    stacks.get_waiter("stack_update_complete").wait(StackName="in-yaml", WaiterConfig={"Delay": 1})
    after = cloud.aws.get_function_configuration(FunctionName="in-yaml")
    assert {each: after[each] for each in ("CodeSha256", "RevisionId")} == {
        each: before[each] for each in ("CodeSha256", "RevisionId")
    }
    stacks.delete_stack(StackName="in-yaml")
    stacks.get_waiter("stack_delete_complete").wait(StackName="in-yaml", WaiterConfig={"Delay": 1})


def alias(**properties: object) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": "template-jobs", "Name": "bad"} | properties,
    }


def weights(**shares: object) -> dict[str, Any]:
    each = [{"FunctionVersion": version, "FunctionWeight": share} for version, share in shares.items()]
    return {"AdditionalVersionWeights": each}


NOBODY = f"{ROLE}-nobody"
SCHEDULE: dict[str, Any] = {
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
    "Target": {"Arn": f"{FUNCTIONS}:template-jobs:live", "RoleArn": NOBODY},
}


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (alias(FunctionVersion="9"), f"Function not found: {FUNCTIONS}:template-jobs:9"),
        (alias(FunctionVersion="live"), "Value 'live' at 'functionVersion' failed to satisfy constraint"),
        (
            alias(FunctionVersion="1", RoutingConfig=weights(**{"1": "0.5"})),
            "Function version 1 is already included in routing configuration",
        ),
        (alias(FunctionVersion="1", RoutingConfig=weights(**{"9": 0.5})), "template-jobs:9"),
        (
            {
                "Type": "AWS::Lambda::Function",
                "Properties": RESOURCES["Jobs"]["Properties"] | {"Role": NOBODY, "FunctionName": "roleless"},
            },
            "The role defined for the function cannot be assumed by Lambda",
        ),
        (
            {"Type": "AWS::Scheduler::Schedule", "Properties": SCHEDULE},
            "must allow AWS EventBridge Scheduler to assume the role",
        ),
        (
            {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "ScheduleExpression": "rate(1 day)",
                    "Targets": [{"Id": "1", **SCHEDULE["Target"]}],
                },
            },
            f"Provided role '{NOBODY}' cannot be assumed by principal 'events.amazonaws.com'",
        ),
        (
            {
                "Type": "AWS::Pipes::Pipe",
                "Properties": {
                    "RoleArn": NOBODY,
                    "Source": "arn:aws:sqs:us-east-1:000000000000:q",
                    "Target": FUNCTIONS,
                },
            },
            "cannot be assumed by pipes.amazonaws.com",
        ),
    ],
)
def test_what_a_request_would_be_refused_for(
    cloud: Server, api: str, resource: dict[str, Any], reason: str
) -> None:
    assert api
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName="refused", TemplateBody=json.dumps({"Resources": {"Refused": resource}}))
    until(
        lambda: (
            stacks.describe_stacks(StackName="refused")["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
        ),
        20,
    )
    events = stacks.describe_stack_events(StackName="refused")["StackEvents"]
    [failed] = [
        each
        for each in events
        if each["ResourceStatus"] == "CREATE_FAILED" and each["LogicalResourceId"] == "Refused"
    ]
    assert reason in failed["ResourceStatusReason"]
    stacks.delete_stack(StackName="refused")
    stacks.get_waiter("stack_delete_complete").wait(StackName="refused", WaiterConfig={"Delay": 1})


def test_a_rest_api_starts_an_execution_and_goes_on(cloud: Server, api: str) -> None:
    def post() -> httpx.Response:
        # By address, because not every machine resolves names below localhost.
        return httpx.post(f"{cloud.endpoint}/prod/", headers={"Host": api}, json={"job": 1}, timeout=60)

    def executions() -> list[dict[str, Any]]:
        listed = cloud.aws.list_durable_executions_by_function(FunctionName="template-jobs", Qualifier="live")
        return list(listed["DurableExecutions"])

    refused = post()
    assert refused.status_code == 500
    assert executions() == []

    stacks = cloud.client("cloudformation")
    stacks.update_stack(StackName="jobs", TemplateBody=body(Permission=PERMISSION))
    stacks.get_waiter("stack_update_complete").wait(StackName="jobs", WaiterConfig={"Delay": 1})
    accepted = post()
    assert (accepted.status_code, accepted.json()) == (202, {"accepted": True})
    [execution] = until(executions, 20)
    got = cloud.ended(execution["DurableExecutionArn"])
    assert json.loads(got["Result"]) == {"got": {"job": 1}, "retries": "3", "dry": "false"}
