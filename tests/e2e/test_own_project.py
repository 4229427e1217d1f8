"""A project of one's own, from `make new` to its destruction, as its README says; it runs in its own environment."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from docs.snippets import blocks
from tests.e2e.conftest import PROJECT, WARM_PYTHON, LocalCloud

# A package that this repository does not have.
PYPROJECT = """
[project]
name = "greetings"
version = "1.2.3"

[build-system]
requires = ["setuptools==84.2.1"]
build-backend = "setuptools.build_meta"
"""
USED = """
import greetings
import pulumi_durable_functions

pulumi.export("word", greetings.WORD)
pulumi.export("components", pulumi_durable_functions.__file__)
"""


class Owner:
    """Somebody who works in a folder beside the repository."""

    def __init__(self, folder: Path, cloud: LocalCloud) -> None:
        self.folder, self.shop = folder, folder / "of mine" / "shop"
        self.shop.parent.mkdir()
        inherited = {
            key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "VIRTUAL"))
        }
        self._variables = {
            **{key: value for key, value in inherited.items() if key not in WARM_PYTHON},
            "PATH": ":".join(each for each in os.environ["PATH"].split(":") if not Path(each, "uv").exists()),
            "LOCAL_PORT": str(cloud.port),
            "LOCAL_STATE_DIR": str(cloud.state),
            "LOCAL_ENGINE_DIR": str(folder / "engine"),
            "PULUMI_OPTION_YES": "true",
            "PULUMI_OPTION_SKIP_PREVIEW": "true",
        }

    def types(self, *typed: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["bash", "-ec", "\n".join(typed)],
            cwd=folder or self.shop,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def block(self, beginning: str) -> list[str]:
        """Return the commands of a block of the project's page."""
        page = self.shop / "README.md"
        (found,) = (each.text for each in blocks(page) if each.text.startswith(f"$ {beginning}"))
        return [line.removeprefix("$ ") for line in found.splitlines()]


@pytest.fixture(scope="module")
def owner(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Owner:
    made = Owner(tmp_path_factory.mktemp("owner"), cloud)
    made.types("umask 027", f'make new NAME="{made.shop}"', folder=PROJECT)
    return made


def test_what_it_has_is_complete_and_its_unit_test_passes(owner: Owner) -> None:
    names = {str(each.relative_to(owner.shop)) for each in owner.shop.rglob("*") if ".venv" not in each.parts}
    assert {".gitignore", "uv.lock", "Pulumi.dev.yaml", "handler/requirements.txt"} <= names
    assert not [name for name in names if "${PROJECT}" in name]
    assert (owner.shop / "Pulumi.yaml").read_text().startswith("name: shop\n")
    folders = [each for each in owner.shop.rglob("*") if each.is_dir() and ".venv" not in each.parts]
    assert {each.stat().st_mode & 0o777 for each in folders} == {0o750}
    assert "1 passed" in owner.types(*owner.block("eval"), *owner.block("uv run pytest"))


def test_it_runs_on_the_local_cloud_in_its_own_environment(owner: Owner, cloud: LocalCloud) -> None:
    before = cloud.left()
    package = owner.folder / "greetings"
    package.mkdir()
    (package / "pyproject.toml").write_text(PYPROJECT)
    (package / "greetings.py").write_text("WORD = 'hello'\n")
    (enter,) = owner.block("eval")
    owner.types(enter, "uv add --quiet --no-editable ../../greetings", *owner.block("uv add httpx"))
    handler = owner.shop / "handler" / "workflow.py"
    handler.write_text(
        handler.read_text().replace('f"Hello, {name}!"', "orjson.loads(f'\"Hello, {name}!\"')")
    )
    handler.write_text(f'"""A workflow."""\n\nimport orjson\n{handler.read_text()}')
    with (owner.shop / "__main__.py").open("a") as program:
        program.write(USED)

    try:
        said = owner.types(enter, *owner.block("uv run pytest"), *owner.block("pulumi stack select"))
        assert "Hello, Ada!" in said
        assert "INFO  greeting Ada" in said
        outputs = json.loads(owner.types(enter, "pulumi stack output --json"))
        assert outputs["word"] == "hello"
        assert Path(outputs["components"]).is_relative_to(owner.shop / ".venv")
        assert owner.types(enter, "command -v durable").strip() == str(owner.shop / ".venv/bin/durable")
    finally:
        owner.types(enter, "pulumi destroy --run-program")
    assert cloud.left() == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", "name a new folder outside of this repository"),
        ("shop", "is in this repository"),
        ("tools", "exists"),
        ("../nowhere/shop", "does not exist"),
    ],
)
def test_a_folder_that_cannot_be_is_refused(name: str, told: str) -> None:
    done = subprocess.run(
        [PROJECT / "tools" / "new", name],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr
