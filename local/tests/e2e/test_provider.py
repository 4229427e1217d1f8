"""The local cloud's provider under the real engine: each scenario owns a stack, and leaves nothing."""

import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pulumi
import pulumi_aws as aws
import pytest
from pulumi import automation as auto

from local_cloud.engine import install_provider
from local_cloud.process import PROJECT
from scenes import ALL
from scenes.program import declare
from server import Server, until
from signing import root_of
from tests.e2e.stack import in_folder, in_this_process

SERVICES = (
    "apigateway",
    "apigatewayv2",
    "cloudwatch",
    "cloudwatchlogs",
    "cognitoidp",
    "dynamodb",
    "ec2",
    "ecr",
    "efs",
    "eventbridge",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "s3",
    "scheduler",
    "secretsmanager",
    "sfn",
    "sns",
    "sqs",
    "ssm",
    "sts",
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
READS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}],
    }
)
DURABLE_HANDLER = """
from aws_durable_execution_sdk_python import durable_execution

@durable_execution
def handler(event, context):
    return {"got": event}
"""
DURABLE: Any = {"execution_timeout": 300, "retention_period": 7}
Program = Callable[[], None]


@dataclass
class Stage:
    """A stack in the local cloud, and clients that look behind its back."""

    cloud: Server
    home: Path
    program: Program = lambda: None
    stacks: dict[str, auto.Stack] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        return self.cloud.endpoint

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    @property
    def stack(self) -> auto.Stack:
        """The stack of the program in this process."""
        if "inline" not in self.stacks:
            self.stacks["inline"] = in_this_process("inline", "provider", self._run, self._variables)
            self.configure("inline")
        return self.stacks["inline"]

    def written(self, source: str) -> auto.Stack:
        """Give a stack of a program in a process of its own: one that fails leaves the SDK in disorder."""
        folder = self.home / "program"
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text("name: provider\nruntime: python\n")
        (folder / "__main__.py").write_text(f"import pulumi, pulumi_aws as aws\n{source}\n")
        if "written" not in self.stacks:
            self.stacks["written"] = in_folder("written", folder, self._variables)
            self.configure("written")
        return self.stacks["written"]

    def configure(self, stack: str = "inline", **settings: str) -> None:
        endpoints = json.dumps([dict.fromkeys(SERVICES, self.endpoint)])
        keys = root_of(self.cloud.cloud)
        own = {"region": "us-east-1", "endpoints": endpoints}
        settings = {**own, "accessKey": keys.access_key, "secretKey": keys.secret_key, **settings}
        of_provider = {f"aws:{key}": auto.ConfigValue(value) for key, value in settings.items()}
        (self.stacks.get(stack) or self.stack).set_all_config(of_provider)

    def _run(self) -> None:
        self.program()  # the one that is set now, not when the stack was made

    @property
    def _variables(self) -> dict[str, str]:
        (self.home / "state").mkdir(exist_ok=True)
        return {
            "PULUMI_HOME": str(self.home / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.home / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "x",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # None of these may reach the provider's clients.
            "AWS_ENDPOINT_URL": "",
            "AWS_PROFILE": "no-such-profile",
            "HTTP_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "",
        }

    def up(self, program: Program) -> dict[str, int]:
        """Deploy, and tell how many resources each operation touched."""
        self.program = program
        changes: Mapping[Any, int] = self.stack.up().summary.resource_changes or {}
        return {str(getattr(kind, "value", kind)): number for kind, number in changes.items()}

    def settled(self, program: Program) -> bool:
        self.program = program
        changes = self.stack.preview().change_summary
        return {str(getattr(kind, "value", kind)) for kind in changes} == {"same"}

    def operations(self, program: Program, urn_name: str) -> list[str]:
        """Preview, and give the steps planned for one resource."""
        self.program = program
        steps: list[str] = []

        def see(event: Any) -> None:
            made = event.resource_pre_event
            if made and made.metadata.urn.endswith(f"::{urn_name}"):
                steps.append(str(getattr(made.metadata.op, "value", made.metadata.op)))

        self.stack.preview(on_event=see)
        return steps

    def output(self, name: str) -> Any:
        return self.stack.outputs()[name].value


@pytest.fixture
def stage(cloud: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    folders = [PROJECT / ".toolchain" / "bin", PROJECT / ".venv" / "bin"]
    monkeypatch.setenv("PATH", ":".join([*map(str, folders), os.environ["PATH"]]))
    stage = Stage(cloud, tmp_path)
    install_provider(tmp_path / "home")
    before = everything(stage)
    try:
        yield stage
    finally:
        for stack in stage.stacks.values():
            stack.destroy()
        secrets = stage.client("secretsmanager")
        for secret in secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]:
            # One that waits for its deletion keeps its name, which other tests in this cloud use.
            secrets.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)
        assert everything(stage) == before


