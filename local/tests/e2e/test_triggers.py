"""Triggers of the local cloud start durable executions, and their ends are told as AWS tells them."""

import contextlib
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from server import Server, allowing, until, zipped
from signing import send_raw, signature

ACCOUNT = "000000000000"
LAMBDA = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
RUNNER = f"arn:aws:iam::{ACCOUNT}:role/runner"

# Does what the event, or the body of its first record, asks for, and gives the event back.
HANDLER = """
import base64, json
from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import CallbackConfig, Duration

def wanted(event):
    record = (event.get("Records") or [{}])[0]
    if "body" in record:
        return json.loads(record["body"])
    if "kinesis" in record:
        return json.loads(base64.b64decode(record["kinesis"]["data"]))
    if "rawPath" in event:
        return json.loads(event.get("body") or "{}")
    return event

@durable_execution
def handler(event, context: DurableContext):
    do = wanted(event)
    context.step(lambda _: "seen", name="look")
    if do.get("wait"):
        context.wait(Duration.from_seconds(do["wait"]), name="nap")
    if do.get("callback"):
        context.create_callback(name="approval", config=CallbackConfig()).result()
    if do.get("fail"):
        raise ValueError(do["fail"])
    return do["answer"] if "answer" in do else event
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"))
    server.start()
    try:
        yield server
    finally:
        server.end()


@pytest.fixture
def function(cloud: Server) -> str:
    return cloud.deploy(zipped(index__py=HANDLER))


@pytest.fixture
def slow(cloud: Server) -> str:
    return cloud.deploy(zipped(index__py=HANDLER), timeout=901)


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


class Queue:
    """A queue, and what arrives in it."""

    def __init__(self, server: Server, **attributes: str) -> None:
        self.sqs = server.client("sqs")
        self.name = unique("queue")
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.name}"

    def send(self, body: object) -> None:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(body))

    def receive(self) -> list[dict[str, Any]]:
        got = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in got:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return list(got)

    def one(self, seconds: float = 30) -> dict[str, Any]:
        """Return the only message that arrives."""
        messages = until(self.receive, seconds)
        assert len(messages) == 1
        return dict(messages[0])

    def size(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        got = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(got[name]) for name in names)


def executions(server: Server, function: str, **filters: Any) -> list[dict[str, Any]]:
    """Return the function's executions, oldest first."""
    page = server.aws.list_durable_executions_by_function(FunctionName=function, ReverseOrder=True, **filters)
    return list(page["DurableExecutions"])


def first(server: Server, function: str, seconds: float = 30) -> dict[str, Any]:
    """Return the function's only execution once it has ended."""
    started = until(lambda: executions(server, function), seconds)
    ended = server.ended(started[0]["DurableExecutionArn"])
    assert ended["DurableExecutionArn"].startswith(f"{LAMBDA}:{function}:1/")
    assert len(executions(server, function)) == 1
    return ended


def result(execution: dict[str, Any]) -> Any:
    assert execution["Status"] == "SUCCEEDED", execution
    return json.loads(execution["Result"])


def mapping(server: Server, function: str, source: str, **options: Any) -> str:
    made = server.aws.create_event_source_mapping(
        FunctionName=f"{LAMBDA}:{function}:live", EventSourceArn=source, **options
    )
    return str(made["UUID"])


def last_result(server: Server, identity: str) -> str:
    return str(server.aws.get_event_source_mapping(UUID=identity)["LastProcessingResult"])


def test_queue(cloud: Server, function: str) -> None:
    queue = Queue(cloud)
    identity = mapping(cloud, function, queue.arn)
    queue.send({"wait": 1})
    execution = first(cloud, function)
    assert result(execution)["Records"][0]["eventSource"] == "aws:sqs"
    until(lambda: queue.size() == 0, 10)
    assert last_result(cloud, identity) == "OK - 1 records"


def test_message_stays_in_the_queue_while_its_execution_runs(cloud: Server, function: str) -> None:
    queue = Queue(cloud)
    mapping(cloud, function, queue.arn)
    queue.send({"callback": True})
    arn = until(lambda: executions(cloud, function), 30)[0]["DurableExecutionArn"]
    callback = cloud.callback(arn)
    assert queue.size() == 1
    cloud.aws.send_durable_execution_callback_success(CallbackId=callback, Result=b"1")
    until(lambda: queue.size() == 0, 20)


