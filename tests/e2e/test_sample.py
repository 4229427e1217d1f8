"""The project's own program, deployed by the real engine, run and changed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.executions import callback_of, ended, wait_for
from tests.e2e.stack import refused

ORDER = json.loads((Path(__file__).parents[2] / "functions" / "sample-order.json").read_text())


def started(cloud: LocalCloud, alias_arn: str, name: str) -> str:
    """Start an order and return its execution's ARN."""
    response = cloud.client("lambda").invoke(
        FunctionName=alias_arn, InvocationType="Event", DurableExecutionName=name, Payload=json.dumps(ORDER)
    )
    return str(response["DurableExecutionArn"])


def approve(cloud: LocalCloud, arn: str) -> Any:
    cloud.client("lambda").send_durable_execution_callback_success(
        CallbackId=callback_of(cloud, arn), Result=json.dumps({"approved": True, "by": "ann"})
    )
    return ended(cloud, arn)


def changed(result: auto.PreviewResult | auto.UpResult | auto.RefreshResult) -> dict[str, int]:
    """Return the numbers of changes, without what stays."""
    if isinstance(result, auto.PreviewResult):
        changes: Mapping[Any, int] = result.change_summary
    else:
        changes = result.summary.resource_changes or {}
    return {str(getattr(kind, "value", kind)): count for kind, count in changes.items() if kind != "same"}


def test_an_order_goes_through_and_a_second_deployment_changes_nothing(
    engine: Engine, cloud: LocalCloud
) -> None:
    sample = engine.sample()
    outputs = sample.up().outputs
    orders, payments = outputs["orders"].value, outputs["payments"].value

    assert orders["alias_name"] == payments["alias_name"] == "local"
    assert orders["alias_arn"] == f"{orders['function_arn']}:local"

    function = cloud.client("lambda").get_function(FunctionName=orders["function_name"])["Configuration"]
    assert function["DurableConfig"] == {"ExecutionTimeout": 900, "RetentionPeriodInDays": 1}
    assert function["LoggingConfig"]["LogFormat"] == "JSON"
    assert function["LoggingConfig"]["LogGroup"] == orders["log_group_name"]
    assert function["Environment"]["Variables"]["PAYMENTS_FUNCTION"] == payments["alias_arn"]
    (group,) = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/orders-local-")[
        "logGroups"
    ]
    assert group["retentionInDays"] == 1

    assert_children_belong_to_their_component((sample.export_stack().deployment or {})["resources"])

    execution = approve(cloud, started(cloud, orders["alias_arn"], "order-1"))
    assert execution["Status"] == "SUCCEEDED"
    result = json.loads(execution["Result"])
    assert result["status"] == "shipped"
    assert [step["name"] for step in result["steps"]] == [
        "reserve_stock",
        "charge_payment",
        "approval",
        "ship",
    ]
    assert result["steps"][2]["reference"] == "ann"

    sample.up(expect_no_changes=True)


def assert_children_belong_to_their_component(resources: list[dict[str, Any]]) -> None:
    """Every child of a component bears the component's name, and a suffix at most."""
    names = {resource["urn"]: resource["urn"].rpartition("::")[2] for resource in resources}
    children = [
        resource
        for resource in resources
        if resource.get("parent", "").split("::")[2:3] != ["pulumi:pulumi:Stack"] and "parent" in resource
    ]
    assert len(children) >= 16
    for child in children:
        name, parent = names[child["urn"]], names[child["parent"]]
        assert name == parent or name.startswith(f"{parent}-"), child["urn"]
    made = {resource["urn"].split("::")[2] for resource in children}
    assert "durable-functions:index:DurableFunction$aws:lambda/function:Function" in made
    assert "durable-functions:index:DurableFunction$durable-functions:index:InvokeGrant" in made


def test_a_rejected_order_is_undone(engine: Engine, cloud: LocalCloud) -> None:
    orders = engine.sample().up().outputs["orders"].value
    arn = started(cloud, orders["alias_arn"], "order-2")
    cloud.client("lambda").send_durable_execution_callback_failure(
        CallbackId=callback_of(cloud, arn), Error={"ErrorMessage": "too dear"}
    )
    result = json.loads(ended(cloud, arn)["Result"])
    assert (result["status"], result["reason"]) == ("rejected", "too dear")
    assert [step["name"] for step in result["steps"]][-2:] == ["refund_payment", "release_stock"]


def test_a_changed_handler_gets_a_version_and_running_executions_stay_on_theirs(
    engine: Engine, cloud: LocalCloud
) -> None:
    sample = engine.sample()
    orders = sample.up().outputs["orders"].value
    old = started(cloud, orders["alias_arn"], "order-3")
    callback_of(cloud, old)

    handler = engine.project / "functions" / "orders" / "order_workflow.py"
    handler.write_text(
        handler.read_text().replace('result["status"] = "shipped"', 'result["status"] = "sent"')
    )
    before, after = orders["version"], str(int(orders["version"]) + 1)
    assert changed(sample.preview()) == {"update": 2}
    result = sample.up()
    assert changed(result) == {"update": 2}
    assert result.outputs["orders"].value == {
        **orders,
        "version": after,
        "release": {"local": {after: 1}},
    }

    new = started(cloud, orders["alias_arn"], "order-4")
    assert f":{before}/durable-execution/order-3/" in old
    assert f":{after}/durable-execution/order-4/" in new
    assert json.loads(approve(cloud, old)["Result"])["status"] == "shipped"
    assert json.loads(approve(cloud, new)["Result"])["status"] == "sent"
    versions = cloud.client("lambda").list_versions_by_function(FunctionName=orders["function_name"])[
        "Versions"
    ]
    assert {before, after} <= {version["Version"] for version in versions}


