"""The function between a queue or stream and executions that last longer than Lambda waits."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

from .. import iam
from ..monitoring.log_group import make_log_group
from ..packaging.archive import CodeSource, build_archive

RUNTIME, HANDLER, ARCHITECTURE = "python3.13", "index.handler", "arm64"
TIMEOUT_SECONDS = 30
"""At most the default visibility timeout of a queue: Lambda requires that a function's timeout is not longer."""
LOG_RETENTION_DAYS = 14
MAX_BATCH_SIZE = 1_000
"""The intermediary can start this many within its timeout, even at an account's limit of 300 starts a second."""


class Intermediary(pulumi.ComponentResource):
    """A standard function that starts one execution, asynchronously, for each record.

    An execution is named after its record, so a record that is delivered again does not start a second one.
    """

    function_arn: pulumi.Output[str]
    """The function's ARN, for the event source mapping."""
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
        log_group = make_log_group(self, name, LOG_RETENTION_DAYS)
        permissions = aws.iam.RolePolicy(
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
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permissions]),
        )
        self.function_arn = function.arn
        self.role_name = role.name
        self.register_outputs({"function_arn": self.function_arn, "role_name": self.role_name})
