"""What the control plane's CloudFormation leaves out of a function: that it is durable."""

from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners

from local_cloud.gateway.functions import DEFAULT_RETENTION_DAYS

_TYPE = "AWS::Lambda::Function"


def install() -> None:
    """Make functions of templates with DurableConfig durable. The control plane has no public way to."""
    create = provisioners._lambda_create

    def create_durable(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        name, attributes = create(logical_id, props, stack_name)
        if durable := props.get("DurableConfig"):
            lambda_svc._functions[name]["config"]["DurableConfig"] = {
                "ExecutionTimeout": int(durable["ExecutionTimeout"]),
                "RetentionPeriodInDays": int(durable.get("RetentionPeriodInDays", DEFAULT_RETENTION_DAYS)),
            }
        return name, attributes

    # An update that replaces a function calls it by its name.
    provisioners._lambda_create = create_durable
    provisioners._RESOURCE_HANDLERS[_TYPE]["create"] = create_durable
