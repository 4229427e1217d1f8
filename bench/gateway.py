"""What the local cloud adds to AWS's own local runner, and how many executions it holds."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from botocore.config import Config

from bench.load import Load
from bench.report import Findings, Goal, Table, ratio, seconds
from bench.room import PROGRAMS, PROJECT, UP, BenchError, Room, free_port, said_by, timed, zipped

CLIENTS = (1, 10, 100)
SECONDS = 5
IN_FLIGHT = 1_000
FUNCTION = "function-0"
MEGABYTE = 2**20


def measure(room: Room, runs: int, quick: bool, progress: Callable[[str], None]) -> Findings:
    """Call a one-step function by the gateway and by the runner, in turns."""
    clients = CLIENTS[:2] if quick else CLIENTS
    taken: dict[tuple[str, int], list[Load]] = {}
    alias = deployed(room)
    with direct_runner(room) as ask:
        for run in range(runs):
            for count in clients:
                progress(f"{count} clients, run {run + 1} of {runs}: gateway, then AWS's runner alone")
                by_gateway = Load.run(lambda: synchronous(room, alias), count, SECONDS)
                taken.setdefault(("gateway", count), []).append(by_gateway)
                taken.setdefault(("runner", count), []).append(ask(count))
    rows, added = [], {}
    for count in clients:
        gateway, runner = taken["gateway", count], taken["runner", count]
        added[count] = ratio([each.p50 for each in gateway], [each.p50 for each in runner])
        for name, loads in (("gateway", gateway), ("runner alone", runner)):
            rate = statistics.median(each.rate for each in loads)
            rows.append(
                [
                    f"{count}",
                    name,
                    f"{rate:.1f}",
                    seconds([each.p50 for each in loads]),
                    seconds([each.p99 for each in loads]),
                    f"{added[count]:.2f}" if name == "gateway" else "",
                ]
            )
    progress(f"{IN_FLIGHT:,} executions in flight")
    held, goal = in_flight(room, alias, 100 if quick else IN_FLIGHT)
    return Findings(
        [
            Table(
                "Synchronous executions of one step",
                ["clients", "by", "executions/s", "p50", "p99", "p50 against the runner"],
                rows,
            ),
            held,
        ],
        [
            Goal(
                "what the gateway adds to the runner's p50",
                "at most 10 %",
                ", ".join(f"{(by - 1) * 100:+.0f} % at {count}" for count, by in added.items()),
                all(by <= 1.1 for by in added.values()),
            ),
            goal,
        ],
        [
            "The gateway is called by boto3 over HTTP and checks every call against policies; the runner alone is called "
            "in its own process."
        ],
    )


def deployed(room: Room) -> str:
    """Deploy one function by the components, and return its qualified ARN."""
    folder = room.program("components", room.folder / "gateway")
    variables = room.variables(folder, {"BENCH_FUNCTIONS": "1"})
    timed(["pulumi", *UP, "--stack", "bench"], folder, variables)
    outputs = said_by(["pulumi", "stack", "output", "--json", "--stack", "bench"], folder, variables)
    return str(json.loads(outputs)[FUNCTION])


def synchronous(room: Room, alias: str) -> Callable[[], None]:
    """Return a client that runs one execution to its end."""
    client = room.client("lambda", config=Config(read_timeout=120, retries={"total_max_attempts": 1}))

    def call() -> None:
        answer = client.invoke(FunctionName=alias, Payload="{}")
        if "FunctionError" in answer:
            raise BenchError(answer["Payload"].read().decode())

    return call


@contextmanager
def direct_runner(room: Room) -> Iterator[Callable[[int], Load]]:
    """Run AWS's runner on a function of its own, whose handler checkpoints there; yield what asks it for a load."""
    functions, port = room.client("lambda"), free_port()
    (like,) = functions.list_functions()["Functions"]
    made = functions.create_function(
        FunctionName="direct",
        Runtime=like["Runtime"],
        Handler=like["Handler"],
        Role=like["Role"],
        Architectures=like["Architectures"],
        MemorySize=like["MemorySize"],
        Timeout=like["Timeout"],
        Code={"ZipFile": zipped(PROGRAMS / "handler")},
        DurableConfig=like["DurableConfig"],
        Environment={"Variables": {"AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{port}"}},
        Publish=True,
    )
    command = [sys.executable, "-m", "bench.direct", f"{made['FunctionName']}:{made['Version']}"]
    command += [room.cloud.endpoint, str(port), str(room.folder / "direct.sqlite")]
    with (
        (room.folder / "direct.log").open("w+") as log,
        subprocess.Popen(
            command,
            cwd=PROJECT,
            env=room.variables(room.folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):

        def ask(clients: int) -> Load:
            said = _asked(process.stdin, process.stdout, [clients, SECONDS])
            if not said:
                log.seek(0)
                raise BenchError(f"AWS's runner has ended: {log.read()[-2000:]}")
            return Load(**json.loads(said))

        try:
            yield ask
        finally:
            process.terminate()
            functions.delete_function(FunctionName="direct")


def _asked(to: IO[str] | None, answers: IO[str] | None, what: Any) -> str:
    assert to is not None
    assert answers is not None
    to.write(f"{json.dumps(what)}\n")
    to.flush()
    return answers.readline()


def in_flight(room: Room, alias: str, count: int) -> tuple[Table, Goal]:
    """Start executions that wait, look at the memory, and see that each of them is there and can be ended."""
    client = room.client("lambda")
    before = memory(room)
    began = time.monotonic()
    arns = [
        client.invoke(FunctionName=alias, InvocationType="Event", Payload=json.dumps({"wait": 600}))[
            "DurableExecutionArn"
        ]
        for _ in range(count)
    ]
    others = arns
    while others := [arn for arn in others if not is_waiting(client, arn)]:
        if time.monotonic() - began > 600:
            break
        time.sleep(1)
    waiting = count - len(others)
    took, after = time.monotonic() - began, memory(room)
    pages = client.get_paginator("list_durable_executions_by_function").paginate(
        FunctionName=alias, Statuses=["RUNNING"]
    )
    listed = sum(len(page["DurableExecutions"]) for page in pages)
    for arn in arns:
        client.stop_durable_execution(DurableExecutionArn=arn)
    rows = [
        ["started, all of them waiting", f"{took:.0f} s"],
        ["the server's memory before", f"{before / MEGABYTE:.0f} MB"],
        ["the server's memory with them", f"{after / MEGABYTE:.0f} MB"],
        ["for each of them", f"{(after - before) / count / 1024:.0f} KB"],
    ]
    return (
        Table(f"{count:,} executions in flight", ["", "measured"], rows),
        Goal(
            f"{count:,} executions in flight",
            "all hold",
            f"{waiting:,} wait, {listed:,} listed as running",
            waiting == listed == count,
        ),
    )


def is_waiting(client: Any, arn: str) -> bool:
    """Whether an execution has come to its wait."""
    events = client.get_durable_execution_history(DurableExecutionArn=arn, MaxItems=10)["Events"]
    return any(event["EventType"] == "WaitStarted" for event in events)


def memory(room: Room) -> int:
    """Return the resident bytes of the local cloud's server."""
    health = json.loads(room.cloud.run("status", "--json"))
    return int(said_by(["ps", "-o", "rss=", "-p", str(health["pid"])])) * 1024
