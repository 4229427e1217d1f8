"""How hostile input is tried: how often, within which limits, and what a refusal has to be."""

import signal
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, settings

from components import DurableFunctionsError, InvalidArgsError

MANY = settings(max_examples=2_500, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MOST_BYTES = 100 * 1024 * 1024
HANGS_AFTER_SECONDS = 20
"""No measure of speed: what blocks would never end."""


@contextmanager
def within_limits() -> Iterator[None]:
    """Fail for what hangs, or takes more memory than it should."""

    def hangs(*_: object) -> None:
        pytest.fail(f"hangs for {HANGS_AFTER_SECONDS} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(HANGS_AFTER_SECONDS)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def refused_in_words(error: DurableFunctionsError) -> None:
    """An error is a text for a person, with a line for each problem."""
    text = str(error)
    assert text
    assert "Traceback" not in text
    assert "pydantic" not in text
    if isinstance(error, InvalidArgsError):
        assert error.problems
        assert len(text.splitlines()) >= 2
