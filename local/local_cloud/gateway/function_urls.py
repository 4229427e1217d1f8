"""Who may call a function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html.

The control plane checks `lambda:InvokeFunctionUrl` of signed requests only. Lambda demands `lambda:InvokeFunction` as well,
and of a URL without authentication that the function's policy allows both to everybody.
"""

import logging
import uuid

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import Reply, Request
from local_cloud.gateway.emulator import lambda_svc
from local_cloud.gateway.permissions import INVOKE, anybodys_verdict, caller_verdict
from local_cloud.gateway.signatures import names_a_key

INVOKE_URL = "lambda:InvokeFunctionUrl"
FORBIDDEN = (
    b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: '
    b'https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
)

log = logging.getLogger(__name__)


def refusal(request: Request) -> Reply | None:
    """The response to a caller who may not call the function URL that the request is for; None otherwise."""
    url = request.function_url
    found = lambda_svc.resolve_function_url(url) if url else None
    if found is None:
        return None  # the control plane's to refuse
    account, region, name, qualifier, settings = found
    if request.method == "OPTIONS" and settings.get("Cors"):
        return None  # what browsers ask before a call; Lambda answers without the function
    kind = settings.get("AuthType", "AWS_IAM")
    if kind != "NONE" and not names_a_key(request):
        return None  # the control plane's to refuse
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")
    verdict = anybodys_verdict if kind == "NONE" else caller_verdict
    verdicts = {
        INVOKE_URL: verdict(request, INVOKE_URL, arn, {"lambda:FunctionUrlAuthType": kind}),
        INVOKE: verdict(request, INVOKE, arn, {"lambda:InvokedViaFunctionUrl": "true"}),
    }
    missing = {action: each.principal_arn for action, each in verdicts.items() if not each.allows}
    if not missing:
        return None
    for action, principal in missing.items():
        log.warning("a call of the URL of %s was refused: %s is not allowed to %s", arn, principal, action)
    headers = {
        "content-type": "application/json",
        "x-amzn-errortype": "AccessDeniedException",
        "x-amzn-requestid": str(uuid.uuid4()),
        **emulator.cors_headers(settings, request.headers),
    }
    return 403, headers, FORBIDDEN
