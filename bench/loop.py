"""The local loop: from a changed handler to its result with `make up`, and how long each part takes."""

import os
import shlex
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.report import Goal, Results, Table, seconds
from bench.sandbox import PROJECT, UP, BenchError, Cloud, cache_in, client_of, free_port, output_of, timed

HANDLER = Path("functions", "orders", "order_workflow.py")
DEPLOY = ["pulumi", *UP, "--stack", "local"]
PACKAGE = """
import time
from pulumi_durable_functions.packaging.archive import CodeSource, build_archive
source = CodeSource("order_workflow.handler", "python3.13", "arm64", path="functions/orders", for_host=True)
build_archive(source)
with open(source.path + "/order_workflow.py", "a") as handler:
    handler.write("# another change")
began = time.perf_counter()
build_archive(source)
print(time.perf_counter() - began)
"""
PROVIDER = Path("local", "plugin", "pulumi-resource-aws")


def measure(runs: int, progress: Callable[[str], None]) -> Results:
    """Run `make up` in a copy of the project, then change the handler and run it again, several times."""
    whole, parts = [], dict[str, list[float]]()
    with tempfile.TemporaryDirectory(prefix="durable-functions-loop-") as folder:
        project = copy(Path(folder, "project"))
        variables = {
            **os.environ,
            "LOCAL_PORT": str(free_port()),
            **cache_in(Path(folder, "cache")),
        }
        variables.pop("LOCAL_STATE_DIR", None)
        progress("the first make up")
        try:
            timed(["make", "up"], project, variables)
            for run in range(runs):
                progress(f"make up after a change, run {run + 1} of {runs}")
                with (project / HANDLER).open("a") as handler:
                    handler.write(f"# change {run}\n")
                began = time.time()
                took = timed(["make", "up"], project, variables)
                waits = waited(_inside(project, variables), began)
                whole.append(took - waits)
                for part, each in pieces(project, variables):
                    parts.setdefault(part, []).append(each)
                parts.setdefault("the workflow's own waits, not counted", []).append(waits)
        finally:
            timed(["make", "down"], project, variables)
    rows = [["make up after a change, to the result", seconds(whole)]]
    rows += [[f"· {part}", seconds(each)] for part, each in parts.items()]
    return Results(
        [Table("From a changed handler to its result", ["part", "time"], rows)],
        [
            Goal(
                "a changed handler's result, without the workflow's waits",
                "under 6 s",
                seconds(whole),
                statistics.median(whole) < 6,
            )
        ],
        [
            "The parts are measured on their own afterwards, once more each; some of them overlap in the whole."
        ],
    )


def copy(project: Path) -> Path:
    """Copy the project's files in git, so that its stacks and environments are not touched."""
    listed = output_of(["git", "ls-files", "-z"])
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(PROJECT / name, project / name)
    if (PROJECT / ".toolchain").exists():
        (project / ".toolchain").symlink_to(PROJECT / ".toolchain")
    return project


def pieces(project: Path, variables: dict[str, str]) -> Iterator[tuple[str, float]]:
    """Run each part of `make up` on its own, in the same state, and yield its seconds."""
    python = str(project / ".venv" / "bin" / "python")
    yield "setup: is everything installed?", timed(["make", "setup"], project, variables)
    yield (
        "cloud: does it run, and what to export",
        timed([str(project / "local" / "bin" / "local-cloud"), "env", "--start"], project, variables),
    )
    inside = _inside(project, variables)
    yield (
        "engine: pulumi up without a change, policies included",
        timed(
            [*DEPLOY, "--policy-pack", "policies/pack", "--policy-pack-config", "policies/dev.json"],
            project,
            inside,
        ),
    )
    yield (
        "· Python's start and the program's imports",
        timed([python, "-c", "import stacks"], project),
    )
    yield "· packaging of a changed handler", float(output_of([python, "-c", PACKAGE], project, variables))
    yield "· provider: from its start to its port", provider_start(project, inside)
    yield "execution and what is shown of it", _demo(python, project, inside)


def _demo(python: str, project: Path, variables: dict[str, str]) -> float:
    began = time.time()
    command = [
        "sh",
        "-c",
        f"pulumi stack output --stack local --json | {shlex.quote(python)} -m functions.demo",
    ]
    took = timed(command, project, variables)
    return took - waited(variables, began)


def provider_start(project: Path, variables: dict[str, str]) -> float:
    """Return the seconds until the provider prints its port."""
    started = time.monotonic()
    with subprocess.Popen(
        [project / PROVIDER], cwd=project, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        took = time.monotonic() - started
        process.kill()
    if not port.isdecimal():
        raise BenchError(f"the provider printed {port!r} instead of its port")
    return took


def _inside(project: Path, variables: dict[str, str]) -> dict[str, str]:
    """Return the variables of a shell that has the exports of `make env` in the copy of the project."""
    local = project / ".local"
    return {**variables, **Cloud(int(variables["LOCAL_PORT"]), local / "cloud", project).environment(local)}


def waited(variables: Mapping[str, str], since: float) -> float:
    """Return the total seconds of waits in all executions that have started since then."""
    client, total = client_of(variables, "lambda"), 0.0
    for function in client.list_functions()["Functions"]:
        if "DurableConfig" not in function:
            continue
        executions = client.list_durable_executions_by_function(FunctionName=function["FunctionName"])
        for execution in executions["DurableExecutions"]:
            if execution["StartTimestamp"].timestamp() < since:
                continue
            pages = client.get_paginator("get_durable_execution_history").paginate(
                DurableExecutionArn=execution["DurableExecutionArn"]
            )
            details = [event.get("WaitStartedDetails") for page in pages for event in page["Events"]]
            total += sum(each["Duration"] for each in details if each)
    return total