def test_one_value_in_the_stack_file_rolls_a_function_back(engine: Engine, cloud: LocalCloud) -> None:
    sample = engine.sample()
    newest = sample.up().outputs["orders"].value
    assert newest["release"] == {"local": {newest["version"]: 1}}
    running = started(cloud, newest["alias_arn"], "order-rolled")

    sample.set_config("aliasVersions.orders", auto.ConfigValue("1"), path=True)
    back = sample.up().outputs["orders"].value
    assert back == {**newest, "release": {"local": {"1": 1}}}
    after = started(cloud, newest["alias_arn"], "order-after")
    assert ":1/durable-execution/" in after
    for execution in (running, after):
        assert approve(cloud, execution)["Status"] == "SUCCEEDED"

    sample.remove_config("aliasVersions.orders", path=True)
    assert sample.up().outputs["orders"].value == newest


def test_touching_a_handler_without_changing_it_is_no_change(engine: Engine) -> None:
    sample = engine.sample()
    sample.up()
    for file in (engine.project / "functions").rglob("*.*"):
        file.touch()
    sample.up(expect_no_changes=True)


def test_refresh_finds_a_change_made_behind_its_back_and_up_mends_it(
    engine: Engine, cloud: LocalCloud
) -> None:
    sample = engine.sample()
    orders = sample.up().outputs["orders"].value
    client = cloud.client("lambda")
    client.update_function_configuration(FunctionName=orders["function_name"], MemorySize=1024)
    client.delete_alias(FunctionName=orders["function_name"], Name="local")

    assert changed(sample.refresh()) == {"update": 1, "delete": 1}
    mended = sample.up()
    assert changed(mended)["create"] == 1
    assert client.get_function_configuration(FunctionName=orders["function_name"])["MemorySize"] == 512
    assert approve(cloud, started(cloud, orders["alias_arn"], "order-5"))["Status"] == "SUCCEEDED"


def test_every_mistake_of_a_stack_file_is_shown_before_anything_is_made(
    engine: Engine, cloud: LocalCloud
) -> None:
    before = cloud.left()
    stacks = engine.project / "stacks"
    text = (stacks / "Pulumi.local.yaml").read_text()
    text = text.replace("executionTimeout: 15m", "executionTimeout: 400d").replace(
        "durable-functions:retention", "durable-function:retention"
    )
    wrong = """  durable-functions:logLevel: LOUD
  durable-functions:aliasName: '1'
  durable-functions:colour: red
  durable-functions:architecture: [arm64]
  durable-functions:dashboard: {orders: true}
  durable-functions:memorySize: 01000
"""
    file = stacks / "Pulumi.broken.yaml"
    file.write_text(text.replace("# Belongs", f"{wrong}# Belongs"))
    sample = engine.sample("broken")
    with pytest.raises(auto.CommandError) as caught:
        sample.up()
    message = str(caught.value)
    assert "stacks/Pulumi.broken.yaml has 9 problems:" in message
    for key in (
        "executionTimeout = '400d'",
        "retention",
        "logLevel = 'LOUD'",
        "aliasName = '1'",
        "colour = 'red'",
        "architecture = '[\"arm64\"]'",
        "dashboard = '{\"orders\":true}'",
        "memorySize = '01000'",
    ):
        assert f"durable-functions:{key}: " in message
    assert "durable-function:retention: is not known; did you mean durable-functions:retention?" in message
    # The same values from elsewhere are not blamed on this file; the program does not know from where.
    elsewhere = engine.folder / "elsewhere.yaml"
    file.rename(elsewhere)
    with pytest.raises(auto.CommandError, match=r"\(not stacks/Pulumi\.broken\.yaml\) has 8 problems:"):
        sample.up(config_file=str(elsewhere))
    elsewhere.rename(file)
    assert "Traceback" not in message
    assert cloud.left() == before
    # Its program cannot be run, and nothing of it stands that would need it.
    engine.stacks.pop("broken").destroy()


def test_a_copied_stack_file_is_another_environment(engine: Engine, cloud: LocalCloud) -> None:
    stacks = engine.project / "stacks"
    text = (stacks / "Pulumi.local.yaml").read_text().replace("us-east-1", "eu-central-1")
    (stacks / "Pulumi.staging.yaml").write_text(text)
    orders = engine.sample("staging").up().outputs["orders"].value
    assert orders["alias_name"] == "staging"
    assert orders["function_arn"].split(":")[3] == "eu-central-1"
    assert orders["function_name"].startswith("orders-staging-")