def test_failed_batch_is_delivered_again(cloud: Server, function: str) -> None:
    dead = Queue(cloud)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    queue = Queue(cloud, RedrivePolicy=redrive)
    identity = mapping(cloud, function, queue.arn)
    # Lambda would refuse to make the mapping with so short a time.
    queue.sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={"VisibilityTimeout": "1"})
    queue.send({"fail": "no stock"})
    assert json.loads(dead.one()["Body"]) == {"fail": "no stock"}
    # On a busy machine the second may still run when its message's second second is over.
    until(lambda: [one["Status"] for one in executions(cloud, function)] == ["FAILED", "FAILED"], 30)
    assert last_result(cloud, identity) == "FAILED"


def test_partial_batch_response(cloud: Server, function: str) -> None:
    partial = HANDLER.replace(
        "return do",
        'return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in event["Records"]'
        ' if json.loads(one["body"]).get("bad")]}\n    return do',
    )
    name = cloud.deploy(zipped(index__py=partial))
    queue = Queue(cloud, VisibilityTimeout="600")
    queue.send({"good": 1})
    queue.send({"bad": 1})
    identity = mapping(cloud, name, queue.arn, FunctionResponseTypes=["ReportBatchItemFailures"])

    def events() -> list[dict[str, Any]]:
        """Return what both records came in, be it one batch or two, once no execution runs."""
        if queue.size() != 1 or {one["Status"] for one in executions(cloud, name)} != {"SUCCEEDED"}:
            return []
        arns = [one["DurableExecutionArn"] for one in executions(cloud, name)]
        inputs = [cloud.aws.get_durable_execution(DurableExecutionArn=arn)["InputPayload"] for arn in arns]
        records = [record for each in inputs for record in json.loads(each)["Records"]]
        return records if len(records) == 2 else []

    records = until(events, 30)
    cloud.aws.delete_event_source_mapping(UUID=identity)
    # The failed one is back as soon as it is visible, so that the test need not wait for that.
    [bad] = [one["receiptHandle"] for one in records if json.loads(one["body"]) == {"bad": 1}]
    queue.sqs.change_message_visibility(QueueUrl=queue.url, ReceiptHandle=bad, VisibilityTimeout=0)
    assert json.loads(queue.one()["Body"]) == {"bad": 1}


def a_stream(server: Server) -> tuple[str, str]:
    kinesis, name = server.client("kinesis"), unique("stream")
    kinesis.create_stream(StreamName=name, ShardCount=1)

    def active() -> dict[str, Any] | None:
        described: dict[str, Any] = kinesis.describe_stream(StreamName=name)["StreamDescription"]
        return described if described["StreamStatus"] == "ACTIVE" else None

    return name, str(until(active, 20)["StreamARN"])


def put_record(server: Server, stream: str, data: object) -> None:
    server.client("kinesis").put_record(StreamName=stream, Data=json.dumps(data).encode(), PartitionKey="a")


def test_stream(cloud: Server, function: str) -> None:
    stream, arn = a_stream(cloud)
    identity = mapping(cloud, function, arn, StartingPosition="TRIM_HORIZON", BatchSize=1)
    for n in range(2):
        put_record(cloud, stream, {"n": n, "wait": 1})
    until(lambda: len(executions(cloud, function, Statuses=["SUCCEEDED"])) == 2, 30)
    one, two = executions(cloud, function)
    assert one["EndTimestamp"] <= two["StartTimestamp"], "a shard's batches are in order"
    until(lambda: last_result(cloud, identity) == "OK - 1 records", 10)


def test_stream_from_a_time_on(cloud: Server, function: str) -> None:
    stream, arn = a_stream(cloud)
    put_record(cloud, stream, {"answer": "before"})
    time.sleep(0.1)
    since = datetime.now(UTC)
    put_record(cloud, stream, {"answer": "after"})
    identity = mapping(
        cloud, function, arn, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=since, BatchSize=1
    )
    assert result(first(cloud, function)) == "after"
    assert [one["Status"] for one in executions(cloud, function)] == ["SUCCEEDED"]
    got = cloud.aws.get_event_source_mapping(UUID=identity)
    assert (got["StartingPosition"], got["StartingPositionTimestamp"]) == ("AT_TIMESTAMP", since)


def test_failed_batch_of_a_stream_is_tried_again(cloud: Server, function: str) -> None:
    stream, arn = a_stream(cloud)
    identity = mapping(cloud, function, arn, StartingPosition="TRIM_HORIZON")
    put_record(cloud, stream, {"fail": "no stock"})
    until(lambda: len(executions(cloud, function, Statuses=["FAILED"])) >= 2, 30)
    cloud.aws.delete_event_source_mapping(UUID=identity)


