"""What the history of each of the workflows has after its first event, one line for each; and who responds to a callback."""

from collections.abc import Callable
from typing import Any

from server import until

Response = Callable[[Any, str], Any]


def _events(aws: Any, arn: str, kind: str) -> list[dict[str, Any]]:
    events = aws.get_durable_execution_history(DurableExecutionArn=arn)["Events"]
    return [event for event in events if event["EventType"] == kind]


def _callback(aws: Any, arn: str, number: int = 0) -> str:
    return str(_events(aws, arn, "CallbackStarted")[number]["CallbackStartedDetails"]["CallbackId"])


def _succeed(aws: Any, arn: str) -> None:
    aws.send_durable_execution_callback_success(CallbackId=_callback(aws, arn), Result=b'"yes"')


def _refuse(aws: Any, arn: str) -> None:
    error = {"ErrorMessage": "no", "ErrorType": "Refused"}
    aws.send_durable_execution_callback_failure(CallbackId=_callback(aws, arn), Error=error)


def _succeed_twice(aws: Any, arn: str) -> None:
    """One callback without a result; another with a heartbeat, and after the handler has replayed the first."""
    aws.send_durable_execution_callback_success(CallbackId=_callback(aws, arn))
    until(lambda: len(_events(aws, arn, "InvocationCompleted")) == 2, 40)
    second = _callback(aws, arn, 1)
    aws.send_durable_execution_callback_heartbeat(CallbackId=second)
    aws.send_durable_execution_callback_success(CallbackId=second, Result=b"2")


def _stop(aws: Any, arn: str) -> None:
    error = {"ErrorMessage": "enough", "ErrorType": "Tired"}
    aws.stop_durable_execution(DurableExecutionArn=arn, Error=error)


def _stop_child(aws: Any, arn: str) -> None:
    (started,) = _events(aws, arn, "ChainedInvokeStarted")
    _stop(aws, started["ChainedInvokeStartedDetails"]["DurableExecutionArn"])


RESPONSES: dict[str, Response] = {
    "callback": _succeed,
    "callback_without_limits": _refuse,
    "two_callbacks": _succeed_twice,
    "wait_for_callback": _succeed,
    "wait_for_callback_is_refused": _refuse,
    "long_wait": _stop,
    "invoke_is_stopped": _stop_child,
}
"""What is done as soon as the first invocation has ended."""

