"""Which arguments of a function exclude or need each other."""

from collections.abc import Iterable, Mapping
from typing import Any

from ..checks import rules, runtimes
from ..checks.args import exactly_one
from ..checks.errors import Problem

_CODE = ("code_path", "code_inline", "s3_bucket", "image_uri")
_RUNTIME = ("runtime", "handler")
_ALARM = ("errors_alarm_threshold", "errors_alarm_period_seconds", "errors_alarm_evaluation_periods")
_PAIRS = {
    ("s3_bucket", "s3_key"): "an archive in S3 needs both",
    ("subnet_ids", "security_group_ids"): "a VPC needs both",
    ("file_system_arn", "file_system_path"): "a file system needs both",
}
_NEEDS = (
    ("s3_object_version", "s3_key", "is the version of the object at s3_key; pass s3_key too"),
    (
        "file_system_arn",
        "subnet_ids",
        "can only be reached through a VPC; pass subnet_ids and security_group_ids",
    ),
    (
        "ipv6_allowed_for_dual_stack",
        "subnet_ids",
        "only applies in a VPC; pass subnet_ids and security_group_ids",
    ),
    (
        "new_version_weight",
        "alias_version",
        "is the newest version's share beside alias_version; pass alias_version too",
    ),
)
_EXCLUSIVE = (
    # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, "Supported features and limitations"
    ("snap_start", "provisioned_concurrency"),
    ("snap_start", "file_system_arn"),
    ("snap_start", "image_uri"),
    # https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html, "Considerations and limitations"
    ("tenancy_config", "provisioned_concurrency"),
    ("tenancy_config", "snap_start"),
)
"""Arguments that Lambda does not support together."""
_IMAGE = ("image_command", "image_entry_point", "image_working_directory")


def conflicts(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find the arguments that exclude or need each other."""
    yield from exactly_one(given, _CODE)
    if "image_uri" not in given:
        yield from (Problem(key, "is required", given=False) for key in _RUNTIME if key not in given)
    yield from rules.alarm_span(given)
    for (one, other), why in _PAIRS.items():
        if (one in given) != (other in given):
            yield Problem(f"{one} | {other}", why, given=False)
    for key, needed, why in _NEEDS:
        if key in given and needed not in given:
            yield Problem(key, why, given[key])
    for is_so, keys, why in (
        (
            "image_uri" in given,
            (*_RUNTIME, "layers", "code_signing_config_arn"),
            "the image contains its own",
        ),
        (
            "role_arn" in given,
            ("permissions_boundary_arn", "role_path"),
            "role_arn names a role of your own",
        ),
        (
            "s3_bucket" in given or "image_uri" in given,
            ("allowed_secret_files",),
            "an archive in S3 or an image is not searched for secrets",
        ),
        (given.get("errors_alarm") is False, _ALARM, "there is no alarm with errors_alarm = False"),
    ):
        if is_so:
            yield from (Problem(key, f"has no effect: {why}", given[key]) for key in keys if key in given)
    yield from runtimes.handler_without_function(given)
    yield from _start_conflicts(given)
    yield from _role_conflicts(given)
    if given.get("dead_letter_queue") and "dead_letter_arn" in given:
        yield Problem(
            "dead_letter_queue | dead_letter_arn",
            "Lambda supports one target; leave one out",
            given=False,
        )
    aliases, alias = given.get("additional_aliases"), given.get("alias_name", "live")
    if isinstance(aliases, Mapping) and alias in aliases:
        yield Problem("additional_aliases", f"contains {alias!r}, which is alias_name already", given=False)


def _start_conflicts(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find conflicts between arguments on how Lambda starts the function."""
    for one, other in _EXCLUSIVE:
        if given.get(one) and given.get(other):
            yield Problem(f"{one} | {other}", "Lambda does not support both; leave one out", given=False)
    storage = given.get("ephemeral_storage_mb")
    if given.get("snap_start") and isinstance(storage, int) and storage > 512:
        # https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html, "Supported features and limitations"
        yield Problem("ephemeral_storage_mb", "must be 512 with snap_start; Lambda supports no more", storage)
    ready, reserved = given.get("provisioned_concurrency"), given.get("reserved_concurrency")
    if isinstance(ready, int) and isinstance(reserved, int) and ready > reserved:
        # https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
        why = f"must not exceed reserved_concurrency = {reserved}, of which it is a part"
        yield Problem("provisioned_concurrency", why, ready)
    if "image_uri" not in given:
        # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: ImageConfig
        yield from (Problem(key, "only applies to image_uri", given[key]) for key in _IMAGE if key in given)


def _role_conflicts(given: Mapping[str, Any]) -> Iterable[Problem]:
    if given.get("execution_policy") == "none":
        if "role_arn" not in given:
            yield Problem(
                "execution_policy", "is only possible with a role of your own; pass role_arn", "none"
            )
        for key in ("role_statements", "managed_policy_arns"):
            if key in given:
                why = "has no effect: execution_policy = 'none' attaches nothing to your role"
                yield Problem(key, why, given=False)
