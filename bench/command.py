"""How long `durable` takes to start, and to list the executions of a small stack."""

import statistics
from collections.abc import Callable

from bench.report import Goal, Results, Table, seconds
from bench.sandbox import PROJECT, UP, Sandbox, timed

DURABLE = str(PROJECT / ".venv" / "bin" / "durable")
PYTHON = str(PROJECT / ".venv" / "bin" / "python")
GOALS = {"durable --help": 0.2, "durable list": 0.6}


def measure(sandbox: Sandbox, runs: int, progress: Callable[[str], None]) -> Results:
    """Run each command in turn, on a stack with one function."""
    folder = sandbox.program("components", sandbox.folder / "command")
    variables = sandbox.variables(folder, {"BENCH_FUNCTIONS": "1"})
    progress("deploying one function")
    timed(["pulumi", *UP, "--stack", "bench"], folder, variables)
    commands = {
        "python, without any import": [PYTHON, "-I", "-c", "pass"],
        "pulumi stack export": ["pulumi", "stack", "export", "--stack", "bench"],
        "durable --help": [DURABLE, "--help"],
        "durable list": [DURABLE, "list", "--stack", "bench"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            progress(f"run {run + 1} of {runs + 1}: {name}")
            took = timed(command, folder, variables)
            if run:  # the first one compiles modules
                times[name].append(took)
    medians = {name: statistics.median(values) for name, values in times.items()}
    goals = [
        Goal(name, f"under {limit} s", seconds(times[name]), medians[name] < limit)
        for name, limit in GOALS.items()
    ]
    rows = [[name, seconds(values)] for name, values in times.items()]
    note = "`durable list` reads the state by `pulumi stack export`, and imports boto3 meanwhile."
    return Results([Table("One command", ["command", "time"], rows)], goals, [note])
