"""Credentials of handlers and URLs of code, which nobody can guess.

The control plane derives the credentials of a handler from the function's ARN, which is not secret, and its URLs for
code are open to everybody. Here both depend on the cloud's own secret. (Keys of users and assumed roles are random.)
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from typing import Any

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_cloud.gateway import emulator
from local_cloud.gateway.emulator import responses, sts

DOWNLOAD_SECONDS = 600
"""How long the URL of a function's code is valid, as on AWS."""


def install() -> None:
    """Replace the control plane's functions."""
    emulator.execution_credentials.replace(_execution_credentials)
    emulator.code_url.replace(_code_url)
    emulator.layer_url.replace(_layer_url)


def _execution_credentials(config: Mapping[str, Any]) -> dict[str, str]:
    """The session of a function's role. It stays the same after a restart, when handlers resume."""
    arn, role_arn = config["FunctionArn"], config.get("Role", "")
    role, name = role_arn.rpartition("/")[2], config.get("FunctionName", "")[:64]
    key, secret, token = (_derived(part, arn, role_arn) for part in ("key", "secret", "token"))
    key = f"ASIA{key[:16].upper()}"
    session = {
        "Arn": f"arn:aws:sts::{arn.split(':')[4]}:assumed-role/{role}/{name}",
        "UserId": f"{role}:{name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
    }
    sts.register_session(key, session)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def _derived(*parts: str) -> str:
    text = "\n".join(parts).encode()
    return hmac.new(os.environ["AWS_SECRET_ACCESS_KEY"].encode(), text, hashlib.sha256).hexdigest()


def _code_url(name: str) -> str:
    return _signed_url(
        f"/_ministack/lambda-code/{responses.get_account_id()}/{responses.get_region()}/{name}"
    )


def _layer_url(name: str, version: int) -> str:
    scope = f"{responses.get_account_id()}/{responses.get_region()}"
    return _signed_url(f"/_ministack/lambda-layers/{scope}/{name}/{version}/content")


def _signed_url(path: str) -> str:
    """A URL on this cloud that the root has signed."""
    root = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest("GET", os.environ["AWS_ENDPOINT_URL"] + path)
    S3SigV4QueryAuth(root, "s3", responses.get_region(), DOWNLOAD_SECONDS).add_auth(request)
    return str(request.url)
