"""Who comes in to the local cloud: names, origins, routes and signatures, in process over a stub.

Not proved here: that everything goes by the entrance; tests/e2e/test_owner_only.py does, and a browser in
the project's tests/pages.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack.core import sigv4
from ministack.services import lambda_svc, sts

import in_process
from local_cloud.gateway.asgi import Request, Send, answer
from local_cloud.gateway.entrance import Entrance
from local_cloud.process import HEALTH

PORT = 4700
HERE = f"127.0.0.1:{PORT}"
SECRET = "the cloud's own"
ROOT = Credentials("test", SECRET)
URL_ID = "0123456789abcdef0123456789abcdef"
URL_HOST = f"{URL_ID}.lambda-url.us-east-1.on.aws"
PATH = "/2015-03-31/functions/"
NAMES_OF_APIS = (
    URL_HOST,
    f"{URL_ID}.lambda-url.us-east-1.localhost:{PORT}",
    f"0a1b2c3d.execute-api.localhost:{PORT}",
)
CORS = {"access-control-allow-origin": "*", "Access-Control-Expose-Headers": "*", "x-mine": "1"}


async def inside(request: Request, send: Send) -> None:
    """Stand for the gateway: answer with the body, and the headers by which the control plane opens itself to pages."""
    await answer(send, (200, CORS, await request.body(None)))


def asked(
    method: str,
    path: str = PATH,
    body: bytes = b"",
    *,
    keys: Credentials | None = ROOT,
    host: str = HERE,
    service: str = "lambda",
) -> httpx.Response:
    """Send a request that these keys have signed."""
    request = AWSRequest(method, f"http://{host}{path}", data=body)
    if keys:
        SigV4Auth(keys, service, "us-east-1").add_auth(request)
    return sent(method, path, body, {**dict(request.headers.items()), "host": host})


def sent(method: str, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    return in_process.send(Entrance(inside, PORT), method, path, content=body, headers=raw)


def refused(answer: httpx.Response, words: str, status: int = 403) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.text
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    yield
    sts._sessions.clear()


@pytest.mark.parametrize("key", ["test", "000000000000", "123456789012"])
@pytest.mark.parametrize("body", [b"", b"{}", b"x" * 2_000_000], ids=len)
def test_the_root_comes_in_with_the_clouds_secret(key: str, body: bytes) -> None:
    answer = asked("POST", body=body, keys=Credentials(key, SECRET))
    assert (answer.status_code, answer.content) == (200, body)


@pytest.mark.parametrize("secret", ["test", "guessed", SECRET + " "])
@pytest.mark.parametrize("key", ["test", "000000000000", "123456789012"])
def test_nobody_comes_in_with_another_secret(key: str, secret: str) -> None:
    answer = asked("POST", keys=Credentials(key, secret))
    refused(answer, "make env")
    assert answer.headers["x-amzn-errortype"] == "InvalidSignatureException"


def test_an_unknown_key_is_nobodys() -> None:
    refused(asked("POST", keys=Credentials("AKIAUNKNOWN", SECRET)), "security token")
    refused(asked("POST", keys=None), "Missing Authentication Token")


SCOPE = f"Credential=test/{datetime.now(UTC):%Y%m%d}/us-east-1/lambda/aws4_request"
NAMES = "SignedHeaders=host;x-amz-date"


@pytest.mark.parametrize(
    "authorization",
    [
        f"AWS4-HMAC-SHA256 {SCOPE}, {NAMES}, Signature=0",
        f"AWS4-HMAC-SHA256 {SCOPE}, {NAMES}, Signature={'0' * 64}",
        f"AWS4-HMAC-SHA256 {SCOPE}, {NAMES}",
        f"AWS4-HMAC-SHA256 {SCOPE.replace('test', '')}, {NAMES}, Signature=0",
        f"AWS4-HMAC-SHA256 {SCOPE}, Signature=\u00e9, {NAMES}",
        "AWS4-HMAC-SHA256 Credential=test",
        "AWS4-HMAC-SHA256",
        f"AWS4-ECDSA-P256-SHA256 {SCOPE}, {NAMES}, Signature=0",
        "AWS test:c2lnbmF0dXJl",
        "Basic dGVzdDp0ZXN0",
        "Bearer test",
        "",
        "=,=,/,",
    ],
)
def test_what_only_looks_like_a_signature_is_none(authorization: str) -> None:
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    headers = {"host": HERE, "x-amz-date": now, "authorization": authorization}
    assert sent("POST", PATH, b"", headers).status_code in (400, 403)


@pytest.mark.parametrize(
    "query", ["AWSAccessKeyId=test&Signature=0", "X-Amz-Credential=test", "x-amz-signature=0"]
)
@pytest.mark.parametrize("path", [PATH, f"/_aws/lambda-url/{URL_ID}/", "/_aws/execute-api/0a1b2c3d/live/"])
def test_a_key_that_is_only_named_opens_nothing(path: str, query: str) -> None:
    assert sent("GET", f"{path}?{query}", b"", {"host": HERE}).status_code in (400, 403)


def test_a_signature_is_over_all_of_a_request() -> None:
    given = signed("POST", PATH + "?Qualifier=1", b"{}")
    assert sent("POST", PATH + "?Qualifier=1", b"{}", given).status_code == 200
    refused(sent("POST", PATH + "?Qualifier=1", b"{ }", given), "signature")
    refused(sent("PUT", PATH + "?Qualifier=1", b"{}", given), "signature")
    refused(sent("POST", PATH + "?Qualifier=2", b"{}", given), "signature")
    refused(sent("POST", PATH + "x?Qualifier=1", b"{}", given), "signature")
    refused(sent("POST", PATH + "?Qualifier=1", b"{}", {**given, "host": f"localhost:{PORT}"}), "signature")
    other = given["authorization"].replace("Credential=test/", "Credential=000000000000/")
    assert sent("POST", PATH + "?Qualifier=1", b"{}", {**given, "authorization": other}).status_code == 200
    for name in ("authorization", "Authorization"):
        twice = [*given.items(), (name, other)]
        assert in_process.send(Entrance(inside, PORT), "POST", PATH, headers=twice).status_code == 403
    both = f"{PATH}?Qualifier=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test"
    assert sent("POST", both, b"{}", given).status_code == 403


def signed(
    method: str, path: str, body: bytes = b"", service: str = "lambda", **headers: str
) -> dict[str, str]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method, f"http://{HERE}{path}", data=body, headers=given)
    SigV4Auth(ROOT, service, "us-east-1").add_auth(request)
    return {"host": HERE, **{name.lower(): value for name, value in request.headers.items()}}


def test_a_signature_is_good_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    given = signed("POST", PATH)
    later = datetime.now(UTC) + timedelta(minutes=6)
    with monkeypatch.context() as patch:
        patch.setattr(sigv4, "dt", _Clock(later))
        refused(sent("POST", PATH, b"", given), "Signature expired")


class _Clock:
    """Stands for the module `datetime`, at another time."""

    def __init__(self, now: datetime) -> None:
        self.timezone, self.timedelta = __import__("datetime").timezone, timedelta
        self.datetime = type("datetime", (datetime,), {"now": staticmethod(lambda zone=None: now)})


@pytest.mark.parametrize("service", ["s3", "sts", "lambda"])
def test_a_presigned_url_is_good_until_it_expires(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    request = AWSRequest("GET", f"http://{HERE}/bucket/key?versionId=1")
    signer(ROOT, service, "us-east-1", expires=3600).add_auth(request)
    split = urlsplit(request.url)
    query = dict(parse_qsl(split.query))
    target = f"{split.path}?{split.query}"
    assert sent("GET", target, b"", {"host": HERE}).status_code == 200
    for forged in (
        {**query, "X-Amz-Signature": "0"},
        {**query, "X-Amz-Expires": "7200"},
        {**query, "versionId": "2"},
        {name: value for name, value in query.items() if name != "X-Amz-Signature"},
    ):
        assert sent("GET", f"{split.path}?{urlencode(forged)}", b"", {"host": HERE}).status_code in (400, 403)
    refused(sent("PUT", target, b"", {"host": HERE}), "signature")
    for minutes, status in ((59, 200), (61, 403)):
        with monkeypatch.context() as patch:
            patch.setattr(sigv4, "dt", _Clock(datetime.now(UTC) + timedelta(minutes=minutes)))
            assert sent("GET", target, b"", {"host": HERE}).status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-target": "secretsmanager.GetSecretValue"},
        {"x-amz-copy-source": "/bucket/secret"},
        {"x-amz-t": "a part of another header's name"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_presigned_url_of_s3_is_good_for_what_it_was_made_for(headers: dict[str, str]) -> None:
    request = AWSRequest("PUT", f"http://{HERE}/bucket/key", headers={"x-amz-target-of-mine": "1"})
    S3SigV4QueryAuth(ROOT, "s3", "us-east-1", expires=60).add_auth(request)
    target = request.url.removeprefix(f"http://{HERE}")
    signed_too = {"host": HERE, "x-amz-target-of-mine": "1"}
    assert sent("PUT", target, b"Action=CreateUser", signed_too).status_code == 200
    assert sent("PUT", target, b"Action=CreateUser", {**signed_too, **headers}).status_code in (400, 403)


def test_an_old_presigned_url_is_good_for_s3_alone() -> None:
    request = AWSRequest("GET", f"http://{HERE}/bucket/key")
    HmacV1QueryAuth(ROOT, expires=60).add_auth(request)
    target = request.url.removeprefix(f"http://{HERE}")
    assert sent("GET", target, b"", {"host": HERE}).status_code == 200
    for forged in (
        target.replace("/key", "/other"),
        target.replace("Expires=", "Expires=1"),
        f"{target}&acl",
    ):
        assert sent("GET", forged, b"", {"host": HERE}).status_code == 403
    for name, value in (("Action", "ListUsers"), ("X-Amz-Credential", "000000000000/1/2/s3/aws4_request")):
        assert sent("GET", f"{target}&{urlencode({name: value})}", b"", {"host": HERE}).status_code in (
            400,
            403,
        )
    past = AWSRequest("GET", f"http://{HERE}/bucket/key")
    HmacV1QueryAuth(ROOT, expires=-60).add_auth(past)
    assert sent("GET", past.url.removeprefix(f"http://{HERE}"), b"", {"host": HERE}).status_code == 403


def test_the_forms_of_an_upload() -> None:
    body = b"a,b\n" * 1000
    for declared in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
        given = signed("PUT", "/bucket/key", body, "s3", **{"x-amz-content-sha256": declared})
        assert sent("PUT", "/bucket/key", body, given).content == body
    given = signed(
        "PUT", "/bucket/key", body, "s3", **{"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    )
    refused(sent("PUT", "/bucket/key", body + b" ", given), "x-amz-content-sha256")
    chunked, headers = in_chunks(body)
    assert sent("PUT", "/bucket/key", chunked, headers).status_code == 200
    refused(sent("PUT", "/bucket/key", chunked.replace(b"a,b", b"A,B", 1), headers), "signature")


def in_chunks(body: bytes) -> tuple[bytes, dict[str, str]]:
    """Sign a body chunk by chunk, as AWS describes it for S3."""
    headers = signed(
        "PUT", "/bucket/key", b"", "s3", **{"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    )
    date = headers["x-amz-date"]
    previous, parts = headers["authorization"].rpartition("Signature=")[2], []
    empty = hashlib.sha256(b"").hexdigest()
    for chunk in (body[:1024], body[1024:], b""):
        scope = f"{date[:8]}/us-east-1/s3/aws4_request"
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", date, scope, previous, empty, hashlib.sha256(chunk).hexdigest()]
        previous = sigv4.calculate_signature(SECRET, date[:8], "us-east-1", "s3", "\n".join(lines))
        parts.append(f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n")
    return b"".join(parts), headers


def test_a_session_needs_its_secret_and_its_token() -> None:
    session = {
        "Arn": "arn:aws:sts::000000000000:assumed-role/shop/me",
        "SecretAccessKey": "of the session",
        "SessionToken": "token",
    }
    sts.register_session("ASIASESSION", session)
    assert asked("POST", keys=Credentials("ASIASESSION", "of the session", "token")).status_code == 200
    for secret, token in ((SECRET, "token"), ("of the session", "other"), ("of the session", None)):
        assert asked("POST", keys=Credentials("ASIASESSION", secret, token)).status_code == 403


@pytest.mark.parametrize(
    ("host", "comes_in"),
    [
        (HERE, True),
        (f"localhost:{PORT}", True),
        (f"[::1]:{PORT}", True),
        (f"bucket.localhost:{PORT}", True),
        (f"bucket.s3.us-east-1.localhost:{PORT}", True),
        ("", False),
        ("127.0.0.1", False),
        ("localhost:4566", False),
        (f"attacker.example:{PORT}", False),
        (f"localhost.attacker.example:{PORT}", False),
        (f"localhost:{PORT}.attacker.example", False),
        (f"127.0.0.1:{PORT}@attacker.example", False),
        (f"127.0.0.1.nip.io:{PORT}", False),
        (f"notlocalhost:{PORT}", False),
        (f"0.0.0.0:{PORT}", False),
        (f"bucket.s3.amazonaws.com:{PORT}", False),
        (f"0a1b2c3d.execute-api.attacker.example:{PORT}", False),
        (f"{URL_ID}.lambda-url.attacker.example:{PORT}", False),
        (f"{URL_ID}.lambda-url.us-east-1.on.aws.attacker.example:{PORT}", False),
    ],
)
def test_names_of_this_machine_lead_here_and_no_others(host: str, comes_in: bool) -> None:
    if comes_in:
        answer = asked("POST", host=host)
        assert answer.status_code == 200, answer.text
    else:
        answer = sent("POST", PATH, b"", {**signed("POST", PATH), "host": host})
        refused(answer, f"answers to 127.0.0.1:{PORT} and localhost:{PORT}")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://attacker.example"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "http://localhost:3000"},
        {"origin": f"https://{HERE}"},
        {"origin": f"http://{HERE}.attacker.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"origin": f"http://{HERE}", "sec-fetch-site": "cross-site"},
    ],
)
def test_no_page_of_another_origin_comes_in_whatever_it_knows(headers: dict[str, str]) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        refused(sent(method, PATH, b"", {**signed(method, PATH), **headers}), "pages of another origin")


def test_a_page_of_its_own_comes_in_but_hears_of_no_cors() -> None:
    own = {"origin": f"http://{HERE}", "sec-fetch-site": "same-origin"}
    answer = sent("POST", PATH, b"", {**signed("POST", PATH), **own})
    assert answer.status_code == 200
    assert answer.headers["x-mine"] == "1"
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "path",
    [
        "/_ministack/reset",
        "/%5fministack/reset",
        "/_ministack/config",
        "/_ministack/health",
        "/_ministack/ready",
        "/_ministack/ses/messages",
        "/_ministack/eks-auth/x",
        "/_ministack/rds/iam-auth",
        "/_localstack/health",
        "/_localstack/init",
        "/_aws/sqs/messages?QueueUrl=x",
        "/_alb/x",
        "/health",
        "/_",
        "/_local/other",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_control_planes_own_routes_are_no_part_of_the_cloud(method: str, path: str) -> None:
    refused(sent(method, path, b"", signed(method, path)), "not a path of AWS")
    refused(sent(method, path, b"", {"host": HERE}), "not a path of AWS")
    for host in NAMES_OF_APIS:
        refused(sent(method, path, b"", {"host": host}), "not a path of AWS")


@pytest.mark.parametrize("path", ["/_ministack/lambda-code/000000000000/us-east-1/orders", HEALTH])
@pytest.mark.parametrize("host", NAMES_OF_APIS)
def test_the_name_of_an_api_opens_nothing_else(host: str, path: str) -> None:
    refused(sent("GET", path, b"", {"host": host}), "not a path of AWS")


@pytest.mark.parametrize(
    ("host", "inner_path"),
    [
        (URL_HOST, f"/_aws/lambda-url/{URL_ID}"),
        (f"{URL_ID}.lambda-url.us-east-1.localhost:{PORT}", f"/_aws/lambda-url/{URL_ID}"),
        (f"0a1b2c3d.execute-api.localhost:{PORT}", "/_aws/execute-api/0a1b2c3d"),
    ],
)
@pytest.mark.parametrize("path", [PATH, "/v2/", "/2025-12-01/durable-executions/x", "/a%2Fb?c=d"])
def test_what_comes_to_an_api_by_its_name_goes_there_only(host: str, inner_path: str, path: str) -> None:
    seen: list[Request] = []

    async def noted(request: Request, send: Send) -> None:
        seen.append(request)
        await answer(send, (200, {}, await request.body(None)))

    reply = in_process.send(
        Entrance(noted, PORT), "POST", path, content=b"body", headers={"host": host.encode()}
    )
    assert (reply.status_code, reply.content) == (200, b"body")
    (request,) = seen
    assert request.raw_path == inner_path + path.partition("?")[0]
    assert request.path.startswith(f"{inner_path}/")
    assert request.headers["host"] == HERE


def test_code_is_given_out_to_the_root_alone() -> None:
    path = "/_ministack/lambda-code/000000000000/us-east-1/orders"
    assert sent("GET", path, b"", signed("GET", path)).status_code == 200
    refused(sent("GET", path, b"", {"host": HERE}), "Access Denied")
    session = {
        "Arn": "arn:aws:sts::000000000000:assumed-role/r/me",
        "SecretAccessKey": "s",
        "SessionToken": "t",
    }
    sts.register_session("ASIASESSION", session)
    refused(asked("GET", path, keys=Credentials("ASIASESSION", "s", "t")), "assumed-role/r/me may not read")


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The settings of a function URL."""
    found: dict[str, Any] = {"AuthType": "NONE"}
    resolved = ("000000000000", "us-east-1", "orders", None, found)
    monkeypatch.setattr(
        lambda_svc, "resolve_function_url", lambda url_id: resolved if url_id == URL_ID else None
    )
    return found


