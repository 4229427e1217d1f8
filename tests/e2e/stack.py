"""Stacks that start one process per deployment: what is known of it afterwards is read from the backend's files."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation._stack import StackInitMode

# How state marks an encrypted value:
# https://www.pulumi.com/docs/iac/concepts/secrets/
SECRET = "4dabf18193072939515e22adb298388d"


class Stack(auto.Stack):
    """`auto.Stack`, which asks three further commands about each deployment, without them; its backend is a folder."""

    def resources(self) -> list[dict[str, Any]]:
        """Return what the state holds."""
        checkpoint = json.loads(self._of_backend("stacks").with_suffix(".json").read_text())["checkpoint"]
        found: list[dict[str, Any]] = (checkpoint["latest"] or {}).get("resources", [])
        return found

    def outputs(self) -> auto.OutputMap:
        roots = [each for each in self.resources() if each["type"] == "pulumi:pulumi:Stack"]
        found: dict[str, Any] = roots[0].get("outputs", {}) if roots else {}
        if SECRET in json.dumps(found):
            return super().outputs()
        return {key: auto.OutputValue(value, secret=False) for key, value in found.items()}

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary | None:
        files = sorted(self._of_backend("history").glob("*.history.json"))
        if not files:
            return None
        found = json.loads(files[-1].read_text())
        return auto.UpdateSummary(
            kind=found["kind"],
            start_time=datetime.fromtimestamp(found["startTime"], UTC),
            message=found["message"],
            environment=found["environment"],
            config={},
            result=found["result"],
            end_time=datetime.fromtimestamp(found["endTime"], UTC),
            version=found["version"],
            resource_changes=found.get("resourceChanges"),
        )

    def previewed_to_the_end(self) -> str:
        """Return all that a preview says which is refused, so that nothing is deployed: `preview` stops at the first refusal."""
        command, workspace = self.workspace.pulumi_command, self.workspace
        with pytest.raises(auto.CommandError, match="Previewing update") as caught:
            command.run(
                ["up", "--yes", "--continue-on-error", "--stack", self.name],
                workspace.work_dir,
                workspace.env_vars,
            )
        message = str(caught.value)
        assert "Updating" not in message, message
        return message

    def _of_backend(self, kind: str) -> Path:
        return _of_backend(self.workspace, kind) / self.name


def in_folder(
    name: str, folder: Path, variables: dict[str, str], config: Mapping[str, str] | None = None
) -> Stack:
    """Return the stack of the program in this folder; with a configuration, its file is written anew."""
    return _stack(name, variables, config, work_dir=str(folder))


def in_this_process(
    name: str,
    project: str,
    program: Callable[[], None],
    variables: dict[str, str],
    config: Mapping[str, str] | None = None,
) -> Stack:
    """Return the stack of a program that is a function."""
    settings = auto.ProjectSettings(name=project, runtime="python", main=os.getcwd())
    return _stack(name, variables, config, program=program, project_settings=settings)


def refused(stack: auto.Stack, operation: str, **options: Any) -> str:
    """Return what a refused operation says."""
    with pytest.raises(auto.CommandError) as caught:
        getattr(stack, operation)(**options)
    message = str(caught.value)
    assert "Traceback" not in message
    return message


def _stack(name: str, variables: dict[str, str], config: Mapping[str, str] | None, **workspace: Any) -> Stack:
    settings = {name: auto.StackSettings(config=dict(config))} if config else None
    made = auto.LocalWorkspace(
        env_vars=variables, stack_settings=settings, pulumi_command=_command(), **workspace
    )
    there = (_of_backend(made, "stacks") / f"{name}.json").exists()
    return Stack(name, made, StackInitMode.SELECT if there else StackInitMode.CREATE)


def _of_backend(workspace: auto.Workspace, kind: str) -> Path:
    backend = Path(workspace.env_vars["PULUMI_BACKEND_URL"].removeprefix("file://"), ".pulumi")
    return backend / kind / workspace.project_settings().name


@cache
def _command() -> auto.PulumiCommand:
    return auto.PulumiCommand()  # asks for its version
