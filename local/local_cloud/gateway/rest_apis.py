"""REST APIs that start executions of durable functions without waiting: the integration's header says `Event`.

The control plane ignores that header. It would wait for the execution, or be refused, because an execution may take
longer than 15 minutes. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
"""

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.app import Gateway
from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.functions import FunctionDirectory
from local_cloud.gateway.lambda_actions import function_arn
from local_cloud.gateway.permissions import delivery_refusal

HEADER = "integration.request.header.x-amz-invocation-type"
FROM_CALLER = "method.request.header."
API_GATEWAY = "apigateway.amazonaws.com"
JSON = {"content-type": "application/json"}

Answer = tuple[int, dict[str, str], bytes]


def install(gateway: Gateway, functions: FunctionDirectory) -> None:
    """Replace the function that serves a custom (`AWS`) integration with a function."""
    wait = emulator.invoke_custom_integration.value

    async def invoke(integration: Mapping[str, Any], *request: Any, **owner: Any) -> Answer:
        api, stage, _, resource, _, method, headers, body, *_ = request
        reference = emulator.function_of_integration(integration.get("uri", ""))
        starts = _invocation_type(integration, headers) == "Event"
        function = await functions.resolve(reference) if starts else None
        if function is None or function.durable is None:
            answer: Answer = await wait(integration, *request, **owner)
            return answer
        account, region = owner["owner_account_id"], owner["owner_region"]
        source = f"arn:aws:execute-api:{region}:{account}:{api}/{stage}/{method}{resource.get('path', '/')}"
        target = function_arn(reference, None, function.account_id, function.region)
        if delivery_refusal(API_GATEWAY, source, account, target):
            return 500, dict(JSON), b'{"message": "Internal server error"}'
        try:
            await gateway.invoke(function, "Event", json.dumps(_event(body)))
        except AwsError as error:
            return 500, dict(JSON), json.dumps({"message": error.message}).encode()
        return _response(integration)

    emulator.invoke_custom_integration.replace(invoke)


def _invocation_type(integration: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """What the header is mapped to: a text in quotes, or a header of the caller's request."""
    mapped = {name.lower(): value for name, value in (integration.get("requestParameters") or {}).items()}
    value = str(mapped.get(HEADER, ""))
    if value.startswith(FROM_CALLER):
        named = value.removeprefix(FROM_CALLER).lower()
        return next((text for name, text in headers.items() if name.lower() == named), "")
    return value.strip("'")


def _event(body: bytes | str | None) -> Any:
    """The body that is passed through; mapping templates are not applied."""
    if not body:
        return {}
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace") if isinstance(body, bytes) else body


def _response(integration: Mapping[str, Any]) -> Answer:
    """The default integration response: its status, and its template if that is plain text."""
    responses: dict[str, Any] = integration.get("integrationResponses") or {}
    default: Mapping[str, Any] = next(
        (each for each in responses.values() if not each.get("selectionPattern")), {}
    )
    template = str((default.get("responseTemplates") or {}).get("application/json", ""))
    body = "" if "$" in template else template
    return int(default.get("statusCode") or 200), dict(JSON), body.encode()
