"""The webhook: completes the callback that a request names. It may do nothing else, and keeps nothing."""

import base64
import json
from typing import Any

import boto3

client = boto3.client("lambda")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a request to the function's URL: 200, 400 for one that is no answer, or 410 for one that comes too late."""
    body = event.get("body") or ""
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body).decode()
        answer = json.loads(body)
        callback_id, grams = str(answer["callback_id"]), int(answer["grams"])
    except (ValueError, KeyError, TypeError):
        return {"statusCode": 400, "body": "callback_id and grams are needed, as JSON"}
    try:
        client.send_durable_execution_callback_success(
            CallbackId=callback_id, Result=json.dumps({"grams": grams})
        )
    except (client.exceptions.CallbackTimeoutException, client.exceptions.ResourceNotFoundException):
        return {"statusCode": 410, "body": "this has been answered already, or nobody waits for it"}
    return {"statusCode": 200, "body": ""}
