"""Which executions are listed and found, and how a list fits the terminal."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import completion, selection
from cli.__main__ import app
from cli.commands import listing as command
from cli.execution_table import Row, table
from cli.selection import find_execution, newest_execution
from cli.stack import CommandError, Function
from cli.terminal import Terminal
from tests.unit.fake_lambda import ARN, BEGUN, FUNCTION, FakeLambda, event, execution

NOW = BEGUN + timedelta(hours=1)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[FakeLambda], FakeLambda]:
    def answer(fake: FakeLambda) -> FakeLambda:
        monkeypatch.setattr(Function, "client", lambda _: fake)
        for module in (selection, completion, command):
            monkeypatch.setattr(module, "functions_of", lambda _: {"orders": FUNCTION})
        monkeypatch.setattr(command, "time", SimpleNamespace(sleep=lambda _: None))
        return fake

    return answer


def rows() -> list[Row]:
    return [
        Row(
            "orders",
            execution("order-20261124-0955", "RUNNING", NOW - timedelta(minutes=5)),
            "callback approval",
        ),
        Row("reconciliation", execution("6a5698c4-fd8f-4dc5-ab28-4dfb791db1e1", "TIMED_OUT"), ""),
        Row("orders", execution("n" * 64, "SUCCEEDED", NOW - timedelta(days=30)), ""),
    ]


LISTS = {
    40: """\
execution                      status
order-20261124-0955            RUNNING
6a5698c4-fd8f-4dc5-ab28-4dfb…  TIMED_OUT
nnnnnnnnnnnnnnnnnnnnnnnnnnnn…  SUCCEEDED
""",
    60: """\
execution                 status     started      took
order-20261124-0955       RUNNING    5 min ago    5 min 00 s
6a5698c4-fd8f-4dc5-ab28…  TIMED_OUT  60 min ago   1 min 12 s
nnnnnnnnnnnnnnnnnnnnnnn…  SUCCEEDED  30 days ago  1 min 12 s
""",
    80: """\
execution                     status     function        started      took
order-20261124-0955           RUNNING    orders          5 min ago    5 min 00 s
6a5698c4-fd8f-4dc5-ab28-4df…  TIMED_OUT  reconciliation  60 min ago   1 min 12 s
nnnnnnnnnnnnnnnnnnnnnnnnnnn…  SUCCEEDED  orders          30 days ago  1 min 12 s
""",
    120: """\
