"""A stack of a hundred durable functions."""

from typing import Any

import pulumi

from components import DurableFunction, DurableMonitoring
from tests.e2e.conftest import Engine
from tests.e2e.programs import MINIMAL

FUNCTIONS = 100


def program() -> None:
    functions = {f"f{number}": DurableFunction(f"f{number}", MINIMAL) for number in range(FUNCTIONS)}
    DurableMonitoring("all", {"functions": {name: each.function_name for name, each in functions.items()}})
    pulumi.export("functions", {name: each.alias_arn for name, each in functions.items()})


def test_a_hundred_functions_preview_without_a_warning(engine: Engine) -> None:
    said: list[tuple[str, str]] = []

    def listen(event: Any) -> None:
        if event.diagnostic_event and event.diagnostic_event.severity != "debug":
            said.append((event.diagnostic_event.severity, event.diagnostic_event.message))

    result = engine.program(program, "local").preview(on_event=listen)
    assert said == []
    # Of each function: component, role component, role, policy, log group, function, alias and three alarms.
    assert result.change_summary == {"create": FUNCTIONS * 10 + 4}
