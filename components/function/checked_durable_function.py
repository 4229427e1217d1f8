"""The arguments of DurableFunction, checked."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from .. import iam
from ..checks import rules, runtimes
from ..checks.errors import Problem
from ..monitoring.alarms import DEAD_LETTERS_ALARM, DURABLE_ALARMS, Alarm
from .checked_function import UNSUPPORTED, CheckedFunction

_NO_DESTINATION = (
    "durable functions have no destinations; use a last step, or a dead letter queue for failed executions"
)


class CheckedDurableFunction(CheckedFunction):
    """The arguments as the constructor uses them."""

    execution_timeout_seconds: rules.ExecutionTimeout
    retention_days: rules.Retention = 14
    durable_alarms: bool = True
    failure_topic_arn: rules.StandardTopicArn | None = None
    execution_guard: bool = True

    unsupported: ClassVar[Mapping[str, str]] = {
        **UNSUPPORTED,
        "on_success_arn": _NO_DESTINATION,
        "on_failure_arn": _NO_DESTINATION,
        "destination_config": _NO_DESTINATION,
        "maximum_retry_attempts": "Lambda does not apply it to durable functions; retry in the workflow's steps",
        "log_format": "durable functions log as JSON, which is always set",
    }
    logging_policy: ClassVar[str] = iam.EXECUTION_POLICY

    def unusual(self) -> Iterable[Problem]:
        """Find values that Lambda accepts but that are probably mistakes."""
        yield from runtimes.unusual_runtime(self.runtime)
        if self.timeout_seconds is not None and self.timeout_seconds > self.execution_timeout_seconds:
            yield Problem(
                "timeout_seconds",
                f"is above execution_timeout_seconds = {self.execution_timeout_seconds}, which ends the execution earlier; "
                "lower it, or raise execution_timeout_seconds",
                self.timeout_seconds,
            )
        yield from super().unusual()

    @property
    def default_timeout_seconds(self) -> int:
        """The limit of one invocation: as long as Lambda allows, within the execution."""
        return min(rules.MAX_INVOCATION_SECONDS, self.execution_timeout_seconds)

    @property
    def default_log_retention_days(self) -> int:
        """How long logs are kept: as long as the histories that they explain."""
        return rules.log_retention_for(self.retention_days)

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms on the function's own metrics."""
        return [*super().alarms, *(DURABLE_ALARMS if self.durable_alarms else [])]

    @property
    def dead_letters_alarm(self) -> Alarm | None:
        """The alarm on the dead letter queue that is made; None for none."""
        return DEAD_LETTERS_ALARM if self.durable_alarms else None

    def execution_document(self, function_arn: str, log_group_arn: str) -> iam.Document:
        """Return what the function needs to run, on its own executions and log group only."""
        return iam.execution_document(function_arn, log_group_arn)

    def function_inputs(self) -> dict[str, Any]:
        """Return the inputs of aws.lambda_.Function that depend on the arguments only; builds the archive."""
        durable = {
            "execution_timeout": self.execution_timeout_seconds,
            "retention_period": self.retention_days,
        }
        return {**super().function_inputs(), "durable_config": durable}
