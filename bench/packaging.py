"""How long it takes to package a handler with dependencies: with an empty cache, cached, and after a change."""

import io
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from unittest.mock import patch

from bench.report import Goal, Results, Table, ratio, seconds
from bench.sandbox import BenchError, cache_in
from components.packaging.archive import CodeSource, build_archive

HANDLER = "import attrs, jmespath\n\n\ndef handler(event, context):\n    return event\n"
# Neither is part of Lambda's runtimes. Both are small, so that this does not measure the network.
REQUIREMENTS = "attrs==26.1.0\njmespath==1.1.0\n"


def measure(runs: int, progress: Callable[[str], None]) -> Results:
    """Build an archive into an empty cache, again without a change, and with a changed handler."""
    cold, cached, changed = [], [], []
    for run in range(runs):
        progress(f"archives, run {run + 1} of {runs}")
        with (
            tempfile.TemporaryDirectory() as folder,
            patch.dict(os.environ, cache_in(Path(folder, "cache"))),
        ):
            code = Path(folder, "code")
            code.mkdir()
            (code / "app.py").write_text(HANDLER)
            (code / "requirements.txt").write_text(REQUIREMENTS)
            source = CodeSource("app.handler", "python3.13", "arm64", path=str(code))
            took, archive = _timed(source)
            cold.append(took)
            written = archive.stat().st_mtime_ns
            took, again = _timed(source)
            cached.append(took)
            if (again, again.stat().st_mtime_ns) != (archive, written):
                raise BenchError("unchanged sources were zipped again")
            (code / "app.py").write_text(f"{HANDLER}# changed\n")
            took, other = _timed(source)
            changed.append(took)
            if other == archive:
                raise BenchError("a change of the sources was not noticed")
    rows = [
        ["nothing cached", seconds(cold), "1.00"],
        ["unchanged", seconds(cached), f"{ratio(cached, cold):.4f}"],
        ["handler changed, dependencies not", seconds(changed), f"{ratio(changed, cold):.4f}"],
    ]
    return Results(
        [Table("The archive of a Python handler with two dependencies", ["sources", "time", "ratio"], rows)],
        [
            Goal("unchanged sources", "under 100 ms", seconds(cached), max(cached) < 0.1),
            Goal(
                "unchanged sources are not zipped again", "the archive is not touched", "it is not", met=True
            ),
        ],
        [
            "*Nothing cached* is of this project's cache; uv keeps the packages that it has downloaded in its own."
        ],
    )


def _timed(source: CodeSource) -> tuple[float, Path]:
    started = time.monotonic()
    with redirect_stderr(io.StringIO()):  # the names of the packages
        archive = build_archive(source)
    return time.monotonic() - started, archive
