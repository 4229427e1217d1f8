"""Terraform with its AWS provider: all cases in one state, so that each command runs once for all of them."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VERSION = "5.100.0"
_SOURCE = "registry.terraform.io/hashicorp/aws"
Errors = dict[str, str]
"""What is wrong with each case's resource."""


class UnavailableError(Exception):
    """Terraform or its provider is not on this machine."""


class Terraform:
    """A folder with one file for each resource."""

    def __init__(self, folder: Path, endpoint: str, access_key: str, secret_key: str) -> None:
        self.folder = folder
        folder.mkdir()
        self._variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_LOG"))},
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }
        if mirror := os.environ.get("TF_PLUGIN_MIRROR"):
            settings = folder / "settings.tfrc"
            settings.write_text(
                f"provider_installation {{\n  filesystem_mirror {{ path = {json.dumps(mirror)} }}\n}}\n"
            )
            self._variables["TF_CLI_CONFIG_FILE"] = str(settings)
        aws = {"source": _SOURCE, "version": VERSION}
        (folder / "main.tf.json").write_text(
            json.dumps(
                {
                    "terraform": {"required_providers": {"aws": aws}},
                    "provider": {"aws": {"s3_use_path_style": True, "max_retries": 2}},
                }
            )
        )
        if shutil.which("terraform") is None:
            raise UnavailableError("terraform is not on PATH")
        done = self._run("init", "-input=false", "-no-color")
        if done.returncode:
            raise UnavailableError(
                f"provider {_SOURCE} {VERSION} cannot be installed:\n{done.stderr.strip()}"
            )
        schemas = json.loads(self._run("providers", "schema", "-json").stdout)
        self.schemas: Mapping[str, Any] = schemas["provider_schemas"][_SOURCE]["resource_schemas"]

    def write(self, case: str, kind: str, config: Mapping[str, Any]) -> None:
        """Give a case this configuration."""
        (self.folder / f"{case}.tf.json").write_text(json.dumps({"resource": {kind: {case: config}}}))

    def remove(self, case: str) -> None:
        """Take a case out."""
        (self.folder / f"{case}.tf.json").unlink()

    def plan(self) -> tuple[dict[str, str], Errors]:
        """Refresh, and return the action for each case that has one, and what the provider refuses."""
        done = self._run("plan", "-json", "-input=false", "-parallelism=40", "-out=plan")
        messages = _messages(done.stdout)
        errors = _errors(messages)
        if done.returncode and not errors:
            raise RuntimeError(done.stdout[-3000:] + done.stderr[-3000:])
        changes = [item["change"] for item in messages if item.get("type") == "planned_change"]
        return {item["resource"]["resource_name"]: item["action"] for item in changes}, errors

    def apply(self) -> Errors:
        """Carry out the last plan; return what has failed."""
        done = self._run("apply", "-json", "-input=false", "-parallelism=40", "plan")
        errors = _errors(_messages(done.stdout))
        if done.returncode and not errors:
            raise RuntimeError(done.stdout[-3000:] + done.stderr[-3000:])
        return errors

    def state(self) -> dict[str, Mapping[str, Any]]:
        """Return each case's attributes."""
        state = json.loads((self.folder / "terraform.tfstate").read_text())
        return {
            item["name"]: item["instances"][0]["attributes"]
            for item in state["resources"]
            if item["instances"]
        }

    def destroy(self) -> Errors:
        """Destroy everything; return what has failed."""
        done = self._run("destroy", "-json", "-auto-approve", "-parallelism=40", "-refresh=false")
        return _errors(_messages(done.stdout))

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
        )


def _messages(lines: str) -> list[Mapping[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def _errors(messages: list[Mapping[str, Any]]) -> Errors:
    errors: Errors = {}
    for item in (message["diagnostic"] for message in messages if message.get("type") == "diagnostic"):
        if item["severity"] != "error":
            continue
        file = item.get("range", {}).get("filename", "").partition(".")[0]
        case = item.get("address", "").rpartition(".")[2] or file
        text = f"{item['summary']} {item.get('detail', '')}".strip()
        errors[case] = f"{errors[case]}; {text}" if case in errors else text
    return errors
