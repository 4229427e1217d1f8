"""The pack as the engine runs it: on the program of this project, and on one that breaks every policy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from durable_policies.model import Level
from durable_policies.policies import POLICIES
from tests.e2e.conftest import PROJECT, Engine, LocalCloud

PACK = str(PROJECT / "policies" / "pack")

# Everything that the policies forbid, without a component: first what they can mend.
MENDABLE = """
import json

import pulumi
import pulumi_aws as aws

trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = aws.iam.Role("bare", assume_role_policy=json.dumps(trust))
code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handler(event, context): return event")})
common = {"role": role.arn, "handler": "index.handler", "code": code}
aws.lambda_.Function(
    "flat",
    name="flat",
    runtime="python3.13",
    timeout=120,
    durable_config={"execution_timeout": 60, "retention_period": 1},
    logging_config={"log_format": "Text"},
    environment={"variables": {"DB_PASSWORD": pulumi.Output.secret("hunter2"), "LOG_LEVEL": "DEBUG"}},
    **common,
)
aws.cloudwatch.LogGroup("logs", name="/aws/lambda/flat-logs")
"""
FORBIDDEN = (
    MENDABLE
    + """
everything = {"Statement": [{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}]}
aws.iam.UserPolicy("wide", user=aws.iam.User("ann").name, policy=json.dumps(everything))
aws.lambda_.Function("old", runtime="python3.8", **common)
long = aws.lambda_.Function(
    "long",
    runtime="python3.10",
    publish=True,
    durable_config={"execution_timeout": 86_400},
    logging_config={"log_format": "JSON"},
    **common,
)
aws.lambda_.Alias("latest", name="latest", function_name=long.name, function_version="$LATEST")
queue = aws.sqs.Queue("queue")
aws.lambda_.EventSourceMapping("fed", event_source_arn=queue.arn, function_name=long.arn)
"""
)
FOUND = {
    ("published-version", "flat", "publish is not True"),
    ("json-logs", "flat", "loggingConfig.logFormat is Text"),
    ("durable-runtime", "long", "no durable execution SDK runs on python3.10"),
    ("deprecated-runtime", "old", "runtime python3.8 is no longer patched"),
    (
        "invocation-within-execution",
        "flat",
        "timeout = 120 seconds of one invocation is longer than the 60 seconds of the whole execution",
    ),
    (
        "timeouts-in-proportion",
        "long",
        "durableConfig.retentionPeriod is left out; AWS then decides how long histories are kept",
    ),
    ("fixed-name", "flat", "the name flat is fixed"),
    ("alias", "flat", "no alias of flat is in this stack"),
    ("alias-on-version", "latest", "the alias latest of long points to $LATEST"),
    ("trigger-by-alias", "fed", "it starts long, but not by an alias"),
    ("synchronous-trigger", "fed", "it waits for long, whose execution may last 86,400 seconds"),
    (
        "scoped-grants",
        "wide",
        "lambda:InvokeFunction, lambda:SendDurableExecutionCallbackSuccess, "
        "lambda:SendDurableExecutionCallbackFailure, lambda:SendDurableExecutionCallbackHeartbeat is allowed on every "
        "function",
    ),
    *(
        (
            "checkpoint-permissions",
            "bare",
            f"the role bare of {name} lacks lambda:CheckpointDurableExecution and lambda:GetDurableExecutionState",
        )
        for name in ("flat", "long")
    ),
    ("log-retention", "logs", "retentionInDays is left out"),
    *(
        ("log-group", name, f"{name} logs to a group that Lambda creates, which keeps logs forever")
        for name in ("flat", "long")
    ),
    *(
        ("failure-alarms", name, f"no alarm on DurableExecutionFailed and DurableExecutionTimedOut of {name}")
        for name in ("flat", "long")
    ),
    *(
        ("invocation-alarms", name, f"no alarm on Errors and Throttles of {name}")
        for name in ("flat", "long")
    ),
    ("no-secrets-in-environment", "flat", "DB_PASSWORD holds what its name says"),
}


class Seen:
    """What the engine tells of policies, taken from its events."""

    def __init__(self) -> None:
        self.violations: list[Any] = []

    def __call__(self, event: Any) -> None:
        if event.policy_event is not None:
            self.violations.append(event.policy_event)

    def found(self) -> set[tuple[str, str, str]]:
        return {
            (each.policy_name, each.resource_urn.rpartition("::")[2], each.message.splitlines()[1])
            for each in self.violations
        }


def run(operation: Callable[..., Any], config: Path, seen: Seen) -> Any:
    return operation(policy_packs=[PACK], policy_pack_configs=[str(config)], on_event=seen)


@pytest.mark.parametrize(("stack", "stage"), [("local", "dev"), ("prod", "prod")])
def test_the_program_of_this_project_keeps_to_every_policy(engine: Engine, stack: str, stage: str) -> None:
    seen = Seen()
    result = run(engine.sample(stack).preview, PROJECT / "policies" / f"{stage}.json", seen)
    assert seen.found() == set()
    assert result.change_summary


def test_each_violation_is_reported_with_what_is_wrong(engine: Engine, tmp_path: Path) -> None:
    config = tmp_path / "all.json"
    config.write_text(json.dumps({policy.name: "advisory" for policy in POLICIES}))
    seen = Seen()
    run(engine.written(FORBIDDEN, "forbidden").preview, config, seen)
    assert seen.found() == FOUND
    assert {name for name, _, _ in FOUND} == {policy.name for policy in POLICIES}


def test_prod_refuses_such_a_program_in_the_preview(engine: Engine) -> None:
    seen = Seen()
    with pytest.raises(auto.CommandError):
        run(engine.written(FORBIDDEN, "forbidden").preview, PROJECT / "policies" / "prod.json", seen)
    refused = {each.policy_name for each in seen.violations if each.enforcement_level == "mandatory"}
    assert refused == {policy.name for policy in POLICIES if policy.prod is Level.MANDATORY}


def test_what_can_be_mended_is_deployed_mended(engine: Engine, cloud: LocalCloud, tmp_path: Path) -> None:
    config = tmp_path / "mend.json"
    levels: dict[str, Any] = {
        policy.name: "remediate" if policy.dev is Level.REMEDIATE else "disabled" for policy in POLICIES
    }
    config.write_text(json.dumps(levels | {"log-retention": {"enforcementLevel": "remediate", "days": 7}}))
    seen = Seen()
    program = engine.written(MENDABLE, "mendable")
    run(program.up, config, seen)
    assert seen.found() == set()
    lambdas = cloud.client("lambda")
    made = lambdas.get_function(FunctionName="flat")["Configuration"]
    assert made["LoggingConfig"]["LogFormat"] == "JSON"
    assert made["Environment"]["Variables"]["DB_PASSWORD"] == "hunter2"
    # The export shows secrets too, but as what a mark holds and not as plain values.
    state = json.dumps(program.export_stack().deployment)
    assert "hunter2" in state
    assert '"DB_PASSWORD": "hunter2"' not in state
    versions = lambdas.list_versions_by_function(FunctionName="flat")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1"]
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/flat-logs")
    assert [group["retentionInDays"] for group in groups["logGroups"]] == [7]
