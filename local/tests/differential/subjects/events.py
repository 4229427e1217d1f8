"""EventBridge and EventBridge Scheduler."""

import json

from differential.reasons import DEFAULT, EARLIER, KEPT, ZERO
from differential.subject import Request, Subject, change, differing, each, to
from differential.world import BUS, DEAD, KEY, OTHER_ROLE, QUEUE, ROLE, STREAM

_TAGS = ({"a": "1"}, {"a": "2", "b": "3"})
_PATTERN = json.dumps({"source": ["aws.s3"]})
_NO_SCHEDULE = {"scheduleExpression": None, "eventPattern": _PATTERN}

RULE = Subject(
    "aws:cloudwatch/eventRule:EventRule",
    "aws_cloudwatch_event_rule",
    base={"name": "NAME", "scheduleExpression": "rate(1 day)"},
    reads=(
        Request("events", "describe_rule", {"Name": "{name}"}),
        Request("events", "describe_rule", {"Name": "{name}", "EventBusName": "shared"}),
        Request("events", "list_tags_for_resource", {"ResourceARN": "{arn}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2", "a b", "n" * 65),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 39}, explained=EARLIER),
        each("eventBusName", "shared", "default", beside=_NO_SCHEDULE),
        change("eventBusName to its ARN", {"eventBusName": BUS}, {**_NO_SCHEDULE, "eventBusName": "shared"}),
        to("eventBusName", "a b"),
        differing(each("description", "one", "two"), KEPT, "description removed"),
        to("description", "d" * 513),
        change("scheduleExpression to eventPattern", _NO_SCHEDULE),
        each("eventPattern", _PATTERN, json.dumps({"source": ["aws.lambda"]})),
        change(
            "eventPattern spaced", {"eventPattern": json.dumps(json.loads(_PATTERN), indent=2)}, _NO_SCHEDULE
        ),
        to("eventPattern", "{", ""),
        to("scheduleExpression", "rate(2 days)", "cron(0 12 * * ? *)", "s" * 257),
        change("neither", {"scheduleExpression": None}),
        each("roleArn", ROLE, OTHER_ROLE),
        to("roleArn", "shared"),
        each("state", "DISABLED", "ENABLED"),
        to("state", "OFF"),
        each("isEnabled", False, True),
        change("isEnabled and state", {"isEnabled": True, "state": "ENABLED"}),
        change("isEnabled to state", {"isEnabled": None, "state": "ENABLED"}, {"isEnabled": False}),
        each("forceDestroy", True, False),
        each("tags", *_TAGS),
        change(
            "state, changed by somebody else",
            {},
            behind=(Request("events", "disable_rule", {"Name": "NAME"}),),
        ),
        change("gone", {}, behind=(Request("events", "delete_rule", {"Name": "NAME"}),)),
    ),
)

_RETRY = {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 1}
_TRANSFORMER = {"inputPaths": {"id": "$.id"}, "inputTemplate": '{"id": <id>}'}

