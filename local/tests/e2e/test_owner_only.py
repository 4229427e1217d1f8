"""The local cloud is its owner's alone: what others on the machine try, for real, with the whole cloud behind it."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local_cloud.state import SECRET
from server import ENVIRONMENT, Server, allowing, zipped
from signing import Signed, root_of, signature

NAME = "owned"
FUNCTIONS = "/2015-03-31/functions/"
CODE = zipped(index__py=ENVIRONMENT)

# What another user of the machine runs, who knows all that is no secret. It says what it got hold of.
ATTACK = """
import json, sys, urllib.error, urllib.request
endpoint, state, pid, date = sys.argv[1:]
got = []
scope = "/" + date[:8] + "/us-east-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature="
signed = ["AWS4-HMAC-SHA256 Credential=" + key + scope + signature
          for key in ("test", "000000000000", "") for signature in ("0", "0" * 64)]
answer = "/_ministack/cfn-response/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
for path in ("/2015-03-31/functions/", "/", "/_ministack/config", "/_ministack/reset", "/_local/health", answer):
    for authorization in (None, *signed):
        for body in (None, b"{}"):
            headers = {"x-amz-date": date, "x-amz-target": "AWSCognitoIdentityService.GetCredentialsForIdentity"}
            request = urllib.request.Request(endpoint + path, body, headers)
            if authorization:
                request.add_header("authorization", authorization)
            try:
                got.append([path, urllib.request.urlopen(request, timeout=30).status])
            except urllib.error.HTTPError as error:
                if error.code not in (400, 403):
                    got.append([path, error.code])
for file in (state + "/secret", state + "/server.log", "/proc/" + pid + "/environ"):
    try:
        got.append([file, len(open(file, "rb").read())])
    except OSError:
        pass
