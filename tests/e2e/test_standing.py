"""What an execution in flight stands on outlives every deployment: with a preview, without, and in a destroy."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.executions import callback_of, ended, wait_for
from tests.e2e.stack import Stack, refused

HANDLER = """
import os

import boto3
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    answer = context.wait_for_callback(lambda callback_id, _: None, name="approval")
    if event.get("last"):
        return answer
    if name := event.get("read"):
        read = lambda _: boto3.client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
        context.step(read, name="read")
    if event.get("list"):
        context.step(lambda _: len(boto3.client("sqs").list_queues().get("QueueUrls", [])), name="list")
    if target := os.environ.get("TARGET"):
        return context.invoke(target, {"last": True}, name="call")
    return answer
"""
CALLED = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    return "called"
"""
PROGRAM = f"""
import json

import pulumi
import pulumi_aws as aws
from pulumi_durable_functions import CallbackGrant, DurableFunction, register_guard

HANDLER = {HANDLER!r}
CALLED = {CALLED!r}
TRUST = json.dumps({{"Version": "2012-10-17", "Statement": [
    {{"Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole"}}
]}})
LIST = {{"actions": ["sqs:ListQueues"], "resources": ["*"]}}


def make(name="orders", opts=None, code=HANDLER, **more):
    usual = {{
        "execution_timeout_seconds": 7200,
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": code,
        "durable_alarms": False,
        "errors_alarm": False,
    }}
    made = DurableFunction(name, {{**usual, **more}}, opts)
    pulumi.export(name, made.outputs())
    return made


register_guard()
"""
OWN_ROLE = """own = aws.iam.Role("own", assume_role_policy=TRUST)
make(role_arn=own.arn{more})
"""
TWO = """payments = make("payments", code=CALLED{payments})
orders = make(environment={{"TARGET": payments.alias_arn}})
{grant}
"""
GRANT = 'payments.grant_invoke("orders", orders)'
CARD = "/card-of-everything"
CARD_ARN = f"arn:aws:ssm:us-east-1:000000000000:parameter{CARD}"


@dataclass(frozen=True)
class Row:
    """A change of what a version stands on.

    Attributes:
        before: what is deployed when the execution starts.
        after: what is deployed while it waits.
        refusal: what the deployments say that are refused; none for one that goes through.
        event: the execution's event, by which its handler uses what it stands on.
    """

    before: str
    after: str
    refusal: str = ""
    event: Any = None