def everything(stage: Stage) -> set[str]:
    """Name all that a scenario could leave behind."""
    iam, functions = stage.client("iam"), stage.client("lambda")
    return {
        *(item["RoleName"] for item in iam.list_roles()["Roles"]),
        *(item["UserName"] for item in iam.list_users()["Users"]),
        *(item["PolicyName"] for item in iam.list_policies(Scope="Local")["Policies"]),
        *(item["FunctionName"] for item in functions.list_functions()["Functions"]),
        *(item["logGroupName"] for item in stage.client("logs").describe_log_groups()["logGroups"]),
        *(item["AlarmName"] for item in stage.client("cloudwatch").describe_alarms()["MetricAlarms"]),
        *(item["TopicArn"] for item in stage.client("sns").list_topics()["Topics"]),
        *(item["Name"] for item in stage.client("s3").list_buckets()["Buckets"]),
    }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "index.py").write_text("def handler(event, context):\n    return 1\n")
    return folder


def function(package: Path, *, alias: bool = True, **changes: Any) -> Program:
    """Give a program with a role, a durable function and its alias."""

    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy=TRUST)
        arguments: dict[str, Any] = {
            "role": role.arn,
            "runtime": "python3.13",
            "handler": "index.handler",
            "code": pulumi.FileArchive(str(package)),
            "publish": True,
            "durable_config": DURABLE,
            "timeout": 60,
            "environment": {"variables": {"A": "1"}},
        } | {name: value() if callable(value) else value for name, value in changes.items()}
        made = aws.lambda_.Function("fn", **{k: v for k, v in arguments.items() if v is not None})
        pulumi.export("name", made.name)
        pulumi.export("version", made.version)
        pulumi.export("environment", made.environment)
        if alias:
            live = aws.lambda_.Alias(
                "live", name="live", function_name=made.name, function_version=made.version
            )
            pulumi.export("alias", live.arn)

    return program


def test_every_type_is_made_and_then_at_rest(stage: Stage, package: Path) -> None:
    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy=TRUST, tags={"of": "role"}, max_session_duration=7200)
        user = aws.iam.User("user")
        policy = aws.iam.Policy("policy", policy=READS)
        aws.iam.RolePolicyAttachment("attachment", role=role.name, policy_arn=policy.arn)
        aws.iam.RolePolicy("inline", role=role.name, policy=READS)
        aws.iam.UserPolicy("users", user=user.name, policy=READS)
        group = aws.cloudwatch.LogGroup("group", retention_in_days=7)
        topic = aws.sns.Topic("topic", display_name="alarms")
        bucket = aws.s3.Bucket("bucket", force_destroy=True, versioning={"enabled": True})
        aws.s3.BucketObject("object", bucket=bucket.bucket, content="text", content_type="text/plain")
        made = aws.lambda_.Function(
            "fn",
            role=role.arn,
            runtime="python3.13",
            handler="index.handler",
            code=pulumi.FileArchive(str(package)),
            publish=True,
            durable_config=DURABLE,
            logging_config={"log_format": "JSON", "log_group": group.name},
            reserved_concurrent_executions=5,
        )
        live = aws.lambda_.Alias("live", name="live", function_name=made.name, function_version=made.version)
        aws.lambda_.Permission(
            "rule",
            action="lambda:InvokeFunction",
            function=made.name,
            qualifier=live.name,
            principal="events.amazonaws.com",
            source_arn="arn:aws:events:us-east-1:000000000000:rule/r",
        )
        aws.cloudwatch.MetricAlarm(
            "alarm",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            metric_name="Errors",
            namespace="AWS/Lambda",
            period=60,
            statistic="Sum",
            threshold=0,
            dimensions={"FunctionName": made.name},
            alarm_actions=[topic.arn],
            treat_missing_data="notBreaching",
        )
        pulumi.export("qualified", made.qualified_arn)
        pulumi.export("tags", role.tags_all)
        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region().region)
        pulumi.export("partition", aws.get_partition().partition)
        found = aws.lambda_.get_function_output(function_name=made.name, qualifier=live.name)
        named = aws.lambda_.get_alias_output(function_name=made.name, name=live.name)
        pulumi.export("qualified again", found.qualified_arn)
        pulumi.export("durable again", found.durable_configs)
        pulumi.export("aliases", [live.arn, named.arn])
        pulumi.export("topics", [topic.arn, aws.sns.get_topic_output(name=topic.name).arn])
        pulumi.export("buckets", [bucket.arn, aws.s3.get_bucket_output(bucket=bucket.bucket).arn])

    stage.configure(defaultTags=json.dumps({"tags": {"team": "orders"}}))
    assert stage.up(program) == {"create": 15}
    assert stage.output("qualified").endswith(":1")
    assert stage.output("tags") == {"of": "role", "team": "orders"}
    assert (stage.output("region"), stage.output("partition")) == ("us-east-1", "aws")
    assert stage.output("qualified again") == stage.output("qualified")
    assert stage.output("durable again") == [{"executionTimeout": 300, "retentionPeriod": 7}]
    for found in ("aliases", "topics", "buckets"):
        one, same = stage.output(found)
        assert one == same
    assert stage.settled(program)
    assert stage.stack.refresh().summary.resource_changes == {"same": 15}
    assert stage.settled(program)


