"""The guard: what deletes or replaces a function is refused as long as executions of it are in flight."""

import json

import pytest

from tests.e2e.conftest import Engine, LocalCloud
from tests.e2e.programs import PROGRAM, program
from tests.e2e.stack import refused


def test_executions_in_flight_outlive_every_deployment_that_would_end_them(
    engine: Engine, cloud: LocalCloud
) -> None:
    client = cloud.client("lambda")
    stack = engine.written(program(), "guarded")
    function = stack.up().outputs["function"].value
    arns = [
        client.invoke(FunctionName=function["alias_arn"], InvocationType="Event", Payload=json.dumps(each))[
            "DurableExecutionArn"
        ]
        for each in range(2)
    ]
    name = function["function_name"]

    def untouched() -> None:
        for arn in arns:
            assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"
        assert client.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "1"

    wants = f"{name} is not deleted: 2 executions are in flight, the oldest for "
    for operation, options in (
        ("preview_destroy", {"run_program": True}),
        ("destroy", {"run_program": False}),
    ):
        message = refused(stack, operation, **options)
        assert wants in message if options["run_program"] else "--run-program" in message
        untouched()

    # Removed from the program, and replaced: the preview refuses, before anything is touched.
    for source in (PROGRAM.format(made=""), program('"function_name": "another",')):
        message = refused(engine.written(source, "guarded"), "preview")
        assert wants in message
        assert arns[0] in message
        assert f"END_EXECUTIONS_OF={name}" in message
        untouched()

    # Without a preview the hook of the deletion itself refuses: the function is made anew beside the old one.
    message = refused(engine.written(program('"function_name": "another",'), "guarded"), "up")
    assert wants in message
    for arn in arns:
        assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "RUNNING"

    # Once they have ended, the same deployment goes through and leaves nothing of the old one.
    for arn in arns:
        client.stop_durable_execution(DurableExecutionArn=arn)
    outputs = engine.written(program('"function_name": "another",'), "guarded").up().outputs
    assert outputs["function"].value["function_name"] == "another"
    names = [each["FunctionName"] for each in client.list_functions()["Functions"]]
    assert name not in names


def test_executions_can_be_ended_on_purpose_for_one_run(
    engine: Engine, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = cloud.client("lambda")
    stack = engine.written(program(), "allowed")
    function = stack.up().outputs["function"].value
    running, paused = (
        client.invoke(FunctionName=function["alias_arn"], InvocationType="Event", Payload=json.dumps(each))[
            "DurableExecutionArn"
        ]
        for each in range(2)
    )
    client.pause_durable_execution(DurableExecutionArn=paused)
    assert "2 executions are in flight" in refused(stack, "destroy", run_program=True)

    monkeypatch.setenv("END_EXECUTIONS_OF", f"others, {function['function_name']}")
    told = stack.preview_destroy(run_program=True).stdout
    assert "2 executions are in flight" in told
    assert "; END_EXECUTIONS_OF ends them" in told
    for arn, statuses in ((running, ("RUNNING",)), (paused, ("PAUSING", "PAUSED"))):
        assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] in statuses
    stack.destroy(run_program=True)
    for arn in (running, paused):
        assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "STOPPED"


def test_the_guard_can_be_taken_off_a_function(engine: Engine, cloud: LocalCloud) -> None:
    stack = engine.written(program('"execution_guard": False,'), "unguarded")
    function = stack.up().outputs["function"].value
    client = cloud.client("lambda")
    arn = client.invoke(FunctionName=function["alias_arn"], InvocationType="Event", Payload="{}")[
        "DurableExecutionArn"
    ]
    stack.destroy()
    assert client.get_durable_execution(DurableExecutionArn=arn)["Status"] == "STOPPED"


def test_code_is_not_changed_under_executions_of_latest(engine: Engine, cloud: LocalCloud) -> None:
    client = cloud.client("lambda")
    stack = engine.written(program(), "latest")
    function = stack.up().outputs["function"].value
    changed = program().replace("from_hours(1)", "from_hours(2)")
    started = client.invoke(
        FunctionName=f"{function['function_arn']}:$LATEST", InvocationType="Event", Payload="{}"
    )["DurableExecutionArn"]
    for operation in ("preview", "up"):
        message = refused(engine.written(changed, "latest"), operation)
        assert "is not updated: 1 execution is in flight on $LATEST" in message
    assert (
        client.get_function_configuration(FunctionName=function["function_name"], Qualifier="live")["Version"]
        == "1"
    )

    # What leaves the code alone goes through, and so does new code once they have ended.
    engine.written(program('"description": "another",'), "latest").up()
    client.stop_durable_execution(DurableExecutionArn=started)
    release = engine.written(changed, "latest").up().outputs["function"].value["release"]
    assert release == {"live": {"3": 1}}
