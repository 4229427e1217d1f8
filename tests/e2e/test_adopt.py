"""What CloudFormation, SAM and CDK have deployed is taken over while an execution waits, and nothing of it changes.

The local cloud's CloudFormation deploys the templates; those of SAM it expands with AWS's own translator, and that of
CDK is what `cdk synth` wrote. Code that `sam package` and `cdk deploy` would have put into S3 is put there.
"""

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from tests.e2e.conftest import DURABLE, PROJECT, REGIONS, Engine, LocalCloud
from tests.e2e.executions import callback_of, ended, wait_for
from tests.e2e.stack import in_folder

TEMPLATES = Path(__file__).parent / "templates"
HANDLER = """
from aws_durable_execution_sdk_python import durable_execution

@durable_execution
def handler(event, context):
    return context.wait_for_callback(lambda callback_id, _: None, name="approval")
"""
ASSETS = f"cdk-hnb659fds-assets-000000000000-{REGIONS[0]}"
ASSET = "787528de5004931a022b0fb64ec0d2e6e1a24352fd0dd407188ba15eb3456f0c.zip"
SECRETS = {"PAYMENT_CODE": "4711", "API_TOKEN": "token-of-the-template"}
FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"


def package(source: str) -> bytes:
    """Return an archive whose bytes are not those that the component would make of the same file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo("index.py", (2020, 2, 2, 2, 2, 2)), source)
    return packed.getvalue()


@dataclass
class Adopted:
    """A CloudFormation stack that Pulumi has taken over, while an execution waits."""

    kind: str
    engine: Engine
    variables: dict[str, str]
    before: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    operations: dict[str, set[str]] = field(default_factory=dict)
    """What the last `pulumi up` did, by operation: types."""
    updated: dict[str, list[str]] = field(default_factory=dict)
    """The properties that it wrote, by type."""
    execution: str = ""

    @property
    def name(self) -> str:
        return f"old-{self.kind}"

    @property
    def cloud(self) -> LocalCloud:
        return self.engine.cloud

    @property
    def folder(self) -> Path:
        return self.engine.folder / self.name

    @property
    def function(self) -> str:
        return str(self.before["Configuration"]["FunctionName"])

    @property
    def is_secret(self) -> bool:
        """Whether its template has secrets."""
        return self.kind == "cloudformation"

    @property
    def stack(self) -> auto.Stack:
        """The stack that Pulumi has taken it over with."""
        if self.name not in self.engine.stacks:
            told = {"PULUMI_SKIP_CHECKPOINTS": "true"} if self.is_secret else {}
            self.engine.stacks[self.name] = in_folder("prod", self.folder, {**self.variables, **told})
        return self.engine.stacks[self.name]

    def looked_at(self) -> dict[str, Any]:
        """Return the function as Lambda shows it, less what differs with each look."""
        found = self.cloud.client("lambda").get_function(FunctionName=self._alias.rpartition(":")[0])
        configuration = {
            key: value
            for key, value in found["Configuration"].items()
            if key not in {"LastModified", "RevisionId"}
        }
        return {"Configuration": configuration, "Tags": found["Tags"]}

    def versions(self) -> list[str]:
        listed = self.cloud.client("lambda").list_versions_by_function(FunctionName=self.function)
        return [each["Version"] for each in listed["Versions"]]

    def deploy(self) -> None:
        """Deploy the template as it was before anybody thought of Pulumi, and start an execution."""
        cloudformation = self.cloud.client("cloudformation")
        (template,) = TEMPLATES.glob(f"{self.kind}.*")
        parameters = {"cloudformation": {"PaymentCode": SECRETS["PAYMENT_CODE"]}}.get(self.kind, {})
        cloudformation.create_stack(
            StackName=self.name,
            TemplateBody=template.read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        outputs = self._settled("CREATE_COMPLETE")["Outputs"]
        (self._alias,) = (each["OutputValue"] for each in outputs if "Alias" in each["OutputKey"])
        started = self.cloud.client("lambda").invoke(
            FunctionName=self._alias, InvocationType="Event", Payload="{}"
        )
        self.execution = started["DurableExecutionArn"]
        callback_of(self.cloud, self.execution)
        self.before = self.looked_at()

    def take_over(self) -> None:
        """Go through the steps that the command names."""
        self.said = run(self.variables, "adopt", self.name, "--into", str(self.folder))
        # The official language host looks for the program's environment beside it.
        (self.folder / ".venv").symlink_to(PROJECT / ".venv")
        cloudformation = self.cloud.client("cloudformation")
        retain = json.loads((self.folder / "retain.json").read_text())
        cloudformation.update_stack(
            StackName=self.name,
            TemplateBody=json.dumps(retain),
            Parameters=[
                {"ParameterKey": each, "UsePreviousValue": True} for each in retain.get("Parameters", {})
            ],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        self._settled("UPDATE_COMPLETE")
        for name, value in SECRETS.items() if self.is_secret else ():
            self.stack.set_config(f"durable-function-{name}", auto.ConfigValue(value, secret=True))
        assert f"{'PULUMI_SKIP_CHECKPOINTS=true ' if self.is_secret else ''}pulumi up &&" in self.said
        self.up()
        self.stack.preview(expect_no_changes=True)
        cloudformation.delete_stack(StackName=self.name)
        wait_for(lambda: self.name not in self._names())

    def up(self) -> None:
        """Deploy the program, and note what that does."""
        self.operations, self.updated = {}, {}
        self.stack.up(on_event=self._note)

    def alias_version(self) -> str:
        found = self.cloud.client("lambda").get_alias(FunctionName=self.function, Name="prod")
        return str(found["FunctionVersion"])

    def finished(self) -> tuple[str, str]:
        """Complete the callback; return how the execution has ended, and on which version."""
        callback = callback_of(self.cloud, self.execution)
        client = self.cloud.client("lambda")
        client.send_durable_execution_callback_success(CallbackId=callback, Result=b"1")
        done = ended(self.cloud, self.execution)
        return done["Status"], done["Version"]

    def _note(self, event: Any) -> None:
        if event.resource_pre_event is None:
            return
        step = event.resource_pre_event.metadata
        self.operations.setdefault(str(step.op.value), set()).add(step.type)
        if step.op.value == "update":
            self.updated[step.type] = sorted(step.diffs or [])

    def _settled(self, status: str) -> dict[str, Any]:
        def found() -> dict[str, Any] | None:
            described = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
            return None if described["StackStatus"].endswith("IN_PROGRESS") else described

        described: dict[str, Any] = wait_for(found)
        assert described["StackStatus"] == status, described
        return described

    def _names(self) -> set[str]:
        listed = self.cloud.client("cloudformation").list_stacks()["StackSummaries"]
        return {each["StackName"] for each in listed if each["StackStatus"] != "DELETE_COMPLETE"}


def run(variables: dict[str, str], *command: str, code: int = 0) -> str:
    """Run a command of the operator's, and return what it says."""
    done = subprocess.run(
        [DURABLE, *command],
        cwd=PROJECT,
        env={**os.environ, **variables, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else " ".join(done.stderr.replace("│", " ").split())


@pytest.fixture(scope="module")
def adopted(engine: Engine) -> Iterator[dict[str, Adopted]]:
    """One stack of each kind, taken over."""
    s3, ssm = engine.cloud.client("s3"), engine.cloud.client("ssm")
    packages = {"sam-artifacts": "code.zip", ASSETS: ASSET}
    for bucket, key in packages.items():
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key=key, Body=package(HANDLER))
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    variables = engine.variables
    found = {kind: Adopted(kind, engine, variables) for kind in ("cloudformation", "sam", "cdk")}
    for each in found.values():
        each.deploy()
    for bucket, key in packages.items():
        s3.delete_object(Bucket=bucket, Key=key)
        s3.delete_bucket(Bucket=bucket)
    with ThreadPoolExecutor(len(found)) as pool:
        list(pool.map(Adopted.take_over, found.values()))
        ssm.delete_parameter(Name="/cdk-bootstrap/hnb659fds/version")
        yield found
        with pytest.MonkeyPatch.context() as patch:
            # Where a test has failed, its execution waits still.
            patch.setenv("END_EXECUTIONS_OF", "all")
            list(pool.map(lambda each: each.stack.destroy(run_program=True), found.values()))
    engine.stacks.clear()
    # Not the program's, so nobody else removes it.
    queues = engine.cloud.client("sqs")
    for url in queues.list_queues(QueueNamePrefix="old-cloudformation-Inbox").get("QueueUrls", []):
        queues.delete_queue(QueueUrl=url)


KINDS = {
    # What stands, beside what each has: role, attachment, function, alias, log group.
    "cloudformation": {"aws:iam/rolePolicy:RolePolicy", "aws:cloudwatch/metricAlarm:MetricAlarm"},
    "sam": set[str](),
    "cdk": set[str](),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_is_imported_and_stays_as_it_is(adopted: dict[str, Adopted], kind: str) -> None:
    it = adopted[kind]
    assert it.operations == {
        "import": {ROLE, ATTACHMENT, FUNCTION, ALIAS, LOG_GROUP, *KINDS[kind]},
        # What exists in Pulumi alone.
        "create": {"pulumi:pulumi:Stack", "pulumi:providers:aws", "durable-functions:index:DurableFunction"},
        # What Lambda does not report of a function, so no import can know it.
        "update": {FUNCTION},
    }
    assert it.updated == {FUNCTION: ["publish"]}
    # The old stack is gone, with nothing of what it had deployed.
    assert it.looked_at() == it.before
    assert it.versions() == ["$LATEST", "1"]
    assert it.alias_version() == "1"
    (log_group,) = it.cloud.client("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/lambda/{it.function}"
    )["logGroups"]
    assert log_group.get("retentionInDays") == (7 if kind == "cloudformation" else None)


def test_the_command_says_what_it_takes_and_what_it_leaves(adopted: dict[str, Adopted]) -> None:
    it = adopted["cloudformation"]
    said = " ".join(it.said.split())
    for taken in (
        "Function myDurableFunction",
        "Alias myDurableFunction/prod",
        "MetricAlarm DurableFunction-Errors",
    ):
        assert taken in said
    assert "AWS::SQS::Queue Inbox is not taken over" in said
    assert "as it is, 7 of 7 resources would be deleted" in said
    assert "the secret PAYMENT_CODE of myDurableFunction" in said
    # SAM retains versions by itself.
    assert "as it is, 3 of 4 resources would be deleted" in adopted["sam"].said
    for kind in ("sam", "cdk"):
        assert "loggingConfig of the function is kept: it logs plain text" in adopted[kind].said


def test_secrets_are_in_no_file_of_the_program_and_encrypted_in_the_state(
    adopted: dict[str, Adopted],
) -> None:
    it = adopted["cloudformation"]
    environment = it.before["Configuration"]["Environment"]["Variables"]
    assert {name: environment[name] for name in SECRETS} == SECRETS
    hidden = SECRETS["API_TOKEN"]
    assert hidden not in it.said
    # The template itself said it; git ignores the copy, and only its owner reads it.
    (holding,) = (path for path in it.folder.iterdir() if path.is_file() and hidden in path.read_text())
    assert holding.name == "retain.json"
    assert holding.stat().st_mode & 0o077 == 0
    assert "retain.json" in (it.folder / ".gitignore").read_text()
    state = [path for path in (it.engine.folder / "pulumi-state").rglob("*") if path.is_file()]
    assert any("myDurableFunction" in path.read_text() for path in state)
    assert not [path for path in state if hidden in path.read_text()]


def test_an_execution_in_flight_ends_as_it_began(adopted: dict[str, Adopted]) -> None:
    assert adopted["cloudformation"].finished() == ("SUCCEEDED", "1")


def test_other_code_is_a_new_version_and_the_execution_goes_on(adopted: dict[str, Adopted]) -> None:
    it = adopted["sam"]
    sources = it.folder / "handler"
    sources.mkdir()
    (sources / "index.py").write_text(f"# better\n{HANDLER}")
    program = it.folder / "__main__.py"
    program.write_text(program.read_text().replace("code/durable-function.zip", "handler"))
    it.up()
    assert it.updated == {FUNCTION: ["code"], ALIAS: ["functionVersion"]}
    assert it.versions() == ["$LATEST", "1", "2"]
    assert it.alias_version() == "2"

    client = it.cloud.client("lambda")
    assert client.get_durable_execution(DurableExecutionArn=it.execution)["Status"] == "RUNNING"
    assert it.finished() == ("SUCCEEDED", "1")


def test_without_adopted_py_the_program_applies_what_was_kept_and_replaces_nothing(
    adopted: dict[str, Adopted],
) -> None:
    it = adopted["cdk"]
    program = it.folder / "__main__.py"
    program.write_text(
        "".join(
            line
            for line in program.read_text().splitlines(keepends=True)
            if "adopted" not in line or '"""' in line
        )
    )
    for name in ("adopted.py", "adopted.json"):
        (it.folder / name).unlink()
    it.up()
    assert set(it.operations) == {"update", "same"}
    assert it.updated == {
        # The same files in an archive of the component's own.
        FUNCTION: ["code", "loggingConfig"],
        LOG_GROUP: ["retentionInDays"],
        ALIAS: ["functionVersion"],
    }
    assert it.finished() == ("SUCCEEDED", "1")


def test_an_execution_on_latest_goes_on_while_its_function_is_taken_over(engine: Engine) -> None:
    cloud, folder = engine.cloud, engine.folder / "on-latest"
    cloudformation, client = cloud.client("cloudformation"), cloud.client("lambda")
    template = (TEMPLATES / "on_latest.yaml").read_text()
    cloudformation.create_stack(StackName="on-latest", TemplateBody=template, Capabilities=["CAPABILITY_IAM"])
    execution = wait_for(
        lambda: (
            client.invoke(FunctionName="refund:$LATEST", InvocationType="Event", Payload="{}")
            if "refund" in [each["FunctionName"] for each in client.list_functions()["Functions"]]
            else None
        )
    )["DurableExecutionArn"]
    callback = callback_of(cloud, execution)
    variables = engine.variables
    run(variables, "adopt", "on-latest", "--into", str(folder))
    (folder / ".venv").symlink_to(PROJECT / ".venv")
    stack = in_folder("prod", folder, variables)
    try:
        stack.preview()
        stack.up()
        client.send_durable_execution_callback_success(CallbackId=callback, Result=b"1")
        done = ended(cloud, execution)
        assert (done["Status"], done["Version"]) == ("SUCCEEDED", "$LATEST")
    finally:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("END_EXECUTIONS_OF", "all")
            stack.destroy(run_program=True)
    cloudformation.delete_stack(StackName="on-latest")


def test_wrong_use_is_told_in_a_line(adopted: dict[str, Adopted], tmp_path: Path) -> None:
    variables, new = adopted["sam"].variables, str(tmp_path / "new")
    assert "the CloudFormation stack 'nowhere' does not exist in us-east-1" in run(
        variables, "adopt", "nowhere", "--into", new, code=1
    )
    taken = run(variables, "adopt", "old-sam", "--into", str(adopted["sam"].folder), code=2)
    assert "is not an empty folder; name a new or an empty one" in taken
    assert not Path(new).exists()
