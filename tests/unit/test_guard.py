import base64
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from components import ExecutionsInFlightError
from components.guard import change_check, dependents, executions
from components.guard.alias_versions import refuse_unusable_versions
from components.guard.change_check import Change, ChangeCheck
from components.guard.declarations import Declarations, NewestVersion
from components.guard.providers import AwsProvider, AwsProviders, UnreachableAccountError
from components.guard.versions import Version
from tables.account import ACCOUNT, FUNCTION, QUEUE, ROLE, Recorder, declare

NAME = "orders-1a2b3c4"
FUNCTION_OUTPUTS = {
    "name": NAME,
    "arn": f"{FUNCTION}:{NAME}",
    "durableConfig": {"executionTimeout": 60},
}
Executions = Mapping[tuple[str, str], list[dict[str, Any]]]


class Lambda:
    """Lambda's API: functions with versions, executions in flight on them, or an error; keeps what it was asked.

    Args:
        in_flight: by function's name and version the executions; one that is stopped is in flight once more.
        versions: the configurations that are listed.
        error: what every call raises instead.
        there: whether the functions are there.
        durable: whether the functions are durable.
    """

    def __init__(
        self,
        in_flight: Executions | None = None,
        versions: list[dict[str, Any]] | None = None,
        *,
        error: Exception | None = None,
        there: bool = True,
        durable: bool = True,
    ) -> None:
        self.in_flight = {key: list(found) for key, found in (in_flight or {}).items()}
        self.versions = versions or []
        self.error, self.there, self.durable = error, there, durable
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.stopped: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        return type("Paginator", (), {"paginate": lambda _, **request: self.pages(operation, request)})()

    def pages(self, operation: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self.asked.append((operation, request))
        if operation == "list_functions":
            yield {"Functions": self.versions}
            return
        if self.error:
            raise self.error
        if not self.there:
            raise error("ResourceNotFoundException")
        name = request["FunctionName"].rpartition(":")[2]
        wanted = request.get("Qualifier")
        for (function, version), found in self.in_flight.items():
            for each in [one for one in found if function == name and wanted in (None, version)]:
                yield {"DurableExecutions": [each]}

    def get_function_configuration(self, **request: Any) -> dict[str, Any]:
        self.asked.append(("get_function_configuration", request))
        if not self.there:
            raise error("ResourceNotFoundException")
        return {"DurableConfig": {"ExecutionTimeout": 60}} if self.durable else {}

    def stop_durable_execution(self, **request: Any) -> None:
        arn = request["DurableExecutionArn"]
        self.stopped.append(arn)
        for found in self.in_flight.values():
            found[:] = [each for each in found if each["DurableExecutionArn"] != arn]
        if arn.endswith("ended"):
            raise error("InvalidParameterValueException")


class OneProvider(AwsProviders):
    """One account and region, with one API."""

    def __init__(self, api: Lambda) -> None:
        self.api = api

    def add(self, provider: pulumi.ProviderResource | None) -> None:
        assert provider is None

    def of(self, arn: str) -> list[tuple[Any, str]]:
        return [(type("There", (), {"client": lambda *_: self.api})(), "eu-west-1")]


def execution(
    number: object, age: timedelta = timedelta(hours=1), function: str = NAME, version: str = "7"
) -> dict[str, Any]:
    arn = f"{FUNCTION}:{function}:{version}/durable-execution/order-{number}/id"
    return {"DurableExecutionArn": arn, "StartTimestamp": datetime.now(UTC) - age}


def some(*found: dict[str, Any], function: str = NAME, version: str = "7") -> Executions:
    return {(function, version): list(found)}


def configuration(function: str = NAME, version: str = "7", **more: Any) -> dict[str, Any]:
    return {
        "FunctionName": function,
        "FunctionArn": f"{FUNCTION}:{function}:{version}",
        "Version": version,
        "Role": f"{ROLE}/service/{function}",
        **more,
    }


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "as told"}}, "ListDurableExecutionsByFunction")


class Checked:
    """The check of changes with an API of the test's own, and what it logs."""

    def __init__(self, api: Lambda, *, preview: bool = False) -> None:
        self.declarations = Declarations()
        self.check = ChangeCheck(OneProvider(api), self.declarations)
        self.preview = preview
        self.logged: list[str] = []
        self.warnings: list[str] = []

    def change(self, kind: str, state: dict[str, Any], id_: str = "id") -> Change:
        return Change(kind, "urn", id_, state, self.preview, self.logged.append, self.warnings.append)

    def delete(self, kind: str, state: dict[str, Any], id_: str = "id") -> None:
        self.check.before_deletion(self.change(kind, state, id_))

    def update(self, kind: str, state: dict[str, Any], before: Any, after: Any) -> None:
        self.check.before_update(self.change(kind, state), before, after)

    def declares(self, id_: str) -> None:
        self.declarations._ids["urn"] = id_

    def gives(self, text: str, role: str = NAME) -> None:
        self.declarations._policies[f"policy {len(self.declarations._policies)}"] = (role, text)

    def has_function(self) -> None:
        self.declarations.functions[f"{FUNCTION}:{NAME}"] = NewestVersion()


