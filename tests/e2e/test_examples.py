"""Each example, deployed as it is under every policy, run by its own demo.sh, and destroyed; some at the same time."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from durable_policies.policies import POLICIES
from examples.human_approval.chat_stand_in import Chat
from examples.webhook import warehouse_stand_in as warehouse
from tests.e2e.conftest import PROJECT, REGIONS, Engine, LocalCloud
from tests.e2e.example_project import Project
from tests.e2e.executions import wait_for
from tests.ports import free_port

EXAMPLES = sorted(page.parent.name for page in (PROJECT / "examples").glob("*/Pulumi.yaml"))
AT_ONCE = 3
ACCOUNT = "000000000000"


@dataclass
class Example:
    """An example that was deployed, and whose demo has run."""

    project: Project
    outputs: dict[str, Any]
    said: str

    @property
    def cloud(self) -> LocalCloud:
        return self.project.cloud

    def executions(self, title: str) -> list[dict[str, Any]]:
        """Return the executions of a function, oldest first, with their results."""
        client = self.cloud.client("lambda")
        listed = client.list_durable_executions_by_function(
            FunctionName=self.outputs[title]["function_arn"], ReverseOrder=True
        )["DurableExecutions"]
        return [
            client.get_durable_execution(DurableExecutionArn=each["DurableExecutionArn"]) for each in listed
        ]

    def results(self, title: str) -> list[Any]:
        """Return the results of a function's executions, oldest first; all must have succeeded."""
        found = self.executions(title)
        assert {each["Status"] for each in found} <= {"SUCCEEDED"}
        return [json.loads(each["Result"]) for each in found]

    def history(self, title: str) -> list[dict[str, Any]]:
        """Return the events of a function's first execution."""
        arn = self.executions(title)[0]["DurableExecutionArn"]
        events: list[dict[str, Any]] = self.cloud.client("lambda").get_durable_execution_history(
            DurableExecutionArn=arn, IncludeExecutionData=True, MaxItems=1000
        )["Events"]
        return events


class Runs:
    """Deploys examples and runs their demos, some at once, and destroys each whose test is over."""

    def __init__(self, engine: Engine, names: list[str]) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._runs: dict[str, Future[Example]] = {name: self._pool.submit(self._run, name) for name in names}
        self._ends: list[Future[None]] = []

    def result(self, name: str) -> Example:
        return self._runs[name].result()

    def destroy(self, name: str) -> None:
        self._ends.append(self._pool.submit(self._destroy, self.result(name).project))

    def close(self) -> None:
        self._pool.shutdown()
        for end in self._ends:
            end.result()

    def _run(self, name: str) -> Example:
        project = Project(self._engine, name)
        project.run("pulumi", "stack", "select", "--create", "local")
        for setting in settings(name):
            project.run("pulumi", "config", "set", *setting)
        try:
            said = project.run("pulumi", "up", "--yes", "--skip-preview", *policies(project))
            assert "✅ durable-functions@" in said, said  # the mark of a pack that has found nothing
            outputs = json.loads(project.run("pulumi", "stack", "output", "--json"))
            return Example(project, outputs, project.run("sh", "-e", "demo.sh"))
        except AssertionError:
            self._destroy(project)
            raise

    @staticmethod
    def _destroy(project: Project) -> None:
        # Nothing is in flight any more, so the guard has nothing against it.
        project.run("pulumi", "destroy", "--run-program", "--yes", "--skip-preview")


def settings(name: str) -> list[list[str]]:
    """Return what a test sets differently from the example's local stack, as `pulumi config set` takes it."""
    match name:
        case "human_approval":
            return [["--secret", "chatUrl", f"http://127.0.0.1:{free_port()}/"]]
        case "nightly_batch":
            # It has passed in every time zone, and the local cloud makes up for what it has missed.
            return [["schedule", "at(2026-01-01T03:00:00)"]]
        case _:
            return []


NOT_KEPT = {
    # The stack's configuration keeps it encrypted, and its webhook takes it from there to stay short.
    "human_approval": {"no-secrets-in-environment"},
}
"""The policies that an example does not keep to."""


