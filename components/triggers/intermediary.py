"""The function between a source and executions that last longer than Lambda waits."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

from .. import iam
from ..packaging.archive import CodeSource, build_archive

RUNTIME, HANDLER, ARCHITECTURE = "python3.13", "index.handler", "arm64"
TIMEOUT_SECONDS = 30
"""Not above a queue's usual visibility timeout, since SQS asks that the function's is not longer."""
LOG_RETENTION_DAYS = 14
MAX_BATCH_SIZE = 1_000
"""What it starts within its timeout even where an account takes no more than 300 starts a second."""


class Intermediary(pulumi.ComponentResource):
    """A standard function that starts one execution, asynchronously, for each record that it is given.

    An execution is named after its record, so that a record which is delivered again starts no second one.
    """

    function_arn: pulumi.Output[str]
    """The function's ARN, which an event source mapping feeds."""
    role_name: pulumi.Output[str]
    """Its role's name."""

    def __init__(
        self,
        name: str,
        qualified_arn: pulumi.Input[str],
        *,
        body_as_event: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        source = Path(__file__).with_name("forward.py").read_text(encoding="utf-8")
        archive = build_archive(
            CodeSource(handler=HANDLER, runtime=RUNTIME, architecture=ARCHITECTURE, inline=source)
        )
        super().__init__("durable-functions:index:Intermediary", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(name, assume_role_policy=json.dumps(iam.lambda_trust_policy()), opts=child)
        log_group = aws.cloudwatch.LogGroup(
            name,
            name_prefix=f"/aws/lambda/{name}-{pulumi.get_stack()}-",
            retention_in_days=LOG_RETENTION_DAYS,
            # The names in it may change, as those in a function's may; the group stays.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["namePrefix"]),
        )
        rights = aws.iam.RolePolicy(
            name,
            role=role.name,
            policy=pulumi.Output.all(qualified_arn, log_group.arn).apply(
                lambda arns: json.dumps(
                    iam.document(*iam.invoke_document(arns[0])["Statement"], iam.log_statement(arns[1]))
                )
            ),
            opts=child,
        )
        function = aws.lambda_.Function(
            name,
            description="Starts durable executions for the records of a queue or a stream",
            role=role.arn,
            runtime=RUNTIME,
            handler=HANDLER,
            architectures=[ARCHITECTURE],
            code=pulumi.FileArchive(str(archive)),
            timeout=TIMEOUT_SECONDS,
            memory_size=256,
            environment={
                "variables": {"TARGET_ARN": qualified_arn, "BODY_AS_EVENT": str(body_as_event).lower()}
            },
            logging_config={"log_format": "JSON", "log_group": log_group.name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
        )
        self.function_arn = function.arn
        self.role_name = role.name
        self.register_outputs({"function_arn": self.function_arn, "role_name": self.role_name})
