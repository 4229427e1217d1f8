"""What is added to the runner's events, and that the runner still leaves it out."""

from datetime import UTC, datetime, timedelta

import pytest
from aws_durable_execution_sdk_python_testing.model import Event, InvocationCompletedDetails

from local_cloud.gateway.history import page

NOW = datetime(2026, 11, 28, tzinfo=UTC)
EVENTS = [{"EventId": number} for number in range(1, 6)]


def test_the_runner_still_drops_the_details_of_invocations() -> None:
    """As soon as it does not, gateway/history.py need not add them."""
    details = InvocationCompletedDetails(NOW, NOW + timedelta(seconds=1), "request")
    event = Event("InvocationCompleted", NOW, invocation_completed_details=details)
    assert Event.from_event_with_id(event, 2).invocation_completed_details is None


@pytest.mark.parametrize(
    ("newest_first", "pages"), [(False, [[1, 2], [3, 4], [5]]), (True, [[5, 4], [3, 2], [1]])]
)
def test_pages(newest_first: bool, pages: list[list[int]]) -> None:
    marker, shown = None, []
    for _ in pages:
        events, marker = page(EVENTS, marker, 2, newest_first=newest_first)
        shown.append([event["EventId"] for event in events])
    assert shown == pages
    assert marker is None


def test_a_page_goes_on_after_its_last_event_whatever_has_happened_since() -> None:
    _, marker = page(EVENTS, None, 5, newest_first=False)
    assert marker is None
    _, marker = page(EVENTS, None, 4, newest_first=False)
    later = [*EVENTS, {"EventId": 6}]
    assert page(later, marker, 4, newest_first=False) == ([{"EventId": 5}, {"EventId": 6}], None)


def test_a_marker_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="x"):
        page(EVENTS, "x", 2, newest_first=False)