def policies(project: Project) -> list[str]:
    """Return the options with which every policy warns that the example is to keep to."""
    not_kept = NOT_KEPT.get(project.folder.name, set())
    levels = {each.name: "disabled" if each.name in not_kept else "advisory" for each in POLICIES}
    config = project.folder / "policies.json"
    config.write_text(json.dumps(levels))
    pack = PROJECT / "policies" / "pack"
    return ["--policy-pack", str(pack), "--policy-pack-config", str(config)]


def example_of(function: Callable[..., Any]) -> str:
    """Return the example that a test is for: they have the same name."""
    return function.__name__.removeprefix("test_")


@pytest.fixture(scope="module")
def runs(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Runs]:
    """The examples whose tests were selected, on their way."""
    tests = [
        item.function
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
    ]
    started = Runs(engine, [name for name in map(example_of, tests) if name in EXAMPLES])
    try:
        yield started
    finally:
        started.close()


@pytest.fixture
def example(runs: Runs, request: pytest.FixtureRequest) -> Iterator[Example]:
    name = example_of(request.function)
    yield runs.result(name)
    runs.destroy(name)


def test_every_example_is_tested_and_described() -> None:
    tested = {name.removeprefix("test_") for name in globals()}
    overview = (PROJECT / "examples" / "README.md").read_text()
    for name in EXAMPLES:
        folder = PROJECT / "examples" / name
        assert name in tested
        assert f"[{name}]({name}/README.md)" in overview
        page = (folder / "README.md").read_text()
        assert f"make example NAME={name}" in page
        # The page shows the very commands that its demo runs.
        for line in (folder / "demo.sh").read_text().splitlines():
            assert line.startswith("#") or line in page, f"{name}: {line}"


def test_hello(example: Example) -> None:
    assert example.results("hello") == [["Hello, Ada!", "Goodbye, Ada!"]]
    assert example.said.count("INFO  greeting Ada") == 2
    assert [event["Name"] for event in example.history("hello") if event["EventType"] == "WaitStarted"] == [
        "pause"
    ]


def test_human_approval(example: Example) -> None:
    refunded = {"order_id": "A-1001", "status": "refunded", "by": "ann", "reference": "refund-A-1001"}
    assert example.results("refunds") == [refunded]
    # It was the webhook that has completed the callback, and the message that has told it which.
    assert "chat  Refund 49.00 for order A-1001?  [approve] [reject]" in example.said
    assert "chat  Approved by ann." in example.said

    (callback,) = [event for event in example.history("refunds") if event["EventType"] == "CallbackStarted"]
    button = {"action_id": "approve", "value": callback["CallbackStartedDetails"]["CallbackId"]}
    secret = example.project.run("pulumi", "config", "get", "signingSecret").strip()
    url = example.outputs["webhook_url"]
    with Chat(free_port()) as chat:
        chat.press(button, url, secret)
        assert chat.message()["text"] == "This has been answered already, or has not been answered in time."
        with pytest.raises(httpx.HTTPStatusError, match="401"):
            chat.press(button, url, "another secret")

    assert_it_may_only_answer(example, "webhook", example.outputs["refunds"]["function_arn"])


def assert_it_may_only_answer(example: Example, title: str, function_arn: str) -> None:
    """Check that a webhook's role may complete the callbacks of one function and write its own log, and nothing else."""
    iam = example.cloud.client("iam")
    (role,) = [
        each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith(f"{title}-")
    ]
    assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
    statements = [
        statement
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        for statement in iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    ]
    callbacks, logs = sorted(statements, key=lambda each: str(each["Action"]))
    assert callbacks == {
        "Effect": "Allow",
        "Action": [
            "lambda:SendDurableExecutionCallbackFailure",
            "lambda:SendDurableExecutionCallbackHeartbeat",
            "lambda:SendDurableExecutionCallbackSuccess",
        ],
        "Resource": f"{function_arn}:*",
    }
    assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    own_log = rf"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/{title}-local-\w+:\*"
    assert re.fullmatch(own_log, logs["Resource"])


