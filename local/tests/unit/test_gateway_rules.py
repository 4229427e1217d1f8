"""The gateway's rules, in process: a stub of the control plane, a runner that ends executions at once.

Not proved here: handlers, timers, restarts and the control plane itself; tests/e2e/test_gateway.py does.
"""

import json
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aws_durable_execution_sdk_python.lambda_service import ErrorObject
from ministack.core import persistence

from local_cloud.errors import CloudError
from local_cloud.gateway.aws_errors import AwsError, invalid_parameter
from local_cloud.gateway.functions import own_authorization, parse
from local_cloud.gateway.invocations import MARK
from local_cloud.gateway.snapshots import save_all
from local_cloud.gateway.store import ExecutionTable, Query
from local_cloud.process import HEALTH, LocalCloud
from stubbed_gateway import (
    ACCOUNT,
    ARN,
    REGION,
    Cloudlet,
    an_execution,
)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloudlet]:
    with Cloudlet(tmp_path) as cloud:
        yield cloud


def refused(answer: httpx.Response, status: int, code: str, message: str = "") -> None:
    assert answer.status_code == status
    assert answer.headers["x-amzn-errortype"] == code
    assert message in answer.json()["message"]
    assert answer.json()["Message"] == answer.json()["message"]


def test_synchronous_result(cloud: Cloudlet) -> None:
    cloud.executor.delay = 0.2
    answer = cloud.invoke("orders:live", b'{"a": 1}')
    assert answer.status_code == 200
    assert answer.json() == {"got": {"a": 1}}
    assert answer.headers["x-amz-executed-version"] == "1"
    assert answer.headers["x-amz-durable-execution-arn"].startswith(f"{ARN}orders:1/durable-execution/")
    assert "x-amz-function-error" not in answer.headers


def test_synchronous_error(cloud: Cloudlet) -> None:
    cloud.executor.error = ErrorObject("no stock", "OutOfStock", None, ["line"])
    answer = cloud.invoke("orders:live")
    assert answer.status_code == 200
    assert answer.headers["x-amz-function-error"] == "Unhandled"
    assert answer.json() == {"errorMessage": "no stock", "errorType": "OutOfStock", "stackTrace": ["line"]}


def test_a_caller_that_waits_is_told_when_the_server_ends(cloud: Cloudlet) -> None:
    cloud.executor.delay = 0.6
    threading.Timer(0.3, cloud.gateway.release).start()
    refused(cloud.invoke("orders:1"), 503, "ServiceException", "is stopping")


def test_event_and_dry_run(cloud: Cloudlet) -> None:
    answer = cloud.invoke("orders:1", x_amz_invocation_type="Event")
    assert (answer.status_code, answer.content) == (202, b"")
    assert "/durable-execution/" in answer.headers["x-amz-durable-execution-arn"]
    dry = cloud.invoke("orders:1", x_amz_invocation_type="DryRun")
    assert dry.status_code == 204
    assert "x-amz-durable-execution-arn" not in dry.headers
    refused(cloud.invoke("orders:1", x_amz_invocation_type="Later"), 400, "ValidationException")


def test_no_payload_is_an_empty_object(cloud: Cloudlet) -> None:
    assert cloud.invoke("orders:1", b"").json() == {"got": {}}
    refused(cloud.invoke("orders:1", b"{"), 400, "InvalidRequestContentException")
    refused(cloud.invoke("orders:1", b"\xff"), 400, "InvalidRequestContentException")


@pytest.mark.parametrize("kind", ["Event", "RequestResponse", "DryRun"])
def test_unqualified(cloud: Cloudlet, kind: str) -> None:
    answer = cloud.invoke("orders", x_amz_invocation_type=kind)
    refused(answer, 400, "InvalidParameterValueException", "You cannot invoke a durable function using an")


def test_fifteen_minutes(cloud: Cloudlet) -> None:
    refused(cloud.invoke("slow:1"), 400, "InvalidParameterValueException", "greater than 15 minutes")
    assert cloud.invoke("slow:1", x_amz_invocation_type="Event").status_code == 202
    assert cloud.invoke("orders:1").status_code == 200


