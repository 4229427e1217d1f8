"""What the gateway relies on inside ministack: after an upgrade, these tests name each thing that has changed.

Not proved here: what the functions do; the other tests do that.
"""

import ast
import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import in_process
import local_cloud
from local_cloud.gateway import emulator
from local_cloud.gateway.functions import own_authorization

ACCOUNT, REGION = "000000000000", "us-east-1"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"

CALLED = {
    "append_log_events": "stream events",
    "deliver_log_events": "group_name stream_name events",
    "layer_archive": "attachment",
    "log_group_arn": "name",
    "log_group_named": "data",
    "show_log_events": "group_name stream_name events",
    "trace_id": "config",
    "account_of_session": "access_key_id",
    "bucket_of_host": "host",
    "check_signature_version_2": "request account_id",
    "cors_headers": "cfg request_headers",
    "credential_failure": "service iam_action request_id denied headers",
    "enforce_data_plane": "service iam_action headers query_params request_id resource_arn= service_context= named_resource=",
    "function_of_integration": "uri",
    "function_of_reference": "function_ref",
    "boundary_of": "store name account_id",
    "iam_answer": "status root_tag inner",
    "iam_error": "status code message",
    "iam_parameter": "params key",
    "json_default": "obj",
    "managed_policy": "name document description",
    "match_action": "service method path",
    "policies_of_role": "role_name account_id",
    "policies_of_user": "user_name account_id",
    "poll_dynamodb_streams": "",
    "poll_kinesis": "",
    "put_events": "data allow_aws_source=",
    "queue_of_arn": "arn",
    "readers_of_resources": "",
    "state_format_version": "service",
    "url_of_request": "host path",
    "app.app": "scope receive send",
    "cloudwatch.record_metric": "namespace metric_name value unit dimensions",
    "hypercorn_compat.install": "",
    "iam_actions.identity_denial_message": "action principal_arn resource explicit_deny",
    "iam_evaluator.AuthError": "code message",
    "iam_evaluator.combine_resource_policy": "identity ctx policy owner_account limits=",
    "iam_evaluator.CredentialResolutionError": "code message",
    "iam_evaluator.EvalContext": "principal_arn= principal_type= principal_account= action= resource_arn= region= "
    "service_context= principal_keys=",
    "iam_evaluator.EvalResult": "decision",
    "iam_evaluator.PrincipalInfo": "arn type account policies",
    "iam_evaluator.ResolvedCredential": "access_key_id= secret_access_key= account_id= principal_arn= principal_id= "
    "principal_type=",
    "iam_evaluator.SignedRequest": "access_key_id method raw_path query_params headers sigv2= auth_path=",
    "iam_evaluator.enforce": "access_key_id iam_action service region resource_arn=",
    "iam_evaluator.evaluate": "ctx policies",
    "iam_evaluator.evaluate_resource_policy": "doc ctx service=",
    "iam_evaluator.find_iam_access_key_account": "access_key_id",
    "iam_evaluator.parse_policy_document": "doc",
    "iam_evaluator.pin_request_origin": "source_ip secure_transport=",
    "iam_evaluator.pin_signed_body": "body",
    "iam_evaluator.pin_signed_request": "method raw_path query_params raw_headers",
    "iam_evaluator.resolve_credential": "access_key_id account_id session_token",
    "iam_evaluator.resolve_principal": "access_key_id account_id",
    "lambda_svc.function_policy_for_arn": "resource_arn",
    "lambda_svc.resolve_function_url": "url_id",
    "responses.error_response_json": "code message status",
    "responses.get_account_id": "",
    "responses.get_region": "",
    "responses.json_response": "data status",
    "responses.request_scope": "account_id region",
    "responses.set_request_account_id": "access_key_id",
    "responses.set_request_region": "region",
    "router.detect_service": "method path headers query_params",
    "router.extract_access_key_id": "headers query_params",
    "router.extract_region": "headers query_params",
    "sigv4.HeaderSignature": "access_key_id= date_stamp= region= service= signed_headers= signature= amz_date=",
    "sigv4.build_canonical_request": "method path headers query_params signed_headers payload_hash=",
    "sigv4.build_string_to_sign": "amz_date date_stamp region service canonical_request",
    "sigv4.calculate_signature": "secret date_stamp region service string_to_sign",
    "sigv4.decode_header_value": "value",
    "sigv4.header_signature_failure": "signature secret method raw_path query_params headers body presigned=",
    "sigv4.parse_header_signature": "headers",
    "sigv4.parse_query_signature": "query_params",
    "sigv4.presigned_request_is_expired": "amz_date expires",
    "sigv4.request_time_failure": "signature",
    "sns.topic_policy_allows": "topic_arn service source_arn source_account",
    "sqs.queue_policy_allows": "queue_arn service source_arn source_account",
    "sts.register_session": "access_key session",
}
"""What the gateway calls, with the arguments that it passes by position, and by name (`name=`)."""

