"""The component package: programs that do not import the components make them through the engine."""

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import OF_PROVIDER, PROJECT, Engine, LocalCloud
from tests.e2e.stack import in_folder

SECRET = "hush, this is the key"
CALLBACKS = [f"lambda:SendDurableExecutionCallback{end}" for end in ("Failure", "Heartbeat", "Success")]


def consumer(engine: Engine, language: str) -> auto.Stack:
    """Return the program of this language as a stack; it is copied, so that nothing of the project is around it."""
    folder = engine.folder / language
    shutil.copytree(
        PROJECT / "tests" / "remote" / language, folder, ignore=shutil.ignore_patterns("node_modules")
    )
    engine.stacks[language] = in_folder("local", folder, engine.variables, OF_PROVIDER)
    return engine.stacks[language]


def outputs(result: auto.UpResult) -> dict[str, Any]:
    return {key: each.value for key, each in result.outputs.items()}


def allowed(action: Any, resource: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def policies(cloud: LocalCloud, role: str) -> list[dict[str, Any]]:
    iam = cloud.client("iam")
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [iam.get_role_policy(RoleName=role, PolicyName=each)["PolicyDocument"] for each in sorted(names)]


def refusal(action: Callable[[], object]) -> str:
    """Return what a person is told; it must show nothing of the package's insides."""
    with pytest.raises(auto.CommandError) as raised:
        action()
    told = str(raised.value)
    assert "Traceback" not in told
    assert ".py" not in told
    return told


@pytest.fixture(scope="module")
def typescript(engine: Engine) -> auto.Stack:
    made = consumer(engine, "typescript")
    made.set_config("executionTimeoutSeconds", auto.ConfigValue("60"))
    made.set_config("apiKey", auto.ConfigValue(SECRET, secret=True))
    install = ["npm", "ci", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(install, cwd=made.workspace.work_dir, check=True, capture_output=True)
    return made


def test_a_typescript_program_deploys_a_function_that_runs(
    typescript: auto.Stack, engine: Engine, cloud: LocalCloud
) -> None:
    foreseen = typescript.preview().change_summary
    # The types have been checked by that, which takes longer than all else.
    typescript.workspace.env_vars = {**typescript.workspace.env_vars, "PULUMI_NODEJS_TRANSPILE_ONLY": "true"}
    result = typescript.up()
    assert result.summary.resource_changes == foreseen
    made, client = outputs(result), cloud.client("lambda")

    answer = client.invoke(FunctionName=made["aliasArn"], Payload=json.dumps({"cents": [100, 20, 3]}))
    assert json.loads(answer["Payload"].read()) == {"total": 123, "currency": "EUR"}
    assert answer["ExecutedVersion"] == made["version"] == "1"

    found = client.get_function_configuration(FunctionName=made["functionName"])
    assert found["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
    assert found["Environment"]["Variables"] == {
        "CURRENCY": "EUR",
        "API_KEY": SECRET,
        "CALLER": made["callerName"],
    }
    state = (engine.folder / "pulumi-state/.pulumi/stacks/remote-typescript/local.json").read_text()
    assert made["aliasArn"] in state
    assert SECRET not in state
    assert policies(cloud, made["callerName"]) == [
        allowed(CALLBACKS, f"{made['functionArn']}:*"),
        allowed("lambda:InvokeFunction", made["aliasArn"]),
    ]


def with_config(stack: auto.Stack, key: str, value: str) -> str:
    """Return what a person is told by a preview with one wrong value; the right one is there again afterwards."""
    before = stack.get_all_config().get(f"{stack.workspace.project_settings().name}:{key}")
    stack.set_config(key, auto.ConfigValue(value))
    try:
        return refusal(stack.preview)
    finally:
        stack.remove_config(key)
        if before is not None:
            stack.set_config(key, before)


def test_a_typescript_program_is_told_what_is_wrong_in_its_own_spelling(typescript: auto.Stack) -> None:
    told = with_config(typescript, "executionTimeoutSeconds", "0")
    assert "DurableFunction 'orders' has 1 problem:" in told
    assert "executionTimeoutSeconds = 0: must be 1 to 31,622,400 seconds (366 days)" in told

    # What an output turns out to be is found only after its component was made.
    told = with_config(typescript, "bareArn", "true")
    assert "resource 'caller-invokes' has a problem: an ARN has no alias or version" in told
    assert "pass the alias's ARN (DurableFunction.aliasArn)" in told


def test_a_program_passes_a_provider_and_does_not_remove_a_function_under_its_executions(
    engine: Engine, cloud: LocalCloud
) -> None:
    stack = consumer(engine, "python")
    result = stack.up()
    stack.up(expect_no_changes=True)
    made, client = outputs(result), cloud.client("lambda")
    assert made["executionTimeoutSeconds"] == 60
    assert "deadLetterArn" not in made
    assert policies(cloud, made["callerName"]) == [
        allowed(CALLBACKS, f"{made['functionArn']}:*"),
        allowed("lambda:InvokeFunction", made["aliasArn"]),
    ]
    found = client.get_function(FunctionName=made["functionName"])
    assert found["Tags"] == {"team": "shop"}
    assert found["Configuration"]["Environment"]["Variables"] == {"PAYMENTS": made["payments"]}

    client.invoke(FunctionName=made["aliasArn"], InvocationType="Event", Payload=json.dumps("wait"))
    told = with_config(stack, "withoutFunctions", "true")
    assert "is not deleted: 1 execution is in flight" in told
    assert f"END_EXECUTIONS_OF={made['functionName']}" in told