NEEDED = "1 execution is in flight on a version that needs it"
EXECUTION_POLICY = "policy orders-execution-[0-9a-f]+ of role orders-[0-9a-f]+"
# Whichever the engine comes to first.
CALLED_BY_IT = (
    "payments-[0-9a-f]+ is not deleted: 1 execution is in flight on a version that calls it"
    "|policy payments-orders-[0-9a-f]+ of role orders-[0-9a-f]+ is not (deleted|updated): 1 execution is"
)
REFUSED = {
    "role path": Row(
        "make()", 'make(role_path="/service/")', f"role orders-[0-9a-f]+ is not deleted: {NEEDED}"
    ),
    "own role": Row("make()", OWN_ROLE.format(more=""), f"role orders-[0-9a-f]+ is not deleted: {NEEDED}"),
    "own role left alone": Row(
        OWN_ROLE.format(more=""),
        OWN_ROLE.format(more=', execution_policy="none"'),
        f"policy orders-execution-[0-9a-f]+ of role own-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "boundary": Row(
        "make()",
        'make(permissions_boundary_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")',
        f"role orders-[0-9a-f]+ is not updated: {NEEDED}",
    ),
    "log group": Row(
        "make()",
        'make(log_group_name="/shop/orders")',
        f"(log group /aws/lambda/orders-.* is not deleted|{EXECUTION_POLICY} is not updated): {NEEDED}",
    ),
    "dead letter queue": Row(
        "make(dead_letter_queue=True)",
        "make()",
        f"(queue|policy) orders-dead-letters-[0-9a-f]+ (of role .*)?is not deleted: {NEEDED}",
    ),
    "statements gone": Row(
        "make(role_statements=[LIST])",
        "make()",
        f"policy orders-statements-[0-9a-f]+ of role orders-[0-9a-f]+ is not deleted: {NEEDED}",
        {"list": True},
    ),
    "statements narrowed": Row(
        "make(role_statements=[LIST])",
        'make(role_statements=[{**LIST, "actions": ["sqs:SendMessage"]}])',
        "They would lose sqs:ListQueues",
        {"list": True},
    ),
    "tracing": Row(
        "make(tracing=True)",
        "make()",
        f"policy AWSXRayDaemonWriteAccess of role orders-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "function": Row(
        "make()", 'make(function_name="orders-anew")', "orders-[0-9a-f]+ is not deleted: 1 execution is"
    ),
    "component": Row("make()", "", "orders-[0-9a-f]+ is not deleted: 1 execution is"),
    "called function": Row(
        TWO.format(payments="", grant=GRANT),
        TWO.format(payments=', function_name="payments-anew"', grant=GRANT),
        CALLED_BY_IT,
    ),
    "called alias": Row(
        TWO.format(payments="", grant=GRANT),
        TWO.format(payments=', alias_name="next"', grant=GRANT),
        CALLED_BY_IT,
    ),
    "right to call": Row(
        TWO.format(payments="", grant=GRANT),
        TWO.format(payments="", grant=""),
        f"policy payments-orders-[0-9a-f]+ of role orders-[0-9a-f]+ is not deleted: {NEEDED}",
    ),
    "secret": Row(
        f'make().allow_secret("card", "{CARD_ARN}")',
        "make()",
        f"policy orders-card-[0-9a-f]+ of role orders-[0-9a-f]+ is not deleted: {NEEDED}",
        {"read": CARD},
    ),
    "called component": Row(
        TWO.format(payments="", grant=GRANT),
        "make()",
        CALLED_BY_IT,
    ),
}
PASSED = {
    "renamed component": Row(
        "make()", 'make("shop", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="orders")]))'
    ),
    "alias that nobody calls": Row("make()", 'make(alias_name="next")'),
    "additional alias": Row('make(additional_aliases={"next": "newest"})', "make()"),
    "wider statements": Row(
        "make(role_statements=[LIST])",
        'make(role_statements=[{**LIST, "actions": ["sqs:ListQueues", "sqs:SendMessage"]}])',
        event={"list": True},
    ),
    "secret's grant with another name": Row(
        f'make().allow_secret("card", "{CARD_ARN}")',
        f'make().allow_secret("bank-card", "{CARD_ARN}")',
        event={"read": CARD},
    ),
    "statement that becomes a grant": Row(
        f'make(role_statements=[LIST, {{"actions": ["ssm:GetParameter"], "resources": ["{CARD_ARN}"]}}])',
        f'make(role_statements=[LIST]).allow_secret("card", "{CARD_ARN}")',
        event={"read": CARD, "list": True},
    ),
    "new code": Row("make()", 'make(code=HANDLER + "# changed")'),
    "alarm, tags and retention": Row(
        "make()", 'make(errors_alarm=True, tags={"a": "b"}, retention_days=3, log_retention_days=30)'
    ),
}


class Waiting:
    """A stack with an execution in flight on the first version of its function."""

    def __init__(self, engine: Engine, cloud: LocalCloud, name: str, row: Row) -> None:
        self.engine, self.cloud, self.name = engine, cloud, re.sub(r"\W+", "-", name)
        self.stack: Stack = engine.written(PROGRAM + row.before, self.name)
        self.before = self.stack.up().outputs["orders"].value
        started = cloud.client("lambda").invoke(
            FunctionName=self.before["alias_arn"], InvocationType="Event", Payload=json.dumps(row.event or {})
        )
        self.arn = str(started["DurableExecutionArn"])
        self.callback = callback_of(cloud, self.arn)

    def becomes(self, source: str) -> Stack:
        return self.engine.written(PROGRAM + source, self.name)

    def goes_on(self) -> None:
        answered(self.cloud, self.callback)

    def ends_well(self, version: str = "1") -> None:
        self.goes_on()
        self.has_ended_well(version)

    def has_ended_well(self, version: str = "1") -> None:
        execution = ended(self.cloud, self.arn)
        assert (execution["Status"], execution["Version"]) == ("SUCCEEDED", version), execution.get("Error")


