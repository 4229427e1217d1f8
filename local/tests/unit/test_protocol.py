"""The provider's protocol, called directly: no engine, no network."""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, status_pb2

from aws_provider import archive
from aws_provider.failures import NotFoundError, ProviderError
from aws_provider.protocol import Servicer
from aws_provider.services import Services
from aws_provider.settings import EndpointError, Settings, loopback, parse
from aws_provider.values import ARCHIVE, SIGNATURE, UNKNOWN, decode, encode

ROLE_ARN = "arn:aws:iam::000000000000:role/r"
CODE = {SIGNATURE: ARCHIVE, "hash": "abc", "path": "code"}
FUNCTION = {
    "name": "fn",
    "role": ROLE_ARN,
    "handler": "index.handler",
    "runtime": "python3.13",
    "code": CODE,
    "durableConfig": {"executionTimeout": 300, "retentionPeriod": 7},
}
ALIAS = {"name": "live", "functionName": "fn", "functionVersion": "1"}
ROLE = {"name": "r", "assumeRolePolicy": '{"Version": "2012-10-17", "Statement": []}'}


class Aborted(Exception):  # noqa: N818 (what gRPC's abort does)
    pass


class Context:
    def __init__(self) -> None:
        self.metadata: tuple[tuple[str, bytes], ...] = ()

    def set_trailing_metadata(self, metadata: tuple[tuple[str, bytes], ...]) -> None:
        self.metadata = metadata

    def abort(self, code: object, message: str) -> None:
        raise Aborted(message)


class FakeServices(Services):
    """Answers by operation; notes every call."""

    def __init__(self, answers: Mapping[str, Any] | None = None, **settings: Any) -> None:
        super().__init__(Settings(endpoint="http://127.0.0.1:1", **settings))
        self.answers = dict(answers or {})
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, op: str, region: str = "", **params: Any) -> dict[str, Any]:
        self.calls.append((op, params))
        answer = self.answers.get(op, {})
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def pages(self, service: str, op: str, region: str = "", **params: Any) -> list[dict[str, Any]]:
        return [self.call(service, op, region, **params)]

    def warm(self) -> None: ...


def servicer(answers: Mapping[str, Any] | None = None, **settings: Any) -> Servicer:
    made = Servicer()
    made._services = FakeServices(answers, **settings)
    return made


def urn(token: str, name: str = "name") -> str:
    return f"urn:pulumi:dev::shop::{token}::{name}"


FUNCTION_URN = urn("aws:lambda/function:Function")
ALIAS_URN = urn("aws:lambda/alias:Alias")
ROLE_URN = urn("aws:iam/role:Role")
GROUP_URN = urn("aws:cloudwatch/logGroup:LogGroup")
MAPPING_URN = urn("aws:lambda/eventSourceMapping:EventSourceMapping")
TARGET_URN = urn("aws:cloudwatch/eventTarget:EventTarget")
SCHEDULE_URN = urn("aws:scheduler/schedule:Schedule")
BOARD_URN = urn("aws:cloudwatch/dashboard:Dashboard")
STREAM_URN = urn("aws:kinesis/stream:Stream")
TABLE_URN = urn("aws:dynamodb/table:Table")
URL_URN = urn("aws:lambda/functionUrl:FunctionUrl")
NOTIFICATION_URN = urn("aws:s3/bucketNotification:BucketNotification")
SUBSCRIPTION_URN = urn("aws:sns/topicSubscription:TopicSubscription")
QUEUE_ARN = "arn:aws:sqs:us-east-1:000000000000:q"
TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:t"
STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
FUNCTION_ARN = "arn:aws:lambda:us-east-1:000000000000:function:fn:live"
MAPPING = {"functionName": FUNCTION_ARN, "eventSourceArn": QUEUE_ARN}
SCHEDULE = {
    "name": "s",
    "scheduleExpression": "rate(1 day)",
    "startDate": "2030-01-01T00:00:00Z",
    "flexibleTimeWindow": {"mode": "OFF"},
    "target": {"arn": QUEUE_ARN, "roleArn": ROLE_ARN},
}
BOARD = {"dashboardName": "b", "dashboardBody": '{"widgets": [1, 2]}'}
USER_URN = urn("aws:iam/user:User")
RULE_URN = urn("aws:cloudwatch/eventRule:EventRule")
ALARM_URN = urn("aws:cloudwatch/metricAlarm:MetricAlarm")
TOPIC_URN = urn("aws:sns/topic:Topic")
BUCKET_URN = urn("aws:s3/bucket:Bucket")
PERMISSION_URN = urn("aws:lambda/permission:Permission")
RULE = {"name": "r", "scheduleExpression": "rate(1 day)"}
PERMISSION = {
    "statementId": "s",
    "function": "fn",
    "action": "lambda:InvokeFunction",
    "principal": "000000000000",
}
ROOT_ARN = "arn:aws:iam::000000000000:root"
ALARM = {
    "name": "a",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "Errors",
    "namespace": "AWS/Lambda",
    "period": 60,
    "statistic": "Sum",
}
QUERY, OTHER_QUERY = ({"id": name, "expression": name} for name in "ab")
TABLE = {
    "name": "table",
    "hashKey": "id",
    "rangeKey": "at",
    "attributes": [{"name": "id", "type": "S"}, {"name": "at", "type": "N"}],
    "billingMode": "PAY_PER_REQUEST",
}


def checked(
    urn_: str, news: dict[str, Any], olds: dict[str, Any] | None = None, **more: Any
) -> tuple[dict[str, Any], dict[str, str]]:
    request = provider_pb2.CheckRequest(urn=urn_, news=encode(news), olds=encode(olds or {}), **more)
    response = servicer().Check(request, Context())
    return decode(response.inputs)[0], {item.property: item.reason for item in response.failures}


def diff(
    urn_: str, old: dict[str, Any], new: dict[str, Any], olds: dict[str, Any] | None = None, **settings: Any
) -> provider_pb2.DiffResponse:
    outputs = {"region": "us-east-1", **old, **(olds or {})}
    request = provider_pb2.DiffRequest(
        urn=urn_, old_inputs=encode(old), olds=encode(outputs), news=encode(new)
    )
    return servicer(**settings).Diff(request, Context())


class TestValues:
    def test_secrets_are_unwrapped_and_wrapped_again(self) -> None:
        props = {"environment": {"variables": {"A": "1", "TOKEN": "t"}}, "count": 3, "part": 0.5, "on": True}
        marks = {("environment", "variables", "TOKEN")}
        assert decode(encode(props, marks)) == (props, marks)

    def test_a_secret_in_a_list_hides_the_list(self) -> None:
        wire = encode({"layers": ["a", "b"]})
        secret = encode({"x": "b"}, {("x",)}).fields["x"]
        wire.fields["layers"].list_value.values[1].CopyFrom(secret)
        assert decode(wire) == ({"layers": ["a", "b"]}, {("layers",)})

    def test_every_unknown_of_the_engine_is_unknown(self) -> None:
        for sentinel in ("04da6b54-80e4-46f7-96ec-b56ff0331ba9", "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"):
            assert decode(encode({"x": sentinel}))[0]["x"] is UNKNOWN
        assert encode({"x": UNKNOWN}).fields["x"].string_value == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

    def test_null_is_absence(self) -> None:
        wire = encode({"a": {"b": "c"}})
        wire.fields["n"].null_value = 0
        assert decode(wire)[0] == {"a": {"b": "c"}}


