"""AWS's rules for triggers, aliases and roles of functions, checked on the requests that would make them."""

from collections.abc import Iterable
from urllib.parse import parse_qs

from local_cloud.gateway import aliases, emulator, roles
from local_cloud.gateway.asgi import MAX_API_BYTES, Reply, Request, refusal_of
from local_cloud.gateway.aws_errors import AwsError, invalid_parameter
from local_cloud.gateway.functions import Function, FunctionDirectory, parse
from local_cloud.gateway.permissions import passing_refusal, role_refusal
from local_cloud.gateway.roles import Passed
from local_cloud.gateway.starts import MAX_SYNC_SECONDS

# What a function's role must be allowed to do with an event source. AWS checks it before it accepts the mapping.
SOURCE_ACTIONS = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "kinesis": ("GetRecords", "GetShardIterator", "DescribeStream", "ListShards"),
    "dynamodb": ("GetRecords", "GetShardIterator", "DescribeStream"),
}
CONSUMER_ACTIONS = ("DescribeStreamConsumer", "SubscribeToShard")
"""The same for a consumer of a Kinesis stream, beside those on its stream."""
STACK_MEMBERS = ("StackName", "RoleARN")
MAX_CODE_BYTES = 70_167_211
"""The size limit of a request with code, which is an archive of up to 50 MB in base64."""


async def check(request: Request, functions: FunctionDirectory) -> Reply | None:
    """Refuse what AWS would, before the control plane gets the request; None if nothing is wrong.

    Raises:
        AwsError: a refusal of another kind than that of the caller's permissions.
    """
    if refused := await refused_role(request):
        return refused
    match request.method, request.segments:
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


async def refused_role(request: Request) -> Reply | None:
    """The response to a request that gives a service a role which its caller may not pass, or the service may not assume."""
    for passed in await _passed_roles(request):
        if refusal := passing_refusal(request, passed.role_arn, passed.service):
            return refusal
        try:
            passed.check(request.caller[0])
        except AwsError as error:
            return refusal_of(request.service, request.headers, error)
    return None


async def _passed_roles(request: Request) -> Iterable[Passed]:
    """The roles that the request gives to services."""
    passed: Iterable[Passed] = ()
    caller = request.caller
    match request.service, request.method, request.segments:
        case "lambda", "POST", ["2015-03-31", "functions"]:
            members = await request.members(MAX_CODE_BYTES)
            passed = roles.of_function(members.get("FunctionName"), members.get("Role"), *caller)
        case "lambda", "PUT", ["2015-03-31", "functions", reference, "configuration"]:
            passed = roles.of_function(reference, (await request.members()).get("Role"), *caller)
        case "scheduler", "POST" | "PUT", ["schedules", _]:
            passed = roles.of_schedule(await request.members(), *caller)
        case "pipes", "POST" | "PUT", ["v1", "pipes", name, *_]:
            passed = roles.of_pipe(name, (await request.members()).get("RoleArn"), *caller)
        case "events", _, _:
            members = await request.members()
            passed = roles.of_rule(members, members.get("Rule") or members.get("Name"), *caller)
        case "cloudformation", _, _:
            form = parse_qs((await request.body(MAX_API_BYTES)).decode(errors="replace"))
            stack, role = ([*form.get(key, []), *request.values(key), None][0] for key in STACK_MEMBERS)
            passed = roles.of_stack(stack, role, *caller)
    return passed


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
