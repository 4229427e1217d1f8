"""The operator's command, `durable`, on executions of the local cloud; beside it the AWS CLI."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import PROJECT, Engine, LocalCloud
from tests.e2e.executions import wait_for

HANDLER = """
import traceback

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import StepConfig, Duration
from aws_durable_execution_sdk_python.retries import RetryStrategyConfig, create_retry_strategy

RETRY = StepConfig(create_retry_strategy(RetryStrategyConfig(2, initial_delay=Duration.from_seconds(1))))


def fails_once(step):
    print("looking at the shelf")
    if step.attempt == 1:
        raise OSError("no stock")
    try:
        {}["shelf"]
    except KeyError:
        traceback.print_exc()
    step.logger.info("reserved", extra={"sku": "LAMP"})
    return "reserved"


@durable_execution
def handler(event, context):
    if event.get("fail"):
        raise ValueError(event["fail"])
    if event.get("short"):
        return event
    context.step(fails_once, name="reserve", config=RETRY)
    return context.wait_for_callback(lambda callback_id, _: None, name="approval")
"""
FUNCTION = """
{name} = DurableFunction(
    "{name}",
    {{
        "execution_timeout_seconds": {timeout},
        "runtime": "python3.13",
        "handler": "index.handler",
        "code_inline": {code!r},
        "durable_alarms": False,
        "errors_alarm": False,
    }},
)
pulumi.export("{name}", {name}.outputs())
"""
PROGRAM = "import pulumi\nfrom pulumi_durable_functions import DurableFunction, register_guard\n\nregister_guard()\n"


@pytest.fixture(scope="module")
def stack(engine: Engine) -> auto.Stack:
    made = [FUNCTION.format(name="orders", timeout=900, code=HANDLER)]
    made.append(FUNCTION.format(name="yearly", timeout=7200, code=HANDLER))
    stack = engine.written(PROGRAM + "".join(made), "durable")
    stack.up()
    return stack


class Durable:
    """Runs `durable`, and the AWS CLI with the same settings."""

    def __init__(self, engine: Engine) -> None:
        self.folder = engine.folder / "durable"
        self.variables = {**os.environ, **engine.variables, "COLUMNS": "200"}

    def run(
        self, *words: str, given: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(Path(sys.executable).parent / words[0]), *words[1:]],
            cwd=self.folder,
            env={**self.variables, **variables},
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def __call__(self, *words: str, code: int = 0, given: str | None = None) -> str:
        done = self.run("durable", *words, given=given)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code))

    def aws(self, *words: str) -> Any:
        done = self.run(str(PROJECT / "local" / ".venv" / "bin" / "aws"), "lambda", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "null")

    def waits(self, name: str) -> Any:
        """Wait until an execution waits for its callback."""

        def found() -> Any:
            waiting = self.json("show", name)["waits_for"]
            return [each for each in waiting if each["callback_id"]]

        return wait_for(found)[0]


@pytest.fixture(scope="module")
def durable(engine: Engine, stack: auto.Stack) -> Durable:
    return Durable(engine)


def test_an_execution_is_started_watched_approved_and_explained(durable: Durable) -> None:
    started = durable("invoke", "orders", '{"order": 1}', "--name", "order-42")
    assert "started order-42" in started
    assert "durable history order-42 --follow" in started
    assert durable.waits("order-42")["kind"] == "callback"

    shown = durable("show", "order-42")
    assert "order-42  RUNNING  orders-" in shown
    assert '"order": 1' in shown
    assert "durable approve order-42" in shown

    said = durable("approve", "order-42", "approval", "--by", "ann", "--reason", "in stock")
    assert """order-42's approval gets {"approved": true, "by": "ann", "reason": "in stock"}""" in said
    followed = durable("history", "order-42", "--follow")
    assert (
        "attempt 1 failed: builtins.OSError: no stock" in followed or "attempt 1 failed: OSError" in followed
    )
    assert "SUCCEEDED after" in followed

    found = durable.json("show", "order-42")
    assert json.loads(json.loads(found["Result"])) == {"approved": True, "by": "ann", "reason": "in stock"}
    operations = {each["name"]: each for each in durable.json("history", "order-42")}
    assert (operations["reserve"]["status"], operations["reserve"]["attempts"]) == ("SUCCEEDED", 2)
    rows = durable("history", "order-42").splitlines()
    assert rows[0].startswith("order-42  SUCCEEDED  orders-")
    assert any(row.startswith("✓  reserve (2 attempts)") and "━" in row for row in rows)
    assert "has ended; see durable show order-42" in durable.run("durable", "approve", "order-42").stderr


