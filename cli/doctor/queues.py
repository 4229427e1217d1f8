"""Whether messages stay invisible until the executions that they start have ended."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from .. import services
from .deployed_function import DeployedFunction, Finding, execution_timeout, is_missing

_FIX = "raise the queue's visibility timeout to at least {seconds} s; AWS advises six times the function's timeout"


def queues(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check the visibility timeout of each queue whose mapping starts the function.

    Lambda refuses a mapping if it is below the function's timeout:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    The mapping waits for the whole execution, so messages that become visible before start a second one:
    https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html
    """
    for mapping in deployed.mappings:
        arn = mapping.get("EventSourceArn", "")
        account = deployed.function.arn.split(":")[4]
        # Of another account's queue, nothing is told here.
        if f":{account}:" not in arn or ":sqs:" not in arn:
            continue
        name, config = arn.rpartition(":")[2], deployed.invoked(mapping["FunctionArn"])
        visible = _visibility_seconds(arn)
        invocation, execution = int(config.get("Timeout", 0)), execution_timeout(config)
        if visible is None:
            yield Finding(
                "queues",
                "problem",
                f"the queue {name} of a mapping does not exist",
                "pulumi up --refresh creates it again",
            )
        elif visible < invocation:
            message = (
                f"messages of {name} are invisible for {visible} s, and the function has a timeout of {invocation} s: "
                "Lambda refuses to create or update such a mapping"
            )
            yield Finding("queues", "problem", message, _FIX.format(seconds=max(invocation, execution)))
        elif visible < execution:
            message = (
                f"messages of {name} are invisible for {visible} s, and an execution may last {execution:,} s: those "
                "that become visible before it ends start a second one"
            )
            yield Finding("queues", "warning", message, _FIX.format(seconds=execution))
        else:
            yield Finding("queues", "ok", f"messages of {name} are invisible until their execution has ended")


def _visibility_seconds(arn: str) -> int | None:
    """Return a queue's visibility timeout; None if it does not exist."""
    client = services.client("sqs", region_name=arn.split(":")[3])
    try:
        url = client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    except ClientError as error:
        if is_missing(error):
            return None
        raise
    return int(found["Attributes"]["VisibilityTimeout"])
