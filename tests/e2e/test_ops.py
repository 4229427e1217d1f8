"""The operator's commands, on a stack of the local cloud."""

from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.durable_command import durable
from tests.e2e.executions import versions, wait_for
from tests.e2e.programs import program


@pytest.fixture(scope="module")
def stack(engine: Engine) -> auto.Stack:
    made = engine.written(program(), "cli")
    made.up()
    return made


@pytest.fixture
def function(stack: auto.Stack) -> Any:
    return stack.outputs()["function"].value


def start(cloud: LocalCloud, arn: str) -> str:
    response = cloud.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload="{}")
    return str(response["DurableExecutionArn"])


def test_prune_spares_the_current_the_one_before_and_those_that_run(
    engine: Engine, cloud: LocalCloud, stack: auto.Stack, function: Any
) -> None:
    waiting = start(cloud, function["alias_arn"])
    for number in range(2, 6):
        engine.written(program(f'"description": "release {number}",'), "cli").up()
    assert versions(cloud, function) == {"1", "2", "3", "4", "5"}

    shown = durable(engine, "cli", "prune", "--dry-run", "--keep", "1", "--since-minutes", "0")
    assert shown.returncode == 0, shown.stderr
    lines = [line.rstrip().split(maxsplit=5) for line in shown.stdout.splitlines() if line[:1].isdigit()]
    assert {line[0]: line[-1] for line in lines} == {
        "5": "keep: used by the alias live",
        "4": "keep: the version before the current one",
        "3": "delete",
        "2": "delete",
        "1": "keep: 1 execution in flight",
    }
    assert versions(cloud, function) == {"1", "2", "3", "4", "5"}

    done = durable(engine, "cli", "prune", "--yes", "--keep", "1", "--since-minutes", "0")
    assert done.returncode == 0, done.stderr
    assert "MB of code storage freed" in done.stdout
    assert versions(cloud, function) == {"1", "4", "5"}
    assert cloud.client("lambda").get_durable_execution(DurableExecutionArn=waiting)["Status"] == "RUNNING"
    engine.written(program('"description": "release 5",'), "cli").up(expect_no_changes=True)


def test_versions_that_were_just_followed_are_spared_by_default(
    engine: Engine, cloud: LocalCloud, function: Any
) -> None:
    before = versions(cloud, function)
    done = durable(engine, "cli", "prune", "--yes", "--keep", "1")
    assert done.returncode == 0, done.stderr
    assert "delete" not in done.stdout
    assert versions(cloud, function) == before


def test_drain_waits_for_a_version_or_stops_what_runs_on_it(
    engine: Engine, cloud: LocalCloud, function: Any
) -> None:
    client = cloud.client("lambda")
    new = start(cloud, function["alias_arn"])
    waited = durable(engine, "cli", "drain", "function", "--version", "1", "--timeout-seconds", "1")
    assert waited.returncode == 1
    assert "1 still in flight after 1 s" in waited.stdout

    stopped = durable(engine, "cli", "drain", "--version", "1", "--stop", "--yes")
    assert stopped.returncode == 0, stopped.stderr
    assert "nothing in flight" in stopped.stdout
    assert client.get_durable_execution(DurableExecutionArn=new)["Status"] == "RUNNING"

    assert durable(engine, "cli", "drain", "--stop", "--yes").returncode == 0
    wait_for(lambda: client.get_durable_execution(DurableExecutionArn=new)["Status"] == "STOPPED")


def test_what_runs_is_paused_and_goes_on(engine: Engine, cloud: LocalCloud, function: Any) -> None:
    client = cloud.client("lambda")
    arn = start(cloud, function["alias_arn"])
    done = durable(engine, "cli", "drain", "--pause", "--yes")
    assert "will pause at their next checkpoint" in done.stdout
    wait_for(lambda: client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "PAUSED")
    name = arn.split("/")[-2]
    assert "is paused already" in durable(engine, "cli", "pause", name, "--yes").stdout
    assert "pause requested" in durable(engine, "cli", "show", name).stdout
    assert f"{name}  continues" in durable(engine, "cli", "resume", name, "--yes").stdout
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    client.stop_durable_execution(DurableExecutionArn=arn)


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["drain", "nobody"], 1, "error: no function nobody; the stack has function"),
        (["prune", "--stack", "nowhere"], 1, "no stack named 'nowhere' found"),
        (["prune", "--keep", "0"], 2, "Invalid value"),
        (["drain", "--stop", "--pause"], 2, "cannot be used together"),
    ],
)
def test_wrong_use_is_told_in_a_line(
    engine: Engine, stack: auto.Stack, command: list[str], code: int, said: str
) -> None:
    done = durable(engine, "cli", *command)
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_answers_are_for_a_person_without_a_terminal_too(engine: Engine, stack: auto.Stack) -> None:
    shown = durable(engine, "cli", "prune", "--dry-run")
    assert "\x1b" not in shown.stdout
