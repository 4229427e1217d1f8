"""CloudWatch: log groups, alarms and dashboards."""

import json
from typing import Any

from differential.reasons import EARLIER, QUERY
from differential.subject import Props, Request, Subject, change, each, to
from differential.world import KEY, OTHER_TOPIC, TOPIC

_TAGS = ({"a": "1"}, {"a": "2", "b": "3"})

LOG_GROUP = Subject(
    "aws:cloudwatch/logGroup:LogGroup",
    "aws_cloudwatch_log_group",
    base={"name": "NAME"},
    reads=(
        Request("logs", "describe_log_groups", {"logGroupNamePrefix": "{name}"}, "logGroups"),
        Request("logs", "list_tags_for_resource", {"resourceArn": "{arn}"}, "tags"),
    ),
    changes=(
        to("name", "NAME-2", "/aws/lambda/NAME", "a b", "n" * 513),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 487}),
        each("retentionInDays", 7, 3653),
        to("retentionInDays", 0, 2, -1),
        each("kmsKeyId", KEY, KEY.replace("1111", "9999", 1)),
        to("kmsKeyId", "key"),
        each("logGroupClass", "STANDARD", "INFREQUENT_ACCESS"),
        to("logGroupClass", "CHEAP"),
        each("skipDestroy", True, False),
        each("tags", *_TAGS),
        change(
            "retention, changed by somebody else",
            {},
            {"retentionInDays": 7},
            behind=(
                Request("logs", "put_retention_policy", {"logGroupName": "NAME", "retentionInDays": 14}),
            ),
        ),
        change("gone", {}, behind=(Request("logs", "delete_log_group", {"logGroupName": "NAME"}),)),
    ),
)


def _query(id_: str, metric: str, **more: Any) -> Props:
    measure = {"metricName": metric, "namespace": "AWS/Lambda", "period": 60, "stat": "Sum"}
    return {"id": id_, "metric": {**measure, "dimensions": {"FunctionName": "f"}, **more}}


_FIRST, _SECOND = _query("first", "Errors"), _query("second", "Throttles")
_TOTAL = {"id": "total", "expression": "first + second", "returnData": True, "label": "all"}
_QUERIES = [_FIRST, _SECOND, _TOTAL]
_SIMPLE = ("metricName", "namespace", "period", "statistic")
_BY_QUERIES = {**dict.fromkeys(_SIMPLE), "metricQueries": _QUERIES}
_PERCENTILE = {"statistic": None, "extendedStatistic": "p99"}