@pytest.mark.parametrize(
    ("stage", "durable", "variables", "logs", "alarms"),
    [
        (
            "dev",
            {"ExecutionTimeout": 900, "RetentionPeriodInDays": 1},
            {"LOG_LEVEL": "DEBUG", "ENVIRONMENT": "development"},
            1,
            ["errors"],
        ),
        (
            "prod",
            {"ExecutionTimeout": 86_400, "RetentionPeriodInDays": 30},
            {"LOG_LEVEL": "INFO", "ENVIRONMENT": "production"},
            30,
            ["dead-letters", "errors", "failed", "throttles"],
        ),
    ],
)
def test_dev_and_prod_have_values_of_their_own_and_prod_keeps_its_logs(
    engine: Engine,
    cloud: LocalCloud,
    stage: str,
    durable: dict[str, int],
    variables: dict[str, str],
    logs: int,
    alarms: list[str],
) -> None:
    stack = engine.sample(stage)
    outputs = stack.up().outputs
    orders = outputs["orders"].value
    function = cloud.client("lambda").get_function(FunctionName=orders["alias_arn"])["Configuration"]
    assert function["DurableConfig"] == durable
    assert variables.items() <= function["Environment"]["Variables"].items()
    assert orders["alias_arn"].endswith(f":{stage}")
    assert orders["function_name"].startswith(f"orders-{stage}-")
    assert orders["log_group_name"].startswith(f"/aws/lambda/orders-{stage}-")

    found = cloud.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/orders-{stage}-")
    assert [group["retentionInDays"] for group in found["logGroups"]] == [logs]
    made = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix="orders-")["MetricAlarms"]
    own = {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in made if f"-{stage}-" in alarm["AlarmName"]}
    assert sorted(name.removeprefix("orders-").partition(f"-{stage}-")[0] for name in own) == alarms

    boards = cloud.client("cloudwatch").list_dashboards()["DashboardEntries"]
    if stage == "prod":
        assert [board["DashboardName"] for board in boards] == ["durable-prod"]
        assert function["DeadLetterConfig"] == {"TargetArn": orders["dead_letter_arn"]}
        assert all(actions == [outputs["alarm_topic"].value] for actions in own.values())
        everything = cloud.left()
        with pytest.raises(auto.CommandError, match="protected"):
            stack.destroy(run_program=True)
        assert cloud.left() == everything
        for key, value, usual in (
            ("deadLetterQueue", "false", "true"),
            ("alarmTopic", "false", "true"),
            ("profile", "dev", "prod"),
        ):
            stack.set_config(key, auto.ConfigValue(value))
            with pytest.raises(auto.CommandError, match="protected"):
                stack.up()
            assert cloud.left() == everything
            stack.set_config(key, auto.ConfigValue(usual))
        stack.set_config("deletionProtection", auto.ConfigValue("false"))
        # What is deployed is protected still, also after a destroy that was refused.
        for operation in ("preview_destroy", "destroy", "destroy"):
            assert "is deployed with deletion protection" in refused(stack, operation, run_program=True)
            assert cloud.left() == everything
        stack.up()
    else:
        assert boards == []
        assert "DeadLetterConfig" not in function or not function["DeadLetterConfig"].get("TargetArn")
        assert "alarm_topic" not in outputs

    stack.destroy(run_program=True)
    client = cloud.client("logs")
    groups = [group["logGroupName"] for group in client.describe_log_groups()["logGroups"]]
    left = [group for group in groups if f"-{stage}-" in group]
    for group in left:
        client.delete_log_group(logGroupName=group)
    assert len(left) == (2 if stage == "prod" else 0), "prod keeps the logs of both functions, dev none"


def test_an_order_in_the_queue_and_the_clock_start_executions(engine: Engine, cloud: LocalCloud) -> None:
    sample = engine.sample()
    sample.set_config("reconcileSchedule", auto.ConfigValue("rate(1 minute)"))
    outputs = sample.up().outputs
    client = cloud.client("lambda")

    small = {**ORDER, "lines": ORDER["lines"][:1]}
    url = outputs["order_queue"].value
    message = cloud.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(small))["MessageId"]

    def executions(alias_arn: str, **named: str) -> Any:
        pages = client.list_durable_executions_by_function(FunctionName=alias_arn, **named)
        return pages["DurableExecutions"]

    alias = outputs["orders"].value["alias_arn"]
    (found,) = wait_for(lambda: executions(alias, DurableExecutionName=message))
    execution = ended(cloud, found["DurableExecutionArn"])
    assert json.loads(execution["Result"])["order_id"] == small["order_id"]

    def reconciled() -> Any:
        for each in executions(outputs["payments"].value["alias_arn"]) or []:
            detail = client.get_durable_execution(DurableExecutionArn=each["DurableExecutionArn"])
            if detail.get("InputPayload") == '{"action": "reconcile"}':
                return each["DurableExecutionArn"]
        return None

    execution = ended(cloud, wait_for(reconciled, 120))
    assert json.loads(execution["Result"])["outcome"] == "reconciled"
