"""In which order things are made and deleted, and what the engine asks before: recorded as the engine gets it."""

from typing import cast

import pulumi
import pulumi_aws as aws
import pytest

from components import DurableFunction, DurableFunctionArgs, StandardFunction, StandardFunctionArgs
from components.guard import dependents
from tables.account import ACCOUNT, QUEUE, ROLE, TOPIC, Recorder, Registrations, declare

CODE = {
    "code_inline": "def handler(event, context): ...",
    "runtime": "python3.13",
    "handler": "index.handler",
    "errors_alarm": False,
}
USUAL = {**CODE, "execution_timeout_seconds": 60, "durable_alarms": False}


def function(name: str, **more: object) -> DurableFunction:
    return DurableFunction(name, cast(DurableFunctionArgs, {**USUAL, **more}))


def program() -> None:
    """Everything that has an order: rights, aliases, grants, triggers."""
    approver = aws.iam.Role("approver", assume_role_policy="{}")
    payments = function("payments")
    orders = function(
        "orders",
        dead_letter_queue=True,
        tracing=True,
        subnet_ids=["subnet"],
        security_group_ids=["group"],
        role_statements=[{"actions": ["s3:GetObject"], "resources": ["*"]}],
        alias_version="7",
        additional_aliases={"next": "newest", "old": "6"},
    )
    payments.grant_invoke("orders", orders)
    orders.grant_callback("approver", approver)
    orders.allow_secret("card", f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/card")
    orders.allow("carts", f"{QUEUE}:carts", "write")
    orders.on_schedule("daily", {"schedule": "rate(1 day)"})
    orders.on_event("event", {"event_pattern": {"source": ["shop"]}})
    orders.on_topic("topic", {"topic_arn": f"{TOPIC}:topic"})
    orders.on_bucket("bucket", {"bucket": "bucket"})
    orders.on_queue("through", {"queue_arn": f"{QUEUE}:queue", "intermediary": True})
    orders.on_queue("queue", {"queue_arn": f"{QUEUE}:queue"})
    stream = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/stream"
    orders.on_stream("stream", {"kinesis_stream_arn": stream, "discarded_arn": f"{QUEUE}:lost"})
    orders.add_url("url", {"authorization": "NONE"})
    args = {
        **CODE,
        "throttles_alarm": False,
        "dead_letter_queue": True,
        "dead_letter_alarm": False,
        "on_failure_arn": f"{QUEUE}:lost",
        "execution_policy": "managed",
        "role_statements": [{"actions": ["s3:GetObject"], "resources": ["*"]}],
        "alias_version": "7",
    }
    resume = StandardFunction("resume", cast(StandardFunctionArgs, args))
    orders.grant_callback("resume", resume)
    orders.grant_invoke("starts", resume)
    resume.grant_invoke("orders", orders)
    resume.add_url("hook")
    function("own", role_arn=f"{ROLE}/own", execution_policy="managed", execution_guard=False)


@pytest.fixture(scope="module")
def registered() -> Registrations:
    cloud = Recorder()
    monitor = Registrations(cloud)
    pulumi.runtime.set_mocks(cloud, project="shop", stack="test", monitor=monitor)
    declare(program)
    return monitor


BEFORE_FUNCTION = {
    "RolePolicy orders-dead-letters",
    "RolePolicy orders-statements",
    "RolePolicy orders-vpc",
    "RolePolicyAttachment orders-AWSXRayDaemonWriteAccess",
}
"""Rights that Lambda asks for when it makes the function, or that its handler has from the first execution on."""
BEFORE_ALIAS = {
    *("Function orders", "Role orders", "RolePolicy orders-execution", *BEFORE_FUNCTION),
    *("RolePolicy orders-card", "RolePolicy orders-carts", "RolePolicy payments-orders"),
}
"""What a version that is live needs, also of the grants that are declared after its function."""
BEFORE_STANDARD = {
    "RolePolicy resume-dead-letters",
    "RolePolicy resume-statements",
    "RolePolicyAttachment resume-AWSLambdaBasicExecutionRole",
}
MANAGED = "RolePolicyAttachment own-AWSLambdaBasicDurableExecutionRolePolicy"
EDGES: dict[str, set[str]] = {
    "Alias orders": BEFORE_ALIAS,
    "Alias orders-next": BEFORE_ALIAS,
    "Alias orders-old": BEFORE_ALIAS,
    "Alias own": {"Function own", MANAGED},
    "Alias resume": {"Function resume", *BEFORE_STANDARD, "RolePolicy orders-starts"},
    "Alias payments": {"Function payments", "Role payments", "RolePolicy payments-execution"},
    "BucketNotification orders-bucket": {"Alias orders", "Permission orders-bucket"},
    "EventRule orders-event": set(),
    "EventSourceMapping orders-queue": {"Alias orders", "RolePolicy orders-queue-source"},
    "EventSourceMapping orders-stream": {
        "Alias orders",
        "RolePolicy orders-stream-discarded",
        "RolePolicy orders-stream-source",
    },
    "EventSourceMapping orders-through": {"Function orders-through", "RolePolicy orders-through-source"},
    "EventTarget orders-event": {"Alias orders", "EventRule orders-event", "Permission orders-event"},
    "Function orders": {"LogGroup orders", "Queue orders-dead-letters", "Role orders", *BEFORE_FUNCTION},
    "Function orders-through": {
        "Alias orders",
        "LogGroup orders-through",
        "Role orders-through",
        "RolePolicy orders-through",
    },
    "Function own": {"LogGroup own", MANAGED},
    "Function payments": {"LogGroup payments", "Role payments"},
    "Function resume": {"LogGroup resume", "Queue resume-dead-letters", "Role resume", *BEFORE_STANDARD},
    "FunctionEventInvokeConfig resume": {"Alias resume", "RolePolicy resume-on-failure"},
    "FunctionUrl orders-url": {"Alias orders"},
    "FunctionUrl resume-hook": {"Alias resume"},
    "LogGroup orders": set(),
    "LogGroup orders-through": set(),
    "LogGroup own": set(),
    "LogGroup payments": set(),
    "LogGroup resume": set(),
    "Permission orders-bucket": {"Alias orders"},
    "Permission orders-event": {"Alias orders", "EventRule orders-event"},
    "Permission orders-topic": {"Alias orders"},
    "Permission orders-url-invoke": {"Alias orders"},
    "Permission orders-url-url": {"Alias orders"},
    "Queue orders-dead-letters": set(),
    "Queue resume-dead-letters": set(),
    "Role approver": set(),
    "Role orders": set(),
    "Role orders-daily": {"Alias orders"},
    "Role orders-through": set(),
    "Role payments": set(),
    "Role resume": set(),
    "RolePolicy orders-approver": {"Function orders", "Role approver"},
    "RolePolicy orders-card": {"Role orders"},
    "RolePolicy orders-carts": {"Role orders"},
    "RolePolicy orders-daily": {"Alias orders", "Role orders-daily"},
    "RolePolicy orders-dead-letters": {"Queue orders-dead-letters", "Role orders"},
    "RolePolicy orders-execution": {"Function orders", "LogGroup orders", "Role orders"},
    "RolePolicy orders-queue-source": {"Role orders"},
    "RolePolicy orders-resume": {"Function orders", "Role resume"},
    "RolePolicy orders-starts": {"Alias orders", "Role resume"},
    "RolePolicy orders-statements": {"Role orders"},
    "RolePolicy orders-statements-kept": {
        *("Role orders", "Alias orders", "Alias orders-next", "Alias orders-old"),
    },
    "RolePolicy orders-stream-discarded": {"Role orders"},
    "RolePolicy orders-stream-source": {"Role orders"},
    "RolePolicy orders-through": {"Alias orders", "LogGroup orders-through", "Role orders-through"},
    "RolePolicy orders-through-source": {"Role orders-through"},
    "RolePolicy orders-vpc": {"Role orders"},
    "RolePolicy payments-execution": {"Function payments", "LogGroup payments", "Role payments"},
    "RolePolicy payments-orders": {"Alias payments", "Role orders"},
    "RolePolicy resume-dead-letters": {"Queue resume-dead-letters", "Role resume"},
    "RolePolicy resume-on-failure": {"Role resume"},
    "RolePolicy resume-orders": {"Alias resume", "Role orders"},
    "RolePolicy resume-statements": {"Role resume"},
    "RolePolicy resume-statements-kept": {"Alias resume", "Role resume"},
    "RolePolicyAttachment resume-AWSLambdaBasicExecutionRole": {"Role resume"},
    "RolePolicyAttachment orders-AWSXRayDaemonWriteAccess": {"Role orders"},
    MANAGED: set(),
    "Schedule orders-daily": {"Alias orders", "Role orders-daily", "RolePolicy orders-daily"},
    "TopicSubscription orders-topic": {"Alias orders", "Permission orders-topic"},
}
"""What each resource waits for, and what is deleted after it."""
GUARDED = {
    *("Role orders", "Role payments", "LogGroup orders", "LogGroup payments", "Queue orders-dead-letters"),
    *("Function orders", "Function payments", "Alias orders-next", "Alias payments"),
    *("RolePolicy orders-execution", "RolePolicy payments-execution", *BEFORE_FUNCTION),
    *("RolePolicy payments-orders", "RolePolicy orders-approver", "RolePolicy orders-card"),
    "RolePolicy orders-carts",
    "RolePolicy orders-statements-kept",
    *("Role resume", "LogGroup resume", "Queue resume-dead-letters", "Function resume", *BEFORE_STANDARD),
    *("RolePolicy resume-on-failure", "RolePolicy resume-orders", "RolePolicy resume-statements-kept"),
    *("RolePolicy orders-resume", "RolePolicy orders-starts"),
}
"""What executions in flight need: each is asked about before it is deleted or changed."""
HELD = {"Alias orders", "Alias orders-old", "Alias resume"}
"""Aliases that name a version: it is asked about before they are set."""
GO_WITH_THEIR_ROLE = {
    **dict.fromkeys(BEFORE_FUNCTION, "Role orders"),
    "RolePolicy orders-execution": "Role orders",
    "RolePolicy orders-card": "Role orders",
    "RolePolicy orders-carts": "Role orders",
    "RolePolicy orders-statements-kept": "Role orders",
    "RolePolicy payments-orders": "Role orders",
    "RolePolicy payments-execution": "Role payments",
    **dict.fromkeys(BEFORE_STANDARD, "Role resume"),
    "RolePolicy resume-on-failure": "Role resume",
    "RolePolicy resume-orders": "Role orders",
    "RolePolicy resume-statements-kept": "Role resume",
    "RolePolicy orders-resume": "Role resume",
    "RolePolicy orders-starts": "Role resume",
}
"""Rights that are left in a role which is deleted: none is taken from it before the function that needs it is gone."""


def test_everything_waits_for_just_what_it_needs(registered: Registrations) -> None:
    customs = [title for title, request in registered.requests.items() if request.custom]
    assert {title: registered.awaited(title) for title in customs} == EDGES


def test_everything_is_below_the_component_that_makes_it(registered: Registrations) -> None:
    parents = {title: request.parent.rpartition("::")[2] for title, request in registered.requests.items()}
    names = {title: title.partition(" ")[2] for title in parents}
    beside = {title for title, parent in parents.items() if not parent or not names[title].startswith(parent)}
    # The stack is registered only by the first program of the process.
    assert beside - {"Stack shop-test"} == {
        *("Role approver", "DurableFunction orders", "DurableFunction payments", "DurableFunction own"),
        "StandardFunction resume",
    }


def test_what_executions_need_is_asked_about(registered: Registrations) -> None:
    hooks = {
        title: (list(request.hooks.before_create), list(request.hooks.before_update))
        for title, request in registered.requests.items()
        if list(request.hooks.before_delete) == ["durable-functions:executions-in-flight"]
    }
    changed, of_latest = (
        ["durable-functions:what-executions-need"],
        ["durable-functions:executions-of-latest"],
    )
    named = ["durable-functions:named-versions"]
    assert hooks == {
        **dict.fromkeys(GUARDED, ([], changed)),
        **{each: ([], of_latest) for each in GUARDED if each.startswith("Function ")},
        **dict.fromkeys(HELD, (named, named)),
    }


def test_each_kind_of_what_executions_need_is_one_that_the_guard_knows(registered: Registrations) -> None:
    kinds = {registered.requests[title].type for title in GUARDED | HELD}
    assert kinds == {
        *(dependents.FUNCTION, dependents.ALIAS, dependents.ROLE, dependents.POLICY, dependents.ATTACHMENT),
        *(dependents.LOG_GROUP, dependents.QUEUE),
    }


def test_a_function_without_a_guard_is_asked_nothing_of(registered: Registrations) -> None:
    own = [
        request for title, request in registered.requests.items() if title.partition(" ")[2].startswith("own")
    ]
    assert len(own) == 5
    assert not any(request.hooks.ListFields() for request in own)


def test_rights_go_with_the_role_they_are_in(registered: Registrations) -> None:
    together = {
        title: registered.title_of(request.deletedWith)
        for title, request in registered.requests.items()
        if request.custom and request.deletedWith
    }
    assert together == GO_WITH_THEIR_ROLE
    forced = {title for title in EDGES if dict(registered.requests[title].object).get("forceDetachPolicies")}
    assert forced == {"Role orders", "Role payments", "Role resume"}


def test_a_function_that_is_replaced_keeps_its_right_until_it_is_gone(registered: Registrations) -> None:
    beside = {
        title: [registered.title_of(urn) for urn in request.replace_with]
        for title, request in registered.requests.items()
        if request.replace_with
    }
    assert beside == {
        "RolePolicy orders-execution": ["Function orders"],
        "RolePolicy payments-execution": ["Function payments"],
    }


def test_a_function_may_take_an_hour_to_go(registered: Registrations) -> None:
    # Lambda drains it, says the developer guide's page on deleting durable functions.
    hours = {title for title, request in registered.requests.items() if request.customTimeouts.delete}
    assert hours == {"Function orders", "Function payments", "Function own"}
    assert {registered.requests[title].customTimeouts.delete for title in hours} == {"60m"}


def test_names_that_were_computed_replace_nothing(registered: Registrations) -> None:
    kept = {title for title, request in registered.requests.items() if list(request.ignoreChanges)}
    assert kept == {title for title in EDGES if title.startswith("LogGroup ")}
    assert {tuple(registered.requests[title].ignoreChanges) for title in kept} == {("namePrefix",)}
