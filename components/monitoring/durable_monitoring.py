"""Monitoring of all durable functions of a stack: a dashboard, and an alarm on the account's limit."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from ..checks import rules
from ..checks.args import Args
from ..checks.component import Component
from ..checks.errors import Problem
from .alarms import Alarm, make_alarms
from .dashboard import dashboard_body


class DurableMonitoringArgs(TypedDict):
    """Arguments of DurableMonitoring."""

    functions: dict[str, pulumi.Input[str]]
    """The functions to show: each function's label, with its physical name."""
    dashboard: NotRequired[bool]
    """Make a CloudWatch dashboard, `<name>-<stack>`. Default: True."""
    utilization_alarm: NotRequired[bool]
    """Make an alarm that goes off when running executions are near the account's limit in the region. Default: True."""
    utilization_threshold_percent: NotRequired[int]
    """The percentage of the limit above which the alarm goes off: 1 to 99. Default: 80."""
    alarm_actions: NotRequired[list[pulumi.Input[str]]]
    """ARNs to notify when the alarm goes off and when it returns to OK, such as an SNS topic's. Default: none."""
    tags: NotRequired[dict[str, str]]
    """Tags of the alarm; dashboards cannot have any. Default: none."""


class _Monitoring(Args):
    functions: Annotated[dict[str, rules.TextInput], Field(min_length=1)]
    dashboard: bool = True
    utilization_alarm: bool = True
    utilization_threshold_percent: rules.Percent = 80
    alarm_actions: list[rules.ArnInput] = Field(default_factory=list)
    tags: rules.Tags = Field(default_factory=dict)

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find a threshold without an alarm."""
        key = "utilization_threshold_percent"
        if given.get("utilization_alarm") is False and key in given:
            yield Problem(key, "has no effect: there is no alarm with utilization_alarm = False", given[key])


class DurableMonitoring(Component):
    """A CloudWatch dashboard for durable functions, and an alarm on the account's limit of running executions.

    Raises:
        InvalidArgsError: lists every invalid argument, before anything is made.
    """

    dashboard_name: pulumi.Output[str] | None
    """The dashboard's name; None if there is none."""

    def __init__(
        self, name: str, args: DurableMonitoringArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component; `DurableMonitoringArgs` describes the keys of `args`.

        Args:
            name: 1 to 40 letters, digits, hyphens and underscores; what it makes is named after it.
            args: the arguments, a dict.
            opts: Pulumi's options, such as `provider`.
        """
        checked = _Monitoring.parse_named("DurableMonitoring", name, args)
        super().__init__("durable-functions:index:DurableMonitoring", name, {}, opts)
        threshold = checked.utilization_threshold_percent
        if checked.utilization_alarm:
            alarm = Alarm(
                "utilization",
                "ApproximateRunningDurableExecutionsUtilization",
                f"Running executions are above {threshold} % of the account's limit in this region",
                threshold,
                "Maximum",
            )
            # Lambda reports it for the whole account, without dimensions.
            make_alarms(self, name, [alarm], {}, actions=checked.alarm_actions, tags=checked.tags)
        self.dashboard_name = None
        if checked.dashboard:
            region = aws.get_region_output(opts=pulumi.InvokeOutputOptions(parent=self)).region
            names = pulumi.Output.all(**checked.functions)
            line = threshold if checked.utilization_alarm else None
            dashboard = aws.cloudwatch.Dashboard(
                name,
                dashboard_name=f"{name}-{pulumi.get_stack()}",
                dashboard_body=pulumi.Output.all(names, region).apply(
                    lambda values: json.dumps(dashboard_body(values[0], values[1], line))
                ),
                # The name changes if the component or the stack is renamed; the dashboard must stay.
                opts=pulumi.ResourceOptions(parent=self, ignore_changes=["dashboardName"]),
            )
            self.dashboard_name = dashboard.dashboard_name
        self.register_outputs({"dashboard_name": self.dashboard_name} if self.dashboard_name else {})