REPLACED = {
    "access_denied_response": "service action principal_arn request_id error_code message headers resource_arn "
    "explicit_deny resource_policy_arn",
    "authenticate_only": "service headers query_params request_id",
    "apply_patch": "obj patch_ops",
    "code_url": "func_name",
    "create_mapping": "data",
    "create_stack_function": "logical_id props stack_name",
    "deliver_event": "arn payload",
    "deliver_notification": "endpoint envelope topic_arn sub_arn msg_id raw_message message_attributes",
    "deliver_object_event": "arn event_payload bucket_region",
    "event_source_mappings": "",
    "events_of_buses": "",
    "execute_function": "func event",
    "filter_log_events": "data",
    "forget_workers": "func_name qualifier account region",
    "matches_subscription": "pattern message",
    "metric_points": "key",
    "parse_template": "template_body",
    "run_in_worker": "func event request_id",
    "start_worker": "worker",
    "write_logs": "func request_id log_text error duration_ms log_source",
    "execution_credentials": "config",
    "extract_iam_action": "service method path headers body query_params",
    "extract_resource_arn": "service method path headers body query_params region account_id",
    "invoke_custom_integration": "integration api_id stage_name stage resource request_path method headers body "
    "query_params path_params owner_account_id owner_region binary_media_types authorizer_context caller_identity",
    "invoke_target": "target event rule view",
    "lambda_action": "method path",
    "layer_url": "layer_name version",
    "list_functions": "query_params",
    "stream_name_of_arn": "spec",
}
"""What the gateway puts its own functions in the place of, with all parameters that ministack passes arguments for."""

PRELUDE = re.compile(r'patchAwsSdk\(\) \{|_realWriteSync = |fs = require\("fs"\)|path = require\("path"\)')
"""What the runtime for Node.js takes from the control plane's script."""

DATA: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(
        ("users", "groups", "access_keys", "user_policies", "group_policies", "roles"),
        lambda value: type(value).__name__ == "AccountScopedDict",
    ),
    "authorizes": lambda value: isinstance(value, bool),
    "iam_handlers": lambda value: (
        {"SimulatePrincipalPolicy", "SimulateCustomPolicy"} <= value.keys()
        and list(inspect.signature(value["DeleteUser"]).parameters) == ["p"]
    ),
    "functions": lambda value: hasattr(value, "get_scoped") and hasattr(value, "items"),
    "managed_policies": lambda value: all(arn.startswith("arn:aws:iam::aws:policy/") for arn in value),
    "models_of_services": lambda value: all(isinstance(models, list) for models in value.values()),
    "invoke_depth": lambda value: value.get() == 0,
    "log_events_lock": lambda value: hasattr(value, "__enter__"),
    "log_groups": lambda value: hasattr(value, "all_values") and hasattr(value, "setdefault"),
    "node_worker_script": lambda value: (
        value.count(emulator.NODE_PRELUDE_END) == 1
        and {"patchAwsSdk() {", "_realWriteSync = ", 'fs = require("fs")', 'path = require("path")'}
        <= {found[0] for found in PRELUDE.finditer(value.partition(emulator.NODE_PRELUDE_END)[0])}
    ),
    "pending_seconds": lambda value: isinstance(value, float),
    "protocols": lambda value: {value["iam"], value["sns"], value["ec2"]} == {"query-xml", "ec2-xml"},
    "mappings": lambda value: type(value).__name__ == "AccountRegionScopedDict",
    "stream_positions": lambda value: type(value).__name__ == "AccountRegionScopedDict",
    "streams": lambda value: hasattr(value, "get_scoped"),
    "reserved_variables": lambda value: "AWS_LAMBDA_FUNCTION_NAME" in value,
    "service_handlers": lambda value: (
        list(inspect.signature(value["lambda"]).parameters)
        == ["method", "path", "headers", "body", "query_params"]
    ),
    "stack_resource_handlers": lambda value: (
        list(inspect.signature(value["AWS::Lambda::Function"]["update"]).parameters)
        == ["physical_id", "old_props", "new_props", "stack_name", "logical_id"]
    ),
    "iam_actions.SERVICE_TO_IAM_NAMESPACE": lambda value: value["monitoring"] == "cloudwatch",
    "lambda_runtime.INVOKE_DEPTH_HEADER": lambda value: isinstance(value, str),
    "iam_evaluator.AmbiguousAccessKeyError": lambda value: issubclass(value, Exception),
    "persistence.STATE_DIR": lambda value: isinstance(value, str),
    "sigv4.SIGNATURE_MISMATCH": lambda value: isinstance(value, str),
}
"""What is no function, with what must be true of it."""