@pytest.mark.parametrize(
    ("host", "path"),
    [
        (URL_HOST, "/"),
        (f"{URL_ID}.lambda-url.us-east-1.localhost:{PORT}", "/orders"),
        (HERE, f"/_aws/lambda-url/{URL_ID}/orders"),
    ],
)
def test_a_function_url_is_open_as_its_own_settings_say(url: dict[str, Any], host: str, path: str) -> None:
    def asks(method: str = "POST", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return sent(method, path, b"", {"host": host, **named})

    assert asks().status_code == 200
    assert asks(authorization="Bearer of the function's own").status_code == 200
    refused(asks(origin="https://shop.example"), "CORS")
    refused(asks(sec_fetch_site="cross-site"), "CORS")
    assert asks("GET", sec_fetch_site="cross-site", sec_fetch_mode="navigate").status_code == 200
    refused(asks("GET", sec_fetch_site="cross-site", sec_fetch_mode="no-cors"), "CORS")
    url["Cors"] = {"AllowOrigins": ["https://shop.example"]}
    answer = asks(origin="https://shop.example", sec_fetch_site="cross-site")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    refused(asks(origin="https://attacker.example"), "CORS")
    date = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    forged = f"AWS4-HMAC-SHA256 {SCOPE}, {NAMES}, Signature=0"
    refused(asks(authorization=forged, x_amz_date=date), "signature")


def test_other_open_routes() -> None:
    for host, path in (
        (HERE, "/_aws/execute-api/0a1b2c3d/live/orders"),
        (f"0a1b2c3d.execute-api.localhost:{PORT}", "/live/orders"),
        (f"localhost:{PORT}", "/_ministack/cfn-response/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"),
    ):
        answer = sent("PUT", path, b"{}", {"host": host})
        assert answer.status_code == 200, answer.text
        assert not [name for name in answer.headers if name.startswith("access-control")]
        refused(
            sent("PUT", path, b"{}", {"host": host, "origin": "https://attacker.example"}), "another origin"
        )


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_only_a_put_answers_a_template(method: str) -> None:
    # With any other method, the control plane would look for a service in the headers.
    path = "/_ministack/cfn-response/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
    target = {"x-amz-target": "AWSCognitoIdentityService.GetCredentialsForIdentity"}
    assert sent(method, path, b"{}", {"host": HERE, **target}).status_code == 403


def test_a_signature_names_its_host_and_its_time() -> None:
    given = signed("POST", PATH, b"{}")
    assert sent("POST", PATH, b"{}", given).status_code == 200
    without = given["authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
    refused(sent("POST", PATH, b"{}", {**given, "authorization": without}), "must be a 'SignedHeader'")
    for date in (given["x-amz-date"][:8], given["x-amz-date"].removesuffix("Z"), "20200101"):
        refused(sent("POST", PATH, b"{}", {**given, "x-amz-date": date}), "ISO-8601", 403)


def test_a_query_client_is_refused_in_its_own_form() -> None:
    body = b"Action=ListRoles&Version=2010-05-08"
    answer = asked("POST", "/", body, keys=Credentials("test", "test"), service="iam")
    refused(answer, "<Code>SignatureDoesNotMatch</Code>")


def test_a_body_is_not_read_without_end_before_its_sender_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_cloud.gateway.signatures.MAX_UNHASHED_BYTES", 1000)
    answer = asked("POST", body=b"x" * 1001)
    assert answer.status_code == 413
    assert json.loads(answer.content)["message"]
