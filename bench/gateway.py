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
from bench.report import Goal, Results, Table, ratio, seconds
from bench.sandbox import PROGRAMS, PROJECT, UP, BenchError, Sandbox, free_port, output_of, timed, zipped

CLIENTS = (1, 10, 100)
SECONDS = 5
IN_FLIGHT = 1_000
FUNCTION = "function-0"
MEGABYTE = 2**20


def measure(sandbox: Sandbox, runs: int, quick: bool, progress: Callable[[str], None]) -> Results:
    """Call a function with one step through the gateway and through the runner, in turns."""
    clients = CLIENTS[:2] if quick else CLIENTS
    loads_of: dict[tuple[str, int], list[Load]] = {}
    alias = deployed(sandbox)
    with direct_runner(sandbox) as run_load:
        for run in range(runs):
            for count in clients:
                progress(f"{count} clients, run {run + 1} of {runs}: gateway, then AWS's runner alone")
                by_gateway = Load.run(lambda: synchronous(sandbox, alias), count, SECONDS)
                loads_of.setdefault(("gateway", count), []).append(by_gateway)
                loads_of.setdefault(("runner", count), []).append(run_load(count))
    rows, added = [], {}
    for count in clients:
        gateway, runner = loads_of["gateway", count], loads_of["runner", count]
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
    table, goal = in_flight(sandbox, alias, 100 if quick else IN_FLIGHT)
    return Results(
        [
            Table(
                "Synchronous executions of one step",
                ["clients", "by", "executions/s", "p50", "p99", "p50 against the runner"],
                rows,
            ),
            table,
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


def deployed(sandbox: Sandbox) -> str:
    """Deploy one function with the components, and return its qualified ARN."""
    folder = sandbox.program("components", sandbox.folder / "gateway")
    variables = sandbox.variables(folder, {"BENCH_FUNCTIONS": "1"})
    timed(["pulumi", *UP, "--stack", "bench"], folder, variables)
    outputs = output_of(["pulumi", "stack", "output", "--json", "--stack", "bench"], folder, variables)
    return str(json.loads(outputs)[FUNCTION])


def synchronous(sandbox: Sandbox, alias: str) -> Callable[[], None]:
    """Return a client that runs one execution to its end."""
    client = sandbox.client("lambda", config=Config(read_timeout=120, retries={"total_max_attempts": 1}))

    def call() -> None:
        response = client.invoke(FunctionName=alias, Payload="{}")
        if "FunctionError" in response:
            raise BenchError(response["Payload"].read().decode())

    return call


@contextmanager
def direct_runner(sandbox: Sandbox) -> Iterator[Callable[[int], Load]]:
    """Run AWS's runner with its own function, whose handler checkpoints there; yield a function that runs a load."""
    functions, port = sandbox.client("lambda"), free_port()
    (template,) = functions.list_functions()["Functions"]
    function = functions.create_function(
        FunctionName="direct",
        Runtime=template["Runtime"],
        Handler=template["Handler"],
        Role=template["Role"],
        Architectures=template["Architectures"],
        MemorySize=template["MemorySize"],
        Timeout=template["Timeout"],
        Code={"ZipFile": zipped(PROGRAMS / "handler")},
        DurableConfig=template["DurableConfig"],
        Environment={"Variables": {"AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{port}"}},
        Publish=True,
    )
    command = [sys.executable, "-m", "bench.direct", f"{function['FunctionName']}:{function['Version']}"]
    command += [sandbox.cloud.endpoint, str(port), str(sandbox.folder / "direct.sqlite")]
    with (
        (sandbox.folder / "direct.log").open("w+") as log,
        subprocess.Popen(
            command,
            cwd=PROJECT,
            env=sandbox.variables(sandbox.folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):

        def run_load(clients: int) -> Load:
            line = _request(process.stdin, process.stdout, [clients, SECONDS])
            if not line:
                log.seek(0)
                raise BenchError(f"AWS's runner has ended: {log.read()[-2000:]}")
            return Load(**json.loads(line))

        try:
            yield run_load
        finally:
            process.terminate()
            functions.delete_function(FunctionName="direct")


def _request(stdin: IO[str] | None, stdout: IO[str] | None, request: Any) -> str:
    assert stdin is not None
    assert stdout is not None
    stdin.write(f"{json.dumps(request)}\n")
    stdin.flush()
    return stdout.readline()


def in_flight(sandbox: Sandbox, alias: str, count: int) -> tuple[Table, Goal]:
    """Start executions that wait, measure the memory, and check that all of them are listed and can be stopped."""
    client = sandbox.client("lambda")
    before = memory(sandbox)
    began = time.monotonic()
    arns = [
        client.invoke(FunctionName=alias, InvocationType="Event", Payload=json.dumps({"wait": 600}))[
            "DurableExecutionArn"
        ]
        for _ in range(count)
    ]
    starting = arns
    while starting := [arn for arn in starting if not is_waiting(client, arn)]:
        if time.monotonic() - began > 600:
            break
        time.sleep(1)
    waiting = count - len(starting)
    took, after = time.monotonic() - began, memory(sandbox)
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
    """Tell whether an execution has started its wait."""
    events = client.get_durable_execution_history(DurableExecutionArn=arn, MaxItems=10)["Events"]
    return any(event["EventType"] == "WaitStarted" for event in events)


def memory(sandbox: Sandbox) -> int:
    """Return the resident bytes of the local cloud's server."""
    status = json.loads(sandbox.cloud.run("status", "--json"))
    return int(output_of(["ps", "-o", "rss=", "-p", str(status["pid"])])) * 1024
