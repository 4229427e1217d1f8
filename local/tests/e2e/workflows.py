"""Small workflows, one for each thing that a history tells; the event names the one to run. Runs as a Lambda handler."""

import os
import time
from pathlib import Path
from typing import Any

from aws_durable_execution_sdk_python import DurableContext, durable_execution
from aws_durable_execution_sdk_python.config import (
    CallbackConfig,
    CompletionConfig,
    Duration,
    InvokeConfig,
    MapConfig,
    NestingType,
    ParallelConfig,
    StepConfig,
    StepSemantics,
    WaitForCallbackConfig,
)
from aws_durable_execution_sdk_python.retries import RetryDecision
from aws_durable_execution_sdk_python.waits import (
    WaitForConditionConfig,
    WaitForConditionDecision,
    WaitStrategyConfig,
    create_wait_strategy,
)

SECOND = Duration.from_seconds(1)


class BrokenError(Exception):
    """What these workflows raise."""


def broken(*_: object) -> Any:
    raise BrokenError("no luck")


def up_to(attempts: int) -> Any:
    def decide(_: Exception, attempt: int) -> RetryDecision:
        return RetryDecision(attempt < attempts, SECOND)

    return decide


def lucky_on(attempt: int) -> Any:
    def run(context: Any) -> str:
        if context.attempt < attempt:
            raise BrokenError(f"attempt {context.attempt}")
        return f"lucky on {attempt}"

    return run


def caught(call: Any) -> str:
    try:
        call()
    except Exception as error:
        return f"caught {type(error).__name__}"
    return "nothing caught"


def step(context: DurableContext, _: Any) -> Any:
    return context.step(lambda _: "done", name="work")


def step_without_name(context: DurableContext, _: Any) -> Any:
    return context.step(lambda _: {"deep": [1, None]})


def null_step(context: DurableContext, _: Any) -> Any:
    return context.step(lambda _: None, name="nothing")


def two_steps(context: DurableContext, _: Any) -> Any:
    first = context.step(lambda _: 20, name="first")
    return context.step(lambda _: first + 1, name="second")


def step_fails(context: DurableContext, _: Any) -> Any:
    return context.step(broken, name="work", config=StepConfig(retry_strategy=up_to(1)))


def step_fails_and_is_caught(context: DurableContext, event: Any) -> Any:
    return caught(lambda: step_fails(context, event))


def step_is_retried(context: DurableContext, _: Any) -> Any:
    return context.step(lucky_on(2), name="work", config=StepConfig(retry_strategy=up_to(3)))


def retries_run_out(context: DurableContext, _: Any) -> Any:
    return context.step(broken, name="work", config=StepConfig(retry_strategy=up_to(2)))


def handler_fails(_context: DurableContext, _: Any) -> Any:
    raise BrokenError("outside of any step")


def process_dies_once(context: DurableContext, _: Any) -> Any:
    """End the process in the first attempt of a step that is run at most once for each attempt."""

    def run(step_context: Any) -> str:
        if step_context.attempt == 1:
            os._exit(3)
        return "alive"

    semantics = StepSemantics.AT_MOST_ONCE_PER_RETRY
    return context.step(run, name="work", config=StepConfig(up_to(2), semantics))


def wait(context: DurableContext, _: Any) -> Any:
    context.wait(SECOND, name="nap")
    return "rested"


def long_wait(context: DurableContext, _: Any) -> Any:
    context.wait(Duration.from_hours(1), name="nap")


def wait_and_fail(context: DurableContext, _: Any) -> Any:
    context.wait(SECOND, name="nap")
    raise BrokenError("after the wait")


def two_waits(context: DurableContext, _: Any) -> Any:
    context.wait(SECOND)
    context.wait(SECOND, name="again")


def steps_around_a_wait(context: DurableContext, _: Any) -> Any:
    before = context.step(lambda _: "before", name="first")
    context.wait(SECOND, name="nap")
    return [before, context.step(lambda _: "after", name="second")]