def test_wait_and_sync_give_the_result_and_the_exit_code(durable: Durable, tmp_path: Path) -> None:
    payload = tmp_path / "payload.json"
    payload.write_text('{"short": "file"}')
    assert '"short": "file"' in durable("invoke", "orders", str(payload), "--wait")
    done = durable.json("invoke", "orders", '{"short": 1}', "--sync", "--name", "synced")
    assert (done["Status"], json.loads(done["Result"])) == ("SUCCEEDED", {"short": 1})
    assert '"short": "stdin"' in durable("invoke", "orders", "-", "--sync", given='{"short": "stdin"}')
    failed = durable("invoke", "orders", '{"fail": "broken"}', "--wait", "--name", "bad", code=1)
    assert "FAILED  bad" in failed
    assert "broken" in durable("show", "bad")


def test_executions_are_listed_by_status_time_and_function(durable: Durable) -> None:
    durable("invoke", "orders", '{"short": 2}', "--sync", "--name", "listed-1")
    durable("invoke", "orders", '{"fail": "x"}', "--wait", "--name", "listed-2", code=1)
    names = [each["DurableExecutionName"] for each in durable.json("list", "orders")]
    assert names.index("listed-2") < names.index("listed-1")
    failed = durable.json("list", "--status", "FAILED", "--status", "TIMED_OUT")
    assert {each["Status"] for each in failed} == {"FAILED"}
    assert durable.json("list", "--until", "1d") == []
    assert len(durable.json("list", "orders", "--since", "1h", "--limit", "1")) == 1
    assert "there are more executions of orders" in durable("list", "orders", "--limit", "1")
    assert durable.json("list", "yearly") == []


def test_callbacks_succeed_fail_and_live(durable: Durable) -> None:
    for name in ("cb-1", "cb-2"):
        durable("invoke", "orders", "{}", "--name", name)
        durable.waits(name)
    assert "cb-1's approval received a heartbeat" in durable("callback", "heartbeat", "cb-1", "approval")
    by_id = durable.waits("cb-1")["callback_id"]
    durable("callback", "success", "--id", by_id, "--result", '{"yes": 1}')
    wait_for(lambda: durable.json("show", "cb-1")["Status"] == "SUCCEEDED")
    failing = ("--message", "sold out", "--type", "SoldOut")
    assert "failed with SoldOut: sold out" in durable("callback", "failure", "cb-2", *failing)
    wait_for(lambda: durable.json("show", "cb-2")["Status"] == "FAILED")
    assert "sold out" in durable("show", "cb-2")


def test_executions_are_stopped(durable: Durable) -> None:
    durable("invoke", "orders", "{}", "--name", "unwanted")
    assert "Aborted" in durable.run("durable", "stop", "unwanted", given="").stderr
    assert durable("stop", "unwanted", "--yes", "--reason", "not wanted") == "unwanted  stopped\n"
    found = wait_for(
        lambda: (
            durable.json("show", "unwanted")
            if durable.json("show", "unwanted")["Status"] == "STOPPED"
            else None
        )
    )
    assert found["Error"]["ErrorMessage"] == "not wanted"
    assert durable("stop", "unwanted", "--yes") == "unwanted  had already ended\n"


def test_logs_of_an_execution_are_one_story(durable: Durable) -> None:
    durable("invoke", "orders", "{}", "--name", "logged")
    durable.waits("logged")
    durable("approve", "logged")
    wait_for(lambda: durable.json("show", "logged")["Status"] == "SUCCEEDED")
    lines = wait_for(lambda: durable.json("logs", "logged"))
    reserved = [line for line in lines if line["message"] == "reserved"]
    assert len(reserved) == 1
    assert reserved[0]["fields"]["sku"] == "LAMP"
    assert reserved[0]["request_id"]
    shown = durable("logs", "logged")
    assert "INFO  reserved" in shown
    # What is printed does not say to which execution it belongs.
    assert "INFO  looking at the shelf" in shown
    assert "INFO  KeyError: 'shelf'" in shown
    assert "platform.start" not in shown
    assert "platform.start" in durable("logs", "logged", "--level", "DEBUG")
    # What the SDK has logged of an error, and the history's event of it, are one.
    error, *trace = durable("logs", "logged", "--level", "ERROR").splitlines()
    assert error.endswith("ERROR step reserve, attempt 1: OSError: no stock")
    frames = [line.strip() for line in trace if "^^" not in line]
    assert frames[:3] == [
        "… 2 frames of the SDK",
        'File "index.py", line 14, in fails_once',
        'raise OSError("no stock")',
    ]
    of_function = durable("logs", "orders", "--since", "1h")
    assert "ERROR logged ❌ reserve failed" in of_function
    # By botocore, as in Lambda; but there, no variable leads it to another endpoint.
    assert "Found credentials in environment variables" in of_function
    assert "Found endpoint" not in of_function


