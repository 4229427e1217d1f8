"""Dead letters: the events of executions that were started asynchronously and did not succeed.

AWS does not retry such executions. It sends the event as it came to the queue or topic of the function
version, if the execution role allows it, with the reason in three message attributes.
"""

import logging
import os
from typing import Any

import boto3
from aws_durable_execution_sdk_python_testing.exceptions import ResourceNotFoundException
from aws_durable_execution_sdk_python_testing.execution import Execution, ExecutionStatus
from botocore.config import Config
from botocore.exceptions import ClientError

from local_cloud.gateway.changes import StatusChange
from local_cloud.gateway.invocations import Resolve
from local_cloud.gateway.permissions import role_refusal
from local_cloud.gateway.store import ExecutionTable

ERROR_MESSAGE_BYTES = 1024
# The HTTP status of an invocation whose function failed.
ERROR_CODE = "200"
SEND = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}

log = logging.getLogger(__name__)


class DeadLetters:
    """Sends dead letters. The store keeps which executions have a target, so that a restart loses none."""

    def __init__(self, store: ExecutionTable, resolve: Resolve, endpoint: str) -> None:
        self._store = store
        self._resolve = resolve
        self._endpoint = endpoint

    def listen(self, change: StatusChange) -> None:
        """Send the event of an execution that has ended."""
        if change.ended:
            self._settle(change.execution_arn)

    def recover(self) -> None:
        """Send the events of executions that ended just before the server did."""
        for arn in self._store.ended_with_dead_letter_target():
            self._settle(arn)

    def _settle(self, arn: str) -> None:
        """Send the event unless the execution succeeded. The target is deleted after that: a crash in between sends again."""
        target = self._store.dead_letter_target(arn)
        if target is None:
            return
        try:
            execution = self._store.load(arn)
            if execution.current_status() is not ExecutionStatus.SUCCEEDED:
                if reason := self._refusal(arn, target):
                    log.warning("the event of %s was not sent: %s", arn, reason)
                else:
                    self._send(target, execution)
        except ResourceNotFoundException:
            log.info("%s does not exist any more, so its event is not sent", arn)
        except ClientError as error:
            log.warning("the event of %s could not be sent to %s: %s", arn, target, error)
        self._store.delete_dead_letter_target(arn)

    def _refusal(self, arn: str, target: str) -> str | None:
        """Why the function's role may not send to the target; None if it may, or if the function does not exist any more."""
        function = self._resolve(arn.partition("/")[0], None)
        return None if function is None else role_refusal(function, SEND[target.split(":")[2]], target)

    def _send(self, target: str, execution: Execution) -> None:
        sender = execution.start_input.account_id
        body = execution.start_input.input or "null"
        error = execution.result.error if execution.result else None
        message = (error and error.message) or execution.current_status().value
        attributes = {
            "RequestID": {"DataType": "String", "StringValue": execution.start_input.invocation_id},
            "ErrorCode": {"DataType": "Number", "StringValue": ERROR_CODE},
            "ErrorMessage": {"DataType": "String", "StringValue": _first_bytes(message)},
        }
        _, _, service, region, account, name = target.split(":", 5)
        if service == "sns":
            self._client("sns", region, sender).publish(
                TopicArn=target, Message=body, MessageAttributes=attributes
            )
            return
        sqs = self._client("sqs", region, sender)
        url = sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=attributes)

    def _client(self, service: str, region: str, account: str) -> Any:
        """The client of an account, whose id is its root's access key."""
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=10),
        )


def _first_bytes(text: str) -> str:
    return text.encode()[:ERROR_MESSAGE_BYTES].decode(errors="ignore")