def test_waiting_batch_stops_no_other_mapping(cloud: Server, function: str) -> None:
    stream, arn = a_stream(cloud)
    mapping(cloud, function, arn, StartingPosition="TRIM_HORIZON")
    put_record(cloud, stream, {"callback": True})
    waiting = until(lambda: executions(cloud, function), 30)[0]["DurableExecutionArn"]
    callback = cloud.callback(waiting)

    other_stream, other_arn = a_stream(cloud)
    queue = Queue(cloud)
    by_stream, by_queue = (cloud.deploy(zipped(index__py=HANDLER)) for _ in range(2))
    mapping(cloud, by_stream, other_arn, StartingPosition="TRIM_HORIZON")
    mapping(cloud, by_queue, queue.arn)
    put_record(cloud, other_stream, {"answer": 1})
    queue.send({"answer": 2})
    assert result(first(cloud, by_stream)) == 1
    assert result(first(cloud, by_queue)) == 2
    assert [one["Status"] for one in executions(cloud, function)] == ["RUNNING"]
    cloud.aws.send_durable_execution_callback_success(CallbackId=callback, Result=b"1")
    assert cloud.ended(waiting)["Status"] == "SUCCEEDED"


def test_table(cloud: Server, function: str) -> None:
    dynamodb, name = cloud.client("dynamodb"), unique("table")
    table = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    mapping(cloud, function, table["LatestStreamArn"], StartingPosition="TRIM_HORIZON")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "one"}})
    record = result(first(cloud, function))["Records"][0]
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["Keys"] == {"id": {"S": "one"}}


def permit(server: Server, function: str, service: str, source: str) -> None:
    """Let a service invoke the function of this ARN for one of its resources."""
    name, _, qualifier = function.removeprefix(f"{LAMBDA}:").partition(":")
    server.aws.add_permission(
        FunctionName=name,
        **({"Qualifier": qualifier} if qualifier else {}),
        StatementId=unique("allow"),
        Action="lambda:InvokeFunction",
        Principal=service,
        SourceArn=source,
    )


def fed_by(service: str) -> str:
    """Return the policy of a queue to which a service may send."""
    return allowing(["sqs:SendMessage"], Principal={"Service": service}, Resource="*")


def rule(server: Server, pattern: object, target: str, **options: Any) -> None:
    events, name = server.client("events"), unique("rule")
    arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    if target.startswith(LAMBDA):
        permit(server, target, "events.amazonaws.com", arn)
    answer = events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **options}])
    assert answer["FailedEntryCount"] == 0


def put_event(server: Server, source: str, detail: object) -> None:
    entry = {"Source": source, "DetailType": "order", "Detail": json.dumps(detail)}
    assert server.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_rule(cloud: Server, function: str) -> None:
    source = unique("shop")
    rule(cloud, {"source": [source]}, f"{LAMBDA}:{function}:live")
    put_event(cloud, source, {"n": 1})
    event = result(first(cloud, function))
    assert (event["source"], event["detail-type"], event["detail"]) == (source, "order", {"n": 1})


def test_asynchronous_execution_may_be_long(cloud: Server, slow: str) -> None:
    source = unique("shop")
    rule(cloud, {"source": [source]}, f"{LAMBDA}:{slow}:live", Input='{"answer": 1}')
    put_event(cloud, source, {})
    assert result(first(cloud, slow)) == 1


def test_execution_stays_on_the_version_of_the_alias(cloud: Server, function: str) -> None:
    source = unique("shop")
    rule(cloud, {"source": [source]}, f"{LAMBDA}:{function}:live", Input='{"answer": 1}')
    cloud.aws.update_function_code(
        FunctionName=function, ZipFile=zipped(index__py=HANDLER.replace('do["answer"]', '"v2"')), Publish=True
    )
    cloud.aws.update_alias(FunctionName=function, Name="live", FunctionVersion="2")
    put_event(cloud, source, {})
    started = until(lambda: executions(cloud, function), 20)[0]["DurableExecutionArn"]
    assert started.startswith(f"{LAMBDA}:{function}:2/")
    assert result(cloud.ended(started)) == "v2"