def test_the_aws_cli_and_durable_work_on_the_same_execution(
    durable: Durable, stack: auto.Stack, tmp_path: Path
) -> None:
    alias = stack.outputs()["orders"].value["alias_arn"]
    event = ("--invocation-type", "Event", "--payload", "{}")
    answer = durable.aws(
        "invoke", "--function-name", alias, *event, "--durable-execution-name", "both", str(tmp_path / "out")
    )
    arn = answer["DurableExecutionArn"]
    # The same name and payload start nothing new, whoever asks.
    assert durable.json("invoke", "orders", "{}", "--name", "both")["DurableExecutionArn"] == arn

    callback = durable.waits("both")["callback_id"]
    history = durable.aws("get-durable-execution-history", "--durable-execution-arn", arn)["Events"]
    assert [
        e["CallbackStartedDetails"]["CallbackId"] for e in history if e["EventType"] == "CallbackStarted"
    ] == [callback]
    durable.aws(
        *("send-durable-execution-callback-success", "--callback-id", callback),
        *("--result", '{"approved": true}'),
    )
    assert "SUCCEEDED after" in durable("history", "both", "--follow")
    theirs = durable.aws("get-durable-execution", "--durable-execution-arn", arn)
    ours = durable.json("show", arn)
    keys = ("DurableExecutionArn", "DurableExecutionName", "FunctionArn", "Status", "Result", "Version")
    assert {key: ours[key] for key in keys} == {key: theirs[key] for key in keys}
    listed = durable.aws(
        "list-durable-executions-by-function", "--function-name", alias, "--durable-execution-name", "both"
    )
    assert [each["DurableExecutionArn"] for each in listed["DurableExecutions"]] == [arn]


WRONG: dict[str, tuple[list[str], int, str]] = {
    "a name": (
        ["invoke", "orders", "{}", "--name", "a b"],
        2,
        "1 to 64 letters, digits, hyphens and underscores",
    ),
    "a payload": (["invoke", "orders", "{no"], 2, "is not JSON"),
    "a missing file": (
        ["invoke", "orders", "missing.json"],
        2,
        "there is no file 'missing.json', and it is not JSON either",
    ),
    "a function": (["invoke", "nobody", "{}"], 1, "no function nobody; the stack has orders, yearly"),
    "a version": (
        ["invoke", "orders", "{}", "--qualifier", "99"],
        1,
        "`durable doctor orders` shows which versions and aliases exist",
    ),
    "an alias": (
        ["invoke", "orders", "{}", "--qualifier", "nobody", "--sync"],
        1,
        "Function not found: arn:aws:",
    ),
    "an execution": (["show", "nothing"], 1, "no execution of orders, yearly has the name 'nothing'"),
    "an ARN": (
        ["show", "arn:aws:lambda:us-east-1:1:function:other:1/durable-execution/a/b"],
        1,
        "belongs to none of this stack's functions",
    ),
    "a long sync": (
        ["invoke", "yearly", "{}", "--sync"],
        1,
        "refuses synchronous invokes of more than 900 s",
    ),
    "a time": (["list", "--since", "yesterday"], 2, "neither a duration like 15m, 6h or 2d nor a time"),
    "a status": (["list", "--status", "DONE"], 2, "'DONE' is not one of"),
    "no callback": (
        ["callback", "success"],
        2,
        "name the execution, pass --last, or pass the callback's --id",
    ),
    "a stack": (["list", "--stack", "nowhere"], 1, "no stack named 'nowhere' found"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_told_in_a_line(durable: Durable, case: str) -> None:
    words, code, said = WRONG[case]
    done = durable.run("durable", *words)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_a_payload_that_lambda_would_not_take_is_refused(durable: Durable, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_text(json.dumps("x" * 1024 * 1024))
    done = durable.run("durable", "invoke", "orders", str(large))
    assert done.returncode == 2
    assert "Lambda takes at most 1,048,576 asynchronously" in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "for the local cloud: is it running? (make up)"),
        ({"PATH": "/nowhere"}, 'pulumi is not on PATH; for the local cloud: eval "$(make env)"'),
    ],
)
def test_what_cannot_be_reached_is_told(durable: Durable, variables: dict[str, str], said: str) -> None:
    done = durable.run("durable", "list", **variables)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_doctor_finds_nothing_on_what_the_components_deploy(durable: Durable) -> None:
    said = durable("doctor")
    assert said.splitlines()[-1].endswith("warnings, no problems")
    found = durable.json("doctor", "orders")
    assert {each["check"]: each["level"] for each in found["orders"] if each["check"] != "executions"} == {
        "durable": "ok",
        "state": "ok",
        "alias": "ok",
        "logs": "ok",
        "role": "ok",
        "triggers": "ok",
        "SDK": "warning",
    }