@pytest.mark.parametrize(("kind", "limit"), [("Event", 1024 * 1024), ("RequestResponse", 6 * 1024 * 1024)])
def test_payload_limit(cloud: Cloudlet, kind: str, limit: int) -> None:
    fits = json.dumps("x" * (limit - 2)).encode()
    assert cloud.invoke("orders:1", fits, x_amz_invocation_type=kind).is_success
    too_large = cloud.invoke("orders:1", fits + b" ", x_amz_invocation_type=kind)
    refused(too_large, 413, "RequestTooLargeException", str(limit))


@pytest.mark.parametrize(
    ("name", "good"), [("x" * 64, True), ("a-b_9", True), ("x" * 65, False), ("a.b", False)]
)
def test_execution_name(cloud: Cloudlet, name: str, good: bool) -> None:
    answer = cloud.invoke("orders:1", x_amz_durable_execution_name=name)
    if good:
        assert f"/durable-execution/{name}/" in answer.headers["x-amz-durable-execution-arn"]
    else:
        refused(answer, 400, "ValidationException", "durableExecutionName")


def test_a_name_is_idempotent_within_a_function(cloud: Cloudlet) -> None:
    first = cloud.invoke("orders:1", b'{"a": 1}', x_amz_durable_execution_name="n")
    again = cloud.invoke("orders:live", b'{"a": 1}', x_amz_durable_execution_name="n")
    arn = "x-amz-durable-execution-arn"
    assert first.headers[arn] == again.headers[arn]
    assert first.json() == again.json()
    other = cloud.invoke("orders:1", b'{"a": 2}', x_amz_durable_execution_name="n")
    refused(other, 409, "DurableExecutionAlreadyStartedException")
    elsewhere = cloud.invoke("slow:1", b"3", x_amz_durable_execution_name="n", x_amz_invocation_type="Event")
    assert elsewhere.status_code == 202


def test_weights_choose_the_version(cloud: Cloudlet) -> None:
    assert cloud.invoke("orders:live").headers["x-amz-executed-version"] == "1"
    cloud.plane.weights = {"2": 1.0}
    assert cloud.invoke("orders:live").headers["x-amz-executed-version"] == "2"


def test_another_region_is_refused(cloud: Cloudlet) -> None:
    cloud.plane.region = "eu-west-1"
    refused(cloud.invoke("orders:1"), 400, "InvalidParameterValueException", "us-east-1 only")


@pytest.mark.parametrize("reference", ["plain", "plain:live", "nobody", "orders:nobody", "orders:7"])
def test_what_is_not_durable_passes(cloud: Cloudlet, reference: str) -> None:
    answer = cloud.invoke(reference)
    path = f"/2015-03-31/functions/{reference}/invocations"
    assert answer.json() == {"control plane": path, "body": "{}"}
    assert cloud.changes == 0


def test_the_runners_own_invocations_pass(cloud: Cloudlet) -> None:
    answer = cloud.invoke("orders:1", x_dex_handler_invoke=MARK)
    assert "control plane" in answer.json()
    assert len(cloud.plane.asked) == 1


@pytest.mark.parametrize("mark", ["true", "", "0" * len(MARK)])
def test_nobody_else_gives_a_handler_a_history(cloud: Cloudlet, mark: str) -> None:
    answer = cloud.invoke("orders:1", x_dex_handler_invoke=mark)
    assert answer.json() == {"got": {}}


def test_changes_of_the_control_plane_are_told(cloud: Cloudlet) -> None:
    cloud.request("GET", "/2015-03-31/functions/")
    assert cloud.changes == 0
    cloud.request("POST", "/2015-03-31/functions")
    cloud.request("DELETE", "/2015-03-31/functions/orders")
    assert cloud.changes == 2


def test_health(cloud: Cloudlet) -> None:
    assert cloud.request("GET", HEALTH).json() == {"status": "ok"}


