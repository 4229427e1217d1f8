"""The arguments of DurableFunction, as an author writes them."""

from typing import NotRequired, TypedDict

import pulumi

from ..checks import rules
from ..execution_role import RoleStatement


class DurableFunctionOptions(TypedDict):
    """The arguments of DurableFunction that may be left out: what several functions may share."""

    retention_days: NotRequired[int]
    """How long a closed execution's history is kept: 1 to 90 days. Default: 14. A change affects new executions
    only."""
    runtime: NotRequired[str]
    """A managed runtime, such as nodejs24.x, python3.13, java25 or provided.al2023. One that is not on AWS's list for
    durable functions is taken with a warning: the code must bring an SDK that runs there."""
    handler: NotRequired[str]
    """What Lambda calls, at most 128 characters without spaces: `<file>.<function>` for Node.js and Python, a class or
    method for Java and .NET, bootstrap for provided.al2023."""
    code_path: NotRequired[str]
    """A folder or a .zip. A folder's requirements.txt, pyproject.toml or package.json is installed into the
    archive for Lambda's platform."""
    code_inline: NotRequired[str]
    """The handler's source as text, for Python and Node.js."""
    allowed_secret_files: NotRequired[list[str]]
    """Files that are meant to be in the archive though they are taken for secrets: private and access keys, key stores,
    `.env` and their like, which are refused. Their paths in it, with `*` for any characters. Default: none."""
    s3_bucket: NotRequired[pulumi.Input[str]]
    """The bucket of an archive that was uploaded before, with `s3_key`: for more than 50 MB."""
    s3_key: NotRequired[pulumi.Input[str]]
    """The archive's key in `s3_bucket`."""
    s3_object_version: NotRequired[pulumi.Input[str]]
    """The archive's version in `s3_bucket`. Default: the newest; then a new upload alone is not noticed."""
    image_uri: NotRequired[pulumi.Input[str]]
    """A container image in ECR, which brings its own runtime and handler; with the durable SDK in it."""
    image_command: NotRequired[list[pulumi.Input[str]]]
    """What the image is given instead of its CMD, such as ["orders.handler"]: so several functions share an image.
    Default: the image's own."""
    image_entry_point: NotRequired[list[pulumi.Input[str]]]
    """What the image starts instead of its ENTRYPOINT. Default: the image's own."""
    image_working_directory: NotRequired[pulumi.Input[str]]
    """Where the image starts it, instead of its WORKDIR. Default: the image's own."""
    timeout_seconds: NotRequired[int]
    """The limit of one invocation: 1 to 900 seconds; a synchronous invoke waits no longer either. Default: 900, or the
    execution timeout if that is less."""
    memory_size_mb: NotRequired[int]
    """128 to 10,240 MB. Default: 512."""
    architecture: NotRequired[rules.Architecture]
    """arm64 or x86_64. Default: arm64, which costs less for the same work."""
    build_for: NotRequired[rules.BuildFor]
    """Where a folder's dependencies must run: lambda, or host, for a local cloud that runs handlers on this very
    machine. Default: lambda."""
    ephemeral_storage_mb: NotRequired[int]
    """Space in /tmp: 512 to 10,240 MB. Default: 512, which costs nothing."""
    layers: NotRequired[list[pulumi.Input[str]]]
    """ARNs of layer versions, at most 5. Default: none."""
    reserved_concurrency: NotRequired[int]
    """How many invocations may run at once, taken from the account's limit; 0 stops the function. Default: no
    limit of its own."""
    provisioned_concurrency: NotRequired[int]
    """How many execution environments the alias keeps ready, which is billed by the hour; at most `reserved_concurrency`
    if that is given. Default: none."""
    snap_start: NotRequired[bool]
    """Start each published version from a snapshot of its initialization. Not with `provisioned_concurrency`, a file
    system, more than 512 MB of ephemeral storage, or an image; AWS documents it for Java, Python and .NET.
    Default: False."""
    tenancy_config: NotRequired[dict[str, str]]
    """Keep tenants apart: {"tenant_isolation_mode": "PER_TENANT"} gives each execution environments of its own, and an
    invocation names its tenant. Not with
    `provisioned_concurrency`, `snap_start`, or a function URL; event sources name no tenant. Adding or removing it
    replaces the function. Default: none."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Subnets of a VPC to run in, with `security_group_ids`. The role gets AWSLambdaVPCAccessExecutionRole.
    Default: no VPC. The subnets need a way to Lambda's API, or no checkpoint can be written."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups in the VPC, with `subnet_ids`."""
    ipv6_allowed_for_dual_stack: NotRequired[bool]
    """Allow outbound IPv6 to subnets that have both. Default: False."""
    file_system_arn: NotRequired[pulumi.Input[str]]
    """An EFS access point to mount, with `file_system_path` and a VPC. Default: none."""
    file_system_path: NotRequired[str]
    """Where the file system is mounted: /mnt/<name>."""
    tracing: NotRequired[bool]
    """Trace with X-Ray. The role gets AWSXRayDaemonWriteAccess. Default: False."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key that encrypts the environment variables. Default: Lambda's own key. It does not encrypt the
    executions' data: the version of pulumi-aws that this package uses has no argument for that key."""
    code_signing_config_arn: NotRequired[pulumi.Input[str]]
    """A code signing configuration that decides which archives are trusted. Default: none."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables. Default: none."""
    description: NotRequired[str]
    """What the function does, at most 256 characters. Default: none."""
    function_name: NotRequired[str]
    """A fixed physical name. Default: named by Pulumi, so that a replacement is made before the old one goes;
    with a fixed name the old one is deleted first."""
    alias_name: NotRequired[str]
    """The alias that new executions are started through. Default: live."""
    alias_version: NotRequired[str]
    """The number of a published version to keep the alias on: to roll back, or to hold a new version back.
    Executions that run stay on their own version. Default: the newest."""
    new_version_weight: NotRequired[float]
    """While `alias_version` holds the alias: the share of new executions that take the newest version, above 0 and
    below 1. AWS documents weighted aliases for functions in general and says nothing of durable ones. Default: none
    of them."""
    additional_aliases: NotRequired[dict[str, str]]
    """More aliases by name, each with a version's number, or `newest`. Default: none."""
    maximum_event_age_seconds: NotRequired[int]
    """How old an asynchronous start through the alias may become before Lambda drops it, or sends it to the dead letter
    target: 60 to 21,600 seconds. It says nothing of an execution that has started. Default: 21,600, six hours."""
    role_arn: NotRequired[pulumi.Input[str]]
    """An execution role of your own. What it needs is attached to it, and detached when the function goes, unless
    `execution_policy` is none. Where several functions share a role, `managed` would detach it from all of them.
    Default: a DurableExecutionRole is made."""
    execution_policy: NotRequired[rules.ExecutionPolicy]
    """How the role may checkpoint and log. `scoped`: on this function's executions and log group alone.
    `managed`: by AWS's policy, on every function and log group. `none`: nothing is attached to your own role,
    for VPC and X-Ray neither. Default: scoped."""
    role_statements: NotRequired[list[RoleStatement]]
    """What the handler may do beyond running and logging, as a policy inside the role. Default: nothing."""
    managed_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """Managed policies to attach to the role beside what it needs, AWS's or your own, by their ARNs. An attachment is named
    after the policy, and one whose ARN is an output after its place in the list: add new ones at the end. Default: none."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """A policy that bounds what the role that is made can ever be allowed. Default: none."""
    role_path: NotRequired[str]
    """The path of the role that is made, such as /service/. Default: /."""
    application_log_level: NotRequired[rules.LogLevel]
    """Below it Lambda drops what handlers log: TRACE, DEBUG, INFO, WARN, ERROR or FATAL. Default: INFO."""
    system_log_level: NotRequired[rules.SystemLogLevel]
    """Below it Lambda drops its own messages: DEBUG, INFO or WARN. Default: INFO."""
    log_group_name: NotRequired[str]
    """A fixed name for the log group. Default: /aws/lambda/<name>-<stack>-<unique>."""
    log_retention_days: NotRequired[int]
    """How long logs are kept, one of CloudWatch's numbers of days. Default: the shortest that is not below
    `retention_days`."""
    retain_logs: NotRequired[bool]
    """Leave the log group, with its logs, in the account when the function is destroyed. Default: False."""
    errors_alarm: NotRequired[bool]
    """Make an alarm on the Errors metric. Default: True."""
    errors_alarm_threshold: NotRequired[int]
    """The number of errors in a period above which the alarm goes off. Default: 5."""
    errors_alarm_period_seconds: NotRequired[int]
    """The alarm's period, a multiple of 60 seconds. Default: 300."""
    errors_alarm_evaluation_periods: NotRequired[int]
    """For how many consecutive periods errors must be above the threshold before the alarm goes off. Default: 1."""
    durable_alarms: NotRequired[bool]
    """Make alarms on executions that fail or time out, on throttles, and on executions near Lambda's limits of 3,000
    operations and 100 MB of written data. Default: True."""
    alarm_actions: NotRequired[list[pulumi.Input[str]]]
    """ARNs to notify when an alarm goes off and when it returns to OK, such as an SNS topic's. Default: none."""
    failure_topic_arn: NotRequired[pulumi.Input[str]]
    """A standard SNS topic that gets a message for each execution that fails or times out, by an EventBridge rule. The
    topic's policy must let events.amazonaws.com publish, without a condition, as an AlarmTopic's does. Default: none."""
    dead_letter_queue: NotRequired[bool]
    """Make an SQS queue that gets the event of each asynchronous execution that fails, times out or is stopped, and
    keeps it for 14 days; the role gets the right to send, and `durable_alarms` an alarm on its depth.
    Default: False."""
    dead_letter_arn: NotRequired[pulumi.Input[str]]
    """A standard queue or topic of your own that gets these events instead; the role gets the right to send. Default: none."""
    execution_guard: NotRequired[bool]
    """Refuse to delete or replace the function, or what its executions need (role and rights, log group, dead letter
    queue, alias), while executions are in flight: before anything is touched where there is a preview, and else before
    the thing itself is. Needs the rights to list executions and functions. For one run
    END_EXECUTIONS_OF=<function name> in the environment ends the executions first. Default: True."""
    deletion_protection: NotRequired[bool]
    """Refuse to delete or replace anything that is made for the function, its queue, triggers and grants included,
    until this is False again, in a deployment of its own. Default: False."""
    tags: NotRequired[dict[str, str]]
    """Tags of everything that is made, beside the provider's default tags. Default: none."""


class DurableFunctionArgs(DurableFunctionOptions):
    """Arguments of DurableFunction, in Lambda's own words with the unit in the name.

    The code is exactly one of `code_path`, `code_inline`, `s3_bucket` with `s3_key`, and `image_uri`; all but
    the last need `runtime` and `handler`.
    """

    execution_timeout_seconds: int
    """The whole execution's limit, waits included: 1 to 31,622,400 seconds (366 days). Above 900 the function
    cannot be invoked synchronously, and no event source mapping can feed it; up to there Lambda waits for the least of 900
    seconds, `timeout_seconds` and this."""