def callback(context: DurableContext, _: Any) -> Any:
    config = CallbackConfig(timeout=Duration.from_seconds(60), heartbeat_timeout=Duration.from_seconds(30))
    return context.create_callback(name="approval", config=config).result()


def callback_without_limits(context: DurableContext, _: Any) -> Any:
    return context.create_callback(name="approval").result()


def callback_times_out(context: DurableContext, _: Any) -> Any:
    return context.create_callback(name="approval", config=CallbackConfig(timeout=SECOND)).result()


def two_callbacks(context: DurableContext, _: Any) -> Any:
    first, second = context.create_callback(name="first"), context.create_callback(name="second")
    return [first.result(), second.result()]


def heart_stops(context: DurableContext, _: Any) -> Any:
    return context.create_callback(name="approval", config=CallbackConfig(heartbeat_timeout=SECOND)).result()


def wait_for_callback(context: DurableContext, _: Any) -> Any:
    config = WaitForCallbackConfig(timeout=Duration.from_seconds(60))
    return context.wait_for_callback(lambda *_: None, name="approval", config=config)


def wait_for_callback_is_refused(context: DurableContext, _: Any) -> Any:
    return caught(lambda: context.wait_for_callback(lambda *_: None, name="approval"))


def submitter_fails(context: DurableContext, _: Any) -> Any:
    config = WaitForCallbackConfig(retry_strategy=up_to(2))
    return caught(lambda: context.wait_for_callback(broken, name="approval", config=config))


def condition(context: DurableContext, _: Any) -> Any:
    def decide(state: int, _: int) -> WaitForConditionDecision:
        return WaitForConditionDecision(state < 3, SECOND)

    config = WaitForConditionConfig(decide, initial_state=0)
    return context.wait_for_condition(lambda state, _: state + 1, config, name="ready")


def condition_at_once(context: DurableContext, _: Any) -> Any:
    config = WaitForConditionConfig[Any](lambda *_: WaitForConditionDecision(False, SECOND), None)
    return context.wait_for_condition(lambda *_: None, config, name="ready")


def condition_is_never_met(context: DurableContext, _: Any) -> Any:
    settings = WaitStrategyConfig[int](lambda _: True, max_attempts=2, initial_delay=SECOND)
    config = WaitForConditionConfig(create_wait_strategy(settings), initial_state=0)
    return caught(lambda: context.wait_for_condition(lambda state, _: state + 1, config, name="ready"))


def check_fails(context: DurableContext, _: Any) -> Any:
    config = WaitForConditionConfig(lambda *_: WaitForConditionDecision(False, SECOND), initial_state=0)
    return caught(lambda: context.wait_for_condition(broken, config, name="ready"))


def child(context: DurableContext, _: Any) -> Any:
    return context.run_in_child_context(lambda inner: inner.step(lambda _: 1, name="work"), name="part")


def nested_children(context: DurableContext, _: Any) -> Any:
    def outer(part: DurableContext) -> Any:
        return part.run_in_child_context(lambda inner: inner.wait(SECOND, name="nap"), name="inner")

    return context.run_in_child_context(outer, name="outer")


def child_fails(context: DurableContext, _: Any) -> Any:
    return caught(lambda: context.run_in_child_context(broken, name="part"))


def large_child(context: DurableContext, _: Any) -> Any:
    """Return more than is recorded: the child runs again when the execution is resumed."""

    def run(part: DurableContext) -> Any:
        return part.step(lambda _: "x", name="work") * 300_000

    size = len(context.run_in_child_context(run, name="part"))
    context.wait(SECOND, name="nap")
    return size


