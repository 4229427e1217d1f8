"""What AWS allows for each value, as annotated types that component arguments and stack files share.

A rule's message says what is allowed, and how to fix the value. Bounds come from the API references of Lambda,
CloudWatch and IAM.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar, get_args

import pulumi
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema

from .arns import FunctionArn, InvalidArnError, PrincipalArn
from .errors import Problem

DAY_SECONDS = 86_400
MAX_EXECUTION_SECONDS = 31_622_400
MAX_INVOCATION_SECONDS = 900
"""The longest invocation that pulumi-aws accepts, and the execution timeout above which Lambda refuses to wait for an
execution. It waits for the least of this, the function's timeout and the execution timeout
(https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html)."""
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The retentions that CloudWatch Logs accepts, in days."""

NEWEST = "newest"
"""The value of an additional alias that moves to the newest version with each deployment."""

_VERSION = r"[1-9]\d{0,18}"
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED_VARIABLES = re.compile(
    "_HANDLER|_X_AMZN_TRACE_ID|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
    "|AWS_((DEFAULT_)?REGION|EXECUTION_ENV|ACCESS_KEY(_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)"
    "|AWS_LAMBDA_(FUNCTION_(NAME|MEMORY_SIZE|VERSION)|INITIALIZATION_TYPE|LOG_(GROUP|STREAM)_NAME|RUNTIME_API)"
    "|AWS_LAMBDA_(MAX_CONCURRENCY|METADATA_(API|TOKEN))"
)


Number = TypeVar("Number", int, float)


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a whole number")
    return value


def bounded(low: int, high: int, unit: str, fix: str) -> AfterValidator:
    """Return the rule that a number lies between two bounds, inclusive."""

    def check(value: Number) -> Number:
        if not low <= value <= high:
            raise ValueError(f"must be {low:,} to {high:,} {unit}; {fix}")
        return value

    return AfterValidator(check)