execution                                                    status     function        version  started      took
order-20261124-0955                                          RUNNING    orders          7        5 min ago    5 min 00 s
6a5698c4-fd8f-4dc5-ab28-4dfb791db1e1                         TIMED_OUT  reconciliation  7        60 min ago   1 min 12 s
nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…  SUCCEEDED  orders          7        30 days ago  1 min 12 s
""",
}


def drawn(made: object, width: int) -> str:
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(made)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


@pytest.mark.parametrize("width", LISTS)
def test_a_list_fits_the_terminal_and_cuts_no_status(width: int) -> None:
    plain = [Row(row.title, row.execution) for row in rows()]
    assert drawn(table(plain, width, NOW), width) == LISTS[width]


def test_what_they_wait_for_has_a_column_where_that_is_asked_for() -> None:
    for width in (40, 60, 80, 120):
        lines = drawn(table(rows(), width, NOW), width).splitlines()
        assert len(lines) == 4
        assert "TIMED_OUT" in lines[2]
        assert ("callback approval" in lines[1]) == (width > 40)


@pytest.mark.parametrize("width", [None, 20])
def test_without_a_limit_nothing_is_cut_and_in_a_very_narrow_one_no_status(width: int | None) -> None:
    text = drawn(table(rows(), width, NOW), width or 1000)
    assert "SUCCEEDED" in text
    assert ("n" * 64 in text) == (width is None)


def test_a_pattern_a_status_and_what_they_wait_for_choose(
    answering: Callable[[FakeLambda], FakeLambda],
) -> None:
    lambda_ = answering(
        FakeLambda(
            execution("order-1", "RUNNING"),
            execution("order-2"),
            execution("other", "RUNNING"),
            events=[
                event(0, "ExecutionStarted", ""),
                event(1, "CallbackStarted", "approval", CallbackId="c"),
            ],
        )
    )
    told = CliRunner().invoke(app, ["list", "--name", "order-*", "--waiting"]).output
    assert [line.split()[0] for line in told.splitlines()] == ["execution", "order-1"]
    assert "callback approval" in told
    assert len(lambda_.called("get_durable_execution_history")) == 1
    answering(lambda_)
    assert "order-2" in CliRunner().invoke(app, ["list", "--name", "order-2"]).output
    assert not CliRunner().invoke(app, ["list", "--waiting", "--limit", "1", "--json"]).exit_code


def test_the_limit_is_of_the_whole_list(answering: Callable[[FakeLambda], FakeLambda]) -> None:
    answering(FakeLambda(*(execution(f"o-{n}", started=BEGUN + timedelta(minutes=n)) for n in range(5))))
    told = CliRunner().invoke(app, ["list", "--limit", "2"]).output.splitlines()
    assert [line.split()[0] for line in told] == ["execution", "o-4", "o-3", "there"]


def test_in_a_pipe_nothing_is_cut(
    answering: Callable[[FakeLambda], FakeLambda], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    answering(FakeLambda(execution("n" * 64, "TIMED_OUT")))
    told = CliRunner().invoke(app, ["list"]).output.splitlines()
    assert told[1].split()[:2] == ["n" * 64, "TIMED_OUT"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--waiting", "--status", "FAILED"], "in flight"), (["--watch"], "needs a terminal")],
)
def test_what_makes_no_sense_is_said_before(
    answering: Callable[[FakeLambda], FakeLambda], arguments: list[str], said: str
) -> None:
    answering(FakeLambda())
    done = CliRunner().invoke(app, ["list", *arguments])
    assert done.exit_code == 2
    assert said in done.output


def test_a_watch_ends_by_ctrl_c_without_a_word(
    answering: Callable[[FakeLambda], FakeLambda], monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(FakeLambda(execution("order-1")))
    seen = iter([None, KeyboardInterrupt])

    def sleep(_: float) -> None:
        if stopped := next(seen):
            raise stopped

    monkeypatch.setattr(command, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(Terminal, "is_terminal", True)
    done = CliRunner().invoke(app, ["list", "--watch"])
    assert (done.exit_code, done.exception) == (0, None)


def test_an_execution_is_meant_by_its_name_or_what_it_begins_with(
    answering: Callable[[FakeLambda], FakeLambda],
) -> None:
    later = BEGUN + timedelta(minutes=1)
    answering(
        FakeLambda(
            execution("order-1"), execution("order-1", started=later), execution("order-10"), execution("x")
        )
    )
    twice = execution("order-1", started=later)["DurableExecutionArn"]
    assert find_execution([FUNCTION], "order-1") == (FUNCTION, twice)
    assert find_execution([FUNCTION], "order-10…")[1].startswith(f"{ARN}:7/durable-execution/order-10/")
    assert find_execution([FUNCTION], "x")[1] == execution("x")["DurableExecutionArn"]
    assert newest_execution([FUNCTION]) == (FUNCTION, twice)
    with pytest.raises(CommandError, match=r"2 executions start with 'order-':\n  order-1.*\n  order-10"):
        find_execution([FUNCTION], "order-")
    for missing in ("nobody", "or der", "arn:aws:lambda:x"):
        with pytest.raises(CommandError):
            find_execution([FUNCTION], missing)


def test_last_and_a_name_exclude_each_other_and_one_is_needed(
    answering: Callable[[FakeLambda], FakeLambda],
) -> None:
    answering(FakeLambda(execution("order-1")))
    assert "order-1" in CliRunner().invoke(app, ["show", "--last"]).output
    for arguments in (
        ["show"],
        ["show", "order-1", "--last"],
        ["approve"],
        ["callback", "success", "x", "--id", "y"],
    ):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 2, arguments
        assert "name" in done.output


def test_a_shell_completes_functions_and_executions(answering: Callable[[FakeLambda], FakeLambda]) -> None:
    context: Any = SimpleNamespace(params={})
    answering(FakeLambda(execution("order-1"), execution("order-2", started=NOW), execution("x")))
    assert completion.functions(context, "or") == ["orders"]
    assert completion.executions(context, "order") == ["order-2", "order-1"]
    answering(FakeLambda())
    assert completion.executions(context, "") == []
