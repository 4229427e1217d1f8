"""Many executions in flight, and deployments, a crash of the cloud and a prune among them: all end on their version."""

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.durable_command import durable
from tests.e2e.executions import versions, wait_for
from tests.e2e.programs import FUNCTION, PROGRAM, WAITING

HANDLER = """
from aws_durable_execution_sdk_python import durable_execution

RELEASE = "first"


@durable_execution
def handler(event, context):
    before = context.step(lambda _: RELEASE, name="before")
    callback = context.create_callback(name="go")
    callback.result()
    return {"number": event["number"], "before": before, "after": context.step(lambda _: RELEASE, name="after")}
"""
WAVES = {"first": 200, "second": 150, "third": 150}


def source(release: str) -> str:
    code = HANDLER.replace('"first"', f'"{release}"')
    made = FUNCTION.replace(repr(WAITING), repr(code)).replace("MORE", "")
    assert repr(code) in made
    return PROGRAM.format(made=made)


def test_500_executions_in_flight_end_on_their_own_version(engine: Engine, cloud: LocalCloud) -> None:
    client = cloud.client("lambda")
    function: Any = engine.written(source("first"), "cli").up().outputs["function"].value
    alias = function["alias_arn"]
    started: dict[int, str] = {}

    def start(number: int) -> tuple[int, str]:
        answer = client.invoke(
            FunctionName=alias,
            InvocationType="Event",
            DurableExecutionName=f"order-{number}",
            Payload=json.dumps({"number": number}),
        )
        return number, answer["DurableExecutionArn"]

    def waits(arn: str) -> str | None:
        events = client.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
        found = [event for event in events if event["EventType"] == "CallbackStarted"]
        return str(found[0]["CallbackStartedDetails"]["CallbackId"]) if found else None

    release_of: dict[int, str] = {}
    with ThreadPoolExecutor(8) as pool:
        for release, following in (("first", "second"), ("second", "third"), ("third", "fourth")):
            numbers = range(len(started), len(started) + WAVES[release])
            started.update(pool.map(start, numbers))
            release_of.update(dict.fromkeys(numbers, release))
            stack = engine.written(source(following), "cli")
            if following == "third":
                # A prune beside the deployment finds versions that are in use, and leaves them.
                pruning = pool.submit(
                    durable, engine, "cli", "prune", "--yes", "--keep", "1", "--since-minutes", "0"
                )
                stack.up()
                assert pruning.result().returncode == 0, pruning.result().stderr
            else:
                stack.up()
        assert versions(cloud, function) == {"1", "2", "3", "4"}

        callbacks = dict(
            zip(
                started,
                pool.map(lambda arn: wait_for(lambda: waits(arn), 300), started.values()),
                strict=True,
            )
        )
        os.kill(cloud.health()["pid"], signal.SIGKILL)
        cloud.run("start")

        def finish(number: int) -> Any:
            client.send_durable_execution_callback_success(CallbackId=callbacks[number], Result="{}")

        def result(number: int) -> Any:
            def ended() -> Any:
                found = client.get_durable_execution(DurableExecutionArn=started[number])
                return None if found["Status"] == "RUNNING" else found

            found = wait_for(ended, 300)
            assert found["Status"] == "SUCCEEDED", found
            return json.loads(found["Result"])

        list(pool.map(finish, started))
        results = list(pool.map(result, started))
    assert len(results) == 500
    assert results == [
        {"number": number, "before": release, "after": release} for number, release in release_of.items()
    ]

    done = durable(engine, "cli", "prune", "--yes", "--keep", "1", "--since-minutes", "0")
    assert done.returncode == 0, done.stderr
    assert versions(cloud, function) == {"3", "4"}
