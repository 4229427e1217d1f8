"""Secrets: what is marked secret is in no state, log or output; what is read by a grant is nowhere but in the handler."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import Engine, LocalCloud

MARKED = "hunter2-marked-in-the-stack-file"
STORED = "hunter2-stored-in-secrets-manager"
HANDLER = """
import os

import boto3
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    def charge(step):
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["CARD_KEY_ARN"])
        return f"charged by a key of {len(secret['SecretString'])} characters"

    return [context.step(charge, name="charge"), len(os.environ["TOKEN"])]
"""
PROGRAM = f"""
import pulumi
from pulumi_durable_functions import DurableFunction

config = pulumi.Config()
function = DurableFunction(
    "secretive",
    {{
        "execution_timeout_seconds": 60,
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": {HANDLER!r},
        "environment": {{"TOKEN": config.require_secret("token"), "CARD_KEY_ARN": config.require("cardKeyArn")}},
    }},
)
function.allow_secret("card-key", config.require("cardKeyArn"))
pulumi.export("function", function.outputs())
pulumi.export("token", config.require_secret("token"))
"""


@pytest.fixture(scope="module")
def secret(cloud: LocalCloud) -> Iterator[str]:
    client = cloud.client("secretsmanager")
    arn = client.create_secret(Name="card-key", SecretString=STORED)["ARN"]
    try:
        yield str(arn)
    finally:
        client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)


@pytest.fixture(scope="module")
def deployed(engine: Engine, secret: str) -> tuple[auto.Stack, str]:
    """The stack, and everything that its deployment has said."""
    stack = engine.written(PROGRAM, "secrets")
    stack.set_config("token", auto.ConfigValue(MARKED, secret=True))
    stack.set_config("cardKeyArn", auto.ConfigValue(secret))
    said: list[str] = []
    stack.up(on_output=said.append, on_event=lambda event: said.append(json.dumps(event, default=str)))
    stack.preview(diff=True, on_output=said.append)
    stack.refresh(on_output=said.append)
    return stack, "\n".join(said)


def test_a_marked_value_reaches_the_handler_and_no_state_log_or_output(
    engine: Engine, cloud: LocalCloud, deployed: tuple[auto.Stack, str]
) -> None:
    stack, said = deployed
    function: Any = stack.outputs()["function"].value
    answer = cloud.client("lambda").invoke(FunctionName=function["alias_arn"], Payload="{}")
    assert json.loads(answer["Payload"].read()) == [
        f"charged by a key of {len(STORED)} characters",
        len(MARKED),
    ]
    shown = subprocess.run(
        ["pulumi", "stack", "output", "--json"],
        cwd=stack.workspace.work_dir,
        env={**stack.workspace.env_vars, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(shown)["token"] == "[secret]"
    assert MARKED not in said
    assert holding(MARKED, engine.folder) == []
    # Lambda's own store must have it; everything else of the local cloud must not.
    assert holding(MARKED, cloud.state) == ["resources/lambda.json"]


def test_a_secret_that_is_read_by_a_grant_is_nowhere_but_in_its_store(
    engine: Engine, cloud: LocalCloud, deployed: tuple[auto.Stack, str]
) -> None:
    _, said = deployed
    assert STORED not in said
    assert holding(STORED, engine.folder) == []
    assert holding(STORED, cloud.state) == ["resources/secretsmanager.json"]


def test_a_preview_refuses_a_role_that_is_called_like_another_accounts(engine: Engine, secret: str) -> None:
    grant = {"role_arn": "arn:aws:iam::210987654321:role/shop", "secret_arn": secret}
    program = f"from pulumi_durable_functions import SecretGrant\n\nSecretGrant('card', {grant!r})\n"
    with pytest.raises(auto.CommandError) as caught:
        engine.written(program, "elsewhere").preview()
    message = str(caught.value)
    assert "is in account 210987654321, but this deployment goes to 000000000000; pass a role" in message
    assert "Traceback" not in message


def holding(text: str, folder: Path) -> list[str]:
    """Return the files below a folder that hold a text."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and text.encode() in path.read_bytes()
    )