def matching(pattern: str, allowed: str) -> AfterValidator:
    """Return the rule that the whole string matches a pattern, of ASCII characters; `allowed` describes the pattern."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(f"must be {allowed}")
        return value

    return AfterValidator(check)


def one_of(values: Collection[Any], fix: str) -> AfterValidator:
    """Return the rule that a value is one of these."""

    def check(value: Any) -> Any:
        if value not in values:
            raise ValueError(f"must be one of {', '.join(map(str, values))}; {fix}")
        return value

    return AfterValidator(check)


@dataclass(frozen=True)
class Choice:
    """Annotates a Literal with the rule that a value is one of its values, so type checker and deployment agree."""

    fix: str

    def __get_pydantic_core_schema__(self, literal: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(Annotated[str, one_of(get_args(literal), self.fix)])


def log_retention_for(days: int) -> int:
    """Return the shortest retention of CloudWatch Logs that keeps logs for at least this many days."""
    return next(allowed for allowed in LOG_RETENTION_DAYS if allowed >= days)


def known(check: Callable[[str], object]) -> WrapValidator:
    """Return a rule for an `Input[str]`: a plain value is checked now, an output once it is known."""

    def validate(value: Any, _handler: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, str):
            try:
                check(value)
            except InvalidArnError as error:
                raise ValueError(error.reason) from None
        elif not isinstance(value, pulumi.Output):
            raise ValueError("must be a string, or an output of one")
        return value

    return WrapValidator(validate)


def _arn(value: str) -> None:
    if re.fullmatch(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}|aws)?:\S+", value) is None:
        raise ValueError("must be an ARN: arn:<partition>:<service>:<region>:<account>:<resource>")


def _managed_policy_arn(value: str) -> None:
    if re.fullmatch(r"arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/[A-Za-z0-9_+=,.@/-]+", value) is None:
        raise ValueError(
            "must be a managed policy's ARN: arn:<partition>:iam::<account or aws>:policy/<name>"
        )


def _environment(value: dict[str, Any]) -> dict[str, Any]:
    for key, item in value.items():
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", key) is None or _RESERVED_VARIABLES.fullmatch(key):
            raise ValueError(
                f"cannot contain {key!r}: a name has two or more letters A-Z and a-z, digits and underscores, begins "
                "with a letter, and is not reserved by Lambda, as AWS_REGION is"
            )
        if not isinstance(item, str | pulumi.Output):
            raise ValueError(
                f"{key} must be a string, or an output of one, not {type(item).__name__}; put it in quotes"
            )
    known = sum(
        len(key.encode()) + len(item.encode()) for key, item in value.items() if isinstance(item, str)
    )
    if known > 4096:
        raise ValueError(
            f"has {known:,} bytes, and Lambda allows 4,096 in total; keep large values in Systems Manager or S3"
        )
    return value


def _tags(value: dict[str, str]) -> dict[str, str]:
    if len(value) > 50:
        raise ValueError(f"has {len(value)} tags; AWS allows 50")
    for key, item in value.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:") or len(item) > 256:
            raise ValueError(
                f"cannot contain {key!r}: a key has 1 to 128 characters and does not begin with aws:, and a value has at "
                "most 256 characters"
            )
    return value


def _account(value: str) -> None:
    if re.fullmatch(r"[0-9]{12}", value) is None:
        raise ValueError("must be an account ID of 12 digits")


def known_arn(service: str, form: str, resource: str, *, fifo: bool = True) -> Callable[[str], None]:
    """Return the check that an ARN is of one service; `form` describes the ARN."""

    def check(value: str) -> None:
        arn = rf"arn:aws[a-z-]*:{service}:[a-z0-9-]+:[0-9]{{12}}:{resource}"
        if re.fullmatch(arn, value, re.ASCII) is None:
            raise ValueError(f"must be {form}")
        if not fifo and value.endswith(".fifo"):
            raise ValueError("is a FIFO queue or topic, to which AWS cannot deliver here; use a standard one")

    return check


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


def _share(value: float) -> float:
    if not 0 < value < 1:
        raise ValueError(
            "must be above 0 and below 1, such as 0.1; leave it out to send the newest version nothing, and leave "
            "alias_version out too to send it everything"
        )
    return value


def _aliases(value: dict[str, str]) -> dict[str, str]:
    for version in value.values():
        if version != NEWEST and not re.fullmatch(_VERSION, version):
            raise ValueError(f"contains {version!r}; each alias names a version number, or {NEWEST}")
    return value


def _condition_value(value: Any) -> Any:
    if isinstance(value, list) and value:
        return [_condition_value(each) for each in value]
    if not isinstance(value, str | bool | int | float | pulumi.Output):
        raise ValueError(
            "must be a string, a number, true or false, an output of one of these, or a list of them"
        )
    return value


def _statement_resource(value: str) -> None:
    # IAM: MalformedPolicyDocument, "Resource ... must be in ARN format or "*"."
    if value != "*" and re.fullmatch(r"arn:\S+", value) is None:
        raise ValueError("must be an ARN, in which * stands for any characters, or * alone for everything")


def _alarm_period(value: int) -> int:
    if value < 60 or value % 60:
        raise ValueError("must be a multiple of 60 seconds; Lambda reports its metrics once a minute")
    return value


def alarm_span(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find an alarm that evaluates more time than CloudWatch does: a day, or a week if periods are an hour or longer."""
    period, periods = (
        given.get("errors_alarm_period_seconds", 300),
        given.get("errors_alarm_evaluation_periods", 1),
    )
    if isinstance(period, int) and isinstance(periods, int):
        longest = 7 * DAY_SECONDS if period >= 3600 else DAY_SECONDS
        if period * periods > longest:
            yield Problem(
                "errors_alarm_evaluation_periods",
                f"times errors_alarm_period_seconds = {period} is {period * periods:,} seconds; CloudWatch evaluates "
                f"at most {longest:,}: lower one of them",
                periods,
            )


Whole = Annotated[int, BeforeValidator(_no_boolean)]

