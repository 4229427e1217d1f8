"""The alarms of a function, on the metrics that Lambda reports for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Alarm:
    """One alarm: it goes off when the statistic of the metric is above the threshold in every period."""

    suffix: str
    metric: str
    description: str
    threshold: float
    statistic: str = "Sum"
    namespace: str = "AWS/Lambda"
    period_seconds: int = 300
    periods: int = 1
    second_metric: str | None = None
    """A metric that is added to the first."""


THROTTLES_ALARM = Alarm("throttles", "Throttles", "Invocations are throttled", 0, periods=3)
DURABLE_ALARMS = (
    Alarm(
        "failed",
        "DurableExecutionFailed",
        "Executions have failed, or exceeded their execution timeout",
        0,
        second_metric="DurableExecutionTimedOut",
    ),
    replace(THROTTLES_ALARM, description="Invocations are throttled; executions wait for them"),
)
"""Alarms on executions. Throttles counts invocations, replays included; the first alarm does not."""


DEAD_LETTERS_ALARM = Alarm(
    "dead-letters",
    "ApproximateNumberOfMessagesVisible",
    "Events of executions that failed wait in the dead letter queue",
    0,
    "Maximum",
    "AWS/SQS",
)
UNPROCESSED_ALARM = replace(
    DEAD_LETTERS_ALARM, description="Events of invocations that failed wait in the dead letter queue"
)


def make_alarms(
    parent: pulumi.Resource,
    name: str,
    alarms: Sequence[Alarm],
    dimensions: Mapping[str, pulumi.Input[str]],
    *,
    actions: Sequence[pulumi.Input[str]],
    tags: Mapping[str, str],
) -> None:
    """Make the alarms as the parent's children; the actions are notified when one goes off and when it returns to OK."""
    for alarm in alarms:
        aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.suffix}",
            alarm_description=f"{alarm.description}: {name}",
            **_measured(alarm, dimensions),
            evaluation_periods=alarm.periods,
            threshold=alarm.threshold,
            comparison_operator="GreaterThanThreshold",
            # A function that nobody invokes reports no data, which must not set off the alarm.
            treat_missing_data="notBreaching",
            alarm_actions=list(actions),
            ok_actions=list(actions),
            tags=dict(tags),
            opts=pulumi.ResourceOptions(parent=parent),
        )


def _measured(alarm: Alarm, dimensions: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """Return the inputs that say what is measured: a metric, or the sum of two by metric math."""
    if alarm.second_metric is None:
        return {
            "namespace": alarm.namespace,
            "metric_name": alarm.metric,
            "dimensions": dict(dimensions),
            "statistic": alarm.statistic,
            "period": alarm.period_seconds,
        }
    parts = [
        {
            "id": part,
            "metric": {
                "namespace": alarm.namespace,
                "metric_name": metric,
                "dimensions": dict(dimensions),
                "stat": alarm.statistic,
                "period": alarm.period_seconds,
            },
        }
        for part, metric in (("first", alarm.metric), ("second", alarm.second_metric))
    ]
    # Each is reported only when there is something to count.
    total = {
        "id": "total",
        "expression": "FILL(first, 0) + FILL(second, 0)",
        "label": alarm.description,
        "return_data": True,
    }
    return {"metric_queries": [*parts, total]}
