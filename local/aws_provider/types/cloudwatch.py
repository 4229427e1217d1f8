"""CloudWatch: metric alarms and dashboards."""

from collections.abc import Iterator

from aws_provider.model import ALWAYS, Kind, Props, ResourceType, Tagging, block, call, output, prop


def _one_measure(inputs: Props) -> Iterator[tuple[str, str]]:
    if (inputs.get("metricName") is None) == (inputs.get("metricQueries") is None):
        yield "metricName", "exactly one of metricName and metricQueries is needed"
    if inputs.get("metricName") is not None:
        if (inputs.get("statistic") is None) == (inputs.get("extendedStatistic") is None):
            yield "statistic", "exactly one of statistic and extendedStatistic is needed with metricName"
        for name in ("namespace", "period"):
            if inputs.get(name) is None:
                yield name, "is required with metricName"


_INPUTS = (
    prop("name", aws="AlarmName", replace=ALWAYS),
    prop("comparisonOperator", required=True),
    prop("evaluationPeriods", Kind.WHOLE, required=True),
    prop("metricName"),
    prop("namespace"),
    # The emulator reports these two for an alarm on queries too, which has neither, but not the queries.
    prop("period", Kind.WHOLE, sticky=True),
    prop("statistic", sticky=True),
    prop("extendedStatistic"),
    prop("threshold", Kind.NUMBER),
    prop("thresholdMetricId"),
    prop("datapointsToAlarm", Kind.WHOLE),
    prop("dimensions", Kind.PAIRS),
    prop("alarmDescription"),
    prop("actionsEnabled", Kind.FLAG, default=True),
    prop("alarmActions", Kind.SET),
    prop("okActions", Kind.SET, aws="OKActions"),
    prop("insufficientDataActions", Kind.SET),
    # The model has only a length for it.
    prop("treatMissingData", default="missing", allowed=("missing", "ignore", "breaching", "notBreaching")),
    prop("evaluateLowSampleCountPercentiles", aws="EvaluateLowSampleCountPercentile", sticky=True),
    prop("unit"),
    block(
        "metricQueries",
        prop("id", required=True),
        prop("accountId"),
        prop("expression"),
        prop("label"),
        prop("period", Kind.WHOLE),
        prop("returnData", Kind.FLAG, default=False),
        block(
            "metric",
            prop("metricName", aws="Metric.MetricName", required=True),
            prop("namespace", aws="Metric.Namespace"),
            prop("dimensions", Kind.PAIRS, aws="Metric.Dimensions"),
            prop("period", Kind.WHOLE, required=True),
            prop("stat", required=True),
            prop("unit"),
            aws="MetricStat",
        ),
        kind=Kind.BLOCKS,
        kept=True,
        aws="Metrics",
    ),
)
# One call creates and updates; it removes what it does not get.
_PUT = call("put_metric_alarm", sends=_INPUTS)

ALARM = ResourceType(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    noun="CloudWatch alarm",
    service="cloudwatch",
    name="name",
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>.+)",
    props=(
        *_INPUTS,
        output("arn", aws="AlarmArn"),
    ),
    checks=(_one_measure,),
    create=_PUT,
    update=(_PUT,),
    read=(
        call(
            "describe_alarms",
            {"AlarmNames": lambda known: [known["name"]]},
            at=("MetricAlarms",),
            match={"AlarmName": "name"},
        ),
    ),
    delete=call("delete_alarms", {"AlarmNames": lambda known: [known["name"]]}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceARN": "arn"},
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)

_PUT_DASHBOARD = call("put_dashboard", sends=("dashboardName", "dashboardBody"))

DASHBOARD = ResourceType(
    "aws:cloudwatch/dashboard:Dashboard",
    noun="CloudWatch dashboard",
    service="cloudwatch",
    keys=("dashboardName",),
    id="{dashboardName}",
    imports=r"(?P<dashboardName>[\w-]+)",
    props=(
        # The model has no limits for it.
        prop("dashboardName", required=True, replace=ALWAYS, pattern=r"[\w-]+", high=255),
        prop("dashboardBody", Kind.JSON, required=True),
        output("dashboardArn"),
    ),
    create=_PUT_DASHBOARD,
    read=(call("get_dashboard", {"DashboardName": "dashboardName"}),),
    update=(_PUT_DASHBOARD,),
    delete=call("delete_dashboards", {"DashboardNames": lambda known: [known["dashboardName"]]}),
)

ROWS = (ALARM, DASHBOARD)
