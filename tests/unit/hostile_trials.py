"""How hostile input is tried: how often, within which limits, and what a refusal has to be."""

import atexit
import functools
import math
import multiprocessing
import os
import resource
import signal
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from components import DurableFunctionsError, InvalidArgsError, PackagingError
from components.packaging.archive import CodeSource, build_archive

MANY = settings(max_examples=2_500, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MOST_BYTES = 100 * 1024 * 1024
HANGS_AFTER_SECONDS = 20
"""No measure of speed: what blocks would never end."""
MOST_CPU_SECONDS = 2
"""What is promised, for slow machines too: docs/performance.md has the time that it takes, less than half of this."""


class Trial(NamedTuple):
    """How it went to build an archive."""

    error: str
    """Why the code was refused, if it was."""
    archive: str
    bytes: int
    """By how much the process has grown."""
    seconds: float
    """The processor's time."""


def packed_within_limits(source: CodeSource) -> Path:
    """Build an archive in a process of its own, which has limits for time and memory.

    Raises:
        PackagingError: the code is refused.
        AssertionError: it took more than the limits, or failed in another way.
    """
    trial = tried(source)
    assert trial.bytes < MOST_BYTES, f"{trial.bytes / 1024 / 1024:.0f} MB"
    if trial.error:
        raise PackagingError(trial.error)
    return Path(trial.archive)


def tried(source: CodeSource) -> Trial:
    """Build an archive in a process of its own, and measure it."""
    return _processes().submit(_tried, source, dict(os.environ)).result()


def _tried(source: CodeSource, environment: dict[str, str]) -> Trial:
    os.environ.update(environment)
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, _hangs)
    signal.alarm(HANGS_AFTER_SECONDS)
    before = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(
        resource.RLIMIT_CPU, (math.ceil(before.ru_utime + before.ru_stime) + MOST_CPU_SECONDS, -1)
    )
    error = archive = ""
    try:
        archive = str(build_archive(source))
    except PackagingError as refused:
        error = str(refused)
    after = resource.getrusage(resource.RUSAGE_SELF)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Trial(error, archive, (after.ru_maxrss - before.ru_maxrss) * 1024, seconds)


@functools.cache
def _processes() -> ProcessPoolExecutor:
    """A process for each call, forked from one that has only imported what they need: its memory is compared."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    pool = ProcessPoolExecutor(1, context, max_tasks_per_child=1)
    atexit.register(pool.shutdown)
    return pool


def _hangs(number: int, _: object) -> None:
    pytest.fail(f"hangs: {signal.Signals(number).name}")


@contextmanager
def within_limits() -> Iterator[None]:
    """Fail for what hangs, or takes more memory than it should."""
    before = signal.signal(signal.SIGALRM, _hangs)
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