def value_of(name: str) -> Any:
    first, _, attribute = name.partition(".")
    named = getattr(emulator, first)
    if isinstance(named, emulator.Internal):
        assert hasattr(named.modules[0], named.name), f"{place(name)} does not exist any more"
        return named.value
    assert hasattr(named, attribute), f"{place(name)} does not exist any more"
    return getattr(named, attribute)


def place(name: str) -> str:
    """Where ministack has it."""
    named = getattr(emulator, name.partition(".")[0])
    if isinstance(named, emulator.Internal):
        return f"{named.modules[0].__name__}.{named.name} (`emulator.{name}`)"
    return f"ministack's {name}"


def used_names() -> Iterator[str]:
    """Each name of the adapter, and each attribute that any module takes from a module of ministack's."""
    yield from (name for name, value in vars(emulator).items() if isinstance(value, emulator.Internal))
    for file in Path(local_cloud.__path__[0]).rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
        imported = {
            name.name
            for node in imports
            if node.module in ("local_cloud.gateway.emulator", "ministack.core")
            for name in node.names
        }
        for node in nodes:
            if isinstance(node, ast.Attribute):
                module = ast.unparse(node.value)
                named = module.removeprefix("emulator.")
                if module in imported or (module != named and named in emulator.__all__):
                    yield f"{named}.{node.attr}"


def imports_of_ministack(file: Path) -> list[str]:
    tree = ast.parse(file.read_text())
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and " ministack" in f" {ast.unparse(node)[5:]}"
    ]


def test_one_module_reaches_into_ministack() -> None:
    package = Path(local_cloud.__path__[0])
    found = {file.name: imports_of_ministack(file) for file in package.rglob("*.py")}
    assert {name for name, imports in found.items() if imports} == {"emulator.py", "process.py"}
    # The command signs a request, and must not wait until all of ministack is imported.
    assert found["process.py"] == ["from ministack.core import sigv4"]


def test_every_name_has_its_contract() -> None:
    assert set(used_names()) == CALLED.keys() | REPLACED.keys() | DATA.keys()
    assert not [name for name in used_names() if "._" in name]


@pytest.mark.parametrize("name", CALLED)
def test_ministack_takes_the_arguments_that_it_is_called_with(name: str) -> None:
    function = value_of(name)
    assert callable(function), f"{place(name)} is not a function any more, but {type(function)}"
    signature = inspect.signature(function)
    passed = CALLED[name].split()
    by_position = [each for each in passed if not each.endswith("=")]
    by_name = {each.removesuffix("="): None for each in passed if each.endswith("=")}
    assert list(signature.parameters)[: len(by_position)] == by_position, f"{place(name)} takes {signature}"
    try:
        signature.bind(*by_position, **by_name)
    except TypeError as error:
        pytest.fail(f"{place(name)} takes {signature}; it is called with {passed}: {error}")


@pytest.mark.parametrize("name", REPLACED)
def test_a_function_that_is_replaced_has_the_parameters_of_its_replacement(name: str) -> None:
    function = value_of(name)
    assert callable(function), f"{place(name)} is not a function any more, but {type(function)}"
    signature = inspect.signature(function)
    assert list(signature.parameters) == REPLACED[name].split(), (
        f"{place(name)} takes {signature}: see whether its replacement does what the new parameters ask for"
    )


@pytest.mark.parametrize("name", REPLACED)
def test_nobody_else_keeps_a_function_that_is_replaced(name: str) -> None:
    internal = getattr(emulator, name)
    holders = {
        module.__name__
        for module in list(sys.modules.values())
        if module.__name__.startswith("ministack.") and vars(module).get(internal.name) is internal.value
    }
    assert holders == {module.__name__ for module in internal.modules}, (
        f"{place(name)} is imported by other modules now, which would keep calling it"
    )


