"""The alarms of a durable function, on the metrics that Lambda reports for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


DURABLE_ALARMS = (
    Alarm("failed", "DurableExecutionFailed", "Executions have failed", 0),
    Alarm("timed-out", "DurableExecutionTimedOut", "Executions have run into their execution timeout", 0),
    Alarm("throttles", "Throttles", "Invocations are throttled; executions wait for them", 0, periods=3),
    Alarm(
        "operations",
        "DurableExecutionOperations",
        "An execution is near the 3,000 operations at which Lambda ends it",
        2_700,
        "Maximum",
    ),
    Alarm(
        "storage",
        "DurableExecutionStorageWrittenBytes",
        "An execution is near the 100 MB of written data at which Lambda ends it",
        90 * 1024 * 1024,
        "Maximum",
    ),
)
"""Alarms on executions. The metrics Errors and Invocations count replays too; these do not."""

DEAD_LETTERS_ALARM = Alarm(
    "dead-letters",
    "ApproximateNumberOfMessagesVisible",
    "Events of executions that failed wait in the dead letter queue",
    0,
    "Maximum",
    "AWS/SQS",
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
    """Make the alarms as the parent's children; the actions run when one goes off and when it returns to OK."""
    for alarm in alarms:
        aws.cloudwatch.MetricAlarm(
            f"{name}-{alarm.suffix}",
            alarm_description=f"{alarm.description}: {name}",
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=dict(dimensions),
            statistic=alarm.statistic,
            period=alarm.period_seconds,
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
