"""A killed engine: whatever call it dies in, `recover` and the next `up` or `destroy` end in the right state."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import DURABLE, Engine, LocalCloud
from tests.e2e.executions import wait_for
from tests.e2e.faults import MORE, Call, Proxy, proxy, stack_of

__all__ = ["proxy"]

Death = tuple[set[Call], bool]
"""Calls in which the engine dies, and whether the cloud carries them out after that."""

MAKING: list[Death] = [
    # The engine makes these at the same time.
    ({("logs", "CreateLogGroup"), ("iam", "CreateRole"), ("sqs", "CreateQueue")}, True),
    ({("iam", "PutRolePolicy")}, True),
    ({("lambda", "CreateFunction")}, False),
    ({("lambda", "CreateFunction")}, True),
    ({("lambda", "CreateAlias")}, True),
]
CHANGING: list[Death] = [
    ({("lambda", "UpdateFunctionConfiguration")}, True),
    ({("lambda", "PublishVersion")}, False),
    ({("lambda", "PublishVersion")}, True),
    ({("lambda", "UpdateAlias")}, True),
]
REMOVING: list[Death] = [({("lambda", "DeleteFunction")}, False), ({("iam", "DeleteRole")}, True)]
HELD_SECONDS = 1
HELD = {"min": HELD_SECONDS * 1_000, "max": HELD_SECONDS * 1_000}
EFFECTS: dict[bool, dict[str, Any]] = {
    # The call is held, so that the engine is dead when the cloud carries it out.
    True: {"latency": HELD, "response": {"abort_bytes": 0}},
    # The call never reaches the cloud.
    False: {"timeout_ms": HELD_SECONDS * 1_000},
}


class Victim:
    """A stack whose engine is killed in the midst of a call."""

    def __init__(self, engine: Engine, proxy: Proxy, more: str = MORE) -> None:
        self.stack = stack_of(engine, proxy, more)
        self.proxy = proxy
        self.folder = self.stack.workspace.work_dir
        self.variables = {**os.environ, **self.stack.workspace.env_vars}

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def killed_at(self, calls: set[Call], *, command: str, effect: bool) -> None:
        """Kill the engine as soon as these calls are under way; with `effect`, the cloud carries them out."""
        self.proxy.rules(*({"service": call[0], "operation": call[1], **EFFECTS[effect]} for call in calls))
        words = ["pulumi", command, "--yes", "--skip-preview"]
        words += ["--run-program"] if command == "destroy" else []
        with (Path(self.folder) / "killed.log").open("w+") as said:
            process = subprocess.Popen(words, cwd=self.folder, env=self.variables, stdout=said, stderr=said)
            try:
                wait_for(lambda: calls <= self.proxy.fired() or process.poll() is not None)
                said.seek(0)
                assert process.poll() is None, said.read()
            finally:
                process.kill()
                process.wait()
        time.sleep(HELD_SECONDS + 1)
        self.proxy.rules()

    def recover(self) -> str:
        self.run("pulumi", "cancel", "--yes")
        return self.run(str(DURABLE), "recover", "--yes")


@pytest.fixture(scope="module")
def restored(engine: Engine) -> Iterator[None]:
    """The engine's own teardown must not go by the proxy, which ends before it."""
    yield
    for stack in engine.stacks.values():
        stack.workspace.env_vars = engine.variables


def test_a_killed_engine_leaves_nothing_that_the_next_one_does_not_know(
    engine: Engine, cloud: LocalCloud, proxy: Proxy, restored: None
) -> None:
    before = cloud.left()
    victim = Victim(engine, proxy)
    for calls, effect in MAKING:
        victim.killed_at(calls, command="up", effect=effect)
        victim.recover()
    function = victim.stack.up().outputs["function"].value
    victim.stack.refresh(expect_no_changes=True)
    assert len(cloud.left()) - len(before) == len(["role", "log group", "function", "queue"])

    # An execution goes on while the engine dies in each call of its function's next version.
    client = cloud.client("lambda")
    arn = client.invoke(FunctionName=function["alias_arn"], InvocationType="Event", Payload="{}")[
        "DurableExecutionArn"
    ]
    victim = Victim(engine, proxy, f'{MORE} "description": "changed",')
    for calls, effect in CHANGING:
        victim.killed_at(calls, command="up", effect=effect)
        victim.recover()
    released = victim.stack.up().outputs["function"].value
    alias = client.get_alias(FunctionName=function["function_name"], Name="live")
    assert alias["FunctionVersion"] == released["version"]
    assert client.get_function_configuration(FunctionName=released["alias_arn"])["Description"] == "changed"
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    client.stop_durable_execution(DurableExecutionArn=arn)

    for calls, effect in REMOVING:
        victim.killed_at(calls, command="destroy", effect=effect)
        victim.recover()
    victim.stack.destroy(run_program=True)
    assert cloud.left() == before
