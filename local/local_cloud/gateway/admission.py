"""AWS's rules for triggers, aliases and roles of functions, checked on the requests that would make them."""

import re

from local_cloud.gateway import aliases, emulator
from local_cloud.gateway.asgi import Reply, Request
from local_cloud.gateway.aws_errors import AwsError, invalid_parameter
from local_cloud.gateway.functions import Function, FunctionDirectory, parse
from local_cloud.gateway.lambda_actions import function_arn
from local_cloud.gateway.permissions import may_assume, passing_refusal, role_refusal
from local_cloud.gateway.starts import MAX_SYNC_SECONDS

# What a function's role must be allowed to do with an event source. AWS checks it before it accepts the mapping.
SOURCE_ACTIONS = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream"),
}
CONSUMER_ACTIONS = ("DescribeStreamConsumer", "SubscribeToShard")
"""The same for a consumer of a Kinesis stream, beside those on its stream."""
ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
MAX_CODE_BYTES = 70_167_211
"""The size limit of a request with code, which is an archive of up to 50 MB in base64."""
LAMBDA, SCHEDULER = "lambda.amazonaws.com", "scheduler.amazonaws.com"


async def check(request: Request, functions: FunctionDirectory) -> Reply | None:
    """Refuse what AWS would, before the control plane gets the request; None if nothing is wrong.

    Raises:
        AwsError: a refusal of another kind than that of the caller's permissions.
    """
    match request.method, request.segments:
        case "POST", ["2015-03-31", "functions"]:
            return await _check_function_role(request)
        case "PUT", ["2015-03-31", "functions", _, "configuration"]:
            return await _check_function_role(request)
        case "POST" | "PUT", ["schedules", _] if request.service == "scheduler":
            return await _check_schedule_role(request)
        case "POST" | "PUT", ["2015-03-31", "event-source-mappings", *_]:
            await _check_mapping(request, functions)
        case "POST", ["2015-03-31", "functions", reference, "policy"]:
            if parse(reference, request.value("Qualifier")).qualifier == "$LATEST":
                raise invalid_parameter("We currently do not support adding policies for $LATEST.")
        case "DELETE", ["2015-03-31", "functions", reference]:
            # The control plane would delete the whole function.
            if parse(reference, request.value("Qualifier")).qualifier == "$LATEST":
                raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
        case "POST", ["2015-03-31", "functions", reference, "aliases"]:
            await aliases.check(request, functions, reference, None)
        case "PUT", ["2015-03-31", "functions", reference, "aliases", alias]:
            await aliases.check(request, functions, reference, alias)
    return None


async def _check_function_role(request: Request) -> Reply | None:
    members = await request.members(MAX_CODE_BYTES)
    name = members.get("FunctionName") or request.segments[-2]
    if not isinstance(name, str):
        return None  # the control plane's to refuse
    message = "The role defined for the function cannot be assumed by Lambda."
    function = function_arn(name, None, *request.caller)
    return _check_role(request, members.get("Role"), LAMBDA, function, invalid_parameter(message))


async def _check_schedule_role(request: Request) -> Reply | None:
    members = await request.members()
    target = members.get("Target")
    role = target.get("RoleArn") if isinstance(target, dict) else None
    account, region = request.caller
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    group = f"arn:aws:scheduler:{region}:{account}:schedule-group/{members.get('GroupName') or 'default'}"
    message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    return _check_role(request, role, SCHEDULER, group, AwsError(400, "ValidationException", message))


def _check_role(
    request: Request, role: object, service: str, source_arn: str, untrusting: AwsError
) -> Reply | None:
    """Refuse a role that the caller may not pass to the service, or the service may not assume for its resource."""
    if not (isinstance(role, str) and ROLE.fullmatch(role)):
        return None  # none is given, or the control plane's to refuse
    if refusal := passing_refusal(request, role, service):
        return refusal
    if not may_assume(service, role, source_arn):
        raise untrusting
    return None


async def _check_mapping(request: Request, functions: FunctionDirectory) -> None:
    """An event source mapping waits for its executions, so they must be short. It must also name a version.

    The function's role must be allowed to read the source. The error code is AWS's; its message is not documented.
    """
    members = await request.members()
    reference, source = members.get("FunctionName"), members.get("EventSourceArn")
    if not isinstance(reference, str):
        return  # the control plane's to refuse
    function = await functions.resolve(reference, None, request.root_authorization)
    if function is None:
        return
    if isinstance(source, str):
        _check_source(function, source)
        _check_visibility(function, source)
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
    stream, consumer, _ = source.partition("/consumer/")
    actions = [(action, stream) for action in SOURCE_ACTIONS.get(service, ())]
    if consumer:
        actions += [(action, source) for action in CONSUMER_ACTIONS]
    for action, resource in actions:
        if reason := role_refusal(function, f"{service}:{action}", resource):
            raise invalid_parameter(
                f"The provided execution role does not have permissions to call {action} on "
                f"{service.upper()}: {reason}"
            )


def _check_visibility(function: Function, source: str) -> None:
    """A queue's messages must stay invisible for as long as an invocation may last; the message is AWS's."""
    queue = emulator.queue_of_arn(source) if source.startswith("arn:aws:sqs:") else None
    visibility = int(queue["attributes"]["VisibilityTimeout"]) if queue else function.timeout
    if visibility < function.timeout:
        raise invalid_parameter(
            f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {function.timeout} seconds"
        )
