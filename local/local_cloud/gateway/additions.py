"""What the control plane lacks: a managed policy, DurableConfig in CloudFormation templates, and lists of all versions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.functions import DEFAULT_RETENTION_DAYS

BASIC_DURABLE = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
ACTIONS = [
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
    *("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"),
]
PAGE = 50


def install() -> None:
    """Add them."""
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    description = "Provides permissions for durable functions to write logs and to checkpoint."
    policy = emulator.managed_policy(BASIC_DURABLE, document, description)
    emulator.managed_policies.value[policy["Arn"]] = policy
    create, latest = emulator.create_stack_function.value, emulator.list_functions.value

    def create_durable(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, props, stack_name)
        if durable := props.get("DurableConfig"):
            emulator.functions.value[name]["config"]["DurableConfig"] = {
                "ExecutionTimeout": int(durable["ExecutionTimeout"]),
                "RetentionPeriodInDays": int(durable.get("RetentionPeriodInDays", DEFAULT_RETENTION_DAYS)),
            }
        return name, attributes

    def list_functions(query: Mapping[str, list[str]]) -> Any:
        def first(parameter: str, default: str) -> str:
            return next(iter(query.get(parameter, [])), "") or default

        if first("FunctionVersion", "") != "ALL":
            return latest(query)
        configurations = list(_configurations())
        start = int(first("Marker", "0"))
        end = start + int(first("MaxItems", str(PAGE)))
        body: dict[str, Any] = {"Functions": configurations[start:end]}
        more = {"NextMarker": str(end)} if end < len(configurations) else {}
        return emulator.responses.json_response(body | more)

    # The table is for new functions; an update that replaces one looks the name up.
    emulator.create_stack_function.replace(create_durable)
    emulator.stack_resource_handlers.value["AWS::Lambda::Function"]["create"] = create_durable
    emulator.list_functions.replace(list_functions)


def _configurations() -> Iterator[dict[str, Any]]:
    """The configurations of all versions of all functions, $LATEST first."""
    for _, function in sorted(emulator.functions.value.items()):
        yield function["config"]
        for _, version in sorted(function["versions"].items(), key=lambda each: int(each[0])):
            yield version["config"]
