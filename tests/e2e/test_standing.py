"""What an execution in flight stands on outlives every deployment: with a preview, without, and in a destroy."""

import json
import re
import threading
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.executions import callback_of, ended, wait_for
from tests.e2e.stack import Stack, refused
from tests.e2e.standing_rows import (
    CARD,
    DELETION,
    EVERYTHING,
    NEEDED,
    PASSED,
    PROGRAM,
    REFUSED,
    UPDATE,
    Row,
    letters,
    short,
    suffixed,
)


class Waiting:
    """A stack with an execution in flight on the first version of each row's function."""

    def __init__(self, engine: Engine, cloud: LocalCloud, name: str, rows: Mapping[str, Row]) -> None:
        self.engine, self.cloud, self.name, self.rows = engine, cloud, name, rows
        before = {row: each.before for row, each in rows.items()}
        self.stack = self.becomes(before)
        outputs = self.stack.up().outputs
        self.before = {row: outputs[f"orders{suffix(row)}"].value for row in rows}
        self.arns = {row: started(cloud, self.before[row], each) for row, each in rows.items()}
        self.callbacks = {row: callback_of(cloud, arn) for row, arn in self.arns.items()}

    def becomes(self, sources: Mapping[str, str]) -> Stack:
        source = "".join(suffixed(each, suffix(row)) for row, each in sources.items())
        return self.engine.written(PROGRAM + source, self.name)

    def changed(self, steps: Collection[str] = (DELETION, UPDATE), number: int = 0) -> Stack:
        """Change the rows that are refused at one of these steps, in a preview (0) or a deployment (1)."""
        return self.becomes(
            {
                row: each.after if each.refused_at[number] in steps else each.before
                for row, each in self.rows.items()
            }
        )

    def go_on(self) -> None:
        for callback in self.callbacks.values():
            answered(self.cloud, callback)

    def ends(self, row: str) -> tuple[str, str]:
        execution = ended(self.cloud, self.arns[row])
        return execution["Status"], execution["Version"]


def suffix(row: str) -> str:
    return "-" + re.sub(r"\W+", "-", row)


def started(cloud: LocalCloud, function: Any, row: Row) -> str:
    name = f"{function['function_arn']}:{row.qualifier}" if row.qualifier else function["alias_arn"]
    answer = cloud.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps(row.event)
    )
    return str(answer["DurableExecutionArn"])


def says(row: str, pattern: str, message: str) -> None:
    for name in ("orders", "payments", "own"):
        pattern = pattern.replace(name.upper(), name + suffix(row))
    assert re.search(pattern, message), message.replace("\n", "\n#")


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


@pytest.fixture(scope="module")
def refusals(engine: Engine, cloud: LocalCloud) -> tuple[Waiting, Mapping[str, str]]:
    """Every row that is refused, in one stack: what its preview and its deployment say, and then a destroy."""
    waiting = Waiting(engine, cloud, "refused", REFUSED)
    everything = cloud.left()
    is_not_destroyed(waiting.stack)
    assert cloud.left() == everything
    # The engine comes to no deletion after an update that is refused, and in a deployment to no further update either.
    previews = [
        waiting.changed(steps, 0).previewed_to_the_end() for steps in ((DELETION,), (DELETION, UPDATE))
    ]
    deletions = refused(waiting.changed((DELETION,), 1), "up", continue_on_error=True)
    updates = [
        refused(waiting.becomes({row: each.after}), "up")
        for row, each in REFUSED.items()
        if each.refused_at[1] == UPDATE
    ]
    is_not_destroyed(waiting.changed())
    waiting.go_on()
    messages = {"preview": "\n".join(previews), "up": "\n".join([deletions, *updates])}
    return waiting, messages


