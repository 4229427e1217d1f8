"""Transcodes a video, which may take hours: starts a job, and polls until it is done."""

import os
from collections.abc import Callable
from typing import TypedDict

from aws_durable_execution_sdk_python import DurableContext, StepContext, durable_execution, durable_step
from aws_durable_execution_sdk_python.config import Duration, JitterStrategy, StepConfig
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy
from aws_durable_execution_sdk_python.types import WaitForConditionCheckContext
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitForConditionDecision,
    WaitStrategyConfig,
    create_wait_strategy,
)

import transcoder

MAX_POLLS = 100
RETRY = StepConfig(
    create_retry_strategy(
        RetryStrategyConfig(5, initial_delay=Duration.from_seconds(1), retryable_error_types=[OSError])
    )
)


class Upload(TypedDict):
    """A message of the queue."""

    video: str


class TranscodingError(Exception):
    """The video cannot be transcoded."""


@durable_execution
def handler(event: Upload, context: DurableContext) -> dict[str, str]:
    """Return where the transcoded video is.

    Raises:
        TranscodingError: the job has failed.
        WaitForConditionError: the job is still running after the last poll.
    """
    # The intermediary starts one execution for each message; but the same video may be sent in two messages.
    job = context.step(submit(event["video"]), config=RETRY)
    job = context.wait_for_condition(look, WaitForConditionConfig(polling(), job), name="transcoding")
    if job["status"] == "FAILED":
        raise TranscodingError(f"{job['id']} for {job['video']} has failed")
    return {"video": job["video"], "stored_as": job["stored_as"]}


@durable_step
def submit(step: StepContext, video: str) -> transcoder.Job:
    """Start the job."""
    job = transcoder.submit(video)
    step.logger.info("%s for %s", job["id"], video)
    return job


def look(job: transcoder.Job, context: WaitForConditionCheckContext) -> transcoder.Job:
    """Return the job's current state. Nothing runs between two polls."""
    try:
        return transcoder.look(job, context.attempt)
    except OSError as error:
        # An exception would end the polling; the next poll may succeed.
        context.logger.warning("%s: %s", job["id"], error)
        return job


def polling() -> Callable[[transcoder.Job, int], WaitForConditionDecision]:
    """Return when to poll again: with growing delays, up to ten times the first one."""
    first = int(os.environ["POLL_SECONDS"])
    return create_wait_strategy(
        WaitStrategyConfig(
            should_continue_polling=lambda job: job["status"] == "RUNNING",
            max_attempts=MAX_POLLS,
            initial_delay=Duration.from_seconds(first),
            max_delay=Duration.from_seconds(10 * first),
            jitter_strategy=JitterStrategy.NONE,
        )
    )