ExecutionTimeout = Annotated[
    Whole,
    bounded(1, MAX_EXECUTION_SECONDS, "seconds (366 days)", "it limits the whole execution, including waits"),
]
Retention = Annotated[
    Whole,
    bounded(1, 90, "days", "to keep results for longer, write them to a store of your own in a last step"),
]
InvocationTimeout = Annotated[
    Whole,
    bounded(
        1,
        MAX_INVOCATION_SECONDS,
        "seconds",
        "it limits one invocation; split longer work into steps and waits, which the execution timeout limits",
    ),
]
StandardTimeout = Annotated[
    Whole,
    bounded(
        1,
        MAX_INVOCATION_SECONDS,
        "seconds",
        "it limits one invocation; longer work needs a DurableFunction, which splits it into steps and waits",
    ),
]
MemorySize = Annotated[Whole, bounded(128, 10_240, "MB", "CPU power grows with memory: one vCPU at 1,769 MB")]
LogRetention = Annotated[
    Whole, one_of(LOG_RETENTION_DAYS, "CloudWatch Logs accepts only these numbers of days")
]
AlarmThreshold = Annotated[Whole, bounded(0, 1_000_000_000, "errors", "the alarm goes off above it")]
AlarmPeriod = Annotated[Whole, AfterValidator(_alarm_period)]
AlarmPeriods = Annotated[
    Whole, bounded(1, 1440, "periods", "the alarm goes off when all of them are above the threshold")
]
Architecture = Annotated[Literal["arm64", "x86_64"], Choice("arm64 costs less for the same work")]
BuildFor = Annotated[Literal["lambda", "host"], Choice("host is for a local cloud only")]
LogLevel = Annotated[
    Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"], Choice("INFO is usual, DEBUG in development")
]
FunctionName = Annotated[
    str, matching(r"[A-Za-z0-9-_]{1,64}", "1 to 64 letters, digits, hyphens and underscores")
]
AliasName = Annotated[
    str,
    matching(
        r"(?![0-9]+$)[A-Za-z0-9-_]{1,128}",
        "1 to 128 letters, digits, hyphens and underscores, and not only digits, which would name a version",
    ),
]
LogGroupName = Annotated[
    str,
    matching(
        r"(?!aws/)[A-Za-z0-9_\-/.#]{1,512}",
        "1 to 512 characters of A-Z a-z 0-9 _ - / . # and must not begin with aws/",
    ),
]
Version = Annotated[str, matching(_VERSION, "a version number, such as 7")]
Schedule = Annotated[
    str,
    matching(
        r"rate\((1 (minute|hour|day)|[1-9]\d{0,8} (minutes|hours|days))\)"
        r"|cron\( *\S+( +\S+){5} *\)"
        r"|at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)",
        "rate(<number> <minutes, hours or days>), such as rate(1 day) or rate(2 hours); cron(<six fields>), such "
        "as cron(0 3 * * ? *); or at(<yyyy>-<mm>-<dd>T<hh>:<mm>:<ss>)",
    ),
]
Share = Annotated[float, BeforeValidator(_number), AfterValidator(_share)]
Aliases = Annotated[dict[AliasName, str], AfterValidator(_aliases)]
# IAM: MalformedPolicyDocument, "Actions/Conditions must be prefaced by a vendor".
Action = Annotated[
    str,
    matching(
        r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+",
        "<service>:<Action>, such as dynamodb:PutItem, or * for everything",
    ),
]
ConditionValue = Annotated[Any, AfterValidator(_condition_value)]
Description = Annotated[str, matching(r"(?s).{0,256}", "at most 256 characters")]
Environment = Annotated[dict[str, Any], AfterValidator(_environment)]
Tags = Annotated[dict[str, str], AfterValidator(_tags)]

EphemeralStorage = Annotated[Whole, bounded(512, 10_240, "MB", "keep more in S3 or on a file system")]
ProvisionedConcurrency = Annotated[Whole, bounded(1, 1_000_000, "environments", "leave it out for none")]
ReservedConcurrency = Annotated[Whole, bounded(0, 1_000_000, "invocations", "0 stops the function")]
ManagedPolicy = Annotated[
    str,
    matching(
        r"[\w+=,.@/-]{1,256}",
        "the path and name of an AWS managed policy, without the prefix arn:<partition>:iam::aws:policy/, such as "
        "AWSXRayDaemonWriteAccess; pass ARNs as managed_policy_arns",
    ),
]
AccountId = Annotated[str, matching(r"\d{12}", "an account ID of 12 digits")]
OrganizationId = Annotated[str, matching(r"o-[a-z0-9]{10,32}", "an organization ID, such as o-a1b2c3d4e5")]
# Alexa's principals end in amazon.com. Lambda refuses one without a dot, which is not a domain.
ServicePrincipal = Annotated[
    str,
    matching(r"[a-z0-9-]+(\.[a-z0-9-]+)+", "a service principal, such as events.amazonaws.com"),
]
Access = Annotated[
    Literal["read", "operate", "pause", "delete"],
    Choice("for callbacks use a CallbackGrant, to invoke an InvokeGrant"),
]
ResourceAccess = Annotated[
    Literal["read", "write", "read-write"], Choice("anything else goes into role_statements")
]
MountPath = Annotated[str, matching(r"/mnt/[A-Za-z0-9-_.]{1,155}", "/mnt/<name>")]
RolePath = Annotated[str, matching(r"/|/[!-.0-~]+(/[!-.0-~]+)*/", "a path that begins and ends with /")]
ExecutionPolicy = Annotated[
    Literal["managed", "scoped", "none"], Choice("none attaches nothing, and is for a role of your own")
]
SystemLogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARN"], Choice("Lambda's own messages have these levels")
]
StatementEffect = Annotated[Literal["Allow", "Deny"], Choice("Deny overrides every Allow")]

