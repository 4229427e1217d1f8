"""Checks the signature of a request: Signature Version 4, in its headers or in a presigned URL.

The control plane checks the signatures of users and sessions when it authorizes a request, and accepts any signature
of the account's root. Here every signature is checked first, with the secret of its key: the cloud's own secret for
the root (`test`, or an account's id), and otherwise the one that was issued with the key.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from local_cloud.gateway import emulator
from local_cloud.gateway.asgi import Request
from local_cloud.gateway.emulator import iam_evaluator, responses, router, sigv4

ALGORITHM = "AWS4-HMAC-SHA256"
ACCOUNT_ID = re.compile(r"\d{12}")
DATE = re.compile(r"\d{8}T\d{6}Z")
HASH = re.compile(r"[0-9a-f]{64}")
MAX_UNHASHED_BYTES = 256 * 1024 * 1024
"""The limit for a body that must be read before its sender is known; an S3 client signs the body's hash instead."""
IN_THREAD_BYTES = 1024 * 1024
ADVICE = (
    ' The local cloud accepts its own secret only: run `eval "$(make env)"` in this shell, and remove '
    "aws:secretKey from the stack's configuration."
)

T = TypeVar("T")


class SignatureError(Exception):
    """Why a request is not authenticated, with AWS's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def check_readable(request: Request) -> None:
    """Refuse what a signature cannot be read from or checked on.

    Raises:
        SignatureError: the request has credentials twice, or a query that is not text.
    """
    if [name.lower() for name, _ in request.scope["headers"]].count(b"authorization") > 1:
        raise SignatureError("IncompleteSignature", "The request has two Authorization headers.")
    try:
        request.scope["query_string"].decode()
    except UnicodeDecodeError:
        raise SignatureError("IncompleteSignature", "The query string is not UTF-8.") from None


def names_a_key(request: Request) -> bool:
    """Whether it claims to be signed for AWS, rightly or not."""
    names = ("x-amz-algorithm", "x-amz-credential", "x-amz-signature", "awsaccesskeyid")
    authorization = request.headers.get("authorization", "")
    return authorization.startswith("AWS") or any(name.lower() in names for name in request.query)


async def check(request: Request) -> iam_evaluator.ResolvedCredential:
    """Return the credential that has signed the request.

    Raises:
        SignatureError: it is not signed, or the signature is wrong or too old.
        AwsError: the body is too large to be read before its sender is known.
    """
    if _is_version_2(request):
        return _check_version_2(request)
    signature, presigned = _parsed(request)
    _check_form(signature)
    key, token = signature.access_key_id, request.headers.get("x-amz-security-token", "")
    credential = _credential(key, request.query.get("X-Amz-Security-Token", [""])[0] if presigned else token)
    _check_time(request, signature, presigned)
    declared = request.headers.get("x-amz-content-sha256", "")
    unread = presigned and signature.service == "s3"
    chunked = declared.startswith("STREAMING-") and not unread
    if unread:
        _check_presigned_for_s3(request, signature)
    content = b""
    if chunked or not (declared or unread):
        # The signature covers the body, so the sender is not known before the body is read.
        content = await request.body(MAX_UNHASHED_BYTES)
    verify = partial(_failure, request, signature, credential.secret_access_key, content, presigned)
    if failure := await _off_the_loop(len(content), verify):
        advice = ADVICE if credential.principal_type == "Root" else ""
        raise SignatureError(failure[0], failure[1] + advice)
    if HASH.fullmatch(declared) and not unread:
        await _check_hash(await request.body(None), declared)
    return credential


def _parsed(request: Request) -> tuple[sigv4.HeaderSignature, bool]:
    authorization = request.headers.get("authorization", "")
    in_query = "X-Amz-Algorithm" in request.query
    if not (authorization or names_a_key(request)):
        raise SignatureError("MissingAuthenticationToken", "Missing Authentication Token")
    if authorization and in_query:
        raise SignatureError("IncompleteSignature", "The request is signed in its headers and in its query.")
    if not authorization.startswith(f"{ALGORITHM} ") and request.query.get("X-Amz-Algorithm") != [ALGORITHM]:
        raise SignatureError(
            "UnsupportedSignature", f"The local cloud accepts signatures of {ALGORITHM} only."
        )
    parse = sigv4.parse_header_signature if authorization else sigv4.parse_query_signature
    signature = parse(request.headers if authorization else request.query)
    if isinstance(signature, tuple):
        raise SignatureError(*signature)
    # The control plane reads the key by itself: it must be the one whose signature is checked here.
    if router.extract_access_key_id(request.headers, request.query) != signature.access_key_id:
        raise SignatureError("IncompleteSignature", "The request names more than one access key.")
    return signature, in_query


def _is_version_2(request: Request) -> bool:
    """Whether it is a URL of S3 that an SDK has presigned with Signature Version 2, its default in us-east-1."""
    old = {"AWSAccessKeyId", "Signature", "Expires"} <= request.query.keys()
    return old and "authorization" not in request.headers and "X-Amz-Algorithm" not in request.query


def _check_version_2(request: Request) -> iam_evaluator.ResolvedCredential:
    key = request.query["AWSAccessKeyId"][0]
    # This signature does not cover the service, so it must not be valid for another one.
    if request.service != "s3" or router.extract_access_key_id(request.headers, request.query) != key:
        raise SignatureError("UnsupportedSignature", "Signature Version 2 is for presigned URLs of S3.")
    bucket = emulator.bucket_of_host(request.headers.get("host", ""))
    signed = iam_evaluator.SignedRequest(
        key,
        request.method,
        request.raw_path,
        request.query,
        request.headers,
        sigv2=True,
        auth_path=f"/{bucket}{request.raw_path}" if bucket else request.raw_path,
    )
    credential = emulator.check_signature_version_2(signed, _account(key) or responses.get_account_id())
    if isinstance(credential, iam_evaluator.AuthError):
        raise SignatureError(credential.code, credential.message)
    return credential


def _check_presigned_for_s3(request: Request, signature: sigv4.HeaderSignature) -> None:
    """Refuse what a presigned URL was not made for: the body is not signed, so nothing but S3 may read it.

    The control plane finds the service in headers and in a form too. S3 itself demands that x-amz- headers are signed.
    """
    signed = signature.signed_headers.split(";")
    unsigned = sorted(
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in signed and name != "x-amz-content-sha256"
    )
    if unsigned:
        raise SignatureError(
            "AccessDenied",
            f"There were headers present in the request which were not signed: {', '.join(unsigned)}",
        )
    form = "form" in request.headers.get("content-type", "") and "content-type" not in signed
    if request.service != "s3" or form:
        raise SignatureError("UnsupportedSignature", "A URL that is presigned for S3 works for S3 only.")


def _account(key: str) -> str | None:
    """The account that a key belongs to; None for the cloud's own root."""
    try:
        account = emulator.account_of_session(key) or iam_evaluator.find_iam_access_key_account(key)
    except iam_evaluator.AmbiguousAccessKeyError:
        account = None
    return key if ACCOUNT_ID.fullmatch(key) else account


