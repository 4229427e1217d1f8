"""Invalid inputs, and the message for each."""

from collections.abc import Mapping
from typing import Any

from tables.account import ACCOUNT, FUNCTION, QUEUE, ROLE, TOPIC
from tables.invalid_triggers import (
    EITHER_FORM,
    EXECUTION,
    FIFO,
    INVOCATION,
    KEY_FORM,
    LEFT_OUT,
    SCHEDULE,
    TARGET,
    TOPIC_FORM,
    TRIGGER_TABLES,
    UNQUALIFIED,
    Cases,
    Changes,
)

FUNCTION_ARGS: Mapping[str, Any] = {
    "code_inline": "def handler(event, context): ...",
    "runtime": "python3.13",
    "handler": "index.handler",
    "execution_timeout_seconds": 3600,
}
STANDARD_ARGS: Mapping[str, Any] = {
    key: value for key, value in FUNCTION_ARGS.items() if key != "execution_timeout_seconds"
}
STACK: Mapping[str, str] = {
    "profile": "dev",
    "executionTimeout": "15m",
    "retention": "1d",
    # What the engine passes for a key that the file leaves out.
    "timeout": "",
    "aliasName": "",
    "logRetention": "",
    "alarmTopicArn": "",
}
_TRAITS = "must be 1 to 64 letters, digits, hyphens and underscores"
_ALIAS = "must be 1 to 128 letters, digits, hyphens and underscores, and not only digits, which would name a version"
_RUNTIME = "must be a runtime's identifier, such as python3.13 or provided.al2023"
_RETENTION = (
    "must be 1 to 90 days; to keep results for longer, write them to a store of your own in a last step"
)
_MEMORY = "must be 128 to 10,240 MB; CPU power grows with memory: one vCPU at 1,769 MB"
_LOG_DAYS = (
    "must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, "
    "2922, 3288, 3653; CloudWatch Logs accepts only these numbers of days"
)
_DURATION = "must be a duration: a number of seconds, or a number with s, m, h or d such as 15m"
_VARIABLE = (
    "a name has two or more letters A-Z and a-z, digits and underscores, begins with a letter, and is not reserved by "
    "Lambda, as AWS_REGION is"
)
_FUNCTION_FORM = "it must be arn:<partition>:lambda:<region>:<account>:function:<name>:<alias or version>"
_ROLE_FORM = "is not the ARN of an IAM role; it must be arn:<partition>:iam::<account>:role/<name>"
_USER_FORM = "is not the ARN of an IAM user; it must be arn:<partition>:iam::<account>:user/<name>"

_HANDLER = "must be 1 to 128 characters without spaces: <file>.<function>, such as index.handler"
_STORAGE = "must be 512 to 10,240 MB; keep more in S3 or on a file system"
_NO_DESTINATION = "is not supported: durable functions have no destinations; use a last step, or a dead letter queue for failed executions"
_TRANSFORM = (
    "is not supported: set it by a transform on the resource that the component makes; see docs/recipes.md"
)
_UNSUPPORTED: tuple[tuple[str, Any, str], ...] = (
    ("on_success_arn", "arn", _NO_DESTINATION),
    ("on_failure_arn", "arn", _NO_DESTINATION),
    ("destination_config", "arn", _NO_DESTINATION),
    (
        "maximum_retry_attempts",
        2,
        "is not supported: Lambda does not apply it to durable functions; retry in the workflow's steps",
    ),
    ("log_format", "Text", "is not supported: durable functions log as JSON, which is always set"),
    (
        "publish",
        False,
        "is not supported: a version is always published, since only qualified ARNs can be invoked",
    ),
    ("allow_invoke_latest", True, "is not supported: the Lambda API has no such setting; invoke the alias"),
    ("response_streaming", True, _TRANSFORM),
    ("capacity_provider_config", "arn", _TRANSFORM),
    ("source_kms_key_arn", "arn", _TRANSFORM),
)
_PERIODS = "must be 1 to 1,440 periods; the alarm goes off when all of them are above the threshold"
_ERRORS = "must be 0 to 1,000,000,000 errors; the alarm goes off above it"
_CONCURRENCY = "must be 0 to 1,000,000 invocations; 0 stops the function"
_WEIGHT = (
    "must be above 0 and below 1, such as 0.1; leave it out to send the newest version nothing, and leave alias_version "
    "out too to send it everything"
)
_NUMBER = "must be a version number, such as 7"
_OF_ALIAS = "each alias names a version number, or newest"
_ACTION = "must be <service>:<Action>, such as dynamodb:PutItem, or * for everything"
_ONE_OF_THEM = "Lambda does not support both; leave one out"
_ARN = "must be an ARN: arn:<partition>:<service>:<region>:<account>:<resource>"
_OWN_ROLE = "has no effect: role_arn names a role of your own"
_START_AGE = "must be 60 to 21,600 seconds; Lambda keeps an asynchronous event for at most six hours"
_TENANTS = {"tenant_isolation_mode": "PER_TENANT"}
_FILES: Changes = {
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "file_system_arn": "arn",
    "file_system_path": "/mnt/data",
}
_IMAGE = {"code_inline": LEFT_OUT, "image_uri": "orders:1"}
_OBJECT: Changes = {"actions": ["s3:GetObject"], "resources": ["*"]}

