"""The dashboard of a stack's durable functions, as CloudWatch's JSON."""

from collections.abc import Mapping
from typing import Any

Widget = dict[str, Any]

_COLOURS = {"Succeeded": "#2ca02c", "Failed": "#d62728", "TimedOut": "#ff7f0e", "Stopped": "#7f7f7f"}
_WORDS = {"TimedOut": "timed out"}
_WIDTH, _HEIGHT = 8, 6


def dashboard_body(
    functions: Mapping[str, str], region: str, utilization_percent: int | None
) -> dict[str, Any]:
    """Return the dashboard: how executions end, what runs now, how near the limits are, what went wrong.

    Args:
        functions: each function's label in the graphs, with its physical name.
        region: the region of the metrics.
        utilization_percent: the alarm's threshold, drawn as a line; None if there is no alarm.
    """

    def graph(title: str, metrics: list[list[Any]], **more: Any) -> Widget:
        properties = {
            "title": title,
            "region": region,
            "metrics": metrics,
            "period": 300,
            "view": "timeSeries",
        }
        return {"type": "metric", "properties": {**properties, **more}}

    def each(metric: str, stat: str) -> list[list[Any]]:
        return [
            ["AWS/Lambda", metric, "FunctionName", function, {"label": label, "stat": stat}]
            for label, function in functions.items()
        ]

    def ends() -> list[list[Any]]:
        lines: list[list[Any]] = []
        for end, colour in _COLOURS.items():
            word = _WORDS.get(end, end.lower())
            parts = [f"{end.lower()}{number}" for number, _ in enumerate(functions)]
            lines += [
                [
                    "AWS/Lambda",
                    f"DurableExecution{end}",
                    "FunctionName",
                    function,
                    {"id": part, "stat": "Sum", "visible": False},
                ]
                for part, function in zip(parts, functions.values(), strict=True)
            ]
            total = {"expression": f"SUM([{', '.join(parts)}])", "label": word, "color": colour}
            lines.append([{**total, "id": f"all_{end.lower()}"}])
        return lines

    widgets = [
        graph("Executions by how they end", ends(), stacked=True, yAxis=_from_zero()),
        graph("Executions started", each("DurableExecutionStarted", "Sum"), yAxis=_from_zero()),
        graph("Executions failed", each("DurableExecutionFailed", "Sum"), yAxis=_from_zero()),
        graph(
            "Running executions (account)",
            [["AWS/Lambda", "ApproximateRunningDurableExecutions", {"label": "running", "stat": "Maximum"}]],
            yAxis=_from_zero(),
        ),
        graph(
            "Running executions, % of the account's limit",
            [
                [
                    "AWS/Lambda",
                    "ApproximateRunningDurableExecutionsUtilization",
                    {"label": "utilization", "stat": "Maximum"},
                ]
            ],
            yAxis=_from_zero(),
            **({} if utilization_percent is None else {"annotations": _line("alarm", utilization_percent)}),
        ),
        graph("Executions timed out", each("DurableExecutionTimedOut", "Sum"), yAxis=_from_zero()),
        graph(
            "Duration of executions, p90 (ms)", each("DurableExecutionDuration", "p90"), yAxis=_from_zero()
        ),
        graph(
            "Operations of all executions",
            each("DurableExecutionOperations", "Sum"),
            yAxis=_from_zero(),
        ),
        graph(
            "Bytes written by all executions",
            each("DurableExecutionStorageWrittenBytes", "Sum"),
            yAxis=_from_zero(),
        ),
        graph("Invocations, replays included", each("Invocations", "Sum"), yAxis=_from_zero()),
        graph("Errors of invocations", each("Errors", "Sum"), yAxis=_from_zero()),
        graph("Throttles", each("Throttles", "Sum"), yAxis=_from_zero()),
    ]
    for number, widget in enumerate(widgets):
        row, column = divmod(number, 24 // _WIDTH)
        widget |= {"x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
    return {"widgets": widgets}


def _from_zero() -> dict[str, Any]:
    return {"left": {"min": 0}}


def _line(label: str, value: float) -> dict[str, Any]:
    return {"horizontal": [{"label": label, "value": value, "color": "#d62728"}]}