def test_webhook(example: Example) -> None:
    assert example.results("parcels") == [{"order_id": "A-1001", "grams": 1200, "postage_cents": 799}]
    assert "warehouse  packs A-1001: 1200 g" in example.said
    events = {event["EventType"] for event in example.history("parcels")}
    assert {"CallbackSucceeded", "ChainedInvokeSucceeded"} <= events

    # While a parcel waits for the warehouse, the worker that it will call stays in the program.
    example.project.run("durable", "invoke", "parcels", '{"order_id": "A-1002"}')
    cloud, url = example.cloud, example.outputs["webhook_url"]
    job = warehouse.next_job(cloud.client("sqs"), example.outputs["jobs"])
    program = example.project.folder / "__main__.py"
    written = program.read_text()
    without = re.sub(
        r'^postage = .*?^\)\n|, "POSTAGE_FUNCTION": [\w.]+|^postage\..*?\n', "", written, flags=re.M | re.S
    )
    assert "postage." not in without
    program.write_text(without)
    refusal = example.project.run("pulumi", "preview", code=1)
    assert re.search(r"postage-\w+ .*is not deleted: 1 execution is in flight on a version that", refusal)
    program.write_text(written)

    packed = {"callback_id": job["callback_id"], "grams": 90}
    answers = [{"grams": 90}, packed, packed]
    assert [warehouse.answer(cloud.endpoint, url, each).status_code for each in answers] == [400, 200, 410]
    wait_for(lambda: [each["Status"] for each in example.executions("parcels")] == ["SUCCEEDED"] * 2)
    assert example.results("parcels")[1] == {"order_id": "A-1002", "grams": 90, "postage_cents": 499}

    assert_it_may_only_answer(example, "packed", example.outputs["parcels"]["function_arn"])


def test_order_saga(example: Example) -> None:
    shipped, refused = example.results("order")
    assert shipped == {"order_id": "A-1", "status": "shipped"}
    assert refused == {
        "order_id": "A-2",
        "status": "refused",
        "refused_by": "ship",
        "undone": ["refund", "release"],
    }
    # What was undone is not done by a repeat, which would find its entries there.
    again = {
        "order_id": "A-2",
        "sku": "LAMP",
        "quantity": 1,
        "card": "visa",
        "cents": 4900,
        "ship_to": "Elsewhere",
    }
    example.project.run("durable", "invoke", "order", json.dumps(again), "--wait")
    assert example.results("order")[2]["refused_by"] == "reserve"
    # The first order has cost two lamps and 98.00; the second one has left no trace but its entries.
    rows = example.cloud.client("dynamodb").scan(TableName=example.outputs["ledger"])["Items"]
    balances = {row["id"]["S"]: row["balance"]["N"] for row in rows if "balance" in row}
    assert balances == {"account/stock/LAMP": "3", "account/card/visa": "10200"}
    assert {row["id"]["S"] for row in rows} - balances.keys() == {
        "entry/stock/delivery-1",
        "entry/payment/gift-1",
        "entry/stock/A-1",
        "entry/payment/A-1",
        "entry/stock/A-2",
        "entry/stock/A-2/undone",
        "entry/payment/A-2",
        "entry/payment/A-2/undone",
    }


def test_agent_loop(example: Example) -> None:
    assert example.results("agent") == [{"answer": "Bought: a lamp for 38", "turns": 8}]
    events = example.history("agent")
    waits = [event["Name"] for event in events if event["EventType"] == "WaitStarted"]
    assert waits == ["1-days", "1-days"]
    # However often the handler was replayed, the model was asked once for each turn.
    thoughts = [event for event in events if event["EventType"] == "StepStarted" and "think" in event["Name"]]
    assert [event["Name"] for event in thoughts] == [f"think-{turn}" for turn in range(1, 9)]


