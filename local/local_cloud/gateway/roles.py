"""Roles that services are given, and whether each service may assume its role for its own resource.

Where a message of the service's is not published, its code is the service's and the message this cloud's own.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.aws_errors import AwsError, invalid_parameter
from local_cloud.gateway.lambda_actions import function_arn
from local_cloud.gateway.permissions import may_assume

ROLE = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.+")
Members = Mapping[str, Any]


@dataclass(frozen=True)
class Passed:
    """A role that a service is given for one of its resources."""

    role_arn: str
    service: str
    source_arn: str
    """The resource for which the service assumes the role."""
    untrusted: AwsError

    def check(self, account: str) -> None:
        """Refuse a role of another account than the caller's, and one that the service may not assume.

        Raises:
            AwsError: it is one. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
        """
        if not emulator.authorizes.value:
            return
        if self.role_arn.split(":")[4] != account:
            raise AwsError(403, "AccessDeniedException", "Cross-account pass role is not allowed.")
        if not may_assume(self.service, self.role_arn, self.source_arn):
            raise self.untrusted


def of_function(name: object, role: object, account: str, region: str) -> Iterator[Passed]:
    """The execution role of a function."""
    if not isinstance(name, str):
        return
    source = function_arn(name, None, account, region)
    message = "The role defined for the function cannot be assumed by Lambda."
    yield from _passed(role, "lambda", source, invalid_parameter(message))


def of_schedule(members: Members, account: str, region: str) -> Iterator[Passed]:
    """The role of a schedule's target, by the schedule's members."""
    target, group = members.get("Target"), members.get("GroupName") or "default"
    role = target.get("RoleArn") if isinstance(target, Mapping) else None
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    source = f"arn:aws:scheduler:{region}:{account}:schedule-group/{group}"
    message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    yield from _passed(role, "scheduler", source, AwsError(400, "ValidationException", message))


def of_rule(members: Members, name: object, account: str, region: str) -> Iterator[Passed]:
    """The roles of a rule and of its targets, by the members of either."""
    bus = str(members.get("EventBusName") or "default").rpartition("/")[2]
    source = f"arn:aws:events:{region}:{account}:rule/{'' if bus == 'default' else f'{bus}/'}{name}"
    targets = members.get("Targets")
    for owner in (members, *(targets if isinstance(targets, list) else ())):
        role = owner.get("RoleArn") if isinstance(owner, Mapping) else None
        message = f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
        yield from _passed(role, "events", source, AwsError(400, "ValidationException", message))


def of_pipe(name: object, role: object, account: str, region: str) -> Iterator[Passed]:
    """The role of a pipe."""
    source = f"arn:aws:pipes:{region}:{account}:pipe/{name}"
    message = f"The role {role} cannot be assumed by pipes.amazonaws.com."
    yield from _passed(role, "pipes", source, AwsError(400, "ValidationException", message))


def of_stack(name: object, role: object, account: str, region: str) -> Iterator[Passed]:
    """The role with which CloudFormation makes a stack."""
    source = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/*"
    message = f"Role {role} is invalid or cannot be assumed"
    yield from _passed(role, "cloudformation", source, AwsError(400, "ValidationError", message))


def _passed(role: object, service: str, source_arn: str, untrusted: AwsError) -> Iterator[Passed]:
    # None is given, or it is the control plane's to refuse.
    if isinstance(role, str) and ROLE.fullmatch(role):
        yield Passed(role, f"{service}.amazonaws.com", source_arn, untrusted)
