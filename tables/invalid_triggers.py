"""Invalid inputs of triggers, and the message for each: a part of the tables in invalid_inputs.py."""

from collections.abc import Mapping
from typing import Any

from tables.account import ACCOUNT, FUNCTION, QUEUE, TOPIC

LEFT_OUT = None
Changes = dict[str, Any]
Cases = list[tuple[Changes, str]]

KINESIS = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/clicks"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/carts"
TARGET: Mapping[str, Any] = {"qualified_arn": f"{FUNCTION}:orders:live"}
WAITED: Mapping[str, Any] = {**TARGET, "execution_timeout_seconds": 900}

UNQUALIFIED = (
    "has no alias or version, and durable functions can only be invoked by a qualified ARN; pass the alias's ARN "
    "(DurableFunction.alias_arn); for a standard function, pass function_arn to an InvokeGrant"
)
EXECUTION = "must be 1 to 31,622,400 seconds (366 days); it limits the whole execution, including waits"
FIFO = "is a FIFO queue or topic, to which AWS cannot deliver here; use a standard one"
TOPIC_FORM = "must be a topic's ARN: arn:<partition>:sns:<region>:<account>:<name>"
EITHER_FORM = "must be the ARN of an SQS queue or an SNS topic"
SCHEDULE = (
    "must be rate(<number> <minutes, hours or days>), such as rate(1 day) or rate(2 hours); cron(<six fields>), such "
    "as cron(0 3 * * ? *); or at(<yyyy>-<mm>-<dd>T<hh>:<mm>:<ss>)"
)
_QUEUE_FORM = "must be a queue's ARN: arn:<partition>:sqs:<region>:<account>:<name>"
_KINESIS_FORM = (
    "must be the ARN of a stream, arn:<partition>:kinesis:<region>:<account>:stream/<name>, or of one of its consumers; for "
    "Kafka, MQ and DocumentDB, make an aws.lambda_.EventSourceMapping of your own on alias_arn"
)
_TIMED = "starting_position | starting_position_timestamp: AT_TIMESTAMP needs a timestamp, and other positions do not support one"
_DISCARDED = "must be the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://<topic>"
KEY_FORM = "must be a key's ARN: arn:<partition>:kms:<region>:<account>:key/<id>; the ARN of a key's alias grants nothing"
INVOCATION = (
    "must be 1 to 900 seconds; it limits one invocation; split longer work into steps and waits, which the "
    "execution timeout limits"
)
_RETRIES = "must be 0 to 185 attempts; EventBridge does not retry more often"
_AGE = "must be 60 to 86,400 seconds; EventBridge retries for at most a day"
_FLEXIBLE = "must be 1 to 1,440 minutes; leave it out to start exactly at the time"
_WAITS = (
    "execution_timeout_seconds = 901: must not exceed 900 here: this trigger waits for the execution, and Lambda "
    "refuses to wait longer; "
)
_BETWEEN = "pass intermediary = True, and a small function in between starts the executions asynchronously"
_BATCH = "must be 1 to 10,000 records; a batch is one invocation"
_BATCH_BETWEEN = "must not exceed 1,000 with an intermediary, which starts an execution for each record"
_WINDOW = "must be 0 to 300 seconds; Lambda waits this long for a batch to fill"
_BATCHES = "must be 2 to 1,000 batches; leave it out for no limit"
_PARALLEL = "must be 1 to 10 batches; Lambda processes no more batches of a shard at once"
_ATTEMPTS = "must be -1 to 10,000 attempts; -1 retries until the records expire, while the shard waits"
_RECORD_AGE = "must be 60 to 604,800 seconds, or -1 for as long as the stream keeps records"

_ON_TARGET: Cases = [
    ({"qualified_arn": LEFT_OUT}, "qualified_arn: is required"),
    ({"qualified_arn": f"{FUNCTION}:orders"}, f"qualified_arn = '{FUNCTION}:orders': {UNQUALIFIED}"),
    (
        {"qualified_arn": f"{FUNCTION}:orders:$LATEST"},
        f"qualified_arn = '{FUNCTION}:orders:$LATEST': {UNQUALIFIED}",
    ),
]
_ON_DELIVERY: Cases = [
    ({"maximum_retry_attempts": -1}, f"maximum_retry_attempts = -1: {_RETRIES}"),
    ({"maximum_retry_attempts": 186}, f"maximum_retry_attempts = 186: {_RETRIES}"),
    ({"maximum_event_age_seconds": 59}, f"maximum_event_age_seconds = 59: {_AGE}"),
    ({"maximum_event_age_seconds": 86_401}, f"maximum_event_age_seconds = 86401: {_AGE}"),
    (
        {"dead_letter_queue_arn": f"{TOPIC}:lost"},
        f"dead_letter_queue_arn = '{TOPIC}:lost': {_QUEUE_FORM}",
    ),
    (
        {"dead_letter_queue_arn": f"{QUEUE}:lost.fifo"},
        f"dead_letter_queue_arn = '{QUEUE}:lost.fifo': {FIFO}",
    ),
    ({"description": "a" * 513}, f"description = '{'a' * 96}...: must be at most 512 characters"),
    ({"event": "now"}, "event = 'now': must be a dict"),
]