@pytest.mark.parametrize("name", DATA)
def test_data_has_the_form_that_is_read(name: str) -> None:
    value = value_of(name)
    assert DATA[name](value), f"{place(name)} has another form: {str(value)[:200]}"


@pytest.fixture(scope="module")
def url_id() -> Iterator[str]:
    """A durable function with a version, a mapping and a URL, whose id this is."""
    headers = {"authorization": own_authorization("test", REGION)}

    def send(path: str, **body: Any) -> Any:
        return in_process.send(emulator.app.app, "POST", path, headers=headers, json=body).json()

    made = send(
        "/2015-03-31/functions",
        FunctionName="orders",
        Role=f"arn:aws:iam::{ACCOUNT}:role/orders",
        Handler="index.handler",
        Runtime="python3.13",
        Code={"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
        DurableConfig={"ExecutionTimeout": 60},
        Publish=True,
    )
    assert made["FunctionArn"].startswith(ARN), made
    source = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/orders"
    mapping = send("/2015-03-31/event-source-mappings", FunctionName="orders:1", EventSourceArn=source)
    assert "UUID" in mapping, mapping
    url = send("/2021-10-31/functions/orders/url", AuthType="NONE")["FunctionUrl"]
    found = re.search(r"[a-z0-9-]{32,36}", url)
    assert found, url
    yield found[0]
    emulator.lambda_svc.reset()


def test_a_function_is_kept_in_the_form_that_is_read(url_id: str) -> None:
    record = emulator.functions.value.get_scoped(ACCOUNT, REGION, "orders")
    assert record is emulator.functions.value["orders"]
    for config in (record["config"], record["versions"]["1"]["config"]):
        assert config["FunctionArn"].startswith(ARN)
        assert {"FunctionName", "Role", "Version"} <= config.keys()
        assert config["DurableConfig"] == {"ExecutionTimeout": 60}
    found, config, name = emulator.function_of_reference(f"{ARN}:1")
    assert (found["config"], config["Version"], name) == (config, "1", "orders")


def test_a_mapping_is_listed_in_the_form_that_is_read(url_id: str) -> None:
    ((account, region, mapping),) = emulator.event_source_mappings()
    assert (account, region) == (ACCOUNT, REGION)
    assert {"UUID", "EventSourceArn", "FunctionName"} <= mapping.keys()


def test_a_queue_is_found_in_the_form_that_is_read() -> None:
    headers = {
        "authorization": own_authorization("test", REGION).replace("/lambda/", "/sqs/"),
        "x-amz-target": "AmazonSQS.CreateQueue",
    }
    in_process.send(emulator.app.app, "POST", "/", headers=headers, json={"QueueName": "inbox"})
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:inbox"
    assert emulator.queue_of_arn(arn)["attributes"]["VisibilityTimeout"] == "30"
    assert emulator.queue_of_arn(f"{arn}-none") is None
    emulator.sqs.reset()


def test_a_function_url_is_found_in_the_form_that_is_read(url_id: str) -> None:
    host = f"{url_id}.lambda-url.us-east-1.localhost:4566"
    for parsed in (
        emulator.url_of_request(host, "/x"),
        emulator.url_of_request("", f"/_aws/lambda-url/{url_id}/x"),
    ):
        assert parsed == (url_id, "/x")
    assert emulator.url_of_request("127.0.0.1:4566", "/2015-03-31/functions") is None
    *_, settings = emulator.lambda_svc.resolve_function_url(url_id)
    assert settings["AuthType"] == "NONE"
    assert emulator.cors_headers(settings, {"origin": "https://shop.example"}) == {}


def test_resources_are_read_in_the_form_that_is_saved(url_id: str) -> None:
    state = emulator.readers_of_resources()["lambda"]()
    assert "orders" in json.dumps(state, default=emulator.json_default)
    assert isinstance(emulator.state_format_version("lambda"), int)


def test_refusals_are_whole_answers() -> None:
    failure = emulator.iam_evaluator.AuthError("Code", "message")
    status, headers, body = emulator.credential_failure("lambda", "", "id", failure, {})
    assert status == 403
    assert headers["x-amzn-errortype"] == "Code"
    assert json.loads(body)["message"] == "message"


def test_a_policy_of_awss_and_the_credentials_of_a_handler() -> None:
    policy = emulator.managed_policy("service-role/Name", "{}", "description")
    assert policy["Arn"] == "arn:aws:iam::aws:policy/service-role/Name"
    credentials = emulator.execution_credentials({"FunctionArn": ARN, "FunctionName": "orders", "Role": ""})
    assert credentials.keys() == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
