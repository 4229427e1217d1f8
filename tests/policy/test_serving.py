"""The pack as a process, asked over the engine's own protocol; the engine itself is in tests/e2e."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
import pytest
from google.protobuf import empty_pb2, json_format  # type: ignore[import-untyped]
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

from durable_policies.policies import POLICIES

PACK = Path(__file__).parents[2] / "policies" / "pack"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "DEBUG"}
LEVELS = {"advisory": 0, "mandatory": 1, "disabled": 2, "remediate": 3}


@pytest.fixture(scope="module")
def pack() -> Iterator[Any]:
    with subprocess.Popen([PACK, "127.0.0.1:1"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.terminate()


def function(**props: Any) -> dict[str, Any]:
    found = {"name": "orders-1a2b3c4", "publish": True, "durableConfig": {"executionTimeout": 900}, **props}
    return {
        "type": "aws:lambda/function:Function",
        "urn": "urn:pulumi:prod::shop::aws:lambda/function:Function::orders",
        "name": "orders",
        "properties": json_format.ParseDict(found, proto.AnalyzeRequest().properties),
    }


def test_it_tells_of_every_policy_with_the_level_of_prod(pack: Any) -> None:
    info = pack.GetAnalyzerInfo(empty_pb2.Empty())
    told = {each.name: (each.description, each.enforcementLevel) for each in info.policies}
    assert told == {each.name: (each.description, LEVELS[each.prod.value]) for each in POLICIES}
    days = next(each for each in info.policies if each.name == "log-retention").configSchema
    assert json_format.MessageToDict(days.properties) == {"days": {"type": "integer", "default": 30.0}}


def test_no_finding_is_obeyed_by_a_terminal_or_taken_for_a_colour_by_the_engine(pack: Any) -> None:
    variables = {"variables": {"\x1b[2J\u202e<{%x%}>_PASSWORD": "hunter2hunter2"}}
    answer = pack.Analyze(proto.AnalyzeRequest(**function(environment=variables)))
    told = "".join(each.message for each in answer.diagnostics)
    assert r"\x1b[2J\u202e<{\x25x%}>_PASSWORD holds" in told
    assert "<{%" not in told
    assert told.replace("\n", "").isprintable()


def test_what_only_the_deployment_tells_stops_no_policy(pack: Any) -> None:
    asked = function(
        timeout=UNKNOWN, runtime=UNKNOWN, role=UNKNOWN, loggingConfig=UNKNOWN, environment=UNKNOWN
    )
    answer = pack.Analyze(proto.AnalyzeRequest(**asked))
    assert [(each.policyName, each.message.splitlines()[1]) for each in answer.diagnostics] == [
        (
            "timeouts-in-proportion",
            "durableConfig.retentionPeriod is left out; AWS then decides how long histories are kept",
        )
    ]


def test_mending_keeps_secrets_and_what_is_not_known(pack: Any) -> None:
    given = {
        "role": UNKNOWN,
        "loggingConfig": {"logGroup": UNKNOWN, "logFormat": "Text"},
        "environment": {"variables": {"LOG_LEVEL": SECRET}},
    }
    answer = pack.Remediate(proto.AnalyzeRequest(**function(**given)))
    (mended,) = answer.remediations
    assert mended.policyName == "json-logs"
    assert mended.diagnostic == ""
    seen = json_format.MessageToDict(mended.properties)
    assert {name: seen[name] for name in given} == {
        **given,
        "loggingConfig": {"logGroup": UNKNOWN, "logFormat": "JSON"},
    }


def test_nothing_is_mended_where_nothing_is_wrong(pack: Any) -> None:
    answer = pack.Remediate(proto.AnalyzeRequest(**function(loggingConfig={"logFormat": "JSON"})))
    assert list(answer.remediations) == []
