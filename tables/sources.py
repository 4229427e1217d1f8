"""Where the rules in the tables of invalid inputs come from: a page of AWS's documentation, or FORM."""

import re

FORM = "form"
"""No rule of AWS: the value has another type than the argument, contradicts another argument, or only this package has it."""

_API = "https://docs.aws.amazon.com/lambda/latest/api/API_"
_GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
_IAM = "https://docs.aws.amazon.com/IAM/latest"
_ALARM = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
_SCHEDULER = "https://docs.aws.amazon.com/scheduler/latest"
_LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference"

SOURCES: tuple[tuple[str, str], ...] = (
    # Of the tables' messages, the first that matches counts.
    (r"^snap_start \||must be 512 with snap_start", f"{_GUIDE}/snapstart.html"),
    ("^tenancy_config", f"{_GUIDE}/tenant-isolation.html"),
    (r"1 to 31,622,400 seconds|retention\w* = .*1 to 90 days", f"{_API}DurableConfig.html"),
    (
        "timeout.* = .*must be 1 to 900 seconds; it limits one invocation",
        f"{_GUIDE}/configuration-timeout.html",
    ),
    ("must not exceed 900 here", f"{_GUIDE}/durable-invoking.html"),
    ("has no alias or version, and durable functions|^publish = ", f"{_GUIDE}/durable-invoking.html"),
    ("must be 128 to 10,240 MB", f"{_API}CreateFunction.html#lambda-CreateFunction-request-MemorySize"),
    ("must be a runtime's identifier", f"{_API}CreateFunction.html#lambda-CreateFunction-request-Runtime"),
    ("^architecture = ", f"{_API}CreateFunction.html#lambda-CreateFunction-request-Architectures"),
    (
        "must be 1 to 128 characters without spaces",
        f"{_API}CreateFunction.html#lambda-CreateFunction-request-Handler",
    ),
    ("must be <file>.<function> for python", f"{_GUIDE}/python-handler.html"),
    ("must be <file>.<function> for nodejs", f"{_GUIDE}/nodejs-handler.html"),
    ("1 to 128 letters, digits, hyphens and underscores", f"{_API}CreateAlias.html"),
    ("must be a version number|each alias names a version number", f"{_API}CreateAlias.html"),
    ("which is alias_name already", f"{_API}CreateAlias.html"),
    ("must be above 0 and below 1", f"{_API}AliasRoutingConfiguration.html"),
    (
        "1 to 64 letters, digits, hyphens and underscores",
        f"{_API}CreateFunction.html#lambda-CreateFunction-request-FunctionName",
    ),
    ("^environment: (cannot contain|has 4,097 bytes)", f"{_GUIDE}/configuration-envvars.html"),
    ("CloudWatch Logs accepts only these", f"{_LOGS}/API_PutRetentionPolicy.html"),
    ("must not begin with aws/", f"{_LOGS}/API_CreateLogGroup.html"),
    (r"multiple of 60 seconds|1 to 1,440 periods|CloudWatch evaluates at most|^alarm_actions\.", _ALARM),
    ("^tags: (cannot contain|has)", "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"),
    ("is not the ARN of an IAM (role|user|group)", f"{_IAM}/UserGuide/reference_identifiers.html"),
    (r"is in account \d+, but", f"{_IAM}/APIReference/API_PutRolePolicy.html"),
    ("must be 512 to 10,240 MB", f"{_API}EphemeralStorage.html"),
    ("^layers = ", f"{_GUIDE}/chapter-layers.html"),
    ("must be 0 to 1,000,000 invocations", f"{_API}PutFunctionConcurrency.html"),
    ("must be 1 to 1,000,000 environments", f"{_API}PutProvisionedConcurrencyConfig.html"),
    ("must not exceed reserved_concurrency", f"{_GUIDE}/provisioned-concurrency.html"),
    ("can only be reached through a VPC", f"{_GUIDE}/configuration-filesystem.html"),
    ("only applies in a VPC|: a VPC needs both", f"{_API}VpcConfig.html"),
    (
        "must be at most 256 characters",
        f"{_API}CreateFunction.html#lambda-CreateFunction-request-Description",
    ),
    ("^system_log_level = |^log_?[lL]evel = ", f"{_API}LoggingConfig.html"),
    ("Lambda has no log levels for text", f"{_GUIDE}/monitoring-cloudwatchlogs-log-level.html"),
    ("^log_format = ", f"{_GUIDE}/durable-monitoring.html"),
    ("must be a path that begins and ends with /", f"{_IAM}/APIReference/API_CreateRole.html"),
    ("must be <service>:<Action>", f"{_IAM}/UserGuide/reference_policies_elements_action.html"),
    (r"must be an ARN, in which \*", f"{_IAM}/UserGuide/reference_policies_elements_resource.html"),
    (r"\.effect = ", f"{_IAM}/UserGuide/reference_policies_elements_effect.html"),
    (r"\.condition\.", f"{_IAM}/UserGuide/reference_policies_elements_condition.html"),
    (
        "must be a managed policy's ARN|must be the path and name of an AWS managed",
        f"{_IAM}/APIReference/API_AttachRolePolicy.html",
    ),
    ("must be 60 to 21,600 seconds", f"{_API}PutFunctionEventInvokeConfig.html"),
    ("^image_command = .*only applies to image_uri|the image contains its own", f"{_API}ImageConfig.html"),
    ("^dead_letter_(queue|arn)( |$)|^dead_letter_arn = ", f"{_API}DeadLetterConfig.html"),
    (
        "^on_(success|failure)_arn = .*(must be the ARN of|is not the ARN of|event bus's ARN|is a FIFO)",
        f"{_GUIDE}/invocation-async-retain-records.html",
    ),
    ("must be 0 to 2 retries", f"{_API}PutFunctionEventInvokeConfig.html"),
    (
        "durable functions have no destinations|Lambda does not apply it to durable",
        f"{_GUIDE}/durable-invoking.html",
    ),
    (
        "^failure_topic_arn = |^topic_arn = |^alarmTopicArn = ",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-fifo-topics.html",
    ),
    (
        "must be an organization ID",
        "https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html",
    ),
    ("must be a service principal|must be an account ID", f"{_API}AddPermission.html"),
    ("only applies to a service; pass service", f"{_API}AddPermission.html"),
    (
        "needs source_arn or source_account|contains no account ID|is not the account in",
        f"{_IAM}/UserGuide/confused-deputy.html",
    ),
    ("^(source_arn|qualified_arn|function_arn) = ", f"{_API}AddPermission.html"),
    (
        "this permission is always on one ARN|only roles, users and groups can call",
        f"{_API}AddPermission.html",
    ),
    (
        "^resource_arn = ",
        "https://docs.aws.amazon.com/service-authorization/latest/reference/"
        "reference_policies_actions-resources-contextkeys.html",
    ),
    ("^secret_arn = ", f"{_IAM}/UserGuide/reference_identifiers.html"),
    ("must be a key's ARN", "https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html"),
    (r"must be rate\(", f"{_SCHEDULER}/UserGuide/schedule-types.html"),
    ("time zone in the IANA database", f"{_SCHEDULER}/APIReference/API_CreateSchedule.html"),
    ("must be 1 to 1,440 minutes", f"{_SCHEDULER}/APIReference/API_FlexibleTimeWindow.html"),
    (
        "EventBridge (does not retry|retries)",
        "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html",
    ),
    (
        "^dead_letter_queue_arn = ",
        "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    ),
    ("must be at most 512 characters", f"{_SCHEDULER}/APIReference/API_CreateSchedule.html"),
    (
        "^filter_policy_scope = .*must be one of",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering-scope.html",
    ),
    (
        "must be an S3 event type",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html",
    ),
    ("^filter_patterns = .*at most 10 items", f"{_GUIDE}/invocation-eventfiltering.html"),
    (
        "FIFO queue(;|$)|^queue_arn( = |: messages)|since SQS returns at most",
        f"{_GUIDE}/services-sqs-configure.html",
    ),
    ("^maximum_concurrency = ", f"{_API}ScalingConfig.html"),
    ("^discarded_arn = ", f"{_API}OnFailure.html"),
    ("returns the window's state", f"{_GUIDE}/services-kinesis-windows.html"),
    (
        "^(batch_size|maximum_batching|starting_position|tumbling|parallelization|maximum_retry_attempts = -2|"
        "maximum_retry_attempts = 10001|maximum_record_age|kinesis_stream|dynamodb_stream)",
        f"{_API}CreateEventSourceMapping.html",
    ),
    ("^authorization = ", f"{_API}CreateFunctionUrlConfig.html"),
    (
        "^emails|^alarmEmail = .*must be an email",
        "https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html",
    ),
    ("^cost(Operations|Kilobytes) = .*Lambda ends", f"{_GUIDE}/gettingstarted-limits.html"),
)

_FORM = (
    # The type of an argument, or of a part of it.
    r"is required$|is not known|must not be empty|must be a (whole )?number$|must be true or false$",
    r"must be a (list|dict|string|string, or an output of one)$|must be a single value|must be a string, or an output of one",
    "must be a duration|must be a number of days|must be a time with a time zone|must be 1 to 64 characters without spaces",
    # Two arguments that contradict each other, or an argument that only acts beside another.
    "exactly one is required|has no effect|needs both$|pass (s3_key|alias_version) too|pass a qualified ARN|set all of them",
    # What only this package has.
    "^(build_?[fF]or|execution_policy|access|profile|publish|allow_invoke_latest|body_as_event|utilization_threshold) ?",
    "^destination_config: .*pass on_|a standard function has no durable executions|are always guarded|gets each batch itself",
    "set it by a transform|with an intermediary, which starts an execution|^aliasVersions = |above it$",
    "^alarmEmail = .*is for the stack's own|^priceOf|leaves nothing of executionTimeout|^utilization_threshold_percent",
)


def source_of(message: str) -> str:
    """Return the source of the rule behind a message: an address, or FORM.

    Raises:
        LookupError: it has none, which a rule must not have.
    """
    if any(re.search(pattern, message) for pattern in _FORM):
        return FORM
    for pattern, source in SOURCES:
        if re.search(pattern, message):
            return source
    raise LookupError(message)
