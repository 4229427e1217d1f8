"""What two resources do to each other: what starts a function, overwrites another resource, or grants nothing."""

import json
from typing import Any

import pytest

from durable_policies.model import UNKNOWN, Resource
from tests.policy.resources import ACCOUNT, FUNCTION, ROLE, alias, found, function, made_from, resource

ORDERS, LIVE = function(), alias()
HOUR = function(durableConfig={"executionTimeout": 3600, "retentionPeriod": 14})
MINUTE = function(durableConfig={"executionTimeout": 60, "retentionPeriod": 14})
PAYMENTS = function("payments", durableConfig=None, timeout=900)
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:lambda:invoke"
QUEUE_ARN = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"


def universal(**request: Any) -> Resource:
    target = {"arn": UNIVERSAL, "roleArn": ROLE, "input": json.dumps(request)}
    return resource("scheduler/schedule:Schedule", target=target)


def pipe(**props: Any) -> Resource:
    return resource("pipes/pipe:Pipe", source=QUEUE_ARN, **{"target": QUEUE_ARN, **props})


def pool(**triggers: Any) -> Resource:
    return resource("cognito/userPool:UserPool", lambdaConfig={"kmsKeyId": UNKNOWN, **triggers})


def integration(kind: str, **props: Any) -> Resource:
    path = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}:live/invocations"
    return resource(f"{kind}/integration:Integration", type="AWS", uri=path, integrationUri=path, **props)


def started_by(arn: str) -> list[Resource]:
    """Everything that names a function, apart from those of test_policies_on_stacks."""
    return [
        universal(FunctionName=arn, InvocationType="Event"),
        pipe(target=arn),
        pipe(enrichment=arn),
        resource("iot/topicRule:TopicRule", lambdas=[{"functionArn": arn}]),
        resource("iot/topicRule:TopicRule", errorAction={"lambda": {"functionArn": arn}}),
        resource("lb/targetGroupAttachment:TargetGroupAttachment", targetId=arn),
        resource("alb/targetGroupAttachment:TargetGroupAttachment", targetId=arn),
        pool(preSignUp=arn),
        pool(preTokenGenerationConfig={"lambdaArn": arn, "lambdaVersion": "V2_0"}),
        pool(customEmailSender={"lambdaArn": arn, "lambdaVersion": "V1_0"}),
        resource("appsync/dataSource:DataSource", type="AWS_LAMBDA", lambdaConfig={"functionArn": arn}),
    ]


class TestWhatStartsAFunction:
    @pytest.mark.parametrize("given", started_by(FUNCTION))
    def test_a_bare_arn_is_found(self, given: Resource) -> None:
        assert found("trigger-by-alias", ORDERS, given) == [
            "it: it starts orders by an unqualified ARN or name"
        ]

    @pytest.mark.parametrize("given", started_by(f"{FUNCTION}:live"))
    def test_an_alias_is_not(self, given: Resource) -> None:
        assert found("trigger-by-alias", ORDERS, given) == []

    @pytest.mark.parametrize(
        ("request_", "said"),
        [
            ({"FunctionName": "orders-1a2b3c4"}, ["it: it starts orders by an unqualified ARN or name"]),
            ({"FunctionName": f"{FUNCTION}:$LATEST"}, ["it: it starts orders on $LATEST"]),
            ({"FunctionName": FUNCTION, "Qualifier": "$LATEST"}, ["it: it starts orders on $LATEST"]),
            ({"FunctionName": FUNCTION, "Qualifier": "live"}, []),
            ({"Bucket": "uploads"}, []),
        ],
    )
    def test_the_universal_target_names_it_in_its_input(
        self, request_: dict[str, str], said: list[str]
    ) -> None:
        assert found("trigger-by-alias", ORDERS, universal(**request_)) == said

    @pytest.mark.parametrize("text", ["not JSON", None, "[]", "7"])
    def test_an_input_that_is_no_request_is_left_to_the_scheduler(self, text: str | None) -> None:
        given = resource("scheduler/schedule:Schedule", target={"arn": UNIVERSAL, "input": text})
        assert found("trigger-by-alias", ORDERS, given) == []

    def test_the_input_of_another_target_names_nothing(self) -> None:
        target = {"arn": f"{FUNCTION}:live", "input": json.dumps({"FunctionName": FUNCTION})}
        assert found("trigger-by-alias", ORDERS, resource("scheduler/schedule:Schedule", target=target)) == []

    def test_an_input_that_only_the_deployment_tells_is_judged_by_its_origin(self) -> None:
        target = {"arn": UNIVERSAL, "input": UNKNOWN}
        given, live = resource("scheduler/schedule:Schedule"), made_from(LIVE, "functionName", ORDERS)
        by_function, by_alias = (made_from(given, "target", each, target=target) for each in (ORDERS, live))
        assert found("trigger-by-alias", ORDERS, live, by_function) == [
            "it: it starts orders, but not by an alias"
        ]
        assert found("trigger-by-alias", ORDERS, live, by_alias) == []
        assert found("synchronous-trigger", HOUR, by_function) == []


