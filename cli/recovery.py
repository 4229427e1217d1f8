"""Recovers resources that a killed deployment has created and that are missing from the stack's state.

The engine records what it is about to create, and the outcome afterwards. If it dies in between, the resource may exist
or not; the next deployment would create a second one, since each gets a name of its own.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from . import services
from .service_errors import error_code
from .stack import CommandError, export_state, run_pulumi

Inputs = dict[str, Any]
_MISSING = re.compile(r"NotFound|NoSuch|NonExistent|DoesNotExist")


@dataclass(frozen=True)
class PendingCreation:
    """A resource that was being created when the engine died."""

    urn: str
    existing_id: str | None
    """Its ID in the provider's format; None if it was not created, or if creating it again overwrites it."""

    @property
    def title(self) -> str:
        """Its type and name."""
        kind, name = self.urn.split("::")[-2:]
        return f"{kind.split('$')[-1]} {name}"


def _alarm(inputs: Inputs) -> str | None:
    alarms = services.client("cloudwatch").describe_alarms(AlarmNames=[inputs["name"]])["MetricAlarms"]
    return str(inputs["name"]) if alarms else None


def _alias(inputs: Inputs) -> str | None:
    function, name = inputs["functionName"].split(":")[-1], inputs["name"]
    return str(services.client("lambda").get_alias(FunctionName=function, Name=name)["AliasArn"])


def _function(inputs: Inputs) -> str | None:
    services.client("lambda").get_function_configuration(FunctionName=inputs["name"])
    return str(inputs["name"])


def _log_group(inputs: Inputs) -> str | None:
    groups = services.client("logs").describe_log_groups(logGroupNamePrefix=inputs["name"])["logGroups"]
    return next(
        (str(group["logGroupName"]) for group in groups if group["logGroupName"] == inputs["name"]), None
    )


def _mapping(inputs: Inputs) -> str | None:
    response = services.client("lambda").list_event_source_mappings(
        FunctionName=inputs["functionName"], EventSourceArn=inputs["eventSourceArn"]
    )
    return next((str(mapping["UUID"]) for mapping in response["EventSourceMappings"]), None)


def _permission(inputs: Inputs) -> str | None:
    qualifier = {"Qualifier": inputs["qualifier"]} if inputs.get("qualifier") else {}
    policy = services.client("lambda").get_policy(FunctionName=inputs["function"], **qualifier)["Policy"]
    statements = (str(statement["Sid"]) for statement in json.loads(policy)["Statement"])
    return next((sid for sid in statements if sid == inputs["statementId"]), None)


def _queue(inputs: Inputs) -> str | None:
    return str(services.client("sqs").get_queue_url(QueueName=inputs["name"])["QueueUrl"])


def _role(inputs: Inputs) -> str | None:
    return str(services.client("iam").get_role(RoleName=inputs["name"])["Role"]["RoleName"])


def _role_policy(inputs: Inputs) -> str | None:
    role, name = inputs["role"], inputs["name"]
    services.client("iam").get_role_policy(RoleName=role, PolicyName=name)
    return f"{role}:{name}"


def _rule(inputs: Inputs) -> str | None:
    return str(services.client("events").describe_rule(Name=inputs["name"])["Name"])


def _schedule(inputs: Inputs) -> str | None:
    group = inputs.get("groupName", "default")
    services.client("scheduler").get_schedule(Name=inputs["name"], GroupName=group)
    return f"{group}/{inputs['name']}"


def _topic(inputs: Inputs) -> str | None:
    pages = services.client("sns").get_paginator("list_topics").paginate()
    arns = (str(topic["TopicArn"]) for page in pages for topic in page["Topics"])
    return next((arn for arn in arns if arn.endswith(f":{inputs['name']}")), None)


FINDERS: dict[str, Callable[[Inputs], str | None]] = {
    "aws:cloudwatch/eventRule:EventRule": _rule,
    "aws:cloudwatch/logGroup:LogGroup": _log_group,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:iam/role:Role": _role,
    "aws:iam/rolePolicy:RolePolicy": _role_policy,
    "aws:lambda/alias:Alias": _alias,
    "aws:lambda/eventSourceMapping:EventSourceMapping": _mapping,
    "aws:lambda/function:Function": _function,
    "aws:lambda/permission:Permission": _permission,
    "aws:scheduler/schedule:Schedule": _schedule,
    "aws:sns/topic:Topic": _topic,
    "aws:sqs/queue:Queue": _queue,
}
"""How to look up resources that have a name of their own; creating any other again overwrites it."""


def pending_creations(stack: str | None) -> list[PendingCreation]:
    """Return what a killed deployment was creating, and whether it exists.

    Raises:
        CommandError: there is no such stack.
    """
    pending = export_state(stack)["deployment"].get("pending_operations") or []
    return [
        PendingCreation(operation["resource"]["urn"], _existing_id(operation["resource"]))
        for operation in pending
        if operation["type"] == "creating"
    ]


def resolve_pending(stack: str | None, creations: list[PendingCreation]) -> None:
    """Add resources that exist to the stack's state, and forget those that do not.

    Raises:
        CommandError: another deployment is running, or the engine fails.
    """
    ids = {creation.urn: creation.existing_id for creation in creations if creation.existing_id}
    state = export_state(stack)
    deployment = state["deployment"]
    for operation in deployment.pop("pending_operations", []):
        resource = operation["resource"]
        if operation["type"] == "creating" and resource["urn"] in ids:
            deployment["resources"].append(
                {**resource, "id": ids[resource["urn"]], "outputs": resource["inputs"]}
            )
    try:
        # The engine's own way to import pending creations (refresh --import-pending-creates) loses them.
        run_pulumi(stack, "stack", "import", stdin=json.dumps(state))
        run_pulumi(stack, "refresh", "--yes", "--skip-preview")
    except CommandError as error:
        if "locked" in str(error):
            raise CommandError(
                f"{error}\nIf no deployment is running any more, run pulumi cancel, and then this command again."
            ) from None
        raise


def _existing_id(resource: dict[str, Any]) -> str | None:
    finder, inputs = FINDERS.get(resource["type"]), resource["inputs"]
    # A name that the provider was to generate from a prefix is not known.
    if finder is None or any(
        f"{name}Prefix" in inputs and name not in inputs for name in ("name", "statementId")
    ):
        return None
    try:
        return finder(inputs)
    except ClientError as error:
        if _MISSING.search(error_code(error)):
            return None
        raise