def test_every_scene_is_deployed_and_changed_in_place(stage: Stage) -> None:
    def first() -> None:
        made = declare(changed=False)
        secret, parameter = made["secrets-version"], made["secrets-hidden"]
        pulumi.export(
            "card", aws.secretsmanager.get_secret_version_output(secret_id=secret.secretId).secret_string
        )
        pulumi.export("hidden", aws.ssm.get_parameter_output(name=parameter.name).value)

    resources = [each for scene in ALL.values() for each in scene]
    changing = [each for each in resources if each.changes]
    assert stage.up(first) == {"create": len(resources) + 1}
    assert stage.output("card") == "1234"
    assert stage.output("hidden") == "10"
    assert stage.settled(first)
    assert stage.stack.refresh().summary.resource_changes == {"same": len(resources) + 1}

    def changed() -> None:
        declare(changed=True)

    assert stage.up(changed) == {"update": len(changing), "same": len(resources) + 1 - len(changing)}
    assert stage.settled(changed)


def test_a_version_is_published_when_code_or_configuration_changed_and_only_then(
    stage: Stage, package: Path
) -> None:
    stage.up(function(package))
    assert stage.output("version") == "1"
    # The alias follows the version, so it is in the preview.
    longer = function(package, timeout=90)
    assert stage.operations(longer, "fn") == ["update"]
    assert stage.operations(longer, "live") == ["update"]
    stage.up(longer)
    assert stage.output("version") == "2"

    tagged = function(package, timeout=90, tags={"a": "b"})
    assert stage.operations(tagged, "live") == ["same"]
    assert stage.up(tagged) == {"same": 3, "update": 1}
    assert stage.output("version") == "2"

    (package / "index.py").write_text("def handler(event, context):\n    return 2\n")
    stage.up(tagged)
    assert stage.output("version") == "3"
    versions = stage.client("lambda").list_versions_by_function(FunctionName=stage.output("name"))
    assert [item["Version"] for item in versions["Versions"]] == ["$LATEST", "1", "2", "3"]
    assert stage.client("lambda").get_alias(FunctionName=stage.output("name"), Name="live")[
        "FunctionVersion"
    ] == ("3")


def test_inner_durable_values_update_in_place(stage: Stage, package: Path) -> None:
    stage.up(function(package))
    longer = function(package, durable_config={"execution_timeout": 600, "retention_period": 30})
    assert stage.operations(longer, "fn") == ["update"]
    stage.up(longer)
    told = stage.client("lambda").get_function_configuration(FunctionName=stage.output("name"))
    assert told["DurableConfig"] == {"ExecutionTimeout": 600, "RetentionPeriodInDays": 30}


def test_what_is_taken_out_of_the_program_is_reset(stage: Stage, package: Path) -> None:
    stage.up(function(package, memory_size=512, description="long", tags={"a": "b"}))
    plain = function(package, environment=None, timeout=None)
    stage.up(plain)
    told = stage.client("lambda").get_function(FunctionName=stage.output("name"))
    configuration = told["Configuration"]
    assert (configuration["MemorySize"], configuration["Timeout"], configuration["Description"]) == (
        128,
        3,
        "",
    )
    assert not configuration["Environment"]["Variables"]
    assert not told.get("Tags")
    assert stage.settled(plain)


