"""What the components cost beside the same resources, written with bare pulumi_aws in one flat program."""

import json
import re
import shutil
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.report import Findings, Goal, Table, ratio, seconds
from bench.room import UP, BenchError, Room, timed

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

    taken: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, program: str, command: str, took: float) -> None:
        """Add what a command took."""
        self.taken.setdefault((program, command), []).append(took)

    def ratio(self, command: str, program: str = "components", against: str = "bare") -> float:
        """Return how many times as long as the other program's it takes."""
        return ratio(self.taken[program, command], self.taken[against, command])


def measure(room: Room, runs: int, quick: bool, progress: Callable[[str], None]) -> Findings:
    """Run every command of every program, each program right after the other."""
    sizes = SIZES[:2] if quick else SIZES
    found = {size: _at(room, size, max(1, runs // 3) if size >= 100 else runs, progress) for size in sizes}
    tables = [_table(found)]
    goals = [
        Goal(
            f"{command}, components against bare",
            "at most 1.05",
            ", ".join(f"{times.ratio(command):.2f} at {size}" for size, times in found.items()),
            all(times.ratio(command) <= 1.05 for times in found.values()),
        )
        for command in COMMANDS
    ]
    if not quick:
        table, goal = _large(room, found[100], progress)
        tables.append(table)
        goals.append(goal)
    large = f"Runs of each command with {SIZES[-1]} functions: {max(1, runs // 3)}; with {LARGEST:,}, one preview."
    return Findings(tables, goals, [] if quick else [large])


def _at(room: Room, size: int, runs: int, progress: Callable[[str], None]) -> Times:
    names = list(PROGRAMS if size == NESTED_AT else ("components", "bare"))
    times = Times()
    for run in range(runs):
        made: dict[str, Any] = {}
        order = names[run % len(names) :] + names[: run % len(names)]  # nobody is always the first
        folders = {
            name: room.program(PROGRAMS[name][0], room.folder / f"{name}-{size}-{run}") for name in names
        }
        for command, (words, more) in COMMANDS.items():
            for name in order:
                progress(f"{size} functions, run {run + 1} of {runs}: {command}, {name}")
                count = {"BENCH_FUNCTIONS": str(size)}
                variables = room.variables(folders[name], {**count, **PROGRAMS[name][1], **more})
                times.add(
                    name, command, timed(["pulumi", *words, "--stack", "bench"], folders[name], variables)
                )
                if command == "first up" and run == 0:
                    timed(["pulumi", "stack", "export", "--file", "state.json"], folders[name], variables)
                    made[name] = resources(json.loads((folders[name] / "state.json").read_text()))
        for name, mine in made.items():
            if mine != made["bare"]:
                raise BenchError(f"{name} and bare make other resources:\n{difference(mine, made['bare'])}")
        for folder in folders.values():
            shutil.rmtree(folder)
    return times


def resources(state: dict[str, Any]) -> dict[str, Any]:
    """Return each resource's inputs, without what the engine draws by lot and how code is handed over."""
    found = {}
    for each in state["deployment"]["resources"]:
        if each["custom"] and not each["type"].startswith("pulumi:"):
            text = json.dumps({key: value for key, value in each["inputs"].items() if key != "code"})
            text = re.sub(r"-[0-9a-f]{7}\b|\d{20,}[0-9a-f]*", "-...", text)
            found[f"{each['type']} {each['urn'].rpartition('::')[2]}"] = json.loads(text)
    return found


def difference(mine: dict[str, Any], others: dict[str, Any]) -> str:
    """Return what differs, a line for each resource."""
    keys = sorted(key for key in mine.keys() | others.keys() if mine.get(key) != others.get(key))
    return "\n".join(f"{key}\n  {mine.get(key)}\n  {others.get(key)}" for key in keys)


def _table(found: dict[int, Times]) -> Table:
    rows = []
    for size, times in found.items():
        for command in COMMANDS:
            nested = f"{times.ratio(command, 'nested'):.2f}" if ("nested", command) in times.taken else ""
            rows.append(
                [
                    f"{size:,}",
                    command,
                    seconds(times.taken["bare", command]),
                    seconds(times.taken["components", command]),
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


def _large(room: Room, hundred: Times, progress: Callable[[str], None]) -> tuple[Table, Goal]:
    times = Times()
    for name in ("components", "bare"):
        progress(f"{LARGEST:,} functions: preview, {name}")
        folder = room.program(name, room.folder / f"{name}-{LARGEST}")
        variables = room.variables(folder, {"BENCH_FUNCTIONS": str(LARGEST)})
        times.add(name, "preview", timed(["pulumi", "preview", "--stack", "bench"], folder, variables))
    each = {
        name: (
            statistics.median(hundred.taken[name, "preview"]) / 100,
            times.taken[name, "preview"][0] / LARGEST,
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