def test_schedule(cloud: Server, function: str) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    cloud.client("scheduler").create_schedule(
        Name=unique("schedule"),
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={"Arn": f"{LAMBDA}:{function}:live", "RoleArn": ROLE, "Input": '{"by": "schedule"}'},
    )
    # The control plane looks every 15 s.
    execution = first(cloud, function, 60)
    assert result(execution) == {"by": "schedule"}


def test_topic(cloud: Server, function: str) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    permit(cloud, f"{LAMBDA}:{function}:live", "sns.amazonaws.com", topic)
    subscription = sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=f"{LAMBDA}:{function}:live", ReturnSubscriptionArn=True
    )
    sns.publish(TopicArn=topic, Message="news", Subject="today")
    record = result(first(cloud, function))["Records"][0]
    assert record["EventSource"] == "aws:sns"
    assert record["EventSubscriptionArn"] == subscription["SubscriptionArn"]
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("news", "today")


def a_bucket(server: Server, target: str) -> str:
    """Make a bucket that tells the target of each new object."""
    s3, bucket = server.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket)
    permit(server, target, "s3.amazonaws.com", f"arn:aws:s3:::{bucket}")
    s3.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": target, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    return bucket


def test_bucket(cloud: Server, function: str) -> None:
    bucket = a_bucket(cloud, f"{LAMBDA}:{function}:live")
    cloud.client("s3").put_object(Bucket=bucket, Key="a.csv", Body=b"1")
    record = result(first(cloud, function))["Records"][0]
    assert (record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]) == (bucket, "a.csv")


def test_failed_asynchronous_execution_is_not_retried(cloud: Server, function: str) -> None:
    failing = cloud.deploy(zipped(index__py=HANDLER.replace("do = wanted(event)", "raise ValueError(1)")))
    bucket = a_bucket(cloud, f"{LAMBDA}:{failing}:live")
    cloud.client("s3").put_object(Bucket=bucket, Key="a.csv", Body=b"1")
    assert first(cloud, failing)["Status"] == "FAILED"
    # The control plane runs a plain function again 1 s and 3 s after a failure.
    cloud.call(function, {"wait": 4})
    assert len(executions(cloud, failing)) == 1


EVERYBODY: dict[str, dict[str, Any]] = {
    "lambda:InvokeFunctionUrl": {"FunctionUrlAuthType": "NONE"},
    "lambda:InvokeFunction": {"InvokedViaFunctionUrl": True},
}
"""What a URL without authentication needs, for everybody."""


def url(
    server: Server, function: str, allowed: Collection[str] = EVERYBODY, **qualifier: str
) -> Callable[..., httpx.Response]:
    """Make the function's URL with what is allowed to everybody, and return what posts to it."""
    for action in allowed:
        permission = {"StatementId": unique("url"), "Action": action, "Principal": "*", **EVERYBODY[action]}
        server.aws.add_permission(FunctionName=function, **qualifier, **permission)
    made = server.aws.create_function_url_config(FunctionName=function, AuthType="NONE", **qualifier)
    host = made["FunctionUrl"].split("/")[2]

    def post(body: object) -> httpx.Response:
        return httpx.post(
            f"{server.endpoint}/path", json=body, headers={"host": host}, timeout=60, params={"q": "1"}
        )

    return post


def test_url(cloud: Server, function: str) -> None:
    post = url(cloud, function, Qualifier="live")
    answer = post({"wait": 1, "answer": {"statusCode": 201, "headers": {"x-mine": "1"}, "body": "made"}})
    assert (answer.status_code, answer.headers["x-mine"], answer.text) == (201, "1", "made")
    assert post({"answer": {"plain": 1}}).json() == {"plain": 1}
    assert post({"fail": "no stock"}).status_code == 502
    assert [one["Status"] for one in executions(cloud, function)] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    started = executions(cloud, function)[0]["DurableExecutionArn"]
    event = json.loads(cloud.aws.get_durable_execution(DurableExecutionArn=started)["InputPayload"])
    assert (event["rawPath"], event["rawQueryString"]) == ("/path", "q=1")


@pytest.mark.parametrize("allowed", [(), ("lambda:InvokeFunctionUrl",), ("lambda:InvokeFunction",)])
def test_a_public_url_needs_both_permissions(cloud: Server, function: str, allowed: tuple[str, ...]) -> None:
    refused = url(cloud, function, allowed, Qualifier="live")({})
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert refused.json()["Message"].startswith("Forbidden. ")
    assert executions(cloud, function) == []


