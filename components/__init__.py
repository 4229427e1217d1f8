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
from components.args import Args
from components.arns import InvalidArnError
from components.durable_function import DurableFunction, Grantee
from components.errors import DurableFunctionsError, InvalidArgsError, PackagingError, Problem
from components.execution_role import DurableExecutionRole, DurableExecutionRoleArgs
from components.function_args import DurableFunctionArgs, DurableFunctionOptions
from components.grants import (
    CallbackGrant,
    CallbackGrantArgs,
    ExecutionGrant,
    ExecutionGrantArgs,
    InvokeGrant,
    InvokeGrantArgs,
)

__all__ = [
    "Args",
    "CallbackGrant",
    "CallbackGrantArgs",
    "DurableExecutionRole",
    "DurableExecutionRoleArgs",
    "DurableFunction",
    "DurableFunctionArgs",
    "DurableFunctionOptions",
    "DurableFunctionsError",
    "ExecutionGrant",
    "ExecutionGrantArgs",
    "Grantee",
    "InvalidArgsError",
    "InvalidArnError",
    "InvokeGrant",
    "InvokeGrantArgs",
    "PackagingError",
    "Problem",
    "rules",
]
