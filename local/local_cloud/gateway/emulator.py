"""ministack, the emulator that is the control plane: the only module of the gateway that imports it.

ministack offers a command and AWS's APIs; its Python functions may change with any release. What the other modules need
of its inside is named here, and tests/unit/test_emulator.py holds each name to the form that they rely on.
"""

from types import ModuleType
from typing import Any

# It reads its settings from the environment on import: `LocalCloud.environment` gives them to the server's process.
from ministack import app
from ministack.core import (
    hypercorn_compat,
    iam_actions,
    iam_evaluator,
    lambda_runtime,
    persistence,
    responses,
    router,
    sigv4,
)
from ministack.services import (
    apigateway_v1,
    cloudwatch,
    cloudwatch_logs,
    eventbridge,
    iam,
    kinesis,
    lambda_svc,
    s3,
    sns,
    sqs,
    sts,
)
from ministack.services.cloudformation import changesets, engine, handlers, provisioners

# The modules whose public names others use.
__all__ = ["app", "hypercorn_compat", "iam_actions", "iam_evaluator", "persistence", "responses", "router"]
__all__ += ["cloudwatch", "lambda_runtime", "lambda_svc", "sigv4", "sns", "sqs", "sts"]


class Internal:
    """A name of ministack's that is not public, or that this cloud replaces; it is looked up at each use."""

    def __init__(self, name: str, *modules: ModuleType) -> None:
        self.name = name
        self.modules = modules
        """Where it is defined, and who has imported it from there."""

    @property
    def value(self) -> Any:
        """What has the name now."""
        return getattr(self.modules[0], self.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function of this name."""
        return self.value(*args, **kwargs)

    def replace(self, value: Any) -> Any:
        """Give the name to something else, and return what had it."""
        before = self.value
        for module in self.modules:
            setattr(module, self.name, value)
        return before


authorizes = Internal("AUTH", app)
service_handlers = Internal("SERVICE_HANDLERS", app)
credential_failure = Internal("_credential_failure", app)
authenticate_only = Internal("_authenticate_only", app)
enforce_data_plane = Internal("_enforce_data_plane", app)
url_of_request = Internal("_parse_lambda_url", app)
bucket_of_host = Internal("_extract_s3_vhost_bucket", app)
readers_of_resources = Internal("_build_persistence_save_dict", app)
state_format_version = Internal("_state_format_version", persistence)
json_default = Internal("_json_default", persistence)

check_signature_version_2 = Internal("_sigv2_check", iam_evaluator)
account_of_session = Internal("_account_from_sts_session", responses)
models_of_services = Internal("_BOTOCORE_SERVICE_MAP", iam_actions)
match_action = Internal("_match_rest_action", iam_actions)
lambda_action = Internal("_lambda_action", iam_actions)
extract_iam_action = Internal("extract_iam_action", iam_actions)
extract_resource_arn = Internal("extract_resource_arn", iam_actions)
protocols = Internal("_SERVICE_PROTOCOL", iam_actions)
access_denied_response = Internal("access_denied_response", iam_actions)
roles = Internal("_roles", iam)
users = Internal("_users", iam)
groups = Internal("_groups", iam)
access_keys = Internal("_access_keys", iam)
user_policies = Internal("_user_inline_policies", iam)
group_policies = Internal("_group_inline_policies", iam)
iam_handlers = Internal("_IAM_HANDLERS", iam)
iam_parameter = Internal("_p", iam)
iam_answer = Internal("_xml", iam)
iam_error = Internal("_error", iam)
policies_of_role = Internal("_gather_role_policies", iam_evaluator)
policies_of_user = Internal("_gather_user_policies", iam_evaluator)
boundary_of = Internal("_permissions_boundary", iam_evaluator)
managed_policies = Internal("_aws_managed_policies", iam)
managed_policy = Internal("_make_aws_managed_record", iam)

functions = Internal("_functions", lambda_svc)
function_of_reference = Internal("_get_func_record_for_ref", lambda_svc)
list_functions = Internal("_list_functions", lambda_svc)
execute_function = Internal("_execute_function", lambda_svc)
pending_seconds = Internal("_LAMBDA_STATE_TRANSITION_DELAY", lambda_svc)
code_url = Internal("_presigned_code_url", lambda_svc)
layer_url = Internal("_layer_content_url", lambda_svc)
cors_headers = Internal("_function_url_cors_headers", lambda_svc)
event_source_mappings = Internal("_iter_all_esms", lambda_svc)
stream_name_of_arn = Internal("_kinesis_stream_name_from_arn_spec", lambda_svc)
create_mapping = Internal("_create_esm", lambda_svc)
mappings = Internal("_esms", lambda_svc)
stream_positions = Internal("_kinesis_positions", lambda_svc)
streams = Internal("_streams", kinesis)
poll_kinesis = Internal("_poll_kinesis", lambda_svc)
poll_dynamodb_streams = Internal("_poll_dynamodb_streams", lambda_svc)
execution_credentials = Internal("execution_credentials", lambda_runtime, lambda_svc)
node_worker_script = Internal("_NODEJS_WORKER_SCRIPT", lambda_runtime)
NODE_PRELUDE_END = "\nlet handlerFn = null;\n"
"""Where that script stops preparing a process and starts to talk to it."""
reserved_variables = Internal("_RESERVED_RUNTIME_ENV_VARS", lambda_runtime)
forget_workers = Internal("invalidate_worker", lambda_runtime, lambda_svc)
start_worker = Internal("ensure_spawned", lambda_runtime, lambda_svc)
run_in_worker = Internal("_execute_function_warm", lambda_svc)
write_logs = Internal("_emit_lambda_logs", lambda_svc)
layer_archive = Internal("_resolve_layer_zip", lambda_svc)
trace_id = Internal("_xray_trace_id_for_invocation", lambda_svc)
invoke_depth = Internal("_invoke_depth", lambda_svc)

apply_patch = Internal("_apply_patch", apigateway_v1)
invoke_custom_integration = Internal("_invoke_lambda_custom_v1", apigateway_v1)
function_of_integration = Internal("_extract_lambda_ref_from_integration_uri", apigateway_v1)
log_groups = Internal("_log_groups", cloudwatch_logs)
log_group_arn = Internal("_make_group_arn", cloudwatch_logs)
log_group_named = Internal("_resolve_log_group_name", cloudwatch_logs)
log_events_lock = Internal("_log_events_lock", cloudwatch_logs)
append_log_events = Internal("_append_log_events", cloudwatch_logs)
deliver_log_events = Internal("_fanout_to_subscription_filters", cloudwatch_logs)
show_log_events = Internal("_fanout_to_live_tail_sessions", cloudwatch_logs)
matches_subscription = Internal("_subscription_pattern_matches", cloudwatch_logs)
filter_log_events = Internal("_filter_log_events", cloudwatch_logs)

metric_points = Internal("_metric_bucket", cloudwatch)
events_of_buses = Internal("_events_log_list", eventbridge)
put_events = Internal("_put_events", eventbridge)
invoke_target = Internal("_invoke_target", eventbridge)
deliver_event = Internal("_dispatch_to_lambda", eventbridge)
deliver_notification = Internal("_deliver_to_lambda", sns)
queue_of_arn = Internal("_queue_by_arn", sqs)
deliver_object_event = Internal("_deliver_event_to_lambda", s3)
create_stack_function = Internal("_lambda_create", provisioners)
parse_template = Internal("_parse_template", engine, changesets, handlers)
stack_resource_handlers = Internal("_RESOURCE_HANDLERS", provisioners)