print(json.dumps(got))
"""


@pytest.fixture(scope="module")
def function(cloud: Server) -> Iterator[str]:
    """A function with a secret in its environment, which tells what it is given."""
    client, iam = cloud.client("lambda"), cloud.client("iam")
    trust = allowing(["sts:AssumeRole"], Principal={"Service": "lambda.amazonaws.com"})
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    client.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": CODE},
        Environment={"Variables": {"PASSWORD": "precious"}},
    )
    yield NAME
    client.delete_function(FunctionName=NAME)
    iam.delete_role(RoleName=NAME)


@pytest.fixture
def root(cloud: Server) -> Credentials:
    return root_of(cloud.cloud)


def still_there(cloud: Server) -> bool:
    return bool(cloud.client("lambda").get_function(FunctionName=NAME)["Configuration"])


def test_another_user_of_the_machine_gets_hold_of_nothing(cloud: Server, function: str) -> None:
    # Without the superuser's rights to become somebody else, it is tried as somebody who looks at no file.
    other = "nobody" if os.geteuid() == 0 else None
    state = cloud.state if other else Path("/nowhere")
    pid = cloud.health()["pid"] if other else 1
    interpreter = (
        sys.executable if _for_everybody(sys.executable) else shutil.which("python3", path="/usr/bin")
    )
    assert interpreter, "no Python that other users may run"
    done = subprocess.run(
        [
            interpreter,
            "-I",
            "-c",
            ATTACK,
            cloud.endpoint,
            str(state),
            str(pid),
            f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        ],
        user=other,
        group="nogroup" if other else None,
        extra_groups=[] if other else None,
        cwd="/",
        env={"NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert still_there(cloud)
    assert cloud.state.stat().st_mode & 0o077 == 0
    assert (cloud.state / SECRET).stat().st_mode & 0o177 == 0


def _for_everybody(path: str) -> bool:
    """Whether every user may run this file, and reach it."""
    resolved = Path(path).resolve()
    return all(parent.stat().st_mode & 0o001 for parent in (resolved, *resolved.parents))


def test_what_was_known_before_opens_nothing(cloud: Server, function: str) -> None:
    for key in ("test", "000000000000", "123456789012"):
        client = cloud.client("lambda", aws_access_key_id=key, aws_secret_access_key="test")
        with pytest.raises(ClientError, match="make env"):
            client.list_functions()


def test_a_handlers_session_is_its_own_and_nobody_guesses_it(
    cloud: Server, function: str, root: Credentials
) -> None:
    environment = json.loads(cloud.client("lambda").invoke(FunctionName=function)["Payload"].read())
    assert root.secret_key not in environment.values()
    own = {
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
        "aws_session_token": environment["AWS_SESSION_TOKEN"],
    }
    arn = cloud.client("sts", **own).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::000000000000:assumed-role/{NAME}/{function}"
    # What the control plane itself would have made of the names.
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function}"
    digest = hashlib.sha256(f"{arn}:arn:aws:iam::000000000000:role/{NAME}".encode()).hexdigest()
    guessed = {
        "aws_access_key_id": f"ASIA{digest[:16].upper()}",
        "aws_secret_access_key": hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
        "aws_session_token": hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
    }
    for keys in (guessed, {**own, "aws_secret_access_key": guessed["aws_secret_access_key"]}):
        with pytest.raises(ClientError, match=r"InvalidClientTokenId|SignatureDoesNotMatch"):
            cloud.client("sts", **keys).get_caller_identity()


def test_the_routes_of_the_control_plane_are_closed_to_everybody(
    cloud: Server, function: str, root: Credentials
) -> None:
    for auth in (None, Signed(root)):
        for method, path in (
            ("POST", "/_ministack/reset"),
            ("DELETE", "/_ministack/reset"),
            ("POST", "/_ministack/config"),
            ("GET", "/_ministack/health"),
            ("GET", "/_localstack/health"),
            ("GET", "/_aws/sqs/messages?QueueUrl=http://x/000000000000/q"),
            ("GET", "/_ministack/ses/messages"),
            ("GET", "/health"),
        ):
            answer = httpx.request(method, cloud.endpoint + path, auth=auth)
            assert answer.status_code == 403, (method, path, answer.text)
    for path in ("/", FUNCTIONS, f"/_ministack/lambda-code/000000000000/us-east-1/{function}"):
        assert httpx.get(cloud.endpoint + path).status_code == 403, path
    assert still_there(cloud)


def test_the_url_of_a_functions_code_is_signed(cloud: Server, function: str) -> None:
    location = cloud.client("lambda").get_function(FunctionName=function)["Code"]["Location"]
    code = httpx.get(location).raise_for_status().content
    assert zipfile.ZipFile(io.BytesIO(code)).namelist() == ["index.py"]
    bare = urlsplit(location)._replace(query="").geturl()
    for forged in (
        bare,
        location.replace(f"/{function}?", "/other?"),
        location[:-1] + ("0" if location[-1] != "0" else "1"),
    ):
        assert httpx.get(forged).status_code == 403


def test_a_name_that_was_made_to_lead_here_is_refused(cloud: Server, root: Credentials) -> None:
    answer = httpx.get(cloud.endpoint + FUNCTIONS, headers={"host": f"attacker.example:{cloud.port}"})
    assert answer.status_code == 403
    assert "attacker.example" in answer.json()["message"]


def test_no_answer_opens_the_cloud_to_pages(cloud: Server, function: str, root: Credentials) -> None:
    for method, path, service in (
        ("GET", FUNCTIONS, "lambda"),
        ("OPTIONS", FUNCTIONS, "lambda"),
        ("GET", "/", "s3"),
        ("OPTIONS", "/bucket/key", "s3"),
        ("GET", "/2025-12-01/nothing", "lambda"),
    ):
        for auth in (None, Signed(root, service)):
            answer = httpx.request(method, cloud.endpoint + path, auth=auth)
            assert not [name for name in answer.headers if name.startswith("access-control")], (method, path)


def test_web_sockets_are_closed(cloud: Server) -> None:
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert httpx.get(f"{cloud.endpoint}/_aws/execute-api/0a1b2c3d/live", headers=headers).status_code == 403


def test_objects_go_in_and_out_in_every_way_of_signing(cloud: Server, root: Credentials) -> None:
    client, bucket = cloud.client("s3"), "owned-objects"
    client.create_bucket(Bucket=bucket)
    try:
        client.put_object(Bucket=bucket, Key="a b/ü.csv", Body=b"1" * 100_000)
        assert client.get_object(Bucket=bucket, Key="a b/ü.csv")["Body"].read() == b"1" * 100_000
        for version in ("s3", "s3v4"):
            signer: Any = cloud.client("s3", config=Config(signature_version=version))
            urls = [
                signer.generate_presigned_url(
                    f"{method}_object", {"Bucket": bucket, "Key": version}, ExpiresIn=60
                )
                for method in ("put", "get")
            ]
            httpx.put(urls[0], content=b"2").raise_for_status()
            assert httpx.get(urls[1]).raise_for_status().content == b"2"
            assert httpx.get(urls[1].replace("Signature=", "Signature=0")).status_code == 403
            assert httpx.get(urls[1].partition("?")[0]).status_code == 403
        # As clients ask that put the bucket into the name.
        host = f"{bucket}.localhost:{cloud.port}"
        signed = signature(root, "GET", f"http://{host}/s3v4", service="s3")
        answer = httpx.get(f"{cloud.endpoint}/s3v4", headers={**signed, "host": host})
        assert (answer.status_code, answer.content) == (200, b"2")
    finally:
        for each in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=each["Key"])
        client.delete_bucket(Bucket=bucket)
