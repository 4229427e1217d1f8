import itertools
import json
import re
from typing import Any, cast

import pulumi
import pytest

from components import (
    AlarmTopic,
    DurableFunction,
    DurableFunctionArgs,
    DurableMonitoring,
    InvalidArnError,
    iam,
)
from components.monitoring.dashboard import dashboard_body
from tables.account import FUNCTION, QUEUE, ROLE, TOPIC, Recorder, declare
from tables.invalid_inputs import FUNCTION_ARGS

NAMES = {"orders": "orders-1a2b3c4", "payments": "payments-1a2b3c4"}


def orders(**more: Any) -> DurableFunction:
    return DurableFunction("orders", cast(DurableFunctionArgs, {**FUNCTION_ARGS, **more}))


# Dead letters.


def test_dead_letters_are_kept_for_as_long_as_a_queue_can_and_ring(cloud: Recorder) -> None:
    found: list[str] = []

    def program() -> None:
        arn = orders(dead_letter_queue=True).outputs()["dead_letter_arn"]
        arn.apply(found.append)

    declare(program)
    seen = cloud.seen()
    arn = f"{QUEUE}:orders-dead-letters-1a2b3c4"
    assert found == [arn]
    assert seen["Queue orders-dead-letters"] == {
        "messageRetentionSeconds": 1_209_600,
        "sqsManagedSseEnabled": True,
        "tags": {},
    }
    assert seen["RolePolicy orders-dead-letters"] == {
        "role": "orders-1a2b3c4",
        "policy": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}],
        },
    }
    assert seen["MetricAlarm orders-dead-letters"] == {
        "alarmActions": [],
        "alarmDescription": "Events of executions that failed wait in the dead letter queue: orders",
        "comparisonOperator": "GreaterThanThreshold",
        "dimensions": {"QueueName": "orders-dead-letters-1a2b3c4"},
        "evaluationPeriods": 1,
        "metricName": "ApproximateNumberOfMessagesVisible",
        "namespace": "AWS/SQS",
        "okActions": [],
        "period": 300,
        "statistic": "Maximum",
        "tags": {},
        "threshold": 0,
        "treatMissingData": "notBreaching",
    }


@pytest.mark.parametrize(
    ("target", "action"), [(f"{QUEUE}:lost", "sqs:SendMessage"), (f"{TOPIC}:lost", "sns:Publish")]
)
def test_a_target_of_the_authors_own_may_be_sent_to_and_nothing_else_is_made(
    cloud: Recorder, target: str, action: str
) -> None:
    declare(lambda: orders(dead_letter_arn=pulumi.Output.from_input(target)))
    seen = cloud.seen()
    assert seen["Function orders"]["deadLetterConfig"] == {"targetArn": target}
    assert seen["RolePolicy orders-dead-letters"]["policy"]["Statement"] == [
        {"Effect": "Allow", "Action": action, "Resource": target}
    ]
    assert not {"Queue orders-dead-letters", "MetricAlarm orders-dead-letters"} & set(seen)


@pytest.mark.parametrize("arn", ["arn:aws:s3:::lost", "lost"])
def test_an_output_that_turns_out_to_be_no_target_is_refused_by_name(arn: str) -> None:
    with pytest.raises(InvalidArnError, match="is not the ARN of an SQS queue or an SNS topic"):
        iam.send_document(arn)


@pytest.mark.parametrize("target", [{"dead_letter_queue": True}, {"dead_letter_arn": f"{QUEUE}:lost"}])
def test_a_role_that_is_to_be_left_alone_gets_no_right_to_send(
    cloud: Recorder, target: dict[str, Any]
) -> None:
    declare(lambda: orders(role_arn=f"{ROLE}/own", execution_policy="none", **target))
    assert cloud.all("aws:iam/rolePolicy:RolePolicy") == []
    assert "targetArn" in cloud.one("aws:lambda/function:Function")["deadLetterConfig"]


# Single executions that fail.


def test_executions_that_fail_are_told_of_one_by_one(cloud: Recorder) -> None:
    declare(lambda: orders(failure_topic_arn=f"{TOPIC}:ops"))
    seen = cloud.seen()
    assert seen["EventRule orders-failures"] == {
        "description": "Executions of orders that fail or time out",
        "eventPattern": {
            "source": ["aws.lambda"],
            "detail-type": ["Durable Execution Status Change"],
            "detail": {
                "status": ["FAILED", "TIMED_OUT"],
                # The events name a version, never the alias.
                "functionArn": [{"prefix": f"{FUNCTION}:orders-1a2b3c4:"}],
            },
        },
        "tags": {},
    }
    target = seen["EventTarget orders-failures"]
    assert {key: value for key, value in target.items() if key != "inputTransformer"} == {
        "rule": "orders-failures-1a2b3c4",
        "arn": f"{TOPIC}:ops",
    }


def test_the_message_about_a_failure_is_a_json_text_of_values_that_are_there(cloud: Recorder) -> None:
    declare(lambda: orders(failure_topic_arn=f"{TOPIC}:ops"))
    transformer = cloud.seen()["EventTarget orders-failures"]["inputTransformer"]
    text = json.loads(transformer["inputTemplate"])
    assert text == (
        "orders: the execution <execution> ended <status> at <end>. Its history: durable history <arn>, or "
        "aws lambda get-durable-execution-history --durable-execution-arn <arn>"
    )
    assert transformer["inputPaths"] == {
        "arn": "$.detail.durableExecutionArn",
        "end": "$.detail.endTimestamp",
        "execution": "$.detail.durableExecutionName",
        "status": "$.detail.status",
    }
    assert set(re.findall(r"<(\w+)>", text)) == set(transformer["inputPaths"])


# The topic.