def test_a_signed_call_of_a_url_needs_both_permissions(cloud: Server, function: str) -> None:
    made = cloud.aws.create_function_url_config(FunctionName=function, AuthType="AWS_IAM", Qualifier="live")
    iam, name = cloud.client("iam"), unique("caller")
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    host = made["FunctionUrl"].split("/")[2]

    body = b'{"answer": {"of": "mine"}}'

    def call(**signed: str) -> int:
        headers = {"content-type": "application/json", **signed, "host": host}
        return send_raw(cloud.port, "POST", "/", body, headers)[0]

    assert call() == 403
    both = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]
    for allowed, answer in (([], 403), (both[:1], 403), (both[1:], 403), (both, 200)):
        document = allowing([*allowed, "sqs:SendMessage"], Resource=f"{LAMBDA}:{function}:live")
        iam.put_user_policy(UserName=name, PolicyName="calls", PolicyDocument=document)
        assert call(**signature(keys, "POST", made["FunctionUrl"], body)) == answer, allowed
    assert len(executions(cloud, function)) == 1


def test_url_refuses_what_an_invoke_would(cloud: Server, function: str, slow: str) -> None:
    long = url(cloud, slow, Qualifier="live")({})
    assert long.status_code == 400
    assert "greater than 15 minutes" in long.text
    unqualified = url(cloud, function)({})
    assert unqualified.status_code == 400
    assert "unqualified ARN" in unqualified.text
    assert executions(cloud, slow) == executions(cloud, function) == []


def test_asynchronous_triggers_start_nothing_unqualified(cloud: Server, function: str) -> None:
    source, after = unique("shop"), cloud.deploy(zipped(index__py=HANDLER))
    rule(cloud, {"source": [source]}, f"{LAMBDA}:{function}")
    sns = cloud.client("sns")
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    for endpoint in (f"{LAMBDA}:{function}", f"{LAMBDA}:{after}:live"):
        permit(cloud, endpoint, "sns.amazonaws.com", topic)
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=endpoint)
    put_event(cloud, source, {})
    sns.publish(TopicArn=topic, Message="news")
    first(cloud, after)
    log = cloud.state / "server.log"
    until(lambda: log.read_text().count(f"did not start {LAMBDA}:{function}: You cannot invoke") == 2, 20)
    assert executions(cloud, function) == []


def test_nothing_is_delivered_that_nobody_permitted(cloud: Server) -> None:
    refused, queue, source = (
        cloud.deploy(zipped(index__py=HANDLER), Role=RUNNER),
        Queue(cloud),
        unique("shop"),
    )
    log = cloud.state / "server.log"
    target = f"{LAMBDA}:{refused}:live"

    events, name = cloud.client("events"), unique("rule")
    events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target}])
    put_event(cloud, source, {})
    by_rule = (
        f"events.amazonaws.com is not authorized to perform: lambda:InvokeFunction on resource: {target}"
    )
    until(lambda: by_rule in log.read_text(), 20)

    with pytest.raises(
        cloud.aws.exceptions.InvalidParameterValueException, match="permissions to call ReceiveMessage on SQS"
    ):
        cloud.aws.create_event_source_mapping(FunctionName=target, EventSourceArn=queue.arn)

    name = with_dead_letters(cloud, queue.arn, Role=RUNNER)
    started = cloud.start_execution(name, {"fail": "no stock"})
    until(lambda: f"the event of {started} was not sent: " in log.read_text(), 20)
    assert queue.size() == 0
    assert executions(cloud, refused) == []


def test_mapping_is_refused(cloud: Server, function: str, slow: str) -> None:
    queue = Queue(cloud)
    create, refused = cloud.aws.create_event_source_mapping, cloud.aws.exceptions
    for name in (function, f"{LAMBDA}:{function}"):
        with pytest.raises(refused.InvalidParameterValueException, match="unqualified"):
            create(FunctionName=name, EventSourceArn=queue.arn)
    with pytest.raises(refused.InvalidParameterValueException, match="15 minutes"):
        create(FunctionName=f"{slow}:live", EventSourceArn=queue.arn)
    identity = create(FunctionName=f"{function}:live", EventSourceArn=queue.arn)["UUID"]
    for name in (f"{slow}:live", function):
        with pytest.raises(refused.InvalidParameterValueException):
            cloud.aws.update_event_source_mapping(UUID=identity, FunctionName=name)
    kept = cloud.aws.update_event_source_mapping(UUID=identity, BatchSize=5)
    assert (kept["BatchSize"], kept["FunctionArn"]) == (5, f"{LAMBDA}:{function}:live")
    moved = cloud.aws.update_event_source_mapping(UUID=identity, FunctionName=f"{function}:1")
    assert moved["FunctionArn"] == f"{LAMBDA}:{function}:1"
    brief = Queue(cloud, VisibilityTimeout="29")
    with pytest.raises(
        refused.InvalidParameterValueException,
        match="Queue visibility timeout: 29 seconds is less than Function timeout: 30 seconds",
    ):
        create(FunctionName=f"{function}:live", EventSourceArn=brief.arn)
    at_the_limit = cloud.deploy(zipped(index__py=HANDLER), timeout=900)
    assert create(FunctionName=f"{at_the_limit}:$LATEST", EventSourceArn=queue.arn)["UUID"]


