"""What the control plane's CloudFormation leaves out of a function: that it is durable."""

from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.functions import DEFAULT_RETENTION_DAYS

_TYPE = "AWS::Lambda::Function"


def install() -> None:
    """Make functions of templates with DurableConfig durable. The control plane has no public way to."""
    create = emulator.create_stack_function.value

    def create_durable(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, props, stack_name)
        if durable := props.get("DurableConfig"):
            emulator.functions.value[name]["config"]["DurableConfig"] = {
                "ExecutionTimeout": int(durable["ExecutionTimeout"]),
                "RetentionPeriodInDays": int(durable.get("RetentionPeriodInDays", DEFAULT_RETENTION_DAYS)),
            }
        return name, attributes

    # An update that replaces a function calls it by its name.
    emulator.create_stack_function.replace(create_durable)
    emulator.stack_resource_handlers.value[_TYPE]["create"] = create_durable
