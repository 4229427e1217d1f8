"""The operation that a request names, by which it is authorized and served.

Each of AWS's protocols names it in one place: a form's `Action`, the header `X-Amz-Target`, or method and path. The
control plane looks in all of them, and in another order when it authorizes a request than when it serves it, so whoever
may do one thing could do another. Here a request names its operation once, where its service's protocol has it. The
gateway's own rules, such as that of roles that are passed, see the same request as the control plane.
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
REGISTRY_PATH = re.compile(r"/v2(/|/_catalog|/.+/(blobs|manifests|tags)/.*)?")
"""Where the control plane serves container images, and asks for no permission."""
RPC_SERVICES = ("monitoring",)
"""Those in which the control plane reads the operation from such a path."""
REST_SERVICES = frozenset({"s3", "s3files", "s3tables", "lambda", "lambda-core", "lambda-microvms"})
"""Those whose operations method and path name, besides the ones that the control plane has a table of."""
ENCODED = {"monitoring": {"gzip"}}
"""The services whose clients send encoded bodies, besides S3's, with the encodings."""
JSON_TARGETS = {"sqs": "AmazonSQS.", "monitoring": "GraniteServiceVersion20100801."}
"""The services that understand forms and JSON, with the beginning of a target."""
FORM_PROTOCOLS = ("query-xml", "ec2-xml")


async def check(request: Request) -> None:
    """Refuse what the control plane would read in another way than the gateway does.

    Raises:
        AwsError: it is for two services, has a header or qualifier twice, or an encoded body where no SDK sends one.
    """
    names = [name.decode("latin-1").lower() for name, _ in request.scope["headers"]]
    for name in set(names):
        if names.count(name) > 1 and name.startswith(("x-amz-", "content-", "host")):
            raise _refusal(f"It has the header {name[:80]!r} more than once.")
    if len(request.query.get("Qualifier", [])) > 1:
        raise _refusal("It has more than one Qualifier.")
    if REGISTRY_PATH.fullmatch(request.path) and not _is_root(
        request.headers, request.query, request.caller[0]
    ):
        raise AwsError(
            403, "AccessDeniedException", "The local cloud serves container images to its root only."
        )
    # The control plane decodes the path before it looks for a name in it; an ARN in a path has slashes.
    of_names = request.service in {"scheduler", "pipes"} and request.segments[0] != "tags"
    if of_names and any("/" in segment for segment in request.segments):
        raise _refusal("It has an encoded slash in its path.")
    services = {request.service, await _service_of_content(request)}
    if len(services) > 1:
        raise _refusal(f"It is for two services: {' and '.join(sorted(services))}.")
    if request.service != "s3" and (encodings := _encodings(request) - ENCODED.get(request.service, set())):
        raise _refusal(
            f"Its body is encoded ({', '.join(sorted(encodings))}); only S3 and CloudWatch take such bodies."
        )


async def _service_of_content(request: Request) -> str:
    """The service as the control plane finds it: by the decoded path, and by what a form says."""
    params = request.query
    signed_for_s3 = "/s3/aws4_request" in request.headers.get("authorization", "")
    if FORM in request.headers.get("content-type", "") and not signed_for_s3:
        params = {**_form(await request.body(MAX_API_BYTES)), **params}
    return str(router.detect_service(request.method, request.path, request.headers, params))


def _encodings(request: Request) -> set[str]:
    found = {each.strip().lower() for each in request.headers.get("content-encoding", "").split(",")}
    chunked = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
    if chunked or "x-amz-decoded-content-length" in request.headers:
        found.add("aws-chunked")
    return found - {"", "identity"}


def _form(content: bytes) -> dict[str, list[str]]:
    return parse_qs(content.decode(errors="replace"), keep_blank_values=True)


def _check_names(service: str, named: list[str], headers: Any, body: bytes, params: Any) -> None:
    """Refuse a request that names its operation, or another parameter, in two ways.

    The control plane lets a parameter in the body replace one in the query when it serves a request, and not when it
    authorizes it. `params` are what it authorizes by; `named` is the operation that the path names.

    Raises:
        ValueError: it does; the caller of the control plane makes a refusal of it.
    """
    targets = [headers[TARGET]] if TARGET in headers else []
    names = [*named, *params.get("Action", []), *targets]
    if targets and takes_forms(service) and not _is_json(service, headers):
        raise ValueError(f"{service} takes no X-Amz-Target but with JSON")
    if "Action" in params and not takes_forms(service):
        raise ValueError(f"{service} takes no Action")
    if takes_forms(service) and not named:
        given: Any = json.loads(body or b"{}") if targets else _form(body)
        if isinstance(given, dict):
            both = given.keys() & (params.keys() | {"Action"}) if targets else given.keys()
            if twice := sorted(name for name in both if params.get(name) != given[name]):
                raise ValueError(f"parameters in two places: {', '.join(twice)[:80]}")
    if len(names) > 1:
        raise ValueError(f"two operations: {', '.join(names)[:80]}")


def _is_json(service: str, headers: Any) -> bool:
    prefix = JSON_TARGETS.get(service)
    return (
        bool(prefix) and headers[TARGET].startswith(prefix) and "amz-json" in headers.get("content-type", "")
    )


def _is_root(headers: Any, query: Any, account_id: str) -> bool:
    if not emulator.authorizes.value:
        return True
    key = router.extract_access_key_id(headers, query)
    principal = iam_evaluator.resolve_principal(key, account_id)
    return getattr(principal, "policies", ()) is None


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
        rpc = RPC_PATH.fullmatch(path) if service in RPC_SERVICES else None
        named = [rpc[1]] if rpc else []
        if service in RPC_SERVICES and path != "/" and not named:
            raise ValueError(f"no operation of {service}: {path[:80]}")
        if not _is_rest(service):
            _check_names(service, named, headers, body, query)
        if named:
            return f"{iam_actions.SERVICE_TO_IAM_NAMESPACE[service]}:{named[0]}"
        if _is_rest(service) or emulator.match_action(service, method, path, query):
            # What a form or a header says is content.
            headers = {name: value for name, value in headers.items() if name not in (TARGET, "content-type")}
            query = {name: value for name, value in query.items() if name != "Action"}
        found: str | None = extract(service, method, path, headers, body, query)
        return found

    def only_root(service: str, headers: Any, query: Any, request_id: str) -> Any:
        failure = authenticate(service, headers, query, request_id)
        if failure or _is_root(headers, query, responses.get_account_id()):
            return failure
        message = "Only the root may do this: the local cloud knows no action of IAM that would allow it."
        return refusal_of(service, headers, AwsError(403, "AccessDeniedException", message))

    emulator.extract_iam_action.replace(action)
    emulator.authenticate_only.replace(only_root)


def _refusal(why: str) -> AwsError:
    return AwsError(400, "ValidationException", f"The local cloud does not understand this request. {why}")
