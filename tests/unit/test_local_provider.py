"""The provider's protocol, called directly: no engine, no network."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2, status_pb2

from local.provider import archive
from local.provider.cloud import Cloud
from local.provider.errors import NotFoundError, ProviderError
from local.provider.server import Servicer
from local.provider.settings import EndpointError, Settings, loopback, parse
from local.provider.values import ARCHIVE, SIGNATURE, UNKNOWN, decode, encode

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


class FakeCloud(Cloud):
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
    made._cloud = FakeCloud(answers, **settings)
    return made


def urn(token: str, name: str = "name") -> str:
    return f"urn:pulumi:dev::shop::{token}::{name}"


FUNCTION_URN = urn("aws:lambda/function:Function")
ALIAS_URN = urn("aws:lambda/alias:Alias")
ROLE_URN = urn("aws:iam/role:Role")
GROUP_URN = urn("aws:cloudwatch/logGroup:LogGroup")


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
            "http://0x7f000001",
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
            Cloud(settings).call("logs", "describe_log_groups")

    def test_the_environment_wins_and_must_be_loopback_too(self) -> None:
        config = {"endpoints": [{"lambda": "http://127.0.0.1:1"}]}
        settings = parse(config, {"AWS_ENDPOINT_URL": "http://127.0.0.1:2"})
        assert settings.endpoint_of("lambda") == settings.endpoint_of("sns") == "http://127.0.0.1:2"
        with pytest.raises(EndpointError, match="AWS_ENDPOINT_URL"):
            parse(config, {"AWS_ENDPOINT_URL": "https://lambda.us-east-1.amazonaws.com"})

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
            ({"s3Bucket": "b", "s3Key": "k"}, "code", "code and s3Bucket are given"),
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

    def test_unknowns_pass(self) -> None:
        news = FUNCTION | {"role": UNKNOWN, "durableConfig": UNKNOWN, "layers": [UNKNOWN]}
        _, failures = checked(FUNCTION_URN, news)
        assert failures == {}

    def test_a_type_that_is_not_served_is_named_with_those_that_are(self) -> None:
        with pytest.raises(Aborted, match=r"does not serve aws:ec2/vpc:Vpc.*aws:iam/role:Role"):
            checked(urn("aws:ec2/vpc:Vpc"), {})


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

    def test_a_prefix_a_fifo_topic_a_bucket_and_an_object_have_ways_of_their_own(self) -> None:
        seed: dict[str, Any] = {"randomSeed": b"\x01\x02\x03\x04"}
        named = checked(ROLE_URN, {"assumeRolePolicy": "{}", "namePrefix": "shop-"}, **seed)[0]
        assert named["name"] == "shop-0102030"
        fifo = checked(urn("aws:sns/topic:Topic"), {"fifoTopic": True}, **seed)[0]
        assert fifo["name"] == "name-0102030.fifo"
        assert checked(urn("aws:s3/bucket:Bucket", "Logs"), {}, **seed)[0]["bucket"] == "logs-0102030"
        key = checked(urn("aws:s3/bucketObject:BucketObject", "a.txt"), {"bucket": "b"}, **seed)[0]
        assert key["key"] == "a.txt"


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
        assert isinstance(kept.cloud, FakeCloud)
        assert kept.cloud.calls == []

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
        assert isinstance(made.cloud, FakeCloud)
        assert made.cloud.calls[0] == ("put_object", {"Bucket": "b", "Key": "k", "Body": b"2"})
        tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
        assert made.cloud.calls[1] == ("put_object_tagging", {"Bucket": "b", "Key": "k", "Tagging": tags})

    def test_a_fault_is_told_without_a_traceback(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = servicer({"create_role": KeyError("inner")})
        with pytest.raises(Aborted) as caught:
            made.Create(provider_pb2.CreateRequest(urn=ROLE_URN, properties=encode(ROLE)), Context())
        assert "fault in the local cloud's provider at test_local_provider.py" in str(caught.value)
        assert "Traceback" not in str(caught.value)
        assert "Traceback" in capsys.readouterr().err

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