FUNCTION_CASES: Cases = [
    ({"runtime": LEFT_OUT}, "runtime: is required"),
    ({"handler": LEFT_OUT}, "handler: is required"),
    ({"execution_timeout_seconds": LEFT_OUT}, "execution_timeout_seconds: is required"),
    ({"execution_timeout_seconds": 0}, f"execution_timeout_seconds = 0: {EXECUTION}"),
    ({"execution_timeout_seconds": 31_622_401}, f"execution_timeout_seconds = 31622401: {EXECUTION}"),
    (
        {"execution_timeout_seconds": "an hour"},
        "execution_timeout_seconds = 'an hour': must be a whole number",
    ),
    ({"execution_timeout_seconds": 1.5}, "execution_timeout_seconds = 1.5: must be a whole number"),
    ({"execution_timeout_seconds": True}, "execution_timeout_seconds = True: must be a whole number"),
    ({"retention_days": 0}, f"retention_days = 0: {_RETENTION}"),
    ({"retention_days": 91}, f"retention_days = 91: {_RETENTION}"),
    ({"timeout_seconds": 0}, f"timeout_seconds = 0: {INVOCATION}"),
    ({"timeout_seconds": 901}, f"timeout_seconds = 901: {INVOCATION}"),
    ({"memory_size_mb": 127}, f"memory_size_mb = 127: {_MEMORY}"),
    ({"memory_size_mb": 10_241}, f"memory_size_mb = 10241: {_MEMORY}"),
    ({"runtime": "Python 3.13"}, f"runtime = 'Python 3.13': {_RUNTIME}"),
    (
        {"architecture": "amd64"},
        "architecture = 'amd64': must be one of arm64, x86_64; arm64 costs less for the same work",
    ),
    (
        {"handler": "my handler"},
        f"handler = 'my handler': {_HANDLER}",
    ),
    ({"handler": ""}, f"handler = '': {_HANDLER}"),
    ({"handler": "a" * 129, "runtime": "dotnet10"}, f"handler = '{'a' * 96}...: {_HANDLER}"),
    (
        {"handler": "handler"},
        "handler = 'handler': must be <file>.<function> for python3.13, such as index.handler",
    ),
    (
        {"handler": "index.", "runtime": "nodejs24.x"},
        "handler = 'index.': must be <file>.<function> for nodejs24.x, such as index.handler",
    ),
    ({"alias_name": "1"}, f"alias_name = '1': {_ALIAS}"),
    ({"alias_name": "$LATEST"}, f"alias_name = '$LATEST': {_ALIAS}"),
    ({"alias_name": "a" * 129}, f"alias_name = '{'a' * 96}...: {_ALIAS}"),
    ({"function_name": "my.function"}, f"function_name = 'my.function': {_TRAITS}"),
    ({"alias_version": "٣"}, f"alias_version = '٣': {_NUMBER}"),
    (
        {"code_inline": LEFT_OUT},
        "code_path | code_inline | s3_bucket | image_uri: exactly one is required, got none",
    ),
    (
        {"code_path": "functions/orders"},
        "code_path | code_inline | s3_bucket | image_uri: exactly one is required, got code_path and code_inline",
    ),
    (
        {"code_inline": LEFT_OUT, "s3_bucket": "archives"},
        "s3_bucket | s3_key: an archive in S3 needs both",
    ),
    (
        {
            "code_inline": LEFT_OUT,
            "s3_bucket": "archives",
            "s3_key": "k.zip",
            "allowed_secret_files": ["ca.jks"],
        },
        "allowed_secret_files = ['ca.jks']: has no effect: an archive in S3 or an image is not searched for secrets",
    ),
    (
        {"environment": {"AWS_REGION": "x"}},
        f"environment: cannot contain 'AWS_REGION': {_VARIABLE}",
    ),
    *(
        ({"environment": {name: "x"}}, f"environment: cannot contain {name!r}: {_VARIABLE}")
        for name in ("1A", "CAFÉ", "AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_TOKEN")
    ),
    (
        {"environment": {"LIMIT": 5}},
        "environment: LIMIT must be a string, or an output of one, not int; put it in quotes",
    ),
    (
        {"environment": {"BIG": "x" * 4094}},
        "environment: has 4,097 bytes, and Lambda allows 4,096 in total; keep large values in Systems Manager or S3",
    ),
    ({"log_retention_days": 0}, f"log_retention_days = 0: {_LOG_DAYS}"),
    ({"log_retention_days": 2}, f"log_retention_days = 2: {_LOG_DAYS}"),
    (
        {"log_group_name": "aws/mine"},
        "log_group_name = 'aws/mine': must be 1 to 512 characters of A-Z a-z 0-9 _ - / . # and must not begin with aws/",
    ),
    (
        {"errors_alarm_period_seconds": 45},
        "errors_alarm_period_seconds = 45: must be a multiple of 60 seconds; Lambda reports its metrics once a minute",
    ),
    (
        {"errors_alarm_period_seconds": 0},
        "errors_alarm_period_seconds = 0: must be a multiple of 60 seconds; Lambda reports its metrics once a minute",
    ),
    ({"errors_alarm_threshold": -1}, f"errors_alarm_threshold = -1: {_ERRORS}"),
    ({"errors_alarm_threshold": 1_000_000_001}, f"errors_alarm_threshold = 1000000001: {_ERRORS}"),
    ({"errors_alarm_evaluation_periods": 0}, f"errors_alarm_evaluation_periods = 0: {_PERIODS}"),
    (
        {"errors_alarm_evaluation_periods": 289},
        "errors_alarm_evaluation_periods = 289: times errors_alarm_period_seconds = 300 is 86,700 seconds; CloudWatch "
        "evaluates at most 86,400: lower one of them",
    ),
    (
        {"errors_alarm_period_seconds": 3600, "errors_alarm_evaluation_periods": 169},
        "errors_alarm_evaluation_periods = 169: times errors_alarm_period_seconds = 3600 is 608,400 seconds; "
        "CloudWatch evaluates at most 604,800: lower one of them",
    ),
    (
        {"errors_alarm": False, "errors_alarm_threshold": 3},
        "errors_alarm_threshold = 3: has no effect: there is no alarm with errors_alarm = False",
    ),
    (
        {"errors_alarm": False, "errors_alarm_period_seconds": 60},
        "errors_alarm_period_seconds = 60: has no effect: there is no alarm with errors_alarm = False",
    ),
    (
        {"errors_alarm": False, "errors_alarm_evaluation_periods": 3},
        "errors_alarm_evaluation_periods = 3: has no effect: there is no alarm with errors_alarm = False",
    ),
    (
        {"tags": {"aws:mine": "x"}},
        "tags: cannot contain 'aws:mine': a key has 1 to 128 characters and does not begin with aws:, and a value has at "
        "most 256 characters",
    ),
    ({"role_arn": "orders-role"}, f"role_arn = 'orders-role': {_ROLE_FORM}"),
    (
        {"role_arn": f"arn:aws:iam::{ACCOUNT}:user/ann"},
        f"role_arn = 'arn:aws:iam::{ACCOUNT}:user/ann': {_ROLE_FORM}",
    ),
    (
        {"execution_timeout": 60},
        "execution_timeout = 60: is not known; did you mean execution_timeout_seconds?",
    ),
    (
        {"build_for": "windows"},
        "build_for = 'windows': must be one of lambda, host; host is for a local cloud only",
    ),
    ({"ephemeral_storage_mb": 511}, f"ephemeral_storage_mb = 511: {_STORAGE}"),
    ({"ephemeral_storage_mb": 10_241}, f"ephemeral_storage_mb = 10241: {_STORAGE}"),
    ({"layers": ["l"] * 6}, "layers = ['l', 'l', 'l', 'l', 'l', 'l']: must have at most 5 items, not 6"),
    ({"reserved_concurrency": -1}, f"reserved_concurrency = -1: {_CONCURRENCY}"),
    ({"reserved_concurrency": 1_000_001}, f"reserved_concurrency = 1000001: {_CONCURRENCY}"),
    ({"subnet_ids": ["subnet-1"]}, "subnet_ids | security_group_ids: a VPC needs both"),
    (
        {"subnet_ids": [], "security_group_ids": ["sg-1"]},
        "subnet_ids = []: must not be empty; leave it out",
    ),
    (
        {"file_system_arn": "arn", "file_system_path": "/mnt/data"},
        "file_system_arn = 'arn': can only be reached through a VPC; pass subnet_ids and security_group_ids",
    ),
    (
        {"s3_object_version": "v1"},
        "s3_object_version = 'v1': is the version of the object at s3_key; pass s3_key too",
    ),
    ({**_IMAGE, "runtime": LEFT_OUT}, "handler = 'index.handler': has no effect: the image contains its own"),
    ({"description": "a" * 257}, f"description = '{'a' * 96}...: must be at most 256 characters"),
    ({"tags": {f"key{number}": "" for number in range(51)}}, "tags: has 51 tags; AWS allows 50"),
    (
        {"system_log_level": "ERROR"},
        "system_log_level = 'ERROR': must be one of DEBUG, INFO, WARN; Lambda's own messages have these levels",
    ),
    ({"alias_version": "0"}, f"alias_version = '0': {_NUMBER}"),
    ({"alias_version": "$LATEST"}, f"alias_version = '$LATEST': {_NUMBER}"),
    ({"alias_version": 3}, "alias_version = 3: must be a string"),
    ({"alias_version": "3", "new_version_weight": 0}, f"new_version_weight = 0: {_WEIGHT}"),
    ({"alias_version": "3", "new_version_weight": 1}, f"new_version_weight = 1: {_WEIGHT}"),
    (
        {"alias_version": "3", "new_version_weight": True},
        "new_version_weight = True: must be a number",
    ),
    (
        {"new_version_weight": 0.1},
        "new_version_weight = 0.1: is the newest version's share beside alias_version; pass alias_version too",
    ),
    ({"additional_aliases": {"1": "newest"}}, f"additional_aliases.1: {_ALIAS}"),
    ({"additional_aliases": {"next": "0"}}, f"additional_aliases: contains '0'; {_OF_ALIAS}"),
    ({"additional_aliases": {"next": "latest"}}, f"additional_aliases: contains 'latest'; {_OF_ALIAS}"),
    (
        {"additional_aliases": {"live": "3"}},
        "additional_aliases: contains 'live', which is alias_name already",
    ),
    (
        {"execution_policy": "all"},
        "execution_policy = 'all': must be one of managed, scoped, none; none attaches nothing, and is for a role "
        "of your own",
    ),
    (
        {"execution_policy": "none"},
        "execution_policy = 'none': is only possible with a role of your own; pass role_arn",
    ),
    (
        {"role_arn": f"{ROLE}/own", "execution_policy": "none", "role_statements": [_OBJECT]},
        "role_statements: has no effect: execution_policy = 'none' attaches nothing to your role",
    ),
    (
        {"role_arn": f"{ROLE}/own", "permissions_boundary_arn": "arn"},
        f"permissions_boundary_arn = 'arn': {_OWN_ROLE}",
    ),
    ({"role_arn": f"{ROLE}/own", "role_path": "/service/"}, f"role_path = '/service/': {_OWN_ROLE}"),
    ({"role_path": "service"}, "role_path = 'service': must be a path that begins and ends with /"),
    (
        {"role_statements": [{**_OBJECT, "actions": ["GetObject"]}]},
        f"role_statements.0.actions.0 = 'GetObject': {_ACTION}",
    ),
    (
        {"managed_policy_arns": ["AmazonBedrockFullAccess"]},
        "managed_policy_arns.0 = 'AmazonBedrockFullAccess': must be a managed policy's ARN: "
        "arn:<partition>:iam::<account or aws>:policy/<name>",
    ),
    (
        {
            "role_arn": f"{ROLE}/own",
            "execution_policy": "none",
            "managed_policy_arns": ["arn:aws:iam::aws:policy/A"],
        },
        "managed_policy_arns: has no effect: execution_policy = 'none' attaches nothing to your role",
    ),
    ({"maximum_event_age_seconds": 59}, f"maximum_event_age_seconds = 59: {_START_AGE}"),
    ({"maximum_event_age_seconds": 21_601}, f"maximum_event_age_seconds = 21601: {_START_AGE}"),
    (
        {"provisioned_concurrency": 0},
        "provisioned_concurrency = 0: must be 1 to 1,000,000 environments; leave it out for none",
    ),
    (
        {"provisioned_concurrency": 3, "reserved_concurrency": 2},
        "provisioned_concurrency = 3: must not exceed reserved_concurrency = 2, of which it is a part",
    ),
    (
        {"snap_start": True, "provisioned_concurrency": 1},
        f"snap_start | provisioned_concurrency: {_ONE_OF_THEM}",
    ),
    (
        {"snap_start": True, **_FILES},
        f"snap_start | file_system_arn: {_ONE_OF_THEM}",
    ),
    (
        {"snap_start": True, **_IMAGE, "runtime": LEFT_OUT, "handler": LEFT_OUT},
        f"snap_start | image_uri: {_ONE_OF_THEM}",
    ),
    (
        {"snap_start": True, "ephemeral_storage_mb": 513},
        "ephemeral_storage_mb = 513: must be 512 with snap_start; Lambda supports no more",
    ),
    (
        {"tenancy_config": _TENANTS, "provisioned_concurrency": 1},
        f"tenancy_config | provisioned_concurrency: {_ONE_OF_THEM}",
    ),
    ({"tenancy_config": _TENANTS, "snap_start": True}, f"tenancy_config | snap_start: {_ONE_OF_THEM}"),
    (
        {"tenancy_config": {"tenant_isolation_mode": "SHARED"}},
        "tenancy_config.tenant_isolation_mode = 'SHARED': must be one of PER_TENANT; Lambda has no other isolation "
        "mode",
    ),
    ({"image_command": ["a.handler"]}, "image_command = ['a.handler']: only applies to image_uri"),
    (
        {"ipv6_allowed_for_dual_stack": True},
        "ipv6_allowed_for_dual_stack = True: only applies in a VPC; pass subnet_ids and security_group_ids",
    ),
    (
        {"dead_letter_queue": True, "dead_letter_arn": f"{QUEUE}:lost"},
        "dead_letter_queue | dead_letter_arn: Lambda supports one target; leave one out",
    ),
    ({"dead_letter_arn": "arn:aws:s3:::lost"}, f"dead_letter_arn = 'arn:aws:s3:::lost': {EITHER_FORM}"),
    ({"dead_letter_arn": f"{QUEUE}:lost.fifo"}, f"dead_letter_arn = '{QUEUE}:lost.fifo': {FIFO}"),
    ({"failure_topic_arn": f"{QUEUE}:ops"}, f"failure_topic_arn = '{QUEUE}:ops': {TOPIC_FORM}"),
    ({"failure_topic_arn": f"{TOPIC}:ops.fifo"}, f"failure_topic_arn = '{TOPIC}:ops.fifo': {FIFO}"),
    ({"alarm_actions": ["ops"]}, f"alarm_actions.0 = 'ops': {_ARN}"),
    ({"alarm_actions": "ops"}, "alarm_actions = 'ops': must be a list"),
    ({"deletion_protection": "perhaps"}, "deletion_protection = 'perhaps': must be true or false"),
    *(({key: given}, f"{key} = {given!r}: {message}") for key, given, message in _UNSUPPORTED),
]

