"""Calls of AWS's operations with values of any kind, signed by the root: whoever's code answers, none ends in a traceback.

HOSTILE_CALLS says how many, beside the few of every run: `HOSTILE_CALLS=10000`.
"""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import botocore.session
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hostile_values import QUERIES, TEXTS
from server import PYTHON, Server, zipped
from signing import root_of, send_raw, signature

CALLS = int(os.environ.get("HOSTILE_CALLS") or 600)
# hypothesis remembers every value of a run.
CALLS_IN_A_RUN = 600
# What the provider and the examples ask for, in each of AWS's protocols.
SERVICES = (
    *(
        "lambda",
        "iam",
        "sts",
        "sqs",
        "sns",
        "s3",
        "events",
        "scheduler",
        "logs",
        "cloudwatch",
        "dynamodb",
        "kinesis",
    ),
    *("cloudformation", "ssm", "secretsmanager", "apigatewayv2", "ecr", "ec2"),
)
VALUES = st.recursive(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            1e308,
            "",
            "a",
            "..",
            "arn:aws:iam::000000000000:role/x",
            "arn:",
            "\x00",
            "°",
            "a" * 3_000,
            "{}",
        ]
    )
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Name", "Key", "Id", "a", ""]), inner, max_size=3)
    ),
    max_leaves=6,
)


@cache
def service_model(service: str) -> Any:
    # Once for each service: EC2's takes 60 MB, and it has 700 operations.
    return botocore.session.get_session().get_service_model(service)


@cache
def operations() -> list[tuple[str, str]]:
    """Return each operation of the services, but those that stream for as long as somebody listens."""
    found = []
    for service in SERVICES:
        model = service_model(service)
        for name in model.operation_names:
            if not model.operation_model(name).has_event_stream_output:
                found.append((service, name))
    return found


@st.composite
def calls(draw: st.DrawFn) -> tuple[tuple[str, str], str, str, dict[str, str], bytes]:
    """A call of some operation: whose it is, its method and target, its headers and its body, with values of any kind."""
    service, operation = draw(st.sampled_from(operations()))
    model = service_model(service).operation_model(operation)
    members = list(model.input_shape.members) if model.input_shape else []
    given = draw(st.dictionaries(st.sampled_from(members), VALUES, max_size=4)) if members else {}
    body: Any = draw(st.sampled_from([given, given, given, [given], "text", None, 5]))
    metadata = model.service_model.metadata
    protocol, prefix = metadata["protocol"], metadata.get("targetPrefix")
    method, target, headers = "POST", "/", {}
    if not prefix and protocol in ("query", "ec2", "smithy-rpc-v2-cbor"):
        fields = {"Action": operation, "Version": model.service_model.api_version}
        for name, value in given.items():
            many = value if isinstance(value, list) else [value]
            fields |= {
                f"{name}.member.{n}" if len(many) > 1 else name: str(each) for n, each in enumerate(many)
            }
        headers["content-type"] = "application/x-www-form-urlencoded"
        return (service, operation), method, target, headers, urlencode(fields).encode()
    if prefix:
        version = metadata.get("jsonVersion", "1.0")
        headers = {
            "x-amz-target": f"{prefix}.{operation}",
            "content-type": f"application/x-amz-json-{version}",
        }
    elif "requestUri" in model.http:
        method = model.http["method"]
        target = re.sub(r"\{[^}]*\}", lambda _: quote(draw(TEXTS), safe="") or "x", model.http["requestUri"])
        query = draw(QUERIES)
        target += ("&" if "?" in target else "?") + urlencode(query) if query else ""
        headers["content-type"] = "application/json"
    content = (
        draw(st.sampled_from([b"", b"<a>", b"<x/>", b"\xff"]))
        if protocol == "rest-xml"
        else json.dumps(body).encode()
    )
    return (service, operation), method, target, headers, content


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A cloud of its own: whatever the requests do to it is nobody else's trouble."""
    server = Server(tmp_path_factory.mktemp("victim"))
    server.start()
    try:
        yield server
    finally:
        server.end()


def test_whoevers_code_answers_no_request_ends_in_a_traceback(victim: Server) -> None:
    root, log = root_of(victim.cloud), victim.state / "server.log"
    name = victim.deploy(zipped(index__py=PYTHON))
    before, faults = log.stat().st_size, Counter[str]()

    @settings(
        max_examples=CALLS_IN_A_RUN,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(calls())
    def runs(call: tuple[tuple[str, str], str, str, dict[str, str], bytes]) -> None:
        operation, method, target, headers, body = call
        scope = service_model(operation[0]).signing_name
        signed = signature(root, method, victim.endpoint + target, body, scope)
        status, answer = send_raw(victim.port, method, target, body, {**signed, **headers})
        if status >= 500:
            faults[f"{'.'.join(operation)}: {status} {answer[:300]!r}"] += 1

    for _ in range(-(-CALLS // CALLS_IN_A_RUN)):
        runs()
    with log.open("rb") as said:
        said.seek(before)
        found = said.read()
    assert not faults
    assert b"Traceback" not in found
    assert victim.call(name, {})["version"] == "v1"
