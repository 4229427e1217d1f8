"""Messages about single failed executions; alarms only count them."""

import json

import pulumi
import pulumi_aws as aws

STATUSES = ("FAILED", "TIMED_OUT")


def make_failure_events(
    parent: pulumi.Resource,
    name: str,
    function_arn: pulumi.Output[str],
    topic_arn: pulumi.Input[str],
    tags: dict[str, str],
) -> None:
    """Send a line to a topic for each execution of the function that fails or times out, by an EventBridge rule."""
    opts = pulumi.ResourceOptions(parent=parent)
    rule = aws.cloudwatch.EventRule(
        f"{name}-failures",
        description=f"Executions of {name} that fail or time out",
        event_pattern=function_arn.apply(lambda arn: json.dumps(pattern(arn))),
        tags=tags,
        opts=opts,
    )
    aws.cloudwatch.EventTarget(
        f"{name}-failures",
        rule=rule.name,
        arn=topic_arn,
        input_transformer={
            "input_paths": {
                "arn": "$.detail.durableExecutionArn",
                "end": "$.detail.endTimestamp",
                "execution": "$.detail.durableExecutionName",
                "status": "$.detail.status",
            },
            # EventBridge takes a JSON string here, and inserts the values into it.
            "input_template": json.dumps(
                f"{name}: the execution <execution> ended <status> at <end>. Its history: durable history <arn>, or "
                "aws lambda get-durable-execution-history --durable-execution-arn <arn>"
            ),
        },
        opts=opts,
    )


def pattern(function_arn: str) -> dict[str, object]:
    """Return the event pattern; the function's ARN in the events ends in a version."""
    return {
        "source": ["aws.lambda"],
        "detail-type": ["Durable Execution Status Change"],
        "detail": {"status": list(STATUSES), "functionArn": [{"prefix": f"{function_arn}:"}]},
    }
