"""The workflow under the SDK's own runner, which replays it as Lambda does."""

import json

from aws_durable_execution_sdk_python_testing import DurableFunctionTestRunner

import workflow


def test_it_greets_and_counts() -> None:
    with DurableFunctionTestRunner(workflow.handler) as runner:
        done = runner.run(json.dumps({"name": "Ada"}), execution_timeout=20)
    assert done.status.value == "SUCCEEDED", done.error
    assert json.loads(done.result or "") == {"greeting": "Hello, Ada!", "letters": 8}
    assert {each.name for each in done.operations} >= {"greet", "pause", "count"}
