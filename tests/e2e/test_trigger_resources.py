"""Everything that triggers need, made by the real engine: it stands in the cloud as written, changes, and goes."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation as auto

from components.iam import document, lambda_trust_policy, statement, trust_policy
from tests.e2e.conftest import Engine, LocalCloud

ACCOUNT = "000000000000"
LATER = "2090-01-01T00:00:00Z"
KEY = "alias/aws/kinesis"
WIDGETS: list[Any] = [
    {"type": "metric", "properties": {"metrics": [["AWS/Lambda", "Errors"], ["AWS/Lambda", "Throttles"]]}},
    {"type": "text", "properties": {"markdown": "hello"}},
]


def dashboard(widgets: list[Any]) -> str:
    return json.dumps({"widgets": widgets})


# What a role needs to read the sources of its function's mappings.
READS = json.dumps(document(statement(["sqs:*", "kinesis:*", "dynamodb:*"], ["*"])))


def allow(services: str | list[str], action: str, resource: str) -> str:
    return json.dumps(document({**statement([action], [resource]), "Principal": {"Service": services}}))


def redrive(queue: aws.sqs.Queue, **more: Any) -> pulumi.Output[str]:
    return queue.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, **more}))


Make = Callable[..., Any]


def function(make: Make) -> tuple[aws.lambda_.Function, aws.lambda_.Alias]:
    role = make(aws.iam.Role, "role", assume_role_policy=json.dumps(lambda_trust_policy()))
    reads = make(aws.iam.RolePolicy, "reads", role=role.name, policy=READS)
    code = "def handler(event, context):\n    return event\n"
    fn = make(
        aws.lambda_.Function,
        "fn",
        role=role.arn,
        runtime="python3.13",
        handler="index.handler",
        code=pulumi.AssetArchive({"index.py": pulumi.StringAsset(code)}),
        publish=True,
        opts=pulumi.ResourceOptions(depends_on=[reads]),
    )
    live = make(aws.lambda_.Alias, "live", name="live", function_name=fn.name, function_version=fn.version)
    return fn, live


def queues(make: Make) -> tuple[aws.sqs.Queue, aws.sqs.Queue, aws.sqs.QueuePolicy]:
    dead = make(aws.sqs.Queue, "dead")
    inbox = make(
        aws.sqs.Queue,
        "inbox",
        visibility_timeout_seconds=120,
        message_retention_seconds=3600,
        max_message_size=2048,
        delay_seconds=1,
        receive_wait_time_seconds=2,
        sqs_managed_sse_enabled=True,
        redrive_policy=redrive(dead, maxReceiveCount=3),
        tags={"of": "inbox"},
    )
    make(
        aws.sqs.Queue,
        "ordered",
        fifo_queue=True,
        content_based_deduplication=True,
        deduplication_scope="messageGroup",
        fifo_throughput_limit="perMessageGroupId",
    )
    fed = ["events.amazonaws.com", "s3.amazonaws.com"]
    policy = make(
        aws.sqs.QueuePolicy,
        "inbox_policy",
        queue_url=inbox.url,
        policy=inbox.arn.apply(lambda arn: allow(fed, "sqs:SendMessage", arn)),
    )
    pulumi.export("inbox", inbox.url)
    pulumi.export("dead", dead.arn)
    return dead, inbox, policy


def topics(
    make: Make, dead: aws.sqs.Queue, inbox: aws.sqs.Queue
) -> tuple[aws.sns.Topic, aws.sns.TopicPolicy]:
    news: aws.sns.Topic = make(aws.sns.Topic, "news")
    policy = make(
        aws.sns.TopicPolicy,
        "news_policy",
        arn=news.arn,
        policy=news.arn.apply(lambda arn: allow("s3.amazonaws.com", "sns:Publish", arn)),
    )
    told = make(
        aws.sns.TopicSubscription,
        "told",
        topic=news.arn,
        protocol="sqs",
        endpoint=inbox.arn,
        filter_policy=json.dumps({"kind": ["sale"]}),
        filter_policy_scope="MessageBody",
        raw_message_delivery=True,
        redrive_policy=redrive(dead),
    )
    hook = make(
        aws.sns.TopicSubscription, "hook", topic=news.arn, protocol="http", endpoint="http://127.0.0.1:9/hook"
    )
    pulumi.export("told", told.arn)
    pulumi.export("hook", {"arn": hook.arn, "pending": hook.pending_confirmation})
    return news, policy


def streams(make: Make) -> tuple[aws.kinesis.Stream, aws.dynamodb.Table]:
    clicks = make(
        aws.kinesis.Stream,
        "clicks",
        shard_count=1,
        retention_period=48,
        encryption_type="KMS",
        kms_key_id=KEY,
        shard_level_metrics=["IncomingBytes", "OutgoingBytes"],
        enforce_consumer_deletion=True,
        tags={"of": "clicks"},
    )
    visits = make(aws.kinesis.Stream, "visits", stream_mode_details={"stream_mode": "ON_DEMAND"})
    stock = make(
        aws.dynamodb.Table,
        "stock",
        hash_key="id",
        range_key="at",
        attributes=[{"name": "id", "type": "S"}, {"name": "at", "type": "N"}],
        read_capacity=2,
        write_capacity=3,
        stream_enabled=True,
        stream_view_type="NEW_IMAGE",
        tags={"of": "stock"},
    )
    pulumi.export("clicks", {"name": clicks.name, "arn": clicks.arn})
    pulumi.export("visits", visits.name)
    pulumi.export("stock", {"name": stock.name, "stream": stock.stream_arn, "label": stock.stream_label})
    return clicks, stock


def invocations(
    make: Make,
    live: aws.lambda_.Alias,
    dead: aws.sqs.Queue,
    inbox: aws.sqs.Queue,
    clicks: aws.kinesis.Stream,
    stock: aws.dynamodb.Table,
) -> None:
    from_queue = make(
        aws.lambda_.EventSourceMapping,
        "from_queue",
        function_name=live.arn,
        event_source_arn=inbox.arn,
        batch_size=50,
        maximum_batching_window_in_seconds=5,
        function_response_types=["ReportBatchItemFailures"],
        filter_criteria={"filters": [{"pattern": json.dumps({"body": {"kind": ["sale"]}})}]},
        scaling_config={"maximum_concurrency": 10},
        metrics_config={"metrics": ["EventCount"]},
        tags={"of": "mapping"},
    )
    from_stream = make(
        aws.lambda_.EventSourceMapping,
        "from_stream",
        function_name=live.arn,
        event_source_arn=clicks.arn,
        starting_position="AT_TIMESTAMP",
        starting_position_timestamp="2026-01-01T00:00:00Z",
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=2,
        maximum_record_age_in_seconds=60,
        parallelization_factor=2,
        tumbling_window_in_seconds=30,
        destination_config={"on_failure": {"destination_arn": dead.arn}},
        enabled=False,
    )
    from_table = make(
        aws.lambda_.EventSourceMapping,
        "from_table",
        function_name=live.function_name,
        event_source_arn=stock.stream_arn,
        starting_position="LATEST",
    )
    config = make(
        aws.lambda_.FunctionEventInvokeConfig,
        "config",
        function_name=live.function_name,
        qualifier=live.name,
        maximum_event_age_in_seconds=60,
        maximum_retry_attempts=0,
        destination_config={"on_failure": {"destination": dead.arn}},
    )
    url = make(
        aws.lambda_.FunctionUrl,
        "url",
        function_name=live.function_name,
        qualifier=live.name,
        authorization_type="NONE",
        invoke_mode="RESPONSE_STREAM",
        cors={"allow_origins": ["https://shop.example"], "allow_methods": ["GET", "POST"], "max_age": 60},
    )
    pulumi.export("mappings", [from_queue.uuid, from_stream.uuid, from_table.uuid])
    pulumi.export("functions", [from_queue.function_arn, from_table.function_arn])
    pulumi.export("config", config.id)
    pulumi.export("url", {"id": url.id, "url": url.function_url, "url_id": url.url_id})


def clocks(make: Make, live: aws.lambda_.Alias, dead: aws.sqs.Queue, inbox: aws.sqs.Queue) -> None:
    sales = make(
        aws.cloudwatch.EventRule,
        "sales",
        description="every sale",
        event_pattern=json.dumps({"source": ["shop"]}),
        tags={"of": "sales"},
    )
    nightly = make(
        aws.cloudwatch.EventRule, "nightly", schedule_expression="cron(0 3 * * ? *)", state="DISABLED"
    )
    started = make(
        aws.cloudwatch.EventTarget,
        "started",
        rule=sales.name,
        arn=live.arn,
        input=json.dumps({"by": "rule"}),
        retry_policy={"maximum_event_age_in_seconds": 60, "maximum_retry_attempts": 0},
        dead_letter_config={"arn": dead.arn},
    )
    make(
        aws.cloudwatch.EventTarget,
        "queued",
        rule=nightly.name,
        target_id="queued",
        arn=inbox.arn,
        input_transformer={"input_paths": {"at": "$.time"}, "input_template": '{"at": <at>}'},
    )
    role = make(
        aws.iam.Role, "clocks", assume_role_policy=json.dumps(trust_policy("scheduler.amazonaws.com"))
    )
    clock = make(
        aws.scheduler.Schedule,
        "clock",
        description="every night",
        schedule_expression="cron(0 3 * * ? *)",
        schedule_expression_timezone="Europe/Zurich",
        start_date=LATER,
        end_date="2091-01-01T01:00:00+01:00",
        state="DISABLED",
        flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 5},
        target={
            "arn": live.arn,
            "role_arn": role.arn,
            "input": json.dumps({"by": "schedule"}),
            "retry_policy": {"maximum_retry_attempts": 1},
            "dead_letter_config": {"arn": dead.arn},
        },
    )
    board = make(aws.cloudwatch.Dashboard, "board", dashboard_name="board", dashboard_body=dashboard(WIDGETS))
    pulumi.export("sales", sales.name)
    pulumi.export("nightly", nightly.name)
    pulumi.export("started", {"id": started.id, "target": started.target_id})
    pulumi.export("clock", clock.id)
    pulumi.export("board", board.dashboard_arn)


def files(
    make: Make,
    live: aws.lambda_.Alias,
    inbox: aws.sqs.Queue,
    news: aws.sns.Topic,
    policies: list[pulumi.Resource],
) -> None:
    bucket = make(aws.s3.Bucket, "files", force_destroy=True)
    created = ["s3:ObjectCreated:*"]
    make(
        aws.s3.BucketNotification,
        "notified",
        bucket=bucket.bucket,
        eventbridge=True,
        lambda_functions=[
            {
                "id": "orders",
                "lambda_function_arn": live.arn,
                "events": created,
                "filter_prefix": "in/",
                "filter_suffix": ".csv",
            }
        ],
        queues=[
            {"queue_arn": inbox.arn, "events": [*created, "s3:ObjectRemoved:*"], "filter_prefix": "queue/"}
        ],
        topics=[{"topic_arn": news.arn, "events": created, "filter_suffix": ".txt"}],
        # S3 looks whether it may send before it takes a notification.
        opts=pulumi.ResourceOptions(depends_on=policies),
    )
    pulumi.export("files", bucket.bucket)


def program(**changes: dict[str, Any]) -> Callable[[], None]:
    """Give a program of every resource, some with other arguments than usual (None takes one out)."""

    def make(kind: Any, name: str, /, **arguments: Any) -> Any:
        wanted = {**arguments, **changes.get(name, {})}
        return kind(name, **{key: value for key, value in wanted.items() if value is not None})

    def run() -> None:
        _, live = function(make)
        dead, inbox, inbox_policy = queues(make)
        news, news_policy = topics(make, dead, inbox)
        clicks, stock = streams(make)
        invocations(make, live, dead, inbox, clicks, stock)
        clocks(make, live, dead, inbox)
        files(make, live, inbox, news, [inbox_policy, news_policy])

    return run


@pytest.fixture(scope="module")
def outputs(engine: Engine) -> dict[str, Any]:
    """Deploy the program as it is written; the tests that follow change it, and put it back."""
    return values(engine.program(program()).up())


def values(result: auto.UpResult) -> dict[str, Any]:
    return {name: output.value for name, output in result.outputs.items()}


def operations(result: auto.UpResult | auto.RefreshResult) -> dict[str, int]:
    changes = result.summary.resource_changes or {}
    counted = {str(getattr(kind, "value", kind)): number for kind, number in changes.items()}
    return {kind: number for kind, number in counted.items() if kind != "same"}


def attributes(cloud: LocalCloud, url: str) -> dict[str, str]:
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    found: dict[str, str] = answer["Attributes"]
    return found


def mapping(cloud: LocalCloud, uuid: str) -> dict[str, Any]:
    found: dict[str, Any] = cloud.client("lambda").get_event_source_mapping(UUID=uuid)
    return found


def test_queues_topics_and_streams_stand_in_the_cloud(cloud: LocalCloud, outputs: dict[str, Any]) -> None:
    inbox = attributes(cloud, outputs["inbox"])
    assert {name: inbox[name] for name in ("VisibilityTimeout", "MessageRetentionPeriod")} == {
        "VisibilityTimeout": "120",
        "MessageRetentionPeriod": "3600",
    }
    assert (inbox["MaximumMessageSize"], inbox["DelaySeconds"]) == ("2048", "1")
    assert (inbox["ReceiveMessageWaitTimeSeconds"], inbox["SqsManagedSseEnabled"]) == ("2", "true")
    assert json.loads(inbox["RedrivePolicy"]) == {
        "deadLetterTargetArn": outputs["dead"],
        "maxReceiveCount": 3,
    }
    assert json.loads(inbox["Policy"])["Statement"][0]["Action"] == ["sqs:SendMessage"]
    assert cloud.client("sqs").list_queue_tags(QueueUrl=outputs["inbox"])["Tags"] == {"of": "inbox"}
    dead_url = cloud.client("sqs").get_queue_url(QueueName=outputs["dead"].rpartition(":")[2])["QueueUrl"]
    # The AWS provider's default, not the service's.
    assert attributes(cloud, dead_url)["MaximumMessageSize"] == "262144"

    topics = cloud.client("sns")
    told = topics.get_subscription_attributes(SubscriptionArn=outputs["told"])["Attributes"]
    assert json.loads(told["FilterPolicy"]) == {"kind": ["sale"]}
    assert (told["FilterPolicyScope"], told["RawMessageDelivery"]) == ("MessageBody", "true")
    assert json.loads(told["RedrivePolicy"]) == {"deadLetterTargetArn": outputs["dead"]}
    policy = topics.get_topic_attributes(TopicArn=told["TopicArn"])["Attributes"]["Policy"]
    assert json.loads(policy)["Statement"][0]["Principal"] == {"Service": "s3.amazonaws.com"}
    assert outputs["hook"]["pending"] is True
    assert outputs["hook"]["arn"].startswith(told["TopicArn"])

    streams = cloud.client("kinesis")
    clicks = streams.describe_stream_summary(StreamName=outputs["clicks"]["name"])["StreamDescriptionSummary"]
    assert (clicks["OpenShardCount"], clicks["RetentionPeriodHours"]) == (1, 48)
    assert (clicks["EncryptionType"], clicks["KeyId"]) == ("KMS", KEY)
    tags = streams.list_tags_for_stream(StreamName=outputs["clicks"]["name"])["Tags"]
    assert tags == [{"Key": "of", "Value": "clicks"}]
    visits = streams.describe_stream_summary(StreamName=outputs["visits"])["StreamDescriptionSummary"]
    assert visits["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}

    tables = cloud.client("dynamodb")
    stock = tables.describe_table(TableName=outputs["stock"]["name"])["Table"]
    assert stock["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
    throughput = stock["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (2, 3)
    assert stock["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert stock["LatestStreamArn"] == outputs["stock"]["stream"]
    assert outputs["stock"]["stream"].endswith(outputs["stock"]["label"])
    assert tables.list_tags_of_resource(ResourceArn=stock["TableArn"])["Tags"] == [
        {"Key": "of", "Value": "stock"}
    ]


def test_mappings_urls_and_invoke_settings_stand_in_the_cloud(
    cloud: LocalCloud, outputs: dict[str, Any]
) -> None:
    client = cloud.client("lambda")
    from_queue, from_stream, from_table = (mapping(cloud, uuid) for uuid in outputs["mappings"])
    assert outputs["functions"] == [from_queue["FunctionArn"], from_table["FunctionArn"]]
    assert from_queue["FunctionArn"] == f"{from_table['FunctionArn']}:live"
    assert (from_queue["State"], from_stream["State"]) == ("Enabled", "Disabled")
    assert (from_queue["BatchSize"], from_queue["MaximumBatchingWindowInSeconds"]) == (50, 5)
    assert from_queue["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert [json.loads(each["Pattern"]) for each in from_queue["FilterCriteria"]["Filters"]] == [
        {"body": {"kind": ["sale"]}}
    ]
    assert from_queue["ScalingConfig"] == {"MaximumConcurrency": 10}
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:event-source-mapping:{from_queue['UUID']}"
    assert client.list_tags(Resource=arn)["Tags"] == {"of": "mapping"}
    # As on AWS, of a stream as many as 100 records are taken at once.
    assert (from_stream["BatchSize"], from_stream["StartingPosition"]) == (100, "AT_TIMESTAMP")
    assert (from_stream["MaximumRetryAttempts"], from_stream["MaximumRecordAgeInSeconds"]) == (2, 60)
    assert (from_stream["ParallelizationFactor"], from_stream["BisectBatchOnFunctionError"]) == (2, True)
    assert from_stream["DestinationConfig"] == {"OnFailure": {"Destination": outputs["dead"]}}

    name = from_table["FunctionArn"].rpartition(":")[2]
    config = client.get_function_event_invoke_config(FunctionName=name, Qualifier="live")
    assert outputs["config"] == f"{name}:live"
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (0, 60)
    assert config["DestinationConfig"]["OnFailure"] == {"Destination": outputs["dead"]}

    url = client.get_function_url_config(FunctionName=name, Qualifier="live")
    assert outputs["url"] == {
        "id": f"{name}/live",
        "url": url["FunctionUrl"],
        "url_id": url["FunctionUrl"].split("//")[1].split(".")[0],
    }
    assert (url["AuthType"], url["InvokeMode"]) == ("NONE", "RESPONSE_STREAM")
    assert url["Cors"]["AllowOrigins"] == ["https://shop.example"]
    assert (sorted(url["Cors"]["AllowMethods"]), url["Cors"]["MaxAge"]) == (["GET", "POST"], 60)
    policy = json.loads(client.get_policy(FunctionName=name, Qualifier="live")["Policy"])
    assert [each["Sid"] for each in policy["Statement"]] == [
        "FunctionURLAllowPublicAccess",
        "FunctionURLAllowInvokeAction",
    ]


def test_rules_schedules_dashboards_and_notifications_stand_in_the_cloud(
    cloud: LocalCloud, outputs: dict[str, Any]
) -> None:
    events = cloud.client("events")
    sales = events.describe_rule(Name=outputs["sales"])
    assert json.loads(sales["EventPattern"]) == {"source": ["shop"]}
    assert (sales["State"], sales["Description"]) == ("ENABLED", "every sale")
    assert events.list_tags_for_resource(ResourceARN=sales["Arn"])["Tags"] == [
        {"Key": "of", "Value": "sales"}
    ]
    assert events.describe_rule(Name=outputs["nightly"])["State"] == "DISABLED"
    (started,) = events.list_targets_by_rule(Rule=outputs["sales"])["Targets"]
    assert outputs["started"] == {"id": f"{outputs['sales']}-{started['Id']}", "target": started["Id"]}
    assert json.loads(started["Input"]) == {"by": "rule"}
    assert started["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}
    assert started["DeadLetterConfig"] == {"Arn": outputs["dead"]}
    (queued,) = events.list_targets_by_rule(Rule=outputs["nightly"])["Targets"]
    assert (queued["Id"], queued["InputTransformer"]) == (
        "queued",
        {"InputPathsMap": {"at": "$.time"}, "InputTemplate": '{"at": <at>}'},
    )

    group, name = outputs["clock"].split("/")
    clock = cloud.client("scheduler").get_schedule(Name=name, GroupName=group)
    assert (group, clock["State"], clock["ScheduleExpressionTimezone"]) == (
        "default",
        "DISABLED",
        "Europe/Zurich",
    )
    assert (clock["StartDate"].isoformat()[:19], clock["EndDate"].isoformat()[:19]) == (
        "2090-01-01T00:00:00",
        "2091-01-01T00:00:00",
    )
    assert clock["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}
    assert json.loads(clock["Target"]["Input"]) == {"by": "schedule"}
    assert clock["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 1
    assert clock["Target"]["DeadLetterConfig"] == {"Arn": outputs["dead"]}

    board = cloud.client("cloudwatch").get_dashboard(DashboardName="board")
    assert (json.loads(board["DashboardBody"]), board["DashboardArn"]) == (
        {"widgets": WIDGETS},
        outputs["board"],
    )

    found = cloud.client("s3").get_bucket_notification_configuration(Bucket=outputs["files"])
    (function_,) = found["LambdaFunctionConfigurations"]
    assert (function_["Id"], function_["LambdaFunctionArn"]) == ("orders", outputs["functions"][0])
    rules = {rule["Name"].lower(): rule["Value"] for rule in function_["Filter"]["Key"]["FilterRules"]}
    assert rules == {"prefix": "in/", "suffix": ".csv"}
    assert sorted(found["QueueConfigurations"][0]["Events"]) == ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]
    assert found["TopicConfigurations"][0]["Events"] == ["s3:ObjectCreated:*"]
    assert found["EventBridgeConfiguration"] == {}


def test_a_second_deployment_and_a_refresh_change_nothing(engine: Engine, outputs: dict[str, Any]) -> None:
    stack = engine.program(program())
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    stack.up(expect_no_changes=True)


def test_changes_are_made_in_place_and_what_is_left_out_is_reset(
    engine: Engine, cloud: LocalCloud, outputs: dict[str, Any]
) -> None:
    changed = program(
        inbox={
            "visibility_timeout_seconds": None,
            "message_retention_seconds": 7200,
            "tags": {"of": "changed"},
        },
        inbox_policy={"policy": allow(["sns.amazonaws.com", "s3.amazonaws.com"], "sqs:SendMessage", "*")},
        news_policy={"policy": allow("events.amazonaws.com", "sns:Publish", "*")},
        told={"filter_policy": None, "filter_policy_scope": None, "raw_message_delivery": None},
        clicks={
            "shard_count": 2,
            "retention_period": None,
            "encryption_type": None,
            "kms_key_id": None,
            "tags": None,
        },
        stock={"billing_mode": "PAY_PER_REQUEST", "read_capacity": None, "write_capacity": None},
        from_queue={
            "batch_size": 5,
            "maximum_batching_window_in_seconds": None,
            "function_response_types": None,
            "filter_criteria": None,
            "scaling_config": None,
            "enabled": False,
            "tags": None,
        },
        from_stream={"maximum_retry_attempts": 3, "bisect_batch_on_function_error": None},
        config={
            "maximum_retry_attempts": 1,
            "maximum_event_age_in_seconds": None,
            "destination_config": None,
        },
        url={"authorization_type": "AWS_IAM", "invoke_mode": None, "cors": None},
        sales={
            "description": None,
            "event_pattern": json.dumps({"source": ["shop", "web"]}),
            "state": "DISABLED",
        },
        started={"input": None, "retry_policy": {"maximum_retry_attempts": 5}, "dead_letter_config": None},
        clock={
            "description": None,
            "state": None,
            "start_date": None,
            "schedule_expression": "rate(9 days)",
            "flexible_time_window": {"mode": "OFF"},
        },
        # In another order it is another dashboard.
        board={"dashboard_body": dashboard(WIDGETS[::-1])},
        notified={"topics": None, "eventbridge": None},
    )
    result = engine.program(changed).up()
    assert operations(result) == {"update": 15}
    assert values(result)["mappings"] == outputs["mappings"]

    inbox = attributes(cloud, outputs["inbox"])
    assert (inbox["VisibilityTimeout"], inbox["MessageRetentionPeriod"]) == ("30", "7200")
    assert "sns.amazonaws.com" in inbox["Policy"]
    assert cloud.client("sqs").list_queue_tags(QueueUrl=outputs["inbox"])["Tags"] == {"of": "changed"}
    topics = cloud.client("sns")
    told = topics.get_subscription_attributes(SubscriptionArn=outputs["told"])["Attributes"]
    assert (json.loads(told["FilterPolicy"]), told["RawMessageDelivery"]) == ({}, "false")
    policy = topics.get_topic_attributes(TopicArn=told["TopicArn"])["Attributes"]["Policy"]
    assert "events.amazonaws.com" in policy
    clicks = cloud.client("kinesis").describe_stream_summary(StreamName=outputs["clicks"]["name"])
    clicks = clicks["StreamDescriptionSummary"]
    assert (clicks["OpenShardCount"], clicks["RetentionPeriodHours"], clicks["EncryptionType"]) == (
        2,
        24,
        "NONE",
    )
    stock = cloud.client("dynamodb").describe_table(TableName=outputs["stock"]["name"])["Table"]
    assert stock["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    from_queue, from_stream, _ = (mapping(cloud, uuid) for uuid in outputs["mappings"])
    assert (from_queue["State"], from_queue["BatchSize"]) == ("Disabled", 5)
    assert (from_queue["MaximumBatchingWindowInSeconds"], from_queue["FunctionResponseTypes"]) == (0, [])
    assert (from_queue["FilterCriteria"], from_queue["ScalingConfig"]) == ({}, {})
    assert (from_stream["MaximumRetryAttempts"], from_stream["BisectBatchOnFunctionError"]) == (3, False)
    client, name = cloud.client("lambda"), outputs["functions"][1]
    config = client.get_function_event_invoke_config(FunctionName=name, Qualifier="live")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 21600)
    assert not config["DestinationConfig"]["OnFailure"]
    url = client.get_function_url_config(FunctionName=name, Qualifier="live")
    assert (url["AuthType"], url["InvokeMode"], url["Cors"]) == ("AWS_IAM", "BUFFERED", {})
    sales = cloud.client("events").describe_rule(Name=outputs["sales"])
    assert (sales["State"], sales.get("Description")) == ("DISABLED", None)
    (started,) = cloud.client("events").list_targets_by_rule(Rule=outputs["sales"])["Targets"]
    assert started["RetryPolicy"] == {"MaximumRetryAttempts": 5}
    assert {"Input", "DeadLetterConfig"} & set(started) == set()
    clock = cloud.client("scheduler").get_schedule(Name=outputs["clock"].split("/")[1])
    assert (clock["State"], clock["Description"], clock["FlexibleTimeWindow"]) == (
        "ENABLED",
        "",
        {"Mode": "OFF"},
    )
    assert "StartDate" not in clock
    board = cloud.client("cloudwatch").get_dashboard(DashboardName="board")
    assert json.loads(board["DashboardBody"]) == {"widgets": WIDGETS[::-1]}
    found = cloud.client("s3").get_bucket_notification_configuration(Bucket=outputs["files"])
    assert {"LambdaFunctionConfigurations", "QueueConfigurations"} == set(found) - {"ResponseMetadata"}

    stack = engine.program(changed)
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    engine.program(program()).up()


def test_what_cannot_change_is_replaced(engine: Engine, cloud: LocalCloud, outputs: dict[str, Any]) -> None:
    changed = program(
        inbox={"name": "another-inbox"},
        told={"protocol": "email", "endpoint": "somebody@shop.example", "redrive_policy": None},
        from_table={"starting_position": "TRIM_HORIZON"},
        config={"qualifier": "$LATEST"},
        nightly={"name": "another-night"},
        queued={"target_id": "another"},
        clock={"name": "another-clock"},
        board={"dashboard_name": "another-board"},
        stock={"name": "another-stock"},
        clicks={"name": "another-stream"},
        url={"qualifier": "$LATEST", "authorization_type": "AWS_IAM"},
    )
    result = engine.program(changed).up()
    # Its source's replacement replaces a mapping; the name of its queue, a policy.
    replaced = 11 + len({"from_queue", "from_stream", "inbox_policy"})
    assert operations(result)["replace"] == replaced
    after = values(result)
    assert after["inbox"].endswith("/another-inbox")
    assert (after["config"].rpartition(":")[2], after["clock"]) == ("$LATEST", "default/another-clock")
    assert set(after["mappings"]) & set(outputs["mappings"]) == set()
    assert mapping(cloud, after["mappings"][2])["StartingPosition"] == "TRIM_HORIZON"
    told = cloud.client("sns").get_subscription_attributes(SubscriptionArn=after["told"])["Attributes"]
    assert told["Endpoint"] == "somebody@shop.example"
    listed = cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert [each["DashboardName"] for each in listed] == ["another-board"]


def test_a_refresh_sees_what_was_done_behind_its_back_and_a_deployment_undoes_it(
    engine: Engine, cloud: LocalCloud, outputs: dict[str, Any]
) -> None:
    before = values(engine.program(program()).up())
    queue, (from_queue, from_stream, _) = before["inbox"], before["mappings"]
    functions, topics = cloud.client("lambda"), cloud.client("sns")
    cloud.client("sqs").set_queue_attributes(
        QueueUrl=queue, Attributes={"VisibilityTimeout": "5", "Policy": ""}
    )
    functions.update_event_source_mapping(UUID=from_queue, BatchSize=1, Enabled=False)
    functions.delete_event_source_mapping(UUID=from_stream)
    functions.delete_function_event_invoke_config(FunctionName=before["functions"][1], Qualifier="live")
    topics.set_subscription_attributes(
        SubscriptionArn=before["told"], AttributeName="FilterPolicy", AttributeValue='{"kind": ["other"]}'
    )
    topics.unsubscribe(SubscriptionArn=before["hook"]["arn"])
    events = cloud.client("events")
    events.put_rule(Name=before["sales"], EventPattern='{"source": ["elsewhere"]}')
    events.remove_targets(Rule=before["nightly"], Ids=["queued"])
    group, name = before["clock"].split("/")
    cloud.client("scheduler").delete_schedule(GroupName=group, Name=name)
    cloud.client("cloudwatch").put_dashboard(DashboardName="board", DashboardBody='{"widgets": []}')
    cloud.client("s3").put_bucket_notification_configuration(
        Bucket=before["files"], NotificationConfiguration={}
    )
    cloud.client("kinesis").increase_stream_retention_period(
        StreamName=before["clicks"]["name"], RetentionPeriodHours=72
    )
    cloud.client("dynamodb").update_table(
        TableName=before["stock"]["name"], StreamSpecification={"StreamEnabled": False}
    )

    stack = engine.program(program())
    seen = operations(stack.refresh())
    assert seen["delete"] == len({"inbox_policy", "from_stream", "config", "hook", "queued", "clock"})
    result = stack.up()
    made = operations(result)
    assert made["create"] == seen["delete"]
    after = values(result)
    found = attributes(cloud, queue)
    assert (found["VisibilityTimeout"], "Policy" in found) == ("120", True)
    assert (mapping(cloud, from_queue)["BatchSize"], mapping(cloud, from_queue)["State"]) == (50, "Enabled")
    told = topics.get_subscription_attributes(SubscriptionArn=after["told"])["Attributes"]
    assert json.loads(told["FilterPolicy"]) == {"kind": ["sale"]}
    assert json.loads(events.describe_rule(Name=before["sales"])["EventPattern"]) == {"source": ["shop"]}
    board = cloud.client("cloudwatch").get_dashboard(DashboardName="board")
    assert json.loads(board["DashboardBody"]) == {"widgets": WIDGETS}
    notified = cloud.client("s3").get_bucket_notification_configuration(Bucket=before["files"])
    assert notified["LambdaFunctionConfigurations"][0]["Id"] == "orders"
    clicks = cloud.client("kinesis").describe_stream_summary(StreamName=before["clicks"]["name"])
    assert clicks["StreamDescriptionSummary"]["RetentionPeriodHours"] == 48
    stock = cloud.client("dynamodb").describe_table(TableName=before["stock"]["name"])["Table"]
    assert stock["StreamSpecification"]["StreamEnabled"] is True
    assert after["stock"]["stream"] == stock["LatestStreamArn"]
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)


def test_everything_can_be_imported(engine: Engine, outputs: dict[str, Any]) -> None:
    # When a stream's reading began the emulator does not tell.
    begins = {"starting_position": "TRIM_HORIZON", "starting_position_timestamp": None}
    engine.program(program(from_stream=begins)).up()
    state = engine.stacks["inline"].export_stack().deployment or {}
    made = {each["urn"].rpartition("::")[2]: each for each in state["resources"] if each.get("custom")}
    made = {name: each for name, each in made.items() if not each["type"].startswith("pulumi:")}
    # An import takes the physical names, which the program did not give.
    words = {"name": "name", "bucket": "bucket", "targetId": "target_id"}
    changes: dict[str, dict[str, Any]] = {
        name: {words[key]: each["inputs"][key] for key in each["inputs"].get("__defaults", [])}
        for name, each in made.items()
    }
    # What a service does not report is no part of what is imported.
    unreported = {
        "fn": ("publish",),
        "clicks": ("shard_level_metrics", "enforce_consumer_deletion"),
        "from_queue": ("metrics_config",),
        "from_stream": ("tumbling_window_in_seconds",),
        "files": ("force_destroy",),
    }
    for name, arguments in unreported.items():
        changes[name] |= dict.fromkeys(arguments)
    changes["from_stream"] |= begins
    ids = {name: each["id"] for name, each in made.items()}
    ids |= {name: changes[name]["name"] for name in ("clicks", "visits")}
    ids |= {
        "live": f"{ids['fn']}/live",
        "started": f"{ids['sales']}/{changes['started']['target_id']}",
        "queued": f"{ids['nightly']}/queued",
    }
    for name, id_ in ids.items():
        changes[name]["opts"] = pulumi.ResourceOptions(import_=id_)
    stack = engine.program(program(**changes), "adopted")
    assert operations(stack.up()) == {"create": 1, "import": len(made)}  # the stack itself
    for change in changes.values():
        del change["opts"]
    stack.up(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    # Both stacks go at the end: what one has removed is as good as removed for the other.