TARGET = Subject(
    "aws:cloudwatch/eventTarget:EventTarget",
    "aws_cloudwatch_event_target",
    base={"rule": "NAME", "targetId": "here", "arn": QUEUE},
    world=(
        Request("events", "put_rule", {"Name": "NAME", "ScheduleExpression": "rate(1 day)"}),
        Request("events", "put_rule", {"Name": "NAME-2", "ScheduleExpression": "rate(1 day)"}),
        Request("events", "put_rule", {"Name": "NAME", "EventPattern": _PATTERN, "EventBusName": "shared"}),
    ),
    reads=(
        Request("events", "list_targets_by_rule", {"Rule": "NAME"}, "Targets"),
        Request("events", "list_targets_by_rule", {"Rule": "NAME-2"}, "Targets"),
        Request("events", "list_targets_by_rule", {"Rule": "NAME", "EventBusName": "shared"}, "Targets"),
    ),
    changes=(
        to("rule", "NAME-2", "a b"),
        to("targetId", "there", "a b", "t" * 65),
        each("eventBusName", "shared", "default"),
        change("eventBusName to its ARN", {"eventBusName": BUS}, {"eventBusName": "shared"}),
        to("arn", DEAD, "queue"),
        each("roleArn", ROLE, OTHER_ROLE, beside={"arn": STREAM}),
        to("roleArn", "shared"),
        each("input", '{"a": 1}', '{"a": 2}'),
        change("input spaced", {"input": '{"a":1}'}, {"input": '{"a": 1}'}),
        to("input", "{"),
        each("inputPath", "$.detail", "$.source"),
        each("inputTransformer", _TRANSFORMER, {**_TRANSFORMER, "inputTemplate": '{"it": <id>}'}),
        change(
            "inputTransformer.inputPaths removed",
            {"inputTransformer": {"inputTemplate": '"x"'}},
            {"inputTransformer": _TRANSFORMER},
        ),
        change("input and inputPath", {"input": "{}", "inputPath": "$.detail"}),
        change("input to inputPath", {"input": None, "inputPath": "$.detail"}, {"input": "{}"}),
        each("retryPolicy", _RETRY, {"maximumEventAgeInSeconds": 120, "maximumRetryAttempts": 2}),
        change(
            "retryPolicy.maximumRetryAttempts removed",
            {"retryPolicy": {"maximumEventAgeInSeconds": 60}},
            {"retryPolicy": _RETRY},
            explained=ZERO,
        ),
        to("retryPolicy", {"maximumRetryAttempts": 186}),
        to("retryPolicy", {"maximumEventAgeInSeconds": 59}, explained=EARLIER),
        each("deadLetterConfig", {"arn": DEAD}, {"arn": QUEUE}),
        to("deadLetterConfig", {"arn": "queue"}),
        each("sqsTarget", {"messageGroupId": "a"}, {"messageGroupId": "b"}),
        each(
            "kinesisTarget",
            {"partitionKeyPath": "$.id"},
            {"partitionKeyPath": "$.source"},
            beside={"arn": STREAM, "roleArn": ROLE},
        ),
        each(
            "httpTarget",
            {
                "headerParameters": {"a": "1"},
                "pathParameterValues": ["x"],
                "queryStringParameters": {"q": "1"},
            },
            {"headerParameters": {"a": "2"}},
        ),
        each("forceDestroy", True, False),
        change("gone", {}, behind=(Request("events", "remove_targets", {"Rule": "NAME", "Ids": ["here"]}),)),
    ),
)


def _target(**more: object) -> dict[str, object]:
    return {"arn": QUEUE, "roleArn": ROLE, **more}


_POLICY = {"maximumEventAgeInSeconds": 60, "maximumRetryAttempts": 1}
_OFF, _FLEXIBLE = {"mode": "OFF"}, {"mode": "FLEXIBLE", "maximumWindowInMinutes": 5}

