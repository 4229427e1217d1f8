"""The arguments of DurableFunction and StandardFunction, as an author writes them."""

from typing import NotRequired, TypedDict

import pulumi

from ..checks import rules
from ..execution_role import RoleStatement


class FunctionOptions(TypedDict):
    """The optional arguments that durable and standard functions have in common."""

    runtime: NotRequired[str]
    """A runtime, such as nodejs24.x, python3.13, java25 or provided.al2023. For a durable function, one that is not on AWS's
    list for these causes a warning: the code must include an SDK that runs there."""
    handler: NotRequired[str]
    """The entry point, at most 128 characters without spaces: `<file>.<function>` for Node.js and Python, a class or
    method for Java and .NET, bootstrap for provided.al2023."""
    code_path: NotRequired[str]
    """A folder or a .zip. The packages in a folder's requirements.txt, pyproject.toml or package.json are installed into
    the archive, for Lambda's platform. Code that does not contain the handler is refused, and so is a Python module that
    does not compile or has no function of the handler's name."""
    code_inline: NotRequired[str]
    """The handler's source code, for Python and Node.js."""
    allowed_secret_files: NotRequired[list[str]]
    """Files that may be in the archive although they look like secrets: private keys, access keys, key stores, `.env` and
    similar files, which are otherwise refused. Paths in the archive, with `*` for any characters. Default: none."""
    s3_bucket: NotRequired[pulumi.Input[str]]
    """The bucket of an archive that is already uploaded, with `s3_key`. Needed for more than 50 MB."""
    s3_key: NotRequired[pulumi.Input[str]]
    """The archive's key in `s3_bucket`."""
    s3_object_version: NotRequired[pulumi.Input[str]]
    """The archive's version in `s3_bucket`. Default: the newest, but then a new upload alone deploys nothing."""
    image_uri: NotRequired[pulumi.Input[str]]
    """A container image in ECR, which contains its own runtime and handler; for a durable function, also the SDK."""
    image_command: NotRequired[list[pulumi.Input[str]]]
    """Replaces the image's CMD, such as ["orders.handler"], so that several functions can share an image. Default: the
    image's own."""
    image_entry_point: NotRequired[list[pulumi.Input[str]]]
    """Replaces the image's ENTRYPOINT. Default: the image's own."""
    image_working_directory: NotRequired[pulumi.Input[str]]
    """Replaces the image's WORKDIR. Default: the image's own."""
    memory_size_mb: NotRequired[int]
    """Memory: 128 to 10,240 MB. Default: 512."""
    architecture: NotRequired[rules.Architecture]
    """arm64 or x86_64. Default: arm64, which costs less for the same work."""
    build_for: NotRequired[rules.BuildFor]
    """Where a folder's dependencies must run: lambda, or host for a local cloud, which runs handlers on this machine.
    Default: host in a shell with the local cloud's exports, else lambda."""
    ephemeral_storage_mb: NotRequired[int]
    """Space in /tmp: 512 to 10,240 MB. Default: 512, which is free."""
    layers: NotRequired[list[pulumi.Input[str]]]
    """ARNs of layer versions, at most 5. Default: none."""
    reserved_concurrency: NotRequired[int]
    """How many invocations may run at once, reserved from the account's limit; 0 stops the function. Default: no limit of
    its own."""
    provisioned_concurrency: NotRequired[int]
    """How many execution environments the alias keeps ready, which costs money by the hour; at most
    `reserved_concurrency`, if that is set. Default: none."""
    snap_start: NotRequired[bool]
    """Start each published version from a snapshot of its initialization. Not with `provisioned_concurrency`, a file
    system, more than 512 MB of ephemeral storage, or an image. AWS documents it for Java, Python and .NET.
    Default: False."""
    tenancy_config: NotRequired[dict[str, str]]
    """Isolate tenants: {"tenant_isolation_mode": "PER_TENANT"} gives each tenant its own execution environments, and
    each invocation must name its tenant. Not with `provisioned_concurrency`, `snap_start`, a function URL or another
    trigger, since these name no tenant. Adding or removing it replaces the function. Default: none."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Subnets of a VPC to run in, with `security_group_ids`. The role gets the permissions for this. The subnets of a durable
    function need a route to Lambda's API, or no checkpoint can be written. Default: no VPC."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups in the VPC, with `subnet_ids`."""
    ipv6_allowed_for_dual_stack: NotRequired[bool]
    """Allow outbound IPv6 traffic in dual-stack subnets. Default: False."""
    file_system_arn: NotRequired[pulumi.Input[str]]
    """An EFS access point to mount, with `file_system_path` and a VPC. Default: none."""
    file_system_path: NotRequired[str]
    """Where the file system is mounted: /mnt/<name>."""
    tracing: NotRequired[bool]
    """Trace with X-Ray. The role gets AWSXRayDaemonWriteAccess. Default: False."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key that encrypts the environment variables. Default: Lambda's own key. It does not encrypt the executions'
    data: the version of pulumi-aws that this package uses has no argument for that."""
    code_signing_config_arn: NotRequired[pulumi.Input[str]]
    """A code signing configuration, which decides which archives are trusted. Default: none."""
    environment: NotRequired[dict[str, pulumi.Input[str]]]
    """Environment variables. Default: none."""
    description: NotRequired[str]
    """What the function does, at most 256 characters. Default: none."""
    function_name: NotRequired[str]
    """A fixed physical name. Default: Pulumi generates the name, so that a replacement is made before the old function
    is deleted; with a fixed name, the old one is deleted first."""
    alias_name: NotRequired[str]
    """The alias to invoke; on a durable function, it starts new executions. Default: live."""
    alias_version: NotRequired[str]
    """The number of a published version to keep the alias on, to roll back or to hold a new version back. Executions in
    flight stay on their own version. Default: the newest."""
    new_version_weight: NotRequired[float]
    """The newest version's share of new executions or invocations while `alias_version` is set: above 0 and below 1. AWS
    documents weighted aliases for functions in general, and says nothing about durable functions. Default: no share."""
    additional_aliases: NotRequired[dict[str, str]]
    """More aliases by name, each with a version number, or `newest`. Default: none."""
    maximum_event_age_seconds: NotRequired[int]
    """How long an asynchronous event for the alias may wait before Lambda drops it, or sends it to the dead letter target:
    60 to 21,600 seconds. It does not limit an execution that has started. Default: 21,600, six hours."""
    role_arn: NotRequired[pulumi.Input[str]]
    """An execution role of your own. The policies that it needs are attached, and detached when the function is deleted,
    unless `execution_policy` is none. If several functions share a role, `managed` would detach the policy from all of
    them. Default: a role is made."""
    execution_policy: NotRequired[rules.ExecutionPolicy]
    """Where the role may log and, of a durable function, checkpoint. `scoped`: only in this function's log group and on its
    executions. `managed`: by AWS's managed policy, in every log group and on every function. `none`: nothing is attached
    to your own role, not for a VPC, X-Ray or a destination either. Default: scoped."""
    role_statements: NotRequired[list[RoleStatement]]
    """What the handler may do besides running and logging, as an inline policy. What is removed stays in a second one until
    the aliases have moved, unless all of it has more than 2,500 characters. Default: nothing."""
    managed_policy_arns: NotRequired[list[pulumi.Input[str]]]
    """More managed policies to attach to the role, AWS's or your own, by their ARNs. An attachment is named after the
    policy; if the ARN is an output, after its position in the list, so add new ones at the end. Default: none."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """A permissions boundary for the role that is made: a policy that limits what the role can ever be allowed. Default:
    none."""
    role_path: NotRequired[str]
    """The path of the role that is made, such as /service/. Default: /."""
    application_log_level: NotRequired[rules.LogLevel]
    """The lowest level of the handler's logs that Lambda keeps: TRACE, DEBUG, INFO, WARN, ERROR or FATAL. Default:
    INFO."""
    system_log_level: NotRequired[rules.SystemLogLevel]
    """The lowest level of Lambda's own messages that Lambda keeps: DEBUG, INFO or WARN. Default: INFO."""
    log_group_name: NotRequired[str]
    """A fixed name for the log group. Default: /aws/lambda/<name>-<stack>-<unique>."""
    retain_logs: NotRequired[bool]
    """Keep the log group and its logs when the function is destroyed. Default: False."""
    errors_alarm: NotRequired[bool]
    """Make an alarm on the Errors metric. Default: True."""
    errors_alarm_threshold: NotRequired[int]
    """The number of errors in a period above which the alarm goes off. Default: 5."""
    errors_alarm_period_seconds: NotRequired[int]
    """The alarm's period, a multiple of 60 seconds. Default: 300."""
    errors_alarm_evaluation_periods: NotRequired[int]
    """For how many consecutive periods errors must be above the threshold before the alarm goes off. Default: 1."""
    alarm_actions: NotRequired[list[pulumi.Input[str]]]
    """ARNs to notify when an alarm goes off and when it returns to OK, such as an SNS topic's. Default: none."""
    dead_letter_arn: NotRequired[pulumi.Input[str]]
    """A standard queue or topic of your own that gets the events which `dead_letter_queue` would get; the role gets the
    permission to send. Default: none."""
    deletion_protection: NotRequired[bool]
    """Refuse to delete or replace any resource of the function, including its queue, triggers and grants, until a
    deployment has set this to False; a destroy does not do so. Default: False."""
    tags: NotRequired[dict[str, str]]
    """Tags of all resources, besides the provider's default tags. Default: none."""


