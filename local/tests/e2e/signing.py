"""Raw requests, and the signature of the cloud's root, or of whose keys are given."""

import contextlib
import http.client
from collections.abc import Generator

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local_cloud.process import REGION, LocalCloud


def root_of(cloud: LocalCloud) -> Credentials:
    """Return the keys of a cloud's root."""
    keys = cloud.credentials()
    return Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])


def signature(
    keys: Credentials, method: str, url: str, body: bytes = b"", service: str = "lambda"
) -> dict[str, str]:
    """Return the headers that sign a request."""
    request = AWSRequest(method, url, data=body)
    SigV4Auth(keys, service, REGION).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def send_raw(port: int, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send a request as it is, without what a well-behaved client would correct."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()


class Signed(httpx.Auth):
    """Signs what httpx sends."""

    requires_request_body = True

    def __init__(self, keys: Credentials, service: str = "lambda") -> None:
        self._keys = keys
        self._service = service

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        signed = signature(self._keys, request.method, str(request.url), request.content, self._service)
        request.headers.update(signed)
        yield request
