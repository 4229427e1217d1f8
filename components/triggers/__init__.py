"""What starts executions: triggers, each on a qualified ARN, each checked against the execution timeout.

A synchronous trigger waits for the execution's end, so Lambda refuses it above 900 seconds: queues, streams, URLs.
An asynchronous one starts the execution and goes on: schedules, events, topics, buckets.
"""

from components.triggers.bucket import BucketOptions, BucketTrigger, BucketTriggerArgs
from components.triggers.event import EventOptions, EventTrigger, EventTriggerArgs
from components.triggers.queue import QueueOptions, QueueTrigger, QueueTriggerArgs
from components.triggers.schedule import ScheduleOptions, ScheduleTrigger, ScheduleTriggerArgs
from components.triggers.stream import StreamOptions, StreamTrigger, StreamTriggerArgs
from components.triggers.topic import TopicOptions, TopicTrigger, TopicTriggerArgs
from components.triggers.url import UrlOptions, UrlTrigger, UrlTriggerArgs

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
