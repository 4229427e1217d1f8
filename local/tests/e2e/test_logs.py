"""What handlers log, and how they fail, is what Lambda's log group and Lambda's answers would have."""

import json
import os
import re
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from server import Server, until, zipped

PYTHON = """
import json, logging, os, sys, time
from aws_durable_execution_sdk_python import durable_execution

print("imported")
LOG = logging.getLogger("orders")

def greet(step):
    step.logger.info("greeting", extra={"sku": "LAMP"})
    LOG.debug("not at INFO")
    print("printed")
    os.write(2, b"by a library\\n")
    try:
        {}["shelf"]
    except KeyError:
        LOG.exception("no shelf")
    return "hello"

@durable_execution
def handler(event, context):
    answer = context.step(greet, name="greet")
    print(json.dumps({"durableExecutionArn": context.state.durable_execution_arn}))
    return answer
"""
PLAIN = """
import os, sys, time

def handler(event, context):
    for number in range(event.get("lines", 0)):
        print(context.aws_request_id, number)
    match event.get("do"):
        case "raise":
            raise ValueError("no stock")
        case "exit":
            os._exit(3)
        case "kill":
            os.kill(os.getpid(), 9)
        case "sleep":
            time.sleep(60)
    return context.aws_request_id
"""
NODE = """
console.log("imported");
exports.handler = async (event, context) => {
  console.log("hello %s", "you");
  console.debug("not at INFO");
  console.warn({ sku: "LAMP" });
  if (event.do === "raise") throw new RangeError("no stock");
  if (event.do === "exit") process.exit(4);
  if (event.do === "reject") { Promise.reject(new Error("late")); await new Promise((done) => setTimeout(done, 5000)); }
  return context.awsRequestId;
};
"""
JSON = {"LogFormat": "JSON"}


def events(cloud: Server, name: str, pattern: str = "") -> list[dict[str, Any]]:
    pages = cloud.client("logs").get_paginator("filter_log_events")
    group = f"/aws/lambda/{name}"
    return [
        event
        for page in pages.paginate(
            logGroupName=group, filterPattern=pattern, PaginationConfig={"PageSize": 1000}
        )
        for event in page["events"]
    ]


def parsed(messages: list[str]) -> list[Any]:
    return [json.loads(message) if message.startswith("{") else message for message in messages]


def invoked(
    cloud: Server, name: str, event: object, qualifier: str = "live"
) -> tuple[str, dict[str, Any] | Any]:
    """The error's type, if there is one, and the payload, whose request ID is `ID`."""
    answer = cloud.aws.invoke(FunctionName=f"{name}:{qualifier}", Payload=json.dumps(event))
    request_id = answer["ResponseMetadata"]["RequestId"]
    payload = json.loads(answer["Payload"].read().decode().replace(request_id, "ID"))
    return answer.get("FunctionError", ""), payload


def test_the_log_of_an_execution_in_json(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PYTHON), LoggingConfig=JSON)
    assert cloud.call(name, {}) == "hello"
    found = events(cloud, name)
    first, start, *lines, report = parsed([event["message"] for event in found])
    assert first == "imported"
    request_id = start["record"]["requestId"]
    assert (start["type"], start["record"]["version"]) == ("platform.start", "1")
    assert (report["type"], report["record"]["status"]) == ("platform.report", "success")
    assert {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"} == report[
        "record"
    ]["metrics"].keys()
    # The AWS SDK says where it has found its settings, as on AWS.
    greeting, *rest = [line for line in lines if "botocore" not in str(line)]
    assert greeting["executionArn"].startswith("arn:aws:lambda:us-east-1:000000000000:function:")
    assert {key: greeting[key] for key in ("level", "message", "operationName", "sku", "requestId")} == {
        "level": "INFO",
        "message": "greeting",
        "operationName": "greet",
        "sku": "LAMP",
        "requestId": request_id,
    }
    arn = greeting["executionArn"]
    # What is printed goes by another pipe, so lines of the same millisecond may change places.
    (failure,) = [line for line in rest if isinstance(line, dict) and line != {"durableExecutionArn": arn}]
    assert (failure["level"], failure["logger"], failure["errorType"]) == ("ERROR", "orders", "KeyError")
    assert "in greet" in failure["stackTrace"][0]
    assert sorted(line for line in rest if isinstance(line, str)) == ["by a library", "printed"]
    assert len({event["logStreamName"] for event in found}) == 1
    assert [event["timestamp"] for event in found] == sorted(event["timestamp"] for event in found)

    # The pattern with which AWS's own conformance tests find an execution's lines, also those that it prints.
    pattern = f'{{ ($.durableExecutionArn = "{arn}") || ($.executionArn = "{arn}") }}'
    logged, printed = (json.loads(event["message"]) for event in events(cloud, name, pattern))
    assert (logged, printed) == (greeting, {"durableExecutionArn": arn})
    assert [event["message"] for event in events(cloud, name, "printed")] == ["printed"]