_RETRIES = "must be 0 to 2 retries; Lambda does not retry an asynchronous invocation more often"
_ON_SUCCESS = "must be the ARN of an SQS queue, an SNS topic, a Lambda function or an EventBridge event bus"
_ON_FAILURE = "must be the ARN of an SQS queue, an SNS topic, a Lambda function, an EventBridge event bus or an S3 bucket"
_BUS = f"arn:aws:events:eu-west-1:{ACCOUNT}"
_NO_EXECUTIONS = "is not supported: a standard function has no durable executions; make a DurableFunction"
_STANDARD_INVOCATION = (
    "must be 1 to 900 seconds; it limits one invocation; longer work needs a DurableFunction, which splits it into steps and "
    "waits"
)
STANDARD_CASES: Cases = [
    ({"timeout_seconds": 0}, f"timeout_seconds = 0: {_STANDARD_INVOCATION}"),
    ({"timeout_seconds": 901}, f"timeout_seconds = 901: {_STANDARD_INVOCATION}"),
    ({"log_retention_days": 2}, f"log_retention_days = 2: {_LOG_DAYS}"),
    ({"maximum_retry_attempts": -1}, f"maximum_retry_attempts = -1: {_RETRIES}"),
    ({"maximum_retry_attempts": 3}, f"maximum_retry_attempts = 3: {_RETRIES}"),
    ({"throttles_alarm": "often"}, "throttles_alarm = 'often': must be true or false"),
    ({"dead_letter_alarm": 2}, "dead_letter_alarm = 2: must be true or false"),
    (
        {"dead_letter_alarm": True},
        "dead_letter_alarm = True: has no effect: it is on the queue that dead_letter_queue = True makes",
    ),
    ({"on_success_arn": "arn:aws:s3:::sold"}, f"on_success_arn = 'arn:aws:s3:::sold': {_ON_SUCCESS}"),
    ({"on_success_arn": f"{QUEUE}:sold.fifo"}, f"on_success_arn = '{QUEUE}:sold.fifo': {FIFO}"),
    (
        {"on_success_arn": f"{_BUS}:rule/sold"},
        f"on_success_arn = '{_BUS}:rule/sold': must be an event bus's ARN: "
        "arn:<partition>:events:<region>:<account>:event-bus/<name>",
    ),
    ({"on_failure_arn": "lost"}, f"on_failure_arn = 'lost': {_ON_FAILURE}"),
    (
        {"on_failure_arn": "arn:aws:lambda:eu-west-1:mends"},
        f"on_failure_arn = 'arn:aws:lambda:eu-west-1:mends': is not the ARN of a Lambda function; {_FUNCTION_FORM}",
    ),
    *(
        ({key: given}, f"{key} = {given!r}: {message}")
        for key, given, message in (
            (
                "execution_timeout_seconds",
                60,
                f"{_NO_EXECUTIONS}, or limit the invocation by timeout_seconds",
            ),
            ("retention_days", 7, f"{_NO_EXECUTIONS}, or keep the logs for log_retention_days"),
            (
                "durable_alarms",
                False,
                f"{_NO_EXECUTIONS}, or choose alarms by throttles_alarm and dead_letter_alarm",
            ),
            (
                "failure_topic_arn",
                f"{TOPIC}:ops",
                f"{_NO_EXECUTIONS}, or send failed invocations to on_failure_arn",
            ),
            (
                "execution_guard",
                False,
                "is not supported: executions of durable functions that need this function are always guarded; see docs/guide.md",
            ),
            (
                "log_format",
                "Text",
                "is not supported: functions log as JSON, which is always set: Lambda has no log levels for text",
            ),
        )
    ),
    (
        {"durable_config": {"execution_timeout": 60}},
        f"durable_config: {_NO_EXECUTIONS}",
    ),
    (
        {"destination_config": {}},
        "destination_config: is not supported: pass on_success_arn and on_failure_arn",
    ),
    ({"timeout": 60}, "timeout = 60: is not known; did you mean timeout_seconds?"),
]
"""What differs from DurableFunction; the rules of the arguments that both have are the same."""

