"""The arguments of StandardFunction, checked."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import pulumi

from .. import iam
from ..checks import rules
from ..checks.errors import Problem
from ..monitoring.alarms import THROTTLES_ALARM, UNPROCESSED_ALARM, Alarm
from .checked_function import UNSUPPORTED, CheckedFunction
from .destinations import FailureDestinationArn, SuccessDestinationArn

DEFAULT_TIMEOUT_SECONDS = 30
"""The visibility timeout of a queue, unless it sets one: Lambda requires that a function's timeout is not longer."""
DEFAULT_LOG_RETENTION_DAYS = 14

_NO_EXECUTIONS = "a standard function has no durable executions; make a DurableFunction"


class CheckedStandardFunction(CheckedFunction):
    """The arguments as the constructor uses them."""

    timeout_seconds: rules.StandardTimeout | None = None
    throttles_alarm: bool = True
    dead_letter_alarm: bool = True
    maximum_retry_attempts: rules.AsynchronousAttempts | None = None
    on_success_arn: SuccessDestinationArn | None = None
    on_failure_arn: FailureDestinationArn | None = None

    unsupported: ClassVar[Mapping[str, str]] = {
        **UNSUPPORTED,
        "execution_timeout_seconds": f"{_NO_EXECUTIONS}, or limit the invocation by timeout_seconds",
        "retention_days": f"{_NO_EXECUTIONS}, or keep the logs for log_retention_days",
        "durable_config": _NO_EXECUTIONS,
        "durable_alarms": f"{_NO_EXECUTIONS}, or choose alarms by throttles_alarm and dead_letter_alarm",
        "failure_topic_arn": f"{_NO_EXECUTIONS}, or send failed invocations to on_failure_arn",
        "execution_guard": "executions of durable functions that need this function are always guarded; see docs/guide.md",
        "destination_config": "pass on_success_arn and on_failure_arn",
        "log_format": "functions log as JSON, which is always set: Lambda has no log levels for text",
    }
    logging_policy: ClassVar[str] = iam.LOGGING_POLICY

    @classmethod
    def conflicts(cls, given: Mapping[str, Any]) -> Iterable[Problem]:
        """Find the arguments that exclude or need each other."""
        yield from super().conflicts(given)
        if given.get("dead_letter_alarm") is True and not given.get("dead_letter_queue"):
            yield Problem(
                "dead_letter_alarm",
                "has no effect: it is on the queue that dead_letter_queue = True makes",
                value=True,
            )

    @property
    def default_timeout_seconds(self) -> int:
        """The limit of one invocation: short enough for a queue that sets no visibility timeout."""
        return DEFAULT_TIMEOUT_SECONDS

    @property
    def default_log_retention_days(self) -> int:
        """How long logs are kept."""
        return DEFAULT_LOG_RETENTION_DAYS

    @property
    def alarms(self) -> list[Alarm]:
        """The alarms on the function's own metrics."""
        return [*super().alarms, *([THROTTLES_ALARM] if self.throttles_alarm else [])]

    @property
    def dead_letters_alarm(self) -> Alarm | None:
        """The alarm on the dead letter queue that is made; None for none."""
        return UNPROCESSED_ALARM if self.dead_letter_alarm else None

    @property
    def destinations(self) -> dict[str, pulumi.Input[str]]:
        """Where Lambda sends a record of each asynchronous invocation that succeeds or fails."""
        arns = {"on_success": self.on_success_arn, "on_failure": self.on_failure_arn}
        return {end: arn for end, arn in arns.items() if arn is not None}

    def execution_document(self, function_arn: str, log_group_arn: str) -> iam.Document:
        """Return what the function needs to run: to write to its own log group."""
        return iam.document(iam.log_statement(log_group_arn))

    def asynchronous_inputs(self) -> dict[str, Any]:
        """Return the inputs of aws.lambda_.FunctionEventInvokeConfig that the author has set."""
        inputs = super().asynchronous_inputs()
        if self.maximum_retry_attempts is not None:
            inputs["maximum_retry_attempts"] = self.maximum_retry_attempts
        if self.destinations:
            inputs["destination_config"] = {
                end: {"destination": arn} for end, arn in self.destinations.items()
            }
        return inputs
