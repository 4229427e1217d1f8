"""The webhook: handles the press of a button, which the chat has signed, and completes the callback in it.

This is a standard function, not a durable one: it runs for a few milliseconds and stores nothing.
"""

import base64
import hashlib
import hmac
import json
import logging
import os
import time
from typing import Any
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import boto3

MAX_AGE_SECONDS = 300
"""The greatest age of a request, so that a recorded request cannot be sent again later."""
REPLY_SECONDS = 5

LOG = logging.getLogger()

client = boto3.client("lambda")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Respond to a request to the function's URL with 200 or 401; the person gets a reply at the message's own URL."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        # What is not UTF-8 is not what the chat has signed.
        body = base64.b64decode(body).decode(errors="replace")
    if not is_signed(event["headers"], body):
        return {"statusCode": 401, "body": "the signature is wrong or too old"}

    press = json.loads(parse_qs(body)["payload"][0])
    (action,) = press["actions"]
    answer = {"approved": action["action_id"] == "approve", "by": press["user"]["username"]}
    try:
        client.send_durable_execution_callback_success(CallbackId=action["value"], Result=json.dumps(answer))
        text = f"{'Approved' if answer['approved'] else 'Rejected'} by {answer['by']}."
    except (client.exceptions.CallbackTimeoutException, client.exceptions.ResourceNotFoundException):
        text = "This has been answered already, or has not been answered in time."
    reply(press["response_url"], text)
    return {"statusCode": 200, "body": ""}


def is_signed(headers: dict[str, str], body: str) -> bool:
    """Tell whether the chat has signed the request within the last minutes."""
    sent, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > MAX_AGE_SECONDS:
        return False
    return hmac.compare_digest(signature_of(sent, body).encode(), signature.encode())


def signature_of(sent: str, body: str) -> str:
    """Return the signature of a body that was sent at a time, in seconds since 1970."""
    key, signed = os.environ["SIGNING_SECRET"].encode(), f"v0:{sent}:{body}".encode()
    return f"v0={hmac.new(key, signed, hashlib.sha256).hexdigest()}"


def reply(url: str, text: str) -> None:
    """Replace the message with the buttons by a text. The answer counts whether this succeeds or not."""
    body = json.dumps({"replace_original": True, "text": text}).encode()
    request = Request(url, data=body, headers={"content-type": "application/json"})  # noqa: S310 - signed by the chat
    try:
        with urlopen(request, timeout=REPLY_SECONDS):  # noqa: S310
            pass
    except OSError as error:
        LOG.error("the chat does not accept the reply: %s", error)