ROLE_CASES: Cases = [
    (
        {"managed_policies": ["arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"]},
        "managed_policies.0 = 'arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess': must be the path and name of an AWS "
        "managed policy, without the prefix arn:<partition>:iam::aws:policy/, such as AWSXRayDaemonWriteAccess; pass "
        "ARNs as managed_policy_arns",
    ),
    ({"statements": _OBJECT}, "statements: must be a list"),
    ({"statements": [{"actions": ["s3:GetObject"]}]}, "statements.0.resources: is required"),
    ({"statements": [{**_OBJECT, "actions": []}]}, "statements.0.actions = []: must not be empty"),
    ({"statements": [{**_OBJECT, "resources": []}]}, "statements.0.resources = []: must not be empty"),
    (
        {"statements": [{**_OBJECT, "resources": [5]}]},
        "statements.0.resources.0 = 5: must be a string, or an output of one",
    ),
    *(
        (
            {"statements": [{**_OBJECT, "resources": [resource]}]},
            f"statements.0.resources.0 = {resource!r}: must be an ARN, in which * stands for any characters, or * alone "
            "for everything",
        )
        for resource in ("**", "uploads", "")
    ),
    (
        {"statements": [{**_OBJECT, "effect": "deny"}]},
        "statements.0.effect = 'deny': must be one of Allow, Deny; Deny overrides every Allow",
    ),
    ({"statements": [{**_OBJECT, "sid": "Uploads"}]}, "statements.0.sid = 'Uploads': is not known here"),
    *(
        (
            {"statements": [{**_OBJECT, "condition": {"StringEquals": {"aws:TagKeys": value}}}]},
            f"statements.0.condition.StringEquals.aws:TagKeys{shown}: must be a string, a number, true or false, an "
            "output of one of these, or a list of them",
        )
        for value, shown in (([], " = []"), ({}, ""), ([["a", None]], " = [['a', None]]"))
    ),
    (
        {"statements": [{**_OBJECT, "condition": {"StringEquals": "eu-west-1"}}]},
        "statements.0.condition.StringEquals = 'eu-west-1': must be a dict",
    ),
    ({"path": "/service"}, "path = '/service': must be a path that begins and ends with /"),
    ({"permissions_boundary_arn": 5}, "permissions_boundary_arn = 5: must be a string, or an output of one"),
]