@pytest.mark.parametrize("row", REFUSED)
def test_what_would_fail_an_execution_is_refused_and_the_execution_ends_well(
    refusals: tuple[Waiting, Mapping[str, str]], row: str
) -> None:
    waiting, messages = refusals
    for message in messages.values():
        says(row, REFUSED[row].says, message)
        assert f"END_EXECUTIONS_OF={waiting.before[row]['function_name']}" in message
    assert waiting.ends(row) == ("SUCCEEDED", "1")


@pytest.fixture(scope="module")
def passes(engine: Engine, cloud: LocalCloud) -> tuple[Waiting, auto.UpResult]:
    """Every row that goes through, in one stack, which is renamed before."""
    waiting = Waiting(engine, cloud, "passed", PASSED)
    before = waiting.stack.resources()
    renamed = engine.renamed("passed", "renamed")
    assert set(renamed.preview().change_summary) == {auto.OpType.SAME}
    renamed.up()
    assert {each["id"] for each in renamed.resources() if each.get("id")} == {
        each["id"] for each in before if each.get("id")
    }
    waiting.name = "renamed"
    (engine.folder / "renamed").symlink_to(engine.folder / "passed")
    changed = waiting.changed()
    changed.preview()
    result = changed.up()
    is_not_destroyed(changed)
    waiting.go_on()
    return waiting, result


@pytest.mark.parametrize("row", PASSED)
def test_what_harms_no_execution_goes_through_and_the_execution_ends_well(
    passes: tuple[Waiting, auto.UpResult], row: str
) -> None:
    waiting, result = passes
    before = waiting.before[row]
    (after,) = (
        each.value
        for name, each in result.outputs.items()
        if name.endswith(suffix(row)) and each.value["function_arn"] == before["function_arn"]
    )
    for kept in ("role_arn", "log_group_name"):
        assert after[kept] == before[kept]
    says(row, PASSED[row].says, result.stdout)
    assert waiting.ends(row) == ("SUCCEEDED", PASSED[row].qualifier or "1")


def test_a_destroy_is_refused_whole_while_two_functions_call_each_other(
    engine: Engine, cloud: LocalCloud
) -> None:
    empty = cloud.left()
    row = Row(EVERYTHING, "", event={"read": CARD, "list": True})
    waiting = Waiting(engine, cloud, "everything", {"everything": row})
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
    waiting.go_on()
    called = wait_for(lambda: next(iter({*executions(cloud, "payments-of-everything")} - {beside}), None))
    callbacks = [callback_of(cloud, each) for each in (called, beside)]
    is_refused()
    for callback in callbacks:
        answered(cloud, callback)
    assert {ended(cloud, each)["Status"] for each in (called, beside)} == {"SUCCEEDED"}
    assert waiting.ends("everything") == ("SUCCEEDED", "1")
    stack.destroy(run_program=True)
    assert cloud.left() == empty


