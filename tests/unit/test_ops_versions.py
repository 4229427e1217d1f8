from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.stack import Function
from cli.versions import Version, decide, delete, started_meanwhile

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def verdicts(
    count: int,
    aliases: dict[int, list[str]],
    *,
    current: int,
    keep: int = 1,
    in_use: dict[int, str] | None = None,
    hours: dict[int, float] | None = None,
) -> dict[int, str | None]:
    """Judge versions 1 to `count`, published a day apart unless `hours` says how long ago."""
    ages = {number: 24 * (count - number + 1) for number in range(1, count + 1)} | (hours or {})
    versions = [Version(number, NOW - timedelta(hours=age), 1000) for number, age in ages.items()]
    decisions = decide(
        versions,
        aliases,
        current=current,
        keep=keep,
        since=timedelta(hours=1),
        now=NOW,
        in_use=(in_use or {}).get,
    )
    assert [each.version.number for each in decisions] == sorted(ages, reverse=True)
    return {each.version.number: each.keep_reason for each in decisions}


def test_what_nobody_needs_goes() -> None:
    assert verdicts(5, {5: ["live"]}, current=5) == {
        5: "used by the alias live",
        4: "the version before the current one",
        3: None,
        2: None,
        1: None,
    }


def test_what_an_alias_names_stays_and_so_does_the_one_before_the_current() -> None:
    assert verdicts(5, {3: ["live"], 1: ["stable", "old"]}, current=3) == {
        5: "one of the newest 1",
        4: None,
        3: "used by the alias live",
        2: "the version before the current one",
        1: "used by the aliases old, stable",
    }


def test_the_newest_stay() -> None:
    assert verdicts(5, {5: ["live"]}, current=5, keep=4) == {
        5: "used by the alias live",
        4: "the version before the current one",
        3: "one of the newest 4",
        2: "one of the newest 4",
        1: None,
    }


def test_a_version_that_is_in_use_stays() -> None:
    found = verdicts(5, {5: ["live"]}, current=5, in_use={1: "1 execution in flight"})
    assert (found[3], found[2], found[1]) == (None, None, "1 execution in flight")


def test_a_version_that_was_followed_just_now_stays() -> None:
    hours = {5: 0.1, 4: 0.2, 3: 0.5, 2: 30, 1: 40}
    found = verdicts(5, {5: ["live"]}, current=5, hours=hours)
    assert found[3] == "superseded less than 1 h ago"  # by version 4
    assert found[2] == "superseded less than 1 h ago"  # by version 3
    assert found[1] is None


ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
FUNCTION = Function("orders", "orders", ARN, "live")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "it is referenced by an alias"}}, "DeleteFunction")


class Lambda:
    """Lambda, with what somebody else does between two looks at it."""

    def __init__(self) -> None:
        self.aliases: list[dict[str, Any]] = [{"Name": "live", "FunctionVersion": "5"}]
        self.in_flight: list[str] = []
        self.mappings: list[dict[str, str]] = []
        self.policies: set[str] = set()
        self.refusal: str | None = None
        self.deleted: list[str] = []

    def get_paginator(self, operation: str) -> Any:
        pages = {
            "list_aliases": {"Aliases": self.aliases},
            "list_durable_executions_by_function": {
                "DurableExecutions": [
                    {"DurableExecutionArn": f"{ARN}:{each}/x", "DurableExecutionName": f"on-{each}"}
                    for each in self.in_flight
                ]
            },
            "list_event_source_mappings": {"EventSourceMappings": self.mappings},
        }

        class Pages:
            def paginate(self, **_: Any) -> list[dict[str, Any]]:
                return [pages[operation]]

        return Pages()

    def get_policy(self, **request: str) -> dict[str, str]:
        if request["Qualifier"] not in self.policies:
            raise refusal("ResourceNotFoundException")
        return {"Policy": "{}"}

    def delete_function(self, **request: str) -> None:
        if self.refusal:
            raise refusal(self.refusal)
        self.deleted.append(request["Qualifier"])


def test_what_is_needed_by_the_time_of_the_deletion_stays() -> None:
    version = Version(2, NOW, 1000)
    for change, said in (
        ({"aliases": [{"Name": "b", "FunctionVersion": "2"}]}, "by now used by the alias b"),
        (
            {
                "aliases": [
                    {
                        "Name": "live",
                        "FunctionVersion": "5",
                        "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}},
                    }
                ]
            },
            "by now used by the alias live",
        ),
        ({"in_flight": ["2", "2"]}, "by now 2 executions in flight"),
        (
            {"mappings": [{"UUID": "u", "FunctionArn": f"{ARN}:2"}]},
            "by now the event source mapping u invokes it",
        ),
        ({"policies": {"2"}}, "by now its resource policy lets others invoke it"),
        ({"refusal": "ResourceConflictException"}, "Lambda refuses: it is referenced by an alias"),
    ):
        client = Lambda()
        vars(client).update(change)
        assert delete(client, FUNCTION, version) == said
        assert client.deleted == []


def test_what_nobody_needs_is_deleted_once() -> None:
    client = Lambda()
    client.mappings = [{"UUID": "u", "FunctionArn": f"{ARN}:live"}]
    assert delete(client, FUNCTION, Version(2, NOW, 1000)) is None
    assert client.deleted == ["2"]
    client.refusal = "ResourceNotFoundException"  # somebody else was faster
    assert delete(client, FUNCTION, Version(2, NOW, 1000)) is None
    client.refusal = "AccessDeniedException"
    with pytest.raises(ClientError):
        delete(client, FUNCTION, Version(2, NOW, 1000))


def test_what_started_on_a_version_while_it_was_deleted_is_found() -> None:
    client = Lambda()
    client.in_flight = ["2", "5", "$LATEST"]
    assert started_meanwhile(client, FUNCTION, {1, 2}) == {"on-2": 2}
    assert started_meanwhile(client, FUNCTION, set()) == {}
