"""Simple Notification Service: topics, their policies and subscriptions."""

import json
from collections.abc import Iterator

from aws_provider.model import (
    ALWAYS,
    ARN,
    Kind,
    Param,
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

_TOPIC = r"arn:[\w-]+:sns:[\w-]+:\d+:[\w-]+(?:\.fifo)?"
_ATTRIBUTES = (
    "displayName",
    "policy",
    "deliveryPolicy",
    "kmsMasterKeyId",
    "contentBasedDeduplication",
    "signatureVersion",
    "tracingConfig",
)


def _fifo(inputs: Props) -> Iterator[tuple[str, str]]:
    fifo, name = inputs.get("fifoTopic", False), inputs.get("name")
    if isinstance(name, str) and isinstance(fifo, bool) and fifo is not name.endswith(".fifo"):
        yield "name", "ends in .fifo if fifoTopic is true, and only then"
    if inputs.get("contentBasedDeduplication") is True and fifo is False:
        yield "contentBasedDeduplication", "is for FIFO topics only: set fifoTopic"


TOPIC = ResourceType(
    "aws:sns/topic:Topic",
    noun="SNS topic",
    service="sns",
    name="name",
    keys=("name",),
    id="{arn}",
    imports=r"(?P<arn>arn:[\w-]+:sns:[\w-]+:\d+:(?P<name>[\w-]+(?:\.fifo)?))",
    # The model has no limits for its name and attributes.
    props=(
        prop("name", replace=ALWAYS, kept=True, pattern=r"[\w-]+(\.fifo)?", high=256),
        prefix("namePrefix"),
        attribute("fifoTopic", Kind.FLAG, default=False, replace=ALWAYS),
        attribute("displayName", high=100),
        attribute("policy", Kind.DOCUMENT, sticky=True),
        attribute("deliveryPolicy", Kind.DOCUMENT),
        attribute("kmsMasterKeyId"),
        attribute("contentBasedDeduplication", Kind.FLAG, default=False),
        attribute("signatureVersion", Kind.WHOLE, sticky=True, low=1, high=2),
        attribute("tracingConfig", sticky=True, allowed=("PassThrough", "Active")),
        output("arn", aws="TopicArn"),
        output("owner"),
    ),
    checks=(_fifo,),
    create=call("create_topic"),
    read=(call("get_topic_attributes", {"TopicArn": "arn"}, at=("Attributes",)),),
    update=(call("set_topic_attributes", {"TopicArn": "arn"}, each=_ATTRIBUTES),),
    # No attribute has the name, and an import has the ARN only.
    complete=lambda _, known: {"name": known["arn"].rpartition(":")[2]},
    delete=call("delete_topic", {"TopicArn": "arn"}),
    tagging=Tagging(
        tag="tag_resource",
        untag="untag_resource",
        key={"ResourceArn": "arn"},
        read=call("list_tags_for_resource", at=("Tags",)),
    ),
)

_POLICY: dict[str, Param] = {"TopicArn": "arn", "AttributeName": lambda _: "Policy"}
_PUT_POLICY = call("set_topic_attributes", _POLICY, sends=("policy",))
_OWNERS = "GetTopicAttributes SetTopicAttributes AddPermission RemovePermission DeleteTopic Subscribe"
_OWNERS += " ListSubscriptionsByTopic Publish Receive"


def _owners_policy(known: Props) -> str:
    """Return the policy that a new topic has: every topic has one."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{name}" for name in _OWNERS.split()],
        "Resource": known["arn"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": known["owner"]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


TOPIC_POLICY = ResourceType(
    "aws:sns/topicPolicy:TopicPolicy",
    noun="policy of an SNS topic",
    service="sns",
    keys=("arn",),
    id="{arn}",
    imports=rf"(?P<arn>{_TOPIC})",
    props=(
        prop("arn", aws="TopicArn", required=True, replace=ALWAYS, pattern=_TOPIC),
        prop("policy", Kind.DOCUMENT, aws="AttributeValue", reads="Policy", required=True),
        output("owner"),
    ),
    create=_PUT_POLICY,
    read=(call("get_topic_attributes", {"TopicArn": "arn"}, at=("Attributes",)),),
    update=(_PUT_POLICY,),
    delete=call("set_topic_attributes", {**_POLICY, "AttributeValue": _owners_policy}),
)


def _arn_of(handle: Handle, known: Props) -> str:
    # The emulator does not return the ARN before the confirmation, though the request asks for it.
    if known["arn"].startswith("arn:"):
        return str(known["arn"])
    receiver = known["protocol"], known["endpoint"]
    pages = handle.pages("list_subscriptions_by_topic", TopicArn=known["topic"])
    subscriptions = (item for page in pages for item in page["Subscriptions"])
    return str(
        next(i["SubscriptionArn"] for i in subscriptions if (i["Protocol"], i["Endpoint"]) == receiver)
    )


def _confirmed(handle: Handle, known: Props) -> Props:
    arn, protocol = _arn_of(handle, known), known["protocol"]
    # A person confirms an email later, and a web server only if `endpointAutoConfirms` says so.
    waits = known.get("endpointAutoConfirms") is True or not protocol.startswith(("email", "http"))
    while waits:
        attributes = handle.call("get_subscription_attributes", SubscriptionArn=arn)["Attributes"]
        waits = attributes.get("PendingConfirmation") == "true"
        if waits:
            handle.pause(f"the confirmation of subscription {arn}")
    return {"arn": arn}


SUBSCRIPTION = ResourceType(
    "aws:sns/topicSubscription:TopicSubscription",
    noun="SNS subscription",
    service="sns",
    keys=("arn",),
    id="{arn}",
    imports=rf"(?P<arn>(?P<topic>{_TOPIC}):[\w-]+)",
    # The emulator knows no replay policy, and the model no limits of a topic or a subscription.
    props=(
        prop("topic", aws="TopicArn", required=True, replace=ALWAYS, pattern=_TOPIC),
        prop(
            "protocol",
            required=True,
            replace=ALWAYS,
            allowed=(
                "application",
                "email",
                "email-json",
                "firehose",
                "http",
                "https",
                "lambda",
                "sms",
                "sqs",
            ),
        ),
        prop("endpoint", required=True, replace=ALWAYS),
        unmapped("confirmationTimeoutInMinutes", Kind.WHOLE, default=1),
        unmapped("endpointAutoConfirms", Kind.FLAG, default=False),
        attribute("deliveryPolicy", Kind.JSON),
        attribute(
            "filterPolicyScope", default="MessageAttributes", allowed=("MessageAttributes", "MessageBody")
        ),
        attribute("filterPolicy", Kind.JSON, default="{}"),
        attribute("rawMessageDelivery", Kind.FLAG, default=False),
        attribute("redrivePolicy", Kind.JSON),
        attribute("subscriptionRoleArn", pattern=ARN),
        output("arn", aws="SubscriptionArn"),
        output("ownerId", aws="Owner"),
        output("confirmationWasAuthenticated", Kind.FLAG),
        output("pendingConfirmation", Kind.FLAG),
    ),
    create=call("subscribe", {"ReturnSubscriptionArn": lambda _: True}),
    read=(call("get_subscription_attributes", {"SubscriptionArn": "arn"}, at=("Attributes",)),),
    update=(
        call(
            "set_subscription_attributes",
            {"SubscriptionArn": "arn"},
            each=(
                "deliveryPolicy",
                "filterPolicyScope",
                "filterPolicy",
                "rawMessageDelivery",
                "redrivePolicy",
                "subscriptionRoleArn",
            ),
        ),
    ),
    ready=_confirmed,
    delete=call("unsubscribe", {"SubscriptionArn": "arn"}),
)

ROWS = (TOPIC, TOPIC_POLICY, SUBSCRIPTION)