def test_the_doctor_finds_what_was_changed_behind_the_programs_back(
    durable: Durable, cloud: LocalCloud, stack: auto.Stack
) -> None:
    client, iam, logs = (cloud.client(name) for name in ("lambda", "iam", "logs"))
    function = stack.outputs()["yearly"].value
    name = function["function_name"]
    (policy,) = iam.list_role_policies(RoleName=function["role_name"])["PolicyNames"]
    iam.delete_role_policy(RoleName=function["role_name"], PolicyName=policy)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    logs.delete_retention_policy(logGroupName=function["log_group_name"])
    client.add_permission(
        FunctionName=name,
        StatementId="bare",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
    )
    found = durable.json("doctor", "yearly", code=1)["yearly"]
    bad = {(each["check"], each["level"]) for each in found if each["level"] != "ok"}
    assert bad == {
        ("alias", "problem"),
        ("role", "problem"),
        ("logs", "warning"),
        ("triggers", "warning"),
        ("SDK", "warning"),
    }
    assert all(each["fix"] for each in found if each["level"] != "ok")
    assert durable("doctor", "yearly", code=1).splitlines()[-1] == "3 problems, 3 warnings"

    stack.refresh()
    stack.up()
    assert "no problems" in durable("doctor", "yearly")


def test_the_doctor_names_what_is_missing_under_kept_versions(
    durable: Durable, cloud: LocalCloud, stack: auto.Stack
) -> None:
    client, iam, logs, sqs = (cloud.client(name) for name in ("lambda", "iam", "logs", "sqs"))
    function = stack.outputs()["yearly"].value
    name = function["function_name"]
    before = client.get_function_configuration(FunctionName=name)
    trust = iam.get_role(RoleName=function["role_name"])["Role"]["AssumeRolePolicyDocument"]
    role = iam.create_role(RoleName="old", Path="/old/", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.attach_role_policy(RoleName="old", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    logs.create_log_group(logGroupName="/old")
    queue = sqs.create_queue(QueueName="old")["QueueUrl"]
    client.update_function_configuration(
        FunctionName=name,
        Role=role["Arn"],
        LoggingConfig={**before["LoggingConfig"], "LogGroup": "/old"},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:000000000000:old"},
    )
    old = client.publish_version(FunctionName=name)["Version"]
    client.update_function_configuration(
        FunctionName=name,
        Role=before["Role"],
        LoggingConfig=before["LoggingConfig"],
        DeadLetterConfig={"TargetArn": ""},
    )
    durable("invoke", "yearly", "{}", "--name", "stranded", "--qualifier", old)
    durable.waits("stranded")
    client.create_alias(FunctionName=name, Name="held", FunctionVersion=old)

    iam.detach_role_policy(RoleName="old", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.delete_role(RoleName="old")
    logs.delete_log_group(logGroupName="/old")
    sqs.delete_queue(QueueUrl=queue)
    found = durable.json("doctor", "yearly", code=1)["yearly"]
    gone = [(each["check"], each["level"]) for each in found if "does not exist" in each["said"]]
    assert gone == [
        ("logs", "problem"),
        ("logs", "warning"),
        ("role", "problem"),
        ("role", "problem"),
        ("dead letters", "problem"),
        ("dead letters", "warning"),
    ]
    told = {(each["check"], each["said"].partition("; ")[2]): each["fix"] for each in found}
    new = f"new executions by held run on version {old}, which cannot run without it"
    assert told["role", new] == "set another version in additional_aliases; pulumi up"
    running = f"1 execution in flight on version {old} (stranded): each fails at its next checkpoint"
    assert told["role", running].endswith("or end the executions: durable stop stranded")

    # As it says.
    durable("stop", "stranded", "--yes")
    client.delete_alias(FunctionName=name, Name="held")
    found = durable.json("doctor", "yearly")["yearly"]
    left = [each for each in found if "does not exist" in each["said"]]
    assert all(each["said"].endswith("after a rollback") for each in left)
    assert {(each["check"], each["level"]) for each in left} == {
        ("logs", "warning"),
        ("role", "warning"),
        ("dead letters", "warning"),
    }
    client.delete_function(FunctionName=name, Qualifier=old)
