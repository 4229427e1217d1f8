"""Retries failed executions with their own input, and redrives events from a dead letter queue."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import services
from .executions import IN_FLIGHT
from .selection import executions_of
from .service_errors import error_code
from .stack import CommandError, Function

FAILED = ("FAILED", "TIMED_OUT")
"""What --failed-since retries; executions that somebody has stopped are not among them."""
MAX_NAME_LENGTH = 64
_RETRY = re.compile(r"(.+)-retry-\d+")
MAX_MESSAGES = 10
"""The most that SQS returns at once."""
VISIBILITY_SECONDS = 120
"""How long a message is hidden from others while its execution is being started."""


def retries_of(function: Function, name: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the name of the next retry of an execution, and its retries so far."""
    match = _RETRY.fullmatch(name)
    base, number = match[1] if match else name, 1
    retries: list[dict[str, Any]] = []
    while True:
        suffix = f"-retry-{number}"
        candidate = f"{base[: MAX_NAME_LENGTH - len(suffix)]}{suffix}"
        existing = next(executions_of(function, DurableExecutionName=candidate), None)
        if existing is None:
            return candidate, retries
        retries.append(existing)
        number += 1


def retry(function: Function, arn: str, name: str) -> str:
    """Start an execution with the input of another one, by the function's alias, and return its ARN.

    Raises:
        CommandError: the input is not available, or no execution has started.
    """
    client = function.client()
    past = client.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=True)
    payload = past.get("InputPayload")
    if payload is None:
        raise CommandError(f"{arn.split('/')[-2]} cannot be retried: Lambda does not return its input")
    return _start(client, function, name, payload)


def failed_since(function: Function, since: datetime) -> Iterator[tuple[dict[str, Any], str | None, str]]:
    """Yield failed executions, newest first, each with why it is skipped (None if it is not) and its retry's name."""
    for execution in executions_of(function, Statuses=list(FAILED), StartedAfter=since):
        name = str(execution["DurableExecutionName"])
        candidate, retries = retries_of(function, name)
        successes = [attempt for attempt in retries if attempt["Status"] in {*IN_FLIGHT, "SUCCEEDED"}]
        if successes:
            yield (
                execution,
                f"{successes[-1]['DurableExecutionName']} is {successes[-1]['Status']}",
                candidate,
            )
        elif _RETRY.fullmatch(name) or retries:
            yield execution, "its retry has failed too; to retry it once more, name it", candidate
        else:
            yield execution, None, candidate


@dataclass(frozen=True)
class DeadLetters:
    """The queue to which the events of failed executions go."""

    client: Any
    """For SQS, in the queue's region."""
    url: str
    name: str

    @property
    def waiting(self) -> tuple[int, int]:
        """About how many messages are visible, and how many more somebody has received but not deleted yet."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = (
            self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names).get("Attributes") or {}
        )
        return int(attributes.get(names[0], 0)), int(attributes.get(names[1], 0))

    def messages(self, before: datetime, limit: int) -> Iterator[dict[str, Any]]:
        """Yield each message that was sent before a time, once: an event that fails again comes back as a new one."""
        seen: set[str] = set()
        while len(seen) < limit:
            answer = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=min(MAX_MESSAGES, limit - len(seen)),
                VisibilityTimeout=VISIBILITY_SECONDS,
                WaitTimeSeconds=1,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            received = answer.get("Messages") or []
            fresh = [message for message in received if message["MessageId"] not in seen]
            for message in received:
                if message["MessageId"] in seen:
                    self.leave(message)  # received a second time, and hidden by that
            if not fresh:
                return
            for message in fresh:
                seen.add(message["MessageId"])
                sent = int((message.get("Attributes") or {}).get("SentTimestamp", 0)) / 1000
                if sent < before.timestamp():
                    yield message
                else:
                    self.leave(message)

    def leave(self, message: dict[str, Any]) -> None:
        """Make a message visible to others again."""
        self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )

    def delete(self, message: dict[str, Any]) -> None:
        """Delete a message from the queue."""
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])


def dead_letters_of(function: Function) -> DeadLetters:
    """Return the dead letter queue of the version on which new executions of a function run.

    Raises:
        CommandError: it has none, or a topic, which stores nothing.
    """
    config = function.client().get_function_configuration(
        FunctionName=function.name, Qualifier=function.alias
    )
    target = (config.get("DeadLetterConfig") or {}).get("TargetArn")
    if not target:
        raise CommandError(
            f"{function.title} has no dead letter queue; dead_letter_queue=True of DurableFunction creates one"
        )
    parts = str(target).split(":")
    if len(parts) != 6 or parts[2] != "sqs":
        raise CommandError(
            f"{function.title} sends its dead letters to {target}, which is not a queue: nothing is stored there"
        )
    client = services.client("sqs", region_name=parts[3])
    try:
        url = client.get_queue_url(QueueName=parts[5], QueueOwnerAWSAccountId=parts[4])["QueueUrl"]
    except Exception as error:
        if "NonExistentQueue" in error_code(error) or error_code(error) == "QueueDoesNotExist":
            raise CommandError(
                f"the dead letter queue {parts[5]} of {function.title} does not exist any more; pulumi up --refresh creates it again"
            ) from None
        raise
    return DeadLetters(client, str(url), parts[5])


def redrive(function: Function, message: dict[str, Any]) -> str:
    """Start an execution with the event in a message, and return its ARN.

    It is named after the message: one that is received a second time starts nothing more.

    Raises:
        CommandError: the message is not JSON, or no execution has started.
    """
    try:
        json.loads(message["Body"])
    except (ValueError, RecursionError):
        raise CommandError("its body is not JSON") from None
    return _start(
        function.client(), function, f"redrive-{message['MessageId']}"[:MAX_NAME_LENGTH], message["Body"]
    )


def _start(client: Any, function: Function, name: str, payload: str) -> str:
    arn = client.invoke(
        FunctionName=f"{function.arn}:{function.alias}",
        InvocationType="Event",
        DurableExecutionName=name,
        Payload=payload,
    ).get("DurableExecutionArn")
    if arn is None:
        raise CommandError(
            f"no execution of {function.title} has started; durable doctor {function.title} shows why"
        )
    return str(arn)
