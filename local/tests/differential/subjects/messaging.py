"""Queues and topics."""

import json

from differential.reasons import EARLIER, EMPTY, EMPTY_POLICY, NEWER, NO_POLICY, REPORTED
from differential.subject import Request, Subject, change, differing, each, to
from differential.world import ACCOUNT, OTHER_ROLE, QUEUE, ROLE, document, of_queue, of_topic

_TAGS = ({"a": "1"}, {"a": "2", "b": "3"})
_SELF = f"arn:aws:sqs:us-east-1:{ACCOUNT}:NAME"
_FIFO = {"name": "NAME.fifo", "fifoQueue": True}
_SENDS = document(Effect="Allow", Principal="*", Action="sqs:SendMessage", Resource=_SELF)
_READS = document(Effect="Allow", Principal="*", Action="sqs:ReceiveMessage", Resource=_SELF)
_DEAD, _DEADER = (
    f'{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:{ACCOUNT}:dead","maxReceiveCount":{count}}}'
    for count in (3, 5)
)
_ALL = {"AttributeNames": ["All"]}

QUEUE_SUBJECT = Subject(
    "aws:sqs/queue:Queue",
    "aws_sqs_queue",
    base={"name": "NAME"},
    reads=(
        Request("sqs", "get_queue_attributes", {"QueueUrl": "{url}", **_ALL}, "Attributes"),
        Request("sqs", "list_queue_tags", {"QueueUrl": "{url}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2", "a b", "n" * 81, "NAME.fifo"),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 81}),
        change("to FIFO", _FIFO),
        change("fifoQueue without its name", {"fifoQueue": True}),
        change("nothing, FIFO", {}, _FIFO),
        each("contentBasedDeduplication", True, False, beside=_FIFO),
        to("contentBasedDeduplication", True),
        each("deduplicationScope", "messageGroup", "queue", beside=_FIFO),
        each(
            "fifoThroughputLimit",
            "perMessageGroupId",
            "perQueue",
            beside={**_FIFO, "deduplicationScope": "messageGroup"},
        ),
        to("deduplicationScope", "all"),
        to("fifoThroughputLimit", "all"),
        each("delaySeconds", 1, 900),
        to("delaySeconds", 0, 901, -1),
        each("kmsMasterKeyId", "alias/one", "alias/two"),
        each("kmsDataKeyReusePeriodSeconds", 60, 86_400, beside={"kmsMasterKeyId": "alias/one"}),
        to("kmsDataKeyReusePeriodSeconds", 59, 86_401),
        each("maxMessageSize", 1024, 262_144),
        to("maxMessageSize", 1023, 1_048_577),
        to("maxMessageSize", 1_048_576, explained=NEWER),
        each("messageRetentionSeconds", 60, 1_209_600),
        to("messageRetentionSeconds", 59, 345_600, 1_209_601),
        each("policy", _SENDS, _READS),
        change("policy spaced", {"policy": json.dumps(json.loads(_SENDS), indent=2)}, {"policy": _SENDS}),
        to("policy", "{", ""),
        each("redrivePolicy", _DEAD, _DEADER),
        change(
            "redrivePolicy spaced",
            {"redrivePolicy": json.dumps(json.loads(_DEAD), indent=2)},
            {"redrivePolicy": _DEAD},
        ),
        to("redrivePolicy", "{"),
        each("redriveAllowPolicy", '{"redrivePermission":"denyAll"}', '{"redrivePermission":"allowAll"}'),
        each("receiveWaitTimeSeconds", 1, 20),
        to("receiveWaitTimeSeconds", 21),
        each("sqsManagedSseEnabled", True, False),
        change(
            "managed encryption to a key",
            {"sqsManagedSseEnabled": None, "kmsMasterKeyId": "alias/one"},
            {"sqsManagedSseEnabled": True},
        ),
        change("both encryptions", {"sqsManagedSseEnabled": True, "kmsMasterKeyId": "alias/one"}),
        each("visibilityTimeoutSeconds", 60, 43_200),
        to("visibilityTimeoutSeconds", 0, 30, 43_201),
        each("tags", *_TAGS),
        change(
            "delay, changed by somebody else",
            {},
            behind=(
                Request(
                    "sqs",
                    "set_queue_attributes",
                    {"QueueUrl": "QUEUES/NAME", "Attributes": {"DelaySeconds": "5"}},
                ),
            ),
        ),
        change("gone", {}, behind=(Request("sqs", "delete_queue", {"QueueUrl": "QUEUES/NAME"}),)),
    ),
)

QUEUE_POLICY = Subject(
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws_sqs_queue_policy",
    base={"queueUrl": "QUEUES/NAME", "policy": _SENDS},
    world=(of_queue("NAME"), of_queue("NAME-2")),
    reads=(
        Request(
            "sqs",
            "get_queue_attributes",
            {"QueueUrl": "{queueUrl}", "AttributeNames": ["Policy"]},
            "Attributes",
        ),
    ),
    changes=(
        to("queueUrl", "QUEUES/NAME-2"),
        to("policy", _READS, json.dumps(json.loads(_SENDS), indent=2), "{"),
        to("policy", "", explained=EMPTY_POLICY),
        change(
            "policy, removed by somebody else",
            {},
            behind=(
                Request(
                    "sqs", "set_queue_attributes", {"QueueUrl": "QUEUES/NAME", "Attributes": {"Policy": ""}}
                ),
            ),
        ),
    ),
)

_OF_TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:NAME"
_PUBLISHES = document(Effect="Allow", Principal="*", Action="sns:Publish", Resource=_OF_TOPIC)
_SUBSCRIBES = document(Effect="Allow", Principal="*", Action="sns:Subscribe", Resource=_OF_TOPIC)


