"""The IAM action and resource of a request to Lambda.

The control plane's own table lacks durable executions, takes an update of an alias for a list of aliases, and leaves
the qualifier out of the ARN, so that a permission to invoke one alias matches nothing. It is replaced by the SDK's
model of Lambda.
"""

import contextlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from aws_durable_execution_sdk_python_testing.token import CallbackToken

from local_cloud.gateway import emulator
from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.functions import parse

Params = Mapping[str, list[str]]

FUNCTION = re.compile(r"/\d{4}-\d\d-\d\d/functions/([^/]+)")
EXECUTION = re.compile(r"/2025-12-01/durable-executions/([^/]+)")
CALLBACK = re.compile(r"/2025-12-01/durable-execution-callbacks/([^/]+)")
ARN_IN_PATH = re.compile(r"/\d{4}-\d\d-\d\d/(?:tags|resource-policy)/([^/]+)")
# Where the action is not named as the operation of the API.
ACTIONS = {
    "Invoke": "InvokeFunction",
    "InvokeAsync": "InvokeFunction",
    "InvokeWithResponseStream": "InvokeFunction",
}


def action_of(method: str, path: str) -> str | None:
    """The action without its prefix; None for anything but an operation of Lambda."""
    emulator.models_of_services.value.setdefault("lambda", ["lambda"])
    operation = emulator.match_action("lambda", method, path)
    return None if operation is None else ACTIONS.get(operation, operation)


def resource_of(path: str, query: Params, account_id: str, region: str) -> str | None:
    """The ARN of the function as it is requested, or of the execution; None where the request names none.

    A callback is authorized on the execution that its id belongs to.

    Raises:
        AwsError: the function's name is not valid.
    """
    if function := FUNCTION.match(path):
        return function_arn(
            unquote(function[1]), query.get("Qualifier", [None])[0] or None, account_id, region
        )
    if named := EXECUTION.match(path) or ARN_IN_PATH.match(path):
        return unquote(named[1])
    if callback := CALLBACK.match(path):
        try:
            return str(CallbackToken.from_str(unquote(callback[1])).execution_arn)
        except (KeyError, ValueError, TypeError, AttributeError):
            return None
    return None


def function_arn(reference: str, qualifier: str | None, account_id: str, region: str) -> str:
    """The ARN, with the qualifier if there is one, of a function that is named in any form that Lambda accepts."""
    target = parse(reference, qualifier)
    account, place = target.account_id or account_id, target.region or region
    bare = f"arn:aws:lambda:{place}:{account}:function:{target.name}"
    return bare if target.qualifier is None else f"{bare}:{target.qualifier}"


def install() -> None:
    """Make the control plane authorize the same, and name the resource in its refusals, as Lambda does."""
    emulator.lambda_action.replace(action_of)
    other_resource, denial = emulator.extract_resource_arn.value, emulator.access_denied_response.value

    def resource(service: str, *request: Any) -> str:
        _, path, _, _, query, region, account_id = request
        if service == "lambda":
            # The control plane itself refuses an invalid name.
            with contextlib.suppress(AwsError):
                if arn := resource_of(path, query, account_id, region):
                    return arn
        return str(other_resource(service, *request))

    def response(service: str, action: str, principal_arn: str, request_id: str, **details: Any) -> Any:
        undecided = not (details.get("message") or details.get("error_code"))
        if service == "lambda" and undecided and not details.get("resource_policy_arn"):
            details["message"] = emulator.iam_actions.identity_denial_message(
                action, principal_arn, details.get("resource_arn", "*"), details.get("explicit_deny", False)
            )
        return denial(service, action, principal_arn, request_id, **details)

    emulator.extract_resource_arn.replace(resource)
    emulator.access_denied_response.replace(response)