def test_latest_carries_no_permission(cloud: Server, function: str) -> None:
    permission = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    for reference in (
        {"FunctionName": f"{function}:$LATEST"},
        {"FunctionName": function, "Qualifier": "$LATEST"},
    ):
        with pytest.raises(cloud.aws.exceptions.InvalidParameterValueException) as error:
            cloud.aws.add_permission(**reference, **permission)
        assert "We currently do not support adding policies for $LATEST." in str(error.value)
    cloud.aws.add_permission(FunctionName=function, Qualifier="live", **permission)
    assert '"one"' in cloud.aws.get_policy(FunctionName=function, Qualifier="live")["Policy"]


def with_dead_letters(server: Server, target: str, timeout: int = 60, **options: str) -> str:
    return server.deploy(
        zipped(index__py=HANDLER), timeout=timeout, DeadLetterConfig={"TargetArn": target}, **options
    )


def attributes(message: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        name: (value["DataType"], value["StringValue"])
        for name, value in message["MessageAttributes"].items()
    }


def test_dead_letters(cloud: Server) -> None:
    queue = Queue(cloud)
    name = with_dead_letters(cloud, queue.arn)
    event = {"fail": "no stock" * 1000, "order": 1}
    arn = cloud.start_execution(name, event)
    message = queue.one()
    assert json.loads(message["Body"]) == event
    assert attributes(message) == {
        "RequestID": ("String", arn.rpartition("/")[2]),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", ("no stock" * 1000)[:1024]),
    }

    stopped = cloud.start_execution(name, {"callback": True})
    cloud.callback(stopped)
    cloud.aws.stop_durable_execution(DurableExecutionArn=stopped, Error={"ErrorMessage": "enough"})
    message = queue.one()
    assert json.loads(message["Body"]) == {"callback": True}
    assert attributes(message)["ErrorMessage"] == ("String", "enough")


def test_everything_of_another_account_stays_in_it(cloud: Server) -> None:
    """A function with a role that has a path, its execution and its dead letter, in an account of their own."""
    account = "111111111111"
    iam, sqs, own = (cloud.client(each, aws_access_key_id=account) for each in ("iam", "sqs", "lambda"))
    trust = allowing(["sts:AssumeRole"], Principal={"Service": "lambda.amazonaws.com"})
    made = iam.create_role(RoleName="orders", Path="/service/", AssumeRolePolicyDocument=trust)["Role"]
    runs = allowing(["lambda:*", "logs:*", "sqs:SendMessage"], Resource=f"arn:aws:*:*:{account}:*")
    iam.put_role_policy(RoleName="orders", PolicyName="runs", PolicyDocument=runs)
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    own.create_function(
        FunctionName="orders",
        Role=made["Arn"],
        Runtime="python3.13",
        Handler="index.handler",
        Timeout=30,
        Code={"ZipFile": zipped(index__py=HANDLER)},
        DurableConfig={"ExecutionTimeout": 60, "RetentionPeriodInDays": 1},
        DeadLetterConfig={"TargetArn": f"arn:aws:sqs:us-east-1:{account}:dead"},
        Publish=True,
    )
    arn = f"arn:aws:lambda:us-east-1:{account}:function:orders:1"
    started = own.invoke(FunctionName=arn, InvocationType="Event", Payload=b'{"fail": "no stock"}')
    [message] = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), 30)
    assert json.loads(message["Body"]) == {"fail": "no stock"}
    execution = own.get_durable_execution(DurableExecutionArn=started["DurableExecutionArn"])
    assert execution["Status"] == "FAILED"
    for call, request in (
        (cloud.aws.invoke, {"FunctionName": arn}),
        (cloud.aws.list_durable_executions_by_function, {"FunctionName": arn}),
        (cloud.aws.get_durable_execution_history, {"DurableExecutionArn": started["DurableExecutionArn"]}),
        (cloud.aws.get_function, {"FunctionName": arn.removesuffix(":1")}),
    ):
        with pytest.raises(ClientError, match="because no resource-based policy allows") as refused:
            call(**request)
        assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "000000000000"}
    own.add_permission(FunctionName="orders", Qualifier="1", **permission)
    answer = cloud.aws.invoke(FunctionName=arn, Payload=b'{"answer": 5}')
    assert answer["DurableExecutionArn"].startswith(arn)
    assert json.loads(answer["Payload"].read()) == 5