_STRANGER = "arn:aws:iam::210987654321"
_ELSEWHERE = (
    f"is in account 210987654321, but the function is in {ACCOUNT}; grant to a role in the function's account, which the "
    "other account may assume; to allow invoking, pass principal_arn to an InvokeGrant"
)
_NO_ACCOUNT = (
    "contains no account ID, so a resource of that name may belong to somebody else; also pass source_account, the ID of "
    "the account that owns it"
)
_GRANTEES = "role_arn | user_arn | group_arn | service | account_id | principal_arn | organization_id: exactly one is required"
_TARGETS = "qualified_arn | function_arn: exactly one is required"
INVOKE_CASES: Cases = [
    ({"qualified_arn": LEFT_OUT, "role_arn": f"{ROLE}/a"}, f"{_TARGETS}, got none"),
    (
        {"function_arn": f"{FUNCTION}:plain", "role_arn": f"{ROLE}/a"},
        f"{_TARGETS}, got qualified_arn and function_arn",
    ),
    (
        {"qualified_arn": LEFT_OUT, "function_arn": f"{FUNCTION}:plain:live", "role_arn": f"{ROLE}/a"},
        f"function_arn = '{FUNCTION}:plain:live': has the qualifier live; pass a qualified ARN as qualified_arn",
    ),
    (
        {"principal_arn": f"{_STRANGER}:group/shop"},
        f"principal_arn = '{_STRANGER}:group/shop': is not the ARN of an IAM role or user; it must be "
        "arn:<partition>:iam::<account>:role/<name> or arn:<partition>:iam::<account>:user/<name>",
    ),
    (
        {"organization_id": "shop"},
        "organization_id = 'shop': must be an organization ID, such as o-a1b2c3d4e5",
    ),
    (
        {"role_arn": f"{ROLE}/a", "event_source_token": "skill"},
        "event_source_token = 'skill': only applies to a service; pass service too",
    ),
    ({}, f"{_GRANTEES}, got none"),
    (
        {"role_arn": f"{ROLE}/a", "user_arn": f"arn:aws:iam::{ACCOUNT}:user/b"},
        f"{_GRANTEES}, got role_arn and user_arn",
    ),
    (
        {"service": "events.amazonaws.com", "source_account": ACCOUNT, "account_id": ACCOUNT},
        f"{_GRANTEES}, got service and account_id",
    ),
    (
        {"qualified_arn": "orders", "role_arn": f"{ROLE}/a"},
        f"qualified_arn = 'orders': is not the ARN of a Lambda function; {_FUNCTION_FORM}",
    ),
    (
        {"qualified_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/a"},
        f"qualified_arn = '{FUNCTION}:orders': {UNQUALIFIED}",
    ),
    (
        {"qualified_arn": f"{FUNCTION}:orders:$LATEST", "role_arn": f"{ROLE}/a"},
        f"qualified_arn = '{FUNCTION}:orders:$LATEST': {UNQUALIFIED}",
    ),
    ({"role_arn": "shop"}, f"role_arn = 'shop': {_ROLE_FORM}"),
    ({"role_arn": f"{_STRANGER}:role/shop"}, f"role_arn = '{_STRANGER}:role/shop': {_ELSEWHERE}"),
    (
        {"group_arn": f"{ROLE}/a"},
        f"group_arn = '{ROLE}/a': is not the ARN of an IAM group; it must be arn:<partition>:iam::<account>:group/<name>",
    ),
    (
        {"service": "events.amazonaws.com"},
        "service = 'events.amazonaws.com': needs source_arn or source_account: without one, anybody's resources in that service could invoke",
    ),
    (
        {"service": "events", "source_account": ACCOUNT},
        "service = 'events': must be a service principal, such as events.amazonaws.com",
    ),
    ({"service": "s3.amazonaws.com", "source_arn": "uploads"}, f"source_arn = 'uploads': {_ARN}"),
    (
        {"service": "s3.amazonaws.com", "source_arn": "arn:aws:s3:::uploads"},
        f"source_arn = 'arn:aws:s3:::uploads': {_NO_ACCOUNT}",
    ),
    (
        {"service": "s3.amazonaws.com", "source_arn": "arn:aws:s3:::*"},
        f"source_arn = 'arn:aws:s3:::*': {_NO_ACCOUNT}",
    ),
    (
        {"service": "route53.amazonaws.com", "source_arn": "arn:aws:route53:::hostedzone/Z1"},
        f"source_arn = 'arn:aws:route53:::hostedzone/Z1': {_NO_ACCOUNT}",
    ),
    (
        {
            "service": "events.amazonaws.com",
            "source_arn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/nightly",
            "source_account": "210987654321",
        },
        f"source_account = '210987654321': is not the account in source_arn, {ACCOUNT}: nothing could invoke",
    ),
    (
        {"service": "s3.amazonaws.com", "source_account": "12"},
        "source_account = '12': must be an account ID of 12 digits",
    ),
    (
        {"role_arn": f"{ROLE}/a", "source_account": ACCOUNT},
        f"source_account = '{ACCOUNT}': only applies to a service; pass service too",
    ),
    ({"account_id": "12"}, "account_id = '12': must be an account ID of 12 digits"),
    (
        {"account_id": ACCOUNT, "all_versions": True},
        "all_versions = True: is not possible here: this permission is always on one ARN",
    ),
    (
        {"account_id": ACCOUNT, "by_url": True},
        "by_url = True: is not possible here: only roles, users and groups can call URLs",
    ),
]

