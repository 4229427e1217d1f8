import json
from typing import Any

import pytest

from durable_policies.model import UNKNOWN, Resource
from tests.policy.resources import ACCOUNT, FUNCTION, ROLE, alias, found, function, made_from, resource

DAY = {"executionTimeout": 86_400, "retentionPeriod": 14}
NEEDED = ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"]
EXECUTION_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicDurableExecutionRolePolicy"
ORDERS, LIVE = function(), alias()
PAYMENTS = function("payments", durableConfig=None)


def mapping(name: Any = FUNCTION) -> Resource:
    return resource("lambda/eventSourceMapping:EventSourceMapping", functionName=name)


def url(qualifier: str | None = None) -> Resource:
    return resource("lambda/functionUrl:FunctionUrl", functionName="orders-1a2b3c4", qualifier=qualifier)


def schedule(arn: Any) -> Resource:
    return resource("scheduler/schedule:Schedule", target={"arn": arn, "roleArn": ROLE})


def target(arn: str) -> Resource:
    return resource("cloudwatch/eventTarget:EventTarget", arn=arn)


def permission(**props: Any) -> Resource:
    return resource("lambda/permission:Permission", **{"function": "orders-1a2b3c4", **props})


def integration(arn: str) -> Resource:
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    return resource("apigatewayv2/integration:Integration", integrationUri=uri)


def notification(*arns: str) -> Resource:
    return resource(
        "s3/bucketNotification:BucketNotification",
        lambdaFunctions=[{"lambdaFunctionArn": arn} for arn in arns],
    )


def subscription(endpoint: str) -> Resource:
    return resource("sns/topicSubscription:TopicSubscription", protocol="lambda", endpoint=endpoint)


def role(**props: Any) -> Resource:
    return resource("iam/role:Role", "orders", name="orders", arn=ROLE, **props)


def attached(arn: Any, **props: Any) -> Resource:
    kind = "iam/rolePolicyAttachment:RolePolicyAttachment"
    return resource(kind, "attached", role="orders", policyArn=arn, **props)


def allowing(*actions: str) -> str:
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": f"{FUNCTION}:*"}]}
    )


def inside(policy: Any) -> Resource:
    return resource("iam/rolePolicy:RolePolicy", "inside", role="orders", policy=policy)


def group(days: int | None = 14, name: Any = "/aws/lambda/orders") -> Resource:
    return resource("cloudwatch/logGroup:LogGroup", "logs", name=name, retentionInDays=days)


def alarm(metric: str, name: Any = "orders-1a2b3c4") -> Resource:
    return resource(
        "cloudwatch/metricAlarm:MetricAlarm", metric, metricName=metric, dimensions={"FunctionName": name}
    )


def asking(metric: str) -> Resource:
    queries = [
        {"id": "sum", "expression": "failed * 1"},
        {"id": "failed", "metric": {"metricName": metric, "dimensions": {"FunctionName": "orders-1a2b3c4"}}},
    ]
    return resource("cloudwatch/metricAlarm:MetricAlarm", metric, metricQueries=queries)


class TestAliases:
    def test_a_durable_function_without_one_is_found(self) -> None:
        assert found("alias", ORDERS, PAYMENTS, alias(function_name="payments-1a2b3c4")) == [
            "orders: no alias of orders is in this stack"
        ]

    @pytest.mark.parametrize(
        "given",
        [LIVE, alias(function_name=FUNCTION), made_from(LIVE, "functionName", ORDERS)],
        ids=["by name", "by ARN", "by origin"],
    )
    def test_one_is_known_by_what_it_names(self, given: Resource) -> None:
        assert found("alias", ORDERS, given) == []

    def test_one_on_latest_is_found(self) -> None:
        latest = alias(version="$LATEST")
        assert found("alias-on-version", ORDERS, latest) == [
            "live: the alias live of orders points to $LATEST"
        ]
        assert found("alias-on-version", ORDERS, LIVE) == []
        assert found("alias-on-version", ORDERS, made_from(LIVE, "functionVersion", ORDERS)) == []
        assert found("alias-on-version", function(durableConfig=None), latest) == []


