"""Policies on resources that overwrite each other: AWS keeps what was written last, and no deployment says so."""

from collections.abc import Hashable, Iterator

from .model import UNKNOWN, Finding, Resource, Settings, Stack, StackPolicy
from .targets import FINDERS, PERMISSION, Target, referred

NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
_BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
RESOURCE_POLICY = "aws:lambda/resourcePolicy:ResourcePolicy"


def _bucket(stack: Stack, notification: Resource) -> Hashable:
    """Return what identifies the bucket of a notification; None if that is not known."""
    value = notification.at("bucket")
    made_from = [origin for origin in stack.origins(notification, "bucket") if origin.type in _BUCKETS]
    named = [each for each in stack.all(*_BUCKETS) if isinstance(value, str) and each.at("bucket") == value]
    if found := made_from or named:
        return found[0].urn
    return value if isinstance(value, str) else None


def _several_notifications(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    first: dict[Hashable, Resource] = {}
    for notification in stack.all(NOTIFICATION):
        bucket = _bucket(stack, notification)
        if bucket is None:
            continue
        other = first.setdefault(bucket, notification)
        if other is not notification:
            yield Finding(f"it and {other.name} set the notifications of the same bucket", notification)


def _policy_of(stack: Stack, resource: Resource, target: Target) -> Hashable:
    """Return what identifies the function, version or alias whose policy a resource writes; None if that is not known."""
    found = referred(stack, resource, target)
    if found is None or not found.certain:
        return None
    qualifier = found.qualifier
    if qualifier is UNKNOWN:
        qualifier = found.alias.at("name") if found.alias else UNKNOWN
    return None if qualifier is UNKNOWN else (found.function.urn, qualifier)


def _overwritten_permissions(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    writers: dict[Hashable, Resource] = {}
    for policy in stack.all(RESOURCE_POLICY):
        key = _policy_of(stack, policy, Target(policy.at("resourceArn"), ("resourceArn",)))
        if key is None:
            continue
        other = writers.setdefault(key, policy)
        if other is not policy:
            yield Finding(
                f"it and {other.name} are the policy of the same function, version or alias", policy
            )
    for permission in stack.all(PERMISSION):
        for target in FINDERS[PERMISSION](permission):
            writer = writers.get(_policy_of(stack, permission, target))
            if writer:
                yield Finding(f"it overwrites the permission {permission.name}", writer)


POLICIES = (
    StackPolicy(
        name="one-notification-per-bucket",
        requirement="A bucket has one BucketNotification.",
        why="It is the bucket's whole configuration: with two, the one that is deployed last silently removes the other.",
        fix="Put all targets into one aws.s3.BucketNotification, or let the bucket notify EventBridge.",
        source="https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html",
        check=_several_notifications,
    ),
    StackPolicy(
        name="one-resource-policy",
        requirement="A function, version or alias has one ResourcePolicy, or Permissions.",
        why="A ResourcePolicy is the whole policy: it replaces all permissions that were added before.",
        fix="Write the permissions into the document of the aws.lambda_.ResourcePolicy, or leave it out.",
        source="https://docs.aws.amazon.com/lambda/latest/api/API_PutResourcePolicy.html",
        check=_overwritten_permissions,
    ),
)