HISTORIES = {
    "step": """
StepStarted[Step] work
StepSucceeded[Step] work | Result.Payload="done" | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload="done"
""",
    "step_without_name": """
StepStarted[Step] -
StepSucceeded[Step] - | Result.Payload={"t":"m","v":{"deep":{"t":"l","v":[{"t":"i","v":1},{"t":"n","v":null}]}}} | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload={"deep": [1, null]}
""",
    "null_step": """
StepStarted[Step] nothing
StepSucceeded[Step] nothing | Result.Payload=null | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=null
""",
    "two_steps": """
StepStarted[Step] first
StepSucceeded[Step] first | Result.Payload=20 | RetryDetails.CurrentAttempt=1
StepStarted[Step] second
StepSucceeded[Step] second | Result.Payload=21 | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=21
""",
    "step_fails": """
StepStarted[Step] work
StepFailed[Step] work | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=1
InvocationCompleted | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=sdk.StepError
ExecutionFailed | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=sdk.StepError
""",
    "step_fails_and_is_caught": """
StepStarted[Step] work
StepFailed[Step] work | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught StepError"
""",
    "step_is_retried": """
StepStarted[Step] work
StepFailed[Step] work | Error.Payload.ErrorMessage=attempt 1 | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=1 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[Step] work
StepSucceeded[Step] work | Result.Payload="lucky on 2" | RetryDetails.CurrentAttempt=2
InvocationCompleted
ExecutionSucceeded | Result.Payload="lucky on 2"
""",
    "retries_run_out": """
StepStarted[Step] work
StepFailed[Step] work | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=1 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[Step] work
StepFailed[Step] work | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=2
InvocationCompleted | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=sdk.StepError
ExecutionFailed | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=sdk.StepError
""",
    "handler_fails": """
InvocationCompleted | Error.Payload.ErrorMessage=outside of any step | Error.Payload.ErrorType=index.BrokenError
ExecutionFailed | Error.Payload.ErrorMessage=outside of any step | Error.Payload.ErrorType=index.BrokenError
""",
    "process_dies_once": """
StepStarted[Step] work
InvocationCompleted | Error.Payload.ErrorMessage=RequestId: * Error: Runtime exited with error: exit status 3 | Error.Payload.ErrorType=Runtime.ExitError
StepFailed[Step] work | Error.Payload.ErrorMessage=Step operation_id=1ced8f5be2db23a6513eba4d819c73806424748a7bc6fa0d792cc1c7d1775a97 name=work was previously interrupted | Error.Payload.ErrorType=sdk.StepInterruptedError | RetryDetails.CurrentAttempt=1 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[Step] work
StepSucceeded[Step] work | Result.Payload="alive" | RetryDetails.CurrentAttempt=2
InvocationCompleted
ExecutionSucceeded | Result.Payload="alive"
""",
    "wait": """
WaitStarted[Wait] nap | Duration=1
InvocationCompleted
WaitSucceeded[Wait] nap | Duration=1
InvocationCompleted
ExecutionSucceeded | Result.Payload="rested"
""",
    "two_waits": """
WaitStarted[Wait] - | Duration=1
InvocationCompleted
WaitSucceeded[Wait] - | Duration=1
WaitStarted[Wait] again | Duration=1
InvocationCompleted
WaitSucceeded[Wait] again | Duration=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=null
""",
    "steps_around_a_wait": """
StepStarted[Step] first
StepSucceeded[Step] first | Result.Payload="before" | RetryDetails.CurrentAttempt=1
WaitStarted[Wait] nap | Duration=1
InvocationCompleted
WaitSucceeded[Wait] nap | Duration=1
StepStarted[Step] second
StepSucceeded[Step] second | Result.Payload="after" | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=["before", "after"]
""",
    "callback": """
CallbackStarted[Callback] approval | HeartbeatTimeout=30 | Timeout=60
InvocationCompleted
CallbackSucceeded[Callback] approval | Result.Payload="yes"
InvocationCompleted
ExecutionSucceeded | Result.Payload="\\"yes\\""
""",
    "callback_without_limits": """
CallbackStarted[Callback] approval
InvocationCompleted
CallbackFailed[Callback] approval | Error.Payload.ErrorMessage=no | Error.Payload.ErrorType=Refused
InvocationCompleted | Error.Payload.ErrorMessage=no | Error.Payload.ErrorType=sdk.CallbackExternalError
ExecutionFailed | Error.Payload.ErrorMessage=no | Error.Payload.ErrorType=sdk.CallbackExternalError
""",
    "callback_times_out": """
CallbackStarted[Callback] approval | Timeout=1
InvocationCompleted
CallbackTimedOut[Callback] approval | Error.Payload.ErrorMessage=Callback timed out | Error.Payload.ErrorType=Callback.Timeout
InvocationCompleted | Error.Payload.ErrorMessage=Callback timed out | Error.Payload.ErrorType=sdk.CallbackTimeoutError
ExecutionFailed | Error.Payload.ErrorMessage=Callback timed out | Error.Payload.ErrorType=sdk.CallbackTimeoutError
""",
    "heart_stops": """
CallbackStarted[Callback] approval | HeartbeatTimeout=1
InvocationCompleted
CallbackTimedOut[Callback] approval | Error.Payload.ErrorMessage=Callback timed out on heartbeat | Error.Payload.ErrorType=Callback.Heartbeat
InvocationCompleted | Error.Payload.ErrorMessage=Callback timed out on heartbeat | Error.Payload.ErrorType=sdk.CallbackTimeoutError
ExecutionFailed | Error.Payload.ErrorMessage=Callback timed out on heartbeat | Error.Payload.ErrorType=sdk.CallbackTimeoutError
""",
    "wait_for_callback": """
ContextStarted[WaitForCallback] approval
CallbackStarted[Callback] approval create callback id in approval | Timeout=60
StepStarted[Step] approval submitter in approval
StepSucceeded[Step] approval submitter in approval | Result.Payload=null | RetryDetails.CurrentAttempt=1
InvocationCompleted
CallbackSucceeded[Callback] approval create callback id in approval | Result.Payload="yes"
ContextSucceeded[WaitForCallback] approval | Result.Payload="\\"yes\\""
InvocationCompleted
ExecutionSucceeded | Result.Payload="\\"yes\\""
""",
    "submitter_fails": """
ContextStarted[WaitForCallback] approval
CallbackStarted[Callback] approval create callback id in approval
StepStarted[Step] approval submitter in approval
StepFailed[Step] approval submitter in approval | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=1 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[Step] approval submitter in approval
StepFailed[Step] approval submitter in approval | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=2
ContextFailed[WaitForCallback] approval | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=sdk.StepError
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught CallbackSubmitterError"
""",
    "condition": """
StepStarted[WaitForCondition] ready
StepSucceeded[WaitForCondition] ready | Result.Payload=1 | RetryDetails.CurrentAttempt=1 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[WaitForCondition] ready
StepSucceeded[WaitForCondition] ready | Result.Payload=2 | RetryDetails.CurrentAttempt=2 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[WaitForCondition] ready
StepSucceeded[WaitForCondition] ready | Result.Payload=3 | RetryDetails.CurrentAttempt=3
InvocationCompleted
ExecutionSucceeded | Result.Payload=3
""",
    "condition_at_once": """
StepStarted[WaitForCondition] ready
StepSucceeded[WaitForCondition] ready | Result.Payload=null | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=null
""",
    "check_fails": """
StepStarted[WaitForCondition] ready
StepFailed[WaitForCondition] ready | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError | RetryDetails.CurrentAttempt=1
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught WaitForConditionError"
""",
    "child": """
ContextStarted[RunInChildContext] part
StepStarted[Step] work in part
StepSucceeded[Step] work in part | Result.Payload=1 | RetryDetails.CurrentAttempt=1
ContextSucceeded[RunInChildContext] part | Result.Payload=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=1
""",
    "nested_children": """
ContextStarted[RunInChildContext] outer
ContextStarted[RunInChildContext] inner in outer
WaitStarted[Wait] nap in inner | Duration=1
InvocationCompleted
WaitSucceeded[Wait] nap in inner | Duration=1
ContextSucceeded[RunInChildContext] inner in outer | Result.Payload=null
ContextSucceeded[RunInChildContext] outer | Result.Payload=null
InvocationCompleted
ExecutionSucceeded | Result.Payload=null
""",
    "child_fails": """
ContextStarted[RunInChildContext] part
ContextFailed[RunInChildContext] part | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught ChildContextError"
""",
    "invoke": """
ChainedInvokeStarted[ChainedInvoke] other | ExecutedVersion=1 | FunctionName=itself:live | Input.Payload={"run": "wait"}
InvocationCompleted
ChainedInvokeSucceeded[ChainedInvoke] other | Result.Payload="rested"
InvocationCompleted
ExecutionSucceeded | Result.Payload="rested"
""",
    "invoke_fails": """
ChainedInvokeStarted[ChainedInvoke] other | ExecutedVersion=1 | FunctionName=itself:live | Input.Payload={"run": "wait_and_fail"}
InvocationCompleted
ChainedInvokeFailed[ChainedInvoke] other | Error.Payload.ErrorMessage=after the wait | Error.Payload.ErrorType=index.BrokenError
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught InvokeError"
""",
    "invoke_plain": """
ChainedInvokeStarted[ChainedInvoke] plain | FunctionName=plain | Input.Payload={"name": "you"}
InvocationCompleted
ChainedInvokeSucceeded[ChainedInvoke] plain | Result.Payload="hello you"
InvocationCompleted
ExecutionSucceeded | Result.Payload="hello you"
""",
    "invoke_for_tenant": """
ChainedInvokeStarted[ChainedInvoke] other | ExecutedVersion=1 | FunctionName=itself:live | Input.Payload={"run": "wait"} | TenantId=blue
InvocationCompleted
ChainedInvokeSucceeded[ChainedInvoke] other | Result.Payload="rested"
InvocationCompleted
ExecutionSucceeded | Result.Payload="rested"
""",
    "long_wait": """
WaitStarted[Wait] nap | Duration=3600
InvocationCompleted
ExecutionStopped | Error.Payload.ErrorMessage=enough | Error.Payload.ErrorType=Tired
""",
    "invoke_is_stopped": """
ChainedInvokeStarted[ChainedInvoke] other | ExecutedVersion=1 | FunctionName=itself:live | Input.Payload={"run": "long_wait"}
InvocationCompleted
ChainedInvokeStopped[ChainedInvoke] other | Error.Payload.ErrorMessage=enough | Error.Payload.ErrorType=Tired
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught InvokeError"
""",
    "invoke_times_out": """
ChainedInvokeStarted[ChainedInvoke] other | ExecutedVersion=1 | FunctionName=short:live | Input.Payload={"run": "long_wait"}
InvocationCompleted
ChainedInvokeTimedOut[ChainedInvoke] other | Error.Payload.ErrorMessage=CHAINED_INVOKE timed out after 8 seconds. | Error.Payload.ErrorType=ChainedInvoke.Timeout
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught InvokeError"
""",
    "times_out": """
WaitStarted[Wait] nap | Duration=3600
InvocationCompleted
ExecutionTimedOut | Error.Payload.ErrorMessage=Execution timed out after 8 seconds.
""",
    "map_items": """
ContextStarted[Map] all
ContextStarted[MapIteration] map-item-0 in all
StepStarted[Step] double in map-item-0
StepSucceeded[Step] double in map-item-0 | Result.Payload=2 | RetryDetails.CurrentAttempt=1
ContextSucceeded[MapIteration] map-item-0 in all | Result.Payload=2
ContextStarted[MapIteration] map-item-1 in all
StepStarted[Step] double in map-item-1
StepSucceeded[Step] double in map-item-1 | Result.Payload=4 | RetryDetails.CurrentAttempt=1
ContextSucceeded[MapIteration] map-item-1 in all | Result.Payload=4
ContextSucceeded[Map] all | Result.Payload=a batch
InvocationCompleted
ExecutionSucceeded | Result.Payload=[2, 4]
""",
    "map_with_a_failure": """
ContextStarted[Map] all
ContextStarted[MapIteration] map-item-0 in all
ContextSucceeded[MapIteration] map-item-0 in all | Result.Payload=1
ContextStarted[MapIteration] map-item-1 in all
ContextFailed[MapIteration] map-item-1 in all | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError
ContextSucceeded[Map] all | Result.Payload=a batch
InvocationCompleted
ExecutionSucceeded | Result.Payload=[1]
""",
    "parallel": """
ContextStarted[Parallel] both
ContextStarted[ParallelBranch] parallel-branch-0 in both
StepStarted[Step] go in parallel-branch-0
StepSucceeded[Step] go in parallel-branch-0 | Result.Payload="left" | RetryDetails.CurrentAttempt=1
ContextStarted[ParallelBranch] parallel-branch-1 in both
WaitStarted[Wait] nap in parallel-branch-1 | Duration=1
ContextSucceeded[ParallelBranch] parallel-branch-0 in both | Result.Payload="left"
InvocationCompleted
WaitSucceeded[Wait] nap in parallel-branch-1 | Duration=1
ContextSucceeded[ParallelBranch] parallel-branch-1 in both | Result.Payload="right"
ContextSucceeded[Parallel] both | Result.Payload=a batch
InvocationCompleted
ExecutionSucceeded | Result.Payload=["left", "right"]
""",
    "two_callbacks": """
CallbackStarted[Callback] first
CallbackStarted[Callback] second
InvocationCompleted
CallbackSucceeded[Callback] first
InvocationCompleted
CallbackSucceeded[Callback] second | Result.Payload=2
InvocationCompleted
ExecutionSucceeded | Result.Payload=[null, "2"]
""",
    "wait_for_callback_is_refused": """
ContextStarted[WaitForCallback] approval
CallbackStarted[Callback] approval create callback id in approval
StepStarted[Step] approval submitter in approval
StepSucceeded[Step] approval submitter in approval | Result.Payload=null | RetryDetails.CurrentAttempt=1
InvocationCompleted
CallbackFailed[Callback] approval create callback id in approval | Error.Payload.ErrorMessage=no | Error.Payload.ErrorType=Refused
ContextFailed[WaitForCallback] approval | Error.Payload.ErrorMessage=no | Error.Payload.ErrorType=sdk.CallbackExternalError
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught CallbackExternalError"
""",
    "condition_is_never_met": """
StepStarted[WaitForCondition] ready
StepSucceeded[WaitForCondition] ready | Result.Payload=1 | RetryDetails.CurrentAttempt=1 | RetryDetails.NextAttemptDelaySeconds=1
InvocationCompleted
StepStarted[WaitForCondition] ready
StepFailed[WaitForCondition] ready | Error.Payload.ErrorMessage=wait_for_condition exhausted 2 attempts before the condition was met | Error.Payload.ErrorType=sdk.WaitForConditionError | RetryDetails.CurrentAttempt=2
InvocationCompleted
ExecutionSucceeded | Result.Payload="caught WaitForConditionError"
""",
    "large_child": """
ContextStarted[RunInChildContext] part
StepStarted[Step] work in part
StepSucceeded[Step] work in part | Result.Payload="x" | RetryDetails.CurrentAttempt=1
ContextSucceeded[RunInChildContext] part | Result.Payload=
WaitStarted[Wait] nap | Duration=1
InvocationCompleted
WaitSucceeded[Wait] nap | Duration=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=300000
""",
    "process_dies_in_a_child": """
ContextStarted[RunInChildContext] part
StepStarted[Step] work in part
InvocationCompleted | Error.Payload.ErrorMessage=RequestId: * Error: Runtime exited with error: exit status 3 | Error.Payload.ErrorType=Runtime.ExitError
StepSucceeded[Step] work in part | Result.Payload="alive" | RetryDetails.CurrentAttempt=1
ContextSucceeded[RunInChildContext] part | Result.Payload="alive"
InvocationCompleted
ExecutionSucceeded | Result.Payload="alive"
""",
    "invoke_twice_with_nothing": """
ChainedInvokeStarted[ChainedInvoke] first | FunctionName=echo | Input.Payload=null
InvocationCompleted
ChainedInvokeSucceeded[ChainedInvoke] first | Result.Payload=null
ChainedInvokeStarted[ChainedInvoke] second | FunctionName=echo | Input.Payload=null
InvocationCompleted
ChainedInvokeSucceeded[ChainedInvoke] second | Result.Payload=null
InvocationCompleted
ExecutionSucceeded | Result.Payload=[null, null]
""",
    "invoke_in_a_child": """
ContextStarted[RunInChildContext] part
ChainedInvokeStarted[ChainedInvoke] other in part | FunctionName=echo | Input.Payload=1
InvocationCompleted
ChainedInvokeSucceeded[ChainedInvoke] other in part | Result.Payload=1
ContextSucceeded[RunInChildContext] part | Result.Payload=1
InvocationCompleted
ExecutionSucceeded | Result.Payload=1
""",
    "map_nothing": """
ContextStarted[Map] all
ContextSucceeded[Map] all | Result.Payload=a batch
InvocationCompleted
ExecutionSucceeded | Result.Payload=[]
""",
    "flat_parallel": """
ContextStarted[Parallel] both
StepStarted[Step] left in both
StepSucceeded[Step] left in both | Result.Payload="left" | RetryDetails.CurrentAttempt=1
StepStarted[Step] right in both
StepSucceeded[Step] right in both | Result.Payload="right" | RetryDetails.CurrentAttempt=1
ContextSucceeded[Parallel] both | Result.Payload=a batch
InvocationCompleted
ExecutionSucceeded | Result.Payload=["left", "right"]
""",
    "nested_parallel_stops_early": """
ContextStarted[Parallel] outer
ContextStarted[ParallelBranch] parallel-branch-0 in outer
ContextStarted[Parallel] inner in parallel-branch-0
ContextStarted[ParallelBranch] parallel-branch-0 in inner
ContextFailed[ParallelBranch] parallel-branch-0 in inner | Error.Payload.ErrorMessage=no luck | Error.Payload.ErrorType=index.BrokenError
ContextSucceeded[Parallel] inner in parallel-branch-0 | Result.Payload=a batch
ContextSucceeded[ParallelBranch] parallel-branch-0 in outer | Result.Payload="FAILURE_TOLERANCE_EXCEEDED"
ContextSucceeded[Parallel] outer | Result.Payload=a batch
InvocationCompleted
ExecutionSucceeded | Result.Payload=["FAILURE_TOLERANCE_EXCEEDED"]
""",
}
