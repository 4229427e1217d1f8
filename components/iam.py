"""IAM policy documents, as pure functions that return dicts.

The partition comes from the ARNs, so the same functions work in `aws`, `aws-cn` and `aws-us-gov`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from .checks.arns import FunctionArn, InvalidArnError

Statement = dict[str, Any]
Document = dict[str, Any]
Value = TypeVar("Value")

CALLBACK_ACTIONS = (
    "lambda:SendDurableExecutionCallbackFailure",
    "lambda:SendDurableExecutionCallbackHeartbeat",
    "lambda:SendDurableExecutionCallbackSuccess",
)
"""Actions that complete, fail or keep alive a callback that an execution waits for."""

CHECKPOINT_ACTIONS = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
"""Actions that a function's role needs on the function's executions."""

_READ = ("lambda:GetDurableExecution", "lambda:GetDurableExecutionHistory")
EXECUTION_ACTIONS = {
    "read": _READ,
    "operate": (*_READ, "lambda:StopDurableExecution"),
    "pause": ("lambda:PauseDurableExecution", "lambda:ResumeDurableExecution"),
    "delete": ("lambda:DeleteDurableExecution",),
}
"""The actions on an execution that each level of access allows."""

EXECUTION_POLICY = "service-role/AWSLambdaBasicDurableExecutionRolePolicy"
"""AWS's managed policy: write logs, checkpoint executions and read their state, on all resources."""
LOGGING_POLICY = "service-role/AWSLambdaBasicExecutionRole"
"""AWS's managed policy for a function that is not durable: write logs, on all resources."""
VPC_POLICY = "service-role/AWSLambdaVPCAccessExecutionRole"
"""AWS's managed policy for network interfaces in a VPC, and for logs on all resources."""
TRACING_POLICY = "AWSXRayDaemonWriteAccess"
"""AWS's managed policy for sending traces to X-Ray."""

SOURCES = {
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "kinesis": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    ),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
}
"""The actions that an event source mapping needs in the role of its function, by the service of the source."""
_CONSUMER = ("kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard")
_SECRETS = {
    "secretsmanager": ("secretsmanager:GetSecretValue",),
    "ssm": ("ssm:GetParameter", "ssm:GetParameters"),
}
_SEND = {"sqs": "sqs:SendMessage", "sns": "sns:Publish"}
_DESTINATIONS = {**_SEND, "lambda": "lambda:InvokeFunction", "events": "events:PutEvents"}


def document(*statements: Statement) -> Document:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(
    actions: str | Sequence[str],
    resources: str | Sequence[Any] | None = None,
    condition: Mapping[str, Any] | None = None,
    effect: str = "Allow",
    *,
    service: str | None = None,
) -> Statement:
    """Return a statement: these actions on these resources are allowed, or denied.

    Args:
        actions: one action, or several.
        resources: one ARN, or several; none in a trust policy.
        condition: when the statement applies. Default: always.
        effect: `Allow` or `Deny`.
        service: the service principal, in a resource policy or a trust policy.
    """
    parts = {
        "Effect": effect,
        "Principal": {"Service": service} if service else None,
        "Action": _one_or_several(actions),
        "Resource": _one_or_several(resources),
        "Condition": dict(condition) if condition else None,
    }
    return {key: part for key, part in parts.items() if part is not None}


def _one_or_several(value: str | Sequence[Any] | None) -> Any:
    return value if value is None or isinstance(value, str) else list(value)


def trust_policy(service: str, account: str | None = None) -> Document:
    """Return a trust policy: the service may assume the role; if an account is given, only for resources in it."""
    condition = {"StringEquals": {"aws:SourceAccount": account}} if account else None
    return document(statement("sts:AssumeRole", condition=condition, service=service))


def lambda_trust_policy() -> Document:
    """Return the trust policy of an execution role: the Lambda service may assume it."""
    return trust_policy("lambda.amazonaws.com")


def managed_policy_arn(policy: str, partition: str) -> str:
    """Return the ARN of one of AWS's managed policies in a partition."""
    return f"arn:{partition}:iam::aws:policy/{policy}"


def execution_document(function_arn: str, log_group_arn: str) -> Document:
    """Return the permissions that a durable function needs to run, only on its own executions and log group."""
    arn = FunctionArn.parse(function_arn)
    return document(
        statement(CHECKPOINT_ACTIONS, f"{arn.unqualified}:*"),
        log_statement(log_group_arn),
    )


