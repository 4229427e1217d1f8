"""AWS's rules for what may trigger a durable function, at the requests that would set it up; and for its aliases."""

import json
import re
from collections.abc import Mapping
from urllib.parse import unquote

from local_cloud.gateway import aliases
from local_cloud.gateway.aws_errors import invalid_parameter
from local_cloud.gateway.functions import Function, FunctionDirectory, parse
from local_cloud.gateway.permissions import role_refusal
from local_cloud.gateway.runner import MAX_SYNC_SECONDS

MAPPING = re.compile(r"/2015-03-31/event-source-mappings(/[^/]*)?/?")
# What the role of a function must be allowed on what feeds it; AWS tries these before it takes the mapping.
SOURCE_ACTIONS = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream"),
}
FUNCTION = re.compile(r"/2015-03-31/functions/([^/]+)/?")
POLICY = re.compile(r"/2015-03-31/functions/([^/]+)/policy/?")


def check_for(method: str, path: str, query: Mapping[str, list[str]]) -> aliases.Check | None:
    """The check that the request's body must pass before the control plane gets it; None if there is none."""
    if method in ("POST", "PUT") and MAPPING.fullmatch(path):
        return _check_mapping
    if method == "POST" and (policy := POLICY.fullmatch(path)):
        _check_permission(unquote(policy.group(1)), query.get("Qualifier", [None])[0])
    if method == "DELETE" and (function := FUNCTION.fullmatch(path)):
        _check_deletion(unquote(function.group(1)), query.get("Qualifier", [None])[0])
    return aliases.check_for(method, path)


async def _check_mapping(functions: FunctionDirectory, body: bytes, authorization: str | None) -> None:
    """An event source mapping waits for its executions, so they must be short, and it must name a version.

    The function's role must be allowed to read the source. The code is AWS's; its words are not documented.
    """
    reference, source = _member(body, "FunctionName"), _member(body, "EventSourceArn")
    function = await functions.resolve(reference, None, authorization) if reference else None
    if function is None:
        return
    if source:
        _check_source(function, source)
    if function.durable is None:
        return
    if not function.qualified:
        raise invalid_parameter(
            "You cannot create an event source mapping for a durable function using an unqualified ARN."
        )
    if function.durable.execution_timeout > MAX_SYNC_SECONDS:
        raise invalid_parameter(
            "You cannot create an event source mapping for a durable function with an executionTimeout "
            "greater than 15 minutes."
        )


def _check_source(function: Function, source: str) -> None:
    service = source.removeprefix("arn:aws:").partition(":")[0]
    for action in SOURCE_ACTIONS.get(service, ()):
        if refused := role_refusal(function, f"{service}:{action}", source):
            raise invalid_parameter(
                f"The provided execution role does not have permissions to call {action} on "
                f"{service.upper()}: {refused}"
            )


def _check_permission(reference: str, qualifier: str | None) -> None:
    if parse(reference, qualifier).qualifier == "$LATEST":
        raise invalid_parameter("We currently do not support adding policies for $LATEST.")


def _check_deletion(reference: str, qualifier: str | None) -> None:
    """The control plane would delete the whole function."""
    if parse(reference, qualifier).qualifier == "$LATEST":
        raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")


def _member(body: bytes, member: str) -> str | None:
    """A text of the request's; what is not such a request is the control plane's to refuse."""
    try:
        name = json.loads(body)[member]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None
