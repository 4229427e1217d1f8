"""What the doctor says of versions, and of what they stand on; what it says on real deployments is proved in tests/e2e."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from cli import services
from cli.doctor import Finding, examine
from cli.stack import Function

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders-1a2b"
ROLE = "arn:aws:iam::123456789012:role/service/"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:"
FUNCTION = Function("orders", "orders-1a2b", ARN, "live")


def missing(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "gone"}}, "Get")


@dataclass
class Account:
    """An account with one function, whose versions name a role, a log group and a dead letter target."""

    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    aliases: dict[str, Any] = field(default_factory=dict)
    in_flight: list[str] = field(default_factory=list)
    """The version of each."""
    gone: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    pages: dict[str, list[list[dict[str, Any]]]] = field(default_factory=dict)
    """The event source mappings that name an ARN, page by page."""
    visible: dict[str, int] = field(default_factory=dict)
    """The visibility timeouts of queues, in seconds."""
    calls: list[str] = field(default_factory=list)

    def publish(self, version: str, role: str = "a", group: str = "logs", target: str = "") -> None:
        self.versions[version] = {
            "Version": version,
            "Role": ROLE + role,
            "Timeout": 20,
            "DurableConfig": {"ExecutionTimeout": 60, "RetentionPeriodInDays": 1},
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": group},
            "CodeSize": 100_000_000,  # too large to be inspected
            **({"DeadLetterConfig": {"TargetArn": target}} if target else {}),
        }

    def alias(self, name: str, version: str, weights: dict[str, float] | None = None) -> None:
        routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
        self.aliases[name] = {"Name": name, "FunctionVersion": version, **routing}

    def map(self, source: dict[str, Any], qualifier: str = ":live", **more: Any) -> None:
        """Add a mapping, on a page of its own."""
        number = sum(len(pages) for pages in self.pages.values())
        mapping = {"UUID": f"u{number}", "FunctionArn": ARN + qualifier, **source, **more}
        self.pages.setdefault(ARN + qualifier, []).append([mapping])

    def found(self, check: str) -> list[tuple[str, str]]:
        return [(each.level, each.message) for each in examine(FUNCTION) if each.check == check]

    def examined(self) -> list[Finding]:
        return [each for each in examine(FUNCTION) if each.check not in ("SDK", "triggers", "executions")]

    def client(self, service: str, **_: Any) -> Any:
        return Client(self)


@dataclass
class Client:
    """Every service of the account."""

    account: Account

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.account.calls.append(operation)
            if operation in self.account.denied:
                raise missing("AccessDenied")
            return getattr(self, f"_{operation}")(**request)

        return call

    def get_paginator(self, operation: str) -> Any:
        account, client = self.account, self

        class Pages:
            def paginate(self, **request: Any) -> Iterator[dict[str, Any]]:
                request.pop("PaginationConfig", None)
                account.calls.append(operation)
                if operation == "list_event_source_mappings":
                    pages = account.pages.get(request["FunctionName"], [])
                    yield from ({"EventSourceMappings": page} for page in [[], *pages])
                    return
                yield getattr(client, f"_{operation}")(**request)

        return Pages()

    def _list_aliases(self, **_: Any) -> Any:
        if not self.account.versions:
            raise missing("ResourceNotFoundException")
        return {"Aliases": list(self.account.aliases.values())}

    def _list_versions_by_function(self, **_: Any) -> Any:
        return {"Versions": list(self.account.versions.values())}

    def _get_function_configuration(self, Qualifier: str, **_: Any) -> Any:  # noqa: N803 - AWS's word
        return self.account.versions[Qualifier]

    def _list_durable_executions_by_function(self, Statuses: list[str], **_: Any) -> Any:  # noqa: N803
        found = self.account.in_flight if "RUNNING" in Statuses else []
        return {
            "DurableExecutions": [
                {
                    "DurableExecutionArn": f"{ARN}:{version}/durable-execution/order-{number}/x",
                    "DurableExecutionName": f"order-{number}",
                }
                for number, version in enumerate(found, 1)
            ]
        }

    def _get_function(self, **_: Any) -> Any:
        return {"Code": {"Location": "https://example.com/code.zip"}}

    def _get_policy(self, **_: Any) -> Any:
        raise missing("ResourceNotFoundException")

    def _get_role(self, RoleName: str) -> Any:  # noqa: N803
        if RoleName in self.account.gone:
            raise missing("NoSuchEntity")
        return {"Role": {"Arn": ROLE + RoleName}}

    def _simulate_principal_policy(self, PolicySourceArn: str, **_: Any) -> Any:  # noqa: N803
        if PolicySourceArn.rpartition("/")[2] in self.account.gone:
            raise missing("NoSuchEntity")
        return {"EvaluationResults": []}

    def _describe_log_groups(self, logGroupNamePrefix: str) -> Any:  # noqa: N803
        there = {logGroupNamePrefix, f"{logGroupNamePrefix}-of-another"} - self.account.gone
        return {"logGroups": [{"logGroupName": each, "retentionInDays": 7} for each in sorted(there)]}

    def _get_queue_url(self, QueueName: str) -> Any:  # noqa: N803
        if QueueName in self.account.gone:
            raise missing("AWS.SimpleQueueService.NonExistentQueue")
        return {"QueueUrl": QueueName}

    def _get_queue_attributes(self, QueueUrl: str, **_: Any) -> Any:  # noqa: N803
        return {"Attributes": {"VisibilityTimeout": str(self.account.visible[QueueUrl])}}

    def _get_topic_attributes(self, TopicArn: str) -> Any:  # noqa: N803
        if TopicArn.rpartition(":")[2] in self.account.gone:
            raise missing("NotFound")


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account()
    monkeypatch.setattr(services, "client", made.client)
    for version in ("$LATEST", "1", "2", "3"):
        made.publish(version)
    made.alias("live", "3")
    return made


def bad(findings: list[Finding]) -> dict[str, tuple[str, str]]:
    """What is not well, by check and level."""
    return {f"{each.check} {each.level}": (each.message, each.fix) for each in findings if each.level != "ok"}


def test_what_stands_is_well_and_asked_for_once(account: Account) -> None:
    assert bad(account.examined()) == {}
    for operation in ("get_role", "describe_log_groups", "list_versions_by_function", "list_aliases"):
        assert account.calls.count(operation) == 1
    # Of $LATEST, and the failures of the last day: nothing is gone, so nothing in flight needs to be known.
    assert account.calls.count("list_durable_executions_by_function") == 2
    # Of the function, and of its alias.
    assert account.calls.count("list_event_source_mappings") == 2
    assert len(account.calls) == 12


def test_a_function_that_is_gone(account: Account) -> None:
    account.versions = {}
    assert [each.message for each in examine(FUNCTION)] == ["orders-1a2b does not exist"]


def test_the_role_of_a_version_that_the_alias_is_held_on_is_gone(account: Account) -> None:
    account.publish("1", role="old")
    account.alias("live", "1")
    account.gone = {"old"}
    said, fix = bad(account.examined())["role problem"]
    assert said == (
        f"the role {ROLE}old does not exist; new executions by live run on version 1, which cannot run without it"
    )
    assert (
        fix == "set another version in alias_version (versions 3 and 2), or remove alias_version; pulumi up"
    )
    assert "simulate_principal_policy" not in account.calls
    account.publish("3", role="old")
    _, fix = bad(account.examined())["role problem"]
    assert fix.endswith("(version 2), or remove alias_version; pulumi up --refresh")


def test_the_role_of_the_newest_version_is_made_again(account: Account) -> None:
    account.gone = {"a"}
    account.in_flight = []
    said, fix = bad(account.examined())["role problem"]
    assert "new executions by live run on version 3" in said
    assert fix.startswith("pulumi up --refresh creates it again")
    assert "execution_policy" not in fix


def test_a_role_of_the_same_name_under_another_path_is_another_one(account: Account) -> None:
    account.versions["1"]["Role"] = ROLE.replace("service", "former") + "a"
    account.in_flight = ["1"]
    said, _ = bad(account.examined())["role problem"]
    assert said.startswith(
        "the role arn:aws:iam::123456789012:role/former/a does not exist; 1 execution in flight"
    )


def test_a_target_of_another_account_is_not_looked_for(account: Account) -> None:
    account.publish("3", target=QUEUE.replace("123456789012", "210987654321") + "theirs")
    account.gone = {"theirs"}
    assert bad(account.examined()) == {}


def test_executions_on_a_version_whose_role_is_gone(account: Account) -> None:
    account.publish("1", role="old")
    account.gone = {"old"}
    account.in_flight = ["1", "3", "1"]
    found = bad(account.examined())
    said, fix = found["role problem"]
    assert said == (
        f"the role {ROLE}old does not exist; 2 executions in flight on version 1 (order-1 and order-3): "
        "each fails at its next checkpoint"
    )
    assert fix.startswith("create a role with exactly that name and path again")
    assert fix.endswith("or end the executions: durable stop order-1 order-3")
    account.in_flight = ["1"] * 6
    assert bad(account.examined())["role problem"][1].endswith("durable drain orders --version 1 --stop")


def test_kept_versions_that_cannot_be_gone_back_to(account: Account) -> None:
    account.publish("1", role="old")
    account.publish("2", role="old")
    account.gone = {"old"}
    said, fix = bad(account.examined())["role warning"]
    assert said == f"the role {ROLE}old does not exist; versions 2 and 1 could not run after a rollback"
    assert "durable prune" in fix


def test_the_log_group_is_gone(account: Account) -> None:
    account.publish("1", group="old-logs")
    account.gone = {"old-logs", "logs"}
    account.in_flight = ["1"]
    found = bad(account.examined())
    assert (
        "new executions by live run on version 3, which cannot write logs without it"
        in found["logs problem"][0]
    )
    warnings = [
        each.message for each in account.examined() if (each.check, each.level) == ("logs", "warning")
    ]
    assert any(
        "1 execution in flight on version 1 (order-1): their logs are lost" in each for each in warnings
    )
    fixes = [each.fix for each in account.examined() if each.check == "logs"]
    assert "aws logs create-log-group --region eu-west-1 --log-group-name old-logs" in fixes


@pytest.mark.parametrize(
    ("target", "command"),
    [
        (f"{QUEUE}old", "aws sqs create-queue --region eu-west-1 --queue-name old"),
        (f"{TOPIC}old", "aws sns create-topic --region eu-west-1 --name old"),
    ],
)
def test_the_dead_letter_target_is_gone(account: Account, target: str, command: str) -> None:
    account.publish("1", target=target)
    account.publish("2", target=f"{QUEUE}new")
    account.alias("live", "2")
    account.alias("stable", "1")
    account.gone = {"old"}
    account.in_flight = ["1"]
    found = bad(account.examined())
    said, fix = found["dead letters problem"]
    assert f"{target} does not exist; new executions by stable run on version 1" in said
    assert fix == "set another version in additional_aliases; pulumi up"
    assert found["dead letters warning"][1] == command
    assert "events of executions that fail go to new" in [each.message for each in account.examined()]


def test_aliases_of_versions_that_are_not_there(account: Account) -> None:
    account.alias("live", "7")
    account.alias("stable", "1", {"8": 0.25})
    found = [(each.message, each.fix) for each in account.examined() if each.check == "alias"]
    assert found == [
        (
            "the alias live names version 7, which does not exist; published: versions 3, 2 and 1",
            "set a published version in alias_version, or remove it; pulumi up",
        ),
        (
            "the alias stable names version 8 for 25% of new executions, which does not exist; published: versions 3, 2 and 1",
            "remove new_version_weight; pulumi up",
        ),
    ]


def test_no_alias(account: Account) -> None:
    account.aliases = {}
    assert bad(account.examined()) == {
        "alias problem": ("orders-1a2b has no alias live", "pulumi up --refresh creates it again")
    }


def test_weighted_versions_that_do_not_agree(account: Account) -> None:
    account.publish("2", role="b", target=f"{QUEUE}letters")
    account.alias("live", "2", {"3": 0.1})
    said = [each.message for each in account.examined() if each.check == "alias"]
    assert [each.partition(" with different ")[2].partition(",")[0] for each in said] == [
        "roles",
        "dead letter targets",
    ]


def test_what_may_not_be_looked_at_is_told_and_the_rest_is_checked(account: Account) -> None:
    account.denied = {"get_role"}
    account.gone = {"logs"}
    found = bad(account.examined())
    assert "could not be checked" in found["role warning"][0]
    assert "logs problem" in found


def test_mappings_are_found_by_every_alias_and_on_every_page(account: Account) -> None:
    account.alias("stable", "2")
    account.publish("2")
    account.versions["2"]["DurableConfig"]["ExecutionTimeout"] = 901
    account.map({"EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"})
    account.map({"Topics": ["orders"], "SelfManagedEventSource": {}})
    account.map(
        {"EventSourceArn": "arn:aws:mq:eu-west-1:123456789012:broker:b:b-1", "Queues": ["jobs"]}, ":stable"
    )
    table = "arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"
    account.map({"EventSourceArn": table}, "")
    assert account.found("triggers") == [
        ("problem", "the mapping of table/t/stream/2026-01-01T00:00:00.000 names no version or alias"),
        ("problem", "the mapping of jobs would wait for executions of up to 901 s; it can wait for 900 s"),
        ("ok", "2 event source mappings, fit for the execution timeout"),
    ]


def test_on_managed_instances_a_mapping_may_wait_longer(account: Account) -> None:
    account.map({"SelfManagedEventSource": {}})
    for seconds, level in ((5400, "ok"), (5401, "problem")):
        account.versions["3"]["DurableConfig"]["ExecutionTimeout"] = seconds
        account.versions["3"]["CapacityProviderConfig"] = {"LambdaManagedInstancesCapacityProviderConfig": {}}
        assert account.found("triggers")[0][0] == level


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (
            19,
            (
                "problem",
                "messages of jobs are invisible for 19 s, and the function has a timeout of 20 s: Lambda refuses to create "
                "or update such a mapping",
            ),
        ),
        (
            20,
            (
                "warning",
                "messages of jobs are invisible for 20 s, and an execution may last 60 s: those that become visible "
                "before it ends start a second one",
            ),
        ),
        (60, ("ok", "messages of jobs are invisible until their execution has ended")),
    ],
)
def test_the_visibility_of_a_queue(account: Account, visible: int, expected: tuple[str, str]) -> None:
    account.map({"EventSourceArn": f"{QUEUE}jobs"})
    account.visible = {"jobs": visible}
    assert account.found("queues") == [expected]


def test_queues_that_cannot_be_looked_at(account: Account) -> None:
    account.map({"EventSourceArn": f"{QUEUE}jobs"})
    account.map({"EventSourceArn": QUEUE.replace("123456789012", "210987654321") + "theirs"})
    account.gone = {"jobs"}
    assert account.found("queues") == [("problem", "the queue jobs of a mapping does not exist")]
    account.denied = {"get_queue_url"}
    (level, message), *_ = account.found("queues")
    assert level == "warning"
    assert "could not be checked" in message
    assert account.found("triggers") == [("ok", "2 event source mappings, fit for the execution timeout")]


@pytest.mark.parametrize(
    ("runtime", "names", "expected"),
    [
        (
            "java21",
            ["software/amazon/lambda/durable/DurableHandler.class"],
            "ok: the durable SDK is in the code",
        ),
        ("java21", ["lib/aws-durable-execution-sdk-java-2.0.0.jar"], "ok: the durable SDK is in the code"),
        (
            "dotnet10",
            ["Orders.dll", "Amazon.Lambda.DurableExecution.dll"],
            "ok: the durable SDK is in the code",
        ),
        ("provided.al2023", ["bootstrap"], "ok: compiled into the executable"),
        ("java21", ["com/example/Orders.class"], "warning: not found in the code, and java21 contains none"),
        ("dotnet10", ["Orders.dll"], "warning: not found in the code, and dotnet10 contains none"),
        ("provided.al2023", ["orders"], "problem: the code has no file `bootstrap`"),
        ("python3.13", ["index.py"], "warning: not in the code: the runtime's own is used"),
    ],
)
def test_the_sdk_of_each_language(
    account: Account, monkeypatch: pytest.MonkeyPatch, runtime: str, names: list[str], expected: str
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        for name in names:
            written.writestr(name, "")
    answer = SimpleNamespace(data=archive.getvalue(), status=200)
    monkeypatch.setattr(urllib3, "request", lambda *_, **__: answer)
    account.versions["3"] |= {"CodeSize": 100, "Runtime": runtime}
    ((level, message),) = account.found("SDK")
    assert f"{level}: {message}".startswith(expected)