SCHEDULE_CASES: Cases = [
    *_ON_TARGET,
    ({"schedule": LEFT_OUT}, "schedule: is required"),
    ({"schedule": "0 3 * * *"}, f"schedule = '0 3 * * *': {SCHEDULE}"),
    ({"schedule": "cron(0 3 * * *)"}, f"schedule = 'cron(0 3 * * *)': {SCHEDULE}"),
    ({"schedule": "rate(2 hour)"}, f"schedule = 'rate(2 hour)': {SCHEDULE}"),
    ({"schedule": "rate(0 days)"}, f"schedule = 'rate(0 days)': {SCHEDULE}"),
    ({"schedule": "at(2027-01-31)"}, f"schedule = 'at(2027-01-31)': {SCHEDULE}"),
    (
        {"timezone": "Berlin"},
        "timezone = 'Berlin': must be a time zone in the IANA database, such as Europe/Berlin",
    ),
    ({"flexible_minutes": 0}, f"flexible_minutes = 0: {_FLEXIBLE}"),
    ({"flexible_minutes": 1441}, f"flexible_minutes = 1441: {_FLEXIBLE}"),
    *_ON_DELIVERY,
]

EVENT_CASES: Cases = [
    *_ON_TARGET,
    ({"event_pattern": LEFT_OUT}, "event_pattern: is required"),
    ({"event_pattern": {}}, "event_pattern: must not be empty"),
    ({"event_pattern": '{"source": ["shop"]}'}, 'event_pattern = \'{"source": ["shop"]}\': must be a dict'),
    ({"event_bus_name": 5}, "event_bus_name = 5: must be a string, or an output of one"),
    *_ON_DELIVERY,
]

TOPIC_CASES: Cases = [
    *_ON_TARGET,
    ({"topic_arn": LEFT_OUT}, "topic_arn: is required"),
    ({"topic_arn": "news"}, f"topic_arn = 'news': {TOPIC_FORM}"),
    ({"topic_arn": f"{TOPIC}:news:4f8a"}, f"topic_arn = '{TOPIC}:news:4f8a': {TOPIC_FORM}"),
    (
        {"topic_arn": f"{TOPIC}:news.fifo"},
        f"topic_arn = '{TOPIC}:news.fifo': is a FIFO topic, which cannot deliver to Lambda; subscribe a queue to it, and use a "
        "QueueTrigger",
    ),
    (
        {"filter_policy_scope": "MessageBody"},
        "filter_policy_scope = 'MessageBody': has no effect without filter_policy",
    ),
    (
        {"filter_policy": {"kind": ["sale"]}, "filter_policy_scope": "Body"},
        "filter_policy_scope = 'Body': must be one of MessageAttributes, MessageBody; it is what the filter applies to",
    ),
    (
        {"dead_letter_queue_arn": f"{QUEUE}:lost.fifo"},
        f"dead_letter_queue_arn = '{QUEUE}:lost.fifo': {FIFO}",
    ),
]

BUCKET_CASES: Cases = [
    *_ON_TARGET,
    ({"bucket": LEFT_OUT}, "bucket: is required"),
    ({"bucket": 5}, "bucket = 5: must be a string, or an output of one"),
    ({"events": []}, "events = []: must not be empty; leave it out"),
    (
        {"events": ["ObjectCreated"]},
        "events.0 = 'ObjectCreated': must be an S3 event type, such as s3:ObjectCreated:*",
    ),
]