def test_a_rollback_needs_what_its_version_stands_on(engine: Engine, cloud: LocalCloud) -> None:
    stack = engine.written(PROGRAM + letters(), "rollback")
    stack.up()

    def changed(more: str = "") -> Stack:
        source = letters("/service/", "/shop/two", queue=False, more=more)
        return engine.written(PROGRAM + source, "rollback")

    # Nothing is in flight, so what version 1 depends on may be deleted, with a warning.
    told = changed().up().stdout
    for noun in (r"role orders-[0-9a-f]+", "log group /shop/one", "queue orders-dead-letters-[0-9a-f]+"):
        assert re.search(rf"{noun} is deleted, so orders-[0-9a-f]+ cannot go back to version 1", told), told

    gone = changed('alias_version="1", new_version_weight=0.1, additional_aliases={"old": "9"}')
    for message in (gone.previewed_to_the_end(), refused(gone, "up", continue_on_error=True)):
        assert re.search("alias live of orders-[0-9a-f]+ is not set:", message)
        for noun in (
            r"role arn:\S+:role/orders-",
            "log group /shop/one",
            r"dead letter target arn:\S+:orders-dead",
        ):
            assert re.search(f"version 1 needs the {noun}\\S*, which does not exist", message), message
        assert "Lambda requires that versions that share an alias have the same role" in message
        assert "versions that share an alias have the same dead letter target" in message
        assert re.search("alias old of orders-[0-9a-f]+ is not set:", message)
        assert "version 9 does not exist; published versions: 1, 2" in message

    # A version that stands on what is there is gone back to, while an execution of the newest waits.
    function = changed("retention_days=3").up().outputs["orders"].value
    assert function["release"] == {"live": {"3": 1}}
    arn = started(cloud, function, Row("", ""))
    callback = callback_of(cloud, arn)
    back = changed('alias_version="2"').up().outputs["orders"].value
    assert back["release"] == {"live": {"2": 1}}
    answered(cloud, callback)
    execution = ended(cloud, arn)
    assert (execution["Status"], execution["Version"]) == ("SUCCEEDED", "3")


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
    waiting = Waiting(engine, cloud, "provided", {"provided": Row(function, "")})
    # A role is of no region, so it is the provider's that tells where its functions are.
    elsewhere = PROVIDED + 'make(opts=pulumi.ResourceOptions(provider=there), role_path="/service/")'
    message = refused(waiting.becomes({"provided": elsewhere}), "preview")
    assert re.search(f"role orders-provided-[0-9a-f]+ is not deleted: {NEEDED}", message), message
    for operation in ("preview", "up"):
        message = refused(waiting.becomes({"provided": PROVIDED}), operation)
        assert re.search("orders-provided-[0-9a-f]+ is not deleted: 1 execution is in flight", message), (
            message
        )
    waiting.go_on()
    assert waiting.ends("provided") == ("SUCCEEDED", "1")


def test_whatever_is_deployed_while_executions_start_all_of_them_end_well(
    engine: Engine, cloud: LocalCloud
) -> None:
    empty = cloud.left()

    def deployed(*args: Any) -> Stack:
        return engine.written(PROGRAM + short(*args), "race")

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
        wait_for(lambda: started)
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
    assert {each["Result"] for each in ends} == {'"1"', '"2"', '"3"'}
    stack.destroy(run_program=True)
    assert (cloud.left(), stack.resources()) == (empty, [])


def test_an_execution_that_starts_while_a_permission_is_removed_still_has_it(
    engine: Engine, cloud: LocalCloud
) -> None:
    stack = engine.written(PROGRAM + "make(code=LISTING, role_statements=[LIST])", "between")
    alias = stack.up().outputs["orders"].value["alias_arn"]
    (policy,) = (each["id"] for each in stack.resources() if each["urn"].endswith("::orders-statements"))
    role, _, name = policy.partition(":")
    iam = cloud.client("iam")

    def start() -> str:
        """Start an execution on the old version as soon as the permission has left the policy that changes first."""

        def is_gone() -> bool:
            document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            return "sqs:ListQueues" not in json.dumps(document)

        wait_for(is_gone)
        return started(cloud, {"alias_arn": alias}, Row("", ""))

    changed = engine.written(PROGRAM + "make(code=CALLED, role_statements=[SEND])", "between")
    with ThreadPoolExecutor(1) as pool:
        # Nothing is in flight when the first policy changes.
        starting = pool.submit(start)
        wait_for(lambda: goes_through(changed))
    execution = ended(cloud, starting.result())
    assert (execution["Status"], execution["Version"]) == ("SUCCEEDED", "1"), execution.get("Error")
    kept = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [iam.get_role_policy(RoleName=role, PolicyName=each)["PolicyDocument"] for each in kept]
    assert "sqs:ListQueues" not in json.dumps(documents)


def goes_through(stack: Stack) -> auto.UpResult | None:
    try:
        return stack.up()
    except auto.CommandError as error:
        if "in flight on a version that needs it" in str(error):
            return None
        raise
