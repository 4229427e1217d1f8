"""What starts executions: triggers, each on a qualified ARN, each checked against the execution timeout.

A synchronous trigger waits for the execution's end, so Lambda refuses it above 900 seconds: queues, streams, URLs. It waits
for the least of 900 seconds, function timeout and execution timeout.
An asynchronous one starts the execution and goes on: schedules, events, topics, buckets.
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