_ON_SOURCE: Cases = [
    *_ON_TARGET,
    ({"execution_timeout_seconds": LEFT_OUT}, "execution_timeout_seconds: is required"),
    ({"execution_timeout_seconds": 0}, f"execution_timeout_seconds = 0: {EXECUTION}"),
    ({"execution_timeout_seconds": 901}, f"{_WAITS}{_BETWEEN}"),
    (
        {"execution_timeout_seconds": 31_622_401, "intermediary": True},
        f"execution_timeout_seconds = 31622401: {EXECUTION}",
    ),
    ({"intermediary": "perhaps"}, "intermediary = 'perhaps': must be true or false"),
    ({"batch_size": 0}, f"batch_size = 0: {_BATCH}"),
    (
        {"batch_size": 10_001, "maximum_batching_window_seconds": 1},
        f"batch_size = 10001: {_BATCH}",
    ),
    (
        {"batch_size": 1001, "maximum_batching_window_seconds": 1, "intermediary": True},
        f"batch_size = 1001: {_BATCH_BETWEEN}",
    ),
    ({"maximum_batching_window_seconds": -1}, f"maximum_batching_window_seconds = -1: {_WINDOW}"),
    ({"maximum_batching_window_seconds": 301}, f"maximum_batching_window_seconds = 301: {_WINDOW}"),
    ({"filter_patterns": []}, "filter_patterns = []: must not be empty; leave it out"),
    (
        {"filter_patterns": [{}] * 11},
        f"filter_patterns = {[{}] * 11}: must have at most 10 items, not 11",
    ),
    ({"filter_patterns": ["sale"]}, "filter_patterns.0 = 'sale': must be a dict"),
    ({"source_kms_key_arn": "shop"}, f"source_kms_key_arn = 'shop': {KEY_FORM}"),
]

