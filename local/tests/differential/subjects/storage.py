"""Buckets, objects, tables and streams."""

from differential.reasons import BY_NAME, EARLIER, LOST, UNREPORTED
from differential.subject import File, Request, Subject, change, differing, each, to
from differential.world import ACCOUNT, FUNCTION, KEY, OTHER_TOPIC, QUEUE, TOPIC, of_bucket

_TAGS = ({"a": "1"}, {"a": "2", "b": "3"})
_ON, _OFF = {"enabled": True}, {"enabled": False}

BUCKET = Subject(
    "aws:s3/bucket:Bucket",
    "aws_s3_bucket",
    base={"bucket": "NAME"},
    reads=(
        Request("s3", "head_bucket", {"Bucket": "{bucket}"}, "ResponseMetadata.HTTPStatusCode"),
        Request("s3", "get_bucket_versioning", {"Bucket": "{bucket}"}),
        Request("s3", "get_bucket_tagging", {"Bucket": "{bucket}"}, "TagSet"),
        Request("s3", "get_object_lock_configuration", {"Bucket": "{bucket}"}),
    ),
    changes=(
        to(
            "bucket",
            "NAME-2",
            "Upper",
            "b",
            "ab",
            "b" * 64,
            "b" * 63,
            "under_score",
            "a..b",
            "-a",
            "192.168.0.1",
            "xn--a",
            "a-s3alias",
        ),
        change("bucketPrefix instead of bucket", {"bucket": None, "bucketPrefix": "NAME-"}),
        change("bucket with bucketPrefix", {"bucketPrefix": "NAME-"}),
        change("bucketPrefix too long", {"bucket": None, "bucketPrefix": "b" * 38}),
        each("forceDestroy", True, False),
        each("objectLockEnabled", True, False),
        each("versioning", _ON, _OFF),
        each("tags", *_TAGS),
        change(
            "versioning, changed by somebody else",
            {},
            {"versioning": _ON},
            behind=(
                Request(
                    "s3",
                    "put_bucket_versioning",
                    {"Bucket": "NAME", "VersioningConfiguration": {"Status": "Suspended"}},
                ),
            ),
        ),
        change("gone", {}, behind=(Request("s3", "delete_bucket", {"Bucket": "NAME"}),)),
    ),
)


def _function(*events: str, **more: str) -> dict[str, object]:
    return {"id": "f", "lambdaFunctionArn": f"{FUNCTION}:live", "events": list(events), **more}


_MADE, _REMOVED = "s3:ObjectCreated:*", "s3:ObjectRemoved:*"

NOTIFICATION = Subject(
    "aws:s3/bucketNotification:BucketNotification",
    "aws_s3_bucket_notification",
    names={"lambdaFunctions": "lambda_function", "queues": "queue", "topics": "topic"},
    base={"bucket": "NAME", "queues": [{"id": "q", "queueArn": QUEUE, "events": [_MADE]}]},
    world=(of_bucket("NAME"), of_bucket("NAME-2")),
    reads=(Request("s3", "get_bucket_notification_configuration", {"Bucket": "{bucket}"}),),
    changes=(
        to("bucket", "NAME-2"),
        each("eventbridge", True, False),
        each("lambdaFunctions", [_function(_MADE)], [_function(_MADE, _REMOVED)]),
        each(
            "lambdaFunctions",
            [_function(_MADE, filterPrefix="a/")],
            [_function(_MADE, filterPrefix="b/", filterSuffix=".json")],
            label="lambdaFunctions with filterPrefix",
        ),
        change(
            "filterPrefix removed",
            {"lambdaFunctions": [_function(_MADE)]},
            {"lambdaFunctions": [_function(_MADE, filterPrefix="a/")]},
        ),
        change(
            "events reordered",
            {"lambdaFunctions": [_function(_REMOVED, _MADE)]},
            {"lambdaFunctions": [_function(_MADE, _REMOVED)]},
        ),
        each(
            "topics",
            [{"id": "t", "topicArn": TOPIC, "events": [_MADE]}],
            [{"id": "t", "topicArn": OTHER_TOPIC, "events": [_MADE]}],
        ),
        change("queues removed", {"queues": None, "eventbridge": True}),
        to(
            "queues",
            [{"id": "q", "queueArn": "queue", "events": [_MADE]}],
            [{"id": "q", "queueArn": QUEUE, "events": ["s3:Everything"]}],
        ),
        change(
            "removed by somebody else",
            {},
            behind=(
                Request(
                    "s3",
                    "put_bucket_notification_configuration",
                    {"Bucket": "NAME", "NotificationConfiguration": {}},
                ),
            ),
        ),
    ),
)


