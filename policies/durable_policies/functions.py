"""Policies on a durable function itself."""

import re
from collections.abc import Iterator

from .lambda_ import (
    DEPRECATED,
    FUNCTION,
    WITHOUT_SDK,
    execution_timeout,
    invocation_timeout,
    is_durable,
    today,
    written,
)
from .model import GUIDE, UNKNOWN, Level, Resource, ResourcePolicy, Settings

_FUNCTIONS = frozenset({FUNCTION})
_MAX_EXECUTION_SECONDS = 31_622_400
_MAX_RETENTION_DAYS = 90
_VERSIONED_KEY = re.compile(r"\d+[._-]\d+|[0-9a-f]{7,}|\d{4,}")
"""Keys that look as if each build had its own: a version, a digest, a date or a number."""


def _unpublished(function: Resource, _settings: Settings) -> Iterator[str]:
    if is_durable(function) and function.at("publish") in (None, False):
        yield "publish is not True"


def _text_logs(function: Resource, _settings: Settings) -> Iterator[str]:
    form = function.at("loggingConfig", "logFormat")
    if is_durable(function) and form not in ("JSON", UNKNOWN):
        yield f"loggingConfig.logFormat is {form or 'left out, which means Text'}"


def _runtime_without_sdk(function: Resource, _settings: Settings) -> Iterator[str]:
    runtime = function.at("runtime")
    if is_durable(function) and isinstance(runtime, str) and WITHOUT_SDK.fullmatch(runtime):
        yield f"no durable execution SDK runs on {runtime}"


def _deprecated_runtime(function: Resource, _settings: Settings) -> Iterator[str]:
    runtime = function.at("runtime")
    if isinstance(runtime, str) and runtime in DEPRECATED:
        since, blocked = map(written, DEPRECATED[runtime])
        yield f"runtime {runtime} has been deprecated since {since}; AWS's date for the end of new functions is {blocked}"


def _blocked_runtime(function: Resource, _settings: Settings) -> Iterator[str]:
    runtime = function.at("runtime")
    if isinstance(runtime, str) and runtime in DEPRECATED and DEPRECATED[runtime][1] <= today():
        yield f"Lambda has created no function with the runtime {runtime} since {written(DEPRECATED[runtime][1])}"


def _disproportions(function: Resource, _settings: Settings) -> Iterator[str]:
    if not is_durable(function):
        return
    execution = execution_timeout(function)
    if execution is not None and not 1 <= execution <= _MAX_EXECUTION_SECONDS:
        yield f"durableConfig.executionTimeout = {execution} is not 1 to {_MAX_EXECUTION_SECONDS:,} seconds"
    days = function.at("durableConfig", "retentionPeriod")
    if days is None:
        yield "durableConfig.retentionPeriod is left out; AWS then decides how long histories are kept"
    elif isinstance(days, int | float) and not 1 <= days <= _MAX_RETENTION_DAYS:
        yield f"durableConfig.retentionPeriod = {days:g} is not 1 to {_MAX_RETENTION_DAYS} days"


def _long_invocation(function: Resource, _settings: Settings) -> Iterator[str]:
    execution, invocation = execution_timeout(function), invocation_timeout(function)
    if is_durable(function) and execution and invocation and invocation > execution:
        yield (
            f"timeout = {invocation:g} seconds of one invocation is longer than the {execution} seconds of the whole execution"
        )


def _fixed_name(function: Resource, settings: Settings) -> Iterator[str]:
    name = function.at("name")
    if is_durable(function) and isinstance(name, str) and not re.search(settings["automatic"], name):
        yield f"the name {name} is fixed"


def _never_redeployed(function: Resource, _settings: Settings) -> Iterator[str]:
    if not is_durable(function):
        return
    image, key = function.at("imageUri"), function.at("s3Key")
    if isinstance(image, str) and re.search(r"(:latest|/[^:@]+)$", image):
        yield f"imageUri = {image} stays the same when another image is pushed"
    version, digest = function.at("s3ObjectVersion"), function.at("sourceCodeHash")
    if isinstance(key, str) and not (version or digest or _VERSIONED_KEY.search(key)):
        yield f"s3Key = {key} stays the same when another archive is uploaded"