class DurableFunctionOptions(FunctionOptions):
    """The optional arguments of DurableFunction, which several functions may share."""

    retention_days: NotRequired[int]
    """How long a closed execution's history is kept: 1 to 90 days. Default: 14. A change affects new executions
    only."""
    timeout_seconds: NotRequired[int]
    """The limit of one invocation: 1 to 900 seconds. A synchronous invoke does not wait longer either. Default: 900, or
    the execution timeout if that is less."""
    log_retention_days: NotRequired[int]
    """How long logs are kept, in days: a value that CloudWatch Logs accepts. Default: the shortest that is at least
    `retention_days`."""
    durable_alarms: NotRequired[bool]
    """Make alarms on executions that fail or time out, and on throttles. Default: True."""
    failure_topic_arn: NotRequired[pulumi.Input[str]]
    """A standard SNS topic that gets a message for each execution that fails or times out, by an EventBridge rule. The
    topic's policy must let events.amazonaws.com publish without a condition, as the policy of an AlarmTopic does.
    Default: none."""
    dead_letter_queue: NotRequired[bool]
    """Make an SQS queue that gets the event of each asynchronous execution that fails, times out or is stopped, and keeps
    it for 14 days. The role gets the permission to send, and `durable_alarms` includes an alarm on messages in the
    queue. Default: False."""
    execution_guard: NotRequired[bool]
    """Refuse to delete or replace the function, or what its executions need (role and permissions, log group, dead letter
    queue, alias), while executions are in flight. With a preview, nothing has been changed by then; without one, each
    deletion is checked by itself. Needs the permissions to list executions and functions. END_EXECUTIONS_OF=<function
    name> in the environment ends the executions first, for one run. Default: True."""