def test_levels_and_the_runtime_of_node(cloud: Server) -> None:
    quiet = {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "SystemLogLevel": "WARN"}
    group = f"/shared/{uuid.uuid4().hex[:6]}"
    name = cloud.deploy(
        zipped(index__js=NODE), timeout=None, Runtime="nodejs22.x", LoggingConfig={**quiet, "LogGroup": group}
    )
    request_id = cloud.call(name, {})
    (event,) = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    line = json.loads(event["message"])
    assert line.pop("timestamp").endswith("Z")
    assert line == {"level": "WARN", "requestId": request_id, "message": {"sku": "LAMP"}}
    assert f"/{name}[1]" in event["logStreamName"]


def test_the_log_as_text(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__js=NODE), timeout=None, Runtime="nodejs22.x")
    answer = cloud.aws.invoke(FunctionName=f"{name}:live", LogType="Tail")
    request_id = json.loads(answer["Payload"].read())
    assert answer["ResponseMetadata"]["RequestId"] == request_id
    messages = [event["message"].replace(request_id, "ID") for event in events(cloud, name)]
    assert [re.sub(r"\d{4}-\S+Z", "TIME", message) for message in messages[:-1]] == [
        "TIME\tundefined\tINFO\timported",
        "START RequestId: ID Version: 1",
        "TIME\tID\tINFO\thello you",
        "TIME\tID\tDEBUG\tnot at INFO",
        "TIME\tID\tWARN\t{ sku: 'LAMP' }",
        "END RequestId: ID",
    ]
    assert messages[-1].startswith("REPORT RequestId: ID\tDuration: ")


