"""CloudWatch: metric alarms and dashboards."""

from collections.abc import Iterator

from aws_provider.model import ALWAYS, Kind, Props, ResourceType, Tagging, block, call, output, prop

_COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


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
    prop("name", "AlarmName", replace=ALWAYS, high=255),
    prop("comparisonOperator", "ComparisonOperator", required=True, allowed=_COMPARISONS),
    prop("evaluationPeriods", "EvaluationPeriods", Kind.WHOLE, required=True, low=1),
    prop("metricName", "MetricName"),
    prop("namespace", "Namespace"),
    # The emulator reports these two for an alarm on queries as well, which has none, but not the queries.
    prop("period", "Period", Kind.WHOLE, low=1, sticky=True),
    prop("statistic", "Statistic", allowed=_STATISTICS, sticky=True),
    prop("extendedStatistic", "ExtendedStatistic"),
    prop("threshold", "Threshold", Kind.NUMBER),
    prop("thresholdMetricId", "ThresholdMetricId"),
    prop("datapointsToAlarm", "DatapointsToAlarm", Kind.WHOLE, low=1),
    prop("dimensions", "Dimensions", Kind.PAIRS),
    prop("alarmDescription", "AlarmDescription"),
    prop("actionsEnabled", "ActionsEnabled", Kind.FLAG, default=True),
    prop("alarmActions", "AlarmActions", Kind.SET),
    prop("okActions", "OKActions", Kind.SET),
    prop("insufficientDataActions", "InsufficientDataActions", Kind.SET),
    prop(
        "treatMissingData",
        "TreatMissingData",
        default="missing",
        allowed=("missing", "ignore", "breaching", "notBreaching"),
    ),
    prop("evaluateLowSampleCountPercentiles", "EvaluateLowSampleCountPercentile", sticky=True),
    prop("unit", "Unit"),
    block(
        "metricQueries",
        "Metrics",
        prop("id", "Id", required=True),
        prop("accountId", "AccountId"),
        prop("expression", "Expression"),
        prop("label", "Label"),
        prop("period", "Period", Kind.WHOLE),
        prop("returnData", "ReturnData", Kind.FLAG, default=False),
        block(
            "metric",
            "MetricStat",
            prop("metricName", "Metric.MetricName", required=True),
            prop("namespace", "Metric.Namespace"),
            prop("dimensions", "Metric.Dimensions", Kind.PAIRS),
            prop("period", "Period", Kind.WHOLE, required=True),
            prop("stat", "Stat", required=True),
            prop("unit", "Unit"),
        ),
        kind=Kind.BLOCKS,
        kept=True,
    ),
)
# One call does both, and what it is not given it takes away.
_PUT = call("put_metric_alarm", sends=tuple(item.name for item in _INPUTS))

ALARM = ResourceType(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    noun="CloudWatch alarm",
    service="cloudwatch",
    name="name",
    name_limit=255,
    keys=("name",),
    id="{name}",
    imports=r"(?P<name>.+)",
    props=(
        *_INPUTS,
        output("arn", "AlarmArn"),
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
        prop("dashboardName", "DashboardName", required=True, replace=ALWAYS, pattern=r"[\w-]+", high=255),
        prop("dashboardBody", "DashboardBody", Kind.JSON, required=True),
        output("dashboardArn", "DashboardArn"),
    ),
    create=_PUT_DASHBOARD,
    read=(call("get_dashboard", {"DashboardName": "dashboardName"}),),
    update=(_PUT_DASHBOARD,),
    delete=call("delete_dashboards", {"DashboardNames": lambda known: [known["dashboardName"]]}),
)

ROWS = (ALARM, DASHBOARD)
