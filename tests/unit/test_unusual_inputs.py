"""What AWS takes and is hardly meant is deployed, with one warning that names the argument and the fix."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

import components
from components.checks import runtimes
from tables.account import ACCOUNT, ROLE, Recorder, declare
from tables.invalid_inputs import TABLES

SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret"

LISTED = ", ".join(runtimes.LISTED)
UNLISTED = (
    f"is not on AWS's list for durable functions: {LISTED}; make sure that the code includes an SDK that runs there, "
    "as the SDKs for Go and Rust do on provided.al2023"
)
NO_SDK = f"has no SDK for durable functions; use a runtime on AWS's list: {LISTED}; or a container image"

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("DurableFunction", {"runtime": "python3.12"}, f"runtime = 'python3.12': {UNLISTED}"),
    ("DurableFunction", {"runtime": "nodejs26.x"}, f"runtime = 'nodejs26.x': {UNLISTED}"),
    ("DurableFunction", {"runtime": "python3.10"}, f"runtime = 'python3.10': {NO_SDK}"),
    ("DurableFunction", {"runtime": "nodejs20.x"}, f"runtime = 'nodejs20.x': {NO_SDK}"),
    (
        "DurableFunction",
        {"timeout_seconds": 61, "execution_timeout_seconds": 60},
        "timeout_seconds = 61: is above execution_timeout_seconds = 60, which ends the execution earlier; lower it, "
        "or raise execution_timeout_seconds",
    ),
    (
        "DurableFunction",
        {"snap_start": True, "runtime": "nodejs24.x"},
        "snap_start: is documented for Java 11, Python 3.12, .NET 8 and newer; Lambda may refuse it for this runtime",
    ),
    (
        "DurableFunction",
        {"provisioned_concurrency": 1, "alias_version": "3", "new_version_weight": 0.1},
        "provisioned_concurrency = 1: cannot be set or changed while new_version_weight splits the alias; deploy it "
        "first, or leave new_version_weight out",
    ),
    (
        "SecretGrant",
        {"secret_arn": f"{SECRET}:card-*", "role_arn": f"{ROLE}/a"},
        f"secret_arn = '{SECRET}:card-*': may also match other secrets, now or later; end it with -?????? for "
        "the six characters that Secrets Manager adds, or make one grant for each",
    ),
    (
        "ScheduleTrigger",
        {"schedule": "rate(1 day)", "timezone": "Europe/Berlin"},
        "timezone = 'Europe/Berlin': has no effect: a rate has no time of day; leave it out, or use cron(...)",
    ),
    *(
        (
            trigger,
            {"filter_patterns": [{}] * 6},
            "filter_patterns: has 6 patterns; Lambda allows 5, or up to 10 if AWS has raised the account's quota",
        )
        for trigger in ("QueueTrigger", "StreamTrigger")
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


@pytest.mark.parametrize(
    ("component", "changes"),
    [
        ("SecretGrant", {"secret_arn": f"{SECRET}:card-key-??????", "role_arn": f"{ROLE}/a"}),
        ("ScheduleTrigger", {"schedule": "cron(0  3 * * ? *)", "timezone": "Europe/Berlin"}),
        ("ScheduleTrigger", {"schedule": "rate(1 day)"}),
        ("StreamTrigger", {"filter_patterns": [{}] * 5}),
        # On the list that components/checks/runtimes.py names.
        *(("DurableFunction", {"runtime": f"nodejs{each}.x"}) for each in (22, 24)),
        *(("DurableFunction", {"runtime": f"python3.{each}"}) for each in (13, 14)),
        ("DurableFunction", {"snap_start": True}),
        ("DurableFunction", {"provisioned_concurrency": 2, "reserved_concurrency": 2}),
        ("DurableFunction", {"snap_start": False, "provisioned_concurrency": 2}),
    ],
)
def test_what_is_usual_is_not_told(
    warnings: list[str], cloud: Recorder, component: str, changes: dict[str, Any]
) -> None:
    given = {**usual(component), **changes}
    declare(lambda: getattr(components, component)("orders", given))
    assert warnings == []
    assert cloud.made


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
