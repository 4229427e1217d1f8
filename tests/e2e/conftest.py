"""One local cloud for the session, and the real engine against it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.e2e.stack import Stack, in_folder, in_this_process
from tests.e2e.warm import PYTHONS
from tests.e2e.warm_fixture import warm
from tests.ports import free_port

__all__ = ["warm"]

PROJECT = Path(__file__).parents[2]
WARM_PYTHON = tuple(PYTHONS)
DURABLE = Path(sys.executable).with_name("durable")
"""The operator's command, as it is installed here."""
COMMAND = PROJECT / "local" / "bin" / "local-cloud"
REGIONS = ("us-east-1", "eu-central-1")
OF_PROVIDER = {"aws:region": REGIONS[0]}
"""A stack's settings of the local cloud's provider; the environment has the credentials."""


@dataclass
class LocalCloud:
    """A local cloud of the tests' own, in which every call is authorized: what the components grant must suffice."""

    port: int
    state: Path

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str, **variables: str) -> str:
        done = subprocess.run(
            [COMMAND, *command],
            env={
                **os.environ,
                "LOCAL_PORT": str(self.port),
                "LOCAL_STATE_DIR": str(self.state),
                "LOCAL_IAM": "enforce",
                **variables,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def environment(self, folder: Path) -> dict[str, str]:
        """Return what points an engine at this cloud whose state is in this folder; PATH is in it."""
        found: dict[str, str] = json.loads(self.run("env", "--json", LOCAL_ENGINE_DIR=str(folder)))
        return found

    @cached_property
    def variables(self) -> dict[str, str]:
        """What makes a process the root of this cloud."""
        found = self.environment(self.state.with_name(f"{self.state.name}-engine"))
        return {
            name: found[name] for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        }

    def client(self, service: str, region: str = REGIONS[0], **settings: Any) -> Any:
        """Return a client with the credentials of the root, unless `settings` has others."""
        root = {name.lower(): value for name, value in self.variables.items() if "KEY" in name}
        return boto3.client(
            service, **({"endpoint_url": self.endpoint, "region_name": region, **root} | settings)
        )

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("status", "--json"))
        return found

    def left(self) -> list[str]:
        """Return the names of everything that programs could have left behind."""
        iam = self.client("iam")
        names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
        names += [user["UserName"] for user in iam.list_users()["Users"]]
        names += [group["GroupName"] for group in iam.list_groups()["Groups"]]
        for region in REGIONS:
            logs, alarms, functions = (self.client(name, region) for name in ("logs", "cloudwatch", "lambda"))
            names += [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
            names += [alarm["AlarmName"] for alarm in alarms.describe_alarms()["MetricAlarms"]]
            names += [function["FunctionName"] for function in functions.list_functions()["Functions"]]
            names += [layer["LayerName"] for layer in functions.list_layers()["Layers"]]
            names += [each["DashboardName"] for each in alarms.list_dashboards()["DashboardEntries"]]
            mappings = functions.list_event_source_mappings()["EventSourceMappings"]
            names += [mapping["EventSourceMappingArn"] for mapping in mappings]
            names += self._left_of_sources(region)
        return sorted(names)

    def _left_of_sources(self, region: str) -> list[str]:
        topics, events = self.client("sns", region), self.client("events", region)
        schedules, buckets = self.client("scheduler", region), self.client("s3", region)
        names = [topic["TopicArn"] for topic in topics.list_topics()["Topics"]]
        names += [each["SubscriptionArn"] for each in topics.list_subscriptions()["Subscriptions"]]
        names += self.client("sqs", region).list_queues().get("QueueUrls", [])
        names += [rule["Arn"] for rule in events.list_rules()["Rules"]]
        names += [schedule["Arn"] for schedule in schedules.list_schedules()["Schedules"]]
        names += self.client("kinesis", region).list_streams()["StreamNames"]
        names += self.client("dynamodb", region).list_tables()["TableNames"]
        return [*names, *(bucket["Name"] for bucket in buckets.list_buckets()["Buckets"])]


@pytest.fixture(scope="session")
def cloud(ending_with_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    started = LocalCloud(free_port(), tmp_path_factory.mktemp("cloud"))
    started.run("start")
    try:
        yield started
    finally:
        started.run("stop", "--wipe")


@pytest.fixture(scope="session")
def cloud_endpoint(cloud: LocalCloud) -> str:
    return cloud.endpoint


@dataclass
class Engine:
    """The real engine with state of its own, pointed at the tests' cloud."""

    cloud: LocalCloud
    folder: Path
    stacks: dict[str, Stack] = field(default_factory=dict)

    @cached_property
    def _environment(self) -> dict[str, str]:
        return self.cloud.environment(self.folder)

    @property
    def path(self) -> str:
        """The PATH on which the engine is."""
        return self._environment["PATH"]

    @property
    def variables(self) -> dict[str, str]:
        return {name: value for name, value in self._environment.items() if name != "PATH"}

    @property
    def project(self) -> Path:
        """A copy of the project's own program, which a test may change."""
        work = self.folder / "project"
        if not work.exists():
            for name in ("stacks", "functions"):
                shutil.copytree(
                    PROJECT / name, work / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__")
                )
            for name in ("__main__.py", "Pulumi.yaml", "pyproject.toml", "uv.lock"):
                shutil.copy(PROJECT / name, work)
            # The official language host looks for the program's environment beside it.
            (work / ".venv").symlink_to(PROJECT / ".venv")
        return work

    def sample(self, stack: str = "local") -> Stack:
        """Return the copy of the project's own program as a stack."""
        if stack not in self.stacks:
            self.stacks[stack] = in_folder(stack, self.project, self.variables)
        return self.stacks[stack]

    def program(self, program: Any, stack: str = "inline") -> Stack:
        """Return a program of the test's own as a stack with the local stack's provider settings."""
        self.stacks[stack] = in_this_process(stack, "e2e", program, self.variables, OF_PROVIDER)
        return self.stacks[stack]

    def written(self, source: str, stack: str) -> Stack:
        """Return a program in a process of its own, which may be written anew: a deployment that fails leaves the
        SDK in this process in disorder."""
        folder = self.folder / stack
        folder.mkdir(exist_ok=True)
        (folder / "Pulumi.yaml").write_text("name: e2e\nruntime: python\n")
        (folder / "__main__.py").write_text(source)
        if stack not in self.stacks:
            self.stacks[stack] = in_folder(stack, folder, self.variables, OF_PROVIDER)
        return self.stacks[stack]

    def renamed(self, stack: str, name: str) -> Stack:
        """Rename the stack of a written program, and return it."""
        old = self.stacks.pop(stack)
        subprocess.run(
            ["pulumi", "stack", "rename", name, "--stack", stack, "--non-interactive"],
            cwd=old.workspace.work_dir,
            env={**os.environ, **self.variables},
            capture_output=True,
            check=True,
        )
        self.stacks[name] = in_folder(name, Path(old.workspace.work_dir), self.variables)
        return self.stacks[name]


@pytest.fixture(scope="module")
def engine(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine of the module's own; its stacks are destroyed afterwards, with nothing left in the cloud."""
    before = cloud.left()
    with pytest.MonkeyPatch.context() as patch:
        made = Engine(cloud, tmp_path_factory.mktemp("engine"))
        patch.setenv("PATH", made.path)
        # Hooks of a program within this process find the cloud here.
        for name, value in cloud.variables.items():
            patch.setenv(name, value)
        try:
            yield made
        finally:
            patch.setenv("END_EXECUTIONS_OF", "all")
            for stack in made.stacks.values():
                if stack.resources():
                    stack.destroy(run_program=True)
    assert cloud.left() == before
