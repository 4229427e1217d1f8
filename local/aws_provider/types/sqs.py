"""Simple Queue Service: queues and their policies."""

from collections.abc import Iterator
from typing import Any

from aws_provider.failures import NotFoundError
from aws_provider.model import (
    ALWAYS,
    Kind,
    Prop,
    Props,
    ResourceType,
    Tagging,
    call,
    output,
    prefix,
    prop,
)
from aws_provider.services import Handle

_URL = r"https?://[^/]+/\d+/"
_NAME = r"[\w-]+(?:\.fifo)?"
_MAX_MESSAGE_SIZE = 262_144


def _attribute(name: str, aws: str, kind: Kind = Kind.TEXT, **rules: Any) -> Prop:
    return prop(name, f"Attributes.{aws}", kind, reads=aws, **rules)


_ATTRIBUTES = (
    _attribute("contentBasedDeduplication", "ContentBasedDeduplication", Kind.FLAG, default=False),
    _attribute("deduplicationScope", "DeduplicationScope", sticky=True, allowed=("messageGroup", "queue")),
    _attribute("delaySeconds", "DelaySeconds", Kind.WHOLE, default=0, low=0, high=900),
    _attribute(
        "fifoThroughputLimit",
        "FifoThroughputLimit",
        sticky=True,
        allowed=("perQueue", "perMessageGroupId"),
    ),
    _attribute(
        "kmsDataKeyReusePeriodSeconds",
        "KmsDataKeyReusePeriodSeconds",
        Kind.WHOLE,
        sticky=True,
        low=60,
        high=86_400,
    ),
    _attribute("kmsMasterKeyId", "KmsMasterKeyId", reset=""),
    _attribute(
        "maxMessageSize",
        "MaximumMessageSize",
        Kind.WHOLE,
        default=_MAX_MESSAGE_SIZE,
        low=1024,
        high=1_048_576,
    ),
    _attribute(
        "messageRetentionSeconds",
        "MessageRetentionPeriod",
        Kind.WHOLE,
        default=345_600,
        low=60,
        high=1_209_600,
    ),
    # The three policies may come from resources of their own.
    _attribute("policy", "Policy", Kind.DOCUMENT, sticky=True),
    _attribute("redrivePolicy", "RedrivePolicy", Kind.JSON, sticky=True),
    _attribute("redriveAllowPolicy", "RedriveAllowPolicy", Kind.JSON, sticky=True),
    _attribute(
        "receiveWaitTimeSeconds", "ReceiveMessageWaitTimeSeconds", Kind.WHOLE, default=0, low=0, high=20
    ),
    _attribute("sqsManagedSseEnabled", "SqsManagedSseEnabled", Kind.FLAG, sticky=True),
    _attribute("visibilityTimeoutSeconds", "VisibilityTimeout", Kind.WHOLE, default=30, low=0, high=43_200),
)


def _fifo(inputs: Props) -> Iterator[tuple[str, str]]:
    fifo, name = inputs.get("fifoQueue", False), inputs.get("name")
    if isinstance(name, str) and isinstance(fifo, bool) and fifo is not name.endswith(".fifo"):
        yield "name", "ends in .fifo if fifoQueue is true, and only then"
    if inputs.get("contentBasedDeduplication") is True and fifo is False:
        yield "contentBasedDeduplication", "is for FIFO queues only: set fifoQueue"
    if inputs.get("kmsMasterKeyId") and inputs.get("sqsManagedSseEnabled") is not None:
        yield "kmsMasterKeyId", "kmsMasterKeyId and sqsManagedSseEnabled are given; at most one is allowed"


_READ = call(
    "get_queue_attributes",
    {"QueueUrl": "url", "AttributeNames": lambda _: ["All"]},
    at=("Attributes",),
)

QUEUE = ResourceType(
    "aws:sqs/queue:Queue",
    noun="SQS queue",
    service="sqs",
    name="name",
    name_limit=80,
    keys=("name",),
    id="{url}",
    form="the queue's URL",
    imports=rf"(?P<url>{_URL}(?P<name>{_NAME}))",
    props=(
        prop("name", "QueueName", replace=ALWAYS, kept=True, pattern=_NAME, high=80),
        prefix("namePrefix"),
        _attribute("fifoQueue", "FifoQueue", Kind.FLAG, default=False, replace=ALWAYS),
        *_ATTRIBUTES,
        output("arn", "QueueArn"),
        output("url", "QueueUrl", kept=True),
    ),
    checks=(_fifo,),
    # The AWS provider's size of messages is not the service's own.
    create=call("create_queue", {"Attributes.MaximumMessageSize": lambda _: str(_MAX_MESSAGE_SIZE)}),
    read=(_READ,),
    update=(
        call(
            "set_queue_attributes",
            {"QueueUrl": "url"},
            sends=tuple(item.name for item in _ATTRIBUTES),
            partial=True,
        ),
    ),
    delete=call("delete_queue", {"QueueUrl": "url"}),
    tagging=Tagging(
        tag="tag_queue",
        untag="untag_queue",
        key={"QueueUrl": "url"},
        pairs=False,
        on_create=False,
        read=call("list_queue_tags", at=("Tags",)),
    ),
)


def _there(_: Handle, known: Props) -> Props:
    # A queue without a policy has no such resource.
    if not known.get("Policy"):
        raise NotFoundError(f"the queue {known['queueUrl']} has no policy")
    return {}


_PUT_POLICY = call("set_queue_attributes", {"QueueUrl": "queueUrl"}, sends=("policy",))

QUEUE_POLICY = ResourceType(
    "aws:sqs/queuePolicy:QueuePolicy",
    noun="policy of an SQS queue",
    service="sqs",
    keys=("queueUrl",),
    id="{queueUrl}",
    form="the queue's URL",
    imports=rf"(?P<queueUrl>{_URL}{_NAME})",
    props=(
        prop("queueUrl", required=True, replace=ALWAYS),
        _attribute("policy", "Policy", Kind.DOCUMENT, required=True),
    ),
    create=_PUT_POLICY,
    read=(
        call(
            "get_queue_attributes",
            {"QueueUrl": "queueUrl", "AttributeNames": lambda _: ["Policy"]},
            at=("Attributes",),
        ),
    ),
    update=(_PUT_POLICY,),
    complete=_there,
    delete=call("set_queue_attributes", {"QueueUrl": "queueUrl", "Attributes.Policy": lambda _: ""}),
)

ROWS = (QUEUE, QUEUE_POLICY)