PUBLISHED = ResourcePolicy(
    name="published-version",
    requirement="A durable function publishes a version with each change.",
    why="An execution stays on the version that it started on; on $LATEST its replay may run on different code and fail.",
    fix="Set publish=True.",
    source=f"{GUIDE}/durable-best-practices.html",
    types=_FUNCTIONS,
    check=_unpublished,
    dev=Level.REMEDIATE,
    prod=Level.REMEDIATE,
    remediation=lambda _settings: {"publish": True},
    remediation_text="sets publish",
)
JSON_LOGS = ResourcePolicy(
    name="json-logs",
    requirement="A durable function logs in JSON.",
    why="Lambda supports no other log format for durable functions.",
    fix='Set logging_config={"log_format": "JSON", ...}.',
    source=f"{GUIDE}/monitoring-cloudwatchlogs-logformat.html",
    types=_FUNCTIONS,
    check=_text_logs,
    dev=Level.REMEDIATE,
    prod=Level.REMEDIATE,
    remediation=lambda _settings: {"loggingConfig": {"logFormat": "JSON"}},
    remediation_text="sets the log format",
)
RUNTIME = ResourcePolicy(
    name="durable-runtime",
    requirement="A durable function has a runtime for which there is a durable execution SDK.",
    why="Lambda accepts others, but the SDKs require Python 3.11, Node.js 22, Java 17 or .NET 8, and there is none for "
    "Ruby.",
    fix="Use a newer runtime, provided.al2023 for Go and Rust, or a container image with an SDK in it.",
    source=f"{GUIDE}/durable-supported-runtimes.html",
    types=_FUNCTIONS,
    check=_runtime_without_sdk,
    prod=Level.ADVISORY,
)
DEPRECATED_RUNTIME = ResourcePolicy(
    name="deprecated-runtime",
    requirement="No function has a runtime that is deprecated.",
    why="It gets no security patches, and from dates that AWS lists with it, Lambda refuses to create functions with it, and "
    "then to update them.",
    fix="Use a newer runtime.",
    source=f"{GUIDE}/lambda-runtimes.html",
    types=_FUNCTIONS,
    check=_deprecated_runtime,
    prod=Level.ADVISORY,
)
BLOCKED_RUNTIME = ResourcePolicy(
    name="blocked-runtime",
    requirement="No function has a runtime with which Lambda creates no functions any more.",
    why="Lambda refuses to create it. An existing function can be updated for some time longer, but not made again.",
    fix="Use a newer runtime.",
    source=f"{GUIDE}/lambda-runtimes.html",
    types=_FUNCTIONS,
    check=_blocked_runtime,
)
PROPORTION = ResourcePolicy(
    name="timeouts-in-proportion",
    requirement="A durable function's execution timeout and retention are within Lambda's bounds, and set explicitly.",
    why="Lambda refuses other values, and a history is kept and billed for the whole retention.",
    fix="Set durableConfig.executionTimeout, and durableConfig.retentionPeriod to the number of days that you need.",
    source=f"{GUIDE}/durable-configuration.html",
    types=_FUNCTIONS,
    check=_disproportions,
)
INVOCATION = ResourcePolicy(
    name="invocation-within-execution",
    requirement="The timeout of one invocation does not exceed the timeout of the whole execution.",
    why="Lambda accepts a longer one, but ends the invocation with its execution.",
    fix="Set timeout to at most durableConfig.executionTimeout.",
    source=f"{GUIDE}/durable-invoking.html",
    types=_FUNCTIONS,
    check=_long_invocation,
    prod=Level.ADVISORY,
)
FIXED_NAME = ResourcePolicy(
    name="fixed-name",
    requirement="Pulumi generates a durable function's name.",
    why="Adding or removing durableConfig replaces the function; with a fixed name the old one must be deleted "
    "first, so there is no function in between, and the executions in flight end.",
    fix="Leave name out; only the alias needs a fixed name.",
    source=f"{GUIDE}/durable-configuration.html",
    types=_FUNCTIONS,
    check=_fixed_name,
    prod=Level.ADVISORY,
    settings={"automatic": "[-_]?[0-9a-f]{7,}$"},
)
CODE = ResourcePolicy(
    name="code-by-version",
    requirement="A durable function's code has a name that changes with it.",
    why="Lambda resolves an image's tag, or reads an archive, when it is deployed. What is put in its place under the same "
    "name is never deployed.",
    fix="Pass the image's digest or a tag of its own, or s3_object_version or source_code_hash for an archive.",
    source="https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html",
    types=_FUNCTIONS,
    check=_never_redeployed,
    prod=Level.ADVISORY,
)

POLICIES = (
    *(PUBLISHED, JSON_LOGS, RUNTIME, DEPRECATED_RUNTIME, BLOCKED_RUNTIME),
    *(CODE, PROPORTION, INVOCATION, FIXED_NAME),
)