def test_dead_letter_of_what_timed_out(cloud: Server) -> None:
    queue = Queue(cloud)
    name = with_dead_letters(cloud, queue.arn, timeout=3)
    source = unique("shop")
    rule(cloud, {"source": [source]}, f"{LAMBDA}:{name}:live", Input='{"callback": true}')
    put_event(cloud, source, {})
    message = queue.one()
    assert json.loads(message["Body"]) == {"callback": True}
    assert attributes(message)["ErrorMessage"] == ("String", "Execution timed out after 3 seconds.")


def test_dead_letters_to_a_topic(cloud: Server) -> None:
    sns, queue = cloud.client("sns"), Queue(cloud, Policy=fed_by("sns.amazonaws.com"))
    topic = sns.create_topic(Name=unique("topic"))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    name = with_dead_letters(cloud, topic)
    cloud.start_execution(name, {"fail": "no stock"})
    envelope = json.loads(queue.one()["Body"])
    assert json.loads(envelope["Message"]) == {"fail": "no stock"}
    assert envelope["MessageAttributes"]["ErrorMessage"]["Value"] == "no stock"


def test_no_dead_letter_for_success_or_a_caller_who_waits(cloud: Server) -> None:
    queue = Queue(cloud)
    name = with_dead_letters(cloud, queue.arn)
    result(cloud.ended(cloud.start_execution(name, {"answer": 1})))
    answer = cloud.aws.invoke(FunctionName=f"{name}:live", Payload=b'{"fail": "told the caller"}')
    assert answer["FunctionError"]
    # One by one on the same thread: what comes after these has arrived, so they have not.
    cloud.start_execution(name, {"fail": "last"})
    assert json.loads(queue.one()["Body"]) == {"fail": "last"}
    assert queue.size() == 0


def test_missing_dead_letter_queue_holds_up_nothing(cloud: Server) -> None:
    gone, queue = Queue(cloud), Queue(cloud)
    name = with_dead_letters(cloud, gone.arn)
    gone.sqs.delete_queue(QueueUrl=gone.url)
    cloud.ended(cloud.start_execution(name, {"fail": "lost"}))
    cloud.start_execution(with_dead_letters(cloud, queue.arn), {"fail": "kept"})
    assert json.loads(queue.one()["Body"]) == {"fail": "kept"}


def test_dead_letters_survive_a_restart(tmp_path: Path) -> None:
    server = Server(tmp_path / "cloud")
    server.start()
    try:
        queue = Queue(server)
        name = with_dead_letters(server, queue.arn)
        expiring = with_dead_letters(server, queue.arn, timeout=4)
        source = unique("shop")
        rule(server, {"source": [source]}, f"{LAMBDA}:{name}:live", Input='{"callback": true}')
        put_event(server, source, {})
        by_rule = until(lambda: executions(server, name), 20)[0]["DurableExecutionArn"]
        server.callback(by_rule)
        server.callback(server.start_execution(expiring, {"callback": True, "n": 2}))
        failed = server.aws.invoke(FunctionName=f"{name}:live", Payload=b'{"fail": "unsent"}')
        assert server.cli("stop").returncode == 0
        # As a crash leaves it between the end of an execution and the sending of its event.
        with contextlib.closing(sqlite3.connect(server.state / "executions.sqlite")) as database:
            row = (failed["DurableExecutionArn"], queue.arn)
            database.execute("INSERT INTO dead_letter_targets VALUES (?, ?)", row)
            database.commit()
        time.sleep(4)
        server.start()
        bodies: list[str] = []

        def arrived(*expected: str) -> bool:
            bodies.extend(message["Body"] for message in queue.receive())
            return sorted(bodies) == sorted(expected)

        at_once = ['{"callback": true, "n": 2}', '{"fail": "unsent"}']
        until(lambda: arrived(*at_once), 30)
        server.aws.stop_durable_execution(DurableExecutionArn=by_rule)
        until(lambda: arrived(*at_once, '{"callback": true}'), 30)
    finally:
        server.end()