CALLBACK_CASES: Cases = [
    (
        {"function_arn": "arn:aws:s3:::bucket", "role_arn": f"{ROLE}/a"},
        f"function_arn = 'arn:aws:s3:::bucket': is not the ARN of a Lambda function; {_FUNCTION_FORM}",
    ),
    ({"user_arn": f"{ROLE}/a"}, f"user_arn = '{ROLE}/a': {_USER_FORM}"),
    ({"user_arn": 5}, "user_arn = 5: must be a string, or an output of one"),
    ({}, "role_arn | user_arn | group_arn: exactly one is required, got none"),
    ({"user_arn": f"{_STRANGER}:user/ann"}, f"user_arn = '{_STRANGER}:user/ann': {_ELSEWHERE}"),
]

EXECUTION_CASES: Cases = [
    ({}, "access: is required"),
    (
        {"access": "write"},
        "access = 'write': must be one of read, operate, pause, delete; for callbacks use a CallbackGrant, to invoke an InvokeGrant",
    ),
]

_SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:card-key-a1b2c3"
_NO_SECRET = (
    "must be the ARN of a Secrets Manager secret (...:secret:<name>) or of a Systems Manager parameter "
    "(...:parameter/<name>)"
)
SECRET_CASES: Cases = [
    ({"secret_arn": LEFT_OUT}, "secret_arn: is required"),
    ({"secret_arn": "card-key"}, f"secret_arn = 'card-key': {_NO_SECRET}"),
    (
        {"kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:alias/shop"},
        f"kms_key_arn = 'arn:aws:kms:eu-west-1:123456789012:alias/shop': {KEY_FORM}",
    ),
]