WAITS = "it: it waits for orders, whose execution may last 3,600 seconds"


class TestWhatWaits:
    @pytest.mark.parametrize(
        "given",
        [
            universal(FunctionName=f"{FUNCTION}:live"),
            universal(FunctionName=FUNCTION, Qualifier="live", InvocationType="RequestResponse"),
            pipe(target=f"{FUNCTION}:live"),
            pipe(
                target=f"{FUNCTION}:live",
                targetParameters={"lambdaFunctionParameters": {"invocationType": "REQUEST_RESPONSE"}},
            ),
            pipe(enrichment=f"{FUNCTION}:live"),
            resource("lb/targetGroupAttachment:TargetGroupAttachment", targetId=f"{FUNCTION}:live"),
            pool(preSignUp=f"{FUNCTION}:live"),
            integration("apigateway"),
            integration("apigatewayv2"),
        ],
    )
    def test_longer_than_lambda_does_is_found(self, given: Resource) -> None:
        assert found("synchronous-trigger", HOUR, given) == [WAITS]
        assert found("answer-in-time", HOUR, given) == []

    @pytest.mark.parametrize(
        "given",
        [
            universal(FunctionName=f"{FUNCTION}:live", InvocationType="Event"),
            pipe(
                target=f"{FUNCTION}:live",
                targetParameters={"lambdaFunctionParameters": {"invocationType": "FIRE_AND_FORGET"}},
            ),
            pipe(target=f"{FUNCTION}:live", targetParameters=UNKNOWN),
            resource("iot/topicRule:TopicRule", lambdas=[{"functionArn": f"{FUNCTION}:live"}]),
            pool(customSmsSender={"lambdaArn": f"{FUNCTION}:live"}),
            resource("appsync/dataSource:DataSource", lambdaConfig={"functionArn": f"{FUNCTION}:live"}),
            *(
                integration("apigateway", requestParameters=parameters)
                for parameters in (
                    {"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
                    {
                        "integration.request.header.x-amz-invocation-type": "method.request.header.InvocationType"
                    },
                    UNKNOWN,
                )
            ),
        ],
    )
    def test_what_does_not_wait_or_may_not_is_allowed(self, given: Resource) -> None:
        assert found("synchronous-trigger", HOUR, given) == []
        assert found("answer-in-time", MINUTE, given) == []

    @pytest.mark.parametrize(
        ("given", "seconds"),
        [
            (integration("apigatewayv2"), "30"),
            (
                integration(
                    "apigatewayv2", requestParameters={"overwrite:header.X-Amz-Invocation-Type": "Event"}
                ),
                "30",
            ),
            (integration("apigateway"), "29"),
            (integration("apigateway", timeoutMilliseconds=1500), "1.5"),
            (pool(postConfirmation=f"{FUNCTION}:live"), "5"),
        ],
    )
    def test_what_gives_up_before_the_execution_ends_is_found(self, given: Resource, seconds: str) -> None:
        assert found("synchronous-trigger", MINUTE, given) == []
        assert found("answer-in-time", MINUTE, given) == [
            f"it: it waits {seconds} seconds for orders, whose execution may last 60"
        ]

    @pytest.mark.parametrize(
        "given",
        [
            integration("apigateway", timeoutMilliseconds=60_000),
            integration("apigateway", timeoutMilliseconds=UNKNOWN),
            resource("lb/targetGroupAttachment:TargetGroupAttachment", targetId=f"{FUNCTION}:live"),
        ],
    )
    def test_what_waits_long_enough_is_not(self, given: Resource) -> None:
        assert found("answer-in-time", MINUTE, given) == []

    def test_on_managed_instances_a_mapping_may_wait_longer(self) -> None:
        given = resource("lambda/eventSourceMapping:EventSourceMapping", functionName=f"{FUNCTION}:live")

        def managed(seconds: int) -> Resource:
            return function(
                durableConfig={"executionTimeout": seconds, "retentionPeriod": 14}, capacityProviderConfig={}
            )

        assert found("synchronous-trigger", managed(5400), given) == []
        assert found("synchronous-trigger", managed(5401), given) == [
            "it: it waits for orders, whose execution may last 5,401 seconds"
        ]
        assert found("synchronous-trigger", managed(901), pipe(target=f"{FUNCTION}:live")) != []

    def test_which_of_two_functions_waits_is_not_guessed(self) -> None:
        both = made_from(pool(), "lambdaConfig", HOUR, PAYMENTS, lambdaConfig={"preSignUp": UNKNOWN})
        assert found("synchronous-trigger", HOUR, PAYMENTS, both) == []
        one = made_from(pool(), "lambdaConfig", HOUR, lambdaConfig={"preSignUp": UNKNOWN})
        assert found("synchronous-trigger", HOUR, PAYMENTS, one) == [WAITS]


def queue(**props: Any) -> Resource:
    return resource("sqs/queue:Queue", "jobs", **{"name": "jobs", **props})


def mapping(name: Any = f"{FUNCTION}:live", source: Any = QUEUE_ARN) -> Resource:
    return resource("lambda/eventSourceMapping:EventSourceMapping", functionName=name, eventSourceArn=source)


class TestQueues:
    refused = "jobs: messages are invisible for 30 seconds, and orders has a timeout of 60"

    @pytest.mark.parametrize("given", [queue(), queue(visibilityTimeoutSeconds=30)])
    def test_one_that_lambda_refuses_is_found(self, given: Resource) -> None:
        assert found("queue-visibility", ORDERS, given, mapping()) == [self.refused]

    def test_it_is_known_by_its_origin(self) -> None:
        given = made_from(made_from(mapping(), "eventSourceArn", queue()), "functionName", ORDERS)
        assert found("queue-visibility", ORDERS, queue(), given) == [self.refused]

    def test_it_is_refused_for_standard_functions_too(self) -> None:
        assert found("queue-visibility", PAYMENTS, queue(), mapping("payments-1a2b3c4")) == [
            "jobs: messages are invisible for 30 seconds, and payments has a timeout of 900"
        ]
        assert found("queue-outlasts-execution", PAYMENTS, queue(), mapping("payments-1a2b3c4")) == []

    def test_a_function_without_a_timeout_has_three_seconds(self) -> None:
        given = queue(visibilityTimeoutSeconds=2)
        assert found("queue-visibility", function(timeout=None), given, mapping()) == [
            "jobs: messages are invisible for 2 seconds, and orders has a timeout of 3"
        ]
        assert found("queue-visibility", function(timeout=None), queue(), mapping()) == []

    @pytest.mark.parametrize(
        "given",
        [
            [queue(visibilityTimeoutSeconds=60), mapping()],
            [queue(visibilityTimeoutSeconds=UNKNOWN), mapping()],
            [queue(), mapping(source="arn:aws:kinesis:eu-west-1:123456789012:stream/jobs")],
            [queue(name="others"), mapping()],
            [queue(), mapping(source=None)],
            [queue(), mapping("elsewhere")],
        ],
    )
    def test_what_lambda_takes_is_not(self, given: list[Resource]) -> None:
        assert found("queue-visibility", ORDERS, *given) == []

    def test_one_that_starts_a_second_execution_is_found(self) -> None:
        assert found("queue-outlasts-execution", ORDERS, queue(visibilityTimeoutSeconds=899), mapping()) == [
            "jobs: messages are invisible for 899 seconds, and an execution of orders may last 900"
        ]
        assert found("queue-outlasts-execution", ORDERS, queue(visibilityTimeoutSeconds=900), mapping()) == []


def notification(called: str, bucket: Any) -> Resource:
    return resource("s3/bucketNotification:BucketNotification", called, bucket=bucket)


class TestNotifications:
    bucket = resource("s3/bucket:Bucket", "uploads", bucket="uploads-1a2b3c4")
    said = ("second: it and first set the notifications of the same bucket",)

    def test_two_of_one_bucket_are_found(self) -> None:
        first, second = notification("first", "uploads-1a2b3c4"), notification("second", "uploads-1a2b3c4")
        assert found("one-notification-per-bucket", first, second) == list(self.said)
        by_origin = made_from(second, "bucket", self.bucket)
        assert found("one-notification-per-bucket", self.bucket, first, by_origin) == list(self.said)

    def test_those_of_two_are_not(self) -> None:
        other = resource("s3/bucket:Bucket", "archive", bucket="archive-1a2b3c4")
        first = made_from(notification("first", ""), "bucket", self.bucket)
        second = made_from(notification("second", ""), "bucket", other)
        assert found("one-notification-per-bucket", self.bucket, other, first, second) == []
        unknown = [notification("first", UNKNOWN), notification("second", UNKNOWN)]
        assert found("one-notification-per-bucket", self.bucket, *unknown) == []


def whole_policy(arn: Any = f"{FUNCTION}:live", called: str = "whole") -> Resource:
    return resource("lambda/resourcePolicy:ResourcePolicy", called, resourceArn=arn, policy="{}")


def permission(qualifier: Any = "live", function_name: Any = "orders-1a2b3c4") -> Resource:
    return resource("lambda/permission:Permission", "one", function=function_name, qualifier=qualifier)


class TestResourcePolicies:
    said = ("whole: it overwrites the permission one",)

    @pytest.mark.parametrize(
        "given",
        [
            [whole_policy(), permission()],
            [whole_policy(), permission(None, f"{FUNCTION}:live")],
            [whole_policy(FUNCTION), permission(None)],
        ],
    )
    def test_one_that_overwrites_permissions_is_found(self, given: list[Resource]) -> None:
        assert found("one-resource-policy", ORDERS, LIVE, *given) == list(self.said)

    def test_it_is_known_by_the_alias_that_it_is_made_from(self) -> None:
        live = made_from(LIVE, "functionName", ORDERS)
        given = made_from(whole_policy(), "resourceArn", live)
        assert found("one-resource-policy", ORDERS, live, given, permission()) == list(self.said)

    def test_two_of_one_alias_are_found(self) -> None:
        assert found("one-resource-policy", ORDERS, whole_policy(), whole_policy(called="again")) == [
            "whole: it and again are the policy of the same function, version or alias"
        ]

    @pytest.mark.parametrize(
        "given",
        [
            [permission(), permission()],
            [whole_policy(), permission(None)],
            [whole_policy(), permission("stable")],
            [whole_policy(), permission("live", "payments-1a2b3c4")],
            [whole_policy(UNKNOWN), permission()],
        ],
    )
    def test_policies_of_others_are_not(self, given: list[Resource]) -> None:
        assert found("one-resource-policy", ORDERS, PAYMENTS, LIVE, *given) == []


def granting(actions: Any, resources: Any) -> Resource:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return resource("iam/rolePolicy:RolePolicy", role="caller", policy=json.dumps({"Statement": [statement]}))


CALLBACKS = "lambda:SendDurableExecutionCallback*"


class TestGrants:
    @pytest.mark.parametrize(
        ("action", "on"),
        [
            (CALLBACKS, FUNCTION),
            ("lambda:StopDurableExecution", [FUNCTION]),
            ("lambda:GetDurableExecution", f"{FUNCTION}:live"),
            ("lambda:GetDurableExecutionHistory", f"{FUNCTION}:7"),
        ],
    )
    def test_one_that_matches_no_execution_is_found(self, action: str, on: Any) -> None:
        assert found("grant-matches", ORDERS, granting(action, on)) == [
            f"it: {action} is allowed on no execution's ARN"
        ]

    def test_one_to_invoke_the_bare_arn_of_a_durable_function_is_found(self) -> None:
        assert found(
            "grant-matches", ORDERS, granting(["lambda:InvokeFunction", "lambda:GetFunction"], FUNCTION)
        ) == [
            "it: lambda:InvokeFunction is allowed on an unqualified ARN, by which no durable function can be invoked"
        ]

    @pytest.mark.parametrize(
        ("action", "on"),
        [
            (CALLBACKS, f"{FUNCTION}:*"),
            (CALLBACKS, f"{FUNCTION}*"),
            (CALLBACKS, f"{FUNCTION}:7/durable-execution/*"),
            (CALLBACKS, f"{FUNCTION}:$LATEST/durable-execution/*/*"),
            (CALLBACKS, [FUNCTION, f"{FUNCTION}:*"]),
            (CALLBACKS, "arn:aws:lambda:*:*:function:*"),
            (CALLBACKS, "*"),
            ("lambda:*", FUNCTION),
            ("lambda:ListDurableExecutionsByFunction", FUNCTION),
            ("lambda:InvokeFunction", f"{FUNCTION}:live"),
            ("lambda:InvokeFunction", [FUNCTION, f"{FUNCTION}:*"]),
            ("lambda:InvokeFunction", FUNCTION.replace("orders", "payments")),
            ("logs:PutLogEvents", "arn:aws:logs:*:*:*"),
        ],
    )
    def test_one_that_matches_is_not(self, action: Any, on: Any) -> None:
        assert found("grant-matches", ORDERS, PAYMENTS, granting(action, on)) == []

    @pytest.mark.parametrize(
        ("on", "lacks"),
        [
            (FUNCTION, True),
            (f"{FUNCTION}:live", True),
            (FUNCTION.replace("orders", "payments") + ":*", True),
            (f"{FUNCTION}:*", False),
            (f"{FUNCTION}:7/durable-execution/*", False),
            ("arn:aws:lambda:*:*:function:orders-*", False),
            ("arn:aws:lambda:*", False),
        ],
    )
    def test_checkpoints_need_a_grant_that_matches(self, on: str, lacks: bool) -> None:
        needed = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
        role = resource("iam/role:Role", "caller", name="caller", arn=ROLE)
        assert bool(found("checkpoint-permissions", ORDERS, role, granting(needed, on))) == lacks