QUEUE_CASES: Cases = [
    *_ON_SOURCE,
    ({"queue_arn": LEFT_OUT}, "queue_arn: is required"),
    (
        {"queue_arn": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/inbox"},
        f"queue_arn = 'https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/inbox': {_QUEUE_FORM}",
    ),
    (
        {"batch_size": 11},
        "batch_size = 11: needs maximum_batching_window_seconds of 1 or more, since SQS returns at most 10 messages at once",
    ),
    (
        {"queue_arn": f"{QUEUE}:inbox.fifo", "batch_size": 11},
        "batch_size = 11: must be 1 to 10 for a FIFO queue",
    ),
    (
        {"queue_arn": f"{QUEUE}:inbox.fifo", "maximum_batching_window_seconds": 1},
        "maximum_batching_window_seconds = 1: is not supported for a FIFO queue; leave it out",
    ),
    ({"maximum_concurrency": 1}, f"maximum_concurrency = 1: {_BATCHES}"),
    ({"maximum_concurrency": 1001}, f"maximum_concurrency = 1001: {_BATCHES}"),
    ({"function_timeout_seconds": 0}, f"function_timeout_seconds = 0: {INVOCATION}"),
    (
        {"body_as_event": True},
        "body_as_event = True: needs intermediary = True, which starts one execution for each message",
    ),
]

STREAM_CASES: Cases = [
    *_ON_SOURCE,
    (
        {"kinesis_stream_arn": LEFT_OUT},
        "kinesis_stream_arn | dynamodb_stream_arn: exactly one is required, got none",
    ),
    (
        {"dynamodb_stream_arn": f"{TABLE}/stream/2026-11-24T00:00:00.000"},
        "kinesis_stream_arn | dynamodb_stream_arn: exactly one is required, got kinesis_stream_arn and "
        "dynamodb_stream_arn",
    ),
    ({"kinesis_stream_arn": "clicks"}, f"kinesis_stream_arn = 'clicks': {_KINESIS_FORM}"),
    (
        {"kinesis_stream_arn": f"arn:aws:kafka:eu-west-1:{ACCOUNT}:cluster/c/1"},
        f"kinesis_stream_arn = 'arn:aws:kafka:eu-west-1:{ACCOUNT}:cluster/c/1': {_KINESIS_FORM}",
    ),
    (
        {"kinesis_stream_arn": LEFT_OUT, "dynamodb_stream_arn": TABLE},
        f"dynamodb_stream_arn = '{TABLE}': must be the ARN of a table's stream (its streamArn, not the table's own), "
        "which ends in /stream/<time>",
    ),
    (
        {"starting_position": "NEWEST"},
        "starting_position = 'NEWEST': must be one of LATEST, TRIM_HORIZON, AT_TIMESTAMP; TRIM_HORIZON starts with the "
        "oldest record",
    ),
    ({"starting_position": "AT_TIMESTAMP"}, _TIMED),
    ({"starting_position_timestamp": "2027-01-31T03:00:00Z"}, _TIMED),
    (
        {"starting_position": "AT_TIMESTAMP", "starting_position_timestamp": "2027-01-31"},
        "starting_position_timestamp = '2027-01-31': must be a time with a time zone, such as 2027-01-31T03:00:00Z",
    ),
    (
        {
            "kinesis_stream_arn": LEFT_OUT,
            "dynamodb_stream_arn": f"{TABLE}/stream/2026-11-24T00:00:00.000",
            "starting_position": "AT_TIMESTAMP",
            "starting_position_timestamp": "2027-01-31T03:00:00Z",
        },
        "starting_position = 'AT_TIMESTAMP': must be LATEST or TRIM_HORIZON for a table's stream",
    ),
    (
        {"tumbling_window_seconds": 901},
        "tumbling_window_seconds = 901: must be 1 to 900 seconds; leave it out for no windows",
    ),
    (
        {"tumbling_window_seconds": 60, "intermediary": True},
        "tumbling_window_seconds = 60: needs a handler that returns the window's state, which an intermediary does not do",
    ),
    ({"parallelization_factor": 0}, f"parallelization_factor = 0: {_PARALLEL}"),
    ({"parallelization_factor": 11}, f"parallelization_factor = 11: {_PARALLEL}"),
    ({"maximum_retry_attempts": -2}, f"maximum_retry_attempts = -2: {_ATTEMPTS}"),
    ({"maximum_retry_attempts": 10_001}, f"maximum_retry_attempts = 10001: {_ATTEMPTS}"),
    ({"maximum_record_age_seconds": -2}, f"maximum_record_age_seconds = -2: {_RECORD_AGE}"),
    ({"maximum_record_age_seconds": 0}, f"maximum_record_age_seconds = 0: {_RECORD_AGE}"),
    ({"maximum_record_age_seconds": 59}, f"maximum_record_age_seconds = 59: {_RECORD_AGE}"),
    ({"maximum_record_age_seconds": 604_801}, f"maximum_record_age_seconds = 604801: {_RECORD_AGE}"),
    ({"discarded_arn": "arn:aws:s3:::lost/a"}, f"discarded_arn = 'arn:aws:s3:::lost/a': {_DISCARDED}"),
    ({"discarded_arn": f"{TOPIC}:lost.fifo"}, f"discarded_arn = '{TOPIC}:lost.fifo': {FIFO}"),
]

URL_CASES: Cases = [
    *_ON_TARGET,
    (
        {"execution_timeout_seconds": 901},
        f"{_WAITS}invoke it asynchronously instead, with the invocation type Event",
    ),
    (
        {"authorization": "PUBLIC"},
        "authorization = 'PUBLIC': must be one of AWS_IAM, NONE; NONE lets everybody on the internet start executions",
    ),
    ({"cors_origins": []}, "cors_origins = []: must not be empty; leave it out"),
]

TRIGGER_TABLES: tuple[tuple[str, Mapping[str, Any], Cases], ...] = (
    ("ScheduleTrigger", {**TARGET, "schedule": "cron(0 3 * * ? *)"}, SCHEDULE_CASES),
    ("EventTrigger", {**TARGET, "event_pattern": {"source": ["shop"]}}, EVENT_CASES),
    ("TopicTrigger", {**TARGET, "topic_arn": f"{TOPIC}:news"}, TOPIC_CASES),
    ("BucketTrigger", {**TARGET, "bucket": "uploads"}, BUCKET_CASES),
    ("QueueTrigger", {**WAITED, "queue_arn": f"{QUEUE}:inbox"}, QUEUE_CASES),
    ("StreamTrigger", {**WAITED, "kinesis_stream_arn": KINESIS}, STREAM_CASES),
    ("UrlTrigger", WAITED, URL_CASES),
)

_OTHERWISE = "start executions by a standard function that passes the tenant's ID, or by a REST API; see docs/recipes.md"
VISIBILITY, TENANT_URL, TENANT_TRIGGER, NO_INTERMEDIARY = (
    "a queue",
    "a URL with tenant isolation",
    "another trigger with tenant isolation",
    "an intermediary for a StandardFunction",
)
BETWEEN: Mapping[str, str] = {
    VISIBILITY: "queue_arn: messages of the queue are invisible for 30 seconds, and the function that reads them has a timeout "
    "of 900: Lambda refuses this; raise visibility_timeout_seconds of the queue, AWS recommends six times the function's timeout",
    TENANT_URL: f"tenancy_config: Lambda supports no function URL with tenant isolation; {_OTHERWISE}",
    TENANT_TRIGGER: "tenancy_config: this trigger names no tenant, and Lambda refuses each invocation of the function without "
    f"one; {_OTHERWISE}",
    NO_INTERMEDIARY: "intermediary = True: is for a durable function, whose executions may outlast the trigger; a standard "
    "function gets each batch itself: leave it out",
}
"""What is refused of two resources together, and the message."""
