"""An upgrade of the package: what the last release has deployed stays, and an execution in flight ends well."""

import json
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import PROJECT, Engine, LocalCloud
from tests.e2e.executions import callback_of, ended
from tests.upgrade import released

PROGRAM = Path(__file__).with_name("upgraded_program.py").read_text()
PACKAGE = "pulumi_durable_functions"


@dataclass
class Upgraded:
    """A stack that the last release has deployed, and then the code as it is now, while an execution waited."""

    stack: auto.Stack
    urns: set[str]
    before: dict[str, Any]
    after: dict[str, Any]
    operations: Mapping[str, set[str]]
    execution: str


@pytest.fixture(scope="module")
def upgraded(engine: Engine, cloud: LocalCloud) -> Upgraded:
    wheel, folder = released(), engine.folder / "released"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    stack = engine.written(PROGRAM, "upgraded")
    before, _ = up(stack, folder)
    assert before["package"] == {
        "file": str(folder / PACKAGE / "__init__.py"),
        "version": wheel.name.split("-")[1],
    }
    started = cloud.client("lambda").invoke(
        FunctionName=before["long"]["alias_arn"], InvocationType="Event", Payload=json.dumps({"order": 42})
    )
    callback_of(cloud, started["DurableExecutionArn"])
    urns = {each["urn"] for each in resources(stack) if "pulumi:providers:" not in each["type"]}
    after, operations = up(stack, PROJECT)
    return Upgraded(stack, urns, before, after, operations, started["DurableExecutionArn"])


def up(stack: auto.Stack, folder: Path) -> tuple[dict[str, Any], Mapping[str, set[str]]]:
    """Deploy with the package that lies in a folder, or with the code as it is now, from the project's own.

    Returns:
        The outputs, and by URN the operations that the engine has done.
    """
    stack.workspace.env_vars = {**stack.workspace.env_vars, "PYTHONPATH": str(folder)}
    operations: dict[str, set[str]] = defaultdict(set)

    def note(event: Any) -> None:
        if step := event.resource_pre_event and event.resource_pre_event.metadata:
            operations[step.urn].add(str(getattr(step.op, "value", step.op)))

    outputs = stack.up(on_event=note).outputs
    return {name: output.value for name, output in outputs.items()}, operations


def resources(stack: auto.Stack) -> list[dict[str, Any]]:
    return list((stack.export_stack().deployment or {})["resources"])


def test_an_upgrade_keeps_everything_that_is_deployed(upgraded: Upgraded) -> None:
    assert len(upgraded.urns) > 80
    # One that is not met any more would be deleted, one that is replaced has operations of that name.
    done = {urn: upgraded.operations.get(urn, set()) for urn in upgraded.urns}
    changed = {urn: names for urn, names in done.items() if names not in ({"same"}, {"update"})}
    # The alarms that the changelog says are gone.
    assert changed
    for urn, names in changed.items():
        assert names == {"delete"}
        assert urn.partition("metricAlarm:MetricAlarm::")[2].endswith(
            ("-timed-out", "-operations", "-storage")
        )
    assert {name for name, value in upgraded.before.items() if upgraded.after[name] != value} <= {"package"}
    assert upgraded.after["package"]["file"] == str(PROJECT / "components" / "__init__.py")


def test_an_execution_in_flight_ends_well_after_the_upgrade(upgraded: Upgraded, cloud: LocalCloud) -> None:
    cloud.client("lambda").send_durable_execution_callback_success(
        CallbackId=callback_of(cloud, upgraded.execution), Result=b'"yes"'
    )
    execution = ended(cloud, upgraded.execution)
    assert (execution["Status"], execution["Version"]) == ("SUCCEEDED", upgraded.before["long"]["version"])
    assert json.loads(execution["Result"]) == {"order": 42, "approved": '"yes"'}


SMALL = """
import pulumi
import pulumi_durable_functions as durable

durable.register_guard()
orders = durable.DurableFunction(
    "orders",
    {
        "execution_timeout_seconds": 60,
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": "def handler(event, context): ...",
        "role_statements": [{"actions": ["sqs:ListQueues"], "resources": ["*"]}],
        "tracing": True,
    },
)
orders.grant_invoke("itself", orders)
"""


def test_what_the_last_release_has_deployed_is_destroyed_without_a_deployment_between(
    engine: Engine, cloud: LocalCloud, upgraded: Upgraded
) -> None:
    before = cloud.left()
    stack = engine.written(SMALL, "older")
    up(stack, engine.folder / "released")
    stack.workspace.env_vars = {**stack.workspace.env_vars, "PYTHONPATH": str(PROJECT)}
    stack.destroy(run_program=True)
    assert cloud.left() == before


def test_the_program_has_every_component(upgraded: Upgraded) -> None:
    schema = json.loads((PROJECT / "components" / "schema.json").read_text())
    assert set(schema["resources"]) <= {each["type"] for each in resources(upgraded.stack)}
