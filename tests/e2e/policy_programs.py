"""Programs of bare resources for the policy pack: one that it can remediate, one that breaks every policy, one that none."""

_COMMON = """
import json

import pulumi
import pulumi_aws as aws

trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
role = aws.iam.Role("bare", assume_role_policy=json.dumps(trust))
code = pulumi.AssetArchive({"index.py": pulumi.StringAsset("def handler(event, context): return event")})
common = {"role": role.arn, "handler": "index.handler", "code": code}
"""
MENDABLE = f"""{_COMMON}
flat = aws.lambda_.Function(
    "flat",
    name="flat",
    runtime="python3.13",
    timeout=120,
    durable_config={{"execution_timeout": 60, "retention_period": 1}},
    logging_config={{"log_format": "Text"}},
    environment={{"variables": {{"DB_PASSWORD": pulumi.Output.secret("hunter2"), "LOG_LEVEL": "DEBUG"}}}},
    **common,
)
aws.cloudwatch.LogGroup("logs", name="/aws/lambda/flat-logs")
"""

_STARTERS = """
names = {"rest_api": "a", "resource_id": "r", "http_method": "POST", "type": "AWS", "integration_http_method": "POST"}
aws.apigateway.Integration("rest", uri=INVOKED.invoke_arn, REST_MORE **names)
aws.iot.TopicRule(
    "devices", enabled=True, sql="SELECT * FROM 'a'", sql_version="2016-03-23", lambdas=[{"function_arn": INVOKED.arn}]
)
aws.lb.TargetGroupAttachment("balanced", target_group_arn="arn:aws:elasticloadbalancing:::t", target_id=INVOKED.arn)
aws.appsync.DataSource("graph", api_id="a", type="AWS_LAMBDA", lambda_config={"function_arn": INVOKED.arn})
pipe = {"role_arn": role.arn, "source": queue.arn, "target": INVOKED.arn}
aws.pipes.Pipe("pipe", PIPE_MORE **pipe)
aws.scheduler.Schedule(
    "nightly",
    schedule_expression="rate(1 day)",
    flexible_time_window={"mode": "OFF"},
    target={"arn": "arn:aws:scheduler:::aws-sdk:lambda:invoke", "role_arn": role.arn, "input": INPUT},
)
"""


def _starters(function: str, request: str, rest: str = "", pipe: str = "") -> str:
    given = {"INVOKED": function, "INPUT": request, "REST_MORE": rest, "PIPE_MORE": pipe}
    program = _STARTERS
    for word, text in given.items():
        program = program.replace(word, text)
    return program


FORBIDDEN = f"""{MENDABLE}
def policy(action, resource):
    return json.dumps({{"Statement": [{{"Effect": "Allow", "Action": action, "Resource": resource}}]}})


ann = aws.iam.User("ann").name
aws.iam.UserPolicy("wide", user=ann, policy=policy("lambda:*", "*"))
aws.iam.UserPolicy("missed", user=ann, policy=policy("lambda:StopDurableExecution", "arn:aws:lambda:us-east-1:000000000000:function:flat"))
aws.lambda_.Function("old", runtime="nodejs14.x", **common)
durable = {{"publish": True, "logging_config": {{"log_format": "JSON"}}}}
long = aws.lambda_.Function("long", runtime="java8.al2", durable_config={{"execution_timeout": 86_400}}, **common, **durable)
aws.lambda_.Function(
    "image",
    package_type="Image",
    image_uri="000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:latest",
    role=role.arn,
    durable_config={{"execution_timeout": 60, "retention_period": 1}},
    **durable,
)
latest = aws.lambda_.Alias("latest", name="latest", function_name=long.name, function_version="$LATEST")
queue = aws.sqs.Queue("queue")
aws.lambda_.EventSourceMapping("fed", event_source_arn=queue.arn, function_name=long.arn)
short = aws.sqs.Queue("short")
aws.lambda_.EventSourceMapping("refused", event_source_arn=short.arn, function_name=flat.arn)
bucket = aws.s3.Bucket("uploads")
aws.s3.BucketNotification("first", bucket=bucket.bucket, eventbridge=True)
aws.s3.BucketNotification("second", bucket=bucket.id, eventbridge=True)
aws.lambda_.ResourcePolicy("whole", resource_arn=latest.arn, policy="{{}}")
aws.lambda_.Permission(
    "one", function=long.name, qualifier=latest.name, principal="events.amazonaws.com", action="lambda:InvokeFunction",
    source_account="000000000000",
)
aws.apigatewayv2.Integration("http", api_id="a", integration_type="AWS_PROXY", integration_uri=latest.arn)
aws.cognito.UserPool("people", lambda_config={{"pre_sign_up": flat.arn}})
{_starters("flat", 'json.dumps({"FunctionName": "flat"})')}
"""

