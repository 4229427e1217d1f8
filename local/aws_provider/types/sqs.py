"""Simple Queue Service: queues and their policies."""

from collections.abc import Iterator

from aws_provider.failures import NotFoundError
from aws_provider.model import (
    ALWAYS,
    Kind,
    Props,
    ResourceType,
    Tagging,
    attribute,
    call,
    output,
    prefix,
    prop,
    unmapped,
)
from aws_provider.services import Handle

_URL = r"https?://[^/]+/\d+/"
_NAME = r"[\w-]+(?:\.fifo)?"
_MAX_MESSAGE_SIZE = 262_144

# The model has no limits for a queue's name and attributes.
_ATTRIBUTES = (
    attribute("contentBasedDeduplication", Kind.FLAG, default=False),
    attribute("deduplicationScope", sticky=True, allowed=("messageGroup", "queue")),
    attribute("delaySeconds", Kind.WHOLE, default=0, low=0, high=900),
    attribute("fifoThroughputLimit", sticky=True, allowed=("perQueue", "perMessageGroupId")),
    attribute("kmsDataKeyReusePeriodSeconds", Kind.WHOLE, sticky=True, low=60, high=86_400),
    attribute("kmsMasterKeyId", reset=""),
    attribute(
        "maxMessageSize",
        Kind.WHOLE,
        aws="MaximumMessageSize",
        default=_MAX_MESSAGE_SIZE,
        low=1024,
        high=1_048_576,
    ),
    attribute(
        "messageRetentionSeconds",
        Kind.WHOLE,
        aws="MessageRetentionPeriod",
        default=345_600,
        low=60,
        high=1_209_600,
    ),
    # Resources of their own may set the three policies.
    attribute("policy", Kind.DOCUMENT, sticky=True),
    attribute("redrivePolicy", Kind.JSON, sticky=True),
    attribute("redriveAllowPolicy", Kind.JSON, sticky=True),
    attribute(
        "receiveWaitTimeSeconds", Kind.WHOLE, aws="ReceiveMessageWaitTimeSeconds", default=0, low=0, high=20
    ),
    attribute("sqsManagedSseEnabled", Kind.FLAG, sticky=True),
    attribute(
        "visibilityTimeoutSeconds", Kind.WHOLE, aws="VisibilityTimeout", default=30, low=0, high=43_200
    ),
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
    "get_queue_attributes", {"QueueUrl": "url", "AttributeNames": lambda _: ["All"]}, at=("Attributes",)
)

QUEUE = ResourceType(
    "aws:sqs/queue:Queue",
    noun="SQS queue",
    service="sqs",
    name="name",
    keys=("name",),
    id="{url}",
    form="the queue's URL",
    imports=rf"(?P<url>{_URL}(?P<name>{_NAME}))",
    props=(
        prop("name", aws="QueueName", replace=ALWAYS, kept=True, pattern=_NAME, high=80),
        prefix("namePrefix"),
        attribute("fifoQueue", Kind.FLAG, default=False, replace=ALWAYS),
        *_ATTRIBUTES,
        output("arn", aws="QueueArn"),
        output("url", aws="QueueUrl", kept=True),
    ),
    checks=(_fifo,),
    # The default of the AWS provider is not that of the service.
    create=call("create_queue", {"Attributes.MaximumMessageSize": lambda _: str(_MAX_MESSAGE_SIZE)}),
    read=(_READ,),
    update=(
        call(
            "set_queue_attributes",
            {"QueueUrl": "url"},
            sends=_ATTRIBUTES,
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


def _require_policy(_: Handle, known: Props) -> Props:
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
        unmapped("queueUrl", required=True, replace=ALWAYS),
        attribute("policy", Kind.DOCUMENT, required=True),
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
    complete=_require_policy,
    delete=call("set_queue_attributes", {"QueueUrl": "queueUrl", "Attributes.Policy": lambda _: ""}),
)

ROWS = (QUEUE, QUEUE_POLICY)
