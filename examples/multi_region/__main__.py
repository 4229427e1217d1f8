"""A durable function in each region of a stage; each stage has its own account."""

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import AlarmTopic, DurableFunction, register_guard


class RegionalGreeter(pulumi.ComponentResource):
    """The resources of one region: a durable function, and the topic for its alarms.

    Children inherit their parent's provider, so nothing here has to name the region.
    """

    function: DurableFunction
    """The function."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("multi-region:index:RegionalGreeter", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic = AlarmTopic(f"{name}-alarms", {}, child)
        self.function = DurableFunction(
            name,
            {
                "execution_timeout_seconds": 300,
                "retention_days": 7,
                "runtime": "python3.13",
                "handler": "greeter.handler",
                "code_path": "handler",
                "alarm_actions": [topic.topic_arn],
            },
            child,
        )
        self.register_outputs({})


register_guard()
stage = pulumi.Config("aws")

for region in pulumi.Config().require_object("regions"):
    # An explicit provider does not read the stack's `aws:` configuration, so pass what is needed.
    provider = aws.Provider(
        region,
        region=region,
        profile=stage.get("profile"),
        allowed_account_ids=stage.require_object("allowedAccountIds"),
        default_tags={"tags": {"stage": pulumi.get_stack()}},
    )
    greeter = RegionalGreeter(f"greeter-{region}", pulumi.ResourceOptions(providers=[provider]))
    pulumi.export(f"greeter-{region}", greeter.function.outputs())