def answered(cloud: LocalCloud, callback: str) -> None:
    cloud.client("lambda").send_durable_execution_callback_success(CallbackId=callback, Result=b'"yes"')


def is_not_destroyed(stack: Stack, operation: str = "destroy") -> None:
    message = refused(stack, operation, run_program=True)
    assert re.search("is not deleted: .* in flight", message), message


def executions(cloud: LocalCloud, function: str) -> list[str]:
    found = cloud.client("lambda").list_durable_executions_by_function(FunctionName=function)
    return [each["DurableExecutionArn"] for each in found["DurableExecutions"]]


@pytest.fixture(scope="module", autouse=True)
def _card(cloud: LocalCloud) -> Iterator[None]:
    client = cloud.client("ssm")
    client.put_parameter(Name=CARD, Value="4242", Type="SecureString")
    yield
    client.delete_parameter(Name=CARD)


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_fail_an_execution_is_refused_and_the_execution_ends_well(
    engine: Engine, cloud: LocalCloud, name: str
) -> None:
    row = REFUSED[name]
    waiting = Waiting(engine, cloud, name, row)
    changed = waiting.becomes(row.after)
    for operation in ("preview", "up"):
        message = refused(changed, operation)
        assert re.search(row.refusal, message), message.replace("\n", "\n#")
        assert "END_EXECUTIONS_OF=orders" in message
    is_not_destroyed(changed)
    waiting.ends_well()


@pytest.mark.parametrize("name", PASSED)
def test_what_harms_no_execution_goes_through_and_the_execution_ends_well(
    engine: Engine, cloud: LocalCloud, name: str
) -> None:
    row = PASSED[name]
    waiting = Waiting(engine, cloud, name, row)
    changed = waiting.becomes(row.after)
    changed.preview()
    outputs = changed.up().outputs
    (after,) = (output.value for output in outputs.values())
    for kept in ("function_arn", "role_arn", "log_group_name"):
        assert after[kept] == waiting.before[kept]
    is_not_destroyed(changed)
    waiting.ends_well()


EVERYTHING = f"""approver = aws.iam.Role("approver", assume_role_policy=TRUST)
payments = make("payments", function_name="payments-of-everything", environment={{"OTHER": "orders-of-everything"}})
orders = make(
    function_name="orders-of-everything",
    environment={{"TARGET": payments.alias_arn}},
    role_statements=[LIST],
    dead_letter_queue=True,
    tracing=True,
)
orders.grant_callback("approver", approver)
orders.allow_secret("card", "{CARD_ARN}")
payments.grant_invoke("orders", orders)
orders.grant_invoke("payments", payments)
"""


def test_a_destroy_is_refused_whole_while_two_functions_call_each_other(
    engine: Engine, cloud: LocalCloud
) -> None:
    empty = cloud.left()
    waiting = Waiting(engine, cloud, "everything", Row(EVERYTHING, "", event={"read": CARD, "list": True}))
    client = cloud.client("lambda")
    beside = client.invoke(
        FunctionName="payments-of-everything:live", InvocationType="Event", Payload='{"last": true}'
    )["DurableExecutionArn"]
    stack, everything = waiting.stack, cloud.left()
    urns = {each["urn"] for each in stack.resources()}

    def is_refused() -> None:
        for operation in ("preview_destroy", "destroy"):
            is_not_destroyed(stack, operation)
            assert cloud.left() == everything
            assert {each["urn"] for each in stack.resources()} == urns

    is_refused()
    waiting.goes_on()
    called = wait_for(lambda: next(iter({*executions(cloud, "payments-of-everything")} - {beside}), None))
    callbacks = [callback_of(cloud, each) for each in (called, beside)]
    is_refused()
    for callback in callbacks:
        answered(cloud, callback)
    assert {ended(cloud, each)["Status"] for each in (called, beside)} == {"SUCCEEDED"}
    waiting.has_ended_well()
    stack.destroy(run_program=True)
    assert cloud.left() == empty


