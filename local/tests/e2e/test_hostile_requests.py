"""Hostile requests to the gateway's own paths: each is answered in AWS's form, and the cloud goes on."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hostile_values import ARN, NAME, QUERIES, TEXTS
from server import PYTHON, Server, allowing, zipped
from signing import root_of, send_raw, signature

CHECKPOINTS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"
BODIES = st.sampled_from(
    [
        *(
            b"",
            b"{}",
            b"null",
            b"[]",
            b'"text"',
            b"{",
            b"\xff\xfe",
            b"1" * 400,
            b'{"a": NaN}',
        ),
        *(
            b'{"FunctionName": 5}',
            b'{"FunctionName": "' + NAME.encode() + b'"}',
            b'{"Updates": [{}]}',
            b'{"Updates": 1}',
        ),
        *(
            b'{"CheckpointToken": "x", "Updates": [{"Action": "START"}]}',
            b'{"ErrorType": [], "ErrorData": {}}',
        ),
    ]
) | st.binary(max_size=60)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *(
                "x-amz-invocation-type",
                "x-amz-durable-execution-name",
                "x-amz-client-context",
                "authorization",
            ),
            *("content-type", "x-amz-log-type", "x-amz-tenant-id"),
            *(
                "host",
                "origin",
                "sec-fetch-site",
                "x-amz-date",
                "x-amz-content-sha256",
                "x-amz-security-token",
            ),
        ]
    ),
    st.sampled_from(
        [
            *("Event", "RequestResponse", "DryRun", "event", "", "a b", "a" * 65, "order-1", "Tail"),
            *("AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, x", "Basic eDp5"),
            *(
                "AWS4-HMAC-SHA256 Credential=test/1/2/lambda/x, SignedHeaders=host;\xff, Signature=\xe9",
                "\xff\xfe",
            ),
            *("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "UNSIGNED-PAYLOAD", "0" * 64, "20261301T000000Z", "null"),
            *("localhost", "http://localhost:1", "[::1", ":", "same-origin", "cross-site"),
        ]
    ),
    max_size=3,
)
PATHS = st.sampled_from(
    [
        "/2015-03-31/functions/{0}/invocations",
        "/2025-12-01/functions/{0}/durable-executions",
        "/2025-12-01/durable-executions/{0}",
        "/2025-12-01/durable-executions/{0}/history",
        "/2025-12-01/durable-executions/{0}/state",
        "/2025-12-01/durable-executions/{0}/checkpoint",
        "/2025-12-01/durable-executions/{0}/stop",
        "/2025-12-01/durable-execution-callbacks/{0}/succeed",
        "/2025-12-01/durable-execution-callbacks/{0}/fail",
        "/2025-12-01/durable-execution-callbacks/{0}/heartbeat",
        "/2025-12-01/{0}",
    ]
)
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "BREW"]
DEEP = b"[" * 5_000


@pytest.fixture(scope="module")
def function(cloud: Server) -> Iterator[str]:
    """A durable function whose executions last for a moment, and whose name is known to the requests."""
    client, iam = cloud.client("lambda"), cloud.client("iam")
    trust = allowing(["sts:AssumeRole"], Principal={"Service": "lambda.amazonaws.com"})
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.attach_role_policy(RoleName=NAME, PolicyArn=CHECKPOINTS)
    client.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": zipped(index__py=PYTHON)},
        Publish=True,
        DurableConfig={"ExecutionTimeout": 60, "RetentionPeriodInDays": 1},
    )
    client.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    try:
        yield NAME
    finally:
        client.delete_function(FunctionName=NAME)
        iam.detach_role_policy(RoleName=NAME, PolicyArn=CHECKPOINTS)
        iam.delete_role(RoleName=NAME)


def test_every_request_is_answered_and_the_cloud_goes_on(cloud: Server, function: str) -> None:
    log = cloud.state / "server.log"
    before = log.stat().st_size
    root = root_of(cloud.cloud)

    @settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(METHODS), PATHS, TEXTS, QUERIES, HEADERS, BODIES)
    @example("POST", "/2015-03-31/functions/{0}/invocations", f"{NAME}:live", {}, {}, b"{}")
    @example("POST", "/2015-03-31/functions/{0}/invocations", f"{NAME}:live", {}, {}, DEEP)
    @example(
        "POST",
        "/2025-12-01/durable-executions/{0}/checkpoint",
        f"{ARN}:1/durable-execution/a/b",
        {},
        {},
        DEEP,
    )
    def runs(
        method: str, path: str, text: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        if path.startswith("/2015-03-31/"):
            # Whatever is not such a request is the control plane's to answer.
            method, text = "POST", f"{NAME}:live"
        target = path.format(quote(text, safe=""))
        if query:
            target += "?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        # Most come from somebody who may do everything, since the others get no further than that check.
        signed = signature(root, method, cloud.endpoint + target, body)
        status, answer = send_raw(cloud.port, method, target, body, {**signed, **headers})
        assert status < 500, answer
        if answer and method != "HEAD" and status >= 400:
            assert set(json.loads(answer)) & {"message", "Message", "__type", "Type"}, answer

    runs()
    assert cloud.client("lambda").invoke(FunctionName=f"{NAME}:live", Payload="{}")["StatusCode"] == 200
    with log.open("rb") as said:
        said.seek(before)
        assert b"Traceback" not in said.read()


def test_the_cloud_listens_on_the_loopback_interface_only(cloud: Server) -> None:
    listening = [
        line.split()
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and int(line.split()[1].rpartition(":")[2], 16) == cloud.port
    ]
    assert [row[1].partition(":")[0] for row in listening] == ["0100007F"]
