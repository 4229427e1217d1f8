"""What an author may get wrong, and what is said: the tests' table, and the page docs/errors.md."""

from collections.abc import Mapping
from typing import Any

from tests.unit.mocks import ACCOUNT, FUNCTION, ROLE

FUNCTION_ARGS: Mapping[str, Any] = {
    "code_inline": "def handler(event, context): ...",
    "runtime": "python3.13",
    "handler": "index.handler",
    "execution_timeout_seconds": 3600,
}
STACK: Mapping[str, str] = {
    "profile": "dev",
    "executionTimeout": "15m",
    "retention": "1d",
    "environment": "development",
    "logLevel": "DEBUG",
    "timeout": "",
    "memorySize": "512",
    "architecture": "arm64",
    "aliasName": "",
    "logRetention": "",
    "retainLogs": "false",
    "errorsAlarm": "true",
    "errorsAlarmThreshold": "5",
    "durableAlarms": "true",
    "alarmTopicArn": "",
    "settlementTime": "5s",
    "approvalTimeout": "10m",
    "approvalThreshold": "10000",
    "buildFor": "lambda",
}
LEFT_OUT = None

Changes = dict[str, Any]
_TRAITS = "must be 1 to 64 letters, digits, hyphens and underscores"
_ALIAS = "must be 1 to 128 letters, digits, hyphens and underscores, and not digits alone: those are versions"
_RUNTIME = (
    "must be one of nodejs22.x, nodejs24.x, python3.13, python3.14, java17, java21, java25, dotnet8, dotnet10; "
    "no other managed runtime runs durable functions; a container image brings its own"
)
_EXECUTION = "must be 1 to 31,622,400 seconds (366 days); it is the whole execution's limit, waits included"
_RETENTION = "must be 1 to 90 days; write what must be kept for longer to a store of your own in a last step"
_INVOCATION = (
    "must be 1 to 900 seconds; it limits one invocation; what takes longer is split into steps and waits "
    "under the execution timeout"
)
_MEMORY = "must be 128 to 10,240 MB; CPU grows with it: 1,769 MB are one core"
_LOG_DAYS = (
    "must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, "
    "2922, 3288, 3653; CloudWatch Logs takes these numbers of days only"
)
_DURATION = "must be a duration: a number of seconds, or a number with s, m, h or d such as 15m"
_VARIABLE = (
    "names are two or more letters, digits and underscores, begin with a letter, and are not those that Lambda "
    "sets itself (AWS_REGION and its like)"
)
_FUNCTION_FORM = "it must be arn:<partition>:lambda:<region>:<account>:function:<name>:<alias or version>"
_UNQUALIFIED = (
    "names no alias and no version; durable functions are invoked by a qualified ARN: pass the alias's ARN "
    "(DurableFunction.alias_arn)"
)
_ROLE_FORM = "is not the ARN of an IAM role; it must be arn:<partition>:iam::<account>:role/<name>"
_USER_FORM = "is not the ARN of an IAM user; it must be arn:<partition>:iam::<account>:user/<name>"

_HANDLER = (
    "must be at most 128 characters without spaces, with a dot: <file>.<function>, such as index.handler"
)
_STORAGE = "must be 512 to 10,240 MB; keep more in S3 or on a file system"
_UNSUPPORTED = (
    (
        "on_success_arn",
        "arn",
        "is not supported: durable functions have no destinations; use a last step, or a dead letter queue for what fails",
    ),
    (
        "on_failure_arn",
        "arn",
        "is not supported: durable functions have no destinations; use a last step, or a dead letter queue for what fails",
    ),
    (
        "maximum_retry_attempts",
        2,
        "is not supported: Lambda does not apply it to durable functions; retry in the workflow's steps",
    ),
    ("log_format", "Text", "is not supported: durable functions log as JSON, which is always set"),
    ("snap_start", True, "is not supported: AWS does not document it for durable functions"),
    (
        "publish",
        False,
        "is not supported: a version is always published, since only qualified ARNs can be invoked",
    ),
    ("allow_invoke_latest", True, "is not supported: the Lambda API has no such setting; invoke the alias"),
    ("tenancy_config", "x", "is not supported: AWS does not document it for durable functions"),
)

