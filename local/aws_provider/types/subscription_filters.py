"""CloudWatch Logs: subscription filters, which send what is logged to a function or a stream."""

from aws_provider.model import ALWAYS, ARN, Kind, ResourceType, call, prop

_INPUTS = (
    prop("name", aws="filterName", replace=ALWAYS),
    prop("logGroup", aws="logGroupName", required=True, replace=ALWAYS),
    prop("filterPattern", aws="filterPattern", required=True),
    prop("destinationArn", aws="destinationArn", required=True, pattern=ARN),
    prop("roleArn", aws="roleArn", sticky=True),
    prop("distribution", aws="distribution", default="ByLogStream"),
    # The emulator does not report these two.
    prop("applyOnTransformedLogs", Kind.FLAG, aws="applyOnTransformedLogs", default=False, kept=True),
    prop("emitSystemFields", Kind.SET, aws="emitSystemFields", kept=True),
)
# One call creates and updates.
_PUT = call("put_subscription_filter", sends=_INPUTS)
_NAMED = {"logGroupName": "logGroup", "filterName": "name"}

SUBSCRIPTION_FILTER = ResourceType(
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
    noun="subscription filter of a log group",
    service="logs",
    name="name",
    keys=("logGroup", "name"),
    id="{logGroup}|{name}",
    imports=r"(?P<logGroup>[^|]+)\|(?P<name>.+)",
    props=_INPUTS,
    create=_PUT,
    read=(
        call(
            "describe_subscription_filters",
            {"logGroupName": "logGroup", "filterNamePrefix": "name"},
            at=("subscriptionFilters",),
            match={"filterName": "name"},
        ),
    ),
    update=(_PUT,),
    delete=call("delete_subscription_filter", _NAMED),
)

ROWS = (SUBSCRIPTION_FILTER,)