def test_toggled_durability_replaces_before_it_deletes(stage: Stage, package: Path) -> None:
    stage.up(function(package))
    first = stage.output("name")
    plain = function(package, durable_config=None)
    assert stage.operations(plain, "fn")[0] == "create-replacement"
    stage.up(plain)
    assert stage.output("name") != first
    assert [item["FunctionName"] for item in stage.client("lambda").list_functions()["Functions"]].count(
        first
    ) == 0
    # And back again, this time under a name that the program fixes.
    stage.up(function(package, name="fixed"))
    assert (
        stage.operations(function(package, name="fixed", durable_config=None), "fn")[0] == "delete-replaced"
    )
    stage.up(function(package, name="fixed", durable_config=None))
    told = stage.client("lambda").get_function_configuration(FunctionName="fixed")
    assert "DurableConfig" not in told


def test_refresh_sees_what_was_done_behind_its_back(stage: Stage, package: Path) -> None:
    program = function(package)
    stage.up(program)
    functions, name = stage.client("lambda"), stage.output("name")
    functions.update_function_configuration(
        FunctionName=name, MemorySize=512, Environment={"Variables": {"A": "other", "B": "new"}}
    )
    with zipfile.ZipFile(package.parent / "other.zip", "w") as packed:
        packed.writestr("index.py", "def handler(event, context):\n    return 'changed'\n")
    functions.update_function_code(FunctionName=name, ZipFile=(package.parent / "other.zip").read_bytes())
    functions.delete_alias(FunctionName=name, Name="live")
    right = functions.get_function_configuration(FunctionName=name, Qualifier="1")["CodeSha256"]

    changed = stage.stack.refresh().summary.resource_changes
    assert changed == {"same": 2, "update": 1, "delete": 1}
    assert stage.operations(program, "fn") == ["update"]
    assert stage.operations(program, "live") == ["create"]
    stage.up(program)
    told = functions.get_function_configuration(FunctionName=name)
    assert (told["MemorySize"], told["Environment"]["Variables"]) == (128, {"A": "1"})
    assert told["CodeSha256"] == right
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == stage.output("version")


def test_import_takes_over_what_exists(stage: Stage, package: Path) -> None:
    stage.up(function(package))
    name, stack = stage.output("name"), stage.stack
    role = stage.client("lambda").get_function(FunctionName=name)["Configuration"]["Role"].rpartition("/")[2]
    state = stack.export_stack()
    deployment: dict[str, Any] = dict(state.deployment or {})
    deployment["resources"] = [one for one in deployment["resources"] if one["type"].startswith("pulumi:")]
    stack.import_stack(auto.Deployment(version=state.version, deployment=deployment))

    def program() -> None:
        # As `pulumi import` writes a program: with the physical names.
        adopt = pulumi.ResourceOptions
        made_role = aws.iam.Role("role", name=role, assume_role_policy=TRUST, opts=adopt(import_=role))
        made = aws.lambda_.Function(
            "fn",
            name=name,
            role=made_role.arn,
            runtime="python3.13",
            handler="index.handler",
            code=pulumi.FileArchive(str(package)),
            durable_config=DURABLE,
            timeout=60,
            environment={"variables": {"A": "1"}},
            opts=adopt(import_=name),
        )
        aws.lambda_.Alias(
            "live",
            name="live",
            function_name=name,
            function_version="1",
            opts=adopt(import_=f"{name}/live", depends_on=[made]),
        )

    assert stage.up(program) == {"same": 1, "import": 3}
    assert stage.settled(program)


