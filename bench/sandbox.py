"""The sandbox of the bench: its own local cloud and engine, in a temporary folder."""

import io
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3

PROJECT = Path(__file__).resolve().parents[1]
REGION = "us-east-1"
UP = ["up", "--yes", "--skip-preview"]
PROGRAMS = Path(__file__).resolve().parent / "programs"


class BenchError(Exception):
    """A command of the bench has failed; contains the command and its output."""


@dataclass(frozen=True)
class Cloud:
    """A local cloud, controlled by the command of a copy of the project."""

    port: int
    state: Path
    project: Path = PROJECT

    @property
    def endpoint(self) -> str:
        """The URL that replaces every AWS endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, **variables: str) -> str:
        """Run the command, and return its standard output.

        Raises:
            BenchError: the command failed.
        """
        own = {"LOCAL_PORT": str(self.port), "LOCAL_STATE_DIR": str(self.state)}
        command = str(self.project / "local" / "bin" / "local-cloud")
        return output_of([command, *words], self.project, {**os.environ, **own, **variables})

    @cache  # noqa: B019 - there are few clouds, and each is asked often
    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables of an engine whose state is in this folder."""
        variables: dict[str, str] = json.loads(self.run("env", "--json", LOCAL_ENGINE_DIR=str(folder)))
        return variables


@dataclass(frozen=True)
class Sandbox:
    """A folder with a running local cloud."""

    folder: Path
    cloud: Cloud

    def variables(self, folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of an engine whose state is in this folder."""
        own = {**self.cloud.environment(folder), **cache_in(self.folder / "cache")}
        return {**os.environ, **own, **(more or {})}

    def client(self, service: str, **settings: Any) -> Any:
        """Return a client of the local cloud."""
        return client_of(self.cloud.environment(self.folder), service, **settings)

    def program(self, name: str, folder: Path) -> Path:
        """Copy a program of the bench, with its handler and an empty stack."""
        shutil.copytree(PROGRAMS / name, folder)
        shutil.copytree(PROGRAMS / "handler", folder / "handler")
        timed(["pulumi", "stack", "init", "bench"], folder, self.variables(folder))
        return folder


@contextmanager
def sandbox() -> Iterator[Sandbox]:
    """Start a local cloud on a free port; afterwards remove it, with everything in it."""
    with tempfile.TemporaryDirectory(prefix="durable-functions-bench-") as folder:
        cloud = Cloud(free_port(), Path(folder, "cloud"))
        cloud.run("start")
        try:
            yield Sandbox(Path(folder), cloud)
        finally:
            cloud.run("stop")


def client_of(variables: Mapping[str, str], service: str, **settings: Any) -> Any:
    """Return a client of the local cloud in these variables, with its root credentials."""
    return boto3.client(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=REGION,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        **settings,
    )


def cache_in(folder: Path) -> dict[str, str]:
    """Return variables that put the project's cache into a folder, and leave uv's own where it is."""
    uv_cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
    return {"XDG_CACHE_HOME": str(folder), "UV_CACHE_DIR": uv_cache}


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def zipped(folder: Path) -> bytes:
    """Return an archive of a folder's files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for file in sorted(folder.glob("*.*")):
            archive.write(file, file.name)
    return buffer.getvalue()


def timed(command: list[str], folder: Path = PROJECT, variables: Mapping[str, str] | None = None) -> float:
    """Run a command to its end and return its seconds.

    Raises:
        BenchError: the command failed.
    """
    started = time.monotonic()
    output_of(command, folder, variables)
    return time.monotonic() - started


def output_of(command: list[str], folder: Path = PROJECT, variables: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and return its standard output.

    Raises:
        BenchError: the command failed.
    """
    completed = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    if completed.returncode:
        raise BenchError(
            f"{' '.join(command)} in {folder} failed:\n{completed.stdout[-2000:]}{completed.stderr[-2000:]}"
        )
    return completed.stdout
