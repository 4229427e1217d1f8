"""The matrix of tables/permissions.py, over HTTP: every call as every principal, with its own credentials.

The roles of the two functions are tried with the very credentials that their handlers run with.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError

from components import DurableFunction, InvokeGrant, iam
from tables.permissions import ACTIONS, FUNCTIONS, PRINCIPALS, Grant, Principal
from tests.e2e.conftest import REGIONS, Engine, LocalCloud
from tests.e2e.executions import callback_of, ended

ACCOUNT = "000000000000"
HANDLER = """
import os

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import CallbackConfig

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@durable_execution
def handler(event, context):
    if event.get("credentials"):
        return context.step(lambda _: {key.lower(): os.environ[key] for key in KEYS}, name="look")
    if event.get("approval"):
        return context.create_callback(name="approval", config=CallbackConfig()).result()
    if event.get("target"):
        return context.invoke(event["target"], {"charged": True}, name="child")
    return event
"""
# What whoever may make the call is told of one that makes no sense; None where it does.
TOLD = {
    "checkpoint": "InvalidParameterValueException",
    "state": "InvalidParameterValueException",
    "pause": "ResourceConflictException",
    "resume": "ResourceConflictException",
    "delete": "ResourceNotFoundException",
    "callback success": "CallbackTimeoutException",
    "callback failure": "CallbackTimeoutException",
    "callback heartbeat": "CallbackTimeoutException",
}


@dataclass(frozen=True)
class Target:
    """One of the functions, with an execution that has ended and a callback that it had."""

    alias_arn: str
    function_arn: str
    execution_arn: str
    callback_id: str

    @property
    def deleted_arn(self) -> str:
        """The ARN that a delete of the matrix names: one that does not exist, since the others need the execution."""
        return f"{self.execution_arn}-none"

    def qualified(self, action: str) -> str:
        """The ARN that an invoke of the matrix names."""
        qualifiers = {"invoke version": "1", "invoke $LATEST": "$LATEST"}
        return f"{self.function_arn}:{qualifiers[action]}" if action in qualifiers else self.alias_arn

    def resource(self, action: str) -> str:
        """The ARN that the action is authorized on."""
        if action == "list":
            return self.function_arn
        if action == "delete":
            return self.deleted_arn
        return self.qualified(action) if action.startswith("invoke") else self.execution_arn


def call(client: Any, action: str, on: Target) -> None:
    """Make one call of the matrix; it changes nothing, whatever the answer."""
    execution, callback = {"DurableExecutionArn": on.execution_arn}, {"CallbackId": on.callback_id}
    calls: dict[str, Callable[[], Any]] = {
        "checkpoint": lambda: client.checkpoint_durable_execution(**execution, CheckpointToken="x"),
        "state": lambda: client.get_durable_execution_state(**execution, CheckpointToken="x"),
        "get": lambda: client.get_durable_execution(**execution),
        "history": lambda: client.get_durable_execution_history(**execution),
        "list": lambda: client.list_durable_executions_by_function(FunctionName=on.function_arn),
        "stop": lambda: client.stop_durable_execution(**execution),
        "pause": lambda: client.pause_durable_execution(**execution),
        "resume": lambda: client.resume_durable_execution(**execution),
        "delete": lambda: client.delete_durable_execution(DurableExecutionArn=on.deleted_arn),
        "callback success": lambda: client.send_durable_execution_callback_success(**callback),
        "callback failure": lambda: client.send_durable_execution_callback_failure(**callback),
        "callback heartbeat": lambda: client.send_durable_execution_callback_heartbeat(**callback),
    }
    if action in calls:
        calls[action]()
    else:
        client.invoke(FunctionName=on.qualified(action), InvocationType="DryRun")


def answer(client: Any, action: str, on: Target) -> str | None:
    """The code of the error that a call is answered with, or whom it refuses; None if it is served."""
    try:
        call(client, action, on)
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        return str(message).partition(" because")[0] if code == "AccessDeniedException" else str(code)
    return None


def program() -> None:
    """The two functions, and everybody who is granted something."""
    functions = {
        name: DurableFunction(
            name,
            {
                "execution_timeout_seconds": 600,
                "runtime": "python3.13",
                "handler": "index.handler",
                "code_inline": HANDLER,
                "execution_policy": policy,
                "errors_alarm": False,
                "durable_alarms": False,
            },
        )
        for name, policy in FUNCTIONS.items()
    }
    own_account = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", **own_account}
    grantees: dict[str, Any] = {}
    for principal in PRINCIPALS:
        name = principal.name
        match principal.kind:
            case "function":
                grantees[name] = functions[name]
            case "user":
                grantees[name] = aws.iam.User(name)
            case "member":
                grantees[name] = aws.iam.Group(name)
            case _:
                boundary = None
                if principal.boundary is not None:
                    left = sorted({f"lambda:{ACTIONS[action]}" for action in principal.boundary})
                    document = json.dumps(iam.document(iam.statement(left, ["*"])))
                    boundary = aws.iam.Policy(f"{name}-boundary", policy=document).arn
                grantees[name] = aws.iam.Role(
                    name, assume_role_policy=json.dumps(iam.document(trust)), permissions_boundary=boundary
                )
        for grant in principal.grants:
            if grant.access != "run":
                give(functions[grant.function], grant, name, grantees[name])
    pulumi.export("functions", {name: function.outputs() for name, function in functions.items()})
    pulumi.export(
        "principals",
        {
            name: {"name": grantee.name, "arn": grantee.arn}
            for name, grantee in grantees.items()
            if name not in functions
        },
    )


def give(function: DurableFunction, grant: Grant, name: str, grantee: Any) -> None:
    match grant.access:
        case "invoke version 1":
            version = function.function_arn.apply(lambda arn: f"{arn}:1")
            InvokeGrant(f"{name}-version", {"qualified_arn": version, "role_arn": grantee.arn})
        case "invoke all versions":
            function.grant_invoke(name, grantee, all_versions=True)
        case what:
            # Named for what it grants: one may have several grants of the same function.
            getattr(function, f"grant_{what}")(f"{name}-{what}", grantee)


class World:
    """What is deployed, and clients with the credentials of everybody in it."""

    def __init__(self, cloud: LocalCloud, outputs: dict[str, Any]) -> None:
        self.cloud, self.root = cloud, cloud.client("lambda")
        self.functions, self._principals = outputs["functions"], outputs["principals"]
        self.targets = {name: self._target(function) for name, function in self.functions.items()}
        self._undo: list[Callable[[], Any]] = []
        self.credentials = {each.name: self._credentials_of(each) for each in PRINCIPALS}

    def client(self, principal: str, service: str = "lambda", **changed: str) -> Any:
        credentials = self.credentials[principal] | changed
        return boto3.client(service, endpoint_url=self.cloud.endpoint, region_name=REGIONS[0], **credentials)

    def run(self, function: str, event: object) -> Any:
        """Run an execution to its end as the account's root."""
        alias = self.functions[function]["alias_arn"]
        arn = self.root.invoke(FunctionName=alias, InvocationType="Event", Payload=json.dumps(event))[
            "DurableExecutionArn"
        ]
        return ended(self.cloud, arn)

    def end(self) -> None:
        for undo in reversed(self._undo):
            undo()

    def _target(self, function: dict[str, Any]) -> Target:
        alias = function["alias_arn"]
        arn = self.root.invoke(FunctionName=alias, InvocationType="Event", Payload='{"approval": true}')[
            "DurableExecutionArn"
        ]
        callback = callback_of(self.cloud, arn)
        self.root.stop_durable_execution(DurableExecutionArn=arn)
        return Target(alias, function["function_arn"], arn, callback)

    def _credentials_of(self, principal: Principal) -> dict[str, str]:
        if principal.kind == "function":
            found: dict[str, str] = json.loads(self.run(principal.name, {"credentials": True})["Result"])
            return found
        known = self._principals[principal.name]
        if principal.kind == "role":
            session = self.cloud.client("sts").assume_role(RoleArn=known["arn"], RoleSessionName="matrix")
            made, token = (
                session["Credentials"],
                {"aws_session_token": session["Credentials"]["SessionToken"]},
            )
        else:
            made, token = self._key_of(principal, known["name"]), {}
        return {
            "aws_access_key_id": made["AccessKeyId"],
            "aws_secret_access_key": made["SecretAccessKey"],
            **token,
        }

    def _key_of(self, principal: Principal, name: str) -> Any:
        """Make an access key for a user; for a group a member first."""
        client, user = self.cloud.client("iam"), name
        if principal.kind == "member":
            user = principal.name
            client.create_user(UserName=user)
            client.add_user_to_group(GroupName=name, UserName=user)
            self._undo.append(lambda: client.delete_user(UserName=user))
            self._undo.append(lambda: client.remove_user_from_group(GroupName=name, UserName=user))
        key = client.create_access_key(UserName=user)["AccessKey"]
        self._undo.append(lambda: client.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"]))
        return key


@pytest.fixture(scope="module")
def world(engine: Engine, cloud: LocalCloud) -> Iterator[World]:
    outputs = engine.program(program, "permissions").up().outputs
    made = World(cloud, {name: output.value for name, output in outputs.items()})
    try:
        yield made
    finally:
        made.end()


@pytest.mark.parametrize("principal", PRINCIPALS, ids=lambda principal: principal.name)
def test_a_principal_may_do_what_it_is_granted_and_nothing_else(world: World, principal: Principal) -> None:
    client = world.client(principal.name)
    me = world.client(principal.name, "sts").get_caller_identity()["Arn"]
    answers, expected = {}, {}
    for function, target in world.targets.items():
        for action, name in ACTIONS.items():
            refusal = f"User: {me} is not authorized to perform: lambda:{name} on resource: {target.resource(action)}"
            answers[function, action] = answer(client, action, target)
            expected[function, action] = TOLD.get(action) if principal.may(action, function) else refusal
    assert answers == expected


def test_handlers_run_as_their_execution_roles(world: World) -> None:
    for name, function in world.functions.items():
        me = world.client(name, "sts").get_caller_identity()["Arn"]
        session = f"{function['role_name']}/{function['function_name']}"
        assert me == f"arn:aws:sts::{ACCOUNT}:assumed-role/{session}"


def test_an_order_goes_from_the_shop_to_the_approver(world: World) -> None:
    shop, approver = world.client("shop"), world.client("approver")
    arn = shop.invoke(
        FunctionName=world.functions["orders"]["alias_arn"],
        InvocationType="Event",
        Payload='{"approval": true}',
    )["DurableExecutionArn"]
    callback = callback_of(world.cloud, arn)
    approver.send_durable_execution_callback_heartbeat(CallbackId=callback)
    approver.send_durable_execution_callback_success(CallbackId=callback, Result='"yes"')
    execution = world.client("auditor").get_durable_execution(DurableExecutionArn=arn)
    assert (execution["DurableExecutionArn"], ended(world.cloud, arn)["Status"]) == (arn, "SUCCEEDED")


def test_an_operator_stops_an_execution_that_runs(world: World) -> None:
    arn = world.root.invoke(
        FunctionName=world.functions["orders"]["alias_arn"],
        InvocationType="Event",
        Payload='{"approval": true}',
    )["DurableExecutionArn"]
    operator = world.client("operator")
    operator.stop_durable_execution(DurableExecutionArn=arn)
    assert operator.get_durable_execution(DurableExecutionArn=arn)["Status"] == "STOPPED"


def test_a_chained_invoke_goes_where_the_caller_was_granted(world: World) -> None:
    granted = world.run("orders", {"target": world.targets["payments"].alias_arn})
    assert (granted["Status"], json.loads(granted["Result"])) == ("SUCCEEDED", {"charged": True})
    for caller, target, qualifier in (("orders", "payments", "1"), ("payments", "orders", "live")):
        arn = f"{world.targets[target].function_arn}:{qualifier}"
        refused = world.run(caller, {"target": arn})
        assert refused["Status"] == "FAILED"
        assert (
            f"is not authorized to perform: lambda:InvokeFunction on resource: {arn}"
            in (refused["Error"]["ErrorMessage"])
        )


def test_a_call_must_be_signed_with_the_callers_secret(world: World) -> None:
    target = world.targets["orders"]
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        call(world.client("auditor", aws_secret_access_key="guessed"), "get", target)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        call(world.client("clerk", aws_access_key_id="AKIAUNKNOWN"), "invoke alias", target)
    unsigned = httpx.get(
        f"{world.cloud.endpoint}/2025-12-01/functions/{target.function_arn}/durable-executions"
    )
    assert unsigned.status_code == 403
    assert unsigned.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_the_control_plane_asks_for_the_action_that_lambda_names(world: World) -> None:
    """Whoever may list executions may not read the function, nor move its alias."""
    auditor, name = world.client("auditor"), world.functions["orders"]["function_name"]
    with pytest.raises(ClientError, match=r"lambda:GetFunctionConfiguration on resource: .*:function:orders"):
        auditor.get_function_configuration(FunctionName=name)
    with pytest.raises(ClientError, match=r"lambda:UpdateAlias on resource: .*:function:orders"):
        auditor.update_alias(FunctionName=name, Name="live", FunctionVersion="1")