def test_a_stack_that_is_renamed_replaces_nothing(engine: Engine, cloud: LocalCloud) -> None:
    waiting = Waiting(engine, cloud, "named", Row("make(dead_letter_queue=True)", ""))
    before = waiting.stack.resources()
    renamed = engine.renamed("named", "renamed")
    assert set(renamed.preview().change_summary) == {auto.OpType.SAME}
    renamed.up()
    assert {each["id"] for each in renamed.resources() if each.get("id")} == {
        each["id"] for each in before if each.get("id")
    }
    waiting.ends_well()


LETTERS = "make(dead_letter_queue={letters}, role_path={path!r}, log_group_name={group!r}, {more})"


def letters(path: str = "/", group: str = "/shop/one", *, queue: bool = True, more: str = "") -> str:
    return LETTERS.format(letters=queue, path=path, group=group, more=more)


def test_a_rollback_needs_what_its_version_stands_on(engine: Engine, cloud: LocalCloud) -> None:
    stack = engine.written(PROGRAM + letters(), "rollback")
    stack.up()
    # Nothing is in flight, so what version 1 depends on may be deleted, with a warning.
    stack = engine.written(PROGRAM + letters("/service/", "/shop/two", queue=False), "rollback")
    told = stack.preview().stdout
    for noun in (r"role orders-[0-9a-f]+", "log group /shop/one", "queue orders-dead-letters-[0-9a-f]+"):
        assert re.search(rf"{noun} is deleted, so orders-[0-9a-f]+ cannot go back to version 1", told), told
    stack.up()

    def held(more: str) -> str:
        changed = engine.written(
            PROGRAM + letters("/service/", "/shop/two", queue=False, more=more), "rollback"
        )
        messages = [refused(changed, operation) for operation in ("preview", "up")]
        assert all(re.search("alias (live|old) of orders-[0-9a-f]+ is not set:", each) for each in messages)
        return messages[0]

    message = held('alias_version="1"')
    for noun in (
        r"role arn:\S+:role/orders-",
        "log group /shop/one",
        r"dead letter target arn:\S+:orders-dead",
    ):
        assert re.search(f"version 1 needs the {noun}\\S*, which does not exist", message), message
    assert "version 9 does not exist; published versions: 1, 2" in held('alias_version="9"')
    message = held('alias_version="1", new_version_weight=0.1')
    assert "Lambda requires that versions that share an alias have the same role" in message
    assert "versions that share an alias have the same dead letter target" in message
    assert "version 9 does not exist" in held('additional_aliases={"old": "9"}')

    # A version that stands on what is there is gone back to, while an execution of the newest waits.
    stack = engine.written(
        PROGRAM + letters("/service/", "/shop/two", queue=False, more="retention_days=3"), "rollback"
    )
    function = stack.up().outputs["orders"].value
    assert function["release"] == {"live": {"3": 1}}
    started = cloud.client("lambda").invoke(
        FunctionName=function["alias_arn"], InvocationType="Event", Payload="{}"
    )["DurableExecutionArn"]
    callback = callback_of(cloud, started)
    stack = engine.written(
        PROGRAM + letters("/service/", "/shop/two", queue=False, more='alias_version="2"'), "rollback"
    )
    assert stack.up().outputs["orders"].value["release"] == {"live": {"2": 1}}
    answered(cloud, callback)
    execution = ended(cloud, started)
    assert (execution["Status"], execution["Version"]) == ("SUCCEEDED", "3")


CALLBACKS = """approvers = [aws.iam.Role(f"approver-{each}", assume_role_policy=TRUST) for each in (1, 2)]
orders = make()
orders.grant_callback("approver-1", approvers[0])
"""
SECOND = 'orders.grant_callback("approver-2", approvers[1])\n'


