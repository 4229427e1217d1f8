"""Every IAM document that the program and the components make, proved against AWS's list of actions."""

import json
import re
import runpy
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from policy_sentry.querying.actions import get_action_data

import components
from components import iam
from tables.account import FUNCTION, Recorder, declare
from tests.unit.every_argument import COMPONENTS
from tests.unit.policy_lint import NEWER, UNSCOPED, documents, faults

PROJECT = Path(__file__).resolve().parents[2]
WRITTEN_BY_THE_AUTHOR = ("statements", "role_statements")
INVOKE = "lambda:InvokeFunction"


@pytest.fixture(autouse=True)
def _no_archives(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build nothing: what a function may do does not depend on its code."""
    monkeypatch.setattr(
        "components.function.checked_function.build_archive", lambda _source: Path("/code.zip")
    )


def assert_sound(cloud: Recorder) -> int:
    """Check the documents and permissions of everything made; return how many documents there were."""
    found = [
        (f"{resource}: {where}", document)
        for resource, inputs in cloud.seen().items()
        for where, document in documents(inputs)
    ]
    assert {where: faults(document) for where, document in found if faults(document)} == {}
    for typ in ("Role", "RolePolicy", "UserPolicy", "GroupPolicy", "TopicPolicy", "QueuePolicy"):
        for resource, inputs in cloud.seen().items():
            if resource.startswith(f"{typ} "):
                assert any(where.startswith(resource) for where, _ in found), (
                    f"{resource} has no document: {inputs}"
                )
    durable = [each.name for each in cloud.made if "durableConfig" in each.inputs]
    for given in cloud.all("aws:lambda/permission:Permission"):
        bounds = {
            "sourceArn",
            "sourceAccount",
            "functionUrlAuthType",
            "invokedViaFunctionUrl",
            "principalOrgId",
        }
        somebody = re.fullmatch(r"\d+|arn:aws:iam::\d+:(role|user)/.+", given["principal"])
        assert {*bounds, "eventSourceToken"} & given.keys() or somebody, given
        if any(f"{name}-1a2b3c4" in given["function"] for name in durable):
            assert given["qualifier"] not in ("", "$LATEST")
    return len(found)


def text(value: Any) -> str:
    """Return a value of a stack file as the engine hands it over."""
    return value if isinstance(value, str) else json.dumps(value)


def stacks() -> list[Any]:
    """Give every stack file of the project's program, and of the examples."""
    files = [*PROJECT.glob("stacks/Pulumi.*.yaml"), *PROJECT.glob("examples/*/Pulumi.*.yaml")]
    return [pytest.param(each, id=str(each.relative_to(PROJECT))) for each in sorted(files)]


@pytest.mark.parametrize("stack_file", stacks())
def test_those_of_a_program(stack_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = PROJECT if stack_file.parent.name == "stacks" else stack_file.parent
    project = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    usual = {
        f"{project['name']}:{key}": each.get("default", "told by whoever deploys")
        for key, each in project.get("config", {}).items()
        if isinstance(each, dict) and ("default" in each or each.get("secret"))
    }
    said = yaml.safe_load(stack_file.read_text())["config"]
    stack = stack_file.name.split(".")[1]
    monkeypatch.setenv(
        "PULUMI_CONFIG", json.dumps({k: text(value) for k, value in {**usual, **said}.items()})
    )
    monkeypatch.chdir(folder)
    cloud = Recorder()
    pulumi.runtime.set_mocks(cloud, project=project["name"], stack=stack)
    declare(lambda: runpy.run_path(str(folder / "__main__.py")))
    # A role that may checkpoint is the least; the project's program makes five roles, with what they are granted.
    assert assert_sound(cloud) >= (12 if folder == PROJECT else 1)


@pytest.mark.parametrize("component", COMPONENTS)
def test_those_of_a_component_with_every_argument(component: str) -> None:
    usual, rows = COMPONENTS[component]
    for argument, row in rows.items():
        if row.refused or argument in WRITTEN_BY_THE_AUTHOR:
            continue
        cloud = Recorder()
        pulumi.runtime.set_mocks(cloud, project="shop", stack="test")
        args = {**usual, **row.beside, argument: row.given}
        declare(partial(getattr(components, component), "orders", args))
        assert_sound(cloud)


def allow(action: Any, resource: Any = None, **more: Any) -> dict[str, Any]:
    given = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {key: value for key, value in given.items() if value is not None}


STATE = "lambda:GetDurableExecutionState"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(INVOKE, "*"), [f"{INVOKE} is allowed on *, and has a scope"]),
        (allow("lambda:InvokeDurable", FUNCTION), ["lambda:InvokeDurable is no action of AWS"]),
        (
            allow(STATE, f"{FUNCTION}:orders"),
            [
                f"{STATE} is authorized on none of {FUNCTION}:orders",
                f"{FUNCTION}:orders is nothing that {STATE} is authorized on",
            ],
        ),
        (
            allow([INVOKE, "sqs:SendMessage"], f"{FUNCTION}:orders:live"),
            [f"sqs:SendMessage is authorized on none of {FUNCTION}:orders:live"],
        ),
        (
            allow(INVOKE, f"{FUNCTION}:orders:live", Condition={"StringEquals": {"sqs:Queue": "q"}}),
            [f"sqs:Queue is no condition of {INVOKE}"],
        ),
        (allow(INVOKE), ["names no resource"]),
        (allow("sts:AssumeRole", Principal="*"), ["is for everybody"]),
        (allow("sts:AssumeRole", Principal={"AWS": ["*"]}), ["is for everybody"]),
        (
            {"Effect": "Allow", "NotAction": INVOKE, "Resource": f"{FUNCTION}:orders:live"},
            ["allows no list of actions: ['Effect', 'NotAction', 'Resource']"],
        ),
    ],
)
def test_a_fault_would_be_found(statement: dict[str, Any], expected: list[str]) -> None:
    assert faults({"Version": "2012-10-17", "Statement": [statement]}) == expected


def test_exceptions_are_still_needed() -> None:
    assert all(not get_action_data(*action.split(":")) for action in NEWER), "AWS's list knows it now"
    vpc = iam.vpc_document()
    assert faults(vpc) == []
    assert set(UNSCOPED) <= set(vpc["Statement"][0]["Action"])
    assert faults(iam.document(allow("ec2:DeleteVpc", "*"))) == [
        "ec2:DeleteVpc is allowed on *, and has a scope"
    ]
