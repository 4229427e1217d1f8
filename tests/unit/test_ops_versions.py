from datetime import UTC, datetime, timedelta

from ops.versions import Version, judge

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def verdicts(
    count: int,
    aliases: dict[int, list[str]],
    *,
    current: int,
    keep: int = 1,
    running: dict[int, int] | None = None,
    hours: dict[int, float] | None = None,
) -> dict[int, str | None]:
    """Judge versions 1 to `count`, published a day apart unless `hours` says how long ago."""
    ages = {number: 24 * (count - number + 1) for number in range(1, count + 1)} | (hours or {})
    versions = [Version(number, NOW - timedelta(hours=age), 1000) for number, age in ages.items()]
    judged = judge(
        versions,
        aliases,
        current=current,
        keep=keep,
        since=timedelta(hours=1),
        now=NOW,
        running=lambda number: (running or {}).get(number, 0),
    )
    assert [each.version.number for each in judged] == sorted(ages, reverse=True)
    return {each.version.number: each.kept_because for each in judged}


def test_what_nobody_needs_goes() -> None:
    assert verdicts(5, {5: ["live"]}, current=5) == {
        5: "named by live",
        4: "the version before the current one",
        3: None,
        2: None,
        1: None,
    }


def test_what_an_alias_names_stays_and_so_does_the_one_before_the_current() -> None:
    assert verdicts(5, {3: ["live"], 1: ["stable", "old"]}, current=3) == {
        5: "one of the newest 1",
        4: None,
        3: "named by live",
        2: "the version before the current one",
        1: "named by old, stable",
    }


def test_the_newest_stay() -> None:
    assert verdicts(5, {5: ["live"]}, current=5, keep=4) == {
        5: "named by live",
        4: "the version before the current one",
        3: "one of the newest 4",
        2: "one of the newest 4",
        1: None,
    }


def test_a_version_with_executions_in_flight_stays() -> None:
    found = verdicts(5, {5: ["live"]}, current=5, running={1: 1, 2: 7})
    assert (found[3], found[2], found[1]) == (None, "7 executions in flight", "1 execution in flight")


def test_a_version_that_was_followed_just_now_stays() -> None:
    hours = {5: 0.1, 4: 0.2, 3: 0.5, 2: 30, 1: 40}
    found = verdicts(5, {5: ["live"]}, current=5, hours=hours)
    assert found[3] == "followed less than 1 h ago"  # by version 4
    assert found[2] == "followed less than 1 h ago"  # by version 3
    assert found[1] is None
