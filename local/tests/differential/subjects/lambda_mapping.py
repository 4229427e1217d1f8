"""Lambda: event source mappings."""

from differential.reasons import EARLIER, QUALIFIED, REPORTED, UNREPORTED, ZERO
from differential.subject import Request, Subject, change, differing, each, to
from differential.world import ACCOUNT, DEAD, FUNCTION, KEY, OTHER_TOPIC, TOPIC, of_function, of_queue

_ARN = FUNCTION.replace("shared", "NAME")
_QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:NAME"
_OTHER_QUEUE = f"{_QUEUE}-2"
_STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/NAME"
_ALIASED = (
    of_function("NAME"),
    Request("lambda", "publish_version", {"FunctionName": "NAME"}),
    Request("lambda", "create_alias", {"FunctionName": "NAME", "Name": "live", "FunctionVersion": "1"}),
)
# The control plane would give a stream the batch size of a queue.
_STREAMED = {"eventSourceArn": _STREAM, "startingPosition": "LATEST", "batchSize": 100}
_ONE, _TWO = ({"pattern": f'{{"body": {{"a": [{number}]}}}}'} for number in (1, 2))


def _fails(arn: str) -> dict[str, dict[str, str]]:
    return {"onFailure": {"destinationArn": arn}}


MAPPING = Subject(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "aws_lambda_event_source_mapping",
    base={"functionName": "NAME", "eventSourceArn": _QUEUE},
    world=(
        *_ALIASED,
        of_queue("NAME"),
        of_queue("NAME-2"),
        Request("kinesis", "create_stream", {"StreamName": "NAME", "ShardCount": 1}),
    ),
    reads=(
        Request("lambda", "get_event_source_mapping", {"UUID": "{uuid}"}),
        Request("lambda", "list_event_source_mappings", {"FunctionName": "NAME"}, "EventSourceMappings"),
    ),
    changes=(
        to("functionName", _ARN, f"{_ARN}:live", "other", "a b"),
        to("functionName", "NAME:live", explained=QUALIFIED),
        change("functionName from its ARN", {"functionName": "NAME"}, {"functionName": _ARN}),
        to("eventSourceArn", _OTHER_QUEUE, "queue"),
        each("enabled", False, True),
        differing(
            each("batchSize", 5, 20, beside={"maximumBatchingWindowInSeconds": 1}), ZERO, "batchSize removed"
        ),
        to("batchSize", 1),
        to("batchSize", 0, 10_001, explained=EARLIER),
        change("batchSize of a stream", {}, _STREAMED),
        each("bisectBatchOnFunctionError", True, False, beside=_STREAMED),
        each("destinationConfig", _fails(DEAD), _fails(OTHER_TOPIC), beside=_STREAMED),
        change(
            "destinationConfig emptied",
            {"destinationConfig": {}},
            {**_STREAMED, "destinationConfig": _fails(DEAD)},
        ),
        to("destinationConfig", _fails("dead"), _fails(TOPIC)),
        differing(
            each("filterCriteria", {"filters": [_ONE]}, {"filters": [_TWO]}),
            REPORTED,
            "filterCriteria removed",
        ),
        change(
            "filters reordered",
            {"filterCriteria": {"filters": [_TWO, _ONE]}},
            {"filterCriteria": {"filters": [_ONE, _TWO]}},
        ),
        change(
            "filter spaced",
            {"filterCriteria": {"filters": [{"pattern": '{"body":{"a":[1]}}'}]}},
            {"filterCriteria": {"filters": [_ONE]}},
        ),
        each("functionResponseTypes", ["ReportBatchItemFailures"]),
        to("functionResponseTypes", ["All"]),
        each("kmsKeyArn", KEY, KEY.replace("1111", "9999", 1), explained=UNREPORTED),
        to("kmsKeyArn", "key"),
        each("maximumBatchingWindowInSeconds", 1, 300),
        to("maximumBatchingWindowInSeconds", 0),
        to("maximumBatchingWindowInSeconds", 301, explained=EARLIER),
        each("maximumRecordAgeInSeconds", 60, 120, beside=_STREAMED),
        each("maximumRecordAgeInSeconds", -1, beside=_STREAMED, label="maximumRecordAgeInSeconds -1"),
        to("maximumRecordAgeInSeconds", 59, 604_801),
        each("maximumRetryAttempts", 1, 2, beside=_STREAMED),
        differing(
            each("maximumRetryAttempts", 0, -1, beside=_STREAMED, label="maximumRetryAttempts 0"),
            ZERO,
            "maximumRetryAttempts 0 set",
        ),
        to("maximumRetryAttempts", 10_001, -2),
        each("metricsConfig", {"metrics": ["EventCount"]}, explained=UNREPORTED),
        to("metricsConfig", {"metrics": ["All"]}),
        each("parallelizationFactor", 2, 10, beside=_STREAMED),
        to("parallelizationFactor", 0, 11),
        each(
            "provisionedPollerConfig",
            {"minimumPollers": 2, "maximumPollers": 20},
            {"minimumPollers": 3, "maximumPollers": 30},
            explained=UNREPORTED,
        ),
        differing(
            each("scalingConfig", {"maximumConcurrency": 2}, {"maximumConcurrency": 1000}),
            REPORTED,
            "scalingConfig removed",
        ),
        to("scalingConfig", {"maximumConcurrency": 1}, {"maximumConcurrency": 1001}),
        each("tumblingWindowInSeconds", 1, 900, beside=_STREAMED, explained=UNREPORTED),
        to("tumblingWindowInSeconds", 901),
        change("startingPosition changed", {"startingPosition": "TRIM_HORIZON"}, _STREAMED),
        change(
            "startingPosition at a time",
            {"startingPosition": "AT_TIMESTAMP", "startingPositionTimestamp": "2025-01-01T00:00:00Z"},
            _STREAMED,
            explained=UNREPORTED,
        ),
        to("startingPosition", "FIRST"),
        each("tags", {"a": "1"}, {"a": "2", "b": "3"}),
    ),
)

SUBJECTS = (MAPPING,)