FUNCTION_CASES: list[tuple[Changes, str]] = [
    ({"runtime": LEFT_OUT}, "runtime: is required"),
    ({"handler": LEFT_OUT}, "handler: is required"),
    ({"execution_timeout_seconds": LEFT_OUT}, "execution_timeout_seconds: is required"),
    ({"execution_timeout_seconds": 0}, f"execution_timeout_seconds = 0: {_EXECUTION}"),
    ({"execution_timeout_seconds": 31_622_401}, f"execution_timeout_seconds = 31622401: {_EXECUTION}"),
    (
        {"execution_timeout_seconds": "an hour"},
        "execution_timeout_seconds = 'an hour': must be a whole number",
    ),
    ({"execution_timeout_seconds": 1.5}, "execution_timeout_seconds = 1.5: must be a whole number"),
    ({"execution_timeout_seconds": True}, "execution_timeout_seconds = True: must be a whole number"),
    ({"retention_days": 0}, f"retention_days = 0: {_RETENTION}"),
    ({"retention_days": 91}, f"retention_days = 91: {_RETENTION}"),
    ({"timeout_seconds": 0}, f"timeout_seconds = 0: {_INVOCATION}"),
    ({"timeout_seconds": 901}, f"timeout_seconds = 901: {_INVOCATION}"),
    (
        {"timeout_seconds": 61, "execution_timeout_seconds": 60},
        "timeout_seconds = 61: must not exceed execution_timeout_seconds = 60: an invocation is a part of its execution",
    ),
    ({"memory_size_mb": 127}, f"memory_size_mb = 127: {_MEMORY}"),
    ({"memory_size_mb": 10_241}, f"memory_size_mb = 10241: {_MEMORY}"),
    ({"runtime": "python3.12"}, f"runtime = 'python3.12': {_RUNTIME}"),
    ({"runtime": "nodejs20.x"}, f"runtime = 'nodejs20.x': {_RUNTIME}"),
    (
        {"architecture": "amd64"},
        "architecture = 'amd64': must be one of arm64, x86_64; arm64 costs less for the same work",
    ),
    (
        {"handler": "my handler"},
        f"handler = 'my handler': {_HANDLER}",
    ),
    ({"handler": ""}, f"handler = '': {_HANDLER}"),
    ({"alias_name": "1"}, f"alias_name = '1': {_ALIAS}"),
    ({"alias_name": "$LATEST"}, f"alias_name = '$LATEST': {_ALIAS}"),
    ({"alias_name": "a" * 129}, f"alias_name = '{'a' * 96}...: {_ALIAS}"),
    ({"function_name": "my.function"}, f"function_name = 'my.function': {_TRAITS}"),
    (
        {"code_inline": LEFT_OUT},
        "code_path | code_inline | s3_bucket | image_uri: exactly one must be given, got none",
    ),
    (
        {"code_path": "functions/orders"},
        "code_path | code_inline | s3_bucket | image_uri: exactly one must be given, got code_path and code_inline",
    ),
    (
        {"code_inline": LEFT_OUT, "s3_bucket": "archives"},
        "s3_bucket | s3_key: an archive in S3 needs both",
    ),
    (
        {"environment": {"AWS_REGION": "x"}},
        f"environment: cannot hold 'AWS_REGION': {_VARIABLE}",
    ),
    ({"environment": {"1A": "x"}}, f"environment: cannot hold '1A': {_VARIABLE}"),
    (
        {"environment": {"LIMIT": 5}},
        "environment: LIMIT must be text or an output of it, not int; write it in quotes",
    ),
    (
        {"environment": {"BIG": "x" * 4094}},
        "environment: holds 4,097 bytes; Lambda takes 4,096 in all: keep large values in SSM or S3",
    ),
    ({"log_retention_days": 0}, f"log_retention_days = 0: {_LOG_DAYS}"),
    ({"log_retention_days": 2}, f"log_retention_days = 2: {_LOG_DAYS}"),
    (
        {"log_group_name": "aws/mine"},
        "log_group_name = 'aws/mine': must be 1 to 512 of A-Z a-z 0-9 _ - / . #, and not begin with aws/",
    ),
    (
        {"errors_alarm_period_seconds": 45},
        "errors_alarm_period_seconds = 45: must be a multiple of 60 seconds; Lambda reports its metrics once a minute",
    ),
    (
        {"errors_alarm_threshold": -1},
        "errors_alarm_threshold = -1: must be 0 to 1,000,000,000 errors; the alarm rings above it",
    ),
    (
        {"errors_alarm": False, "errors_alarm_threshold": 3},
        "errors_alarm_threshold = 3: has no effect: errors_alarm = False makes no alarm",
    ),
    (
        {"tags": {"aws:mine": "x"}},
        "tags: cannot hold 'aws:mine': keys have 1 to 128 characters and do not begin with aws:, values at most 256",
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
]

INVOKE_CASES: list[tuple[Changes, str]] = [
    ({}, "qualified_arn: is required"),
    (
        {"qualified_arn": f"{FUNCTION}:orders:live"},
        "role_arn | user_arn | group_arn | service | account_id: exactly one must be given, got none",
    ),
    (
        {
            "qualified_arn": f"{FUNCTION}:orders:live",
            "role_arn": f"{ROLE}/a",
            "user_arn": f"arn:aws:iam::{ACCOUNT}:user/b",
        },
        "role_arn | user_arn | group_arn | service | account_id: exactly one must be given, got role_arn and user_arn",
    ),
    (
        {"qualified_arn": "orders", "role_arn": f"{ROLE}/a"},
        f"qualified_arn = 'orders': is not the ARN of a Lambda function; {_FUNCTION_FORM}",
    ),
    (
        {"qualified_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/a"},
        f"qualified_arn = '{FUNCTION}:orders': {_UNQUALIFIED}",
    ),
    (
        {"qualified_arn": f"{FUNCTION}:orders:$LATEST", "role_arn": f"{ROLE}/a"},
        f"qualified_arn = '{FUNCTION}:orders:$LATEST': {_UNQUALIFIED}",
    ),
    ({"qualified_arn": f"{FUNCTION}:orders:live", "role_arn": "shop"}, f"role_arn = 'shop': {_ROLE_FORM}"),
]

_TARGET: Changes = {"qualified_arn": f"{FUNCTION}:orders:live"}
INVOKE_CASES += [
    (
        {**_TARGET, "service": "events.amazonaws.com"},
        "service = 'events.amazonaws.com': needs source_arn or source_account: without, anybody's resources in that service may invoke",
    ),
    (
        {**_TARGET, "service": "events", "source_account": ACCOUNT},
        "service = 'events': must be a service's principal, such as events.amazonaws.com",
    ),
    ({**_TARGET, "account_id": "12"}, "account_id = '12': must be an account's 12 digits"),
    (
        {**_TARGET, "account_id": ACCOUNT, "all_versions": True},
        "all_versions = True: is not possible here: the right lies on one alias or version",
    ),
    (
        {**_TARGET, "role_arn": f"{ROLE}/a", "source_account": ACCOUNT},
        f"source_account = '{ACCOUNT}': says whom a service acts for; pass service too",
    ),
    (
        {**_TARGET, "group_arn": f"{ROLE}/a"},
        f"group_arn = '{ROLE}/a': is not the ARN of an IAM group; it must be arn:<partition>:iam::<account>:group/<name>",
    ),
]

CALLBACK_CASES: list[tuple[Changes, str]] = [
    (
        {"function_arn": "arn:aws:s3:::bucket", "role_arn": f"{ROLE}/a"},
        f"function_arn = 'arn:aws:s3:::bucket': is not the ARN of a Lambda function; {_FUNCTION_FORM}",
    ),
    (
        {"function_arn": f"{FUNCTION}:orders", "user_arn": f"{ROLE}/a"},
        f"user_arn = '{ROLE}/a': {_USER_FORM}",
    ),
    ({"function_arn": f"{FUNCTION}:orders", "user_arn": 5}, "user_arn = 5: must be text or an output of it"),
]

EXECUTION_CASES: list[tuple[Changes, str]] = [
    ({"function_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/a"}, "access: is required"),
    (
        {"function_arn": f"{FUNCTION}:orders", "role_arn": f"{ROLE}/a", "access": "write"},
        "access = 'write': must be one of read, operate, pause; grants of callbacks and invokes are others",
    ),
]

STACK_CASES: list[tuple[Changes, str]] = [
    ({"executionTimeout": LEFT_OUT}, "executionTimeout: is required"),
    ({"executionTimeout": "367d"}, f"executionTimeout = '367d': {_EXECUTION}"),
    ({"executionTimeout": "soon"}, f"executionTimeout = 'soon': {_DURATION}"),
    ({"executionTimeout": "-5m"}, f"executionTimeout = '-5m': {_DURATION}"),
    ({"retention": "0d"}, f"retention = '0d': {_RETENTION}"),
    ({"retention": "91"}, f"retention = '91': {_RETENTION}"),
    ({"retention": "2w"}, "retention = '2w': must be a number of days, such as 30d"),
    ({"timeout": "16m", "executionTimeout": "1h"}, f"timeout = '16m': {_INVOCATION}"),
    (
        {"timeout": "15m", "executionTimeout": "14m"},
        "timeout = '15m': must not exceed executionTimeout = 840: an invocation is a part of its execution",
    ),
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
    ({"logRetention": "2d"}, f"logRetention = '2d': {_LOG_DAYS}"),
    ({"retainLogs": "perhaps"}, "retainLogs = 'perhaps': must be true or false"),
    ({"errorsAlarm": "2"}, "errorsAlarm = '2': must be true or false"),
    ({"durableAlarms": "sometimes"}, "durableAlarms = 'sometimes': must be true or false"),
    ({"environment": "two words"}, "environment = 'two words': must be 1 to 64 characters without spaces"),
    (
        {"alarmTopicArn": "ops"},
        "alarmTopicArn = 'ops': must be the ARN of an SNS topic: arn:<partition>:sns:<region>:<account>:<name>",
    ),
    (
        {"approvalTimeout": "15m"},
        "approvalTimeout = '15m': with settlementTime it is 905 s and leaves nothing of executionTimeout = 900 s; lengthen the execution or shorten the wait",
    ),
    ({"executionTimeOut": "5m"}, "executionTimeOut = '5m': is not known; did you mean executionTimeout?"),
]

TABLES = (
    ("DurableFunction", FUNCTION_CASES),
    ("InvokeGrant", INVOKE_CASES),
    ("CallbackGrant", CALLBACK_CASES),
    ("ExecutionGrant", EXECUTION_CASES),
    ("Stack files", STACK_CASES),
)


def page() -> str:
    """Return docs/errors.md."""
    lines = [
        "# What wrong input is told",
        "",
        "Every problem of one input is shown at once, before anything is made. This page is the table that the",
        "unit tests run: the message that each wrong value gets.",
    ]
    for title, cases in TABLES:
        lines += ["", f"## {title}", "", "| input | message |", "| --- | --- |"]
        for changes, message in cases:
            given = ", ".join(
                f"{key} left out" if value is LEFT_OUT else f"{key} = {_short(value)}"
                for key, value in changes.items()
            )
            lines.append(f"| {_cell(given or 'nothing')} | {_cell(message)} |")
    return "\n".join(lines) + "\n"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _cell(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"
