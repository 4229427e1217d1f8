"""AWS's local runner, called directly: its clients are threads in the same process, so that nothing is in between.

`python -m bench.direct FUNCTION ENDPOINT PORT STORE` reads lines of `[clients, seconds]`, and writes a load for each.
"""

import dataclasses
import json
import sys
import threading
import uuid

from aws_durable_execution_sdk_python_testing.model import StartDurableExecutionInput
from aws_durable_execution_sdk_python_testing.runner import WebRunner, WebRunnerConfig
from aws_durable_execution_sdk_python_testing.stores.base import StoreType
from aws_durable_execution_sdk_python_testing.web.server import WebServiceConfig

from bench.load import Load
from bench.sandbox import REGION


def main(function: str, endpoint: str, port: int, store: str) -> None:
    """Serve the runner for the handlers' checkpoints, and run a load for each line of the standard input."""
    config = WebRunnerConfig(
        WebServiceConfig(host="127.0.0.1", port=port),
        lambda_endpoint=endpoint,
        local_runner_endpoint=f"http://127.0.0.1:{port}",
        local_runner_region=REGION,
        store_type=StoreType.SQLITE,
        store_path=store,
    )
    name, _, qualifier = function.rpartition(":")
    with WebRunner(config) as runner:
        threading.Thread(target=runner.serve_forever, daemon=True).start()
        executor = runner._executor  # the object that handles the runner's HTTP requests
        assert executor is not None

        def call() -> None:
            started = executor.start_execution(
                StartDurableExecutionInput(
                    account_id="000000000000",
                    function_name=name,
                    function_qualifier=qualifier,
                    execution_name=str(uuid.uuid4()),
                    execution_timeout_seconds=60,
                    execution_retention_period_days=1,
                    input="{}",
                )
            )
            arn = started.execution_arn
            if arn is None or not executor.wait_until_complete(arn, 60):
                raise TimeoutError(f"{arn} has not ended")
            status = executor.get_execution_details(arn).status
            if status != "SUCCEEDED":
                raise RuntimeError(f"{arn} is {status}")

        for line in sys.stdin:
            clients, seconds = json.loads(line)
            sys.stdout.write(json.dumps(dataclasses.asdict(Load.run(lambda: call, clients, seconds))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
