"""What the control plane hands out, made so that nobody can guess it.

It makes the credentials of a handler of the function's ARN, which is no secret, and gives URLs for code that anybody
may read. Here both come of the cloud's own secret. (The keys that it makes for users and assumed roles are random.)
"""

import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from local_cloud.gateway import emulator
from local_cloud.gateway.emulator import responses, sigv4, sts

DOWNLOAD_SECONDS = 600
"""How long the URL of a function's code is good, as on AWS."""


def install() -> None:
    """Take the places of the control plane's functions, which offers no other way."""
    emulator.execution_credentials.replace(_execution_credentials)
    emulator.code_url.replace(_code_url)
    emulator.layer_url.replace(_layer_url)


def _execution_credentials(config: Mapping[str, Any]) -> dict[str, str]:
    """The session of a function's role; it is the same after a restart, when handlers go on."""
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
    """A presigned URL of the root's, on this cloud."""
    region, now = responses.get_region(), f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    host = os.environ["AWS_ENDPOINT_URL"].rpartition("/")[2]
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{now[:8]}/{region}/s3/aws4_request",
        "X-Amz-Date": now,
        "X-Amz-Expires": str(DOWNLOAD_SECONDS),
        "X-Amz-SignedHeaders": "host",
    }
    request = sigv4.build_canonical_request("GET", path, {"host": host}, query, "host")
    text = sigv4.build_string_to_sign(now, now[:8], region, "s3", request)
    signature = sigv4.calculate_signature(os.environ["AWS_SECRET_ACCESS_KEY"], now[:8], region, "s3", text)
    return f"http://{host}{path}?{urlencode({**query, 'X-Amz-Signature': signature})}"
