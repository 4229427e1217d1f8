"""Faults between the engine and the cloud: whatever fails, the next `up` or `destroy` ends in the right state."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.faults import MORE, Call, Proxy, proxy, stack_of

__all__ = ["proxy"]

CHANGING = {("lambda", each) for each in ("UpdateFunctionConfiguration", "PublishVersion", "UpdateAlias")}
READS = ("Get", "List", "Describe")
FAULTS: dict[str, dict[str, Any]] = {
    "throttled": {"error": {"code": "ThrottlingException", "status": 429}},
    "failed": {"error": {"code": "ServiceException", "status": 500}},
    "reset": {"reset": True},
    "timed out": {"timeout_ms": 50},
}


@pytest.fixture(scope="module")
def calls(engine: Engine, proxy: Proxy) -> Iterator[tuple[set[Call], set[Call]]]:
    """The writing calls of making the stack, and of removing it."""
    stack = stack_of(engine, proxy)
    yield writes(proxy, stack.up), writes(proxy, lambda: stack.destroy(run_program=True))
    # The proxy goes before the engine, which destroys what a failed test has left.
    stack.workspace.env_vars = engine.variables


def writes(proxy: Proxy, act: Callable[[], object]) -> set[Call]:
    """Return the writing calls of a deployment."""
    proxy.rules({"service": "*", "latency": 0})
    act()
    return {call for call in proxy.fired() if not call[1].startswith(READS)}


def storm(proxy: Proxy, calls: set[Call], shift: int, act: Callable[[], object]) -> int:
    """Deploy until each of the calls was hit by a fault that outlasts the retries; return how many were hit."""
    left, said = set(calls), ""
    faults = dict(zip(sorted(calls), itertools.islice(itertools.cycle(FAULTS), shift, None), strict=False))
    while left:
        proxy.rules(*({"service": call[0], "operation": call[1], **FAULTS[faults[call]]} for call in left))
        try:
            act()
        except auto.CommandError as error:
            said += str(error)
        # A call stands behind those that it depends on, and comes to its turn when they have passed.
        hit = proxy.fired() & left
        if not hit:
            break
        left -= hit
    proxy.rules()
    assert "Traceback" not in said
    return len(calls - left)


def test_no_fault_loses_an_execution_or_leaves_a_resource(
    engine: Engine, cloud: LocalCloud, proxy: Proxy, calls: tuple[set[Call], set[Call]]
) -> None:
    making, removing = calls
    client, before = cloud.client("lambda"), cloud.left()
    stack = stack_of(engine, proxy)

    def destroy() -> None:
        stack.destroy(run_program=True)

    assert storm(proxy, making, 0, stack.up) == len(making)
    function = stack.up().outputs["function"].value
    stack.refresh(expect_no_changes=True)
    assert len(cloud.left()) - len(before) == len(["role", "log group", "function", "queue"])

    # An execution goes on while its function's next versions are deployed among faults, of every kind at every call.
    arn = client.invoke(FunctionName=function["alias_arn"], InvocationType="Event", Payload="{}")[
        "DurableExecutionArn"
    ]
    for version, shift in ((2, 0), (3, 2)):
        changed = stack_of(engine, proxy, f'{MORE} "description": "change {shift}",')
        assert storm(proxy, CHANGING, shift, changed.up) == len(CHANGING)
        assert changed.up().outputs["function"].value["release"] == {"live": {str(version): 1}}
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
    assert ":1/durable-execution/" in arn
    client.stop_durable_execution(DurableExecutionArn=arn)

    assert storm(proxy, removing, 1, destroy) == len(removing)
    destroy()
    assert cloud.left() == before
