"""Every trigger of the components, deployed by the real engine: what happens in the world starts executions."""

import json
from typing import Any

import httpx
import pulumi
import pulumi_aws as aws
import pytest

from cli.doctor import examine
from cli.stack import Function
from components import AlarmTopic, DurableFunction, DurableFunctionArgs, iam
from tests.e2e.conftest import REGIONS, Engine, LocalCloud
from tests.e2e.executions import ended, wait_for

ECHO = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    if isinstance(event, dict) and event.get("fail"):
        raise ValueError("as asked")
    return event
"""


def echo(name: str, seconds: int, **more: Any) -> DurableFunction:
    args: DurableFunctionArgs = {
        "execution_timeout_seconds": seconds,
        "timeout_seconds": 20,
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": ECHO,
        "errors_alarm": False,
        "durable_alarms": False,
    }
    return DurableFunction(name, {**args, **more})  # type: ignore[typeddict-item]  # a test's own choice


def program() -> None:
    """Two functions with every trigger: `long` lasts longer than Lambda waits, `short` does not."""
    topic, failures = aws.sns.Topic("news"), AlarmTopic("failures", {})
    told = aws.sqs.Queue(
        "told",
        policy=json.dumps(
            iam.document(
                {**iam.statement(["sqs:SendMessage"], ["*"]), "Principal": {"Service": "sns.amazonaws.com"}}
            )
        ),
    )
    aws.sns.TopicSubscription("told", topic=failures.topic_arn, protocol="sqs", endpoint=told.arn)
    queues = {name: aws.sqs.Queue(name) for name in ("short", "long", "raw")}
    bucket = aws.s3.Bucket("files", force_destroy=True)
    stream = aws.kinesis.Stream("clicks", shard_count=1)
    table = aws.dynamodb.Table(
        "stock",
        billing_mode="PAY_PER_REQUEST",
        hash_key="id",
        attributes=[{"name": "id", "type": "S"}],
        stream_enabled=True,
        stream_view_type="NEW_IMAGE",
    )
    long = echo("long", 3600, dead_letter_queue=True, failure_topic_arn=failures.topic_arn)
    short = echo("short", 60)

    long.on_schedule("clock", {"schedule": "rate(1 minute)", "event": {"by": "schedule"}})
    long.on_event("shop", {"event_pattern": {"source": ["shop"]}})
    long.on_topic("news", {"topic_arn": topic.arn})
    long.on_bucket("files", {"bucket": bucket.id, "suffix": ".csv"})
    long.on_queue("bodies", {"queue_arn": queues["long"].arn, "intermediary": True, "body_as_event": True})
    long.on_queue("raw", {"queue_arn": queues["raw"].arn, "intermediary": True})
    long.on_stream(
        "clicks",
        {"kinesis_stream_arn": stream.arn, "intermediary": True, "starting_position": "TRIM_HORIZON"},
    )
    short.on_stream("stock", {"dynamodb_stream_arn": table.stream_arn, "starting_position": "TRIM_HORIZON"})
    short.on_queue("inbox", {"queue_arn": queues["short"].arn})
    public = short.add_url("public", {"authorization": "NONE"})

    pulumi.export("long", long.outputs())
    pulumi.export("short", short.outputs())
    pulumi.export("url", public.url)
    pulumi.export("topic", topic.arn)
    pulumi.export("told", told.url)
    pulumi.export("queues", {name: queue.url for name, queue in queues.items()})
    pulumi.export("bucket", bucket.id)
    pulumi.export("stream", stream.name)
    pulumi.export("table", table.name)


@pytest.fixture(scope="module")
def deployed(engine: Engine) -> dict[str, Any]:
    return {name: output.value for name, output in engine.program(program, "triggers").up().outputs.items()}


def result_of(cloud: LocalCloud, alias_arn: str, wanted: Any, *, name: str | None = None) -> Any:
    """Wait for an execution whose result is as wanted, or which bears a name; return its result."""
    client = cloud.client("lambda")

    def found() -> Any:
        given = {"DurableExecutionName": name} if name else {}
        pages = client.get_paginator("list_durable_executions_by_function").paginate(
            FunctionName=alias_arn, Statuses=["SUCCEEDED"], **given
        )
        for page in pages:
            for execution in page["DurableExecutions"]:
                detail = client.get_durable_execution(DurableExecutionArn=execution["DurableExecutionArn"])
                result = json.loads(detail["Result"])
                if wanted(result):
                    return result
        return None

    return wait_for(found, 90)


def record(result: Any) -> Any:
    """Return the only record of an event, or nothing."""
    records = result.get("Records", []) if isinstance(result, dict) else []
    return records[0] if len(records) == 1 else {}


def test_a_message_starts_an_execution_that_bears_its_id_and_one_delivered_again_no_second_one(
    cloud: LocalCloud, deployed: dict[str, Any]
) -> None:
    queues, alias = cloud.client("sqs"), deployed["long"]["alias_arn"]
    sent = queues.send_message(QueueUrl=deployed["queues"]["long"], MessageBody='{"by": "body"}')
    assert result_of(cloud, alias, lambda _: True, name=sent["MessageId"]) == {"by": "body"}

    sent = queues.send_message(QueueUrl=deployed["queues"]["raw"], MessageBody="plain text")
    result = record(result_of(cloud, alias, lambda _: True, name=sent["MessageId"]))
    assert (result["body"], result["messageId"]) == ("plain text", sent["MessageId"])
    assert "receiptHandle" not in result


def test_a_short_execution_is_waited_for_by_its_queue(cloud: LocalCloud, deployed: dict[str, Any]) -> None:
    url = deployed["queues"]["short"]
    cloud.client("sqs").send_message(QueueUrl=url, MessageBody="wait for me")
    result_of(
        cloud, deployed["short"]["alias_arn"], lambda result: record(result).get("body") == "wait for me"
    )

    def empty() -> Any:
        wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counts = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
        return all(counts[each] == "0" for each in wanted)

    assert wait_for(empty)


def test_the_doctor_finds_what_waits_and_whose_messages_return_too_early(
    deployed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGIONS[0])
    short, queue = deployed["short"], deployed["queues"]["short"].rpartition("/")[2]
    function = Function("short", short["function_name"], short["function_arn"], short["alias_name"])
    found = [(each.level, each.message) for each in examine(function) if each.check in ("triggers", "queues")]
    assert found == [
        ("ok", "2 event source mappings, fit for the execution timeout"),
        (
            "warning",
            f"messages of {queue} are invisible for 30 s, and an execution may last 60 s: those that become visible "
            "before it ends start a second one",
        ),
    ]


def test_events_messages_and_files_start_executions(cloud: LocalCloud, deployed: dict[str, Any]) -> None:
    alias = deployed["long"]["alias_arn"]
    cloud.client("events").put_events(
        Entries=[{"Source": "shop", "DetailType": "sale", "Detail": '{"item": 1}'}]
    )
    assert result_of(cloud, alias, lambda result: result.get("source") == "shop")["detail"] == {"item": 1}

    cloud.client("sns").publish(TopicArn=deployed["topic"], Message="hot news")
    result = result_of(cloud, alias, lambda each: record(each).get("EventSource") == "aws:sns")
    assert record(result)["Sns"]["Message"] == "hot news"

    files = cloud.client("s3")
    files.put_object(Bucket=deployed["bucket"], Key="ignored.txt", Body=b"1")
    files.put_object(Bucket=deployed["bucket"], Key="sales.csv", Body=b"1")
    result = result_of(cloud, alias, lambda each: record(each).get("eventSource") == "aws:s3")
    assert record(result)["s3"]["object"]["key"] == "sales.csv"


def test_records_of_streams_start_executions(cloud: LocalCloud, deployed: dict[str, Any]) -> None:
    cloud.client("kinesis").put_record(StreamName=deployed["stream"], Data=b"click", PartitionKey="a")
    result = result_of(
        cloud,
        deployed["long"]["alias_arn"],
        lambda each: record(each).get("eventSource") == "aws:kinesis",
    )
    assert record(result)["kinesis"]["data"] == "Y2xpY2s="

    cloud.client("dynamodb").put_item(TableName=deployed["table"], Item={"id": {"S": "lamp"}})
    result = result_of(
        cloud,
        deployed["short"]["alias_arn"],
        lambda each: record(each).get("eventSource") == "aws:dynamodb",
    )
    assert record(result)["dynamodb"]["Keys"] == {"id": {"S": "lamp"}}


def test_the_clock_starts_an_execution(cloud: LocalCloud, deployed: dict[str, Any]) -> None:
    alias = deployed["long"]["alias_arn"]
    assert result_of(cloud, alias, lambda result: result.get("by") == "schedule")


def test_a_request_to_the_url_is_answered_by_the_execution(
    cloud: LocalCloud, deployed: dict[str, Any]
) -> None:
    function_url = deployed["url"]
    assert function_url.startswith("https://")
    # On AWS the name leads there; here the cloud serves all of them at one address.
    host = function_url.removeprefix("https://").strip("/")
    answer = httpx.post(f"{cloud.endpoint}/hello", headers={"host": host}, json={"a": 1}, timeout=60).json()
    assert (answer["rawPath"], json.loads(answer["body"])) == ("/hello", {"a": 1})


def test_an_execution_that_fails_leaves_its_event_and_a_message(
    cloud: LocalCloud, deployed: dict[str, Any]
) -> None:
    client, queues = cloud.client("lambda"), cloud.client("sqs")
    function = deployed["long"]
    arn = client.invoke(
        FunctionName=function["alias_arn"],
        InvocationType="Event",
        DurableExecutionName="to-fail",
        Payload='{"fail": true}',
    )["DurableExecutionArn"]
    assert ended(cloud, arn)["Status"] == "FAILED"

    def received(url: str) -> Any:
        return (queues.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages") or [None])[0]

    name = function["dead_letter_arn"].rpartition(":")[2]
    url = queues.get_queue_url(QueueName=name)["QueueUrl"]
    assert json.loads(wait_for(lambda: received(url))["Body"]) == {"fail": True}
    told = json.loads(wait_for(lambda: received(deployed["told"]))["Body"])
    message = json.loads(told["Message"])  # EventBridge sends a text in quotes
    assert message.startswith("long: the execution to-fail ended FAILED at ")
    assert arn in message


def test_a_second_deployment_and_a_refresh_change_nothing(engine: Engine, deployed: dict[str, Any]) -> None:
    stack = engine.stacks["triggers"]
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    assert deployed["long"]["release"] == {"live": {deployed["long"]["version"]: 1.0}}