class TestArchives:
    def test_a_folder_packs_the_same_at_any_time_and_place(self, tmp_path: Path) -> None:
        made = []
        for name in ("one", "two"):
            folder = tmp_path / name
            (folder / "inner").mkdir(parents=True)
            files = ["b.py", "inner/a.py"] if name == "one" else ["inner/a.py", "b.py"]
            for file in files:
                (folder / file).write_text(file)
                (folder / file).chmod(0o600 if name == "one" else 0o664)
            made.append(archive.zip_bytes({SIGNATURE: ARCHIVE, "path": str(folder)}))
        assert made[0] == made[1]

    def test_assets_and_inner_archives_are_packed(self, tmp_path: Path) -> None:
        (tmp_path / "f").write_text("x")
        text = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}
        inner = {SIGNATURE: ARCHIVE, "path": str(tmp_path)}
        packed = archive.zip_bytes({SIGNATURE: ARCHIVE, "assets": {"a.txt": text, "lib": inner}})
        path = tmp_path / "made.zip"
        path.write_bytes(packed)
        assert archive.zip_bytes({SIGNATURE: ARCHIVE, "path": str(path)}) == packed

    @pytest.mark.parametrize(
        ("blob", "told"),
        [
            ({"path": "no/such/file"}, "no/such/file does not exist"),
            ({"uri": "https://example.com/a.zip"}, "remote archive"),
        ],
    )
    def test_what_cannot_be_read_is_named(self, blob: dict[str, str], told: str) -> None:
        with pytest.raises(ProviderError, match=told):
            archive.zip_bytes({SIGNATURE: ARCHIVE, **blob})


