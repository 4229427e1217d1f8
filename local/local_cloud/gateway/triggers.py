"""Starts executions for what the control plane delivers to durable functions.

The control plane would call their handlers like those of plain functions, and has no hook to change that, so this
module replaces seven of its functions (see emulator.py):

- `execute_function` runs a function for a caller that waits for its result: event source mappings, function URLs,
  state machines and the like. For a durable function it waits for the execution.
- `deliver_event` (rules and EventBridge Scheduler), `deliver_notification` (topics) and `deliver_object_event`
  (buckets) deliver without waiting. They start an execution if the function's policy allows the rule, topic or bucket
  to invoke it, or the schedule's role does.
- `invoke_target` is the only one that knows the rule or schedule for which it delivers, and its role.
- `event_source_mappings` lists the mappings for the one thread that polls them all. That thread hands SQS batches to
  others, but not those of streams: a stream of a durable function gets a thread of its own. `stream_name_of_arn` and this
  list let it read a stream for a mapping that names one of the stream's consumers.
"""

import asyncio
import json
import logging
import threading
import time
from collections import UserDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import Any

from local_cloud.gateway import emulator, rest_apis
from local_cloud.gateway.app import Gateway
from local_cloud.gateway.aws_errors import AwsError, not_found
from local_cloud.gateway.deliveries import bucket_refusal, permitted, target_refusal, topic_refusal
from local_cloud.gateway.functions import Function, FunctionDirectory, described

Record = Mapping[str, Any]
Result = dict[str, Any]
Mapped = tuple[str, str, MutableMapping[str, Any]]
"""Account, region and record of an event source mapping."""

BATCH_SOURCES = ("aws:sqs", "aws:kinesis", "aws:dynamodb")
STREAM_POLL_SECONDS = 1.0
_CONSUMER = "/consumer/"

log = logging.getLogger(__name__)