_BUCKET = "arn:aws:s3:::uploads"
_ACCESS = "must be one of read, write, read-write; anything else goes into role_statements"
_NO_RESOURCE = (
    "is not the ARN of a DynamoDB table, an index of a table, a table's stream, a Kinesis stream, an S3 bucket, an SQS "
    "queue, an SNS topic or an event bus"
)
ACCESS_CASES: Cases = [
    ({"access": LEFT_OUT}, "access: is required"),
    ({"access": "delete"}, f"access = 'delete': {_ACCESS}"),
    ({"resource_arn": "uploads"}, f"resource_arn = 'uploads': {_NO_RESOURCE}"),
    ({"resource_arn": f"{_BUCKET}/in/*"}, f"resource_arn = '{_BUCKET}/in/*': {_NO_RESOURCE}"),
    (
        {"resource_arn": f"{TOPIC}:news"},
        f"resource_arn = '{TOPIC}:news': is the ARN of an SNS topic, on which only write is possible",
    ),
    (
        {"resource_arn": f"{_BUS}:event-bus/shop", "access": "read-write"},
        f"resource_arn = '{_BUS}:event-bus/shop': is the ARN of an event bus, on which only write is possible",
    ),
]

TOPIC_CASES: Cases = [
    ({"emails": ["ops"]}, "emails.0 = 'ops': must be an email address, such as ops@shop.example"),
    ({"emails": "ops@shop.example"}, "emails = 'ops@shop.example': must be a list"),
    (
        {"tags": {"aws:mine": "x"}},
        "tags: cannot contain 'aws:mine': a key has 1 to 128 characters and does not begin with aws:, and a value has at "
        "most 256 characters",
    ),
]

_PERCENT = "must be 1 to 99 percent; at 100 the limit is already reached"
MONITORING_CASES: Cases = [
    ({"functions": LEFT_OUT}, "functions: is required"),
    ({"functions": {}}, "functions: must not be empty"),
    ({"functions": ["orders"]}, "functions = ['orders']: must be a dict"),
    ({"functions": {"orders": 5}}, "functions.orders = 5: must be a string, or an output of one"),
    ({"utilization_threshold_percent": 0}, f"utilization_threshold_percent = 0: {_PERCENT}"),
    ({"utilization_threshold_percent": 100}, f"utilization_threshold_percent = 100: {_PERCENT}"),
    (
        {"utilization_alarm": False, "utilization_threshold_percent": 50},
        "utilization_threshold_percent = 50: has no effect: there is no alarm with utilization_alarm = False",
    ),
    ({"alarm_actions": ["ops"]}, f"alarm_actions.0 = 'ops': {_ARN}"),
]