def _object(name: str, terraform: str) -> Subject:
    return Subject(
        f"aws:s3/{name}:{name[0].upper()}{name[1:]}",
        terraform,
        base={"bucket": "NAME", "key": "here", "content": "one"},
        world=(of_bucket("NAME"), of_bucket("NAME-2")),
        reads=(
            Request("s3", "head_object", {"Bucket": "{bucket}", "Key": "{key}"}),
            Request("s3", "get_object", {"Bucket": "{bucket}", "Key": "{key}"}, "Body"),
            Request("s3", "get_object_tagging", {"Bucket": "{bucket}", "Key": "{key}"}, "TagSet"),
            Request("s3", "list_objects_v2", {"Bucket": "NAME"}, "Contents"),
        ),
        changes=(
            to("bucket", "NAME-2"),
            to("key", "there", "with/a/folder"),
            to("content", "two"),
            change("content to contentBase64", {"content": None, "contentBase64": "dHdv"}),
            change("content to source", {"content": None, "source": File("three")}),
            change("source changed", {"source": File("four")}, {"content": None, "source": File("three")}),
            change("content and source", {"source": File("three")}),
            change("content removed", {"content": None}),
            each("sourceHash", "one", "two"),
            each("contentType", "text/plain", "text/html"),
            each("cacheControl", "no-cache", "max-age=60"),
            each("contentDisposition", "inline", "attachment"),
            each("contentEncoding", "gzip", "identity"),
            each("metadata", {"a": "1"}, {"a": "2", "b": "3"}),
            to("metadata", {"Upper": "1"}),
            each("forceDestroy", True, False),
            each("tags", *_TAGS),
            change("content, tagged", {"content": "two"}, {"tags": {"a": "1"}}),
            change("gone", {}, behind=(Request("s3", "delete_object", {"Bucket": "NAME", "Key": "here"}),)),
        ),
    )


_ID = {"name": "id", "type": "S"}
_AT = {"name": "at", "type": "N"}
_RANGED = {"rangeKey": "at", "attributes": [_ID, _AT]}
_PROVISIONED = {"billingMode": "PROVISIONED", "readCapacity": 1, "writeCapacity": 1}