class Triggers:
    """Between the control plane's threads and the gateway on the event loop."""

    def __init__(
        self, gateway: Gateway, functions: FunctionDirectory, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._gateway = gateway
        self._functions = functions
        self._loop = loop
        self._open = asyncio.Event()
        self._starting: set[asyncio.Task[None]] = set()
        self._polled: set[str] = set()
        self._polls = threading.local()

    def install(self) -> None:
        """Replace the functions. Call it before the control plane starts its pollers."""
        self._run_plain = emulator.execute_function.replace(self._execute)
        self._all_mappings = emulator.event_source_mappings.replace(self._mappings)
        name_of_stream = emulator.stream_name_of_arn.value
        emulator.stream_name_of_arn.replace(
            lambda spec: name_of_stream(replace(spec, resource=spec.resource.partition(_CONSUMER)[0]))
        )
        rule = emulator.deliver_event
        rule.replace(self._deliverer(rule.value, _rule_event))
        target = emulator.invoke_target
        target.replace(permitted(target.value, target_refusal))
        topic = emulator.deliver_notification
        topic.replace(permitted(self._deliverer(topic.value, _topic_event), topic_refusal))
        bucket = emulator.deliver_object_event
        bucket.replace(permitted(self._deliverer(bucket.value, lambda event, *_: event), bucket_refusal))
        rest_apis.install(self._gateway, self._functions)

    def open(self) -> None:
        """Start delivering: handlers can reach the server now."""
        self._open.set()

    def close(self) -> None:
        """Stop delivering: the server is about to end."""
        self._open.clear()

    def _execute(self, record: Record, event: Any) -> Result:
        """Run a function and wait; called on threads of the control plane's."""
        config = record.get("config") or record
        if not config.get("DurableConfig") or _is_invocation_by_runner(event):
            plain: Result = self._run_plain(record, event)
            return plain
        # Mappings always name a version, or they are refused; for other callers $LATEST may mean that none is named.
        qualified = config.get("Version", "$LATEST") != "$LATEST" or _is_batch(event)
        call = self._call(described(config, qualified=qualified), "RequestResponse", event)
        try:
            failed, body = asyncio.run_coroutine_threadsafe(call, self._loop).result()
        except AwsError as error:
            return _refusal(config, error)
        except CancelledError:
            return _refusal(config, AwsError(503, "ServiceException", "The local cloud is stopping."))
        outcome: Result = {"body": body, "log": ""}
        return outcome | ({"error": True, "function_error": "Unhandled"} if failed else {})

    def _deliverer(
        self, deliver_to_plain: Callable[..., None], event_of: Callable[..., Any]
    ) -> Callable[..., None]:
        """Replace a function that delivers to a function's ARN and returns nothing."""

        def deliver(arn: str, *arguments: Any) -> None:
            _, config, _ = emulator.function_of_reference(arn)
            if not (config or {}).get("DurableConfig"):
                deliver_to_plain(arn, *arguments)
                return
            # It may be called on the event loop's thread, so it must not wait.
            self._loop.call_soon_threadsafe(self._start_soon, arn, event_of(*arguments))

        return deliver

    def _start_soon(self, arn: str, event: Any) -> None:
        task = self._loop.create_task(self._start(arn, event))
        # The event loop keeps only weak references to tasks.
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start(self, arn: str, event: Any) -> None:
        try:
            function = await self._functions.resolve(arn)
            if function is None:
                raise not_found(f"Function not found: {arn}")
            await self._call(function, "Event", event)
        except AwsError as error:
            # There is no caller to tell; AWS counts a failed delivery.
            log.warning("a trigger did not start %s: %s", arn, error)
        except Exception:
            log.exception("a trigger did not start %s", arn)

    async def _call(self, function: Function, kind: str, event: Any) -> tuple[bool, Any]:
        """Whether the execution failed, and its result or error."""
        await self._open.wait()
        _, headers, body = await self._gateway.invoke(function, kind, json.dumps(event))
        return "x-amz-function-error" in headers, json.loads(body or b"null")

    def _mappings(self) -> Iterator[Mapped]:
        """The mappings that the calling thread polls."""
        own = getattr(self._polls, "own", None)
        for account, region, mapping in self._all_mappings():
            identity = mapping["UUID"]
            if own == (identity if _polled_apart(account, region, mapping) else None):
                of_consumer = _CONSUMER in mapping.get("EventSourceArn", "")
                yield account, region, _OfConsumer(mapping) if of_consumer else mapping
            elif own is None and identity not in self._polled:
                self._polled.add(identity)
                name = f"stream-{identity[:8]}"
                threading.Thread(target=self._poll, args=(identity,), name=name, daemon=True).start()

    def _poll(self, identity: str) -> None:
        """Poll one stream as often as AWS does, until its mapping is deleted."""
        self._polls.own = identity
        try:
            while any(True for _ in self._mappings()):
                if not (emulator.poll_kinesis() or emulator.poll_dynamodb_streams()):
                    time.sleep(STREAM_POLL_SECONDS)
        finally:
            self._polled.discard(identity)


class _OfConsumer(UserDict[str, Any]):
    """The mapping of a stream's consumer, as one of the stream: the control plane polls streams only."""

    def __init__(self, mapping: dict[str, Any]) -> None:
        self.data = mapping  # not a copy: the poller writes its results into it

    def __getitem__(self, key: str) -> Any:
        value = self.data[key]
        return value.partition(_CONSUMER)[0] if key == "EventSourceArn" else value


def _is_invocation_by_runner(event: Any) -> bool:
    return isinstance(event, dict) and {"DurableExecutionArn", "CheckpointToken"} <= event.keys()


def _is_batch(event: Any) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return bool(records and records[0].get("eventSource") in BATCH_SOURCES)


def _polled_apart(account: str, region: str, mapping: Record) -> bool:
    if ":sqs:" in mapping.get("EventSourceArn", ""):
        return False
    function = emulator.functions.value.get_scoped(account, region, mapping["FunctionName"])
    return bool(function and function["config"].get("DurableConfig"))


def _refusal(config: Record, error: AwsError) -> Result:
    """The refusal as a failed result, which a URL turns into its HTTP form and a mapping logs."""
    log.warning("a trigger did not start %s: %s", config["FunctionArn"], error)
    body = {
        "statusCode": error.status,
        "headers": error.headers(),
        "body": error.body().decode(),
        "errorType": error.code,
        "errorMessage": error.message,
    }
    return {"error": True, "function_error": "Unhandled", "body": body, "log": ""}


def _rule_event(payload: str) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return {"body": payload}


def _topic_event(envelope: str, _topic: str, subscription: str, *_: Any) -> Any:
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription,
        "Sns": json.loads(envelope),
    }
    return {"Records": [record]}
