"""The proxy that injects faults between the engine and the cloud, and the stack that is deployed through it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from pulumi import automation as auto

from tests.e2e.conftest import PROJECT, Engine, LocalCloud
from tests.e2e.executions import wait_for
from tests.e2e.programs import program
from tests.ports import free_port

Call = tuple[str, str]
"""A service and an operation of it."""

CONTROL = httpx.Client(timeout=60)
"""Asks the proxy, which answers late where the machine is busy."""
MORE = '"dead_letter_queue": True, "execution_policy": "scoped",'


@dataclass
class Proxy:
    """The proxy that injects faults, between the engine and the cloud."""

    endpoint: str

    def rules(self, *rules: dict[str, Any]) -> None:
        """Let these rules hold, and no others; forget what was injected."""
        CONTROL.post(f"{self.endpoint}/_microburst/rules", json=list(rules)).raise_for_status()
        CONTROL.delete(f"{self.endpoint}/_microburst/fired").raise_for_status()

    def fired(self) -> set[Call]:
        """Return the calls that the rules have met."""
        found = CONTROL.get(f"{self.endpoint}/_microburst/fired?limit=5000").json()
        return {(each["service"], each["operation"]) for each in found if each["operation"]}


@pytest.fixture(scope="module")
def proxy(cloud: LocalCloud) -> Iterator[Proxy]:
    port = free_port()
    command = ["-m", "tests.e2e.fault_proxy", "--upstream", cloud.endpoint, "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, *command, "--resign"],
        cwd=PROJECT,
        env={**os.environ, **cloud.variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Proxy(f"http://127.0.0.1:{port}")

    def answers() -> bool:
        try:
            return CONTROL.get(f"{made.endpoint}/_microburst/fired").is_success
        except httpx.TransportError:
            return False

    try:
        wait_for(answers)
        yield made
    finally:
        process.terminate()
        process.wait(60)


def stack_of(engine: Engine, proxy: Proxy, more: str = MORE) -> auto.Stack:
    stack = engine.written(program(more), "faults")
    stack.workspace.env_vars = {**stack.workspace.env_vars, "AWS_ENDPOINT_URL": proxy.endpoint}
    return stack
