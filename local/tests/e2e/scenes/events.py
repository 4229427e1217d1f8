"""Event buses and what is logged."""

from scenes.scene import Made

EVENTS = (
    Made(
        "bus",
        "aws:cloudwatch/eventBus:EventBus",
        {"name": "orders"},
        {
            "description": "of orders",
            "deadLetterConfig": {"arn": "arn:aws:sqs:us-east-1:000000000000:dead"},
            "kmsKeyIdentifier": "alias/orders",
            "logConfig": {"includeDetail": "FULL", "level": "ERROR"},
            "tags": {"a": "1"},
        },
        {"name": "others", "eventSourceName": "aws.partner/example.com/1"},
        drift=("events", "update_event_bus", {"Name": "orders", "Description": "other"}),
        drifts=("description",),
    ),
    Made(
        "archive",
        "aws:cloudwatch/eventArchive:EventArchive",
        {"name": "orders", "eventSourceArn": "${bus.arn}", "description": "of orders"},
        {
            "description": None,
            "eventPattern": '{"source": ["orders"]}',
            "retentionDays": 7,
            "kmsKeyIdentifier": "alias/orders",
        },
        {"name": "others", "eventSourceArn": "arn:aws:events:us-east-1:000000000000:event-bus/default"},
        drift=("events", "update_archive", {"ArchiveName": "orders", "RetentionDays": 3}),
        drifts=("retentionDays",),
    ),
    Made("group", "aws:cloudwatch/logGroup:LogGroup", {"name": "orders"}),
    Made("stream", "aws:kinesis/stream:Stream", {"name": "logged", "shardCount": 1}, imported="logged"),
    Made("queue", "aws:sqs/queue:Queue", {"name": "orders"}),
    Made(
        "records",
        "aws:dynamodb/table:Table",
        {
            "name": "orders",
            "hashKey": "id",
            "attributes": [{"name": "id", "type": "S"}],
            "billingMode": "PAY_PER_REQUEST",
        },
    ),
    Made(
        "role",
        "aws:iam/role:Role",
        {
            "name": "logs",
            "assumeRolePolicy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
            '"Principal": {"Service": "logs.amazonaws.com"}}]}',
        },
    ),
    Made(
        "filter",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        {
            "name": "errors",
            "logGroup": "${group.name}",
            "filterPattern": "ERROR",
            "destinationArn": "${stream.arn}",
            "roleArn": "${role.arn}",
        },
        {
            "filterPattern": "",
            "distribution": "Random",
            "applyOnTransformedLogs": True,
            "emitSystemFields": ["@aws.region"],
        },
        {"name": "others", "logGroup": "others"},
        drift=("logs", "delete_subscription_filter", {"logGroupName": "orders", "filterName": "errors"}),
    ),
)
