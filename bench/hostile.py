"""How long it takes to refuse the hostile files of the tests, and how much memory."""

import os
import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest.mock import patch

from bench.report import Goal, Results, Table, seconds
from bench.sandbox import BenchError, cache_in
from components.packaging.archive import CodeSource
from tests.unit.hostile_files import FILES, NODE_FILES, Maker, write
from tests.unit.hostile_trials import MOST_BYTES, Trial, tried

SHOWN = 5
MOST_SECONDS = 1
MEGABYTE = 1024 * 1024


def measure(runs: int, progress: Callable[[str], None]) -> Results:
    """Have each file refused, in a process of its own."""
    python: list[tuple[str, str, str, Maker]] = [
        (case, "python3.13", "app.handler", make) for case, (make, _) in FILES.items()
    ]
    node: list[tuple[str, str, str, Maker]] = [
        (f"package.json: {case}", "nodejs22.x", "index.handler", partial(write, contents=contents))
        for case, (contents, _) in NODE_FILES.items()
    ]
    trials: dict[str, list[Trial]] = {}
    for case, runtime, handler, make in [*python, *node]:
        progress(case)
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.dict(os.environ, cache_in(Path(folder, "cache"))),
        ):
            code = Path(folder, "code")
            code.mkdir()
            source = CodeSource(handler, runtime, "arm64", str(make(code) or code))
            trials[case] = [tried(source) for _ in range(runs)]
        if not all(each.error for each in trials[case]):
            raise BenchError(f"{case} was not refused")
    times = {case: statistics.median(each.seconds for each in those) for case, those in trials.items()}
    sizes = {case: max(each.bytes for each in those) for case, those in trials.items()}
    slowest = sorted(times, key=lambda case: times[case], reverse=True)
    most = max(sizes.values())
    return Results(
        [
            Table(
                f"The slowest of {len(trials)} hostile files",
                ["what is refused", "processor time", "memory"],
                [
                    [case, seconds([times[case]]), f"{sizes[case] / MEGABYTE:.0f} MB"]
                    for case in slowest[:SHOWN]
                ],
            )
        ],
        [
            Goal(
                "each file is refused fast",
                f"in less than {MOST_SECONDS} s",
                f"in at most {seconds([times[slowest[0]]])}",
                times[slowest[0]] < MOST_SECONDS,
            ),
            Goal(
                "... and in little memory",
                f"less than {MOST_BYTES // MEGABYTE} MB",
                f"at most {most / MEGABYTE:.0f} MB",
                most < MOST_BYTES,
            ),
        ],
        ["Memory is what the process grows by; the content of the file is part of it."],
    )
