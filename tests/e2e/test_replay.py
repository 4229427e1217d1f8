"""Replay: new code on the histories of real executions, in Python and Node.js."""

import json
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from cli.replay import HandlerCode, RecordedExecution, ReplayResult, replay
from components.packaging.archive import CodeSource, build_archive
from tests.e2e.conftest import PROJECT, Engine, LocalCloud
from tests.e2e.durable_command import durable
from tests.e2e.executions import wait_for

WORKFLOW = """
import os
import pathlib

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration, ParallelConfig, StepConfig, StepSemantics

pathlib.Path(os.environ.get("MARK", "/dev/null")).write_text("imported")


def step(name):
    def run(_):
        pathlib.Path(os.environ.get("MARK", "/dev/null")).write_text(f"ran {name}")
        return name

    return run


def branch(name):
    def run(context):
        context.step(step(f"{name}-1"), name=f"{name}-1")
        context.wait(Duration.from_hours(1), name=f"{name}-wait")

    return run


@durable_execution
def handler(event, context):
    context.step(step("first"), name="first")
    context.run_in_child_context(lambda child: child.step(step("inner"), name="inner"), name="group")
    context.step(step("second"), name="second")
    if event.get("short"):
        return "done"
    context.parallel([branch("a"), branch("b")], name="both")
"""

HANDLER = """
import { withDurableExecution } from "@aws/durable-execution-sdk-js";

export const handler = withDurableExecution(async (event, context) => {
  await context.step("first", async () => 1);
  await context.runInChildContext("group", async (child) => child.step("inner", async () => 2));
  await context.step("second", async () => 3);
  if (event.short) return "done";
  await context.parallel("both", [
    async (branch) => { await branch.step("a-1", async () => 4); await branch.wait("a-wait", { hours: 1 }); },
    async (branch) => { await branch.step("b-1", async () => 5); await branch.wait("b-wait", { hours: 1 }); },
  ]);
});
"""
PACKAGE = json.loads((PROJECT / "functions/payments/package.json").read_text())
LOCK = (PROJECT / "functions/payments/package-lock.json").read_text()

PROGRAM = """
import pulumi
from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
for name, runtime in (("python", "python3.13"), ("node", "nodejs22.x")):
    function = DurableFunction(
        name,
        {
            "execution_timeout_seconds": 7200,
            "runtime": runtime,
            "handler": "index.handler",
            "code_path": name,
            "durable_alarms": False,
            "errors_alarm": False,
        },
    )
    pulumi.export(name, function.outputs())
"""


def written(folder: Path, python: str = WORKFLOW, node: str = HANDLER) -> None:
    for name in ("python", "node"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "python/index.py").write_text(python)
    (folder / "node/index.mjs").write_text(node)
    (folder / "node/package.json").write_text(json.dumps(PACKAGE))
    (folder / "node/package-lock.json").write_text(LOCK)


@pytest.fixture(scope="module")
def stack(engine: Engine) -> auto.Stack:
    written(engine.folder / "replay")
    made = engine.written(PROGRAM, "replay")
    made.up()
    return made


