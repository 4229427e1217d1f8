"""Policies on logs and alarms."""

from collections.abc import Iterator
from typing import Any

from .documents import listed
from .lambda_ import durable_functions, execution_timeout
from .model import GUIDE, UNKNOWN, Finding, Level, Resource, ResourcePolicy, Settings, Stack, StackPolicy

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
EXECUTIONS = frozenset({"DurableExecutionFailed", "DurableExecutionTimedOut"})
INVOCATIONS = frozenset({"Errors", "Throttles"})
_LAMBDA_LOGS = "/aws/lambda/"
_DAY_SECONDS = 86_400
_LOG_GROUPS_PAGE = (
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
)


def _kept_forever(group: Resource, _settings: Settings) -> Iterator[str]:
    names = [group.at("name"), group.at("namePrefix")]
    if group.at("retentionInDays") in (None, 0) and any(
        isinstance(name, str) and name.startswith(_LAMBDA_LOGS) for name in names
    ):
        yield "retentionInDays is left out"


def _own_log_group(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    for function in durable_functions(stack):
        name = function.at("loggingConfig", "logGroup")
        groups = [origin for origin in stack.origins(function, "loggingConfig") if origin.type == LOG_GROUP]
        default = f"{_LAMBDA_LOGS}{function.at('name')}"
        groups += [
            group
            for group in stack.all(LOG_GROUP)
            if name is not UNKNOWN and group.at("name") == (name or default)
        ]
        if not groups:
            if name is None:
                yield Finding(
                    f"{function.name} logs to a group that Lambda creates, which keeps logs forever", function
                )
            continue
        days, seconds = groups[0].at("retentionInDays"), execution_timeout(function)
        if days in (None, 0):
            yield Finding(f"the log group {groups[0].name} of {function.name} keeps logs forever", groups[0])
        elif seconds is not None and isinstance(days, int | float) and days * _DAY_SECONDS < seconds:
            yield Finding(
                f"the log group {groups[0].name} keeps {days:g} days, and an execution of {function.name} may last "
                f"{seconds / _DAY_SECONDS:g}",
                groups[0],
            )


def _metrics(stack: Stack, alarm: Resource, function: Resource) -> Iterator[Any]:
    """Yield the metrics of a function that an alarm watches, directly or in its queries."""
    queries = [query for query in listed(alarm.at("metricQueries")) if isinstance(query, dict)]
    for metric in (
        alarm.props,
        *(query["metric"] for query in queries if isinstance(query.get("metric"), dict)),
    ):
        dimensions = metric.get("dimensions")
        name = dimensions.get("FunctionName") if isinstance(dimensions, dict) else dimensions
        made_from = function in stack.origins(alarm, "dimensions", "metricQueries")
        if name == function.at("name") if isinstance(name, str) else made_from:
            yield metric.get("metricName")


def _without_alarm(stack: Stack, wanted: frozenset[str]) -> Iterator[Finding]:
    for function in durable_functions(stack):
        watched = {metric for alarm in stack.all(ALARM) for metric in _metrics(stack, alarm, function)}
        missing = sorted(wanted - watched)
        if missing:
            yield Finding(f"no alarm on {' and '.join(missing)} of {function.name}", function)


LOG_RETENTION = ResourcePolicy(
    name="log-retention",
    requirement="A log group of a Lambda function has a retention.",
    why="Without one, logs are kept and billed forever.",
    fix="Set retention_in_days.",
    source=_LOG_GROUPS_PAGE,
    types=frozenset({LOG_GROUP}),
    check=_kept_forever,
    dev=Level.REMEDIATE,
    prod=Level.REMEDIATE,
    remediation=lambda settings: {"retentionInDays": settings["days"]},
    remediation_text="sets the retention to the configured days",
    settings={"days": 30},
)
POLICIES = (
    LOG_RETENTION,
    StackPolicy(
        name="log-group",
        requirement="A durable function logs into a log group of the stack, which outlives its executions.",
        why="Otherwise Lambda makes one without retention. And logs that are deleted before an execution has ended "
        "explain nothing.",
        fix="Make an aws.cloudwatch.LogGroup with retention_in_days, and pass its name in logging_config.",
        source=_LOG_GROUPS_PAGE,
        check=_own_log_group,
    ),
    StackPolicy(
        name="failure-alarms",
        requirement="Alarms go off when a durable function's executions fail or time out.",
        why="Nobody waits for an asynchronous execution: without an alarm, its failure is only found by chance.",
        fix="Make an aws.cloudwatch.MetricAlarm on DurableExecutionFailed and one on DurableExecutionTimedOut, "
        "with FunctionName as dimension.",
        source=f"{GUIDE}/durable-monitoring.html",
        check=lambda stack, _settings: _without_alarm(stack, EXECUTIONS),
        dev=Level.DISABLED,
    ),
    StackPolicy(
        name="invocation-alarms",
        requirement="Alarms go off for a durable function's errors and throttles.",
        why="Executions survive both by retrying, at growing intervals.",
        fix="Make an aws.cloudwatch.MetricAlarm on Errors and one on Throttles, with FunctionName as dimension.",
        source=f"{GUIDE}/durable-monitoring.html",
        check=lambda stack, _settings: _without_alarm(stack, INVOCATIONS),
        dev=Level.DISABLED,
        prod=Level.ADVISORY,
    ),
)
