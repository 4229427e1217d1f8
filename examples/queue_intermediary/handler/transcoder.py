"""The transcoding service, simulated here. In your own program, call your service and keep the signatures.

A job is done at the third poll, and the second poll fails. A video named *.txt fails.
"""

import hashlib
from typing import TypedDict


class Job(TypedDict):
    """A job of the service: its status is `RUNNING`, `DONE` or `FAILED`."""

    id: str
    video: str
    status: str
    stored_as: str


def submit(video: str) -> Job:
    """Start a job, or return the one that already runs for this video: its name is the idempotency key."""
    job_id = f"job-{hashlib.sha256(video.encode()).hexdigest()[:8]}"
    return {"id": job_id, "video": video, "status": "RUNNING", "stored_as": ""}


def look(job: Job, attempt: int) -> Job:
    """Return a job's current state.

    Raises:
        ConnectionError: the service does not answer.
    """
    if attempt == 2:
        raise ConnectionError("the transcoding service does not answer")
    if attempt < 3:
        return job
    if job["video"].endswith(".txt"):
        return {**job, "status": "FAILED"}
    return {**job, "status": "DONE", "stored_as": f"transcoded/{job['id']}.mp4"}