def test_status_changes_are_events(cloud: Server, function: str) -> None:
    queue = Queue(cloud, Policy=fed_by("events.amazonaws.com"))
    pattern = {
        "source": ["aws.lambda"],
        "detail-type": ["Durable Execution Status Change"],
        "detail": {"functionArn": [{"prefix": f"{LAMBDA}:{function}"}]},
    }
    rule(cloud, pattern, queue.arn)
    told: list[dict[str, Any]] = []

    def arrived(count: int) -> bool:
        told.extend(json.loads(message["Body"]) for message in queue.receive())
        return len(told) == count

    arn = cloud.start_execution(function, {"fail": "no stock"}, DurableExecutionName="order-1")
    until(lambda: arrived(2), 30)
    running, failed = sorted((event["detail"] for event in told), key=lambda one: one["status"], reverse=True)
    execution = cloud.ended(arn)
    assert running == {
        "durableExecutionArn": arn,
        "durableExecutionName": "order-1",
        "functionArn": f"{LAMBDA}:{function}:1",
        "status": "RUNNING",
        "startTimestamp": running["startTimestamp"],
    }
    assert failed == running | {"status": "FAILED", "endTimestamp": failed["endTimestamp"]}
    for stamp, time_ in (("startTimestamp", "StartTimestamp"), ("endTimestamp", "EndTimestamp")):
        assert abs(datetime.fromisoformat(failed[stamp]) - execution[time_]) < timedelta(milliseconds=2)
    assert {event["account"] for event in told} == {ACCOUNT}

    stopped = cloud.start_execution(function, {"callback": True})
    cloud.callback(stopped)
    cloud.aws.stop_durable_execution(DurableExecutionArn=stopped)
    result(cloud.ended(cloud.start_execution(function, {})))
    until(lambda: arrived(6), 30)
    statuses = sorted(event["detail"]["status"] for event in told)
    assert statuses == ["FAILED", "RUNNING", "RUNNING", "RUNNING", "STOPPED", "SUCCEEDED"]


def test_metrics(cloud: Server, function: str) -> None:
    result(cloud.ended(cloud.start_execution(function, {"wait": 1})))
    cloud.ended(cloud.start_execution(function, {"fail": "x"}))
    running = cloud.start_execution(function, {"callback": True})
    cloud.callback(running)
    cloudwatch = cloud.client("cloudwatch")

    def total(name: str, statistic: str = "Sum", dimension: bool = True) -> float | None:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=name,
            Dimensions=[{"Name": "FunctionName", "Value": function}] if dimension else [],
            StartTime=datetime.now(UTC) - timedelta(minutes=30),
            EndTime=datetime.now(UTC) + timedelta(minutes=30),
            Period=86400,
            Statistics=[statistic],
        )["Datapoints"]
        return points[0][statistic] if points else None

    assert (total("ApproximateRunningDurableExecutions", "Maximum", dimension=False) or 0) >= 1
    assert total("DurableExecutionStopped") is None
    cloud.aws.stop_durable_execution(DurableExecutionArn=running)
    until(lambda: total("DurableExecutionStopped") == 1, 20)
    assert total("DurableExecutionStarted") == 3
    assert total("DurableExecutionSucceeded") == 1
    assert total("DurableExecutionFailed") == 1
    assert total("DurableExecutionTimedOut") is None
    assert total("DurableExecutionOperations", "Maximum") == 2, "a step and a wait"
    assert 1000 <= (total("DurableExecutionDuration", "Maximum") or 0) < 60_000


def test_plain_functions_are_triggered_as_before(cloud: Server) -> None:
    plain = (
        "import boto3\ndef handler(event, context):\n    boto3.client('sqs').send_message("
        "QueueUrl=event['queue'], MessageBody='hello')\n    return {'statusCode': 201}\n"
    )
    name = cloud.deploy(zipped(index__py=plain), timeout=None)
    queue, source = Queue(cloud), unique("shop")
    rule(cloud, {"source": [source]}, f"{LAMBDA}:{name}:live", Input=json.dumps({"queue": queue.url}))
    put_event(cloud, source, {})
    assert queue.one()["Body"] == "hello"
