"""Pulumi components that deploy AWS Lambda durable functions.

import pulumi
from pulumi_durable_functions import DurableFunction

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

from .checks import rules
from .checks.args import Args
from .checks.arns import InvalidArnError
from .checks.errors import DurableFunctionsError, InvalidArgsError, PackagingError, Problem
from .execution_role import DurableExecutionRole, DurableExecutionRoleArgs, RoleStatement
from .function.durable_function import DurableFunction
from .function.function_args import (
    DurableFunctionArgs,
    DurableFunctionOptions,
    StandardFunctionArgs,
)
from .function.function_grants import Grantee
from .function.standard_function import StandardFunction
from .grants.access_grant import AccessGrant, AccessGrantArgs
from .grants.callback_grant import CallbackGrant, CallbackGrantArgs
from .grants.execution_grant import ExecutionGrant, ExecutionGrantArgs
from .grants.invoke_grant import InvokeGrant, InvokeGrantArgs
from .grants.secret_grant import SecretGrant, SecretGrantArgs
from .guard import ExecutionsInFlightError, register_guard
from .monitoring.alarm_topic import AlarmTopic, AlarmTopicArgs
from .monitoring.cost import Prices, Workload, cost_hint, cost_of
from .monitoring.durable_monitoring import DurableMonitoring, DurableMonitoringArgs
from .monitoring.prices import public_prices
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
    "AccessGrant",
    "AccessGrantArgs",
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
    "StandardFunction",
    "StandardFunctionArgs",
    "StreamTrigger",
    "StreamTriggerArgs",
    "TopicTrigger",
    "TopicTriggerArgs",
    "UrlTrigger",
    "UrlTriggerArgs",
    "Workload",
    "cost_hint",
    "cost_of",
    "public_prices",
    "register_guard",
    "rules",
]