def test_each_line_is_in_its_own_invocation_and_none_is_lost(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    with ThreadPoolExecutor(8) as pool:
        requests = list(pool.map(lambda _: cloud.call(name, {"lines": 150}), range(40)))
    streams = defaultdict(list)
    for event in events(cloud, name):
        streams[event["logStreamName"]].append(event["message"])
    seen: dict[str, list[str]] = {}
    for messages in streams.values():
        text = "\n".join(messages)
        for found in re.finditer(
            r"START RequestId: (\S+) Version: 1\n(.*?)\nEND RequestId: (\S+)", text, re.S
        ):
            assert found[1] == found[3]
            seen[found[1]] = found[2].splitlines()
    assert seen == {each: [f"{each} {number}" for number in range(150)] for each in requests}


@pytest.mark.parametrize(
    ("runtime", "files", "handler", "error", "message"),
    [
        (
            *("python3.13", {"index__py": "def handler(:\n"}, "index.handler", "Runtime.UserCodeSyntaxError"),
            "Syntax error in module 'index': invalid syntax (index.py, line 1)",
        ),
        (
            *("python3.13", {"index__py": "import absent\n"}, "index.handler", "Runtime.ImportModuleError"),
            "Unable to import module 'index': No module named 'absent'",
        ),
        (
            *("python3.13", {"index__py": "x = 1\n"}, "index.handler", "Runtime.HandlerNotFound"),
            "Handler 'handler' missing on module 'index'",
        ),
        (
            *(
                "nodejs22.x",
                {"index__js": "exports.handler = (;\n"},
                "index.handler",
                "Runtime.UserCodeSyntaxError",
            ),
            "SyntaxError: Unexpected token ';'",
        ),
        (
            *("nodejs22.x", {"index__js": "x = 1\n"}, "other.handler", "Runtime.ImportModuleError"),
            "Error: Cannot find module 'other'",
        ),
        (
            *("nodejs22.x", {"index__js": "exports.x = 1\n"}, "index.handler", "Runtime.HandlerNotFound"),
            "index.handler is undefined or not exported",
        ),
    ],
)
def test_code_that_cannot_start(
    cloud: Server, runtime: str, files: dict[str, str], handler: str, error: str, message: str
) -> None:
    name = cloud.deploy(zipped(**files), timeout=None, handler=handler, Runtime=runtime, LoggingConfig=JSON)
    failed, payload = invoked(cloud, name, {})
    assert (failed, payload["errorType"]) == ("Unhandled", error)
    assert payload["errorMessage"].partition("\n")[0] == message
    logged = [event["message"] for event in events(cloud, name)]
    assert any(
        message in json.dumps(json.loads(line)).replace("\\\\", "\\") for line in logged if "ERROR" in line
    )
    assert json.loads(logged[-1])["record"]["errorType"] == error


OTHER_PROCESSOR = "\x7fELF" + "\0" * 14 + "\3\0"
IMPORT = ("import absent\n", "Unable to import module 'index': No module named 'absent'")


@pytest.mark.parametrize(
    ("source", "error", "module", "named"),
    [
        (*IMPORT, {"speedups__so": OTHER_PROCESSOR}, "speedups.so"),
        (*IMPORT, {"speedups__cpython-399-x__so": ""}, "speedups.cpython-399-x.so"),
        (*IMPORT, {"speedups__so": "not compiled"}, None),
        # One of its variants is for here.
        (*IMPORT, {"speedups__cpython-399-x__so": "", "speedups__abi3__so": "not compiled"}, None),
        ("{}['NAME']\n", "'NAME'", {"speedups__so": OTHER_PROCESSOR}, None),
    ],
)
def test_compiled_code_for_another_platform_is_named(
    cloud: Server, source: str, error: str, module: dict[str, str], named: str | None
) -> None:
    files = {"index__py": source, **module}
    name = cloud.deploy(zipped(**files), timeout=None, Runtime="python3.13", LoggingConfig=JSON)
    _, payload = invoked(cloud, name, {})
    told, _, reason = payload["errorMessage"].partition(". ")
    assert told == error
    assert reason.partition(" for another platform: ")[2].partition(". Load")[0] == (named or "")


def test_a_compiled_module_of_node_for_another_platform_is_named(cloud: Server) -> None:
    files = {"index__js": "require('./speedups.node')\n", "speedups__node": OTHER_PROCESSOR}
    name = cloud.deploy(zipped(**files), timeout=None, Runtime="nodejs22.x", LoggingConfig=JSON)
    _, payload = invoked(cloud, name, {})
    assert " for another platform: speedups.node. Load" in payload["errorMessage"]


def test_how_an_invocation_fails(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    _, payload = invoked(cloud, name, {"do": "raise"})
    trace = payload.pop("stackTrace")
    assert payload == {"errorMessage": "no stock", "errorType": "ValueError", "requestId": "ID"}
    assert "in handler" in trace[0]
    exited = "RequestId: ID Error: Runtime exited with error: "
    for do, reason in (("exit", "exit status 3"), ("kill", "signal: killed")):
        expected = {"errorType": "Runtime.ExitError", "errorMessage": exited + reason}
        assert invoked(cloud, name, {"do": do}) == ("Unhandled", expected)
    cloud.aws.update_function_configuration(FunctionName=name, Timeout=1)
    until(
        lambda: (
            cloud.aws.get_function(FunctionName=name)["Configuration"]["LastUpdateStatus"] == "Successful"
        ),
        10,
    )
    _, payload = invoked(cloud, name, {"do": "sleep"}, "$LATEST")
    timed_out = "RequestId: ID Error: Task timed out after 1.00 seconds"
    assert payload == {"errorType": "Sandbox.Timedout", "errorMessage": timed_out}
    # The next invocation gets a new process.
    assert invoked(cloud, name, {}) == ("", "ID")
    text = "\n".join(event["message"] for event in events(cloud, name))
    for line in (
        "[ERROR] ValueError: no stock",
        "exit status 3\nRuntime.ExitError",
        "Task timed out after 1.00 seconds",
    ):
        assert line in text
    assert "Status: timeout" in text


def test_how_an_invocation_of_node_fails(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__js=NODE), timeout=None, Runtime="nodejs22.x", LoggingConfig=JSON)
    for do, error, message in (
        ("raise", "RangeError", "no stock"),
        ("exit", "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 4"),
        ("reject", "Runtime.UnhandledPromiseRejection", "Error: late"),
    ):
        failed, payload = invoked(cloud, name, {"do": do})
        assert (failed, payload["errorType"], payload["errorMessage"]) == ("Unhandled", error, message)
    assert invoked(cloud, name, {}) == ("", "ID")
    failures = [
        json.loads(event["message"])["message"] for event in events(cloud, name, "{ $.level = ERROR }")
    ]
    assert [each["errorMessage"] for each in failures] == ["no stock", "Error: late"]


def test_patterns_that_are_not_valid_and_pages(cloud: Server) -> None:
    logs = cloud.client("logs")
    name = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    request_id = cloud.call(name, {"lines": 25})
    group = f"/aws/lambda/{name}"
    with pytest.raises(logs.exceptions.InvalidParameterException, match="has no closing brace"):
        logs.filter_log_events(logGroupName=group, filterPattern="{ $.a = 1")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="/nobody")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, filterPattern=f'"{request_id}" -RequestId', limit=10
    )
    assert [len(page["events"]) for page in pages] == [10, 10, 5]


def test_the_code_of_versions_that_are_gone_is_removed(cloud: Server) -> None:
    name = cloud.deploy(zipped(index__py=PLAIN), timeout=None)
    cloud.call(name, {})

    def folders() -> list[str]:
        return [each for each in os.listdir(cloud.cloud.scratch) if name in each]

    assert len(folders()) == 1
    cloud.aws.update_function_code(FunctionName=name, ZipFile=zipped(index__py=PLAIN + "\n"), Publish=True)
    cloud.aws.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    cloud.call(name, {})
    assert len(folders()) == 2
    cloud.aws.delete_function(FunctionName=name, Qualifier="1")
    until(lambda: len(folders()) == 1, 10)
    cloud.aws.delete_function(FunctionName=name)
    until(lambda: folders() == [], 10)
    assert not [line for line in cloud.workers() if name in line]
