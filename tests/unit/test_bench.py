"""The bench compares like with like and tells it truly; how long anything takes is not asserted."""

import runpy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest

from bench import overhead, report
from bench.__main__ import PARTS, main
from bench.load import Load
from bench.peers import initialised
from bench.report import Goal, Results, Table
from bench.sandbox import PROGRAMS, BenchError, timed
from tables.account import Recorder, declare

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
OF_BENCH = {"Outer", "Inner", "DurableFunction", "DurableExecutionRole"}


def made_by(program: str, nested: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the resources of a program of the bench, for two functions of which the first has changed."""
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="bench", stack="bench")
    monkeypatch.chdir(PROGRAMS)  # where the folder `handler` is
    for key, value in {"FUNCTIONS": "2", "CHANGED": "1", "NESTED": nested}.items():
        monkeypatch.setenv(f"BENCH_{key}", value)
    declare(lambda: runpy.run_path(str(PROGRAMS / program)))
    return {
        key: {name: value for name, value in inputs.items() if name != "code"}
        for key, inputs in recorder.seen().items()
        if key.partition(" ")[0] not in {*OF_BENCH, "Stack"}
    }


def test_the_programs_make_the_same_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    components = made_by("components", "", monkeypatch)
    assert len(components) == 2 * 8
    assert components["Function function-0"]["description"] == "changed"
    assert made_by("bare", "", monkeypatch) == components
    assert made_by("bare", "1", monkeypatch) == components


def test_terraforms_program_has_the_same_alarms_and_settings() -> None:
    bare, theirs = ((PROGRAMS / each).read_text() for each in ("bare/__main__.py", "terraform/main.tf"))
    for metric in ("Errors", "DurableExecutionFailed", "DurableExecutionTimedOut", "Throttles"):
        assert f'"{metric}"' in bare
        assert f'"{metric}"' in theirs
    assert theirs.count("resource ") == 7


def state(logical: str, **inputs: Any) -> dict[str, Any]:
    function = {
        "custom": True,
        "type": "aws:lambda/function:Function",
        "urn": f"urn:pulumi:bench::bench::aws:lambda/function:Function::{logical}",
        "inputs": inputs,
    }
    others = [
        {"custom": True, "type": "pulumi:providers:aws"},
        {"custom": False, "type": "bench:index:Outer"},
    ]
    return {"deployment": {"resources": [*others, function]}}


def test_resources_are_compared_without_what_is_drawn_by_lot() -> None:
    one = overhead.resources(state("a", name="a-1234567", memorySize=512, code={"hash": "1"}))
    assert one == overhead.resources(state("a", name="a-89abcde", memorySize=512, code={"hash": "2"}))
    other = overhead.resources(state("a", name="a-89abcde", memorySize=128))
    assert one != other
    assert "'memorySize': 128" in overhead.difference(other, one)


def test_a_ratio_is_that_of_neighbours() -> None:
    # The machine was slow for the second run: of both.
    assert report.ratio([1.0, 10.0, 1.1], [1.0, 10.0, 1.0]) == 1.0


@pytest.mark.parametrize(
    ("values", "said"), [([0.0123], "12 ms"), ([1.234, 9, 1], "1.23 s"), ([123.4], "123 s")]
)
def test_durations_have_the_digits_that_matter(values: list[float], said: str) -> None:
    assert report.seconds(values) == said


FOUND = Results(
    [Table("Times", ["command", "took"], [["up", "1.00 s"], ["destroy", "2.00 s"]])],
    [Goal("an up", "at most 1 s", "1.00 s", met=True), Goal("a destroy", "at most 1 s", "2.00 s", met=False)],
    ["A note."],
)


def test_a_part_is_recorded_in_its_place_and_missed_goals_are_said(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("Before\n<!-- measured: loop -->\nold\n<!-- /measured: loop -->\nAfter\n")
    report.record("loop", report.markdown(FOUND, "a machine", 3), page)
    text = page.read_text()
    assert text.startswith("Before\n<!-- measured: loop -->\n")
    assert text.endswith("<!-- /measured: loop -->\nAfter\n")
    assert "old" not in text
    assert "*a machine; medians of 3 runs.*" in text
    assert "| --- | ---: |\n| up | 1.00 s |" in text
    assert "| a destroy | at most 1 s | 2.00 s | **missed** |" in text
    with pytest.raises(ValueError, match="no place for gateway"):
        report.record("gateway", "", page)


@pytest.mark.parametrize("part", PARTS)
def test_the_page_has_every_part_with_what_was_measured(part: str) -> None:
    _, begun, rest = PAGE.read_text().partition(f"<!-- measured: {part} -->")
    section, ended, _ = rest.partition(f"<!-- /measured: {part} -->")
    assert begun
    assert ended
    assert "medians of" in section


def test_a_load_has_its_clients_call_at_once() -> None:
    together, seen = threading.Barrier(3), set[int]()

    def call() -> None:
        if threading.get_ident() not in seen:
            seen.add(threading.get_ident())
            together.wait(20)  # broken, if the clients took turns

    load = Load.run(lambda: call, clients=3, seconds=0.05)
    assert len(seen) == 3
    assert load.p50 <= load.p99


def test_a_load_of_which_a_client_fails_ends() -> None:
    def client() -> Callable[[], None]:
        raise BenchError("no such function")

    with pytest.raises(BenchError, match="no such function"):
        Load.run(client, clients=2, seconds=0.05)


def test_what_a_command_said_is_told_when_it_fails(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="out\nerr") as failed:
        timed(["sh", "-c", "echo out; echo err >&2; exit 3"], tmp_path)
    assert "sh -c" in str(failed.value)


def test_terraform_without_a_provider_is_told(tmp_path: Path) -> None:
    (tmp_path / "terraform").write_text("#!/bin/sh\necho no provider >&2\nexit 1\n")
    (tmp_path / "terraform").chmod(0o755)
    with pytest.raises(BenchError, match="no provider"):
        initialised(tmp_path / "made", {"PATH": f"{tmp_path}:/usr/bin:/bin"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["gatway"],
            "unknown part: gatway; the parts are overhead, loop, packaging, hostile, gateway, steadiness, command, peers",
        ),
        (["--runs", "0"], "--runs is 0; it must be at least 1"),
        (["--record", "--quick"], "--record needs all sizes; leave --quick out"),
    ],
)
def test_wrong_use_is_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert said in capsys.readouterr().err
