"""Programs that several tests deploy: a function that waits for an hour, and the least that a function needs."""

from components import DurableFunctionArgs

WAITING = """
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event, context):
    context.wait(Duration.from_hours(1))
"""
PROGRAM = """
import pulumi

from pulumi_durable_functions import DurableFunction, register_guard

register_guard()
{made}
"""
FUNCTION = f"""
function = DurableFunction(
    "waiting",
    {{
        "execution_timeout_seconds": 7200,
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": {WAITING!r},
        "durable_alarms": False,
        "errors_alarm": False,
        MORE
    }},
)
pulumi.export("function", function.outputs())
"""


def program(more: str = "") -> str:
    return PROGRAM.format(made=FUNCTION.replace("MORE", more))


HANDLER = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    return event
"""
MINIMAL: DurableFunctionArgs = {
    "execution_timeout_seconds": 60,
    "runtime": "python3.13",
    "handler": "index.handler",
    "code_inline": HANDLER,
}
