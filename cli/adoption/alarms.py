"""Takes over the stack's alarms on single metrics as they are, beside the components."""

from . import existing
from .cloudformation import ALARM
from .program import Import, Program
from .source import Call, variable_of

_ARGUMENTS = {
    "alarm_description": "AlarmDescription",
    "namespace": "Namespace",
    "metric_name": "MetricName",
    "dimensions": "Dimensions",
    "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic",
    "period": "Period",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "comparison_operator": "ComparisonOperator",
    "treat_missing_data": "TreatMissingData",
    "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
    "unit": "Unit",
    "alarm_actions": "AlarmActions",
    "ok_actions": "OKActions",
    "insufficient_data_actions": "InsufficientDataActions",
    "tags": "Tags",
}


def add_alarms(program: Program) -> None:
    """Add the stack's alarms to a program."""
    logical = {resource.physical: resource.logical for resource in program.stack.of_type(ALARM)}
    for alarm in existing.read_alarms(list(logical)) if logical else ():
        name = str(alarm["AlarmName"])
        title = program.title(logical[name])
        dimensions = {dimension["Name"]: dimension["Value"] for dimension in alarm.get("Dimensions", [])}
        properties = {**alarm, "Dimensions": dimensions}
        arguments = {
            argument: properties[key]
            for argument, key in _ARGUMENTS.items()
            if properties.get(key) not in (None, [], "", {})
        }
        arguments |= {} if alarm.get("ActionsEnabled", True) else {"actions_enabled": False}
        call = Call("aws.cloudwatch.MetricAlarm", title, {"name": name, **arguments})
        program.statements.append((variable_of(title), call))
        program.imports.append(Import("aws:cloudwatch/metricAlarm:MetricAlarm", title, name))
        program.mark_taken_over(ALARM, name)