def log_statement(log_group_arn: str) -> Statement:
    """Return the permission to write to one log group."""
    return statement(["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*")


def source_document(source_arn: str, kms_key_arn: str | None = None) -> Document:
    """Return the permissions that an event source mapping needs in the role of its function.

    For an encrypted source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html and
    https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html.

    Raises:
        InvalidArnError: the ARN is not that of a queue or a stream.
    """
    actions = _of_service(SOURCES, source_arn, "an SQS queue, a Kinesis stream or a DynamoDB table's stream")
    source, consumer, _ = source_arn.partition("/consumer/")
    statements = [statement(actions, source)]
    if consumer:
        statements.append(statement(_CONSUMER, source_arn))
    if actions == SOURCES["dynamodb"]:
        # Lambda requires it, and DynamoDB cannot restrict it to one table.
        statements.append(statement("dynamodb:ListStreams", "*"))
    if kms_key_arn is not None:
        statements.append(_decrypt(kms_key_arn, source_arn))
    return document(*statements)


def send_document(target_arn: str) -> Document:
    """Return the permission to send to one queue or topic.

    Raises:
        InvalidArnError: the ARN is not that of a queue or a topic.
    """
    action = _of_service(_SEND, target_arn, "an SQS queue or an SNS topic")
    return document(statement(action, target_arn))


def discarded_document(target_arn: str) -> Document:
    """Return the permission to send discarded batches to one queue, topic or bucket.

    https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html

    Raises:
        InvalidArnError: the ARN is not that of a queue, a topic or a bucket.
    """
    return _bucket_document(target_arn) if service_of(target_arn) == "s3" else send_document(target_arn)


def destination_document(target_arn: str) -> Document:
    """Return the permission to send records of invocations to one queue, topic, function, event bus or bucket.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

    Raises:
        InvalidArnError: the ARN is not that of a destination.
    """
    if service_of(target_arn) == "s3":
        return _bucket_document(target_arn)
    action = _of_service(_DESTINATIONS, target_arn, "a queue, a topic, a function, an event bus or a bucket")
    return document(statement(action, target_arn))


def _bucket_document(bucket_arn: str) -> Document:
    return document(statement("s3:PutObject", f"{bucket_arn}/*"), statement("s3:ListBucket", bucket_arn))


def secret_document(secret_arn: str, kms_key_arn: str | None = None) -> Document:
    """Return the permission to read one secret or parameter, and to decrypt it with a customer managed key.

    The key may only be used through the secret's service.

    Raises:
        InvalidArnError: the ARN is not that of a secret or a parameter.
    """
    actions = _of_service(_SECRETS, secret_arn, "a Secrets Manager secret or a Systems Manager parameter")
    read = statement(actions, [secret_arn])
    return document(read) if kms_key_arn is None else document(read, _decrypt(kms_key_arn, secret_arn))


def _decrypt(kms_key_arn: str, arn: str) -> Statement:
    """Return the permission to decrypt with a key, only through the service that an ARN belongs to."""
    service, region = arn.split(":")[2:4]
    # In some partitions, the service's name has a suffix after amazonaws.com.
    via_service = {"StringLike": {"kms:ViaService": f"{service}.{region}.amazonaws.com*"}}
    return statement(["kms:Decrypt"], [kms_key_arn], via_service)


def _of_service(known: Mapping[str, Value], arn: str, allowed: str) -> Value:
    service = service_of(arn)
    if service not in known:
        raise InvalidArnError(f"is not the ARN of {allowed}")
    return known[service]


def service_of(arn: str) -> str:
    """Return the service in an ARN; empty if it is none."""
    return (arn.split(":") + [""] * 3)[2]


def topic_document(topic_arn: str) -> Document:
    """Return the policy of a topic to which its account's alarms, and EventBridge rules, may publish.

    EventBridge's permission has no condition: EventBridge sends none of the condition keys when it publishes to a topic,
    so with a condition every message would be lost ("You can't use Condition blocks in Amazon SNS topic policies for
    EventBridge", its user guide says).
    """
    partition, _, region, account, _ = topic_arn.split(":")[1:6]

    alarms = {"ArnLike": {"aws:SourceArn": f"arn:{partition}:cloudwatch:{region}:{account}:alarm:*"}}
    return document(
        statement("sns:Publish", topic_arn, alarms, service="cloudwatch.amazonaws.com"),
        statement("sns:Publish", topic_arn, service="events.amazonaws.com"),
    )


def vpc_document() -> Document:
    """Return the permissions that Lambda needs in the role of a function in a VPC; EC2 cannot restrict them to a resource."""
    return document(
        statement(
            [
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSubnets",
                "ec2:UnassignPrivateIpAddresses",
            ],
            "*",
        )
    )


def invoke_document(
    function_arn: str, *, all_versions: bool = False, by_url: bool = False, standard: bool = False
) -> Document:
    """Return the permission to invoke one alias or version, or all of them; on request also by the function's URLs.

    `lambda:InvokeFunction` is authorized on the ARN in the request, and durable functions can only be invoked by
    qualified ARNs. So the bare ARN of a durable function is never granted.

    Args:
        function_arn: the ARN to invoke.
        all_versions: allow every alias and version.
        by_url: also allow calling the function's URLs.
        standard: whether the function is a standard function, which is invoked by its bare ARN.

    Raises:
        InvalidArnError: the ARN is not a qualified function ARN; or, of a standard function, not a bare one.
    """
    arn = FunctionArn.parse_bare(function_arn) if standard else FunctionArn.parse_qualified(function_arn)
    every = f"{arn.unqualified}:*"
    # Lambda requires both when a URL is called.
    actions = ["lambda:InvokeFunction", "lambda:InvokeFunctionUrl"] if by_url else "lambda:InvokeFunction"
    if all_versions:
        return document(statement(actions, [function_arn, every] if standard else every))
    return document(statement(actions, function_arn))


def callback_document(function_arn: str) -> Document:
    """Return the permission to complete the callbacks of one function's executions.

    The actions are authorized on the execution's ARN, `<function ARN>:<version>/durable-execution/...`, which never
    contains an alias. So a qualifier in `function_arn` is left out of the policy.

    Raises:
        InvalidArnError: the ARN is not a function ARN.
    """
    arn = FunctionArn.parse(function_arn)
    return document(statement(CALLBACK_ACTIONS, f"{arn.unqualified}:*"))


def access_document(function_arn: str, access: str) -> Document:
    """Return the permission to `read`, `operate`, `pause` or `delete` one function's executions.

    Listing is authorized on the function's ARN in the request, bare or qualified; everything else on the execution's
    ARN.

    Raises:
        InvalidArnError: the ARN is not a function ARN.
    """
    arn = FunctionArn.parse(function_arn)
    every = f"{arn.unqualified}:*"
    statements = [statement(EXECUTION_ACTIONS[access], every)]
    if access in ("read", "operate"):
        statements.append(statement("lambda:ListDurableExecutionsByFunction", [arn.unqualified, every]))
    return document(*statements)
