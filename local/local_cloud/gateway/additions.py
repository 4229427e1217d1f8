"""What the control plane lacks: a managed policy, parts of functions in templates, versions, positions, patches."""

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.functions import DEFAULT_RETENTION_DAYS
from local_cloud.gateway.patches import patched

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
    handlers = emulator.stack_resource_handlers.value["AWS::Lambda::Function"]
    update = handlers["update"]
    create, latest = emulator.create_stack_function.value, emulator.list_functions.value

    def create_durable(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, _with_texts(props), stack_name)
        configuration = emulator.functions.value[name]["config"]
        configuration["LoggingConfig"] = _filled(name, props.get("LoggingConfig") or {})
        if durable := props.get("DurableConfig"):
            configuration["DurableConfig"] = {
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

    def update_durable(
        physical_id: str,
        old: dict[str, Any],
        new: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        logging = {"LoggingConfig": _filled(physical_id, new.get("LoggingConfig") or {})}
        return update(physical_id, _with_texts(old), _with_texts(new) | logging, stack_name, logical_id)

    # The table is for new functions; an update that replaces one looks the name up.
    emulator.create_stack_function.replace(create_durable)
    handlers["create"], handlers["update"] = create_durable, update_durable
    emulator.list_functions.replace(list_functions)
    make_mapping = emulator.create_mapping.value

    def create_mapping(data: dict[str, Any]) -> Any:
        answer = make_mapping(data)
        moment = data.get("StartingPositionTimestamp")
        if answer[0] >= HTTPStatus.BAD_REQUEST or moment is None:
            return answer
        made = json.loads(answer[2])
        _start_at(made["UUID"], data["EventSourceArn"], float(moment))
        return emulator.responses.json_response(made | {"StartingPositionTimestamp": moment}, answer[0])

    emulator.create_mapping.replace(create_mapping)
    emulator.apply_patch.replace(patched)


def _start_at(mapping_id: str, stream_arn: str, moment: float) -> None:
    """Let a mapping begin with the first record of each shard that is not older than a time (`AT_TIMESTAMP`)."""
    emulator.mappings.value[mapping_id]["StartingPositionTimestamp"] = moment
    _, _, _, region, account, resource = stream_arn.split(":", 5)
    stream = emulator.streams.value.get_scoped(account, region, resource.split("/")[1])
    emulator.stream_positions.value[mapping_id] = {
        shard_id: sum(record["ApproximateArrivalTimestamp"] < moment for record in shard["records"])
        for shard_id, shard in stream["shards"].items()
    }


def _with_texts(props: dict[str, Any]) -> dict[str, Any]:
    """The properties with environment variables as CloudFormation passes them on: numbers and booleans are texts."""
    variables = (props.get("Environment") or {}).get("Variables") or {}
    texts = {name: _text(value) for name, value in variables.items()}
    return props | ({"Environment": {"Variables": texts}} if texts else {})


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _filled(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The logging configuration with Lambda's defaults for what is not given."""
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"}
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    return defaults | (levels if given.get("LogFormat") == "JSON" else {}) | given


def _configurations() -> Iterator[dict[str, Any]]:
    """The configurations of all versions of all functions, $LATEST first."""
    for _, function in sorted(emulator.functions.value.items()):
        yield function["config"]
        for _, version in sorted(function["versions"].items(), key=lambda each: int(each[0])):
            yield version["config"]
