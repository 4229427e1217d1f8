"""What stands in several packages that cannot import each other: held equal, and to AWS's own model of its API."""

import re
from typing import Any, get_args

import botocore.session
import pulumi_aws as aws
import pytest

import cli.executions
import cli.retrying
from cli.commands.listing import UNITS, Status
from cli.doctor.rights import CHECKPOINT
from components import iam
from components.checks import rules
from components.guard import executions as guarded
from components.monitoring import failure_events
from components.triggers import rules as trigger_rules
from durable_policies import access, functions, grants, lambda_, operations
from stacks.values import SECONDS

LAMBDA = botocore.session.Session().get_service_model("lambda")


def bounds(shape: str) -> dict[str, Any]:
    return {key: value for key, value in LAMBDA.shape_for(shape).metadata.items() if key in {"min", "max"}}


def stated(rule: Any) -> dict[str, Any]:
    """Return the bounds that a rule's message names."""
    with pytest.raises(ValueError, match="must be") as error:
        rule.__metadata__[-1].func(-(10**9))
    low, high = re.findall(r"[\d,]+", str(error.value))[:2]
    return {"min": int(low.replace(",", "")), "max": int(high.replace(",", ""))}


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        (rules.ExecutionTimeout, "ExecutionTimeout"),
        (rules.Retention, "RetentionPeriodInDays"),
        (rules.AsynchronousEventAge, "MaximumEventAgeInSeconds"),
    ],
)
def test_bounds_are_those_of_the_api(rule: Any, shape: str) -> None:
    assert stated(rule) == bounds(shape)


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        (rules.Architecture, "Architecture"),
        (rules.LogLevel, "ApplicationLogLevel"),
        (rules.SystemLogLevel, "SystemLogLevel"),
        (trigger_rules.StartingPosition, "EventSourcePosition"),
        (trigger_rules.UrlAuthorization, "FunctionUrlAuthType"),
    ],
)
def test_choices_are_those_of_the_api(rule: Any, shape: str) -> None:
    literal, _ = get_args(rule)
    assert set(get_args(literal)) == set(LAMBDA.shape_for(shape).enum)


def test_limits_are_the_same_in_components_policies_and_command() -> None:
    assert rules.MAX_INVOCATION_SECONDS == lambda_.MAX_WAIT_SECONDS == cli.executions.SYNC_SECONDS
    assert rules.MAX_EXECUTION_SECONDS == functions._MAX_EXECUTION_SECONDS
    assert rules.DAY_SECONDS == operations._DAY_SECONDS


def test_durations_have_the_same_units_in_stack_files_and_command() -> None:
    assert SECONDS == {"": 1, **UNITS}


def test_pulumi_aws_has_no_key_for_the_data_of_executions_yet() -> None:
    of_api = set(LAMBDA.shape_for("DurableConfig").members)
    assert of_api == {"ExecutionTimeout", "RetentionPeriodInDays", "KMSKeyArn"}
    config = aws.lambda_.FunctionDurableConfigArgs
    assert {name for name, value in vars(config).items() if isinstance(value, property)} == {
        "execution_timeout",
        "retention_period",
    }, (
        "take the new property as an argument, and rewrite kms_key_arn, docs/comparison.md and cli/adoption/functions.py"
    )


def test_statuses_are_those_of_the_api() -> None:
    every = set(LAMBDA.shape_for("ExecutionStatus").enum)
    assert guarded.IN_FLIGHT == cli.executions.IN_FLIGHT
    assert failure_events.STATUSES == cli.retrying.FAILED
    ended = {*cli.retrying.FAILED, "SUCCEEDED", "STOPPED"}
    # What is being deleted has ended before.
    assert every == {*guarded.IN_FLIGHT, *ended, "DELETING"} == set(Status)


def test_actions_are_the_same_in_components_policies_and_command() -> None:
    assert iam.CHECKPOINT_ACTIONS == access.NEEDED == CHECKPOINT
    assert {*iam.CALLBACK_ACTIONS, "lambda:InvokeFunction"} == set(access.STARTS)
    operations = {f"lambda:{name}" for name in LAMBDA.operation_names}
    allowed = {*iam.CALLBACK_ACTIONS, *(each for of in iam.EXECUTION_ACTIONS.values() for each in of)}
    assert allowed <= operations
    # Listing is authorized on the function.
    on_executions = {*grants.ON_EXECUTIONS, "lambda:ListDurableExecutionsByFunction"}
    assert on_executions == {each for each in operations if "DurableExecution" in each}
    assert iam.EXECUTION_POLICY.endswith(access.EXECUTION_POLICY)
