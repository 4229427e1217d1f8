"""What the components cost, compared with the same resources in a flat program of bare pulumi_aws."""

import json
import re
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.report import Goal, Results, Table, ratio, seconds
from bench.sandbox import UP, BenchError, Sandbox, timed

SIZES = (1, 10, 100)
NESTED_AT = 10
LARGEST = 1_000
COMMANDS: dict[str, tuple[list[str], dict[str, str]]] = {
    "preview": (["preview"], {}),
    "first up": (UP, {}),
    "no-op up": (UP, {}),
    "one function changed": (UP, {"BENCH_CHANGED": "1"}),
    "destroy": (["destroy", "--yes", "--skip-preview", "--run-program"], {"BENCH_CHANGED": "1"}),
}
PROGRAMS: dict[str, tuple[str, dict[str, str]]] = {
    "components": ("components", {}),
    "bare": ("bare", {}),
    "nested": ("bare", {"BENCH_NESTED": "1"}),
}


@dataclass
class Times:
    """Seconds by program and command, in the order in which they were measured."""

    by_command: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, program: str, command: str, took: float) -> None:
        """Add the seconds of a command."""
        self.by_command.setdefault((program, command), []).append(took)

    def ratio(self, command: str, program: str = "components", against: str = "bare") -> float:
        """Return the ratio of a program's time to another program's time."""
        return ratio(self.by_command[program, command], self.by_command[against, command])


def measure(sandbox: Sandbox, runs: int, quick: bool, progress: Callable[[str], None]) -> Results:
    """Run every command of every program, each program right after the other."""
    sizes = SIZES[:2] if quick else SIZES
    times_of = {
        size: _at(sandbox, size, max(1, runs // 3) if size >= 100 else runs, progress) for size in sizes
    }
    tables = [_table(times_of)]
    goals = [
        Goal(
            f"{command}, components against bare",
            "at most 1.05",
            ", ".join(f"{times.ratio(command):.2f} at {size}" for size, times in times_of.items()),
            all(times.ratio(command) <= 1.05 for times in times_of.values()),
        )
        for command in COMMANDS
    ]
    if not quick:
        table, goal = _large(sandbox, times_of[100], progress)
        tables.append(table)
        goals.append(goal)
    large = f"Runs of each command with {SIZES[-1]} functions: {max(1, runs // 3)}; with {LARGEST:,}, one preview."
    return Results(tables, goals, [] if quick else [large])


def _at(sandbox: Sandbox, size: int, runs: int, progress: Callable[[str], None]) -> Times:
    names = list(PROGRAMS if size == NESTED_AT else ("components", "bare"))
    times = Times()
    for run in range(runs):
        resources_of: dict[str, Any] = {}
        order = (
            names[run % len(names) :] + names[: run % len(names)]
        )  # so that no program is always the first
        folders = {
            name: sandbox.program(PROGRAMS[name][0], sandbox.folder / f"{name}-{size}-{run}")
            for name in names
        }
        for command, (words, more) in COMMANDS.items():
            for name in order:
                progress(f"{size} functions, run {run + 1} of {runs}: {command}, {name}")
                count = {"BENCH_FUNCTIONS": str(size)}
                variables = sandbox.variables(folders[name], {**count, **PROGRAMS[name][1], **more})
                times.add(
                    name, command, timed(["pulumi", *words, "--stack", "bench"], folders[name], variables)
                )
                if command == "first up" and run == 0:
                    timed(["pulumi", "stack", "export", "--file", "state.json"], folders[name], variables)
                    resources_of[name] = resources(json.loads((folders[name] / "state.json").read_text()))
        for name, mine in resources_of.items():
            if mine != resources_of["bare"]:
                diff = difference(mine, resources_of["bare"])
                raise BenchError(f"{name} and bare make different resources:\n{diff}")
        for folder in folders.values():
            shutil.rmtree(folder)
    return times


def resources(state: dict[str, Any]) -> dict[str, Any]:
    """Return each resource's inputs, without random names and without the code."""
    inputs = {}
    for each in state["deployment"]["resources"]:
        if each["custom"] and not each["type"].startswith("pulumi:"):
            text = json.dumps({key: value for key, value in each["inputs"].items() if key != "code"})
            text = re.sub(r"-[0-9a-f]{7}\b|\d{20,}[0-9a-f]*", "-...", text)
            inputs[f"{each['type']} {each['urn'].rpartition('::')[2]}"] = json.loads(text)
    return inputs


def difference(mine: dict[str, Any], others: dict[str, Any]) -> str:
    """Return the differences, resource by resource."""
    keys = sorted(key for key in mine.keys() | others.keys() if mine.get(key) != others.get(key))
    return "\n".join(f"{key}\n  {mine.get(key)}\n  {others.get(key)}" for key in keys)


def _table(times_of: dict[int, Times]) -> Table:
    rows = []
    for size, times in times_of.items():
        for command in COMMANDS:
            nested = (
                f"{times.ratio(command, 'nested'):.2f}" if ("nested", command) in times.by_command else ""
            )
            rows.append(
                [
                    f"{size:,}",
                    command,
                    seconds(times.by_command["bare", command]),
                    seconds(times.by_command["components", command]),
                    f"{times.ratio(command):.2f}",
                    nested,
                ]
            )
    return Table(
        "The same resources by the components and by a flat program",
        [
            "functions",
            "command",
            "bare",
            "components",
            "ratio",
            "ratio of the bare program in empty components",
        ],
        rows,
    )


def _large(sandbox: Sandbox, hundred: Times, progress: Callable[[str], None]) -> tuple[Table, Goal]:
    times = Times()
    for name in ("components", "bare"):
        progress(f"{LARGEST:,} functions: preview, {name}")
        folder = sandbox.program(name, sandbox.folder / f"{name}-{LARGEST}")
        variables = sandbox.variables(folder, {"BENCH_FUNCTIONS": str(LARGEST)})
        times.add(name, "preview", timed(["pulumi", "preview", "--stack", "bench"], folder, variables))
    each = {
        name: (
            statistics.median(hundred.by_command[name, "preview"]) / 100,
            times.by_command[name, "preview"][0] / LARGEST,
        )
        for name in ("bare", "components")
    }
    rows = [
        [name, f"{small * 1000:.0f} ms", f"{large * 1000:.0f} ms", f"{large / small:.2f}"]
        for name, (small, large) in each.items()
    ]
    small, large = each["components"]
    return (
        Table(
            "A preview's time per function",
            ["program", "of 100 functions", f"of {LARGEST:,} functions", "ratio"],
            rows,
        ),
        Goal(
            f"a preview's time per function at {LARGEST:,} against 100",
            "at most 1.20",
            f"{large / small:.2f}",
            large / small <= 1.2,
        ),
    )