SCHEDULE = Subject(
    "aws:scheduler/schedule:Schedule",
    "aws_scheduler_schedule",
    base={
        "name": "NAME",
        "scheduleExpression": "rate(1 day)",
        "flexibleTimeWindow": _OFF,
        "target": _target(),
    },
    reads=(
        Request("scheduler", "get_schedule", {"Name": "{name}"}),
        Request("scheduler", "get_schedule", {"Name": "{name}", "GroupName": "shared"}),
    ),
    changes=(
        to("name", "NAME-2", "a b", "n" * 65),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 39}),
        each("groupName", "shared", "default"),
        to("groupName", "a b"),
        each("description", "one", "two"),
        to("description", "d" * 513),
        to("scheduleExpression", "rate(2 days)", "at(2030-01-01T00:00:00)", "s" * 257),
        each("scheduleExpressionTimezone", "Europe/Berlin", "UTC"),
        to("scheduleExpressionTimezone", "t" * 51),
        each("startDate", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        each("endDate", "2040-01-01T00:00:00Z", "2041-01-01T00:00:00Z"),
        to("startDate", "tomorrow", "2030-01-01"),
        each("state", "DISABLED", "ENABLED"),
        to("state", "OFF"),
        each("kmsKeyArn", KEY, KEY.replace("1111", "9999", 1)),
        to("kmsKeyArn", "key"),
        to(
            "flexibleTimeWindow",
            _FLEXIBLE,
            {"mode": "SOMETIMES"},
            {"mode": "FLEXIBLE", "maximumWindowInMinutes": 1441},
        ),
        change("flexibleTimeWindow off", {"flexibleTimeWindow": _OFF}, {"flexibleTimeWindow": _FLEXIBLE}),
        to(
            "target",
            {"arn": DEAD, "roleArn": ROLE},
            {"arn": QUEUE, "roleArn": OTHER_ROLE},
            {"arn": "queue", "roleArn": ROLE},
            {"arn": QUEUE, "roleArn": "shared"},
        ),
        change("target.input set", {"target": _target(input='{"a": 1}')}),
        change(
            "target.input changed",
            {"target": _target(input='{"a": 2}')},
            {"target": _target(input='{"a": 1}')},
        ),
        change("target.input removed", {"target": _target()}, {"target": _target(input='{"a": 1}')}),
        change("target.retryPolicy set", {"target": _target(retryPolicy=_POLICY)}),
        change(
            "target.retryPolicy changed",
            {"target": _target(retryPolicy={**_POLICY, "maximumRetryAttempts": 2})},
            {"target": _target(retryPolicy=_POLICY)},
        ),
        change(
            "target.retryPolicy removed",
            {"target": _target()},
            {"target": _target(retryPolicy=_POLICY)},
            explained=DEFAULT,
        ),
        change(
            "target.retryPolicy.maximumRetryAttempts removed",
            {"target": _target(retryPolicy={"maximumEventAgeInSeconds": 60})},
            {"target": _target(retryPolicy=_POLICY)},
            explained=DEFAULT,
        ),
        change(
            "target.retryPolicy.maximumRetryAttempts 0",
            {"target": _target(retryPolicy={**_POLICY, "maximumRetryAttempts": 0})},
        ),
        change(
            "target.retryPolicy out of range", {"target": _target(retryPolicy={"maximumRetryAttempts": 186})}
        ),
        change(
            "target.retryPolicy, put by somebody else",
            {},
            explained=DEFAULT,
            behind=(
                Request(
                    "scheduler",
                    "update_schedule",
                    {
                        "Name": "NAME",
                        "ScheduleExpression": "rate(1 day)",
                        "FlexibleTimeWindow": {"Mode": "OFF"},
                        "Target": {
                            "Arn": QUEUE,
                            "RoleArn": ROLE,
                            "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 1},
                        },
                    },
                ),
            ),
        ),
        change("target.deadLetterConfig set", {"target": _target(deadLetterConfig={"arn": DEAD})}),
        change(
            "target.deadLetterConfig removed",
            {"target": _target()},
            {"target": _target(deadLetterConfig={"arn": DEAD})},
        ),
        change("target.deadLetterConfig no ARN", {"target": _target(deadLetterConfig={"arn": "dead"})}),
        change("target.sqsParameters", {"target": _target(sqsParameters={"messageGroupId": "a"})}),
        change(
            "target.sqsParameters removed",
            {"target": _target()},
            {"target": _target(sqsParameters={"messageGroupId": "a"})},
        ),
        change(
            "target.kinesisParameters",
            {"target": {**_target(kinesisParameters={"partitionKey": "a"}), "arn": STREAM}},
        ),
        change(
            "target.eventbridgeParameters",
            {"target": {**_target(eventbridgeParameters={"detailType": "d", "source": "s"}), "arn": BUS}},
        ),
        change("gone", {}, behind=(Request("scheduler", "delete_schedule", {"Name": "NAME"}),)),
    ),
)

SUBJECTS = (RULE, TARGET, SCHEDULE)
