"""IAM policy documents, as pure functions that return dicts.

The ARNs carry their own partition, so the same functions serve `aws`, `aws-cn` and `aws-us-gov`.
"""

from typing import Any

from components.arns import FunctionArn

Statement = dict[str, Any]
Document = dict[str, Any]

CALLBACK_ACTIONS = (
    "lambda:SendDurableExecutionCallbackFailure",
    "lambda:SendDurableExecutionCallbackHeartbeat",
    "lambda:SendDurableExecutionCallbackSuccess",
)
"""What completes, fails or keeps alive a callback that an execution waits for."""

_READ = ("lambda:GetDurableExecution", "lambda:GetDurableExecutionHistory")
EXECUTION_ACTIONS = {
    "read": _READ,
    "operate": (*_READ, "lambda:StopDurableExecution"),
    "pause": ("lambda:PauseDurableExecution", "lambda:ResumeDurableExecution"),
}
"""What each access to a function's executions allows on one of them."""

EXECUTION_POLICY = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
"""AWS's managed policy: write logs, checkpoint executions and read their state, on all resources."""
VPC_POLICY = "service-role/AWSLambdaVPCAccessExecutionRole"
"""AWS's managed policy for network interfaces in a VPC, and for logs on all resources."""
TRACING_POLICY = "AWSXRayDaemonWriteAccess"
"""AWS's managed policy for sending traces to X-Ray."""


def document(*statements: Statement) -> Document:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def lambda_trust_policy() -> Document:
    """Return the trust policy of an execution role: the Lambda service may assume it."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )


def managed_policy_arn(policy: str, partition: str) -> str:
    """Return the ARN of one of AWS's managed policies in a partition."""
    return f"arn:{partition}:iam::aws:policy/{policy}"


def execution_document(function_arn: str, log_group_arn: str) -> Document:
    """Return what a durable function needs to run, on its own executions and its own log group alone."""
    arn = FunctionArn.parse(function_arn)
    return document(
        {
            "Effect": "Allow",
            "Action": ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
            "Resource": f"{arn.unqualified}:*",
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"{log_group_arn}:*",
        },
    )


def vpc_document() -> Document:
    """Return what Lambda asks of a function's role in a VPC; EC2 scopes none of it to a resource."""
    return document(
        {
            "Effect": "Allow",
            "Action": [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "Resource": "*",
        }
    )


def invoke_document(qualified_arn: str, *, all_versions: bool = False) -> Document:
    """Return the right to invoke one alias or version, or every one of the function.

    `lambda:InvokeFunction` is authorized on the qualified ARN as it is requested, and a durable function
    takes no other: the bare ARN is never granted.

    Raises:
        InvalidArnError: the ARN is not a qualified function ARN.
    """
    arn = FunctionArn.parse_qualified(qualified_arn)
    return document(
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": f"{arn.unqualified}:*" if all_versions else qualified_arn,
        }
    )


def callback_document(function_arn: str) -> Document:
    """Return the right to complete the callbacks of one function's executions.

    The actions are authorized on the execution's ARN, `<function ARN>:<version>/durable-execution/...`, in
    which no alias ever appears: so a qualifier in `function_arn` is left out of the policy.

    Raises:
        InvalidArnError: the ARN is not a function ARN.
    """
    arn = FunctionArn.parse(function_arn)
    return document({"Effect": "Allow", "Action": list(CALLBACK_ACTIONS), "Resource": f"{arn.unqualified}:*"})


def access_document(function_arn: str, access: str) -> Document:
    """Return the right to `read`, `operate` or `pause` one function's executions.

    Listing is authorized on the function's ARN as it is requested, bare or qualified; everything else on the
    execution's ARN.

    Raises:
        InvalidArnError: the ARN is not a function ARN.
    """
    arn = FunctionArn.parse(function_arn)
    statements = [
        {"Effect": "Allow", "Action": list(EXECUTION_ACTIONS[access]), "Resource": f"{arn.unqualified}:*"}
    ]
    if access != "pause":
        statements.append(
            {
                "Effect": "Allow",
                "Action": "lambda:ListDurableExecutionsByFunction",
                "Resource": [arn.unqualified, f"{arn.unqualified}:*"],
            }
        )
    return document(*statements)