_PAST_ALIAS = ("rest", "devices", "balanced", "graph", "pipe", "people", "refused")
FOUND = {
    ("published-version", "flat", "publish is not True"),
    ("json-logs", "flat", "loggingConfig.logFormat is Text"),
    ("durable-runtime", "long", "no durable execution SDK runs on java8.al2"),
    (
        "deprecated-runtime",
        "old",
        "runtime nodejs14.x has been deprecated since 4 December 2023; AWS's date for the end of new functions is 9 January 2024",
    ),
    (
        "blocked-runtime",
        "old",
        "Lambda has created no function with the runtime nodejs14.x since 9 January 2024",
    ),
    (
        "code-by-version",
        "image",
        "imageUri = 000000000000.dkr.ecr.us-east-1.amazonaws.com/orders:latest stays the same when another image is pushed",
    ),
    (
        "invocation-within-execution",
        "flat",
        "timeout = 120 seconds of one invocation is longer than the 60 seconds of the whole execution",
    ),
    (
        "timeouts-in-proportion",
        "long",
        "durableConfig.retentionPeriod is left out; AWS then decides how long histories are kept",
    ),
    ("fixed-name", "flat", "the name flat is fixed"),
    *(("alias", name, f"no alias of {name} is in this stack") for name in ("flat", "image")),
    ("alias-on-version", "latest", "the alias latest of long points to $LATEST"),
    ("trigger-by-alias", "fed", "it starts long, but not by an alias"),
    ("trigger-by-alias", "nightly", "it starts flat by an unqualified ARN or name"),
    *(("trigger-by-alias", name, "it starts flat, but not by an alias") for name in _PAST_ALIAS),
    *(
        ("synchronous-trigger", name, "it waits for long, whose execution may last 86,400 seconds")
        for name in ("fed", "http")
    ),
    ("answer-in-time", "rest", "it waits 29 seconds for flat, whose execution may last 60"),
    ("answer-in-time", "people", "it waits 5 seconds for flat, whose execution may last 60"),
    ("queue-visibility", "short", "messages are invisible for 30 seconds, and flat has a timeout of 120"),
    (
        "queue-outlasts-execution",
        "short",
        "messages are invisible for 30 seconds, and an execution of flat may last 60",
    ),
    (
        "queue-outlasts-execution",
        "queue",
        "messages are invisible for 30 seconds, and an execution of long may last 86,400",
    ),
    ("one-notification-per-bucket", "second", "it and first set the notifications of the same bucket"),
    ("one-resource-policy", "whole", "it overwrites the permission one"),
    (
        "scoped-grants",
        "wide",
        "lambda:InvokeFunction, lambda:SendDurableExecutionCallbackSuccess, "
        "lambda:SendDurableExecutionCallbackFailure, lambda:SendDurableExecutionCallbackHeartbeat is allowed on every "
        "function",
    ),
    ("grant-matches", "missed", "lambda:StopDurableExecution is allowed on no execution's ARN"),
    *(
        (
            "checkpoint-permissions",
            "bare",
            f"the role bare of {name} lacks lambda:CheckpointDurableExecution and lambda:GetDurableExecutionState",
        )
        for name in ("flat", "long", "image")
    ),
    ("log-retention", "logs", "retentionInDays is left out"),
    *(
        ("log-group", name, f"{name} logs to a group that Lambda creates, which keeps logs forever")
        for name in ("flat", "long", "image")
    ),
    *(
        ("failure-alarms", name, f"no alarm on DurableExecutionFailed and DurableExecutionTimedOut of {name}")
        for name in ("flat", "long", "image")
    ),
    *(
        ("invocation-alarms", name, f"no alarm on Errors and Throttles of {name}")
        for name in ("flat", "long", "image")
    ),
    ("no-secrets-in-environment", "flat", "DB_PASSWORD holds what its name says"),
}

