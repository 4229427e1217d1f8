import os
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution


@durable_execution
def handler(event: dict[str, Any], context: DurableContext) -> dict[str, Any]:
    total = context.step(lambda _: sum(event["cents"]), name="add")
    return {"total": total, "currency": os.environ["CURRENCY"]}
