"""An order that three durable functions fulfil together: if one of them cannot continue, the others are undone."""

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import DurableFunction, DurableFunctionOptions, register_guard

register_guard()

# What stock and payment have booked. A real shop's services keep their own books.
ledger = aws.dynamodb.Table(
    "ledger",
    billing_mode="PAY_PER_REQUEST",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
)
options: DurableFunctionOptions = {
    "retention_days": 30,
    "runtime": "python3.13",
    "code_path": "handler",
}
books: DurableFunctionOptions = {
    **options,
    "environment": {"LEDGER_TABLE": ledger.name},
    "role_statements": [
        {
            "actions": ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"],
            "resources": [ledger.arn],
        }
    ],
}

stock = DurableFunction("stock", {**books, "handler": "stock.handler", "execution_timeout_seconds": 900})
payment = DurableFunction(
    "payment", {**books, "handler": "payment.handler", "execution_timeout_seconds": 900}
)
order = DurableFunction(
    "order",
    {
        **options,
        "handler": "order.handler",
        "execution_timeout_seconds": 86_400,
        "environment": {"STOCK_FUNCTION": stock.alias_arn, "PAYMENT_FUNCTION": payment.alias_arn},
    },
)
stock.grant_invoke("order", order)
payment.grant_invoke("order", order)

for name, function in {"order": order, "stock": stock, "payment": payment}.items():
    pulumi.export(name, function.outputs())
pulumi.export("ledger", ledger.name)