ALLOWED = f"""{_COMMON}
managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"
aws.iam.RolePolicyAttachment("durable", role=role.name, policy_arn=managed)


def function(name, seconds, **more):
    logs = aws.cloudwatch.LogGroup(name, name=f"/aws/lambda/{{name}}", retention_in_days=7)
    made = aws.lambda_.Function(
        name,
        publish=True,
        timeout=5,
        durable_config={{"execution_timeout": seconds, "retention_period": 1}},
        logging_config={{"log_format": "JSON", "log_group": logs.name}},
        **{{"runtime": "python3.13", **common, **more}},
    )
    for metric in ("DurableExecutionFailed", "DurableExecutionTimedOut", "Errors", "Throttles"):
        aws.cloudwatch.MetricAlarm(
            f"{{name}}-{{metric}}",
            metric_name=metric,
            namespace="AWS/Lambda",
            dimensions={{"FunctionName": made.name}},
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            period=60,
            statistic="Sum",
            threshold=0,
        )
    return aws.lambda_.Alias(f"{{name}}-live", name="live", function_name=made.name, function_version=made.version)


day, minute, quick = function("day", 86_400), function("minute", 30), function("quick", 5)
function("archive", 60, code=None, s3_bucket="archives", s3_key="orders.zip", s3_object_version="3")
queue = aws.sqs.Queue("queue", visibility_timeout_seconds=30)
aws.lambda_.EventSourceMapping("fed", event_source_arn=queue.arn, function_name=minute.arn)
for name in ("one", "two"):
    bucket = aws.s3.Bucket(name)
    aws.s3.BucketNotification(name, bucket=bucket.id, eventbridge=True)
aws.lambda_.ResourcePolicy("whole", resource_arn=day.arn, policy="{{}}")
aws.lambda_.Permission(
    "one", function=quick.function_name, qualifier=quick.name, principal="events.amazonaws.com",
    action="lambda:InvokeFunction", source_account="000000000000",
)
aws.apigatewayv2.Integration("http", api_id="a", integration_type="AWS_PROXY", integration_uri=minute.arn)
aws.cognito.UserPool(
    "people",
    lambda_config={{
        "pre_sign_up": quick.arn,
        "custom_email_sender": {{"lambda_arn": quick.arn, "lambda_version": "V1_0"}},
        "kms_key_id": "arn:aws:kms:us-east-1:000000000000:key/k",
    }},
)
aws.iam.RolePolicy(
    "calls",
    role=role.name,
    policy=pulumi.Output.json_dumps({{
        "Statement": [{{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": quick.arn}}]
    }}),
)
aws.iam.RolePolicy(
    "stops",
    role=role.name,
    policy=json.dumps({{
        "Statement": [{{
            "Effect": "Allow",
            "Action": "lambda:StopDurableExecution",
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:day-*:*",
        }}]
    }}),
)
{
    _starters(
        "minute",
        'pulumi.Output.json_dumps({"FunctionName": minute.arn, "InvocationType": "Event"})',
        '''request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},''',
        'target_parameters={"lambda_function_parameters": {"invocation_type": "FIRE_AND_FORGET"}},',
    )
}
"""