ALARM = Subject(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws_cloudwatch_metric_alarm",
    restless=QUERY,
    names={"name": "alarm_name", "metricQueries": "metric_query"},
    base={
        "name": "NAME",
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 1,
        "metricName": "Errors",
        "namespace": "AWS/Lambda",
        "period": 60,
        "statistic": "Sum",
        "threshold": 1,
    },
    reads=(
        Request("cloudwatch", "describe_alarms", {"AlarmNames": ["{name}"]}, "MetricAlarms"),
        Request("cloudwatch", "list_tags_for_resource", {"ResourceARN": "{arn}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2", "n" * 256),
        to("comparisonOperator", "LessThanThreshold", "GreaterThan"),
        to("evaluationPeriods", 2, 0),
        to("metricName", "Throttles", "m" * 256),
        to("namespace", "AWS/SQS", "a:b", "n" * 256),
        to("period", 10, 20, 30, 120, 7, 90, 86_400),
        to("period", 0, explained=EARLIER),
        to("statistic", "Average", "Median"),
        change("statistic to extendedStatistic", _PERCENTILE),
        change(
            "extendedStatistic to statistic", {"statistic": "Sum", "extendedStatistic": None}, _PERCENTILE
        ),
        change("extendedStatistic changed", {"extendedStatistic": "tm90"}, _PERCENTILE),
        change("extendedStatistic out of range", {"statistic": None, "extendedStatistic": "p101"}),
        change("extendedStatistic unknown", {"statistic": None, "extendedStatistic": "median"}),
        change("both statistics", {"extendedStatistic": "p99"}),
        change("no statistic", {"statistic": None}),
        change("no metric", dict.fromkeys(_SIMPLE), explained=EARLIER),
        to("threshold", 0, 2.5),
        each("datapointsToAlarm", 1, 2, beside={"evaluationPeriods": 3}),
        to("datapointsToAlarm", 0),
        each("dimensions", {"FunctionName": "f"}, {"FunctionName": "g", "Resource": "g:live"}),
        each("alarmDescription", "one", "two"),
        to("alarmDescription", "d" * 1025),
        each("actionsEnabled", False, True),
        each("alarmActions", [TOPIC], [TOPIC, OTHER_TOPIC]),
        change(
            "alarmActions reordered",
            {"alarmActions": [OTHER_TOPIC, TOPIC]},
            {"alarmActions": [TOPIC, OTHER_TOPIC]},
        ),
        to("alarmActions", ["topic"]),
        each("okActions", [TOPIC], [OTHER_TOPIC]),
        to("okActions", ["topic"]),
        each("insufficientDataActions", [TOPIC], [OTHER_TOPIC], explained=QUERY),
        to("insufficientDataActions", ["topic"]),
        each("treatMissingData", "breaching", "notBreaching"),
        to("treatMissingData", "missing", "gone"),
        each("evaluateLowSampleCountPercentiles", "ignore", "evaluate", beside=_PERCENTILE),
        to("evaluateLowSampleCountPercentiles", "skip"),
        each("unit", "Count", "Seconds"),
        to("unit", "Days"),
        change(
            "metricQueries changed",
            {"metricQueries": [_FIRST, _SECOND, {**_TOTAL, "expression": "first - second"}]},
            _BY_QUERIES,
        ),
        change("metric to metricQueries", _BY_QUERIES),
        change(
            "metricQueries to metric",
            {
                "metricName": "Errors",
                "namespace": "AWS/Lambda",
                "period": 60,
                "statistic": "Sum",
                "metricQueries": None,
            },
            _BY_QUERIES,
        ),
        change("metricQueries reordered", {"metricQueries": [_TOTAL, _SECOND, _FIRST]}, _BY_QUERIES),
        change("metricQueries and a metric", {"metricQueries": _QUERIES}),
        change(
            "metricQueries.label removed",
            {"metricQueries": [_FIRST, _SECOND, {**_TOTAL, "label": None}]},
            _BY_QUERIES,
        ),
        change(
            "thresholdMetricId with queries",
            {
                "thresholdMetricId": "total",
                "threshold": None,
                "comparisonOperator": "GreaterThanUpperThreshold",
            },
            _BY_QUERIES,
        ),
        change(
            "query period 7",
            {"metricQueries": [{**_query("first", "Errors", period=7), "returnData": True}]},
            _BY_QUERIES,
        ),
        change(
            "query unit Days",
            {"metricQueries": [{**_query("first", "Errors", unit="Days"), "returnData": True}]},
            _BY_QUERIES,
        ),
        each("tags", *_TAGS),
        change("gone", {}, behind=(Request("cloudwatch", "delete_alarms", {"AlarmNames": ["NAME"]}),)),
    ),
)

_WIDGET = {"type": "text", "x": 0, "y": 0, "width": 3, "height": 3, "properties": {"markdown": "a"}}
_BODY = json.dumps({"widgets": [_WIDGET]})

DASHBOARD = Subject(
    "aws:cloudwatch/dashboard:Dashboard",
    "aws_cloudwatch_dashboard",
    base={"dashboardName": "NAME", "dashboardBody": _BODY},
    reads=(Request("cloudwatch", "get_dashboard", {"DashboardName": "{dashboardName}"}),),
    changes=(
        to("dashboardName", "NAME-2", "a b", "n" * 256),
        to(
            "dashboardBody",
            json.dumps({"widgets": []}),
            json.dumps({"widgets": [_WIDGET]}, indent=2),
            "{",
            "",
        ),
        change(
            "body, changed by somebody else",
            {},
            behind=(
                Request(
                    "cloudwatch",
                    "put_dashboard",
                    {"DashboardName": "NAME", "DashboardBody": '{"widgets": []}'},
                ),
            ),
        ),
        change(
            "gone", {}, behind=(Request("cloudwatch", "delete_dashboards", {"DashboardNames": ["NAME"]}),)
        ),
    ),
)

SUBJECTS = (LOG_GROUP, ALARM, DASHBOARD)