_PRICES = "priceOfMillionOperations | priceOfGigabyteWritten | priceOfGigabyteMonthKept"
_ALL_PRICES: Changes = dict.fromkeys(_PRICES.split(" | "), "1")
_PRICE = "must be 0 to 1,000,000 per unit; see AWS's price list for your region"
_OPERATIONS = "must be 1 to 3,000 operations; Lambda ends an execution that has more"
_KILOBYTES = "must be 0 to 100,000 KB; Lambda ends an execution that writes more"
_MADE = "is for the stack's own topic: set alarmTopic to true and leave alarmTopicArn out"
_VERSIONS = "must map functions to versions: pulumi config set --path 'aliasVersions.orders' 7"
STACK_CASES: Cases = [
    ({"profile": LEFT_OUT}, "profile: is required"),
    (
        {"profile": "staging"},
        "profile = 'staging': must be one of dev, prod; every stack uses one of these, whatever its name",
    ),
    ({"executionTimeout": LEFT_OUT}, "executionTimeout: is required"),
    ({"executionTimeout": "367d"}, f"executionTimeout = '367d': {EXECUTION}"),
    ({"executionTimeout": "soon"}, f"executionTimeout = 'soon': {_DURATION}"),
    ({"executionTimeout": "-5m"}, f"executionTimeout = '-5m': {_DURATION}"),
    ({"retention": "0d"}, f"retention = '0d': {_RETENTION}"),
    ({"retention": "91"}, f"retention = '91': {_RETENTION}"),
    ({"retention": "2w"}, "retention = '2w': must be a number of days, such as 30d"),
    ({"timeout": "16m", "executionTimeout": "1h"}, f"timeout = '16m': {INVOCATION}"),
    ({"memorySize": "lots"}, "memorySize = 'lots': must be a whole number"),
    ({"memorySize": "64"}, f"memorySize = '64': {_MEMORY}"),
    (
        {"logLevel": "LOUD"},
        "logLevel = 'LOUD': must be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL; INFO is usual, DEBUG in development",
    ),
    ({"aliasName": "no spaces"}, f"aliasName = 'no spaces': {_ALIAS}"),
    (
        {"architecture": "riscv"},
        "architecture = 'riscv': must be one of arm64, x86_64; arm64 costs less for the same work",
    ),
    ({"aliasVersions": "7"}, f"aliasVersions = '7': {_VERSIONS}"),
    ({"aliasVersions": "orders=7"}, f"aliasVersions = 'orders=7': {_VERSIONS}"),
    (
        {"aliasVersions": '{"shop": 7}'},
        "aliasVersions = '{\"shop\": 7}': contains shop; the program's functions are orders, payments",
    ),
    ({"aliasVersions": '{"orders": 0}'}, f"aliasVersions.orders = '0': {_NUMBER}"),
    ({"logRetention": "2d"}, f"logRetention = '2d': {_LOG_DAYS}"),
    ({"retainLogs": "perhaps"}, "retainLogs = 'perhaps': must be true or false"),
    ({"errorsAlarm": "2"}, "errorsAlarm = '2': must be true or false"),
    ({"durableAlarms": "sometimes"}, "durableAlarms = 'sometimes': must be true or false"),
    ({"environment": "two words"}, "environment = 'two words': must be 1 to 64 characters without spaces"),
    ({"alarmTopic": "yes"}, "alarmTopic = 'yes': must be true or false"),
    *(
        (
            {"alarmTopicArn": wrong},
            f"alarmTopicArn = '{wrong}': must be the ARN of a standard SNS topic: "
            "arn:<partition>:sns:<region>:<account>:<name>",
        )
        for wrong in ("ops", f"{TOPIC}:ops.fifo")
    ),
    (
        {"alarmTopic": "true", "alarmEmail": "ops"},
        "alarmEmail = 'ops': must be an email address, such as ops@shop.example",
    ),
    ({"alarmEmail": "ops@shop.example"}, f"alarmEmail = 'ops@shop.example': {_MADE}"),
    (
        {"alarmTopic": "true", "alarmTopicArn": f"{TOPIC}:ops", "alarmEmail": "ops@shop.example"},
        f"alarmEmail = 'ops@shop.example': {_MADE}",
    ),
    ({"dashboard": "1"}, "dashboard = '1': must be true or false"),
    ({"deadLetterQueue": "on"}, "deadLetterQueue = 'on': must be true or false"),
    ({"deletionProtection": "no"}, "deletionProtection = 'no': must be true or false"),
    ({"reconcileSchedule": "daily"}, f"reconcileSchedule = 'daily': {SCHEDULE}"),
    ({"costOperations": "0"}, f"costOperations = '0': {_OPERATIONS}"),
    ({"costOperations": "3001"}, f"costOperations = '3001': {_OPERATIONS}"),
    ({"costKilobytes": "-1"}, f"costKilobytes = '-1': {_KILOBYTES}"),
    ({"costKilobytes": "100001"}, f"costKilobytes = '100001': {_KILOBYTES}"),
    ({"costKilobytes": "few"}, "costKilobytes = 'few': must be a number"),
    (
        {"priceOfMillionOperations": "8", "priceOfGigabyteWritten": "1"},
        f"{_PRICES}: set all of them or none; got priceOfMillionOperations and priceOfGigabyteWritten",
    ),
    (
        {**_ALL_PRICES, "priceOfGigabyteWritten": "-1"},
        f"priceOfGigabyteWritten = '-1': {_PRICE}",
    ),
    (
        {**_ALL_PRICES, "priceOfGigabyteMonthKept": "1000001"},
        f"priceOfGigabyteMonthKept = '1000001': {_PRICE}",
    ),
    (
        {"buildFor": "windows"},
        "buildFor = 'windows': must be one of lambda, host; host is for a local cloud only",
    ),
    (
        {"approvalTimeout": "15m"},
        "approvalTimeout = '15m': together with settlementTime it is 905 s, which leaves nothing of executionTimeout = 900 s; raise executionTimeout "
        "or lower a wait",
    ),
    ({"memorySize": "[512]"}, "memorySize = '[512]': must be a single value, not a list"),
    ({"environment": '["prod"]'}, "environment = '[\"prod\"]': must be a single value, not a list"),
    ({"alarmTopic": '{"a":1}'}, "alarmTopic = '{\"a\":1}': must be a single value, not a map"),
    ({"aliasVersions": "[7]"}, f"aliasVersions = '[7]': {_VERSIONS}"),
    ({"executionTimeOut": "5m"}, "executionTimeOut = '5m': is not known; did you mean executionTimeout?"),
]

_OF_FUNCTION = {"function_arn": f"{FUNCTION}:orders"}
STACK_FILES = "Stack files"
TABLES: tuple[tuple[str, Mapping[str, Any], Cases], ...] = (
    ("DurableFunction", FUNCTION_ARGS, FUNCTION_CASES),
    ("StandardFunction", STANDARD_ARGS, STANDARD_CASES),
    ("DurableExecutionRole", {}, ROLE_CASES),
    ("InvokeGrant", TARGET, INVOKE_CASES),
    ("CallbackGrant", _OF_FUNCTION, CALLBACK_CASES),
    ("ExecutionGrant", {**_OF_FUNCTION, "role_arn": f"{ROLE}/a"}, EXECUTION_CASES),
    ("SecretGrant", {"role_arn": f"{ROLE}/a", "secret_arn": _SECRET}, SECRET_CASES),
    ("AccessGrant", {"role_arn": f"{ROLE}/a", "resource_arn": _BUCKET, "access": "read"}, ACCESS_CASES),
    *TRIGGER_TABLES,
    ("AlarmTopic", {}, TOPIC_CASES),
    ("DurableMonitoring", {"functions": {"orders": "orders-1a2b3c4"}}, MONITORING_CASES),
    (STACK_FILES, STACK, STACK_CASES),
)