TABLE = Subject(
    "aws:dynamodb/table:Table",
    "aws_dynamodb_table",
    base={"name": "NAME", "billingMode": "PAY_PER_REQUEST", "hashKey": "id", "attributes": [_ID]},
    reads=(
        Request("dynamodb", "describe_table", {"TableName": "{name}"}, "Table"),
        Request("dynamodb", "list_tags_of_resource", {"ResourceArn": "{arn}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2", "ab", "a b", "n" * 256),
        change("hashKey changed", {"hashKey": "at", "attributes": [_AT]}),
        change("key type changed", {"attributes": [{**_ID, "type": "N"}]}, explained=BY_NAME),
        change("rangeKey set", _RANGED),
        change("rangeKey removed", {"rangeKey": None, "attributes": [_ID]}, _RANGED),
        change(
            "rangeKey changed", {"rangeKey": "to", "attributes": [_ID, {"name": "to", "type": "N"}]}, _RANGED
        ),
        change("rangeKey without its attribute", {"rangeKey": "at"}),
        change("attributes reordered", {"attributes": [_AT, _ID]}, _RANGED),
        change("attribute without a key", {"attributes": [_ID, _AT]}),
        to("attributes", [{"name": "id", "type": "T"}]),
        change("to PROVISIONED", _PROVISIONED),
        change(
            "to PAY_PER_REQUEST",
            {"billingMode": "PAY_PER_REQUEST", "readCapacity": None, "writeCapacity": None},
            _PROVISIONED,
        ),
        change("billingMode removed", {"billingMode": None, "readCapacity": 1, "writeCapacity": 1}),
        change("capacity changed", {"readCapacity": 2}, _PROVISIONED),
        change("PROVISIONED without capacity", {"billingMode": "PROVISIONED"}, explained=EARLIER),
        change("capacity on demand", {"readCapacity": 1, "writeCapacity": 1}),
        to("billingMode", "FREE"),
        change("stream on", {"streamEnabled": True, "streamViewType": "NEW_IMAGE"}),
        change(
            "stream off", {"streamEnabled": False}, {"streamEnabled": True, "streamViewType": "NEW_IMAGE"}
        ),
        change(
            "stream removed",
            {"streamEnabled": None, "streamViewType": None},
            {"streamEnabled": True, "streamViewType": "NEW_IMAGE"},
        ),
        change(
            "stream view changed",
            {"streamViewType": "KEYS_ONLY"},
            {"streamEnabled": True, "streamViewType": "NEW_IMAGE"},
        ),
        change("stream without its view", {"streamEnabled": True}),
        change("unknown view", {"streamEnabled": True, "streamViewType": "ALL"}),
        each("tableClass", "STANDARD_INFREQUENT_ACCESS", "STANDARD"),
        to("tableClass", "GOLD"),
        change(
            "deletionProtectionEnabled off",
            {"deletionProtectionEnabled": False},
            {"deletionProtectionEnabled": True},
        ),
        change(
            "deletionProtectionEnabled removed",
            {"deletionProtectionEnabled": None},
            {"deletionProtectionEnabled": True},
        ),
        each("tags", *_TAGS),
        change("gone", {}, behind=(Request("dynamodb", "delete_table", {"TableName": "NAME"}),)),
    ),
)

_KMS = {"encryptionType": "KMS", "kmsKeyId": KEY}

STREAM = Subject(
    "aws:kinesis/stream:Stream",
    "aws_kinesis_stream",
    base={"name": "NAME", "shardCount": 1},
    reads=(
        Request("kinesis", "describe_stream_summary", {"StreamName": "{name}"}, "StreamDescriptionSummary"),
        Request("kinesis", "list_tags_for_stream", {"StreamName": "{name}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2"),
        to("name", "a b", "n" * 129, explained=EARLIER),
        to("shardCount", 2, 0),
        change("shardCount decreased", {"shardCount": 1}, {"shardCount": 2}),
        change("shardCount removed", {"shardCount": None}),
        change("to ON_DEMAND", {"shardCount": None, "streamModeDetails": {"streamMode": "ON_DEMAND"}}),
        change(
            "to PROVISIONED",
            {"shardCount": 1, "streamModeDetails": {"streamMode": "PROVISIONED"}},
            {"shardCount": None, "streamModeDetails": {"streamMode": "ON_DEMAND"}},
        ),
        change("ON_DEMAND with shards", {"streamModeDetails": {"streamMode": "ON_DEMAND"}}),
        to("streamModeDetails", {"streamMode": "PROVISIONED"}, {"streamMode": "SOMETIMES"}),
        each("retentionPeriod", 48, 8760),
        to("retentionPeriod", 23, 24, 8761),
        change("encryption on", _KMS),
        change("encryption off", {"encryptionType": "NONE", "kmsKeyId": None}, _KMS),
        change("encryption removed", {"encryptionType": None, "kmsKeyId": None}, _KMS),
        change("key changed", {"kmsKeyId": "alias/other"}, _KMS),
        change("KMS without a key", {"encryptionType": "KMS"}),
        to("encryptionType", "AES"),
        each(
            "shardLevelMetrics", ["IncomingBytes"], ["OutgoingBytes", "IncomingBytes"], explained=UNREPORTED
        ),
        to("shardLevelMetrics", ["ALL"], explained=UNREPORTED),
        to("shardLevelMetrics", ["Bytes"], explained=EARLIER),
        each("enforceConsumerDeletion", True, False),
        differing(each("tags", *_TAGS), LOST, "tags removed", "tags changed"),
        change("gone", {}, behind=(Request("kinesis", "delete_stream", {"StreamName": "NAME"}),)),
    ),
)

_OF_STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/NAME"

CONSUMER = Subject(
    "aws:kinesis/streamConsumer:StreamConsumer",
    "aws_kinesis_stream_consumer",
    base={"name": "NAME", "streamArn": _OF_STREAM},
    world=(
        Request("kinesis", "create_stream", {"StreamName": "NAME", "ShardCount": 1}),
        Request("kinesis", "create_stream", {"StreamName": "NAME-2", "ShardCount": 1}),
    ),
    reads=(
        Request("kinesis", "list_stream_consumers", {"StreamARN": _OF_STREAM}, "Consumers"),
        Request("kinesis", "list_stream_consumers", {"StreamARN": f"{_OF_STREAM}-2"}, "Consumers"),
    ),
    changes=(
        to("name", "NAME-2"),
        to("name", "a b", "n" * 129, explained=EARLIER),
        to("streamArn", f"{_OF_STREAM}-2", "stream"),
    ),
)

SUBJECTS = (
    BUCKET,
    NOTIFICATION,
    _object("bucketObject", "aws_s3_bucket_object"),
    _object("bucketObjectv2", "aws_s3_object"),
    TABLE,
    STREAM,
    CONSUMER,
)