Percent = Annotated[Whole, bounded(1, 99, "percent", "at 100 the limit is already reached")]
LongDescription = Annotated[str, matching(r"(?s).{0,512}", "at most 512 characters")]
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
AsynchronousEventAge = Annotated[
    Whole, bounded(60, 21_600, "seconds", "Lambda keeps an asynchronous event for at most six hours")
]
AsynchronousAttempts = Annotated[
    Whole, bounded(0, 2, "retries", "Lambda does not retry an asynchronous invocation more often")
]
if TYPE_CHECKING:
    Text: TypeAlias = pulumi.Input[str]
else:  # pydantic has no schema for an Input; the rule checks it
    Text = Any

RoleArn = Annotated[Text, known(lambda arn: PrincipalArn.parse(arn, "role"))]
UserArn = Annotated[Text, known(lambda arn: PrincipalArn.parse(arn, "user"))]
GroupArn = Annotated[Text, known(lambda arn: PrincipalArn.parse(arn, "group"))]
FunctionArnInput = Annotated[Text, known(FunctionArn.parse)]
QualifiedArn = Annotated[Text, known(FunctionArn.parse_qualified)]
BareFunctionArn = Annotated[Text, known(FunctionArn.parse_bare)]
PrincipalArnInput = Annotated[Text, known(lambda arn: PrincipalArn.parse(arn, "role", "user"))]
ManagedPolicyArn = Annotated[Text, known(_managed_policy_arn)]
ArnInput = Annotated[Text, known(_arn)]
TextInput = Annotated[Text, known(str)]
AccountInput = Annotated[Text, known(_account)]
StatementResource = Annotated[Text, known(_statement_resource)]
NAMED = r"[A-Za-z0-9-_]+(\.fifo)?"
BUCKET = r"s3:::[a-z0-9.-]{3,63}"
"""The form of a bucket's ARN, after the partition."""
_TOPIC = ("sns", "a topic's ARN: arn:<partition>:sns:<region>:<account>:<name>", NAMED)
_QUEUE = ("sqs", "a queue's ARN: arn:<partition>:sqs:<region>:<account>:<name>", NAMED)
TopicArn = Annotated[Text, known(known_arn(*_TOPIC))]
QueueArn = Annotated[Text, known(known_arn(*_QUEUE))]
StandardTopicArn = Annotated[Text, known(known_arn(*_TOPIC, fifo=False))]
StandardQueueArn = Annotated[Text, known(known_arn(*_QUEUE, fifo=False))]
DeadLetterArn = Annotated[
    Text, known(known_arn("(sqs|sns)", "the ARN of an SQS queue or an SNS topic", NAMED, fifo=False))
]
SecretArn = Annotated[
    Text,
    known(
        known_arn(
            "(secretsmanager|ssm)",
            "the ARN of a Secrets Manager secret (...:secret:<name>) or of a Systems Manager parameter "
            "(...:parameter/<name>)",
            r"(secret:|parameter/)\S+",
        )
    ),
]
KeyArn = Annotated[
    Text,
    known(
        known_arn(
            "kms",
            "a key's ARN: arn:<partition>:kms:<region>:<account>:key/<id>; the ARN of a key's alias grants nothing",
            r"key/[A-Za-z0-9-]+",
        )
    ),
]

Layers = Annotated[list[TextInput], Field(max_length=5)]
AtLeastOne = Annotated[list[TextInput], Field(min_length=1)]
StatementResources = Annotated[list[StatementResource], Field(min_length=1)]
