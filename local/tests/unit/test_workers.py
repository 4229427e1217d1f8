"""Which environment runs an invocation, how many stay, and what becomes of those whose version is gone."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local_cloud.gateway import workers
from local_cloud.gateway.environments import Invocation


class Fake:
    """An environment without a process."""

    made: list["Fake"]
    during: Callable[[], None]

    def __init__(self, config: Mapping[str, Any], code: bytes) -> None:
        self.name = f"{config['FunctionName']}:{config['Version']}#{len(self.made)}"
        self.ended = self.gone = False
        if code == b"full":
            raise OSError(28, "No space left on device")
        self.made.append(self)

    def invoke(self, invocation: Invocation) -> dict[str, Any]:
        assert not self.gone
        type(self).during()
        return {"body": self.name}

    def end(self) -> None:
        self.gone = True


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> workers.Workers:
    Fake.made, Fake.during = [], lambda: None
    monkeypatch.setattr(workers, "Environment", Fake)
    return workers.Workers()


def run(
    pool: workers.Workers, name: str, version: str = "1", revision: str = "r", code: bytes = b"zip"
) -> Any:
    config = {
        "FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}:live",
        "FunctionName": name,
        "Version": version,
        "RevisionId": revision,
    }
    return pool.run({"config": config, "code_zip": code}, {}, "id")["body"]


def gone() -> list[str]:
    """Those that have ended, as soon as the threads that end them are through."""
    while any(each.name == "ending-environment" for each in threading.enumerate()):
        time.sleep(0.01)
    return [each.name for each in Fake.made if each.gone]


def test_an_environment_is_used_again_for_its_version(pool: workers.Workers) -> None:
    assert [run(pool, "a"), run(pool, "a"), run(pool, "a", "2"), run(pool, "b")] == [
        *("a:1#0", "a:1#0", "a:2#1", "b:1#2"),
    ]
    assert gone() == []


def test_a_change_of_latest_ends_the_old_one(pool: workers.Workers) -> None:
    assert run(pool, "a", "$LATEST") == "a:$LATEST#0"
    assert run(pool, "a", "$LATEST", "s") == "a:$LATEST#1"
    assert gone() == ["a:$LATEST#0"]


def test_the_one_that_was_not_used_for_longest_ends_first(
    pool: workers.Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "MAX_IDLE", 2)
    for name in ("a", "b", "a", "c"):
        run(pool, name)
    assert gone() == ["b:1#1"]
    assert run(pool, "a") == "a:1#0"


def test_one_that_runs_ends_after_its_invocation(pool: workers.Workers) -> None:
    run(pool, "a", "2")
    Fake.during = lambda: pool.forget("a", "1", "000000000000", "us-east-1")
    assert run(pool, "a") == "a:1#1"
    assert gone() == ["a:1#1"]
    pool.forget("a")
    assert gone() == ["a:2#0", "a:1#1"]


def test_at_the_same_time_each_has_its_own(pool: workers.Workers) -> None:
    inside: list[Any] = []

    def call_itself() -> None:
        Fake.during = lambda: None
        inside.append(run(pool, "a"))

    Fake.during = call_itself
    assert (run(pool, "a"), inside) == ("a:1#0", ["a:1#1"])


def test_what_the_machine_cannot_do_is_the_machines_error(pool: workers.Workers) -> None:
    expected = {"errorMessage": "[Errno 28] No space left on device", "errorType": "OSError"}
    assert run(pool, "a", code=b"full") == expected