def test_a_fault_is_an_aws_error(cloud: Cloudlet, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(cloud.executor, "start_execution", fail)
    answer = cloud.invoke("orders:1")
    refused(answer, 500, "ServiceException")
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(
    ("reference", "name", "qualifier"),
    [
        ("orders", "orders", None),
        ("orders:live", "orders", "live"),
        ("orders:$LATEST", "orders", "$LATEST"),
        ("000000000000:function:orders:3", "orders", "3"),
        (f"{ARN}orders", "orders", None),
        (f"{ARN}orders:live", "orders", "live"),
    ],
)
def test_forms_of_a_function_reference(reference: str, name: str, qualifier: str | None) -> None:
    target = parse(reference)
    assert (target.name, target.qualifier) == (name, qualifier)


@pytest.mark.parametrize(
    "reference", ["", "a b", "a/b", "a:b:c:d", "x" * 300, "arn:aws:lambda:function:x", "né"]
)
def test_a_malformed_reference_is_refused(reference: str) -> None:
    with pytest.raises(AwsError) as error:
        parse(reference)
    assert error.value.code == "ValidationException"


def test_two_qualifiers_must_agree() -> None:
    assert parse("orders:1", "1").qualifier == "1"
    with pytest.raises(AwsError, match="does not match"):
        parse("orders:1", "2")


def test_a_new_execution_is_given_its_arn_once(cloud: Cloudlet) -> None:
    execution = an_execution(cloud.store, "name", "7")
    arn = execution.durable_execution_arn
    assert arn == f"{ARN}orders:7/durable-execution/name/{execution.start_input.invocation_id}"
    cloud.store.save(execution)
    assert cloud.store.load(arn).durable_execution_arn == arn


def test_page(cloud: Cloudlet) -> None:
    store = cloud.store
    arns = [an_execution(store, f"n{n}", str(1 + n % 2)).durable_execution_arn for n in range(5)]
    closed = store.load(arns[0])
    closed.complete_stopped(ErrorObject.from_message("x"))
    store.save(closed)

    def listed(**query: Any) -> list[str]:
        return [one["DurableExecutionArn"] for one in store.page(Query("orders", ACCOUNT, **query))[0]]

    assert listed() == arns[::-1]
    assert listed(oldest_first=True) == arns
    assert listed(version="2", oldest_first=True) == [arns[1], arns[3]]
    assert listed(version="1", statuses=["STOPPED", "FAILED"]) == [arns[0]]
    assert listed(name="n2") == [arns[2]]
    assert listed(name="n2' OR 1=1 --") == []
    assert listed(started_after=4e9) == listed(started_before=1.0) == []
    assert store.page(Query("other", ACCOUNT)) == ([], None)
    for oldest_first in (False, True):
        before = len(listed())
        first, marker = store.page(Query("orders", ACCOUNT, limit=3, oldest_first=oldest_first))
        # Neither what starts meanwhile nor what goes shifts the pages.
        an_execution(store)
        store.delete(first[0]["DurableExecutionArn"])
        seen = [one["DurableExecutionArn"] for one in first]
        while marker:
            filters = {"function": "orders", "account": ACCOUNT, "limit": 3, "oldest_first": oldest_first}
            page, marker = store.page(Query.marked(marker, **filters))
            seen += [one["DurableExecutionArn"] for one in page]
        assert len(seen) == len(set(seen)) == before + oldest_first
    assert store.page(Query("orders", "123456789012")) == ([], None)
    assert store.count_running() == 5


def test_purge_forgets_what_retention_no_longer_keeps(
    cloud: Cloudlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, running = an_execution(cloud.store), an_execution(cloud.store)
    kept.complete_success("1")
    cloud.store.save(kept)
    old = an_execution(cloud.store, "old")
    past = old.get_operation_execution_started().start_timestamp
    assert past is not None
    old.complete_success("1", past.replace(year=past.year - 1))
    cloud.store.save(old)
    an_execution(cloud.store)
    assert cloud.store.by_name(ACCOUNT, "orders", "old") is not None
    # A cloud that runs for long does so when the next execution is started.
    monkeypatch.setattr("local_cloud.gateway.store.PURGE_SECONDS", 0)
    an_execution(cloud.store)
    assert cloud.store.by_name(ACCOUNT, "orders", "old") is None
    assert cloud.store.load(kept.durable_execution_arn).is_complete
    assert not cloud.store.load(running.durable_execution_arn).is_complete


def test_an_accepted_execution_waits_for_space_and_a_new_one_is_refused(
    cloud: Cloudlet, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_cloud.gateway.store.SPACE_SECONDS", 0.01)
    store = cloud.store
    execution, other = an_execution(store), an_execution(store)
    execution.complete_success(json.dumps("x" * 200_000))
    store._sql("PRAGMA max_page_count = 1")  # as many as there are: the disk is full
    with pytest.raises(AwsError, match="No space is left"):
        an_execution(store)
    saving = threading.Thread(target=store.save, args=(execution,))
    saving.start()
    while "go on when there is" not in caplog.text:
        assert saving.is_alive()
    assert store.count_running() == 2
    store._sql("PRAGMA max_page_count = 100000")
    saving.join(30)
    assert store.load(execution.durable_execution_arn).is_complete
    assert store.count_running() == 1
    store._sql("PRAGMA max_page_count = 1")
    other.complete_success(json.dumps("x" * 200_000))
    store.stop_waiting()
    with pytest.raises(AwsError, match="No space is left"):
        store.save(other)


def test_resources_are_saved_while_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persistence, "STATE_DIR", str(tmp_path))
    turns = iter(["changed"] * 5)

    def read() -> dict[str, int]:
        if next(turns, None):
            raise RuntimeError("dictionary changed size during iteration")
        return {"a": 1}

    assert save_all({"lambda": read}) == []
    assert json.loads((tmp_path / "lambda.json").read_text())["payload"] == {"a": 1}
    turns = iter(["changed"] * 5)
    assert save_all({"lambda": read}, reads=3) == ["lambda"]
    (tmp_path / "sqs.part").mkdir()
    assert save_all({"sqs": lambda: {}}) == ["sqs"]
    # Neither what has nothing to say nor what cannot be written keeps the others from being saved.
    kept = (tmp_path / "lambda.json").read_text()
    assert save_all({"lambda": lambda: None, "sns": object, "iam": lambda: {"b": 2}}) == []
    assert (tmp_path / "lambda.json").read_text() == kept
    assert (tmp_path / "iam.json").exists()


def test_status_changes_are_told_once(cloud: Cloudlet) -> None:
    told: list[tuple[str, str]] = []
    cloud.store.on_status = lambda one: told.append((one.durable_execution_arn, one.current_status().value))
    execution = an_execution(cloud.store)
    arn = execution.durable_execution_arn
    cloud.store.save(execution)
    execution.complete_success("1")
    cloud.store.save(execution)
    cloud.store.save(cloud.store.load(arn))
    assert told == [(arn, "RUNNING"), (arn, "SUCCEEDED")]


def test_end_is_told_by_a_store_that_was_opened_meanwhile(cloud: Cloudlet, tmp_path: Path) -> None:
    arn = an_execution(cloud.store).durable_execution_arn
    store = ExecutionTable(tmp_path / "executions.sqlite", REGION)
    told: list[str] = []
    store.on_status = lambda one: told.append(one.current_status().value)
    execution = store.load(arn)
    store.save(execution)
    execution.complete_stopped(ErrorObject.from_message("x"))
    store.save(execution)
    assert told == ["STOPPED"]
    assert store.count_running() == 0
    store.close()


def test_dead_letter_target_is_kept_until_it_is_settled(cloud: Cloudlet) -> None:
    cloud.plane.dead_letter_target = "arn:aws:sqs:us-east-1:000000000000:dead"
    cloud.executor.delay = 0.2
    arn = cloud.invoke("orders:1", x_amz_invocation_type="Event").headers["x-amz-durable-execution-arn"]
    waited = cloud.invoke("orders:1").headers["x-amz-durable-execution-arn"]
    assert cloud.store.dead_letter_target(arn) == cloud.plane.dead_letter_target
    assert cloud.store.dead_letter_target(waited) is None
    running = an_execution(cloud.store)
    cloud.store.add_dead_letter_target(running.start_input, "arn:x")
    for thread in cloud.executor.threads:
        thread.join()
    assert cloud.store.ended_with_dead_letter_target() == [arn]
    cloud.store.delete_dead_letter_target(arn)
    assert cloud.store.ended_with_dead_letter_target() == []
    assert cloud.store.dead_letter_target(running.durable_execution_arn) == "arn:x"


MAPPINGS = "/2015-03-31/event-source-mappings"


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_event_source_mapping(cloud: Cloudlet, method: str) -> None:
    path = f"{MAPPINGS}/" if method == "POST" else f"{MAPPINGS}/some-id"
    for name, words in (("orders", "unqualified"), (f"{ARN}orders", "unqualified"), ("slow:1", "15 minutes")):
        answer = cloud.request(method, path, json.dumps({"FunctionName": name}).encode())
        refused(answer, 400, "InvalidParameterValueException", words)
    for body in (b'{"FunctionName": "orders:1"}', b'{"FunctionName": "plain"}', b"{}", b"{", b"[1]"):
        answer = cloud.request(method, path, body)
        assert answer.json() == {"control plane": path, "body": body.decode()}


def test_permission_for_latest(cloud: Cloudlet) -> None:
    path = "/2015-03-31/functions/orders"
    for refusal in (f"{path}:$LATEST/policy", f"{path}/policy?Qualifier=$LATEST"):
        refused(cloud.request("POST", refusal), 400, "InvalidParameterValueException", "for $LATEST.")
    assert cloud.request("POST", f"{path}/policy?Qualifier=live").status_code == 200
    assert cloud.request("GET", f"{path}/policy?Qualifier=$LATEST").status_code == 200


ALIASES = "/2015-03-31/functions/orders/aliases"


def alias(version: str | None, weights: dict[str, Any] | None = None) -> bytes:
    named = {} if version is None else {"FunctionVersion": version}
    split = {} if weights is None else {"RoutingConfig": {"AdditionalVersionWeights": weights}}
    return json.dumps({"Name": "live", **named, **split}).encode()


@pytest.mark.parametrize(
    ("version", "weights", "code", "message"),
    [
        ("7", None, "ResourceNotFoundException", f"Function not found: {ARN}orders:7"),
        ("1", {"7": 0.1}, "ResourceNotFoundException", f"Function not found: {ARN}orders:7"),
        ("live", None, "ValidationException", "Value 'live' at 'functionVersion' failed"),
        ("1", {"2": 0.1, "7": 0.1}, "InvalidParameterValueException", "cannot be greater than 1"),
        ("1", {"1": 0.1}, "InvalidParameterValueException", "Function version 1 is already included"),
        ("$LATEST", {"1": 0.1}, "InvalidParameterValueException", "$LATEST is not supported for an alias"),
        ("1", {"$LATEST": 0.1}, "ValidationException", "additionalVersionWeights"),
        ("1", {"2": 1.01}, "ValidationException", "'{2=1.01}' at 'routingConfig.additionalVersionWeights'"),
        ("1", {"2": -0.01}, "ValidationException", "between 0.0 and 1.0"),
        ("1", {"2": "half"}, "ValidationException", "between 0.0 and 1.0"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", ALIASES), ("PUT", f"{ALIASES}/live")])
def test_what_an_alias_may_not_name(
    cloud: Cloudlet,
    method: str,
    path: str,
    version: str,
    weights: dict[str, Any] | None,
    code: str,
    message: str,
) -> None:
    status = 404 if code == "ResourceNotFoundException" else 400
    refused(cloud.request(method, path, alias(version, weights)), status, code, message)
    assert cloud.changes == 0


@pytest.mark.parametrize(
    ("version", "weights"),
    [("2", None), ("$LATEST", None), ("1", {"2": 0}), ("1", {"2": 1.0}), ("2", {}), (None, {"2": 0.5})],
)
def test_what_an_alias_may_name(cloud: Cloudlet, version: str | None, weights: dict[str, Any] | None) -> None:
    assert cloud.request("PUT", f"{ALIASES}/live", alias(version, weights)).status_code == 200
    assert cloud.changes == 1


def test_an_update_keeps_what_it_leaves_out(cloud: Cloudlet) -> None:
    cloud.plane.weights = {"2": 0.5}
    moved = cloud.request("PUT", f"{ALIASES}/live", alias("2"))
    refused(moved, 400, "InvalidParameterValueException", "version 2 is already included")
    split = cloud.request("PUT", f"{ALIASES}/live", alias(None, {"1": 0.5}))
    refused(split, 400, "InvalidParameterValueException", "version 1 is already included")
    assert cloud.request("PUT", f"{ALIASES}/live", alias("2", {})).status_code == 200


def test_weighted_versions_agree(cloud: Cloudlet) -> None:
    cloud.plane.roles = {"1": "arn:aws:iam::000000000000:role/a", "2": "arn:aws:iam::000000000000:role/b"}
    split = alias("1", {"2": 0.1})
    answer = cloud.request("POST", ALIASES, split)
    refused(answer, 400, "InvalidParameterValueException", "associated with the same execution role")
    cloud.plane.roles = {}
    cloud.plane.dead_letter_targets = {"1": "arn:aws:sqs:us-east-1:000000000000:a"}
    answer = cloud.request("POST", ALIASES, split)
    refused(answer, 400, "InvalidParameterValueException", "same dead letter configuration, or none")
    cloud.plane.dead_letter_target = "arn:aws:sqs:us-east-1:000000000000:a"
    assert cloud.request("POST", ALIASES, split).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/2015-03-31/functions/nobody/aliases"),
        ("PUT", f"{ALIASES}/nobody"),
        ("DELETE", f"{ALIASES}/live"),
    ],
)
def test_other_requests_for_aliases_are_the_control_planes(cloud: Cloudlet, method: str, path: str) -> None:
    assert "x-amzn-errortype" not in cloud.request(method, path, alias("7")).headers
    assert cloud.changes == 1


@pytest.mark.parametrize("kind", ["Event", "RequestResponse", "DryRun"])
def test_an_alias_of_a_version_that_is_not_there_starts_nothing(cloud: Cloudlet, kind: str) -> None:
    cloud.plane.main = "7"
    answer = cloud.invoke("orders:live", x_amz_invocation_type=kind)
    refused(answer, 404, "ResourceNotFoundException", f"Function not found: {ARN}orders:7")


def test_the_newest_code_cannot_be_deleted_alone(cloud: Cloudlet) -> None:
    path = "/2015-03-31/functions/orders"
    for refused_path in (f"{path}?Qualifier=$LATEST", f"{path}:$LATEST"):
        answer = cloud.request("DELETE", refused_path)
        refused(answer, 400, "InvalidParameterValueException", "without deleting the function")
    assert cloud.request("DELETE", f"{path}?Qualifier=1").status_code == 200


def test_unknown_api_operations_are_refused(cloud: Cloudlet) -> None:
    for method, path in (("GET", "/2025-12-01/x"), ("PUT", "/2025-12-01/durable-executions/a")):
        refused(cloud.request(method, path), 404, "UnknownOperationException")


def test_list_validates_its_filters(cloud: Cloudlet) -> None:
    path = "/2025-12-01/functions/orders/durable-executions"
    assert cloud.request("GET", path).json() == {"DurableExecutions": []}
    refused(cloud.request("GET", f"{path}?Statuses=GONE"), 400, "ValidationException")
    refused(cloud.request("GET", f"{path}?MaxItems=1001"), 400, "ValidationException")
    refused(cloud.request("GET", f"{path}?Marker=x"), 400, "InvalidParameterValueException")
    refused(cloud.request("GET", path.replace("orders", "nobody")), 404, "ResourceNotFoundException")


def test_an_error_names_itself_for_every_sdk() -> None:
    error = invalid_parameter("no")
    assert error.headers()["x-amzn-errortype"] == "InvalidParameterValueException"
    assert uuid.UUID(error.headers()["x-amzn-requestid"])


@pytest.mark.parametrize("port", ["0", "80", "65536", "x", "-1"])
def test_port_is_checked(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("LOCAL_PORT", port)
    with pytest.raises(CloudError, match="from 1024 to 65535"):
        LocalCloud.from_environment()


def test_the_servers_environment_has_nothing_of_the_users_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ENDPOINT_URL_LAMBDA",
        "GITHUB_TOKEN",
        "DOCKER_HOST",
    ):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    environment = LocalCloud(4700, tmp_path).environment()
    assert "mine" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4700"
    assert environment["IOT_MTLS_ENABLED"] == environment["SFTP_ENABLED"] == "0"


@pytest.mark.parametrize(
    "path",
    [
        "/2016-01-01/functions",
        "/2015-03-31/functions//",
        "/2015-03-31/%2566unctions",
        "/a/functions",
        "/2015-03-31/functions/orders/configuration/x",
    ],
)
def test_a_path_that_only_looks_like_lambdas_is_not_served(cloud: Cloudlet, path: str) -> None:
    authorization = own_authorization("test", REGION)
    refused = cloud.request("POST", path, b"{}", authorization=authorization)
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