def process_dies_in_a_child(context: DurableContext, event: Any) -> Any:
    """End the process once, in a step that is run at least once for each attempt."""

    def run(_: Any) -> str:
        marker = Path(event["marker"])
        if not marker.exists():
            marker.touch()
            # The start of such a step is recorded while it runs.
            time.sleep(0.5)
            os._exit(3)
        return "alive"

    return context.run_in_child_context(lambda part: part.step(run, name="work"), name="part")


def invoke(context: DurableContext, _: Any) -> Any:
    return context.invoke(itself(), {"run": "wait"}, name="other")


def invoke_fails(context: DurableContext, _: Any) -> Any:
    return caught(lambda: context.invoke(itself(), {"run": "wait_and_fail"}, name="other"))


def invoke_plain(context: DurableContext, _: Any) -> Any:
    return context.invoke(os.environ["PLAIN"], {"name": "you"}, name="plain")


def invoke_twice_with_nothing(context: DurableContext, _: Any) -> Any:
    """The second time, its process is warm, so that it ends before this one has suspended."""
    return [context.invoke(os.environ["ECHO"], None, name=name) for name in ("first", "second")]


def invoke_in_a_child(context: DurableContext, _: Any) -> Any:
    def run(part: DurableContext) -> Any:
        return part.invoke(os.environ["ECHO"], 1, name="other")

    return context.run_in_child_context(run, name="part")


def invoke_for_tenant(context: DurableContext, _: Any) -> Any:
    return context.invoke(itself(), {"run": "wait"}, name="other", config=InvokeConfig(tenant_id="blue"))


def invoke_is_stopped(context: DurableContext, _: Any) -> Any:
    return caught(lambda: context.invoke(itself(), {"run": "long_wait"}, name="other"))


def invoke_times_out(context: DurableContext, _: Any) -> Any:
    return caught(lambda: context.invoke(os.environ["SHORT"], {"run": "long_wait"}, name="other"))


def itself() -> str:
    return os.environ["AWS_LAMBDA_FUNCTION_NAME"] + ":live"


def map_items(context: DurableContext, _: Any) -> Any:
    def double(item: DurableContext, value: int, *_: Any) -> Any:
        return item.step(lambda _: value * 2, name="double")

    return context.map([1, 2], double, name="all", config=MapConfig(max_concurrency=1)).get_results()


def map_with_a_failure(context: DurableContext, _: Any) -> Any:
    def refuse_two(_item: DurableContext, value: int, *_: Any) -> Any:
        return broken() if value == 2 else value

    config = MapConfig[int](max_concurrency=1, completion_config=CompletionConfig(tolerated_failure_count=1))
    return context.map([1, 2], refuse_two, name="all", config=config).get_results()


def map_nothing(context: DurableContext, _: Any) -> Any:
    return context.map([], lambda *_: None, name="all").get_results()


def parallel(context: DurableContext, _: Any) -> Any:
    def left(branch: DurableContext) -> Any:
        return branch.step(lambda _: "left", name="go")

    def right(branch: DurableContext) -> Any:
        branch.wait(SECOND, name="nap")
        return "right"

    return context.parallel([left, right], name="both").get_results()


def nested_parallel_stops_early(context: DurableContext, _: Any) -> Any:
    def outer(branch: DurableContext) -> str:
        strict = CompletionConfig(tolerated_failure_count=0)
        config = ParallelConfig(max_concurrency=1, completion_config=strict)
        batch = branch.parallel([broken, lambda _: "never started"], name="inner", config=config)
        return batch.completion_reason.value

    return context.parallel([outer], name="outer").get_results()


def flat_parallel(context: DurableContext, _: Any) -> Any:
    def branch(value: str) -> Any:
        return lambda branch: branch.step(lambda _: value, name=value)

    config = ParallelConfig(max_concurrency=1, nesting_type=NestingType.FLAT)
    return context.parallel([branch("left"), branch("right")], name="both", config=config).get_results()


@durable_execution
def handler(event: Any, context: DurableContext) -> Any:
    return globals()[event["run"]](context, event)