class TestTriggers:
    @pytest.mark.parametrize(
        "given",
        [
            mapping(),
            mapping("orders-1a2b3c4"),
            mapping(f"{ACCOUNT}:orders-1a2b3c4"),
            url(),
            permission(),
            schedule(FUNCTION),
            target(FUNCTION),
            integration(FUNCTION),
            notification(f"{FUNCTION}:live", FUNCTION),
            subscription(FUNCTION),
            resource("cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", destinationArn=FUNCTION),
            resource("apigateway/integration:Integration", uri=f"x/functions/{FUNCTION}/invocations"),
        ],
    )
    def test_an_unqualified_one_is_found(self, given: Resource) -> None:
        assert found("trigger-by-alias", ORDERS, LIVE, given) == [
            "it: it starts orders by an unqualified ARN or name"
        ]

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            (target(f"{FUNCTION}:$LATEST"), "it starts orders on $LATEST"),
            (permission(qualifier="$LATEST"), "it starts orders on $LATEST"),
            (target(f"{FUNCTION}:7"), "it starts version 7 of orders, not an alias"),
            (
                made_from(target(""), "arn", ORDERS),
                "it starts orders, but not by an alias",
            ),
        ],
    )
    def test_one_past_the_alias_is_found(self, given: Resource, told: str) -> None:
        assert found("trigger-by-alias", ORDERS, LIVE, given) == [f"it: {told}"]

    @pytest.mark.parametrize(
        "given",
        [
            mapping(f"{FUNCTION}:live"),
            mapping("orders-1a2b3c4:live"),
            url("live"),
            permission(qualifier="live"),
            permission(function=FUNCTION, qualifier=UNKNOWN),
            schedule(f"{FUNCTION}:live"),
            notification(f"{FUNCTION}:live"),
            integration(f"{FUNCTION}:live"),
            target("arn:aws:sqs:eu-west-1:123456789012:orders"),
            subscription("ann@example.com"),
            resource("s3/bucketNotification:BucketNotification"),
            made_from(target(""), "arn", PAYMENTS),
            made_from(target(""), "arn"),
        ],
    )
    def test_one_by_an_alias_or_of_something_else_is_not(self, given: Resource) -> None:
        known = made_from(LIVE, "functionName", ORDERS)
        if given.props.get("qualifier") is UNKNOWN:
            given = made_from(given, "qualifier", known)
        assert found("trigger-by-alias", ORDERS, PAYMENTS, known, given) == []

    def test_what_only_the_deployment_tells_is_judged_by_its_origin(self) -> None:
        live = made_from(LIVE, "functionName", ORDERS)
        both = made_from(made_from(permission(), "function", live), "qualifier", live)
        scheduled = made_from(
            schedule(UNKNOWN), "target", live, role(), target={"arn": UNKNOWN, "roleArn": UNKNOWN}
        )
        assert found("trigger-by-alias", ORDERS, live, both, scheduled) == []

    def test_one_that_waits_longer_than_lambda_does_is_found(self) -> None:
        long = function(durableConfig=DAY)
        told = "it: it waits for orders, whose execution may last 86,400 seconds"
        assert found("synchronous-trigger", long, LIVE, mapping(f"{FUNCTION}:live")) == [told]
        assert found("synchronous-trigger", long, LIVE, url("live")) == [told]
        unknown = made_from(mapping(UNKNOWN), "functionName", LIVE)
        assert found("synchronous-trigger", long, LIVE, unknown) == [told]

    def test_one_that_may_wait_or_does_not_is_allowed(self) -> None:
        long = function(durableConfig=DAY)
        assert found("synchronous-trigger", ORDERS, LIVE, mapping(f"{FUNCTION}:live")) == []
        assert found("synchronous-trigger", long, LIVE, schedule(f"{FUNCTION}:live")) == []
        assert found("synchronous-trigger", long, PAYMENTS, mapping("payments-1a2b3c4")) == []


