"""Whether the role has the permissions that the function needs, by policy simulation."""

from collections.abc import Iterator

from .. import services
from .dependencies import dead_letter_target, log_group
from .deployed_function import DeployedFunction, Finding

CHECKPOINT = ("lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState")
LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
NETWORK = ("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")


def rights(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the role has the permissions that the function needs; above all for roles of the user's own."""
    arn, config = deployed.config["Role"], deployed.config
    if arn in deployed.missing:
        return
    executions = f"{deployed.function.arn}:{config['Version']}/durable-execution/*/*"
    group = log_group(config, deployed.function)
    partition, region, account = (deployed.function.arn.split(":")[index] for index in (1, 3, 4))
    stream = f"arn:{partition}:logs:{region}:{account}:log-group:{group}:log-stream:any"
    needs: list[tuple[tuple[str, ...], str, str]] = [
        (CHECKPOINT, executions, 'execution_policy="managed" or "scoped"'),
        (LOGS, stream, 'execution_policy="managed" or "scoped"'),
    ]
    if (config.get("VpcConfig") or {}).get("SubnetIds"):
        needs.append((NETWORK, "*", "attach AWSLambdaVPCAccessExecutionRole"))
    if target := dead_letter_target(config):
        action = "sqs:SendMessage" if ":sqs:" in target else "sns:Publish"
        needs.append(((action,), target, "dead_letter_queue=True grants it"))
    if (config.get("TracingConfig") or {}).get("Mode") == "Active":
        needs.append((("xray:PutTraceSegments",), "*", "attach AWSXRayDaemonWriteAccess"))
    iam, missing = services.client("iam"), []
    for actions, resource, fix in needs:
        answer = iam.simulate_principal_policy(
            PolicySourceArn=arn, ActionNames=list(actions), ResourceArns=[resource]
        )
        denied = [
            result["EvalActionName"]
            for result in answer["EvaluationResults"]
            if result["EvalDecision"] != "allowed"
        ]
        if denied:
            missing.append(
                Finding("role", "problem", f"{arn} may not {', '.join(denied)} on {resource}", fix)
            )
    yield from missing or [
        Finding("role", "ok", "may checkpoint, write logs, and do what else the function needs")
    ]