def test_who_may_complete_callbacks_is_revoked_with_a_warning(engine: Engine, cloud: LocalCloud) -> None:
    waiting = Waiting(engine, cloud, "callbacks", Row(CALLBACKS + SECOND, ""))
    told = waiting.becomes(CALLBACKS).up().stdout
    assert re.search(
        r"policy orders-approver-2-\w+ of role approver-2-\w+ no longer grants callback permissions: 1 execution is in flight, and may wait",
        told,
    ), told
    waiting.ends_well()


PROVIDED = """there = aws.Provider("there", region="us-east-1", access_key="test", secret_key="test")
register_guard(providers=[there])
"""


def test_the_guard_asks_where_the_provider_of_the_function_deploys_to(
    engine: Engine, cloud: LocalCloud
) -> None:
    function = PROVIDED + "make(opts=pulumi.ResourceOptions(provider=there))"
    stack = engine.written(PROGRAM + function, "provided")
    # The default provider deploys to another region.
    stack.set_config("aws:region", auto.ConfigValue("eu-central-1"))
    waiting = Waiting(engine, cloud, "provided", Row(function, ""))
    # A role is of no region, so it is the provider's that tells where its functions are.
    elsewhere = PROVIDED + 'make(opts=pulumi.ResourceOptions(provider=there), role_path="/service/")'
    message = refused(waiting.becomes(elsewhere), "preview")
    assert re.search(f"role orders-[0-9a-f]+ is not deleted: {NEEDED}", message), message
    for operation in ("preview", "up"):
        message = refused(waiting.becomes(PROVIDED), operation)
        assert re.search("orders-[0-9a-f]+ is not deleted: 1 execution is in flight", message), message
    waiting.ends_well()


def test_what_leaves_the_code_alone_goes_through_under_executions_of_latest(
    engine: Engine, cloud: LocalCloud
) -> None:
    stack = engine.written(PROGRAM + "make()", "latest")
    function = stack.up().outputs["orders"].value
    started = cloud.client("lambda").invoke(
        FunctionName=f"{function['function_arn']}:$LATEST", InvocationType="Event", Payload="{}"
    )["DurableExecutionArn"]
    callback = callback_of(cloud, started)
    changed = engine.written(
        PROGRAM + 'make(tags={"a": "b"}, reserved_concurrency=5, memory_size_mb=256)', "latest"
    )
    changed.preview()
    changed.up()
    answered(cloud, callback)
    assert ended(cloud, started)["Status"] == "SUCCEEDED"


SHORT = """
from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import Duration


@durable_execution
def handler(event, context):
    context.wait(Duration.from_seconds(2))
    return VERSION
"""


def test_whatever_is_deployed_while_executions_start_all_of_them_end_well(
    engine: Engine, cloud: LocalCloud
) -> None:
    empty = cloud.left()
    code = f"SHORT = {SHORT!r}\nmake(code=SHORT.replace('VERSION', VERSION), MORE)"

    def deployed(version: int, more: str = "") -> Stack:
        return engine.written(
            PROGRAM + code.replace("VERSION)", f"'{version}')").replace("MORE", more), "race"
        )

    client = cloud.client("lambda")
    alias = deployed(1).up().outputs["orders"].value["alias_arn"]
    started: list[str] = []
    ending = threading.Event()

    def start() -> None:
        while not ending.wait(0.1):
            answer = client.invoke(FunctionName=alias, InvocationType="Event", Payload="{}")
            started.append(answer["DurableExecutionArn"])

    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start)
        wait_for(lambda: started or None)
        deployed(2).up()
        deployed(2, 'alias_version="1"').up()
        deployed(3).up()
        for changed in (deployed(3, 'role_path="/service/"'), deployed(3, 'function_name="short-anew"')):
            refused(changed, "up")
        stack, everything = deployed(3), cloud.left()
        is_not_destroyed(stack)
        assert cloud.left() == everything
        ending.set()
        starting.result()
    ends = [ended(cloud, arn) for arn in started]
    assert {each["Status"] for each in ends} == {"SUCCEEDED"}
    assert {each["Result"] for each in ends} == {"1", "2", "3"}
    stack.destroy(run_program=True)
    assert (cloud.left(), stack.resources()) == (empty, [])