def _delivery(retries: int) -> str:
    policy = {"numRetries": retries, "minDelayTarget": 20, "maxDelayTarget": 20}
    return json.dumps({"http": {"defaultHealthyRetryPolicy": policy, "disableSubscriptionOverrides": False}})


TOPIC_SUBJECT = Subject(
    "aws:sns/topic:Topic",
    "aws_sns_topic",
    base={"name": "NAME"},
    reads=(
        Request("sns", "get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes"),
        Request("sns", "list_tags_for_resource", {"ResourceArn": "{arn}"}, "Tags"),
    ),
    changes=(
        to("name", "NAME-2", "a b", "n" * 257, "NAME.fifo"),
        change("namePrefix instead of name", {"name": None, "namePrefix": "NAME-"}),
        change("name with namePrefix", {"namePrefix": "NAME-"}),
        change("namePrefix too long", {"name": None, "namePrefix": "n" * 257}),
        change("to FIFO", {"name": "NAME.fifo", "fifoTopic": True}),
        change("fifoTopic without its name", {"fifoTopic": True}),
        each("contentBasedDeduplication", True, False, beside={"name": "NAME.fifo", "fifoTopic": True}),
        to("contentBasedDeduplication", True),
        each("displayName", "one", "two"),
        to("displayName", "d" * 101, explained=EARLIER),
        each("policy", _PUBLISHES, _SUBSCRIBES),
        to("policy", "{"),
        to("policy", "", explained=NO_POLICY),
        each("deliveryPolicy", _delivery(3), _delivery(5)),
        change(
            "deliveryPolicy spaced",
            {"deliveryPolicy": json.dumps(json.loads(_delivery(3)), indent=2)},
            {"deliveryPolicy": _delivery(3)},
        ),
        to("deliveryPolicy", "{"),
        each("kmsMasterKeyId", "alias/one", "alias/two"),
        each("signatureVersion", 1, 2),
        to("signatureVersion", 3),
        each("tracingConfig", "Active", "PassThrough"),
        to("tracingConfig", "Off"),
        each("tags", *_TAGS),
        change(
            "display name, changed by somebody else",
            {},
            {"displayName": "one"},
            behind=(
                Request(
                    "sns",
                    "set_topic_attributes",
                    {"TopicArn": _OF_TOPIC, "AttributeName": "DisplayName", "AttributeValue": "x"},
                ),
            ),
        ),
        change("gone", {}, behind=(Request("sns", "delete_topic", {"TopicArn": _OF_TOPIC}),)),
    ),
)

TOPIC_POLICY = Subject(
    "aws:sns/topicPolicy:TopicPolicy",
    "aws_sns_topic_policy",
    base={"arn": _OF_TOPIC, "policy": _PUBLISHES},
    world=(of_topic("NAME"), of_topic("NAME-2")),
    reads=(Request("sns", "get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes.Policy"),),
    changes=(
        to("arn", f"{_OF_TOPIC}-2", "topic"),
        to("policy", _SUBSCRIBES, json.dumps(json.loads(_PUBLISHES), indent=2), "{", ""),
    ),
)

_OF_QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:NAME"

SUBSCRIPTION = Subject(
    "aws:sns/topicSubscription:TopicSubscription",
    "aws_sns_topic_subscription",
    names={"topic": "topic_arn"},
    base={"topic": _OF_TOPIC, "protocol": "sqs", "endpoint": _OF_QUEUE},
    world=(of_topic("NAME"), of_topic("NAME-2"), of_queue("NAME")),
    reads=(
        Request("sns", "list_subscriptions_by_topic", {"TopicArn": _OF_TOPIC}, "Subscriptions"),
        Request("sns", "get_subscription_attributes", {"SubscriptionArn": "{arn}"}, "Attributes"),
    ),
    changes=(
        to("topic", f"{_OF_TOPIC}-2", "topic"),
        to("protocol", "pigeon"),
        to("endpoint", QUEUE),
        each(
            "deliveryPolicy",
            '{"healthyRetryPolicy": {"numRetries": 3, "minDelayTarget": 1, "maxDelayTarget": 2}}',
            '{"healthyRetryPolicy": {"numRetries": 5, "minDelayTarget": 1, "maxDelayTarget": 2}}',
        ),
        differing(each("filterPolicy", '{"a": ["b"]}', '{"a": ["c"]}'), REPORTED, "filterPolicy removed"),
        change("filterPolicy spaced", {"filterPolicy": '{"a":["b"]}'}, {"filterPolicy": '{"a": ["b"]}'}),
        to("filterPolicy", "{"),
        to("filterPolicy", "{}", explained=EMPTY),
        each(
            "filterPolicyScope", "MessageBody", "MessageAttributes", beside={"filterPolicy": '{"a": ["b"]}'}
        ),
        to("filterPolicyScope", "Everything"),
        each("rawMessageDelivery", True, False),
        each(
            "redrivePolicy",
            json.dumps({"deadLetterTargetArn": QUEUE}),
            json.dumps({"deadLetterTargetArn": _OF_QUEUE}),
        ),
        to("redrivePolicy", "{"),
        each("subscriptionRoleArn", ROLE, OTHER_ROLE),
        to("subscriptionRoleArn", "shared"),
        each("confirmationTimeoutInMinutes", 2, 3),
        each("endpointAutoConfirms", True, False),
    ),
)

SUBJECTS = (QUEUE_SUBJECT, QUEUE_POLICY, TOPIC_SUBJECT, TOPIC_POLICY, SUBSCRIPTION)
