"""Simple Notification Service: topics."""

from local.provider.model import ALWAYS, Kind, ResourceType, Tagging, call, output, prefix, prop

_ATTRIBUTES = (
    "displayName",
    "policy",
    "deliveryPolicy",
    "kmsMasterKeyId",
    "contentBasedDeduplication",
    "signatureVersion",
    "tracingConfig",
)

TOPIC = ResourceType(
    "aws:sns/topic:Topic",
    noun="SNS topic",
    service="sns",
    name="name",
    name_limit=256,
    keys=("name",),
    id="{arn}",
    imports=r"(?P<arn>arn:[\w-]+:sns:[\w-]+:\d+:(?P<name>[\w-]+(?:\.fifo)?))",
    props=(
        prop("name", "Name", replace=ALWAYS, kept=True, pattern=r"[\w-]+(\.fifo)?", high=256),
        prefix("namePrefix"),
        prop(
            "fifoTopic", "Attributes.FifoTopic", Kind.FLAG, reads="FifoTopic", default=False, replace=ALWAYS
        ),
        prop("displayName", "Attributes.DisplayName", reads="DisplayName", high=100),
        prop("policy", "Attributes.Policy", Kind.DOCUMENT, reads="Policy", sticky=True),
        prop("deliveryPolicy", "Attributes.DeliveryPolicy", Kind.DOCUMENT, reads="DeliveryPolicy"),
        prop("kmsMasterKeyId", "Attributes.KmsMasterKeyId", reads="KmsMasterKeyId"),
        prop(
            "contentBasedDeduplication",
            "Attributes.ContentBasedDeduplication",
            Kind.FLAG,
            reads="ContentBasedDeduplication",
            default=False,
        ),
        prop(
            "signatureVersion",
            "Attributes.SignatureVersion",
            Kind.WHOLE,
            reads="SignatureVersion",
            sticky=True,
        ),
        prop("tracingConfig", "Attributes.TracingConfig", reads="TracingConfig", sticky=True),
        output("arn", "TopicArn"),
        output("owner", "Owner"),
    ),
    create=call("create_topic"),
    read=(call("get_topic_attributes", {"TopicArn": "arn"}, at=("Attributes",)),),
    update=(call("set_topic_attributes", {"TopicArn": "arn"}, each=_ATTRIBUTES),),
    # An import knows the topic by its ARN only, and no attribute carries the name.
    complete=lambda _, known: {"name": known["arn"].rpartition(":")[2]},
    delete=call("delete_topic", {"TopicArn": "arn"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceArn": "arn"},
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)

ROWS = (TOPIC,)
