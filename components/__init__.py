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

from . import rules
from .alarm_topic import AlarmTopic, AlarmTopicArgs
from .args import Args
from .arns import InvalidArnError
from .cost import Prices, Workload, cost_hint, cost_of
from .durable_function import DurableFunction
from .errors import DurableFunctionsError, InvalidArgsError, PackagingError, Problem
from .execution_role import DurableExecutionRole, DurableExecutionRoleArgs, RoleStatement
from .function_args import DurableFunctionArgs, DurableFunctionOptions
from .function_grants import Grantee
from .grants import (
    CallbackGrant,
    CallbackGrantArgs,
    ExecutionGrant,
    ExecutionGrantArgs,
)
from .guard import ExecutionsInFlightError, register_guard
from .invoke_grant import InvokeGrant, InvokeGrantArgs
from .monitoring import DurableMonitoring, DurableMonitoringArgs
from .secret_grant import SecretGrant, SecretGrantArgs
from .triggers import (
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