class TestEndpoints:
    @pytest.mark.parametrize(
        ("given", "plain"),
        [
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("http://127.8.9.10:80/", "http://127.8.9.10:80"),
            ("http://localhost:4566", "http://localhost:4566"),
            ("http://[::1]:4566", "http://[::1]:4566"),
            ("http://[0:0:0:0:0:0:0:1]:4566", "http://[0:0:0:0:0:0:0:1]:4566"),
            ("HTTP://LOCALHOST:4566", "http://localhost:4566"),
        ],
    )
    def test_loopback_is_taken(self, given: str, plain: str) -> None:
        assert loopback("iam", given) == plain

    @pytest.mark.parametrize(
        "given",
        [
            "https://iam.amazonaws.com",
            "http://10.0.0.1:4566",
            "http://0.0.0.0:4566",
            "http://169.254.169.254",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://example.com@127.0.0.1",
            "http://example.com\\@127.0.0.1",
            "http://localhost.example.com",
            "http://[::ffff:10.0.0.1]",
            # Numbers that some resolvers take for 127.0.0.1, and others for something else.
            *(
                "http://0x7f000001",
                "http://2130706433",
                "http://0x7f.0.0.1",
                "http://0177.0.0.1",
                "http://127.1",
            ),
            # Names that lead to this machine today.
            *(
                "http://localtest.me:4566",
                "http://127.0.0.1.nip.io",
                "http://localhost.",
                "http://127.0.0.1.",
            ),
            # IPv6 that is everywhere, or this machine by another form.
            *("http://[::]", "http://[::ffff:127.0.0.1]", "http://[::1%25eth0]", "http://[::1%lo]"),
            # Parts that one reader takes for the host and another does not.
            *(
                "http://127.0.0.1:4566@evil.example",
                "http://127.0.0.1%2f@evil.example",
                "http://user:pw@127.0.0.1",
            ),
            *(
                "http://127.0.0.1#@evil.example",
                "http://127.0.0.1?@evil.example",
                "http://127.0.0.1:4566;evil",
            ),
            *(
                "http://[::1].evil.example",
                "http://[::1]evil",
                "http://127.0.0.1:80:80",
                "http://loc%61lhost",
            ),
            *(
                "http://127.0.0.1\x00.evil.example",
                "http://127.0.0.1\t.evil.example",
                "http://\uff11\uff12\uff17.0.0.1",
            ),
            *(
                "//127.0.0.1",
                "http:127.0.0.1",
                "file:///etc/passwd",
                "http://127.0.0.1:0",
                "http://127.0.0.1:",
            ),
            "ftp://127.0.0.1",
            "127.0.0.1:4566",
            "http://127.0.0.1:99999",
            "http://127.0.0.1/path?to=x",
            "http://[::1",
            "",
        ],
    )
    def test_all_else_is_refused_with_the_service_the_endpoint_and_the_fix(self, given: str) -> None:
        with pytest.raises(EndpointError) as caught:
            loopback("iam", given)
        assert "'iam'" in str(caught.value)
        assert repr(given) in str(caught.value)
        assert "http://127.0.0.1:4566" in str(caught.value)

    def test_no_endpoint_at_all_is_refused(self) -> None:
        with pytest.raises(EndpointError, match="never uses AWS's own"):
            parse({"region": "us-east-1"}, {})

    def test_a_service_without_an_endpoint_has_none_to_fall_back_to(self) -> None:
        settings = parse({"endpoints": '[{"lambda": "http://127.0.0.1:1"}]'}, {})
        assert settings.endpoint_of("lambda") == "http://127.0.0.1:1"
        with pytest.raises(EndpointError, match="'cloudwatchlogs'"):
            settings.endpoint_of("logs")
        with pytest.raises(ProviderError, match="never uses AWS's own"):
            Services(settings).call("logs", "describe_log_groups")

    def test_the_environment_wins_and_must_be_loopback_too(self) -> None:
        config = {"endpoints": [{"lambda": "http://127.0.0.1:1"}]}
        settings = parse(config, {"AWS_ENDPOINT_URL": "http://127.0.0.1:2"})
        assert settings.endpoint_of("lambda") == settings.endpoint_of("sns") == "http://127.0.0.1:2"
        with pytest.raises(EndpointError, match="AWS_ENDPOINT_URL"):
            parse(config, {"AWS_ENDPOINT_URL": "https://lambda.us-east-1.amazonaws.com"})

    @pytest.mark.parametrize(
        ("config", "key"),
        [
            ({}, "test"),
            # What stack files said while every cloud took it, and what the state of old stacks still says.
            ({"accessKey": "test", "secretKey": "test"}, "test"),
            # The root of another account.
            ({"accessKey": "123456789012", "secretKey": "test"}, "123456789012"),
            ({"accessKey": "123456789012"}, "123456789012"),
        ],
    )
    def test_the_credentials_are_those_of_the_environment_that_leads_to_the_endpoint(
        self, config: dict[str, str], key: str
    ) -> None:
        environment = {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "the cloud's",
        }
        settings = parse(config, environment)
        assert (settings.access_key, settings.secret_key, settings.token) == (key, "the cloud's", "")

    def test_the_configurations_own_credentials_win(self) -> None:
        config = {"accessKey": "AKIA1", "secretKey": "own", "token": "t"}
        settings = parse(config, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_SECRET_ACCESS_KEY": "other"})
        assert (settings.access_key, settings.secret_key, settings.token) == ("AKIA1", "own", "t")

    def test_credentials_of_a_real_account_go_nowhere(self) -> None:
        real = {
            "AWS_ACCESS_KEY_ID": "AKIAREAL",
            "AWS_SECRET_ACCESS_KEY": "real",
            "AWS_SESSION_TOKEN": "real",
        }
        settings = parse({"endpoints": '[{"lambda": "http://127.0.0.1:1"}]'}, real)
        assert "real" not in (settings.access_key + settings.secret_key + settings.token).lower()
        with pytest.raises(ProviderError, match="make env"):
            Services(settings).call("lambda", "list_functions")

    def test_check_config_fails_on_the_property(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        news = encode({"endpoints": json.dumps([{"iam": "https://iam.amazonaws.com"}])})
        response = Servicer().CheckConfig(provider_pb2.CheckRequest(news=news), Context())
        assert [item.property for item in response.failures] == ["endpoints"]
        with pytest.raises(Aborted, match=r"iam\.amazonaws\.com"):
            Servicer().Configure(provider_pb2.ConfigureRequest(args=news), Context())

    def test_an_unknown_endpoint_waits(self) -> None:
        assert parse({"endpoints": UNKNOWN}, {}).endpoints == {}

    def test_settings_come_as_json_or_as_they_are(self) -> None:
        tags = {"tags": {"team": "orders"}}
        for form in (tags, json.dumps(tags)):
            settings = parse(
                {"defaultTags": form, "allowedAccountIds": "[12]"}, {"AWS_ENDPOINT_URL": "http://[::1]"}
            )
            assert settings.default_tags == {"team": "orders"}
            assert settings.allowed_accounts == ("000000000012",)


class TestCheck:
    def test_a_function_that_is_right_passes_unchanged(self) -> None:
        assert checked(FUNCTION_URN, FUNCTION) == (FUNCTION, {})

    @pytest.mark.parametrize(
        ("change", "path", "told"),
        [
            ({"role": None}, "role", "is required"),
            ({"role": "me"}, "role", "'me', which does not match"),
            ({"memorySize": 127}, "memorySize", "is 127; allowed: 128 to 32,768"),
            ({"memorySize": 32769}, "memorySize", "allowed: 128 to 32,768"),
            ({"memorySize": "big"}, "memorySize", "must be a whole number"),
            ({"timeout": True}, "timeout", "must be a whole number"),
            ({"architectures": ["sparc"]}, "architectures", "allowed: x86_64, arm64"),
            ({"durableConfig": {"retentionPeriod": 7}}, "durableConfig.executionTimeout", "is required"),
            ({"durableConfig": {"executionTimeout": 0}}, "durableConfig.executionTimeout", "1 to 31,622,400"),
            (
                {"durableConfig": {"executionTimeout": 31622401}},
                "durableConfig.executionTimeout",
                "1 to 31,622,400",
            ),
            (
                {"durableConfig": {"executionTimeout": 1, "retentionPeriod": 91}},
                "durableConfig.retentionPeriod",
                "is 91; allowed: 1 to 90",
            ),
            ({"loggingConfig": {"logFormat": "XML"}}, "loggingConfig.logFormat", "allowed: JSON, Text"),
            ({"code": None}, "code", "none is given"),
            ({"s3Bucket": "packages", "s3Key": "k"}, "code", "code and s3Bucket are given"),
            ({"code": {"path": "x"}}, "code", "such as pulumi.FileArchive"),
            ({"handler": None}, "handler", "required for a .zip package"),
            ({"arn": "arn:x"}, "arn", "is computed by the service"),
            ({"name": "no spaces"}, "name", "does not match"),
        ],
    )
    def test_a_mistake_is_told_with_its_path_and_what_is_allowed(
        self, change: dict[str, Any], path: str, told: str
    ) -> None:
        _, failures = checked(FUNCTION_URN, FUNCTION | change)
        assert path in failures
        assert told in failures[path]

    @pytest.mark.parametrize("seconds", [1, 31_622_400])
    def test_the_edges_are_allowed(self, seconds: int) -> None:
        _, failures = checked(FUNCTION_URN, FUNCTION | {"durableConfig": {"executionTimeout": seconds}})
        assert failures == {}

    def test_all_mistakes_are_told_at_once(self) -> None:
        _, failures = checked(FUNCTION_URN, FUNCTION | {"timeout": 901, "memorySize": 1, "role": "me"})
        assert set(failures) == {"timeout", "memorySize", "role"}

    def test_a_secret_value_is_not_told(self) -> None:
        news = encode(FUNCTION | {"role": "my-secret"}, {("role",)})
        response = servicer().Check(provider_pb2.CheckRequest(urn=FUNCTION_URN, news=news), Context())
        assert "[secret]" in response.failures[0].reason
        assert "my-secret" not in response.failures[0].reason

    def test_a_document_must_be_json(self) -> None:
        _, failures = checked(ROLE_URN, {"assumeRolePolicy": "{"})
        assert "is not valid JSON" in failures["assumeRolePolicy"]

    def test_a_retention_must_be_one_that_the_service_has(self) -> None:
        _, failures = checked(GROUP_URN, {"retentionInDays": 8})
        assert "is 8; allowed: 0, 1, 3, 5" in failures["retentionInDays"]

    @pytest.mark.parametrize(
        ("urn_", "given", "path", "told"),
        [
            (SCHEDULE_URN, SCHEDULE | {"startDate": "soon"}, "startDate", "is not a time, such as 2030-01"),
            (SCHEDULE_URN, SCHEDULE | {"startDate": "2030-01-01T00:00:00"}, "startDate", "no time zone"),
            (
                SCHEDULE_URN,
                SCHEDULE | {"flexibleTimeWindow": {"mode": "FLEXIBLE"}},
                "flexibleTimeWindow.maximumWindowInMinutes",
                "goes with the mode FLEXIBLE",
            ),
            (BOARD_URN, BOARD | {"dashboardBody": "{"}, "dashboardBody", "is not valid JSON"),
            (BOARD_URN, BOARD | {"dashboardBody": {}}, "dashboardBody", "must be a JSON text"),
            (MAPPING_URN, MAPPING | {"eventSourceArn": STREAM_ARN}, "startingPosition", "is required"),
            (
                MAPPING_URN,
                MAPPING | {"eventSourceArn": STREAM_ARN, "startingPosition": "AT_TIMESTAMP"},
                "startingPositionTimestamp",
                "goes with the startingPosition AT_TIMESTAMP",
            ),
            (
                MAPPING_URN,
                MAPPING | {"maximumRecordAgeInSeconds": 59},
                "maximumRecordAgeInSeconds",
                "allowed: 60",
            ),
            (urn("aws:sqs/queue:Queue"), {"name": "q.fifo"}, "name", "ends in .fifo"),
            (TOPIC_URN, {"name": "t.fifo"}, "name", "ends in .fifo if fifoTopic is true"),
            (TOPIC_URN, {"name": "t", "namePrefix": "t-"}, "name", "name and namePrefix are given"),
            (
                BUCKET_URN,
                {"bucketPrefix": "b" * 38},
                "bucketPrefix",
                "is 38 characters long; allowed: at most 37",
            ),
            (ROLE_URN, ROLE | {"assumeRolePolicy": ""}, "assumeRolePolicy", "is not valid JSON"),
            (ROLE_URN, ROLE | {"assumeRolePolicy": "[]"}, "assumeRolePolicy", "is no JSON object"),
            (ALARM_URN, ALARM | {"period": 7}, "period", "is 7; allowed: 10, 20, 30, and multiples of 60"),
            (ALARM_URN, ALARM | {"alarmActions": ["topic"]}, "alarmActions", "does not match arn:"),
            (
                ALARM_URN,
                {**ALARM, "statistic": None, "extendedStatistic": "p101"},
                "extendedStatistic",
                "does not match",
            ),
            (
                RULE_URN,
                RULE | {"isEnabled": True, "state": "ENABLED"},
                "isEnabled",
                "isEnabled and state are given",
            ),
            (
                FUNCTION_URN,
                FUNCTION | {"layers": [FUNCTION_ARN] * 6},
                "layers",
                "has 6 entries; allowed: at most 5",
            ),
            (TABLE_URN, TABLE | {"rangeKey": "to"}, "attributes", "lacks 'to', which is a key"),
            (
                urn("aws:sqs/queue:Queue"),
                {"contentBasedDeduplication": True},
                "contentBasedDeduplication",
                "FIFO",
            ),
            (urn("aws:cloudwatch/eventRule:EventRule"), {}, "eventPattern", "at least one of"),
            (
                TARGET_URN,
                {"rule": "r", "arn": QUEUE_ARN, "input": "{}", "inputPath": "$"},
                "input",
                "input and inputPath are given",
            ),
            (STREAM_URN, {}, "shardCount", "is required with the stream mode PROVISIONED"),
            (
                STREAM_URN,
                {"shardCount": 1, "streamModeDetails": {"streamMode": "ON_DEMAND"}},
                "shardCount",
                "must not be given",
            ),
            (TABLE_URN, TABLE | {"billingMode": "PROVISIONED"}, "readCapacity", "is required"),
            (TABLE_URN, TABLE | {"readCapacity": 1}, "readCapacity", "must not be given"),
            (TABLE_URN, TABLE | {"streamEnabled": True}, "streamViewType", "is required with streamEnabled"),
        ],
    )
    def test_what_does_not_go_together_is_told(
        self, urn_: str, given: dict[str, Any], path: str, told: str
    ) -> None:
        _, failures = checked(urn_, given)
        assert path in failures
        assert told in failures[path]

    @pytest.mark.parametrize(
        ("urn_", "given"),
        [
            (SCHEDULE_URN, SCHEDULE | {"endDate": "2031-01-01T01:00:00+01:00"}),
            (MAPPING_URN, MAPPING | {"maximumRecordAgeInSeconds": -1}),
            (MAPPING_URN, MAPPING | {"eventSourceArn": UNKNOWN}),
            (urn("aws:sqs/queue:Queue"), {"name": "q.fifo", "fifoQueue": UNKNOWN}),
            (urn("aws:sqs/queue:Queue"), {"fifoQueue": True, "contentBasedDeduplication": True}),
            (TABLE_URN, TABLE),
            # What the service computes may come back in what it is given.
            (
                FUNCTION_URN,
                FUNCTION | {"vpcConfig": {"subnetIds": [], "securityGroupIds": [], "vpcId": "vpc-1"}},
            ),
        ],
    )
    def test_what_goes_together_passes(self, urn_: str, given: dict[str, Any]) -> None:
        assert checked(urn_, given)[1] == {}

    def test_unknowns_pass(self) -> None:
        news = FUNCTION | {"role": UNKNOWN, "durableConfig": UNKNOWN, "layers": [UNKNOWN]}
        _, failures = checked(FUNCTION_URN, news)
        assert failures == {}

    @pytest.mark.parametrize(
        ("token", "given", "path"),
        [
            ("aws:apigatewayv2/api:Api", {"protocolType": "HTTP", "target": FUNCTION_ARN}, "target"),
            ("aws:apigateway/restApi:RestApi", {"body": "{}"}, "body"),
            (
                "aws:ec2/vpc:Vpc",
                {"cidrBlock": "10.0.0.0/16", "assignGeneratedIpv6CidrBlock": True},
                "assignGeneratedIpv6CidrBlock",
            ),
            (
                "aws:ec2/routeTable:RouteTable",
                {"vpcId": "vpc-1", "routes": [{"cidrBlock": "0.0.0.0/0", "vpcEndpointId": "vpce-1"}]},
                "routes.vpcEndpointId",
            ),
        ],
    )
    def test_what_the_local_cloud_would_drop_is_refused(
        self, token: str, given: dict[str, Any], path: str
    ) -> None:
        _, failures = checked(urn(token), given)
        assert list(failures) == [path]

    @pytest.mark.parametrize(
        ("token", "told"),
        [
            ("aws:ecs/cluster:Cluster", r"does not serve aws:ecs/cluster:Cluster\. Leave it out there"),
            ("aws:sqs/redrivePolicy:RedrivePolicy", r"; of aws:sqs, it serves Queue, QueuePolicy\. Leave it"),
        ],
    )
    def test_a_type_that_is_not_served_is_named_with_what_to_do(self, token: str, told: str) -> None:
        with pytest.raises(Aborted, match=told):
            checked(urn(token), {})


class TestNaming:
    def test_a_name_is_made_from_the_seed_when_none_is_proposed(self) -> None:
        role = {"assumeRolePolicy": "{}"}
        first, _ = checked(ROLE_URN, role, randomSeed=b"\x01\x02\x03\x04")
        assert first["name"] == "name-0102030"
        assert checked(ROLE_URN, role, randomSeed=b"\x01\x02\x03\x04")[0] == first

    def test_the_proposed_name_is_taken_once_and_kept(self) -> None:
        proposal = provider_pb2.CheckRequest.AutonamingOptions(proposed_name="shop-1")
        first, _ = checked(ROLE_URN, {"assumeRolePolicy": "{}"}, autonaming=proposal)
        assert first["name"] == "shop-1"
        proposal.proposed_name = "shop-2"
        again, _ = checked(ROLE_URN, {"assumeRolePolicy": "{}"}, first, autonaming=proposal)
        assert again == first

    def test_without_automatic_names_a_name_is_required(self) -> None:
        disabled = provider_pb2.CheckRequest.AutonamingOptions(
            mode=provider_pb2.CheckRequest.AutonamingOptions.DISABLE
        )
        _, failures = checked(ROLE_URN, {"assumeRolePolicy": "{}"}, autonaming=disabled)
        assert "autonaming is disabled" in failures["name"]

    def test_a_name_that_gets_too_long_is_told(self) -> None:
        _, failures = checked(urn("aws:iam/role:Role", "r" * 60), {"assumeRolePolicy": "{}"})
        assert "at most 64" in failures["name"]

    def test_a_prefix_a_fifo_topic_a_bucket_an_object_and_an_alias_have_ways_of_their_own(self) -> None:
        seed: dict[str, Any] = {"randomSeed": b"\x01\x02\x03\x04"}
        named = checked(ROLE_URN, {"assumeRolePolicy": "{}", "namePrefix": "shop-"}, **seed)[0]
        assert named["name"] == "shop-0102030"
        fifo = checked(urn("aws:sns/topic:Topic"), {"fifoTopic": True}, **seed)[0]
        assert fifo["name"] == "name-0102030.fifo"
        assert checked(urn("aws:s3/bucket:Bucket", "Logs"), {}, **seed)[0]["bucket"] == "logs-0102030"
        key = checked(urn("aws:s3/bucketObject:BucketObject", "a.txt"), {"bucket": "b"}, **seed)[0]
        assert key["key"] == "a.txt"
        alias = checked(urn("aws:kms/alias:Alias"), {"targetKeyId": "key"}, **seed)[0]
        assert alias["name"] == "alias/name-0102030"


class TestDiff:
    @pytest.mark.parametrize(
        ("urn_", "old", "change", "path", "replaces"),
        [
            (FUNCTION_URN, FUNCTION, {"name": "other"}, "name", True),
            (FUNCTION_URN, FUNCTION, {"packageType": "Image"}, "packageType", True),
            (FUNCTION_URN, FUNCTION, {"durableConfig": None}, "durableConfig", True),
            (FUNCTION_URN, FUNCTION, {"timeout": 9}, "timeout", False),
            (FUNCTION_URN, FUNCTION, {"code": CODE | {"hash": "def"}}, "code", False),
            (
                FUNCTION_URN,
                FUNCTION,
                {"durableConfig": {"executionTimeout": 301, "retentionPeriod": 7}},
                "durableConfig.executionTimeout",
                False,
            ),
            (FUNCTION_URN, FUNCTION, {"environment": {"variables": {"A": "1"}}}, "environment", False),
            (FUNCTION_URN, FUNCTION, {"region": "eu-west-1"}, "region", True),
            (ALIAS_URN, ALIAS, {"name": "next"}, "name", True),
            (ALIAS_URN, ALIAS, {"functionName": "other"}, "functionName", True),
            (ALIAS_URN, ALIAS, {"functionName": UNKNOWN}, "functionName", True),
            (ALIAS_URN, ALIAS, {"functionVersion": UNKNOWN}, "functionVersion", False),
            (ROLE_URN, ROLE, {"path": "/x/"}, "path", True),
            (ROLE_URN, ROLE, {"description": "d"}, "description", False),
            (GROUP_URN, {"name": "g"}, {"name": "h"}, "name", True),
            (GROUP_URN, {"name": "g"}, {"retentionInDays": 7}, "retentionInDays", False),
            (MAPPING_URN, MAPPING, {"functionName": "other"}, "functionName", False),
            (MAPPING_URN, MAPPING, {"eventSourceArn": STREAM_ARN}, "eventSourceArn", True),
            (SCHEDULE_URN, SCHEDULE, {"startDate": "2030-01-01T00:00:00-01:00"}, "startDate", False),
            (SCHEDULE_URN, SCHEDULE, {"groupName": "nightly"}, "groupName", True),
            # Unlike a policy's, the order of a dashboard's widgets means something.
            (BOARD_URN, BOARD, {"dashboardBody": '{"widgets": [2, 1]}'}, "dashboardBody", False),
            (TARGET_URN, {"rule": "r", "arn": QUEUE_ARN}, {"input": "{}"}, "input", False),
            (BOARD_URN, BOARD, {"dashboardName": "c"}, "dashboardName", True),
            (USER_URN, {"name": "u"}, {"name": "v"}, "name", False),
            (USER_URN, {"name": "u"}, {"path": "/x/"}, "path", False),
            (RULE_URN, RULE, {"isEnabled": False}, "isEnabled", False),
            (TARGET_URN, {"rule": "r", "arn": QUEUE_ARN, "input": "{}"}, {"input": "{ }"}, "input", False),
            (PERMISSION_URN, PERMISSION, {"function": FUNCTION_ARN}, "function", True),
            (PERMISSION_URN, PERMISSION, {"principal": ROOT_ARN}, "principal", True),
            (TABLE_URN, TABLE, {"streamEnabled": True}, "streamEnabled", False),
            (TABLE_URN, TABLE, {"rangeKey": "to"}, "rangeKey", True),
        ],
    )
    def test_what_replaces_and_what_does_not(
        self, urn_: str, old: dict[str, Any], change: dict[str, Any], path: str, replaces: bool
    ) -> None:
        response = diff(urn_, old, old | change)
        assert response.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert list(response.detailedDiff) == [path]
        assert bool(response.replaces) is replaces
        assert (response.detailedDiff[path].kind % 2 == 1) is replaces

    def test_adding_durability_replaces_too(self) -> None:
        plain = {name: value for name, value in FUNCTION.items() if name != "durableConfig"}
        assert list(diff(FUNCTION_URN, plain, FUNCTION).replaces) == ["durableConfig"]

    @pytest.mark.parametrize(
        ("urn_", "old", "new"),
        [
            (FUNCTION_URN, FUNCTION, FUNCTION | {"memorySize": 128, "timeout": 3, "publish": False}),
            (FUNCTION_URN, FUNCTION, FUNCTION | {"environment": {"variables": {}}, "description": ""}),
            (FUNCTION_URN, FUNCTION, FUNCTION | {"code": CODE | {"path": "moved"}}),
            (ROLE_URN, ROLE, ROLE | {"assumeRolePolicy": '{"Statement":[],"Version":"2012-10-17"}'}),
            (ROLE_URN, ROLE, ROLE | {"path": "/"}),
            (MAPPING_URN, MAPPING, MAPPING | {"functionName": "fn:live", "enabled": True}),
            (SCHEDULE_URN, SCHEDULE, SCHEDULE | {"startDate": "2030-01-01T01:00:00+01:00"}),
            (SCHEDULE_URN, SCHEDULE, SCHEDULE | {"groupName": "default", "state": "ENABLED"}),
            (SCHEDULE_URN, SCHEDULE | {"groupName": "nightly"}, SCHEDULE),
            (ALIAS_URN, ALIAS, ALIAS | {"functionName": FUNCTION_ARN.removesuffix(":live")}),
            (ALARM_URN, {"metricQueries": [QUERY, OTHER_QUERY]}, {"metricQueries": [OTHER_QUERY, QUERY]}),
            (BOARD_URN, BOARD, BOARD | {"dashboardBody": '{"widgets":[1,2]}'}),
            (TABLE_URN, TABLE, TABLE | {"attributes": TABLE["attributes"][::-1]}),
        ],
    )
    def test_what_says_the_same_is_no_difference(
        self, urn_: str, old: dict[str, Any], new: dict[str, Any]
    ) -> None:
        assert diff(urn_, old, new).changes == provider_pb2.DiffResponse.DIFF_NONE

    def test_what_the_service_chose_stays_when_the_program_says_nothing(self) -> None:
        chosen = {"architectures": ["arm64"], "tracingConfig": {"mode": "PassThrough"}}
        assert not diff(FUNCTION_URN, FUNCTION, FUNCTION, chosen).diffs
        assert not diff(FUNCTION_URN, FUNCTION, FUNCTION | {"architectures": ["arm64"]}, chosen).diffs
        assert list(diff(FUNCTION_URN, FUNCTION, FUNCTION | {"architectures": ["x86_64"]}, chosen).diffs) == [
            "architectures"
        ]

    def test_what_is_left_to_the_service_inside_an_object_or_a_list_is_no_difference(self) -> None:
        plain = {"queueArn": QUEUE_ARN, "events": ["s3:ObjectCreated:*"]}
        adopted = {"bucket": "b", "queues": [plain | {"id": "made-up"}]}
        assert not diff(NOTIFICATION_URN, adopted, {"bucket": "b", "queues": [plain]}).diffs
        named = {"bucket": "b", "queues": [plain | {"id": "mine"}]}
        assert list(diff(NOTIFICATION_URN, adopted, named).diffs) == ["queues"]
        more = {"bucket": "b", "queues": [plain, plain]}
        assert list(diff(NOTIFICATION_URN, adopted, more).diffs) == ["queues"]
        logging = {"loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/fn"}}
        assert not diff(
            FUNCTION_URN, FUNCTION | logging, FUNCTION | {"loggingConfig": {"logFormat": "JSON"}}
        ).diffs

    def test_a_variable_is_named_by_its_path(self) -> None:
        old = FUNCTION | {"environment": {"variables": {"A": "1", "B": "2"}}}
        new = FUNCTION | {"environment": {"variables": {"A": "3", "a.b": "4"}}}
        found = diff(FUNCTION_URN, old, new).detailedDiff
        kinds = provider_pb2.PropertyDiff
        assert {path: item.kind for path, item in found.items()} == {
            "environment.variables.A": kinds.UPDATE,
            "environment.variables.B": kinds.DELETE,
            'environment.variables["a.b"]': kinds.ADD,
        }

    def test_a_changed_default_tag_is_a_difference(self) -> None:
        response = diff(ROLE_URN, ROLE, ROLE, {"tagsAll": {"team": "a"}}, default_tags={"team": "b"})
        assert list(response.detailedDiff) == ["tagsAll.team"]

    def test_a_replacement_that_would_collide_deletes_first(self) -> None:
        plain = FUNCTION | {"durableConfig": None}
        assert diff(FUNCTION_URN, FUNCTION, plain).deleteBeforeReplace
        named = {"__defaults": ["name"]}
        assert not diff(FUNCTION_URN, FUNCTION | named, plain | named).deleteBeforeReplace
        assert not diff(FUNCTION_URN, FUNCTION, plain | {"name": "other"}).deleteBeforeReplace
        assert not diff(ALIAS_URN, ALIAS, ALIAS | {"functionName": UNKNOWN}).deleteBeforeReplace
        # The same function by another form of its name.
        by_arn = PERMISSION | {"function": FUNCTION_ARN.removesuffix(":live")}
        assert diff(PERMISSION_URN, PERMISSION, by_arn).deleteBeforeReplace

    def test_an_adopted_function_is_compared_by_its_bytes(self, tmp_path: Path) -> None:
        (tmp_path / "index.py").write_text("x")
        code = {SIGNATURE: ARCHIVE, "hash": "engine's", "path": str(tmp_path)}
        imported = {name: value for name, value in FUNCTION.items() if name != "code"}
        inputs, _ = checked(FUNCTION_URN, imported | {"code": code}, imported)
        same = {"codeSha256": archive.digest(code)}
        assert not diff(FUNCTION_URN, imported, inputs, same).diffs
        assert list(diff(FUNCTION_URN, imported, inputs, {"codeSha256": "other"}).diffs) == ["code"]


class TestOperations:
    def test_a_preview_knows_what_can_be_known(self) -> None:
        inputs = encode(
            FUNCTION | {"publish": True, "environment": {"variables": {"T": "t"}}}, {("environment",)}
        )
        request = provider_pb2.CreateRequest(urn=FUNCTION_URN, properties=inputs, preview=True)
        outputs, secrets = decode(servicer().Create(request, Context()).properties)
        assert (outputs["name"], outputs["memorySize"], outputs["region"]) == ("fn", 128, "us-east-1")
        assert all(outputs[name] is UNKNOWN for name in ("arn", "version", "qualifiedArn", "codeSha256"))
        assert secrets == {("environment",)}

    @pytest.mark.parametrize(
        ("change", "publish", "unknown"),
        [
            ({"timeout": 9}, True, {"version", "qualifiedArn", "qualifiedInvokeArn", "lastModified"}),
            ({"timeout": 9}, False, {"lastModified"}),
            ({"tags": {"a": "b"}}, True, set()),
            ({"reservedConcurrentExecutions": 5}, True, set()),
        ],
    )
    def test_an_update_preview_marks_what_the_update_alters(
        self, change: dict[str, Any], publish: bool, unknown: set[str]
    ) -> None:
        old = FUNCTION | {"publish": publish}
        computed = ("arn", "version", "qualifiedArn", "qualifiedInvokeArn", "lastModified", "codeSha256")
        olds = old | dict.fromkeys(computed, "known") | {"region": "us-east-1"}
        request = provider_pb2.UpdateRequest(
            urn=FUNCTION_URN,
            olds=encode(olds),
            old_inputs=encode(old),
            news=encode(old | change),
            preview=True,
        )
        outputs, _ = decode(servicer().Update(request, Context()).properties)
        assert {name for name, value in outputs.items() if value is UNKNOWN} == unknown

    def test_a_user_is_renamed_before_anything_else(self) -> None:
        made = servicer({"get_user": {"User": {"UserName": "v", "Path": "/x/"}}})
        olds = {"name": "u", "path": "/", "arn": "arn:u"}
        news = {"name": "v", "path": "/x/", "permissionsBoundary": "arn:aws:iam::1:policy/p"}
        request = provider_pb2.UpdateRequest(
            id="u", urn=USER_URN, olds=encode(olds), old_inputs=encode({"name": "u"}), news=encode(news)
        )
        made.Update(request, Context())
        calls = made.services.calls  # type: ignore[attr-defined]
        assert calls[0] == ("update_user", {"UserName": "u", "NewUserName": "v", "NewPath": "/x/"})
        assert calls[1][1]["UserName"] == "v"

    @pytest.mark.parametrize("principal", ["000000000000", ROOT_ARN])
    def test_an_account_is_read_in_the_form_that_the_program_has(self, principal: str) -> None:
        statement = {**{"Sid": "s", "Action": "lambda:InvokeFunction"}, "Principal": {"AWS": ROOT_ARN}}
        made = servicer({"get_policy": {"Policy": json.dumps({"Statement": [statement]})}})
        state = encode(PERMISSION | {"principal": principal})
        request = provider_pb2.ReadRequest(id="s", urn=PERMISSION_URN, properties=state, inputs=state)
        assert decode(made.Read(request, Context()).inputs)[0]["principal"] == principal

    def test_the_log_group_that_the_service_chose_is_sent_again(self) -> None:
        chosen = {"logFormat": "Text", "logGroup": "/aws/lambda/fn", "applicationLogLevel": "DEBUG"}
        made = servicer({"get_function_configuration": {}})
        request = provider_pb2.UpdateRequest(
            id="fn",
            urn=FUNCTION_URN,
            olds=encode(FUNCTION | {"arn": "arn:fn", "loggingConfig": chosen}),
            old_inputs=encode(FUNCTION),
            news=encode(FUNCTION | {"loggingConfig": {"logFormat": "JSON"}}),
        )
        with contextlib.suppress(Aborted):
            made.Update(request, Context())
        sent = dict(made.services.calls)["update_function_configuration"]  # type: ignore[attr-defined]
        # Text has no levels, so they are chosen anew.
        assert sent["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": "/aws/lambda/fn"}

    def test_a_half_made_resource_is_told_with_its_id_and_what_is_left(self) -> None:
        group = {"arn": "arn:aws:logs:us-east-1:0:log-group:g:*", "logGroupName": "g"}
        made = servicer(
            {
                "put_retention_policy": ProviderError("logs:PutRetentionPolicy: Throttled: slow down"),
                "describe_log_groups": {"logGroups": [group]},
            }
        )
        request = provider_pb2.CreateRequest(
            urn=GROUP_URN, properties=encode({"name": "g", "retentionInDays": 7})
        )
        context = Context()
        with pytest.raises(Aborted, match=r"creating CloudWatch log group 'g': .*Throttled: slow down"):
            made.Create(request, context)
        status = status_pb2.Status.FromString(dict(context.metadata)["grpc-status-details-bin"])
        detail = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(detail)
        assert detail.id == "g"
        # The retention is not there, so the next run's difference is to set it.
        left = decode(detail.inputs)[0]
        assert left == {"name": "g", "retentionInDays": 0}
        assert list(diff(GROUP_URN, left, {"name": "g", "retentionInDays": 7}).diffs) == ["retentionInDays"]

    def test_no_failure_is_obeyed_by_a_terminal_or_taken_for_a_colour_by_the_engine(self) -> None:
        harmful = "\x1b[2J\x9b2J\u202e<{%x%}>"
        calls = {
            "put_retention_policy": ProviderError(harmful),
            "describe_log_groups": {"logGroups": [{"arn": "arn", "logGroupName": "g"}]},
        }
        group = provider_pb2.CreateRequest(
            urn=GROUP_URN, properties=encode({"name": "g", "retentionInDays": 7})
        )
        role = provider_pb2.CreateRequest(urn=ROLE_URN, properties=encode(ROLE))
        told = []
        for answers, request in (
            (calls, group),
            ({"create_role": ProviderError(harmful)}, role),
            ({"create_role": ValueError(harmful)}, role),
        ):
            context = Context()
            with pytest.raises(Aborted) as refused:
                servicer(answers).Create(request, context)
            told.append(str(refused.value))
            for details in dict(context.metadata).values():
                status = status_pb2.Status.FromString(details)
                detail = provider_pb2.ErrorResourceInitFailed()
                status.details[0].Unpack(detail)
                told += [status.message, *detail.reasons]
        assert len(told) == 5
        for each in told:
            assert r"\x1b[2J\x9b2J\u202e<{\x25x%}>" in each

    def test_what_was_refused_at_once_leaves_nothing(self) -> None:
        made = servicer({"create_role": ProviderError("iam:CreateRole: EntityAlreadyExists: it is there")})
        context = Context()
        with pytest.raises(Aborted, match="creating IAM role 'r': iam:CreateRole: EntityAlreadyExists"):
            made.Create(provider_pb2.CreateRequest(urn=ROLE_URN, properties=encode(ROLE)), context)
        assert context.metadata == ()

    def test_reading_what_is_gone_gives_no_id(self) -> None:
        made = servicer({"get_role": NotFoundError("gone")})
        assert made.Read(provider_pb2.ReadRequest(urn=ROLE_URN, id="r"), Context()).id == ""

    def test_an_id_of_the_wrong_form_is_told(self) -> None:
        with pytest.raises(
            Aborted, match=r"'nonsense' is not the id of a Lambda alias.*<functionName>/<name>"
        ):
            servicer().Read(provider_pb2.ReadRequest(urn=ALIAS_URN, id="nonsense"), Context())

    def test_deleting_tolerates_what_is_gone_and_honours_skip_destroy(self) -> None:
        made = servicer({"delete_log_group": NotFoundError("gone")})
        state = encode({"name": "g"})
        made.Delete(provider_pb2.DeleteRequest(urn=GROUP_URN, id="g", properties=state), Context())
        kept = servicer()
        state = encode({"name": "g", "skipDestroy": True})
        kept.Delete(provider_pb2.DeleteRequest(urn=GROUP_URN, id="g", properties=state), Context())
        assert isinstance(kept.services, FakeServices)
        assert kept.services.calls == []

    def test_writing_an_object_again_puts_its_tags_back(self) -> None:
        object_urn = urn("aws:s3/bucketObject:BucketObject")
        old = {"bucket": "b", "key": "k", "content": "1", "tags": {"a": "b"}}
        made = servicer()
        request = provider_pb2.UpdateRequest(
            urn=object_urn,
            olds=encode(old | {"tagsAll": {"a": "b"}, "region": "us-east-1"}),
            old_inputs=encode(old),
            news=encode(old | {"content": "2"}),
        )
        made.Update(request, Context())
        assert isinstance(made.services, FakeServices)
        assert made.services.calls[0] == ("put_object", {"Bucket": "b", "Key": "k", "Body": b"2"})
        tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
        assert made.services.calls[1] == ("put_object_tagging", {"Bucket": "b", "Key": "k", "Tagging": tags})

    @pytest.mark.parametrize(
        ("urn_", "inputs", "answers", "id_"),
        [
            (
                TARGET_URN,
                {"rule": "r", "targetId": "t", "arn": QUEUE_ARN},
                {"list_targets_by_rule": {"Targets": [{"Id": "t", "Arn": QUEUE_ARN}]}},
                "r-t",
            ),
            (
                TARGET_URN,
                {"rule": "r", "targetId": "t", "arn": QUEUE_ARN, "eventBusName": "shop"},
                {"list_targets_by_rule": {"Targets": [{"Id": "t", "Arn": QUEUE_ARN}]}},
                "shop-r-t",
            ),
            (
                URL_URN,
                {"functionName": "fn", "authorizationType": "AWS_IAM"},
                {"get_function_url_config": {"FunctionUrl": "https://x.on.aws/", "AuthType": "AWS_IAM"}},
                "fn",
            ),
            (
                URL_URN,
                {"functionName": "fn", "authorizationType": "AWS_IAM", "qualifier": "live"},
                {"get_function_url_config": {"FunctionUrl": "https://x.on.aws/", "AuthType": "AWS_IAM"}},
                "fn/live",
            ),
        ],
    )
    def test_an_id_leaves_out_what_goes_without_saying(
        self, urn_: str, inputs: dict[str, Any], answers: dict[str, Any], id_: str
    ) -> None:
        request = provider_pb2.CreateRequest(urn=urn_, properties=encode(inputs))
        assert servicer(answers).Create(request, Context()).id == id_

    def test_a_target_is_sent_as_the_only_entry_of_a_list(self) -> None:
        inputs = {
            "rule": "r",
            "targetId": "t",
            "arn": QUEUE_ARN,
            "batchTarget": {"jobDefinition": "d", "jobName": "n", "jobAttempts": 2},
        }
        made = servicer({"list_targets_by_rule": {"Targets": [{"Id": "t"}]}})
        made.Create(provider_pb2.CreateRequest(urn=TARGET_URN, properties=encode(inputs)), Context())
        assert isinstance(made.services, FakeServices)
        batch = {"JobDefinition": "d", "JobName": "n", "RetryStrategy": {"Attempts": 2}}
        target = {"Id": "t", "Arn": QUEUE_ARN, "BatchParameters": batch}
        assert made.services.calls[0] == ("put_targets", {"Rule": "r", "Targets": [target]})

    def test_a_public_url_lets_everybody_in_even_if_an_earlier_one_did(self) -> None:
        inputs = {"functionName": "fn", "qualifier": "live", "authorizationType": "NONE"}
        config = {"FunctionUrl": "https://x.lambda-url.us-east-1.on.aws/", "AuthType": "NONE"}
        request = provider_pb2.CreateRequest(urn=URL_URN, properties=encode(inputs))
        there = ProviderError("lambda:AddPermission: ResourceConflictException: it exists")
        made = servicer({"get_function_url_config": config, "add_permission": there})
        outputs, _ = decode(made.Create(request, Context()).properties)
        assert outputs["urlId"] == "x"
        assert isinstance(made.services, FakeServices)
        granted = [request for name, request in made.services.calls if name == "add_permission"]
        assert [(each["Action"], each["Qualifier"]) for each in granted] == [
            ("lambda:InvokeFunctionUrl", "live"),
            ("lambda:InvokeFunction", "live"),
        ]
        assert (granted[0]["FunctionUrlAuthType"], granted[1]["InvokedViaFunctionUrl"]) == ("NONE", True)
        broken = servicer({"get_function_url_config": config, "add_permission": ProviderError("no")})
        with pytest.raises(Aborted, match="creating Lambda function URL"):
            broken.Create(request, Context())

    def test_an_unconfirmed_subscription_is_found_in_the_topics_list(self) -> None:
        inputs = {"topic": TOPIC_ARN, "protocol": "https", "endpoint": "https://shop.example/hook"}
        listed = {"Protocol": "https", "Endpoint": inputs["endpoint"], "SubscriptionArn": f"{TOPIC_ARN}:1"}
        made = servicer(
            {
                "subscribe": {"SubscriptionArn": "pending confirmation"},
                "list_subscriptions_by_topic": {"Subscriptions": [listed]},
                "get_subscription_attributes": {
                    "Attributes": {"SubscriptionArn": f"{TOPIC_ARN}:1", "PendingConfirmation": "true"}
                },
            }
        )
        request = provider_pb2.CreateRequest(urn=SUBSCRIPTION_URN, properties=encode(inputs))
        assert made.Create(request, Context()).id == f"{TOPIC_ARN}:1"
        assert isinstance(made.services, FakeServices)
        assert made.services.calls[-1] == (
            "get_subscription_attributes",
            {"SubscriptionArn": f"{TOPIC_ARN}:1"},
        )

    def test_an_attribute_that_is_taken_out_is_set_to_what_leaving_it_out_means(self) -> None:
        old = {"topic": TOPIC_ARN, "protocol": "sqs", "endpoint": QUEUE_ARN, "rawMessageDelivery": True}
        old |= {"filterPolicy": '{"a": ["b"]}', "deliveryPolicy": "{}"}
        found = {"SubscriptionArn": f"{TOPIC_ARN}:1", "PendingConfirmation": "false"}
        made = servicer({"get_subscription_attributes": {"Attributes": found}})
        request = provider_pb2.UpdateRequest(
            urn=SUBSCRIPTION_URN,
            olds=encode(old | {"arn": f"{TOPIC_ARN}:1", "region": "us-east-1"}),
            old_inputs=encode(old),
            news=encode({name: old[name] for name in ("topic", "protocol", "endpoint")}),
        )
        made.Update(request, Context())
        assert isinstance(made.services, FakeServices)
        sets = [params for op, params in made.services.calls if op == "set_subscription_attributes"]
        assert {each["AttributeName"]: each["AttributeValue"] for each in sets} == {
            "DeliveryPolicy": "",
            "FilterPolicy": "{}",
            "RawMessageDelivery": "false",
        }

    def test_a_delete_that_takes_its_time_is_waited_for(self) -> None:
        class Slow(FakeServices):
            def call(self, service: str, op: str, region: str = "", **params: Any) -> dict[str, Any]:
                answer = super().call(service, op, region, **params)
                if len(self.calls) > 3:
                    raise NotFoundError("gone")
                return answer

        made = Servicer()
        made._services = slow = Slow({"get_event_source_mapping": {"State": "Deleting"}})
        state = encode({"uuid": "u", "region": "us-east-1"})
        made.Delete(provider_pb2.DeleteRequest(urn=MAPPING_URN, id="u", properties=state), Context())
        assert [op for op, _ in slow.calls] == [
            "delete_event_source_mapping",
            *["get_event_source_mapping"] * 3,
        ]
        made._services = stuck = FakeServices({"get_event_source_mapping": {"State": "Deleting"}})
        stuck.cancelled.set()
        with pytest.raises(Aborted, match="cancelled while waiting for the end of the Lambda event source"):
            made.Delete(provider_pb2.DeleteRequest(urn=MAPPING_URN, id="u", properties=state), Context())

    def test_a_queue_without_a_policy_has_no_policy_resource(self) -> None:
        url = "http://127.0.0.1:4566/000000000000/q"
        policy_urn = urn("aws:sqs/queuePolicy:QueuePolicy")
        state = encode({"queueUrl": url, "policy": "{}"})
        request = provider_pb2.ReadRequest(urn=policy_urn, id=url, properties=state, inputs=state)
        assert (
            servicer({"get_queue_attributes": {"Attributes": {"Policy": "{}"}}}).Read(request, Context()).id
        )
        assert not servicer({"get_queue_attributes": {}}).Read(request, Context()).id

    def test_another_view_of_a_tables_stream_begins_another_stream(self) -> None:
        old = TABLE | {"streamEnabled": True, "streamViewType": "NEW_IMAGE"}
        table = {
            "TableName": "table",
            "TableArn": "arn:aws:dynamodb:x",
            "TableStatus": "ACTIVE",
            "KeySchema": [],
        }
        made = servicer({"describe_table": {"Table": table}})
        request = provider_pb2.UpdateRequest(
            urn=TABLE_URN,
            olds=encode(old | {"region": "us-east-1", "arn": "arn:aws:dynamodb:x", "streamArn": "s"}),
            old_inputs=encode(old),
            news=encode(old | {"streamViewType": "KEYS_ONLY"}),
        )
        preview = provider_pb2.UpdateRequest(preview=True)
        preview.MergeFrom(request)
        assert decode(made.Update(preview, Context()).properties)[0]["streamArn"] is UNKNOWN
        made.Update(request, Context())
        assert isinstance(made.services, FakeServices)
        sent = [params["StreamSpecification"] for op, params in made.services.calls if op == "update_table"]
        assert sent == [{"StreamEnabled": False}, {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}]

    @pytest.mark.parametrize(
        ("now", "wanted", "ops"),
        [
            ({}, {}, []),
            ({"RetentionPeriodHours": 48}, {}, ["decrease_stream_retention_period"]),
            ({}, {"retentionPeriod": 48}, ["increase_stream_retention_period"]),
            ({}, {"shardCount": 2}, ["update_shard_count"]),
            ({}, {"encryptionType": "KMS", "kmsKeyId": "k"}, ["start_stream_encryption"]),
            ({"EncryptionType": "KMS", "KeyId": "k"}, {}, ["stop_stream_encryption"]),
            (
                {},
                {"shardCount": None, "streamModeDetails": {"streamMode": "ON_DEMAND"}},
                ["update_stream_mode"],
            ),
            (
                {},
                {"shardLevelMetrics": ["IncomingBytes"]},
                ["disable_enhanced_monitoring", "enable_enhanced_monitoring"],
            ),
            ({}, {"shardLevelMetrics": ["ALL"]}, ["enable_enhanced_monitoring"]),
        ],
    )
    def test_a_stream_is_brought_to_its_settings_by_the_calls_that_they_need(
        self, now: dict[str, Any], wanted: dict[str, Any], ops: list[str]
    ) -> None:
        summary = {
            "StreamARN": STREAM_ARN,
            "StreamStatus": "ACTIVE",
            "StreamModeDetails": {"StreamMode": "PROVISIONED"},
            "OpenShardCount": 1,
            "RetentionPeriodHours": 24,
            "EncryptionType": "NONE",
        }
        made = servicer({"describe_stream_summary": {"StreamDescriptionSummary": summary | now}})
        inputs = encode({"name": "s", "shardCount": 1} | wanted)
        made.Create(provider_pb2.CreateRequest(urn=STREAM_URN, properties=inputs), Context())
        assert isinstance(made.services, FakeServices)
        quiet = {"create_stream", "describe_stream_summary", "list_tags_for_stream"}
        assert [op for op, _ in made.services.calls if op not in quiet] == ops

    def test_a_fault_is_told_without_a_traceback(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = servicer({"create_role": KeyError("inner")})
        with pytest.raises(Aborted) as caught:
            made.Create(provider_pb2.CreateRequest(urn=ROLE_URN, properties=encode(ROLE)), Context())
        assert "fault in the local cloud's provider at test_protocol.py" in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert "Traceback" in capsys.readouterr().err

    def test_the_version_is_that_of_the_plugins_folder(self) -> None:
        made = servicer()
        folder = "/home/me/.pulumi/plugins/resource-aws-v7.60.0-rc.1"
        made.Handshake(provider_pb2.ProviderHandshakeRequest(root_directory=folder), Context())
        assert made.GetPluginInfo(empty_pb2.Empty(), Context()).version == "7.60.0-rc.1"

    def test_functions_answer_with_the_names_of_pulumi_aws(self) -> None:
        made = servicer(region="cn-north-1")
        request = provider_pb2.InvokeRequest(tok="aws:index/getPartition:getPartition")
        answer, _ = decode(getattr(made.Invoke(request, Context()), "return"))
        assert answer == {
            "dnsSuffix": "amazonaws.com.cn",
            "id": "aws-cn",
            "partition": "aws-cn",
            "reverseDnsPrefix": "cn.com.amazonaws",
        }