@pytest.fixture(scope="module")
def histories(
    stack: auto.Stack, engine: Engine, cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Histories of executions that wait, and of one that has ended, as the command keeps them."""
    client, outputs = cloud.client("lambda"), stack.outputs()
    for name in ("python", "node"):
        for execution, event in (("waiting", {}), ("ended", {"short": True})):
            client.invoke(
                FunctionName=outputs[name].value["alias_arn"],
                InvocationType="Event",
                DurableExecutionName=execution,
                Payload=json.dumps(event),
            )
    folder = tmp_path_factory.mktemp("histories")

    def complete() -> bool:
        done = durable(engine, "replay", "replay-check", "--ended", "--record", str(folder))
        assert done.returncode == 0, done.stdout + done.stderr
        kept = {path: len(RecordedExecution.read(path).operations()) for path in folder.glob("*/*.json")}
        return sorted(kept.values()) == [5, 5, 12, 12]

    wait_for(complete)
    return folder


def verdict(
    folder: Path, histories: Path, name: str, execution: str, changed: str, **environment: str
) -> ReplayResult:
    runtime, file = ("python3.13", "python") if name == "python" else ("nodejs22.x", "node")
    written(folder, **{name: changed})
    source = CodeSource("index.handler", runtime, "arm64", path=str(folder / file), for_host=True)
    code = HandlerCode(build_archive(source), "index.handler", runtime, environment)
    with code.unpacked() as unpacked:
        return replay(code, unpacked, RecordedExecution.read(histories / name / f"{execution}.json"))


# What is changed in each language's handler, and what a replay of which execution says of it.
CASES: dict[str, tuple[Any, Any, str, str, str]] = {
    "unchanged": (("", ""), ("", ""), "waiting", "same", "10 operations replayed"),
    "unchanged, of one that has ended": (("", ""), ("", ""), "ended", "same", "3 operations replayed"),
    "added at the end": (
        ('        return "done"', '        return context.step(step("third"), name="third")'),
        ('return "done"', 'return context.step("third", async () => 9)'),
        "ended",
        "same",
        "3 operations replayed",
    ),
    "renamed": (
        ('name="second"', 'name="2nd"'),
        ('"second"', '"2nd"'),
        "waiting",
        "differs",
        "step 'second' was recorded, and is now ",
    ),
    "renamed in a branch": (('-wait"', '_wait"'), ('-wait"', '_wait"'), "waiting", "differs", "wait '"),
    "removed": (
        ('    context.step(step("first"), name="first")\n', ""),
        ('  await context.step("first", async () => 1);\n', ""),
        "waiting",
        "differs",
        "step 'first' was recorded, and is now ",
    ),
    "removed at the end": (
        ('    context.step(step("second"), name="second")\n', ""),
        ('  await context.step("second", async () => 3);\n', ""),
        "ended",
        "differs",
        "step 'second' was recorded, and the handler now ends without it",
    ),
    "without its context": (
        (
            'context.run_in_child_context(lambda child: child.step(step("inner"), name="inner"), name="group")',
            "pass",
        ),
        ('context.runInChildContext("group", async (child) => child.step("inner", async () => 2))', "0"),
        "waiting",
        "differs",
        "runinchildcontext 'group' was recorded, and is now ",
    ),
    "broken": (
        ('context.step(step("second")', 'event["gone"]["there"]; context.step(step("second")'),
        ('await context.step("second"', 'event.gone.there; await context.step("second"'),
        "waiting",
        "differs",
        "the handler now fails after runinchildcontext 'group': ",
    ),
    "not to be imported": (
        ("import os\n", "import gone\n"),
        ("import {", "import gone from 'gone'; import {"),
        "waiting",
        "unknown",
        "the code cannot be imported here: ",
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["python", "node"])
def test_a_replay_names_what_differs(histories: Path, tmp_path: Path, name: str, case: str) -> None:
    python, node, execution, outcome, said = CASES[case]
    source, change = (WORKFLOW, python) if name == "python" else (HANDLER, node)
    assert change[0] in source
    mark = tmp_path / "mark"
    found = verdict(tmp_path, histories, name, execution, source.replace(*change), MARK=str(mark))
    assert (found.outcome, found.message[: len(said)]) == (outcome, said)
    # No step has run.
    assert not mark.exists() or mark.read_text() == "imported"


def test_what_cannot_be_replayed_is_told(histories: Path, tmp_path: Path) -> None:
    known = RecordedExecution.read(histories / "python/ended.json")
    code = HandlerCode(tmp_path / "none.zip", "index.handler", "java21", {})
    assert (
        replay(code, tmp_path, known).message == "java21 code cannot be replayed: only Python and Node.js can"
    )
    python = HandlerCode(tmp_path / "none.zip", "index.handler", "python3.13", {})
    for events, said in (
        ([], "does not begin with the start of an execution"),
        ([{"EventType": "Party"}], "cannot be read"),
        (known.events[1:], "does not begin with the start of an execution"),
    ):
        found = replay(python, tmp_path, RecordedExecution("odd", events))
        assert found.outcome == "unknown"
        assert said in found.message
    (tmp_path / "odd").write_text("[]")
    with pytest.raises(ValueError, match="odd is not a history"):
        RecordedExecution.read(tmp_path / "odd")


def test_the_command_replays_on_what_the_next_deployment_would_bring(
    engine: Engine, stack: auto.Stack, histories: Path
) -> None:
    written(engine.folder / "replay", python=WORKFLOW.replace('"second"', '"2nd"'))
    live = durable(engine, "replay", "replay-check", "python")
    assert live.returncode == 1, live.stderr
    assert "step 'second' was recorded, and is now step '2nd'" in " ".join(live.stdout.split())
    kept = durable(engine, "replay", "replay-check", "node", "--histories", str(histories))
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert "differs" not in kept.stdout
    (engine.folder / "replay/python/index.py").unlink()
    broken = durable(engine, "replay", "replay-check")
    written(engine.folder / "replay")
    assert broken.returncode == 1
    assert "python has no index.py" in broken.stderr
    assert "Traceback" not in broken.stderr
