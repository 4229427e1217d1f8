"""The dead letter target, which gets the events of failed asynchronous executions and invocations."""

import pulumi
import pulumi_aws as aws

from .. import iam
from ..execution_role import ExecutionRole
from ..grants.grantee import policy_of
from ..guard import hooks_below, the_guard
from ..monitoring.alarms import make_alarms
from .checked_function import CheckedFunction

RETENTION_SECONDS = 14 * 86_400
"""The longest time that SQS keeps a message."""


def make_dead_letters(
    parent: pulumi.Resource, name: str, checked: CheckedFunction, role: ExecutionRole
) -> tuple[pulumi.Output[str] | None, list[pulumi.Resource]]:
    """Make the queue, unless the author passes a target, and the permission to send to it.

    Returns:
        The target's ARN, or None if there is none; and what must be made before the function, because Lambda refuses a
        target that the role may not send to.
    """
    if checked.dead_letter_queue:
        queue = aws.sqs.Queue(
            f"{name}-dead-letters",
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            tags=checked.tags,
            opts=pulumi.ResourceOptions(parent=parent, hooks=hooks_below(parent)),
        )
        the_guard().declare(queue)
        arn = queue.arn
        if checked.dead_letters_alarm is not None:
            make_alarms(
                parent,
                name,
                [checked.dead_letters_alarm],
                {"QueueName": queue.name},
                actions=checked.alarm_actions,
                tags=checked.tags,
            )
    elif checked.dead_letter_arn is not None:
        arn = pulumi.Output.from_input(checked.dead_letter_arn)
    else:
        return None, []
    if checked.execution_policy == "none":
        return arn, []
    return arn, [role.put_policy(parent, f"{name}-dead-letters", policy_of(iam.send_document, arn))]