def test_a_rest_api_starts_an_execution_without_waiting(stage: Stage, package: Path) -> None:
    (package / "index.py").write_text(DURABLE_HANDLER)

    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy=TRUST)
        group = aws.cloudwatch.LogGroup("group")
        made = aws.lambda_.Function(
            "fn",
            role=role.arn,
            runtime="python3.13",
            handler="index.handler",
            code=pulumi.FileArchive(str(package)),
            publish=True,
            durable_config={"execution_timeout": 3600, "retention_period": 1},
            logging_config={"log_format": "JSON", "log_group": group.name},
        )
        live = aws.lambda_.Alias("live", name="live", function_name=made.name, function_version=made.version)
        api = aws.apigateway.RestApi("orders")
        resource = aws.apigateway.Resource(
            "orders", rest_api=api.id, parent_id=api.root_resource_id, path_part="orders"
        )
        place: Any = {"rest_api": api.id, "resource_id": resource.id}
        method = aws.apigateway.Method("post", **place, http_method="POST", authorization="NONE")
        place |= {"http_method": method.http_method}
        integration = aws.apigateway.Integration(
            "post",
            **place,
            type="AWS",
            integration_http_method="POST",
            uri=live.invoke_arn,
            request_parameters={"integration.request.header.X-Amz-Invocation-Type": "'Event'"},
        )
        accepted = aws.apigateway.MethodResponse("accepted", **place, status_code="202")
        answer = aws.apigateway.IntegrationResponse(
            "accepted",
            **place,
            status_code=accepted.status_code,
            response_templates={"application/json": '{"accepted": true}'},
            opts=pulumi.ResourceOptions(depends_on=[integration]),
        )
        deployment = aws.apigateway.Deployment(
            "deployment", rest_api=api.id, opts=pulumi.ResourceOptions(depends_on=[answer])
        )
        stage = aws.apigateway.Stage("prod", rest_api=api.id, deployment=deployment.id, stage_name="prod")
        aws.lambda_.Permission(
            "api",
            action="lambda:InvokeFunction",
            function=made.name,
            qualifier=live.name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/*/POST/orders"),
        )
        pulumi.export("url", stage.invoke_url)
        pulumi.export("name", made.name)

    stage.up(program)
    response = httpx.post(f"{stage.output('url')}/orders", json={"job": 1}, timeout=60)
    assert (response.status_code, response.json()) == (202, {"accepted": True})
    functions, name = stage.client("lambda"), stage.output("name")

    def executions() -> list[dict[str, Any]]:
        listed = functions.list_durable_executions_by_function(FunctionName=name, Qualifier="live")
        return list(listed["DurableExecutions"])

    [execution] = until(executions, 20)
    ended = stage.cloud.ended(execution["DurableExecutionArn"])
    assert json.loads(ended["Result"]) == {"got": {"job": 1}}


def test_secrets_stay_secret(stage: Stage, package: Path) -> None:
    # Made inside the program's run, as an output must be.
    stage.up(
        function(
            package,
            environment=lambda: {"variables": {"A": "1", "TOKEN": pulumi.Output.secret("a-secret-token")}},
        )
    )
    name = stage.output("name")
    told = stage.client("lambda").get_function_configuration(FunctionName=name)
    assert told["Environment"]["Variables"]["TOKEN"] == "a-secret-token"
    state = stage.home / "state" / ".pulumi" / "stacks" / "provider" / "inline.json"
    assert "TOKEN" in state.read_text()
    assert "a-secret-token" not in state.read_text()
    stage.stack.refresh()
    assert "a-secret-token" not in state.read_text()


def test_an_update_of_what_is_gone_says_so_and_a_refresh_puts_it_right(stage: Stage) -> None:
    source = "pulumi.export('name', aws.cloudwatch.LogGroup('group', retention_in_days={}).name)"
    name = stage.written(source.format(7)).up().outputs["name"].value
    stage.client("logs").delete_log_group(logGroupName=name)
    longer = stage.written(source.format(14))
    with pytest.raises(auto.errors.CommandError) as caught:
        longer.up()
    assert f"updating CloudWatch log group '{name}'" in str(caught.value)
    longer.refresh()
    assert longer.up().summary.resource_changes == {"create": 1, "same": 1}


def test_a_service_error_names_the_resource_and_the_reason(stage: Stage) -> None:
    source = (
        "aws.iam.RolePolicyAttachment('lost', role='no-such-role', policy_arn='arn:aws:iam::aws:policy/P')"
    )
    with pytest.raises(auto.errors.CommandError) as caught:
        stage.written(source).up()
    assert "creating policy attachment of an IAM role" in str(caught.value)
    assert "NoSuchEntity" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_every_wrong_input_is_told_before_anything_is_made(stage: Stage) -> None:
    source = (
        "aws.lambda_.Function('fn', role='me', handler='h', runtime='python3.13', memory_size=64, "
        "code=pulumi.FileArchive('.'), durable_config={'execution_timeout': 0, 'retention_period': 91})"
    )
    with pytest.raises(auto.errors.CommandError) as caught:
        stage.written(source).preview()
    told = str(caught.value)
    for path in ("role", "memorySize", "durableConfig.executionTimeout", "durableConfig.retentionPeriod"):
        assert path in told
    assert "allowed: 1 to 90" in told


def test_an_endpoint_that_is_not_loopback_is_refused(stage: Stage) -> None:
    stack = stage.written("aws.iam.User('user')")
    stage.configure("written", endpoints=json.dumps([{"iam": "https://iam.amazonaws.com"}]))
    with pytest.raises(auto.errors.CommandError, match="not on this machine"):
        stack.up()
    stage.configure("written")


def test_an_account_that_is_not_allowed_is_refused(stage: Stage) -> None:
    stack = stage.written("aws.iam.User('user')")
    stage.configure("written", allowedAccountIds=json.dumps(["123456789012"]))
    with pytest.raises(auto.errors.CommandError, match="allows only 123456789012"):
        stack.up()
    stage.configure("written", allowedAccountIds=json.dumps(["000000000000"]))
    stack.up()
