"""The operation that a request names, by which it is authorized and served.

Each of AWS's protocols names it in one place: a form's `Action`, the header `X-Amz-Target`, or method and path. The
control plane looks in all of them, and in another order when it authorizes a request than when it serves it, so whoever
may do one thing could do another. Here a request names its operation once, where its service's protocol has it.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qs

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import MAX_API_BYTES, Request, refusal_of
from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.emulator import iam_actions, iam_evaluator, responses, router

TARGET = "x-amz-target"
FORM = "x-www-form-urlencoded"
# https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
RPC_PATH = re.compile(r"/service/\w+/operation/(\w+)/?")
REST_SERVICES = frozenset({"s3", "s3files", "s3tables", "lambda", "lambda-core", "lambda-microvms"})
"""Those whose operations method and path name, besides the ones that the control plane has a table of."""
FORM_PROTOCOLS = ("query-xml", "ec2-xml")


async def check(request: Request) -> None:
    """Refuse a request that names more than one operation.

    Raises:
        AwsError: it does.
    """
    service = request.service
    if _is_rest(service):
        if len(request.query.get("Qualifier", [])) > 1:
            raise _twice(service, "Qualifier", request.query["Qualifier"])
        return
    targets = [
        value.decode("latin-1") for name, value in request.scope["headers"] if name.lower() == TARGET.encode()
    ]
    named = [*request.query.get("Action", []), *targets, *RPC_PATH.findall(request.path)]
    is_form = FORM in request.headers.get("content-type", "")
    if targets and is_form:
        named.append(FORM)
    if takes_forms(service):
        # The control plane lets a parameter in the body replace one in the query, and JSON the header's operation.
        given = await request.members() if targets else await _form(request)
        named += (
            given["Action"] if isinstance(given.get("Action"), list) else ["Action"] * ("Action" in given)
        )
        if both := sorted(given.keys() & request.query.keys()):
            raise _twice(service, "value of each parameter", both)
    if len(named) > 1:
        raise _twice(service, "operation", named)


async def _form(request: Request) -> dict[str, list[str]]:
    return parse_qs((await request.body(MAX_API_BYTES)).decode(errors="replace"), keep_blank_values=True)


def _is_rest(service: str) -> bool:
    # The table has the second version of SES's API; a form names the operations of the first.
    return service in REST_SERVICES or (service in emulator.models_of_services.value and service != "ses")


def takes_forms(service: str) -> bool:
    """Whether the service, by the control plane's name, is one of those whose operations a form can name."""
    # Its clients use JSON by now.
    return service == "sqs" or emulator.protocols.value.get(service) in FORM_PROTOCOLS


def install() -> None:
    """Make the control plane authorize what it serves, and only the root what no action of IAM stands for."""
    extract, authenticate = emulator.extract_iam_action.value, emulator.authenticate_only.value

    def action(service: str, *request: Any) -> str | None:
        method, path, headers, body, query = request
        namespace = iam_actions.SERVICE_TO_IAM_NAMESPACE.get(service)
        if namespace and (operation := RPC_PATH.fullmatch(path)):
            return f"{namespace}:{operation[1]}"
        if _is_rest(service) or emulator.match_action(service, method, path, query):
            # What a form or a header says is content.
            headers = {name: value for name, value in headers.items() if name not in (TARGET, "content-type")}
            query = {name: value for name, value in query.items() if name != "Action"}
        found: str | None = extract(service, method, path, headers, body, query)
        return found

    def only_root(service: str, headers: Any, query: Any, request_id: str) -> Any:
        if not emulator.authorizes.value or (failure := authenticate(service, headers, query, request_id)):
            return failure if emulator.authorizes.value else None
        key = router.extract_access_key_id(headers, query)
        principal = iam_evaluator.resolve_principal(key, responses.get_account_id())
        if principal.policies is None:
            return None
        message = (
            f"{principal.arn} may not do this: the local cloud knows no action of IAM that would allow it."
        )
        return refusal_of(service, headers, AwsError(403, "AccessDeniedException", message))

    emulator.extract_iam_action.replace(action)
    emulator.authenticate_only.replace(only_root)


def _twice(service: str, what: str, values: list[str]) -> AwsError:
    shown = json.dumps([value[:80] for value in values])
    return AwsError(
        400, "ValidationException", f"A request to {service} has one {what}, and this has {shown}."
    )