class DurableFunctionArgs(DurableFunctionOptions):
    """Arguments of DurableFunction, with Lambda's names and the unit in the name.

    For the code, pass exactly one of `code_path`, `code_inline`, `s3_bucket` with `s3_key`, and `image_uri`; all but the
    last need `runtime` and `handler`.
    """

    execution_timeout_seconds: int
    """The limit of a whole execution, including waits: 1 to 31,622,400 seconds (366 days). Above 900, the function cannot
    be invoked synchronously, or by an event source mapping. Up to 900, Lambda waits for the least of 900 seconds,
    `timeout_seconds` and this."""


class StandardFunctionArgs(FunctionOptions):
    """Arguments of StandardFunction, with Lambda's names and the unit in the name; only the code is required.

    For the code, pass exactly one of `code_path`, `code_inline`, `s3_bucket` with `s3_key`, and `image_uri`; all but the
    last need `runtime` and `handler`.
    """

    timeout_seconds: NotRequired[int]
    """The limit of one invocation: 1 to 900 seconds. Default: 30, the visibility timeout of a queue that sets none."""
    log_retention_days: NotRequired[int]
    """How long logs are kept, in days: a value that CloudWatch Logs accepts. Default: 14."""
    throttles_alarm: NotRequired[bool]
    """Make an alarm on throttled invocations. Default: True."""
    dead_letter_queue: NotRequired[bool]
    """Make an SQS queue that gets the event of each asynchronous invocation that still fails when it is retried, and keeps
    it for 14 days. The role gets the permission to send. Default: False."""
    dead_letter_alarm: NotRequired[bool]
    """With `dead_letter_queue`, make an alarm on messages in the queue. Default: True."""
    maximum_retry_attempts: NotRequired[int]
    """How often an asynchronous invocation that fails is retried: 0 to 2 times. Default: 2."""
    on_success_arn: NotRequired[pulumi.Input[str]]
    """Where Lambda sends a record of each asynchronous invocation that succeeds, with its result: a standard SQS queue, a
    standard SNS topic, a function (of a durable one, the alias_arn) or an EventBridge event bus. The role gets the
    permission to send. Default: nowhere."""
    on_failure_arn: NotRequired[pulumi.Input[str]]
    """Where Lambda sends a record of each asynchronous invocation that still fails when it is retried: one of these, or an
    S3 bucket. The role gets the permission to send. Default: nowhere; a dead letter queue gets the event only."""
