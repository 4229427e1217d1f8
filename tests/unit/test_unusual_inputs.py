"""What AWS takes and is hardly meant is deployed, with one warning that names the argument and the fix."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

import components
from components import runtimes
from tests.unit.bad_inputs import TABLES
from tests.unit.mocks import Recorder, declare

LISTED = ", ".join(runtimes.LISTED)
UNLISTED = (
    f"is not on AWS's list for durable functions: {LISTED}; make sure that the code brings an SDK that runs there, as "
    "those for Go and Rust do on provided.al2023"
)
NO_SDK = f"has no SDK for durable functions; take one of AWS's list: {LISTED}; or a container image"

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("DurableFunction", {"runtime": "python3.12"}, f"runtime = 'python3.12': {UNLISTED}"),
    ("DurableFunction", {"runtime": "nodejs26.x"}, f"runtime = 'nodejs26.x': {UNLISTED}"),
    ("DurableFunction", {"runtime": "python3.10"}, f"runtime = 'python3.10': {NO_SDK}"),
    ("DurableFunction", {"runtime": "nodejs20.x"}, f"runtime = 'nodejs20.x': {NO_SDK}"),
    (
        "DurableFunction",
        {"timeout_seconds": 61, "execution_timeout_seconds": 60},
        "timeout_seconds = 61: is above execution_timeout_seconds = 60, which ends an invocation before; lower it, or "
        "lengthen the execution",
    ),
]
"""A component, what is unusual in its arguments, and the warning."""

CODE_CASES: list[tuple[str, str, str]] = [
    ("provided.al2023", "bootstrap", UNLISTED),
    ("java17.al2023", "Handler", UNLISTED),
    ("ruby3.4", "app.handler", NO_SDK),
    ("java11", "shop.Orders::handle", NO_SDK),
    ("java25", "Handler", ""),
    ("dotnet10", "MyDurableFunction", ""),
    ("dotnet8", "Shop::Shop.Orders::Handle", ""),
]
"""A runtime and a handler, for built code, with what is told of the runtime."""


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch, cloud: Recorder) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_, **__: told.append(message))
    assert cloud.made == []
    return told


def usual(component: str) -> Mapping[str, Any]:
    return next(usual for title, usual, _ in TABLES if title == component)


@pytest.mark.parametrize(("component", "changes", "warning"), CASES)
def test_it_is_told_once_and_deployed(
    warnings: list[str], cloud: Recorder, component: str, changes: dict[str, Any], warning: str
) -> None:
    given = {**usual(component), **changes}
    declare(lambda: getattr(components, component)("orders", given))
    assert warnings == [f"{component} 'orders': {warning}"]
    assert cloud.made


@pytest.mark.parametrize(("runtime", "handler", "warning"), CODE_CASES)
def test_runtimes_and_handlers_of_compiled_languages_are_deployed(
    warnings: list[str], cloud: Recorder, tmp_path: Any, runtime: str, handler: str, warning: str
) -> None:
    (tmp_path / "bootstrap").write_text("#!/bin/sh\n")
    given: Any = {
        **usual("DurableFunction"),
        "code_inline": None,
        "code_path": str(tmp_path),
        "runtime": runtime,
        "handler": handler,
    }
    declare(lambda: components.DurableFunction("orders", given))
    assert [each.partition(f"runtime = {runtime!r}: ")[2] for each in warnings] == [warning] * bool(warning)
    made = cloud.one("aws:lambda/function:Function")
    assert (made["runtime"], made["handler"]) == (runtime, handler)


@pytest.mark.parametrize("table", [title for title, _, _ in TABLES if title in components.__all__])
def test_nothing_is_told_of_what_is_usual(warnings: list[str], table: str) -> None:
    declare(lambda: getattr(components, table)("orders", {**_GRANTED.get(table, {}), **usual(table)}))
    assert warnings == []


_GRANTED: dict[str, dict[str, Any]] = {
    each: {"role_arn": "arn:aws:iam::123456789012:role/a", "access": "read"}
    if each == "ExecutionGrant"
    else {"role_arn": "arn:aws:iam::123456789012:role/a"}
    for each in ("InvokeGrant", "CallbackGrant", "ExecutionGrant", "SecretGrant")
}
