"""CloudWatch: metric alarms and dashboards."""

from collections.abc import Iterator

from aws_provider.model import ALWAYS, ARN, Kind, Props, ResourceType, Tagging, block, call, output, prop
from aws_provider.services import Handle


def _one_measure(inputs: Props) -> Iterator[tuple[str, str]]:
    if (inputs.get("metricName") is None) == (inputs.get("metricQueries") is None):
        yield "metricName", "exactly one of metricName and metricQueries is needed"
    if inputs.get("metricName") is not None:
        if (inputs.get("statistic") is None) == (inputs.get("extendedStatistic") is None):
            yield "statistic", "exactly one of statistic and extendedStatistic is needed with metricName"
        for name in ("namespace", "period"):
            if inputs.get(name) is None:
                yield name, "is required with metricName"


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
_SHORT = (10, 20, 30)
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricStat.html
_SHORTEST = (1, 5, *_SHORT)


def _periods(inputs: Props) -> Iterator[tuple[str, str]]:
    places: list[tuple[str, Props, tuple[int, ...]]] = [("period", inputs, _SHORT)]
    queries = inputs.get("metricQueries")
    for index, query in enumerate(queries if isinstance(queries, list) else ()):
        if isinstance(query, dict):
            path = f"metricQueries[{index}]"
            places.append((f"{path}.period", query, _SHORTEST))
            if isinstance(query.get("metric"), dict):
                places.append((f"{path}.metric.period", query["metric"], _SHORTEST))
    for path, owner, short in places:
        seconds = owner.get("period")
        if isinstance(seconds, int) and seconds % 60 and seconds not in short:
            allowed = ", ".join(map(str, short))
            yield path, f"is {seconds}; allowed: {allowed}, and multiples of 60"


def _measure(_: Handle, known: Props) -> Props:
    # The emulator reports a period and a statistic also for an alarm that has none.
    if known.get("metricQueries"):
        return {"period": None, "statistic": None}
    return {"statistic": None} if known.get("extendedStatistic") else {}


_EXTENDED = (
    r"(?:IQM|iqm|(?:p|tm|wm|tc|ts)(?:\d{1,2}(?:\.\d{1,10})?|100)|(?:TM|WM|TC|TS|PR)\([\d.%]*:[\d.%]*\))"
)
_INPUTS = (
    prop("name", aws="AlarmName", replace=ALWAYS),
    prop("comparisonOperator", required=True),
    prop("evaluationPeriods", Kind.WHOLE, required=True),
    prop("metricName"),
    prop("namespace"),
    prop("period", Kind.WHOLE),
    prop("statistic"),
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
    prop("extendedStatistic", pattern=_EXTENDED),
    prop("threshold", Kind.NUMBER),
    prop("thresholdMetricId"),
    prop("datapointsToAlarm", Kind.WHOLE),
    prop("dimensions", Kind.PAIRS),
    prop("alarmDescription"),
    prop("actionsEnabled", Kind.FLAG, default=True),
    prop("alarmActions", Kind.SET, pattern=ARN),
    prop("okActions", Kind.SET, aws="OKActions", pattern=ARN),
    prop("insufficientDataActions", Kind.SET, pattern=ARN),
    # The model has only a length for it.
    prop("treatMissingData", default="missing", allowed=("missing", "ignore", "breaching", "notBreaching")),
    prop(
        "evaluateLowSampleCountPercentiles",
        aws="EvaluateLowSampleCountPercentile",
        sticky=True,
        allowed=("evaluate", "ignore"),
    ),
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
        kind=Kind.BLOCK_SET,
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
    checks=(_one_measure, _periods),
    create=_PUT,
    update=(_PUT,),
    complete=_measure,
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