def _credential(key: str, token: str) -> iam_evaluator.ResolvedCredential:
    credential = iam_evaluator.resolve_credential(key, _account(key), token)
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        # As on AWS, a session's key without its token is unknown.
        unknown = credential.code == "InvalidToken" and not token
        code = "UnrecognizedClientException" if unknown else credential.code
        raise SignatureError(code, credential.message)
    return credential


def _check_form(signature: sigv4.HeaderSignature) -> None:
    """Refuse a signature for any host, or of a time that cannot be read, which would never expire."""
    if not DATE.fullmatch(signature.amz_date):
        raise SignatureError(
            "IncompleteSignature",
            f"Date must be in ISO-8601 'basic format'. Got '{signature.amz_date[:40]}'.",
        )
    if "host" not in signature.signed_headers.lower().split(";"):
        raise SignatureError(
            "InvalidSignatureException",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        )


def _check_time(request: Request, signature: sigv4.HeaderSignature, presigned: bool) -> None:
    skewed = sigv4.request_time_failure(signature)
    if presigned and skewed:
        expires = request.query.get("X-Amz-Expires", [""])[0]
        try:
            expired = sigv4.presigned_request_is_expired(signature.amz_date, int(expires or 0))
        except (ValueError, OverflowError):
            expired = True
        skewed = ("AccessDenied", "Request has expired") if expired else None
    if skewed:
        raise SignatureError(*skewed)


def _failure(
    request: Request, signature: sigv4.HeaderSignature, secret: str, body: bytes, presigned: bool
) -> tuple[str, str] | None:
    method, path, query, headers = request.method, request.raw_path, request.query, request.headers
    try:
        failure: tuple[str, str] | None = sigv4.header_signature_failure(
            signature, secret, method, path, query, headers, body, presigned=presigned
        )
    except (TypeError, ValueError):
        # It cannot be a signature, such as a chunk's that is not ASCII.
        return "SignatureDoesNotMatch", sigv4.SIGNATURE_MISMATCH
    return failure


async def _check_hash(body: bytes, declared: str) -> None:
    actual = await _off_the_loop(len(body), lambda: hashlib.sha256(body).hexdigest())
    if not hmac.compare_digest(actual, declared):
        raise SignatureError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )


async def _off_the_loop(size: int, call: Callable[[], T]) -> T:
    """Call it, in a thread if the body is large."""
    return call() if size < IN_THREAD_BYTES else await asyncio.to_thread(call)
