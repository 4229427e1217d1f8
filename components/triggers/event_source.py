"""What queues and streams have in common: the event source mapping, which invokes a function with their records."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from .. import iam
from ..checks import rules
from ..checks.errors import Problem
from ..grants.grantee import policy_of
from . import rules as trigger_rules
from .intermediary import MAX_BATCH_SIZE, Intermediary
from .target import Target, waits_too_long


class SourceOptions(TypedDict):
    """How records are read from a queue or stream."""

    batch_size: NotRequired[int]
    """The most records in one invocation: 1 to 10,000, with an intermediary 1 to 1,000. Default: 10 for a queue, 100 for
    a stream."""
    maximum_batching_window_seconds: NotRequired[int]
    """How long Lambda waits for a batch to fill: 0 to 300 seconds. Default: 0."""
    filter_patterns: NotRequired[list[dict[str, Any]]]
    """Filter patterns: a record that matches none of them is dropped. At most 5, or 10 if AWS has raised the quota.
    Default: no filter."""
    report_batch_item_failures: NotRequired[bool]
    """Whether the handler's result names the records that failed, so that only they are delivered again. An intermediary
    always does so. Default: False."""
    intermediary: NotRequired[bool]
    """Make a small function in between, which starts one execution for each record, asynchronously, and names it after the
    record, so that a record that is delivered again does not start a second execution. Required for execution timeouts
    above 900 seconds. Without it, a batch is one execution, Lambda waits for it, and a batch that is delivered again is
    a new execution. Default: False."""
    source_kms_key_arn: NotRequired[pulumi.Input[str]]
    """The customer managed key that encrypts the queue, stream or table. The role that reads it (of the intermediary, or
    `role_name`) gets the permission to decrypt with it. Default: the service's own key, which needs no permission."""
    enabled: NotRequired[bool]
    """Whether the trigger starts executions. Default: True."""


class EventSource(Target):
    """The target of an event source mapping, checked."""

    execution_timeout_seconds: rules.ExecutionTimeout
    role_name: rules.TextInput | None = None
    batch_size: trigger_rules.BatchSize | None = None
    maximum_batching_window_seconds: trigger_rules.BatchingWindow = 0
    filter_patterns: trigger_rules.FilterPatterns | None = None
    report_batch_item_failures: bool = False
    intermediary: bool = False
    source_kms_key_arn: rules.KeyArn | None = None
    enabled: bool = True

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find an execution timeout that is too long, and a batch size that is too large."""
        if given.get("intermediary") is not True:
            yield from waits_too_long(
                given,
                "pass intermediary = True, and a small function in between starts the executions asynchronously",
            )
        size = given.get("batch_size")
        if isinstance(size, int) and size > MAX_BATCH_SIZE and given.get("intermediary") is True:
            yield Problem(
                "batch_size",
                f"must not exceed {MAX_BATCH_SIZE:,} with an intermediary, which starts an execution for each record",
                size,
            )
        if isinstance(size, int) and size > 10 and cls.waits_for_batches(given):
            yield Problem(
                "batch_size",
                "needs maximum_batching_window_seconds of 1 or more, since SQS returns at most 10 messages at once",
                size,
            )

    def unusual(self) -> Iterable[Problem]:
        """Find more filters than the account's default quota."""
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
        if (patterns := self.filter_patterns) and len(patterns) > 5:
            message = f"has {len(patterns)} patterns; Lambda allows 5, or up to 10 if AWS has raised the account's quota"
            yield Problem("filter_patterns", message, given=False)

    @classmethod
    def waits_for_batches(cls, given: Mapping[str, Any]) -> bool:
        """Tell whether a large batch needs a batching window that is not set."""
        return False

    def mapping_inputs(self) -> dict[str, Any]:
        """Return the mapping's inputs that do not depend on the kind of source."""
        filters = [{"pattern": pulumi.Output.json_dumps(each)} for each in self.filter_patterns or []]
        reports = self.report_batch_item_failures or self.intermediary
        return {
            "batch_size": self.batch_size,
            "maximum_batching_window_in_seconds": self.maximum_batching_window_seconds,
            "filter_criteria": {"filters": filters} if filters else None,
            "function_response_types": ["ReportBatchItemFailures"] if reports else None,
            "enabled": self.enabled,
        }


def make_mapping(
    parent: pulumi.Resource,
    name: str,
    checked: EventSource,
    source_arn: pulumi.Input[str],
    inputs: dict[str, Any],
    *,
    body_as_event: bool = False,
    discard_to: pulumi.Input[str] | None = None,
) -> None:
    """Make the mapping, its intermediary if there is one, and the permissions to read the source and to discard batches."""
    child = pulumi.ResourceOptions(parent=parent)
    function_arn, role_name = checked.qualified_arn, checked.role_name
    if checked.intermediary:
        intermediary = Intermediary(name, checked.qualified_arn, body_as_event=body_as_event, opts=child)
        function_arn, role_name = intermediary.function_arn, intermediary.role_name
    policies = {
        "source": pulumi.Output.all(source_arn, checked.source_kms_key_arn).apply(
            lambda arns: json.dumps(iam.source_document(*arns))
        )
    }
    if discard_to is not None:
        policies["discarded"] = policy_of(iam.discarded_document, discard_to)
    permissions = [
        aws.iam.RolePolicy(f"{name}-{suffix}", role=role_name, policy=policy, opts=child)
        for suffix, policy in policies.items()
        if role_name is not None
    ]
    aws.lambda_.EventSourceMapping(
        name,
        event_source_arn=source_arn,
        function_name=function_arn,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=permissions),
        **checked.mapping_inputs(),
        **inputs,
    )