@pytest.fixture(autouse=True)
def _run(cloud: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a program, in which hooks can be registered, and which waits for no policy to come."""
    monkeypatch.setattr(change_check, "MOVED_PERMISSION_SECONDS", 0)


def refuse_function(api: Lambda) -> None:
    Checked(api).delete(dependents.FUNCTION, FUNCTION_OUTPUTS)


def test_a_function_without_executions_in_flight_may_go() -> None:
    api = Lambda()
    refuse_function(api)
    assert [
        (request["FunctionName"], request["Statuses"])
        for operation, request in api.asked
        if operation == "list_durable_executions_by_function"
    ] == [(f"{FUNCTION}:{NAME}", ["RUNNING", "PAUSING", "PAUSED"])]


@pytest.mark.parametrize(
    ("ages", "message"),
    [
        ([timedelta(minutes=5)], "1 execution is in flight, the oldest for 5 minutes: "),
        ([timedelta(hours=2), timedelta(days=3)], "2 executions are in flight, the oldest for 3 days: "),
        ([timedelta(minutes=1)] * 1001, "1,000 or more executions are in flight"),
    ],
)
def test_executions_in_flight_are_counted_and_the_ways_out_named(ages: list[timedelta], message: str) -> None:
    found = [execution(number, age) for number, age in enumerate(ages)]
    with pytest.raises(ExecutionsInFlightError) as caught:
        refuse_function(Lambda(some(*found)))
    text = str(caught.value)
    assert f"orders-1a2b3c4 is not deleted: {message}" in text
    oldest = min(found, key=lambda each: each["StartTimestamp"])
    assert oldest["DurableExecutionArn"] in text
    assert "durable drain" in text
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in text


@pytest.mark.parametrize("reason", [error("AccessDeniedException"), NoCredentialsError()])
def test_what_cannot_be_found_out_is_refused(reason: Exception) -> None:
    with pytest.raises(ExecutionsInFlightError) as caught:
        refuse_function(Lambda(error=reason))
    message = str(caught.value)
    assert f"could not be determined: {reason}" in message
    assert "lambda:ListDurableExecutionsByFunction, lambda:ListFunctions" in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message


def test_what_cannot_be_found_out_may_be_ended_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("END_EXECUTIONS_OF", NAME)
    check = Checked(Lambda(error=error("AccessDeniedException")))
    check.delete(dependents.FUNCTION, FUNCTION_OUTPUTS)
    (warning,) = check.warnings
    assert "could not be determined" in warning


def test_a_function_that_is_gone_may_go() -> None:
    refuse_function(Lambda(there=False))


def test_not_found_counts_only_where_the_function_is_not_there() -> None:
    with pytest.raises(ExecutionsInFlightError, match="could not be determined"):
        refuse_function(Lambda(error=error("ResourceNotFoundException")))


@pytest.mark.parametrize("named", ["orders-1a2b3c4", "others, orders-1a2b3c4", "all"])
def test_one_run_may_end_executions_and_tells_of_it(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setattr(executions, "POLL_SECONDS", 0)
    monkeypatch.setenv("END_EXECUTIONS_OF", named)
    paused, ended = execution(1), execution("2/ended")
    api = Lambda(some(paused, ended))
    check = Checked(api)
    check.delete(dependents.FUNCTION, FUNCTION_OUTPUTS)
    assert sorted(api.stopped) == sorted(each["DurableExecutionArn"] for each in (paused, ended))
    assert check.logged == [
        "orders-1a2b3c4: ending 2 executions in flight, as END_EXECUTIONS_OF says",
        "orders-1a2b3c4: ended 2 executions, as END_EXECUTIONS_OF says",
    ]


def test_executions_of_what_is_protected_are_not_ended_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("END_EXECUTIONS_OF", "all")
    api = Lambda(some(execution(1)))
    check = Checked(api)
    check.declarations.protected.add(f"{FUNCTION}:{NAME}")
    with pytest.raises(ExecutionsInFlightError, match=f"{NAME} is protected"):
        check.delete(dependents.FUNCTION, FUNCTION_OUTPUTS)
    assert api.stopped == []


def test_nothing_is_ended_where_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("END_EXECUTIONS_OF", "others")
    shared = [configuration(name, "7", Role=f"{ROLE}/shared") for name in (NAME, "others")]
    waiting = {**some(execution(1)), **some(execution(2, function="others"), function="others")}
    api = Lambda(waiting, shared)
    with pytest.raises(ExecutionsInFlightError, match="END_EXECUTIONS_OF=orders-1a2b3c4 before"):
        Checked(api).delete(dependents.ROLE, {"name": "shared", "arn": f"{ROLE}/shared"})
    assert api.stopped == []


def test_a_preview_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("END_EXECUTIONS_OF", "all")
    api = Lambda(some(execution(1)))
    check = Checked(api, preview=True)
    check.delete(dependents.FUNCTION, FUNCTION_OUTPUTS)
    assert api.stopped == []
    (text,) = check.logged
    assert text.endswith("order-1/id; END_EXECUTIONS_OF ends them")


def test_executions_that_do_not_end_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stubborn(Lambda):
        def stop_durable_execution(self, **request: Any) -> None:
            self.stopped.append(request["DurableExecutionArn"])

    monkeypatch.setattr(executions, "POLL_SECONDS", 0)
    monkeypatch.setattr(executions, "END_TIMEOUT_SECONDS", 0)
    monkeypatch.setenv("END_EXECUTIONS_OF", "all")
    api = Stubborn(some(execution(1)))
    with pytest.raises(ExecutionsInFlightError, match="1 execution is still in flight") as refused:
        refuse_function(api)
    assert "Wait for them: durable drain. Which they are: durable list --waiting." in str(refused.value)
    assert len(api.stopped) == 1


def test_a_function_that_is_not_named_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("END_EXECUTIONS_OF", "orders")
    with pytest.raises(ExecutionsInFlightError):
        refuse_function(Lambda(some(execution(1))))


STANDARD = {**FUNCTION_OUTPUTS, "durableConfig": None, "role": f"{ROLE}/service/{NAME}"}


def test_a_function_that_is_not_durable_is_asked_for_its_callers_only() -> None:
    api = Lambda(some(execution(1)))
    Checked(api).delete(dependents.FUNCTION, STANDARD)
    assert api.asked == [("list_functions", {"FunctionVersion": "ALL"})]


@pytest.mark.parametrize("code", ["InvalidParameterValueException", "AccessDeniedException"])
def test_a_standard_function_has_no_executions_whatever_lambda_answers(code: str) -> None:
    alias = {"name": "live", "arn": f"{FUNCTION}:{NAME}:live", "functionName": NAME}
    Checked(Lambda(error=error(code), durable=False)).delete(dependents.ALIAS, alias)
    with pytest.raises(ExecutionsInFlightError, match="could not be determined"):
        Checked(Lambda(error=error(code))).delete(dependents.ALIAS, alias)


@pytest.mark.parametrize("kind", [dependents.FUNCTION, dependents.ALIAS])
def test_a_standard_function_stays_while_executions_that_call_it_are_in_flight(kind: str) -> None:
    caller = configuration("shop", "3", Environment={"Variables": {"WORKER": f"{FUNCTION}:{NAME}:live"}})
    in_flight = some(execution(1, function="shop", version="3"), function="shop", version="3")
    state = {"name": "live", "arn": f"{FUNCTION}:{NAME}:live", "functionName": NAME}
    with pytest.raises(
        ExecutionsInFlightError, match="is not deleted: 1 execution is in flight on a version that calls it"
    ):
        Checked(Lambda(in_flight, [caller])).delete(kind, STANDARD if kind == dependents.FUNCTION else state)


@pytest.mark.parametrize(
    ("kind", "title"), [(dependents.FUNCTION, NAME), (dependents.ALIAS, f"alias live of {NAME}")]
)
def test_who_answers_callbacks_is_not_destroyed_while_executions_may_wait_for_them(
    kind: str, title: str
) -> None:
    others = f"{FUNCTION}:shop"
    api = Lambda(some(execution(1, function="shop"), function="shop"), [configuration()], durable=False)
    check = Checked(api)
    check.gives(policy("lambda:SendDurableExecutionCallbackSuccess", resource=f"{others}:*"))
    state = STANDARD if kind == dependents.FUNCTION else ALIAS
    # Where it only leaves the program, its permission is revoked, which is warned of.
    check.has_function()
    check.delete(kind, state)
    check.declares("id")
    refusal = (
        f"{title} is not deleted: 1 execution is in flight, and may wait for a callback that this function"
    )
    with pytest.raises(ExecutionsInFlightError, match=refusal) as caught:
        check.delete(kind, state)
    assert "remove what answers" not in str(caught.value)
    # An update may revoke it where the waiting function is the program's own.
    check.declarations.functions[others] = NewestVersion()
    with pytest.raises(ExecutionsInFlightError, match=refusal) as caught:
        check.delete(kind, state)
    assert str(caught.value).splitlines()[1:] == [
        "  Or remove what answers the callbacks from the program, and run `pulumi up`, which only warns.",
        "  Wait for them: durable drain. Or stop them: durable stop <execution>. Then run this again.",
        "  To end them first, once: END_EXECUTIONS_OF=shop before the command.",
    ]


VERSIONS = [
    configuration(version="$LATEST", Role=f"{ROLE}/new"),
    configuration(
        version="7",
        LoggingConfig={"LogGroup": "/shop/orders"},
        DeadLetterConfig={"TargetArn": f"{QUEUE}:lost"},
        Environment={"Variables": {"PAYMENTS": f"{FUNCTION}:payments:live", "SHIP": "shipping"}},
    ),
    configuration(version="8", Role=f"{ROLE}/new"),
    configuration("others", "1"),
]
NEEDED = [
    (dependents.ROLE, {"name": NAME, "arn": f"{ROLE}/service/{NAME}"}, f"role {NAME}"),
    (dependents.POLICY, {"name": "p", "role": NAME, "policy": "{}"}, f"policy p of role {NAME}"),
    (
        dependents.ATTACHMENT,
        {"policyArn": "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess", "role": NAME},
        f"policy AWSXRayDaemonWriteAccess of role {NAME}",
    ),
    (dependents.LOG_GROUP, {"name": "/shop/orders", "arn": "arn:aws:logs:::x"}, "log group /shop/orders"),
    (dependents.QUEUE, {"name": "lost", "arn": f"{QUEUE}:lost"}, "queue lost"),
    (
        dependents.ALIAS,
        {"name": "live", "arn": f"{FUNCTION}:payments:live", "functionName": "payments"},
        "alias live of payments",
    ),
    (
        dependents.FUNCTION,
        {"name": "shipping", "arn": f"{FUNCTION}:shipping", "durableConfig": {"executionTimeout": 1}},
        "shipping",
    ),
]


@pytest.mark.parametrize(("kind", "state", "title"), NEEDED, ids=lambda each: str(each)[:20])
def test_what_a_version_names_stays_while_executions_of_the_version_are_in_flight(
    kind: str, state: dict[str, Any], title: str
) -> None:
    with pytest.raises(ExecutionsInFlightError) as caught:
        Checked(Lambda(some(execution(1)), VERSIONS)).delete(kind, state)
    assert str(caught.value).startswith(
        f"{title} is not deleted: 1 execution is in flight on a version that "
    )
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in str(caught.value)

    # Version 8 names none of it.
    Checked(Lambda(some(execution(1, version="8"), version="8"), VERSIONS)).delete(kind, state)


@pytest.mark.parametrize(
    ("value", "alias", "calls"),
    [
        (f"{FUNCTION}:payments:live", "live", True),
        (f"{FUNCTION}:payments:live-2", "live", False),
        (f"{FUNCTION}:payments-2:live", "live", False),
        ("payments:live", "live", True),
        ("my-payments:live", "live", False),
        (f"{ACCOUNT}:function:payments:live", "live", True),
        ("function:payments:live", "live", True),
        ("111111111111:function:payments:live", "live", False),
        (f"{FUNCTION}:payments:7", "live", False),
        (f"{FUNCTION}:payments:7", None, True),
        (f"{FUNCTION}:payments", None, True),
        (f"{FUNCTION}:payments-2", None, False),
        ("payments", None, True),
        ("payments and more", None, False),
    ],
)
def test_a_function_is_named_by_its_arn_or_its_name(value: str, alias: str | None, calls: bool) -> None:
    caller = Version.of(configuration(Environment={"Variables": {"TARGET": value}}))
    assert caller.calls(f"{FUNCTION}:payments", alias) is calls


SHARED = [
    configuration(name, "7", Role=f"{ROLE}/shared", LoggingConfig={"LogGroup": f"/shop/{name}"})
    for name in (NAME, "others")
]


@pytest.mark.parametrize(
    ("action", "resource", "is_needed"),
    [
        ("lambda:CheckpointDurableExecution", f"{FUNCTION}:{NAME}:*", True),
        ("lambda:CheckpointDurableExecution", f"{FUNCTION}:others:*", False),
        ("lambda:CheckpointDurableExecution", "*", True),
        ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/shop/others:*", False),
        ("logs:PutLogEvents", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/shop/{NAME}:*", True),
        ("s3:GetObject", "arn:aws:s3:::shop/*", True),
    ],
)
def test_what_another_function_has_in_a_shared_role_is_no_concern(
    action: str, resource: str, is_needed: bool
) -> None:
    state = {"name": "p", "role": "shared", "policy": policy(action, resource=resource)}
    check = Checked(Lambda(some(execution(1)), SHARED))
    if not is_needed:
        check.delete(dependents.POLICY, state)
        return
    with pytest.raises(ExecutionsInFlightError):
        check.delete(dependents.POLICY, state)


def test_all_means_the_functions_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("END_EXECUTIONS_OF", "all")
    api = Lambda(some(execution(1)), SHARED)
    with pytest.raises(ExecutionsInFlightError, match="END_EXECUTIONS_OF=orders-1a2b3c4 before"):
        Checked(api).delete(dependents.ROLE, {"name": "shared", "arn": f"{ROLE}/shared"})
    assert api.stopped == []
    owner = Checked(api)
    owner.has_function()
    owner.delete(dependents.ROLE, {"name": "shared", "arn": f"{ROLE}/shared"})
    assert len(api.stopped) == 1


def test_what_may_not_be_stopped_is_not_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forbidding(Lambda):
        def stop_durable_execution(self, **request: Any) -> None:
            raise error("AccessDeniedException")

    monkeypatch.setenv("END_EXECUTIONS_OF", "all")
    with pytest.raises(
        ExecutionsInFlightError, match=r"could not be stopped: .*\n.*lambda:StopDurableExecution"
    ):
        refuse_function(Forbidding(some(execution(1))))


SELF = {"Variables": {"SELF": f"{FUNCTION}:{NAME}:live"}}


def test_a_function_waits_for_the_alias_by_which_it_calls_itself_and_not_for_itself() -> None:
    itself = Version.of(configuration(Environment=SELF))
    assert not itself.calls(f"{FUNCTION}:{NAME}")
    assert itself.calls(f"{FUNCTION}:{NAME}", "live")
    assert not itself.calls(f"{FUNCTION}:{NAME}", "next")


def policy(*actions: str, resource: str = "*", effect: str = "Allow", **more: Any) -> str:
    statement = {"Effect": effect, "Action": list(actions), "Resource": resource, **more}
    return pulumi.runtime.to_json({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        (policy("s3:GetObject"), policy("s3:GetObject"), []),
        (policy("s3:GetObject"), policy("s3:GetObject", "s3:PutObject"), []),
        (policy("s3:GetObject", "s3:PutObject"), policy("s3:GetObject"), ["s3:PutObject"]),
        (policy("s3:GetObject"), policy("s3:*"), []),
        (policy("s3:*"), policy("s3:GetObject"), ["s3:*"]),
        (policy("s3:GetObject", resource="arn:a"), policy("s3:GetObject"), []),
        (policy("s3:GetObject"), policy("s3:GetObject", resource="arn:a"), ["s3:GetObject"]),
        (
            policy("s3:GetObject"),
            policy("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}}),
            ["s3:GetObject"],
        ),
        (policy("s3:GetObject", Condition={"Bool": {"a": "b"}}), policy("s3:GetObject"), []),
        (policy("s3:GetObject"), policy("s3:GetObject", effect="Deny"), ["s3:GetObject", "s3:GetObject"]),
        (policy("s3:GetObject"), None, []),
    ],
)
def test_what_a_policy_loses_is_seen(before: str, after: str | None, gone: list[str]) -> None:
    assert [action for action, _, _ in dependents.lost_permissions(before, after)] == gone


def test_no_right_is_taken_from_a_role_under_executions() -> None:
    state = {"name": "p", "role": NAME}
    before, after = {"policy": policy("s3:GetObject", "s3:PutObject")}, {"policy": policy("s3:PutObject")}
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    with pytest.raises(ExecutionsInFlightError) as caught:
        check.update(dependents.POLICY, state, before, after)
    assert (
        f"policy p of role {NAME} is not updated: 1 execution is in flight on a version that needs it"
        in str(caught.value)
    )
    assert "They would lose s3:GetObject." in str(caught.value)
    check.update(dependents.POLICY, state, after, before)


BOTH = policy("s3:GetObject", "s3:PutObject")
IN_ROLE = {"name": "p", "role": NAME, "policy": BOTH}


@pytest.mark.parametrize(
    ("beside", "role", "goes"),
    [
        ([policy("s3:*")], NAME, True),
        ([policy("s3:GetObject"), policy("s3:PutObject")], NAME, True),
        ([policy("s3:GetObject")], NAME, False),
        ([policy("s3:*", effect="Deny")], NAME, False),
        ([policy("s3:*")], "another", False),
    ],
)
def test_a_right_that_another_policy_of_the_role_gives_is_not_lost(
    beside: list[str], role: str, goes: bool
) -> None:
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    for each in beside:
        check.gives(each, role)
    after = {"policy": policy("s3:ListBucket")}
    expected = nullcontext() if goes else pytest.raises(ExecutionsInFlightError, match="that needs it")
    with expected:
        check.delete(dependents.POLICY, IN_ROLE)
    with expected:
        check.update(dependents.POLICY, IN_ROLE, {"policy": BOTH}, after)


def test_what_is_destroyed_is_given_by_no_other_policy() -> None:
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    check.gives(BOTH)
    check.declares("id")
    with pytest.raises(ExecutionsInFlightError, match="policy p of role"):
        check.delete(dependents.POLICY, IN_ROLE)


def test_roles_of_two_places_are_not_taken_for_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    check.gives(BOTH)
    providers, there = check.check._providers, check.check._providers.of("")
    monkeypatch.setattr(providers, "of", lambda arn: there if arn else [*there, *there])
    with pytest.raises(ExecutionsInFlightError, match="policy p of role"):
        check.delete(dependents.POLICY, IN_ROLE)


def test_a_policy_that_is_made_at_the_same_time_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    monkeypatch.setattr(change_check, "MOVED_PERMISSION_SECONDS", 60)
    monkeypatch.setattr(time, "sleep", lambda _: check.gives(BOTH))
    check.update(dependents.POLICY, IN_ROLE, {"policy": BOTH}, {"policy": policy("s3:ListBucket")})


def test_a_policy_is_waited_for_as_long_as_something_becomes_known(monkeypatch: pytest.MonkeyPatch) -> None:
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    now = [0.0]

    def sleep(_: float) -> None:
        now[0] += 2
        if now[0] < 10:
            check.declarations._ids[f"another {now[0]}"] = "id"
        else:
            check.gives(BOTH)

    monkeypatch.setattr(change_check, "MOVED_PERMISSION_SECONDS", 3)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", sleep)
    check.update(dependents.POLICY, IN_ROLE, {"policy": BOTH}, {"policy": policy("s3:ListBucket")})
    assert now == [10]


class Unmade(Recorder):
    """As in a preview, or in a destroy that finds a new resource in the program: nothing gets an id."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return None, super().new_resource(args)[1]


@pytest.mark.parametrize(
    ("account", "is_preview", "noted"),
    [(Recorder(), False, [BOTH]), (Unmade(), False, []), (Unmade(), True, [BOTH])],
)
def test_a_policy_counts_that_is_in_its_role_or_in_a_preview_will_be(
    account: Recorder, is_preview: bool, noted: list[str]
) -> None:
    pulumi.runtime.set_mocks(account, project="shop", stack="test", preview=is_preview)
    declarations = Declarations()
    declare(lambda: declarations.add(aws.iam.RolePolicy("right", role=NAME, policy=BOTH)))
    assert declarations.policies_in(NAME) == noted
    assert declarations.policies_in("another") == []


def test_no_boundary_is_set_under_executions() -> None:
    state = {"name": NAME, "arn": f"{ROLE}/service/{NAME}"}
    check = Checked(Lambda(some(execution(1)), VERSIONS))
    with pytest.raises(ExecutionsInFlightError, match="what the new permissions boundary forbids"):
        check.update(dependents.ROLE, state, {}, {"permissionsBoundary": "arn:b"})
    check.update(dependents.ROLE, state, {"permissionsBoundary": "arn:b"}, {})
    check.update(dependents.ROLE, state, {"tags": {}}, {"tags": {"a": "b"}})


CALLBACKS = {
    "name": "orders-approver",
    "role": "approver",
    "policy": policy("lambda:SendDurableExecutionCallbackSuccess", resource=f"{FUNCTION}:{NAME}:*"),
}


def test_the_right_to_complete_callbacks_stays_in_a_destroy_and_goes_with_a_warning_where_it_is_revoked() -> (
    None
):
    destroying = Checked(Lambda(some(execution(1))))
    destroying.declares("id")
    with pytest.raises(
        ExecutionsInFlightError, match="may wait for a callback that this permission completes"
    ):
        destroying.delete(dependents.POLICY, CALLBACKS)

    revoking = Checked(Lambda(some(execution(1))))
    revoking.has_function()
    revoking.delete(dependents.POLICY, CALLBACKS)
    (warning,) = revoking.warnings
    assert warning.startswith(
        "policy orders-approver of role approver no longer grants callback permissions: 1 execution is in flight, "
        "and may wait"
    )

    revoking.update(dependents.POLICY, CALLBACKS, CALLBACKS, {"policy": policy()})
    assert revoking.warnings == [warning, warning]

    # The function is replaced: its executions are in flight still, and it is no longer the program's.
    replacing = Checked(Lambda(some(execution(1))))
    with pytest.raises(
        ExecutionsInFlightError, match="is not updated: 1 execution is in flight, and may wait"
    ):
        replacing.update(dependents.POLICY, CALLBACKS, CALLBACKS, {"policy": policy()})


ALIAS = {"name": "live", "arn": f"{FUNCTION}:{NAME}:live", "functionName": NAME}


def test_an_alias_may_be_renamed_under_executions_and_stays_in_a_destroy() -> None:
    api = Lambda(some(execution(1)))
    renaming = Checked(api)
    renaming.has_function()
    renaming.declares(f"{FUNCTION}:{NAME}:next")
    renaming.delete(dependents.ALIAS, ALIAS, id_=f"{FUNCTION}:{NAME}:live")

    calling = Checked(Lambda(some(execution(1)), [configuration(Environment=SELF)]))
    calling.has_function()
    with pytest.raises(
        ExecutionsInFlightError, match=f"alias live of {NAME} is not deleted: .* on a version that calls it"
    ):
        calling.delete(dependents.ALIAS, ALIAS)
    calling.declares("id")
    with pytest.raises(ExecutionsInFlightError) as caught:
        calling.delete(dependents.ALIAS, ALIAS)
    assert str(caught.value).count("1 execution is in flight") == 1

    renaming.declares(f"{FUNCTION}:{NAME}:live")
    with pytest.raises(ExecutionsInFlightError, match=f"alias live of {NAME} is not deleted"):
        renaming.delete(dependents.ALIAS, ALIAS, id_=f"{FUNCTION}:{NAME}:live")

    # Its function is no longer in the program.
    with pytest.raises(ExecutionsInFlightError, match=f"alias live of {NAME} is not deleted"):
        Checked(api).delete(dependents.ALIAS, ALIAS)


def test_what_kept_versions_need_goes_with_a_warning() -> None:
    role = {"name": NAME, "arn": f"{ROLE}/service/{NAME}"}
    check = Checked(Lambda({}, VERSIONS))
    check.has_function()
    check.delete(dependents.ROLE, role)
    assert check.warnings == [f"role {NAME} is deleted, so {NAME} cannot go back to version 7"]

    destroying = Checked(Lambda({}, VERSIONS))
    destroying.has_function()
    destroying.declares("id")
    destroying.delete(dependents.ROLE, role)
    assert destroying.warnings == []


CODE = {"code": pulumi.FileArchive("/home/a/cache/old.zip"), "handler": "index.handler", "memorySize": 512}
CHANGED = {
    "code": pulumi.FileArchive("/home/a/cache/new.zip"),
    "s3Bucket": "archives",
    "s3Key": "orders.zip",
    "s3ObjectVersion": "2",
    "imageUri": "shop/orders:2",
    "imageConfig": {"commands": ["orders.handler"]},
    "handler": "index.other",
    "runtime": "python3.14",
    "layers": ["arn:layer:2"],
}


@pytest.mark.parametrize("key", CHANGED)
def test_code_is_not_changed_under_executions_of_latest(key: str) -> None:
    api = Lambda(some(execution(1, version="$LATEST"), version="$LATEST"))
    with pytest.raises(ExecutionsInFlightError) as caught:
        Checked(api).update(dependents.FUNCTION, FUNCTION_OUTPUTS, CODE, {**CODE, key: CHANGED[key]})
    message = str(caught.value)
    assert (
        "orders-1a2b3c4 is not updated: 1 execution is in flight on $LATEST, the oldest for 1 hour" in message
    )
    assert "replay-check" in message
    assert "END_EXECUTIONS_OF=orders-1a2b3c4" in message
    assert [request["Qualifier"] for _, request in api.asked] == ["$LATEST"]


def test_what_leaves_the_code_alone_is_not_asked_about() -> None:
    api = Lambda(some(execution(1)))
    same = pulumi.FileArchive("/home/b/cache/old.zip")
    changed = {"memorySize": 1024, "publish": True, "tags": {"a": "b"}, "reservedConcurrentExecutions": 1}
    Checked(api).update(dependents.FUNCTION, FUNCTION_OUTPUTS, CODE, {**CODE, "code": same, **changed})
    assert api.asked == []


def test_an_archive_that_is_deployed_already_is_no_new_code(tmp_path: Path) -> None:
    archive = tmp_path / "code.zip"
    archive.write_bytes(b"deployed")
    deployed = base64.b64encode(hashlib.sha256(b"deployed").digest()).decode()
    check = Checked(Lambda(some(execution(1, version="$LATEST"), version="$LATEST")))
    imported, after = {"handler": "index.handler"}, {**CODE, "code": pulumi.FileArchive(str(archive))}
    check.update(dependents.FUNCTION, {**FUNCTION_OUTPUTS, "codeSha256": deployed}, imported, after)
    with pytest.raises(ExecutionsInFlightError):
        check.update(dependents.FUNCTION, {**FUNCTION_OUTPUTS, "codeSha256": "other"}, imported, after)


class Usable:
    """A place in which version 7 is there, with all that it stands on."""

    def client(self, *_: Any) -> "Usable":
        return self

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return configuration()

    def get_role(self, **_: Any) -> dict[str, Any]:
        return {"Role": {"Arn": configuration()["Role"]}}

    def describe_log_groups(self, **_: Any) -> dict[str, Any]:
        return {"logGroups": [{"logGroupName": f"/aws/lambda/{NAME}"}]}


def test_a_version_shares_an_alias_with_the_newest_one_unless_that_is_known_to_differ() -> None:
    alias = {"name": "live", "functionVersion": "7", "routingConfig": None}

    def share(newest: NewestVersion) -> None:
        refuse_unusable_versions(
            cast(AwsProvider, Usable()), "eu-west-1", f"{FUNCTION}:{NAME}", alias, newest
        )

    share(NewestVersion())
    share(NewestVersion(configuration()["Role"], is_known=True))
    with pytest.raises(
        ExecutionsInFlightError, match="requires that versions that share an alias have the same role"
    ):
        share(NewestVersion(f"{ROLE}/new", is_known=True))


class Roleless(Usable):
    """The same place, in which the version's role is gone."""

    def get_role(self, **_: Any) -> dict[str, Any]:
        raise error("NoSuchEntity")


def test_an_alias_is_asked_about_where_its_function_is_the_programs() -> None:
    check = Checked(cast(Lambda, Roleless()))
    check.has_function()

    def set_alias(function: str) -> None:
        alias = {"name": "live", "functionName": function, "functionVersion": "7"}
        check.check.before_alias(check.change(dependents.ALIAS, alias))

    for function in (NAME, f"{FUNCTION}:{NAME}"):
        with pytest.raises(ExecutionsInFlightError, match="version 7 needs the role"):
            set_alias(function)
    set_alias("another")


def provider(account: str, **settings: Any) -> AwsProvider:
    return AwsProvider({"region": "eu-west-1", **settings}, _account=account)


def test_each_account_is_asked_by_the_provider_that_deploys_to_it() -> None:
    providers = AwsProviders(provider(ACCOUNT))
    other = provider("999999999999", region="eu-central-1")
    providers._providers.append(other)
    ((found, region),) = providers.of(f"arn:aws:lambda:us-east-1:999999999999:function:{NAME}")
    assert (found, region) == (other, "us-east-1")
    # What names no region is asked about in each provider's own.
    assert {where for _, where in providers.of("")} == {"eu-west-1", "eu-central-1"}
    # One that cannot say who it is, as a default provider that nothing uses, is passed over where another answers.
    silent = AwsProvider({"region": "eu-west-1", "profile": "not-there"})
    providers._providers.insert(0, silent)
    assert [found for found, _ in providers.of(f"arn:aws:lambda:us-east-1:999999999999:function:{NAME}")] == [
        other
    ]
    with pytest.raises(UnreachableAccountError, match="not-there"):
        AwsProviders(silent).of(f"{FUNCTION}:{NAME}")
    with pytest.raises(
        UnreachableAccountError,
        match=r"in account 111111111111, but the program deploys to 123.*providers=\[",
    ):
        providers.of(f"arn:aws:lambda:us-east-1:111111111111:function:{NAME}")


def test_a_provider_that_the_program_makes_is_asked_once() -> None:
    providers = AwsProviders(provider(ACCOUNT))

    def program() -> None:
        there = aws.Provider("there", region="eu-central-1")
        for each in (None, there, there):
            providers.add(each)

    declare(program)
    assert [each.region for each in providers._providers] == ["eu-west-1", "eu-central-1"]


def test_two_endpoints_are_two_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    providers = AwsProviders(provider(ACCOUNT, endpoints=[{"lambda": "http://127.0.0.1:1"}]))
    providers._providers += [
        provider(ACCOUNT, endpoints=[{"lambda_": "http://127.0.0.1:2"}]),
        provider(ACCOUNT),
        provider(ACCOUNT),
    ]
    found = providers.of(f"{FUNCTION}:{NAME}")
    assert [each.endpoint("lambda") for each, _ in found] == [
        "http://127.0.0.1:1",
        "http://127.0.0.1:2",
        None,
    ]


@pytest.mark.parametrize(
    ("configured", "asked"),
    [
        ("https://lambda.example", "https://lambda.example"),
        # Between two addresses of this machine the environment chooses, as it does for the local cloud's provider.
        ("http://127.0.0.1:1", "http://127.0.0.1:9"),
    ],
)
def test_the_guard_goes_where_the_provider_goes(
    monkeypatch: pytest.MonkeyPatch, configured: str, asked: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    there = provider(ACCOUNT, accessKey="test", secretKey="test", endpoints=[{"lambda": configured}])
    assert there.client("lambda", "eu-west-1").meta.endpoint_url == asked
    assert there.client("sqs", "eu-west-1").meta.endpoint_url == "http://127.0.0.1:9"


def test_a_client_is_made_once_for_a_region_and_anew_after_half_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = AwsProvider({"accessKey": "test", "secretKey": "test"})
    first = there.client("lambda", "eu-west-1")
    assert first.meta.region_name == "eu-west-1"
    assert there.client("lambda", "eu-west-1") is first
    assert there.client("lambda", "us-east-1").meta.region_name == "us-east-1"
    later = time.monotonic() + 1_801
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert there.client("lambda", "eu-west-1") is not first