@pytest.mark.parametrize(("partition", "region"), [("aws", "eu-west-1"), ("aws-us-gov", "us-gov-west-1")])
def test_alarms_of_the_account_and_rules_may_publish_and_nobody_else(partition: str, region: str) -> None:
    arn = f"arn:{partition}:sns:{region}:123456789012:alarms"

    class Government(Recorder):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
            name, outputs = super().new_resource(args)
            return name, {**outputs, **({"arn": arn} if args.typ == "aws:sns/topic:Topic" else {})}

    cloud, found = Government(), cast(list[str], [])
    pulumi.runtime.set_mocks(cloud)
    declare(lambda: AlarmTopic("alarms", {}).topic_arn.apply(found.append))
    assert cloud.seen()["TopicPolicy alarms"] == {
        "arn": arn,
        "policy": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": arn,
                    "Condition": {
                        "ArnLike": {
                            "aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:123456789012:alarm:*"
                        }
                    },
                },
                # With a condition EventBridge's messages would be lost: it sends none of the keys.
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": arn,
                },
            ],
        },
    }
    assert found == [arn]
    assert cloud.all("aws:sns/topicSubscription:TopicSubscription") == []


# The dashboard and the account's limit.


def test_the_accounts_limit_rings_without_a_dimension(cloud: Recorder) -> None:
    declare(lambda: DurableMonitoring("durable", {"functions": dict(NAMES)}))
    assert cloud.one("aws:cloudwatch/metricAlarm:MetricAlarm") == {
        "alarmActions": [],
        "alarmDescription": "Running executions are above 80 % of the account's limit in this region: durable",
        "comparisonOperator": "GreaterThanThreshold",
        "dimensions": {},
        "evaluationPeriods": 1,
        "metricName": "ApproximateRunningDurableExecutionsUtilization",
        "namespace": "AWS/Lambda",
        "okActions": [],
        "period": 300,
        "statistic": "Maximum",
        "tags": {},
        "threshold": 80,
        "treatMissingData": "notBreaching",
    }


def test_the_dashboard_is_the_stacks_own_and_shows_its_region(cloud: Recorder) -> None:
    found: list[str | None] = []

    def program() -> None:
        made = DurableMonitoring("durable", {"functions": dict(NAMES)})
        pulumi.Output.from_input(made.dashboard_name).apply(found.append)

    declare(program)
    dashboard = cloud.seen()["Dashboard durable"]
    assert found == [dashboard["dashboardName"]] == ["durable-test"]
    assert dashboard["dashboardBody"] == dashboard_body(NAMES, "eu-west-1", 80)


WIDGETS: list[dict[str, Any]] = dashboard_body(NAMES, "eu-west-1", 80)["widgets"]
TITLES = [widget["properties"]["title"] for widget in WIDGETS]


@pytest.mark.parametrize("widget", WIDGETS, ids=TITLES)
def test_every_graph_is_of_the_region_and_of_every_function_or_the_account(widget: dict[str, Any]) -> None:
    properties = widget["properties"]
    assert (widget["type"], properties["region"], properties["period"]) == ("metric", "eu-west-1", 300)
    shown = [dict(itertools.pairwise(metric[2:-1])) for metric in properties["metrics"] if len(metric) > 1]
    functions = [metric["FunctionName"] for metric in shown if metric]
    if properties["title"].startswith("Running executions"):
        assert shown == [{}]
    else:
        assert set(functions) == set(NAMES.values())
        assert len(functions) % len(NAMES) == 0


@pytest.mark.parametrize("widget", WIDGETS, ids=TITLES)
def test_every_metric_is_a_name_with_whole_dimensions_and_options_last(widget: dict[str, Any]) -> None:
    for metric in widget["properties"]["metrics"]:
        *name, options = metric
        if "expression" in options:
            assert name == []
        else:
            assert name[0] == "AWS/Lambda"
            assert len(name) in {2, 4}
            assert options["stat"] in {"Sum", "Maximum", "p90"}


@pytest.mark.parametrize("widget", WIDGETS, ids=TITLES)
def test_what_an_expression_names_is_there_once(widget: dict[str, Any]) -> None:
    options = [metric[-1] for metric in widget["properties"]["metrics"]]
    ids = [each["id"] for each in options if "id" in each]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", each) for each in ids)
    named = [re.findall(r"[a-z]\w*", each["expression"]) for each in options if "expression" in each]
    assert set(itertools.chain(*named)) <= set(ids)
    assert all(len(each) == len(NAMES) for each in named)


def test_each_end_of_executions_is_summed_over_the_functions() -> None:
    metrics = WIDGETS[0]["properties"]["metrics"]
    summed = {each[-1]["id"]: each[1] for each in metrics if len(each) > 1}
    lines = {each[0]["label"]: each[0]["expression"] for each in metrics if len(each) == 1}
    assert {
        label: {summed[part] for part in re.findall(r"[a-z]\w*", expression)}
        for label, expression in lines.items()
    } == {
        "succeeded": {"DurableExecutionSucceeded"},
        "failed": {"DurableExecutionFailed"},
        "timed out": {"DurableExecutionTimedOut"},
        "stopped": {"DurableExecutionStopped"},
    }


def test_no_widget_lies_on_another_or_beyond_the_edge() -> None:
    taken = [
        (column, row)
        for widget in WIDGETS
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(taken) == len(set(taken))
    assert {column for column, _ in taken} == set(range(24))


def test_one_function_is_enough_for_a_dashboard() -> None:
    metrics = dashboard_body({"orders": "o"}, "eu-west-1", 80)["widgets"][0]["properties"]["metrics"]
    assert [each[0]["expression"] for each in metrics if len(each) == 1] == [
        "SUM([succeeded0])",
        "SUM([failed0])",
        "SUM([timedout0])",
        "SUM([stopped0])",
    ]
