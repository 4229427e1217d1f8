"""Pulumi components that deploy AWS Lambda durable functions.

from components import DurableFunction

orders = DurableFunction(
    "orders",
    {
        "code_path": "functions/orders",
        "runtime": "python3.13",
        "handler": "order_workflow.handler",
        "execution_timeout_seconds": 3600,
    },
)
pulumi.export("invoke", orders.alias_arn)
"""

from components import rules
from components.alarm_topic import AlarmTopic, AlarmTopicArgs
from components.args import Args
from components.arns import InvalidArnError
from components.cost import Prices, Workload, cost_hint, cost_of
from components.durable_function import DurableFunction
from components.errors import DurableFunctionsError, InvalidArgsError, PackagingError, Problem
from components.execution_role import DurableExecutionRole, DurableExecutionRoleArgs, RoleStatement
from components.function_args import DurableFunctionArgs, DurableFunctionOptions
from components.function_grants import Grantee
from components.grants import (
    CallbackGrant,
    CallbackGrantArgs,
    ExecutionGrant,
    ExecutionGrantArgs,
    InvokeGrant,
    InvokeGrantArgs,
)
from components.guard import ExecutionsInFlightError, register_guard
from components.monitoring import DurableMonitoring, DurableMonitoringArgs
from components.secret_grant import SecretGrant, SecretGrantArgs
from components.triggers import (
    BucketTrigger,
    BucketTriggerArgs,
    EventTrigger,
    EventTriggerArgs,
    QueueTrigger,
    QueueTriggerArgs,
    ScheduleTrigger,
    ScheduleTriggerArgs,
    StreamTrigger,
    StreamTriggerArgs,
    TopicTrigger,
    TopicTriggerArgs,
    UrlTrigger,
    UrlTriggerArgs,
)

__all__ = [
    "AlarmTopic",
    "AlarmTopicArgs",
    "Args",
    "BucketTrigger",
    "BucketTriggerArgs",
    "CallbackGrant",
    "CallbackGrantArgs",
    "DurableExecutionRole",
    "DurableExecutionRoleArgs",
    "DurableFunction",
    "DurableFunctionArgs",
    "DurableFunctionOptions",
    "DurableFunctionsError",
    "DurableMonitoring",
    "DurableMonitoringArgs",
    "EventTrigger",
    "EventTriggerArgs",
    "ExecutionGrant",
    "ExecutionGrantArgs",
    "ExecutionsInFlightError",
    "Grantee",
    "InvalidArgsError",
    "InvalidArnError",
    "InvokeGrant",
    "InvokeGrantArgs",
    "PackagingError",
    "Prices",
    "Problem",
    "QueueTrigger",
    "QueueTriggerArgs",
    "RoleStatement",
    "ScheduleTrigger",
    "ScheduleTriggerArgs",
    "SecretGrant",
    "SecretGrantArgs",
    "StreamTrigger",
    "StreamTriggerArgs",
    "TopicTrigger",
    "TopicTriggerArgs",
    "UrlTrigger",
    "UrlTriggerArgs",
    "Workload",
    "cost_hint",
    "cost_of",
    "register_guard",
    "rules",
]
