"""A local cloud of the tests' own, with functions, and what several tests deploy to it."""

import contextlib
import io
import json
import os
import subprocess
import time
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local_cloud.process import FOLDER, REGION, LocalCloud
from signing import Signed, root_of
from tests.ports import free_port

COMMAND = FOLDER / "bin" / "local-cloud"
ROLE = "arn:aws:iam::000000000000:role/any"

TRUSTED = ("lambda", "scheduler", "events", "pipes", "cloudformation")
"""The services that may assume it."""

PYTHON = """
import time
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import CallbackConfig, Duration

VERSION = "v1"

@durable_execution
def handler(event, context: DurableContext):
    for action, value in event.get("do", {}).items():
        if action == "wait":
            context.wait(Duration.from_seconds(value), name="nap")
        elif action == "sleep":
            context.step(lambda _: time.sleep(value), name="sleep")
        elif action == "callback":
            config = CallbackConfig(
                timeout=Duration.from_seconds(value.get("timeout", 0)),
                heartbeat_timeout=Duration.from_seconds(value.get("heartbeat", 0)),
            )
            return {"answer": context.create_callback(name="approval", config=config).result()}
        elif action == "invoke":
            target, payload = value
            return {"child": context.invoke(target, payload, name="child")}
        elif action == "fail":
            raise ValueError(value)
        elif action == "big":
            return "x" * value
    print("said by the handler", event.get("say", ""))
    greeting = context.step(lambda _: f"hello {event.get('name', '')}", name="greet")
    return {"greeting": greeting, "version": VERSION}
"""

ENVIRONMENT = """
import os

def handler(event, context):
    return dict(os.environ)
"""


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return data.getvalue()


def allowing(actions: list[str], **more: object) -> str:
    """Return a policy that allows actions to a `Principal`, or on a `Resource`, or both."""
    allowed = {"Effect": "Allow", "Action": actions, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


class Server:
    """A local cloud of its own: port, state folder, client."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = free_port()
        self.cloud = LocalCloud(self.port, state)
        self.endpoint = self.cloud.endpoint
        self._clients: list[Any] = []
        self.aws = self.client("lambda")

    def client(self, service: str, **settings: Any) -> Any:
        """Return a client with the credentials of the root, unless `settings` has others."""
        keys = root_of(self.cloud)
        given = {
            "endpoint_url": self.endpoint,
            "region_name": REGION,
            "aws_access_key_id": keys.access_key,
            "aws_secret_access_key": keys.secret_key,
            "config": Config(retries={"max_attempts": 0}, read_timeout=120, max_pool_connections=200),
        }
        client = boto3.client(service, **(given | settings))
        self._clients.append(client)
        return client

    def cli(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            env=os.environ | {"LOCAL_PORT": str(self.port), "LOCAL_STATE_DIR": str(self.state)} | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def start(self) -> None:
        done = self.cli("start", LOCAL_IAM="enforce")
        assert done.returncode == 0, done.stdout + done.stderr
        self.make_role()

    def make_role(self) -> None:
        """Make the role of every handler here, which may invoke, read its sources and send; and one that may not."""
        iam = self.client("iam")
        services = [f"{service}.amazonaws.com" for service in TRUSTED]
        trust = allowing(["sts:AssumeRole"], Principal={"Service": services})
        for name in ("any", "runner"):
            with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            iam.attach_role_policy(
                RoleName=name,
                PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy",
            )
        uses = allowing(["lambda:InvokeFunction", "sqs:*", "sns:*", "kinesis:*", "dynamodb:*"], Resource="*")
        iam.put_role_policy(RoleName="any", PolicyName="uses", PolicyDocument=uses)

    def end(self) -> None:
        done = self.cli("stop", "--wipe")
        assert done.returncode == 0, done.stdout + done.stderr
        for client in self._clients:
            client.close()
        assert self.workers() == []
        assert not self.state.exists()

    def health(self) -> dict[str, Any]:
        health = self.cloud.health()
        assert health
        return health

    @property
    def signed(self) -> Signed:
        """Signs requests as the root."""
        return Signed(root_of(self.cloud))

    def workers(self) -> list[str]:
        listing = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,args="], capture_output=True, text=True, check=True
        )
        return [
            line
            for line in listing.stdout.splitlines()
            if str(self.state / "tmp" / "ministack-lambda-") in line
        ]

    def deploy(
        self, code: bytes, timeout: int | None = 60, handler: str = "index.handler", **options: Any
    ) -> str:
        """Create a function with version 1 and alias `live`, and return its name."""
        name = f"fn-{uuid.uuid4().hex[:8]}"
        if timeout is not None:
            options["DurableConfig"] = {"ExecutionTimeout": timeout, "RetentionPeriodInDays": 1}
        self.aws.create_function(
            FunctionName=name,
            **({"Runtime": "python3.13", "Role": ROLE} | options),
            Handler=handler,
            Timeout=30,
            Code={"ZipFile": code},
            Publish=True,
        )
        self.aws.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        return name

    def start_execution(self, function: str, event: object, **options: Any) -> str:
        answer = self.aws.invoke(
            FunctionName=f"{function}:live", InvocationType="Event", Payload=json.dumps(event), **options
        )
        assert answer["StatusCode"] == 202
        return str(answer["DurableExecutionArn"])

    def call(self, function: str, event: object, qualifier: str = "live", **options: Any) -> Any:
        answer = self.aws.invoke(FunctionName=f"{function}:{qualifier}", Payload=json.dumps(event), **options)
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    def ended(self, arn: str, seconds: float = 40) -> dict[str, Any]:
        def closed() -> dict[str, Any] | None:
            got: dict[str, Any] = self.aws.get_durable_execution(DurableExecutionArn=arn)
            return None if got["Status"] == "RUNNING" else got

        execution: dict[str, Any] = until(closed, seconds)
        return execution

    def history(self, arn: str, kind: str) -> list[dict[str, Any]]:
        events = self.aws.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
        return [event for event in events if event["EventType"] == kind]

    def callback(self, arn: str) -> str:
        started = until(lambda: self.history(arn, "CallbackStarted"), 30)
        return str(started[0]["CallbackStartedDetails"]["CallbackId"])


def until(get: Callable[[], Any], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := get():
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")
