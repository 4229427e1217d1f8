"""Send an order through the deployed workflow, approve it, and show what happens.

Reads the stack's outputs from standard input: `pulumi stack output --json | python -m functions.demo`.
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.markup import escape

from cli.executions import follow
from cli.timeline import LiveTimeline

SAMPLE_ORDER = Path(__file__).with_name("sample-order.json")
APPROVAL = json.dumps({"approved": True, "by": "make up"})
DEADLINE_SECONDS = 120
COLD_START_SECONDS = 0.3
"""A handler that runs already begins sooner."""

out = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> int:
    """Run the demonstration; the exit code is 0 if the order was shipped."""
    if sys.stdin.isatty():
        errors.print(
            "[red]error:[/red] no outputs; make up does: pulumi stack output --json | python -m functions.demo"
        )
        return 2
    try:
        client, queues = boto3.client("lambda"), boto3.client("sqs")
        outputs = sys.stdin.read()
        if not outputs:
            return 1  # Pulumi has already shown the error.
        return demonstrate(client, queues, json.loads(outputs))
    except (ClientError, BotoCoreError, TimeoutError) as error:
        errors.print(f"[red]error:[/red] {escape(str(error))}")
        return 1


def demonstrate(client: Any, queues: Any, stack: dict[str, Any]) -> int:
    """Show the functions, an execution of the order workflow with its result, and an order that is sent to the queue."""
    functions = {name: value for name, value in stack.items() if "alias_arn" in value}
    show_functions(functions)

    name = f"order-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    order = json.loads(SAMPLE_ORDER.read_text()) | {"order_id": name}
    arn = client.invoke(
        FunctionName=functions["orders"]["alias_arn"],
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=json.dumps(order),
    )["DurableExecutionArn"]
    out.print(f"\n[bold]Execution[/bold] {arn}\n")

    timeline = LiveTimeline(out)
    for number, event in enumerate(follow(client, arn)):
        if number == 0:
            started = event["EventTimestamp"]
        elif number == 1:
            show_cold_start((event["EventTimestamp"] - started).total_seconds())
        timeline.add(event)
        if event["EventType"] == "CallbackStarted":
            callback_id = event["CallbackStartedDetails"]["CallbackId"]
            client.send_durable_execution_callback_success(CallbackId=callback_id, Result=APPROVAL)
            out.print(f"            [cyan]→ the approver sends[/cyan] {APPROVAL}")

    execution = client.get_durable_execution(DurableExecutionArn=arn)
    seconds = (execution["EndTimestamp"] - execution["StartTimestamp"]).total_seconds()
    succeeded = execution["Status"] == "SUCCEEDED"
    colour = "green" if succeeded else "red"
    out.print(f"\n[bold]Result[/bold]    [{colour}]{execution['Status']}[/{colour}] in {seconds:.1f} s")
    outcome = json.loads(execution["Result"]) if succeeded else execution["Error"]
    out.print(escape(json.dumps(outcome, indent=2)))
    queued = show_order_by_queue(client, queues, functions["orders"]["alias_arn"], stack["order_queue"])
    show_next_steps()
    return 0 if succeeded and queued else 1


def show_cold_start(seconds: float) -> None:
    """Show how long the handler took to start, if a process was started for it."""
    if seconds >= COLD_START_SECONDS:
        out.print(f"  +{seconds:7.1f} s  … [dim]cold start: a process was started for the handler[/dim]")


def show_order_by_queue(client: Any, queues: Any, alias_arn: str, queue_url: str) -> bool:
    """Send a small order, which needs no approval, to the queue; show the execution named after the message."""
    order = json.loads(SAMPLE_ORDER.read_text())
    order |= {"order_id": "by-queue", "lines": order["lines"][:1]}
    message = queues.send_message(QueueUrl=queue_url, MessageBody=json.dumps(order))["MessageId"]
    out.print(f"\n[bold]Queue[/bold]     message {message} starts an execution of the same name")
    arn = wait_for_execution(client, alias_arn, message)
    for _ in follow(client, arn):
        pass
    status = client.get_durable_execution(DurableExecutionArn=arn)["Status"]
    colour = "green" if status == "SUCCEEDED" else "red"
    out.print(f"          [{colour}]{status}[/{colour}]")
    return bool(status == "SUCCEEDED")


def wait_for_execution(client: Any, alias_arn: str, name: str) -> str:
    """Return the ARN of the execution of this name, as soon as it has started.

    Raises:
        TimeoutError: it has not started within two minutes.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        executions = client.list_durable_executions_by_function(
            FunctionName=alias_arn, DurableExecutionName=name
        )["DurableExecutions"]
        if executions:
            return str(executions[0]["DurableExecutionArn"])
        time.sleep(0.1)
    raise TimeoutError(f"no execution {name} has started after {DEADLINE_SECONDS} s")


def show_functions(functions: dict[str, dict[str, str]]) -> None:
    """Show the functions that can be invoked."""
    width = max(map(len, [*functions, "Functions"]))
    out.print(f"\n[bold]{'Functions':<{width}}  version  invoke it by its qualified ARN[/bold]")
    for name, outputs in sorted(functions.items()):
        out.print(f"{name:<{width}}  {outputs['version']:<7}  {outputs['alias_arn']}")


def show_next_steps() -> None:
    """Show what to do next."""
    out.print(
        "\n[bold]Next[/bold]\n"
        "  make up                  again, after a change in functions/: the alias moves to a new version\n"
        '  eval "$(make env)"       then pulumi, durable and the AWS SDKs in this shell use the local cloud\n'
        "  durable --help           start, watch, approve and examine executions, as on AWS\n"
        "  leave_local_cloud        takes this shell out of the local cloud again\n"
        "  make new NAME=../shop    a project of your own\n"
        "  make down                destroy everything and stop the local cloud"
    )


if __name__ == "__main__":
    sys.exit(main())
