"""What others install: the wheel, in an environment and a program that have nothing else of this project."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.snippets import blocks
from tests.e2e.conftest import PROJECT, REGIONS, WARM_PYTHON, Engine, LocalCloud
from tests.e2e.example_project import Project
from tests.e2e.executions import ended
from tests.e2e.stack import in_folder

UV = str(Path(sys.executable).with_name("uv"))
PROGRAM = next(block.text for block in blocks(PROJECT / "README.md") if block.language == "python")
HANDLER = """
from aws_durable_execution_sdk_python import durable_execution


@durable_execution
def handler(event, context):
    return {"greeting": context.step(lambda _: f"hello, {event['name']}", name="greet")}
"""
EVERY_MODULE = """
import importlib, pkgutil, sys
import pulumi_durable_functions, durable_functions_cli

for package in (pulumi_durable_functions, durable_functions_cli):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.startswith(sys.argv[1]):
            importlib.import_module(module.name)
            print(module.name)
"""
HARNESS = "durable_functions_cli.harness"


class Stranger:
    """Somebody's folder and environment, with the engine and the local cloud but nothing of this project."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.bin = folder, folder / "venv" / "bin"
        stray = ("PYTHON", "VIRTUAL_ENV", "PYTEST", *WARM_PYTHON)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(stray)}
        others = [each for each in kept["PATH"].split(":") if each != str(PROJECT / ".venv" / "bin")]
        self.variables = {**kept, **engine.variables, "PATH": ":".join([str(self.bin), *others])}

    def run(self, *command: str, code: int = 0) -> str:
        done = subprocess.run(
            command, cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said if code else done.stdout

    def install(self, what: str) -> None:
        python, known = str(self.bin / "python"), str(self.folder / "constraints.txt")
        self.run(UV, "pip", "install", "--quiet", "--python", python, "--constraint", known, what)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel out of the source distribution, as an index would have it built."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([UV, "build", "--quiet", "--out-dir", folder], cwd=PROJECT, check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def stranger(engine: Engine, wheel: Path) -> Stranger:
    folder = engine.folder / "stranger"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: stranger\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "functions" / "orders").mkdir(parents=True)
    (folder / "functions" / "orders" / "order_workflow.py").write_text(HANDLER)
    made = Stranger(folder, engine)
    # The versions of the lock, which are in uv's cache.
    export = [UV, "export", "--quiet", "--frozen", "--all-extras", "--no-emit-project", "--no-hashes"]
    locked = subprocess.run(export, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    (folder / "constraints.txt").write_text(locked)
    # The language host that is built here asks `pip list`.
    made.run(UV, "venv", "--quiet", "--seed", "--python", sys.executable, "venv")
    made.install(str(wheel))
    return made


@pytest.mark.parametrize("place", ["repository", "example"])
def test_the_readmes_program_runs_in_the_repository_and_in_an_example(engine: Engine, place: str) -> None:
    folder = engine.project if place == "repository" else Project(engine, "hello").folder
    (folder / "__main__.py").write_text(PROGRAM)
    shutil.copytree(PROJECT / "functions" / "orders", folder / "functions" / "orders", dirs_exist_ok=True)
    assert set(in_folder("local", folder, engine.variables).preview().change_summary) == {"create"}


def test_it_deploys_is_invoked_and_is_destroyed_where_the_wheel_is_installed(
    stranger: Stranger, cloud: LocalCloud
) -> None:
    before = cloud.left()
    stranger.run("pulumi", "stack", "init", "local")
    stranger.run("pulumi", "config", "set", "aws:region", REGIONS[0])
    try:
        stranger.run("pulumi", "up", "--yes", "--skip-preview")
        alias = json.loads(stranger.run("pulumi", "stack", "output", "--json"))["invoke"]
        started = cloud.client("lambda").invoke(
            FunctionName=alias, InvocationType="Event", Payload=json.dumps({"name": "you"})
        )
        execution = ended(cloud, started["DurableExecutionArn"])
        assert json.loads(execution["Result"]) == {"greeting": "hello, you"}
        resources = json.loads(stranger.run("pulumi", "stack", "export"))["deployment"]["resources"]
        assert "durable-functions:index:DurableFunction" in {each["type"] for each in resources}
    finally:
        stranger.run("pulumi", "destroy", "--yes", "--skip-preview", "--run-program")
    assert cloud.left() == before


def test_the_wheel_takes_no_common_name_and_says_what_the_command_still_needs(stranger: Stranger) -> None:
    python = str(stranger.bin / "python")
    for name in ("components", "cli", "stacks", "local"):
        assert "ModuleNotFoundError" in stranger.run(python, "-c", f"import {name}", code=1)
    told = stranger.run(str(stranger.bin / "durable"), code=1)
    assert (
        told
        == "error: typer is not installed; durable needs an extra: pip install 'durable-functions[ops]'\n"
    )


def test_every_module_is_in_the_wheel_and_finds_the_others(stranger: Stranger, wheel: Path) -> None:
    stranger.install(f"durable-functions[ops] @ {wheel.as_uri()}")
    found = stranger.run(str(stranger.bin / "python"), "-c", EVERY_MODULE, HARNESS).split()
    expected = {
        ".".join([name, *path.relative_to(PROJECT / room).with_suffix("").parts]).removesuffix(".__init__")
        for room, name in (("components", "pulumi_durable_functions"), ("cli", "durable_functions_cli"))
        for path in (PROJECT / room).rglob("*.py")
    }
    expected -= {"pulumi_durable_functions", "durable_functions_cli", f"{HARNESS}.python"}
    assert set(found) == expected
    assert "invoke" in stranger.run(str(stranger.bin / "durable"), "--help")
    site = Path(
        stranger.run(
            str(stranger.bin / "python"), "-c", "import durable_functions_cli as o; print(o.__path__[0])"
        ).strip()
    )
    for file in ("harness/python.py", "harness/node.mjs", "page.html.j2"):
        assert (site / file).read_bytes() == (PROJECT / "cli" / file).read_bytes()
    assert (site.parent / "pulumi_durable_functions" / "py.typed").exists()


def test_the_environment_of_the_wheel_brings_the_component_package(stranger: Stranger) -> None:
    executable = str(stranger.bin / "pulumi-resource-durable-functions")
    found = json.loads(stranger.run("pulumi", "package", "get-schema", executable))
    committed = json.loads((PROJECT / "components" / "schema.json").read_text())
    assert set(found["resources"]) == set(committed["resources"])
    assert (found["name"], found["version"]) == (committed["name"], committed["version"])
