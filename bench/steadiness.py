"""What the local cloud's memory and disk come to after many executions and many functions."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.config import Config

from bench.gateway import MEGABYTE, deployed, memory, synchronous
from bench.report import Goal, Results, Table
from bench.sandbox import PROGRAMS, Sandbox, output_of, zipped

EXECUTIONS = 10_000
FUNCTIONS = 1_000
CLIENTS = 16
STEPS = 4
GROWTH = 1.25
"""The memory after all executions, compared with that after half of them."""


def measure(sandbox: Sandbox, quick: bool, progress: Callable[[str], None]) -> Results:
    """Run executions of one function, then one of each of many functions; note memory, disk and processes between."""
    executions, functions = (400, 20) if quick else (EXECUTIONS, FUNCTIONS)
    alias = deployed(sandbox)
    synchronous(sandbox, alias)()
    rows = [_row(sandbox, "nothing but one function")]
    used = [memory(sandbox)]
    for step in range(STEPS):
        progress(f"executions: {step * executions // STEPS:,} of {executions:,}")
        _call(sandbox, alias, executions // STEPS)
        rows.append(_row(sandbox, f"{(step + 1) * executions // STEPS:,} executions"))
        used.append(memory(sandbox))
    names = _functions(sandbox, alias, functions, progress)
    warm = _handlers(sandbox)
    rows.append(_row(sandbox, f"{functions:,} functions, each called once"))
    client = sandbox.client("lambda")
    for name in names:
        client.delete_function(FunctionName=name)
    rows.append(_row(sandbox, "these functions deleted"))
    growth = used[-1] / used[STEPS // 2]
    return Results(
        [
            Table(
                "Memory, disk and processes",
                ["after", "server", "handlers", "resources", "code", "executions"],
                rows,
            )
        ],
        [
            Goal(
                f"memory after {executions:,} executions against half of them",
                f"at most {GROWTH:.2f}",
                f"{growth:.2f}",
                growth <= GROWTH,
            ),
            Goal("handlers that stay warm", "at most 16", f"{warm}", warm <= 16),
        ],
        [
            "*Server* is its memory; *handlers* are processes that stay warm; *resources*, *code* and *executions* are on "
            "the disk: functions with their archives and log groups, unpacked code, and the history of executions, which "
            "is kept for the retention period."
        ],
    )


def _call(sandbox: Sandbox, alias: str, count: int) -> None:
    """Run this many executions to their ends, by a number of clients at once."""
    calls = [synchronous(sandbox, alias) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda number: calls[number % CLIENTS](), range(count)))


def _functions(sandbox: Sandbox, alias: str, count: int, progress: Callable[[str], None]) -> list[str]:
    """Make functions with the same code, and call each of them once."""
    settings = Config(read_timeout=120, retries={"total_max_attempts": 1}, max_pool_connections=CLIENTS)
    client = sandbox.client("lambda", config=settings)
    template = client.get_function_configuration(FunctionName=alias)
    code = zipped(PROGRAMS / "handler")
    # The component's policy is for its own function only.
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"
    role = template["Role"].rpartition("/")[2]
    sandbox.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy)
    names = [f"many-{number}" for number in range(count)]

    def make(name: str) -> None:
        client.create_function(
            FunctionName=name,
            **{
                key: template[key]
                for key in ("Runtime", "Handler", "Role", "MemorySize", "Timeout", "DurableConfig")
            },
            Code={"ZipFile": code},
            Publish=True,
        )
        _answer(client.invoke(FunctionName=f"{name}:1", Payload="{}"))

    with ThreadPoolExecutor(4) as pool:
        for number, _ in enumerate(pool.map(make, names)):
            if number % 50 == 0:
                progress(f"functions: {number:,} of {count:,}")
    return names


def _answer(response: dict[str, Any]) -> None:
    assert "FunctionError" not in response, response["Payload"].read()


def _row(sandbox: Sandbox, after: str) -> list[str]:
    state = sandbox.cloud.state
    sizes = [_bytes(state / name) for name in ("resources", "tmp", "executions.sqlite")]
    return [
        after,
        f"{memory(sandbox) / MEGABYTE:.0f} MB",
        f"{_handlers(sandbox)}",
        *(f"{size / MEGABYTE:.1f} MB" for size in sizes),
    ]


def _bytes(path: Path) -> int:
    if not path.exists():
        return 0
    shown = output_of(["du", "-sk", str(path)])
    return int(shown.split()[0]) * 1024


def _handlers(sandbox: Sandbox) -> int:
    listing = subprocess.run(
        ["ps", "-A", "-ww", "-o", "args="], capture_output=True, text=True, check=True
    ).stdout
    return sum(
        str(sandbox.cloud.state / "tmp" / "ministack-lambda-") in line for line in listing.splitlines()
    )
