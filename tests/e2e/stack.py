"""Stacks that start one process per deployment: what is known of it afterwards is read from the backend's files."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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

    def _of_backend(self, kind: str) -> Path:
        backend = Path(self.workspace.env_vars["PULUMI_BACKEND_URL"].removeprefix("file://"), ".pulumi")
        return backend / kind / self.workspace.project_settings().name / self.name


def in_folder(name: str, folder: Path, variables: dict[str, str]) -> Stack:
    """Return the stack of the program in this folder."""
    return _stack(name, auto.LocalWorkspace(work_dir=str(folder), env_vars=variables))


def in_this_process(name: str, project: str, program: Callable[[], None], variables: dict[str, str]) -> Stack:
    """Return the stack of a program that is a function."""
    settings = auto.ProjectSettings(name=project, runtime="python", main=os.getcwd())
    return _stack(name, auto.LocalWorkspace(program=program, project_settings=settings, env_vars=variables))


def _stack(name: str, workspace: auto.LocalWorkspace) -> Stack:
    return Stack(name, workspace, StackInitMode.CREATE_OR_SELECT)