class TestCheckpointPermissions:
    lacks = "orders: the role orders of orders lacks lambda:CheckpointDurableExecution and lambda:GetDurableExecutionState"

    @pytest.mark.parametrize(
        "given",
        [
            [role()],
            [role(), attached("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")],
            [role(), inside(allowing("lambda:InvokeFunction"))],
        ],
    )
    def test_a_role_without_them_is_found(self, given: list[Resource]) -> None:
        assert found("checkpoint-permissions", ORDERS, *given) == [self.lacks]

    def test_half_of_them_is_not_enough(self) -> None:
        assert found("checkpoint-permissions", ORDERS, role(), inside(allowing(NEEDED[0]))) == [
            f"orders: the role orders of orders lacks {NEEDED[1]}"
        ]

    def test_those_of_another_role_do_not_count(self) -> None:
        elsewhere = resource(
            "iam/rolePolicyAttachment:RolePolicyAttachment", role="payments", policyArn=EXECUTION_POLICY
        )
        assert found("checkpoint-permissions", ORDERS, role(), elsewhere) == [self.lacks]

    @pytest.mark.parametrize(
        "given",
        [
            [role(), attached(EXECUTION_POLICY)],
            [role(managedPolicyArns=[EXECUTION_POLICY])],
            [role(inlinePolicies=[{"policy": allowing(*NEEDED)}])],
            [role(), inside(allowing("lambda:*DurableExecution*"))],
            [role(), inside(UNKNOWN)],
            [role(managedPolicyArns=UNKNOWN)],
            [role(inlinePolicies=UNKNOWN)],
            [role(), attached(UNKNOWN)],
            [role(), attached("arn:aws:iam::aws:policy/AdministratorAccess")],
            [
                role(),
                attached("arn:own"),
                resource("iam/policy:Policy", "own", arn="arn:own", policy=allowing(*NEEDED)),
            ],
            [
                role(),
                resource(
                    "iam/policyAttachment:PolicyAttachment", roles=["orders"], policyArn=EXECUTION_POLICY
                ),
            ],
            [],
        ],
    )
    def test_they_may_come_in_any_form_or_from_elsewhere(self, given: list[Resource]) -> None:
        assert found("checkpoint-permissions", ORDERS, *given) == []

    def test_the_role_is_known_by_its_origin_before_it_has_an_arn(self) -> None:
        waiting = made_from(ORDERS, "role", role())
        assert found("checkpoint-permissions", waiting, role()) == [self.lacks]
        pending = made_from(attached(EXECUTION_POLICY), "role", role())
        assert found("checkpoint-permissions", waiting, role(), pending) == []


class TestLogGroup:
    def test_one_that_lambda_would_make_is_found(self) -> None:
        text = function(loggingConfig={"logFormat": "JSON"})
        assert found("log-group", text) == [
            "orders: orders logs to a group that Lambda creates, which keeps logs forever"
        ]
        assert found("log-group", text, group(name="/aws/lambda/orders-1a2b3c4")) == []

    def test_one_without_retention_is_found(self) -> None:
        told = ["logs: the log group logs of orders keeps logs forever"]
        assert found("log-group", ORDERS, group(None)) == told
        waiting = made_from(ORDERS, "loggingConfig", group(None), loggingConfig={"logGroup": UNKNOWN})
        assert found("log-group", waiting, group(None)) == told

    def test_one_that_ends_before_the_execution_is_found(self) -> None:
        long = function(durableConfig={"executionTimeout": 7 * 86_400, "retentionPeriod": 14})
        assert found("log-group", long, group(3)) == [
            "logs: the log group logs keeps 3 days, and an execution of orders may last 7"
        ]
        assert found("log-group", long, group(7)) == []

    def test_names_that_are_not_known_are_not_the_same(self) -> None:
        waiting = function(loggingConfig={"logFormat": "JSON", "logGroup": UNKNOWN})
        assert found("log-group", waiting, group(None, UNKNOWN)) == []
        attached_elsewhere = resource(
            "iam/rolePolicyAttachment:RolePolicyAttachment", role=UNKNOWN, policyArn=EXECUTION_POLICY
        )
        nameless = resource("iam/role:Role", "orders", name=UNKNOWN, arn=ROLE)
        assert found("checkpoint-permissions", ORDERS, nameless, attached_elsewhere) != []

    def test_one_of_another_stack_is_not_judged(self) -> None:
        assert found("log-group", ORDERS) == []


class TestAlarms:
    def test_a_function_without_them_is_found(self) -> None:
        assert found("failure-alarms", ORDERS, alarm("DurableExecutionFailed"), alarm("Errors")) == [
            "orders: no alarm on DurableExecutionTimedOut of orders"
        ]
        assert found("invocation-alarms", ORDERS) == ["orders: no alarm on Errors and Throttles of orders"]

    def test_those_of_another_function_do_not_count(self) -> None:
        others = [alarm(f"DurableExecution{end}", "payments-1a2b3c4") for end in ("Failed", "TimedOut")]
        assert found("failure-alarms", ORDERS, *others) == [
            "orders: no alarm on DurableExecutionFailed and DurableExecutionTimedOut of orders"
        ]

    def test_a_function_with_them_is_not(self) -> None:
        timed_out = made_from(
            alarm("DurableExecutionTimedOut"), "dimensions", ORDERS, dimensions={"FunctionName": UNKNOWN}
        )
        assert found("failure-alarms", ORDERS, asking("DurableExecutionFailed"), timed_out) == []
        assert found("invocation-alarms", ORDERS, alarm("Errors"), alarm("Throttles")) == []
        assert found("failure-alarms", PAYMENTS) == []
