"""Bounds for what the control plane would collect without end: metric data, and the events that were put on buses.

What handlers log is bounded in handler_logs.py, their processes in workers.py.
"""

from typing import Any

from local_cloud.gateway import emulator

MAX_POINTS = 1_000
"""How many data points a metric keeps. All of them are saved with each change of any resource."""
MAX_EVENTS = 1_000
"""How many events the control plane keeps for nobody: rules have got them, and no API shows them."""


def install() -> None:
    """Keep the newest only."""
    points, events = emulator.metric_points.value, emulator.events_of_buses.value
    emulator.metric_points.replace(lambda key: _newest(points(key), MAX_POINTS))
    emulator.events_of_buses.replace(lambda: _newest(events(), MAX_EVENTS))


def _newest(entries: list[Any], most: int) -> list[Any]:
    # Not at each entry, since removing from a list's start moves all others.
    if len(entries) > 2 * most:
        del entries[:-most]
    return entries
