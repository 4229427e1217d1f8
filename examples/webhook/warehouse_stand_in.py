"""A warehouse for the local cloud: takes one job from the queue, packs the parcel, and calls the webhook."""

import json
import os
import subprocess
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx


def answer(endpoint: str, webhook_url: str, body: dict[str, Any]) -> httpx.Response:
    """Call the webhook.

    On AWS, the host name identifies the function; the local cloud serves all functions at one address, its endpoint.
    """
    return httpx.post(
        endpoint,
        json=body,
        headers={"host": urlsplit(webhook_url).netloc},
        timeout=60,
    )


def next_job(sqs: Any, queue_url: str, seconds: int = 60) -> dict[str, Any]:
    """Wait for a job, and take it from the queue.

    Raises:
        TimeoutError: there was none in time.
    """
    for _ in range(seconds):
        for message in sqs.receive_message(QueueUrl=queue_url, WaitTimeSeconds=1).get("Messages", []):
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
            job: dict[str, Any] = json.loads(message["Body"])
            return job
    raise TimeoutError("no job in the queue")


def main() -> None:
    """Pack one parcel."""
    completed = subprocess.run(
        ["pulumi", "stack", "output", "--json"],  # noqa: S607 - from PATH, as everywhere
        check=True,
        stdout=subprocess.PIPE,
    )
    outputs = json.loads(completed.stdout)
    job = next_job(boto3.client("sqs"), outputs["jobs"])
    print(f"warehouse  packs {job['order_id']}: 1200 g")
    packed = {"callback_id": job["callback_id"], "grams": 1200}
    answer(os.environ["AWS_ENDPOINT_URL"], outputs["webhook_url"], packed).raise_for_status()


if __name__ == "__main__":
    main()
