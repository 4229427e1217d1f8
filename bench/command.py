"""How long `durable` takes to start, and to list the executions of a small stack."""

import resource
import statistics
from collections.abc import Callable

from bench.report import Goal, Results, Table, seconds
from bench.sandbox import PROJECT, UP, Sandbox, timed

DURABLE = str(PROJECT / ".venv" / "bin" / "durable")
PYTHON = str(PROJECT / ".venv" / "bin" / "python")
BARE = "python, without any import"
GOALS = {"durable --help": 0.2, "durable list": 0.6}
BUSY_SECONDS = 0.06
"""Python alone takes 0.02 to 0.03 s where nothing else runs."""


def measure(sandbox: Sandbox, runs: int, progress: Callable[[str], None]) -> Results:
    """Run each command in turn, on a stack with one function."""
    folder = sandbox.program("components", sandbox.folder / "command")
    variables = sandbox.variables(folder, {"BENCH_FUNCTIONS": "1"})
    progress("deploying one function")
    timed(["pulumi", *UP, "--stack", "bench"], folder, variables)
    commands = {
        BARE: [PYTHON, "-I", "-c", "pass"],
        "pulumi stack export": ["pulumi", "stack", "export", "--stack", "bench"],
        "durable --help": [DURABLE, "--help"],
        "durable list": [DURABLE, "list", "--stack", "bench"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    processor: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            progress(f"run {run + 1} of {runs + 1}: {name}")
            before = _processor_seconds()
            took = timed(command, folder, variables)
            if run:  # the first one compiles modules
                times[name].append(took)
                processor[name].append(_processor_seconds() - before)
    medians = {name: statistics.median(values) for name, values in times.items()}
    goals = [
        Goal(name, f"under {limit} s", seconds(times[name]), medians[name] < limit)
        for name, limit in GOALS.items()
    ]
    rows = [[name, seconds(times[name]), seconds(processor[name])] for name in commands]
    notes = [
        "`durable list` reads the state by `pulumi stack export`, and prepares Lambda's client meanwhile."
    ]
    if medians[BARE] > BUSY_SECONDS:
        notes.append("Other programs ran beside this, so the times are too long for the goals to be judged.")
    return Results([Table("One command", ["command", "time", "processor time"], rows)], goals, notes)


def _processor_seconds() -> float:
    """Return the processor time of the commands that have ended, with that of their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