def test_nightly_batch(example: Example) -> None:
    s3, bucket = example.cloud.client("s3"), example.outputs["statements"]

    def written(day: str) -> set[str]:
        return {
            each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=f"{day}/").get("Contents", [])
        }

    def keys(day: str) -> set[str]:
        return {f"{day}/{account}.json" for account in ("ada", "ben", "cleo", "eve")}

    by_hand = next(each for each in example.executions("batch") if '"2026-11-25"' in each["Result"])
    assert json.loads(by_hand["Result"]) == {
        "day": "2026-11-25",
        "written": sorted(keys("2026-11-25")),
        "failed": {"dan": "no rate for XXX"},
    }
    assert written("2026-11-25") == keys("2026-11-25")
    statement = json.loads(s3.get_object(Bucket=bucket, Key="2026-11-25/ada.json")["Body"].read())
    assert statement == {"account": "ada", "day": "2026-11-25", "postings": 2, "total_eur_cents": 14500}

    def by_schedule() -> dict[str, Any] | None:
        ended = [each for each in example.executions("batch") if each["Status"] != "RUNNING"]
        return next((each for each in ended if each["InputPayload"] == "{}"), None)

    # The control plane looks at its schedules every 15 s.
    result = json.loads(wait_for(by_schedule)["Result"])
    assert abs((datetime.now(UTC) - datetime.fromisoformat(f"{result['day']}T12:00Z")).days) <= 1
    assert written(result["day"]) == keys(result["day"])


def test_queue_intermediary(example: Example) -> None:
    assert example.results("transcode") == [
        {"video": "holiday.mov", "stored_as": "transcoded/job-4dbe2f3f.mp4"}
    ]
    (execution,) = example.executions("transcode")
    assert re.fullmatch(r"[0-9a-f-]{36}", execution["DurableExecutionName"])
    # Longer than Lambda waits for an execution: only the intermediary makes this possible.
    function = example.outputs["transcode"]["alias_arn"]
    configuration = example.cloud.client("lambda").get_function_configuration(FunctionName=function)
    assert configuration["DurableConfig"]["ExecutionTimeout"] == 86_400
    for queue in (example.outputs["uploads"], example.outputs["undeliverable"]):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counted = example.cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
        assert set(counted["Attributes"].values()) == {"0"}


def test_multi_region(example: Example) -> None:
    assert example.results("greeter-us-east-1") == ["Hello, Ada, from us-east-1!"]
    for region in REGIONS:
        outputs = example.outputs[f"greeter-{region}"]
        assert outputs["alias_arn"].startswith(f"arn:aws:lambda:{region}:{ACCOUNT}:function:greeter-{region}")
        function = example.cloud.client("lambda", region).get_function(FunctionName=outputs["alias_arn"])
        assert function["Configuration"]["DurableConfig"] == {
            "ExecutionTimeout": 300,
            "RetentionPeriodInDays": 7,
        }
        assert function["Tags"] == {"stage": "local"}
        (topic,) = example.cloud.client("sns", region).list_topics()["Topics"]
        assert topic["TopicArn"].startswith(f"arn:aws:sns:{region}:{ACCOUNT}:greeter-{region}-alarms-")
    resources = json.loads(example.project.run("pulumi", "stack", "export"))["deployment"]["resources"]
    providers = {
        each["urn"].rpartition("::")[2] for each in resources if each["type"] == "pulumi:providers:aws"
    }
    assert providers == set(REGIONS)

    # The stage belongs to one account; with the credentials of another nothing is even planned.
    stage = (example.project.folder / "Pulumi.local.yaml").read_text()
    (example.project.folder / "other.yaml").write_text(stage.replace(ACCOUNT, "1" * 12))
    said = example.project.run("pulumi", "preview", "--config-file", "other.yaml", code=1)
    assert f"the account is {ACCOUNT}, but aws:allowedAccountIds allows only 111111111111" in said


def test_node_handler(example: Example) -> None:
    assert example.results("onboarding") == [
        {"user": "ada", "sent": ["welcome", "tip-1", "tip-2", "tip-3"], "stopped": False},
        {"user": "busy", "sent": ["welcome", "tip-1"], "stopped": True},
    ]


def test_own_role(example: Example) -> None:
    assert (example.results("daily"), example.results("weekly")) == ([13], [140])
    assert "no problems" in example.said
    role_arn = example.outputs["role_arn"]
    for title in ("daily", "weekly"):
        function = example.outputs[title]["alias_arn"]
        found = example.cloud.client("lambda").get_function_configuration(FunctionName=function)
        assert found["Role"] == role_arn
    iam, role = example.cloud.client("iam"), Path(role_arn).name
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert [each["PolicyName"] for each in attached] == ["AWSLambdaBasicDurableExecutionRolePolicy"]
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
