"""Triggers start executions. Each has a qualified ARN as its target, and is checked against the execution timeout.

Synchronous triggers (queues, streams, URLs) wait for the execution to end. Lambda refuses this for an execution timeout
above 900 seconds, and waits for the least of 900 seconds, the function's timeout and the execution timeout.
Asynchronous triggers (schedules, events, topics, buckets) start the execution and do not wait.
"""

from .bucket import BucketOptions, BucketTrigger, BucketTriggerArgs
from .event import EventOptions, EventTrigger, EventTriggerArgs
from .queue import QueueOptions, QueueTrigger, QueueTriggerArgs
from .schedule import ScheduleOptions, ScheduleTrigger, ScheduleTriggerArgs
from .stream import StreamOptions, StreamTrigger, StreamTriggerArgs
from .topic import TopicOptions, TopicTrigger, TopicTriggerArgs
from .url import UrlOptions, UrlTrigger, UrlTriggerArgs

__all__ = [
    "BucketOptions",
    "BucketTrigger",
    "BucketTriggerArgs",
    "EventOptions",
    "EventTrigger",
    "EventTriggerArgs",
    "QueueOptions",
    "QueueTrigger",
    "QueueTriggerArgs",
    "ScheduleOptions",
    "ScheduleTrigger",
    "ScheduleTriggerArgs",
    "StreamOptions",
    "StreamTrigger",
    "StreamTriggerArgs",
    "TopicOptions",
    "TopicTrigger",
    "TopicTriggerArgs",
    "UrlOptions",
    "UrlTrigger",
    "UrlTriggerArgs",
]
